import type { Answer } from '../../src/scoring/condition.js';
import type { Question } from '../../src/scoring/settled-by.js';
import { answersOf, readSetCases, setIds, workedCases } from './scoring-cases.js';
import { dropDisabled, questions, type Response } from './scoring-questions.js';
import type { Random } from './scoring-random.js';

/** Answers that leave a question open, by our own list: clinical.md §13, "Before scoring". */
const OPEN: readonly string[] = ['unknown', 'varies', 'not-taken', 'not-tested', 'not-done', 'no-exercise'];

/** Answers that say something, but too little. */
const VAGUE: readonly string[] = ['present-unsure-how-long', 'raised'];

/** What an answer that says something can still turn out to be, without being taken back. */
const REFINED: Readonly<Record<string, readonly string[]>> = {
  'present-unsure-how-long': ['up-to-30-min', '31-to-60-min', 'over-60-min'],
  raised: ['crp-raised', 'esr-raised'],
  'esr-raised': ['crp-raised', 'esr-raised'],
};

export function isOpen(answer: Answer | undefined): boolean {
  if (answer === undefined) return true;
  if (typeof answer === 'number') return false;
  const codes = typeof answer === 'string' ? [answer] : answer;
  return codes.some((code) => OPEN.includes(code) || VAGUE.includes(code));
}

/**
 * Every full answer that an open one can still become: "A, and not sure about the rest" keeps A, "stiff, not
 * sure how long" stays stiff, and an exclusive option stands alone.
 */
export function completionsOf(question: Question, answer: Answer | undefined): readonly Answer[] {
  const { kind, options, exclusive, range } = question;
  if (kind === 'number') {
    const [min, max] = range;
    return Array.from({ length: max - min + 1 }, (_, index) => min + index);
  }
  const known = options.filter((code) => !OPEN.includes(code));
  if (kind === 'single')
    return (typeof answer === 'string' && REFINED[answer]) || known.filter((code) => !VAGUE.includes(code));
  const kept = Array.isArray(answer) ? answer.filter((code) => !OPEN.includes(code)) : [];
  const free = known.filter((code) => !exclusive.includes(code) && !kept.includes(code));
  const ticks = withAnyOf(free, kept);
  const alone = kept.length > 0 ? [] : known.filter((code) => exclusive.includes(code)).map((code) => [code]);
  return [...ticks.filter((codes) => codes.length > 0), ...alone];
}

/** The kept codes with every subset of the free ones. */
function withAnyOf([code, ...rest]: readonly string[], kept: readonly string[]): string[][] {
  if (code === undefined) return [[...kept]];
  return [...withAnyOf(rest, kept), ...withAnyOf(rest, [...kept, code])];
}

/** One of `completionsOf`, without making them all. */
export function completionOf(question: Question, answer: Answer | undefined, random: Random): Answer {
  const { kind, options, exclusive, range } = question;
  if (kind === 'number') return random.integer(...range);
  if (kind === 'single') return random.pick(completionsOf(question, answer));
  const known = options.filter((code) => !OPEN.includes(code));
  const kept = Array.isArray(answer) ? answer.filter((code) => !OPEN.includes(code)) : [];
  const alone = known.filter((code) => exclusive.includes(code));
  if (kept.length === 0 && alone.length > 0 && random.chance(0.5)) return [random.pick(alone)];
  const free = known.filter((code) => !exclusive.includes(code) && !kept.includes(code));
  const ticks = [...kept, ...random.some(free, 0.3)];
  return ticks.length > 0 ? ticks : [random.pick(free)];
}

/** A legal response in which questions are blank, unsure or answered. */
export function randomResponse(random: Random, odds: { blank: number; unsure: number }): Response {
  const response: Record<string, Answer> = {};
  for (const question of questions) {
    if (!question.isEnabled(new Map(Object.entries(response))) || random.chance(odds.blank)) continue;
    const answer = random.chance(odds.unsure)
      ? unsureAnswer(question, random)
      : completionOf(question, undefined, random);
    if (answer !== undefined) response[question.linkId] = answer;
  }
  return response;
}

function unsureAnswer({ kind, options, exclusive }: Question, random: Random): Answer | undefined {
  if (kind === 'number') return undefined;
  if (kind === 'single') return random.pick(options.filter((code) => isOpen(code)));
  if (exclusive.includes('unknown')) return ['unknown'];
  const named = options.filter((code) => code !== 'unknown' && !exclusive.includes(code));
  return [...random.some(named, 0.2), 'unknown'];
}

/** Takes some answers away or makes them unsure; what that disables goes too. */
export function withHoles(response: Response, probability: number, random: Random): Response {
  const kept: Record<string, Answer> = {};
  for (const question of questions) {
    const answer = response[question.linkId];
    if (answer === undefined) continue;
    if (!random.chance(probability)) kept[question.linkId] = answer;
    else if (random.chance(0.5)) {
      const unsure = unsureAnswer(question, random);
      if (unsure !== undefined) kept[question.linkId] = unsure;
    }
  }
  return dropDisabled(kept);
}

/** Nobody knows anything: every list says "unknown"; numbers are blank. */
export function allUnknown(): Response {
  return dropDisabled(
    Object.fromEntries(
      questions
        .filter(({ kind }) => kind !== 'number')
        .map(({ linkId, kind }) => [linkId, kind === 'multiple' ? ['unknown'] : 'unknown']),
    ),
  );
}

/** Responses that people wrote: near the thresholds, where random ones rarely are. */
export function writtenResponses(): Response[] {
  const fromCases = setIds.flatMap((id) => {
    const file = readSetCases(id);
    return file.cases.map((each) => answersOf(file, each));
  });
  return [...Object.values(workedCases), ...fromCases].map(dropDisabled);
}
