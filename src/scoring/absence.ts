import { type Answers, type Condition, type Definitions, reads, type View } from './condition.js';

/** Why a finding is unknown, in the codes of FHIR's data-absent-reason (contract.md §5). */
export type AbsentReason = 'asked-unknown' | 'not-performed' | 'unknown' | 'not-asked';

/** Answers that say "I was asked and cannot tell". */
const ASKED_UNKNOWN: readonly string[] = ['unknown', 'varies', 'no-exercise', 'present-unsure-how-long'];

/** Answers that say "it was never done". */
const NOT_PERFORMED: readonly string[] = ['not-tested', 'not-done', 'not-taken'];

/** Whether an answer leaves its question open. A number never does. */
export function isOpenAnswer(codes: readonly string[]): boolean {
  return codes.some((code) => ASKED_UNKNOWN.includes(code) || NOT_PERFORMED.includes(code));
}

/** The codes of an answer; none for a number or a blank. */
export function codesOf(linkId: string, { given }: Answers): readonly string[] {
  const answer = given.get(linkId);
  if (answer === undefined || typeof answer === 'number') return [];
  return typeof answer === 'string' ? [answer] : answer;
}

/** The reason for an unknown condition: the first that fits over the questions it reads. */
export function absentReason(condition: Condition, view: View, definitions: Definitions): AbsentReason {
  if (hangsOnOpenSet(condition, view, definitions)) return 'unknown';
  return absentReasonOver(reads(condition, definitions), view.answers);
}

export function absentReasonOver(linkIds: readonly string[], answers: Answers): AbsentReason {
  const says = (words: readonly string[]) =>
    linkIds.some((linkId) => codesOf(linkId, answers).some((code) => words.includes(code)));
  if (says(ASKED_UNKNOWN)) return 'asked-unknown';
  if (says(NOT_PERFORMED)) return 'not-performed';
  const blank = linkIds.filter((linkId) => !answers.given.has(linkId));
  const onlyDisabled = blank.length > 0 && blank.every((linkId) => answers.disabled.has(linkId));
  return onlyDisabled ? 'not-asked' : 'unknown';
}

/** A composite over an indeterminate criteria set has no answer of its own to blame. */
function hangsOnOpenSet(condition: Condition, view: View, definitions: Definitions): boolean {
  const each = (conditions: readonly Condition[]) =>
    conditions.some((child) => hangsOnOpenSet(child, view, definitions));
  if ('meets' in condition) return view.meets(condition.meets).finding === 'unknown';
  if ('finding' in condition)
    return hangsOnOpenSet(definitions.condition(condition.finding), view, definitions);
  if ('all' in condition) return each(condition.all);
  if ('any' in condition) return each(condition.any);
  if ('atLeast' in condition) return each(condition.atLeast[1]);
  return 'not' in condition && hangsOnOpenSet(condition.not, view, definitions);
}
