import { type AbsentReason, absentReason, absentReasonOver } from './absence.js';
import { type Answer, type Answers, type Decision, reads, type View } from './condition.js';
import { measures } from './criteria/findings.js';
import { type Age, type Warning, warningsFor } from './criteria/warnings.js';
import { type Evaluation, evaluate } from './evaluate.js';
import type { Finding } from './finding.js';
import { evaluateRedFlags, type RedFlagEvaluation } from './red-flags.js';
import { createView, definitionsOf, type RuleSet } from './rule-set.js';

/** One thing the answers say on their own. */
export interface Fact {
  readonly code: string;
  /** null for a number. */
  readonly finding: Finding | null;
  readonly value: number | null;
  /** Why there is neither finding nor value. */
  readonly reason: AbsentReason | null;
  readonly linkIds: readonly string[];
  /** Every question it can look at. */
  readonly reads: readonly string[];
  /** Whether any question it reads has an answer; only then is it written. */
  readonly isAnswered: boolean;
}

/** Everything the rules make of one response. */
export interface Score {
  readonly rules: RuleSet;
  readonly answers: Answers;
  readonly view: View;
  readonly redFlags: RedFlagEvaluation;
  readonly facts: readonly Fact[];
  readonly evaluations: readonly Evaluation[];
  readonly warnings: readonly Warning[];
  /** False for someone who has the disease already: results are shown, screening advice is not. */
  readonly advise: boolean;
}

/** Answers → Score. Cannot fail; `age` is null when the birth date is not known. */
export function score(rules: RuleSet, answers: Answers, age: Age | null): Score {
  const view = createView(rules, answers);
  const warnings = warningsFor(answers, age);
  return {
    rules,
    answers,
    view,
    redFlags: evaluateRedFlags(rules.redFlags, view),
    facts: [
      ...rules.facts.map((code) => factOf(code, rules, view)),
      ...measures.map((code) => measureOf(code, answers)),
    ],
    evaluations: evaluate(rules, answers),
    warnings,
    advise: !warnings.some(({ code }) => code === 'already-diagnosed'),
  };
}

function factOf(code: string, rules: RuleSet, view: View): Fact {
  const linkIds = reads({ finding: code }, definitionsOf(rules));
  return {
    code,
    ...view.finding(code),
    value: null,
    reason: reasonFor(code, view.finding(code), rules, view),
    reads: linkIds,
    isAnswered: linkIds.some((linkId) => view.answers.given.has(linkId)),
  };
}

function measureOf(code: string, answers: Answers): Fact {
  const value = answers.given.get(code);
  const isAnswered = typeof value === 'number';
  const reason = isAnswered ? null : absentReasonOver([code], answers);
  return {
    code,
    finding: null,
    value: isAnswered ? value : null,
    reason,
    linkIds: [code],
    reads: [code],
    isAnswered,
  };
}

/** The data-absent-reason of a finding; null when it is known. */
export function reasonFor(code: string, decision: Decision, rules: RuleSet, view: View): AbsentReason | null {
  if (decision.finding !== 'unknown') return null;
  return absentReason({ finding: code }, view, definitionsOf(rules));
}

/** The answers behind a decision, blanks left out. */
export function answersBehind(
  linkIds: readonly string[],
  { given }: Answers,
): { readonly linkId: string; readonly answer: Answer }[] {
  return linkIds.flatMap((linkId) => {
    const answer = given.get(linkId);
    return answer === undefined ? [] : [{ linkId, answer }];
  });
}
