import { and, atLeast, boundsOf, type Finding, not, or } from './finding.js';

/** One checked answer: a code, the codes ticked in a repeating question, or a number. */
export type Answer = string | number | readonly string[];

/** Flat, checked answers by linkId. A question that is blank is absent from `given`. */
export interface Answers {
  readonly given: ReadonlyMap<string, Answer>;
  /** linkIds that enableWhen rules out for these answers. */
  readonly disabled: ReadonlySet<string>;
}

/**
 * The closed set of things a rule can ask of the answers: data, never closures, so that every rule can be
 * listed, exported and checked against the Questionnaire.
 */
export type Condition =
  /** A single choice. A code in neither list ("varies", "not-taken", "unknown" …) leaves it unknown. */
  | { readonly oneOf: readonly [linkId: string, met: readonly string[], notMet: readonly string[]] }
  /** Any of the codes ticked. A tick in `unclear` alone leaves it unknown, and so does "unknown". */
  | { readonly ticked: readonly [linkId: string, codes: readonly string[], unclear?: readonly string[]] }
  /** The question is answered and none of the codes is ticked; "not sure" beside other ticks changes nothing. */
  | { readonly unticked: readonly [linkId: string, codes: readonly string[]] }
  /** A number strictly below the limit. */
  | { readonly below: readonly [linkId: string, limit: number] }
  /** A direct question whose missing answer a tick elsewhere supplies, and whose "no" that tick contradicts. */
  | { readonly direct: Condition; readonly orTicked: readonly [linkId: string, code: string] }
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly atLeast: readonly [count: number, of: readonly Condition[]] }
  /** Another finding of the same table. */
  | { readonly finding: string }
  /** A whole criteria set: met → met; not-met or not-applicable → not-met; indeterminate → unknown. */
  | { readonly meets: string };

/** A finding and the questions that decided it (for an unknown: that leave it open). */
export interface Decision {
  readonly finding: Finding;
  readonly linkIds: readonly string[];
}

/** What a condition may look at. */
export interface View {
  readonly answers: Answers;
  finding(code: string): Decision;
  meets(setId: string): Decision;
}

/** The answer code that says "not sure" in every list of the Questionnaire. */
const UNKNOWN = 'unknown';

export function decide(condition: Condition, view: View): Decision {
  if ('oneOf' in condition) return decideOneOf(condition.oneOf, view.answers);
  if ('ticked' in condition) return decideTicked(condition.ticked, view.answers);
  if ('unticked' in condition) return decideUnticked(condition.unticked, view.answers);
  if ('below' in condition) return decideBelow(condition.below, view.answers);
  if ('direct' in condition)
    return decideDirect(decide(condition.direct, view), condition.orTicked, view.answers);
  if ('all' in condition) return join(and, decideEach(condition.all, view));
  if ('any' in condition) return join(or, decideEach(condition.any, view));
  if ('not' in condition) {
    const { finding, linkIds } = decide(condition.not, view);
    return { finding: not(finding), linkIds };
  }
  if ('atLeast' in condition) {
    const [count, of] = condition.atLeast;
    return join((findings) => atLeast(count, boundsOf(findings)), decideEach(of, view));
  }
  return 'finding' in condition ? view.finding(condition.finding) : view.meets(condition.meets);
}

/** Combines decisions; those that agree with the outcome are the ones that decided it. */
export function join(
  combine: (findings: readonly Finding[]) => Finding,
  decisions: readonly Decision[],
): Decision {
  const finding = combine(decisions.map((decision) => decision.finding));
  const deciding = decisions.filter((decision) => decision.finding === finding);
  return { finding, linkIds: [...new Set(deciding.flatMap((decision) => decision.linkIds))] };
}

function decideEach(conditions: readonly Condition[], view: View): Decision[] {
  return conditions.map((condition) => decide(condition, view));
}

