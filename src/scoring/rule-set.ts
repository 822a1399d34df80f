import type { Answers, Decision, Definitions, View } from './condition.js';
import { decide, join, reads } from './condition.js';
import type { FindingCode } from './criteria/findings.js';
import { facts, findings, relaxedNightPain } from './criteria/findings.js';
import { criteriaSets } from './criteria/index.js';
import type { CriteriaSet, Definition } from './criteria-set.js';
import { and, atLeast, boundsOf } from './finding.js';
import { type RedFlag, redFlags } from './red-flags.js';

export type NightPainVariant = 'strict' | 'relaxed';

/** All rules that are applied to one response. Plain data: it can be printed, hashed and compared. */
export interface RuleSet {
  readonly version: string;
  readonly nightPainVariant: NightPainVariant;
  readonly findings: Readonly<Record<FindingCode, Definition>>;
  readonly facts: readonly FindingCode[];
  readonly criteriaSets: readonly CriteriaSet[];
  readonly redFlags: readonly RedFlag[];
}

/** Version of the rules; it moves with the content in resources/. */
const VERSION = '1.0.0';

export function createRuleSet(nightPainVariant: NightPainVariant): RuleSet {
  const strict = findings['wakes-second-half-only'];
  const wakes = nightPainVariant === 'strict' ? strict : { text: strict.text, when: relaxedNightPain };
  return {
    version: VERSION,
    nightPainVariant,
    findings: { ...findings, 'wakes-second-half-only': wakes },
    facts,
    criteriaSets,
    redFlags,
  };
}

export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(findings, code);
}

/** What a finding code or a set id stands for. Throws on one that does not exist: that is a fault of a table. */
export function definitionsOf(rules: RuleSet): Definitions {
  return {
    condition: (code) => definition(rules, code).when,
    findingsOf: (id) => {
      const set = criteriaSet(rules, id);
      return [...set.gate, ...set.criteria.map(({ code }) => code)];
    },
  };
}

/** linkIds of the questions that red flags are made of: the safety questions, and what they are combined with. */
export function redFlagQuestions(rules: RuleSet): string[] {
  return [...new Set(rules.redFlags.flatMap(({ when }) => reads(when, definitionsOf(rules))))];
}

/**
 * Looks at the answers through the rules; each finding is decided once. `read` may reread a decision, for
 * "what would it be without the tests".
 */
export function createView(
  rules: RuleSet,
  answers: Answers,
  read: (code: string, decision: Decision) => Decision = (_code, decision) => decision,
): View {
  const decided = new Map<string, Decision>();
  const view: View = {
    answers,
    finding(code) {
      const known = decided.get(code);
      if (known) return known;
      const decision = read(code, decide(definition(rules, code).when, view));
      decided.set(code, decision);
      return decision;
    },
    meets: (id) => meets(criteriaSet(rules, id), view),
  };
  return view;
}

/** A counted set as one finding: its gate and its threshold, joined by Kleene's AND. */
function meets(set: CriteriaSet, view: View): Decision {
  const { rule } = set;
  if (!('atLeast' in rule)) throw new Error(`${set.id} is not counted, so it cannot be a finding`);
  const gate = join(
    and,
    set.gate.map((code) => view.finding(code)),
  );
  const count = join(
    (each) => atLeast(rule.atLeast, boundsOf(each)),
    set.criteria.map(({ code }) => view.finding(code)),
  );
  return join(and, [gate, count]);
}

function definition(rules: RuleSet, code: string): Definition {
  if (!isFindingCode(code)) throw new Error(`No finding "${code}" in the rules`);
  return rules.findings[code];
}

function criteriaSet(rules: RuleSet, id: string): CriteriaSet {
  const set = rules.criteriaSets.find((candidate) => candidate.id === id);
  if (!set) throw new Error(`No criteria set "${id}" in the rules`);
  return set;
}
