import type { Answers, Decision, View } from './condition.js';
import { decide } from './condition.js';
import { tests } from './criteria/findings.js';
import type { CriteriaSet, DecisionRow, Rule, Verdict } from './criteria-set.js';
import { and, atLeast, type Bounds, boundsOf, type Finding, or } from './finding.js';
import { createView, type RuleSet } from './rule-set.js';

/** A criterion, gate fact or arm, as the answers leave it. */
export interface CriterionFinding extends Decision {
  readonly code: string;
  readonly text: string;
}

/** A criteria set applied to answers. */
export interface Evaluation {
  readonly set: CriteriaSet;
  /** null for a set without a gate. */
  readonly gate: Finding | null;
  readonly gateFindings: readonly CriterionFinding[];
  readonly verdict: Verdict;
  /** Outcome of a decision table; null for a set without one. */
  readonly decision: DecisionRow | null;
  /** The verdict if the gate were met; differs from `verdict` only while the gate is unknown. */
  readonly verdictIfGateMet: Verdict;
  readonly decisionIfGateMet: DecisionRow | null;
  /** How many criteria are met, at least and at most. Meaningless, and not reported, when not applicable. */
  readonly bounds: Bounds;
  readonly criteria: readonly CriterionFinding[];
  /** Reported beside the criteria and not counted: sacroiliitis, then the arms. */
  readonly uncounted: readonly CriterionFinding[];
  /** Verdict with unknown laboratory and imaging findings read as not met; null for a set that uses none. */
  readonly verdictWithoutTests: Verdict | null;
  /** Finding of the test that a decision table looks at beside the count; null for a set without one. */
  readonly test: Finding | null;
}

export function evaluate(rules: RuleSet, answers: Answers): Evaluation[] {
  const view = createView(rules, answers);
  const untested = createView(rules, answers, withoutTests);
  return rules.criteriaSets.map((set) => evaluateSet(set, rules, view, untested));
}

export function evaluateSet(set: CriteriaSet, rules: RuleSet, view: View, untested: View): Evaluation {
  const findings = (codes: CriteriaSet['criteria']): CriterionFinding[] =>
    codes.map(({ code, text }) => ({ code, text, ...view.finding(code) }));
  const outcome = verdictOf(set, view);
  const gateMet = settle(set.rule, 'met', outcome.bounds, view);
  return {
    set,
    gate: outcome.gate,
    gateFindings: findings(set.gate.map((code) => ({ code, text: rules.findings[code].text }))),
    verdict: outcome.verdict,
    decision: outcome.decision,
    verdictIfGateMet: gateMet.verdict,
    decisionIfGateMet: gateMet.decision,
    bounds: outcome.bounds,
    criteria: findings(set.criteria),
    uncounted: 'arms' in set.rule ? [...findings([set.rule.shown]), ...armsOf(set.rule, view)] : [],
    verdictWithoutTests: usesTests(set) ? verdictOf(set, untested).verdict : null,
    test: 'test' in set.rule ? view.finding(set.rule.test).finding : null,
  };
}

export interface Outcome {
  readonly gate: Finding | null;
  readonly bounds: Bounds;
  readonly verdict: Verdict;
  readonly decision: DecisionRow | null;
}

/** The verdict alone: what settled-by.ts asks thousands of times. */
export function verdictOf(set: CriteriaSet, view: View): Outcome {
  const gate = set.gate.length === 0 ? null : and(set.gate.map((code) => view.finding(code).finding));
  const bounds = boundsOf(set.criteria.map(({ code }) => view.finding(code).finding));
  return { gate, bounds, ...settle(set.rule, gate ?? 'met', bounds, view) };
}

function settle(
  rule: Rule,
  gate: Finding,
  bounds: Bounds,
  view: View,
): Pick<Outcome, 'verdict' | 'decision'> {
  if ('decisions' in rule) {
    const test = view.finding(rule.test).finding;
    const row = rule.decisions.find((candidate) => matches(candidate, gate, bounds, test));
    if (!row) throw new Error('A decision table needs a last row that always matches');
    return { verdict: row.verdict, decision: row };
  }
  const result =
    'arms' in rule ? or(armsOf(rule, view).map(({ finding }) => finding)) : atLeast(rule.atLeast, bounds);
  return { verdict: gated(gate, result), decision: null };
}

/** clinical.md §13, "Verdict": the gate decides first, and an unknown gate leaves only a no. */
function gated(gate: Finding, result: Finding): Verdict {
  if (gate === 'not-met') return 'not-applicable';
  if (result === 'not-met') return 'not-met';
  return gate === 'unknown' || result === 'unknown' ? 'indeterminate' : 'met';
}

function matches(row: DecisionRow, gate: Finding, { min, max }: Bounds, test: Finding): boolean {
  return (
    (row.gate === undefined || row.gate === gate) &&
    (row.test === undefined || row.test === test) &&
    (row.minAtLeast === undefined || min >= row.minAtLeast) &&
    (row.maxAtMost === undefined || max <= row.maxAtMost)
  );
}

function armsOf(rule: Extract<Rule, { arms: unknown }>, view: View): CriterionFinding[] {
  return rule.arms.map(({ code, text, when }) => ({ code, text, ...decide(when, view) }));
}

function usesTests(set: CriteriaSet): boolean {
  return set.criteria.some(({ code }) => tests.includes(code));
}

/** A test that was not done says nothing; read as "no" it shows what the questionnaire alone supports. */
export function withoutTests(code: string, decision: Decision): Decision {
  return tests.includes(code) && decision.finding === 'unknown'
    ? { ...decision, finding: 'not-met' }
    : decision;
}