function decideOneOf(
  [linkId, met, notMet]: readonly [string, readonly string[], readonly string[]],
  answers: Answers,
) {
  const answer = answers.given.get(linkId);
  const known = typeof answer === 'string';
  if (known && met.includes(answer)) return { finding: 'met', linkIds: [linkId] } as const;
  const finding = known && notMet.includes(answer) ? 'not-met' : 'unknown';
  return { finding, linkIds: [linkId] } as const;
}

function decideTicked(
  [linkId, codes, unclear = []]: readonly [string, readonly string[], (readonly string[])?],
  answers: Answers,
): Decision {
  const ticks = tickedIn(linkId, answers);
  const finding = ticks.some((tick) => codes.includes(tick))
    ? 'met'
    : ticks.length === 0 || ticks.includes(UNKNOWN) || ticks.some((tick) => unclear.includes(tick))
      ? 'unknown'
      : 'not-met';
  return { finding, linkIds: [linkId] };
}

function decideUnticked([linkId, codes]: readonly [string, readonly string[]], answers: Answers): Decision {
  const ticks = tickedIn(linkId, answers).filter((tick) => tick !== UNKNOWN);
  const finding = ticks.some((tick) => codes.includes(tick))
    ? 'not-met'
    : ticks.length > 0
      ? 'met'
      : 'unknown';
  return { finding, linkIds: [linkId] };
}

function decideBelow([linkId, limit]: readonly [string, number], answers: Answers): Decision {
  const answer = answers.given.get(linkId);
  const finding = typeof answer !== 'number' ? 'unknown' : answer < limit ? 'met' : 'not-met';
  return { finding, linkIds: [linkId] };
}

function decideDirect(
  direct: Decision,
  [linkId, code]: readonly [string, string],
  answers: Answers,
): Decision {
  if (direct.finding === 'met' || !tickedIn(linkId, answers).includes(code)) return direct;
  return direct.finding === 'unknown'
    ? { finding: 'met', linkIds: [linkId] }
    : { finding: 'unknown', linkIds: [...direct.linkIds, linkId] };
}

function tickedIn(linkId: string, answers: Answers): readonly string[] {
  const answer = answers.given.get(linkId);
  return Array.isArray(answer) ? answer : [];
}

/** What the names in conditions stand for. */
export interface Definitions {
  condition(code: string): Condition;
  /** The gate and criteria of a set. */
  findingsOf(setId: string): readonly string[];
}

/** A condition that looks at one question. */
export type Leaf = Extract<
  Condition,
  { oneOf: unknown } | { ticked: unknown } | { unticked: unknown } | { below: unknown }
>;

/** The single questions a condition comes down to, named findings and inner sets opened up. */
export function leaves(condition: Condition, definitions: Definitions): Leaf[] {
  const each = (conditions: readonly Condition[]) =>
    conditions.flatMap((child) => leaves(child, definitions));
  if ('direct' in condition) {
    const [linkId, code] = condition.orTicked;
    return [...leaves(condition.direct, definitions), { ticked: [linkId, [code]] }];
  }
  if ('all' in condition) return each(condition.all);
  if ('any' in condition) return each(condition.any);
  if ('not' in condition) return leaves(condition.not, definitions);
  if ('atLeast' in condition) return each(condition.atLeast[1]);
  if ('finding' in condition) return leaves(definitions.condition(condition.finding), definitions);
  if ('meets' in condition)
    return each(definitions.findingsOf(condition.meets).map((finding) => ({ finding })));
  return [condition];
}

export function linkIdOf(leaf: Leaf): string {
  if ('oneOf' in leaf) return leaf.oneOf[0];
  if ('unticked' in leaf) return leaf.unticked[0];
  return 'ticked' in leaf ? leaf.ticked[0] : leaf.below[0];
}

/** Every linkId that a condition can look at, each once. */
export function reads(condition: Condition, definitions: Definitions): string[] {
  return [...new Set(leaves(condition, definitions).map(linkIdOf))];
}
