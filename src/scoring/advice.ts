import type { RedFlagEvaluation } from './red-flags.js';

/**
 * What a patient is told after the safety questions: codes of CodeSystem/patient-information, where the words are.
 * Never a criterion, a count or the name of a flag.
 */
export const ADVICE = [
  'emergency',
  'same-day',
  'urgent-days',
  'none-reported',
  'undecided',
  'cord-compression',
  'spine-injury-with-axspa',
  'eye',
  'get-help-at-once',
] as const;

export type Advice = (typeof ADVICE)[number];

/** Flags with words of their own beside those of their level. */
const ADVICE_OF_FLAG: Readonly<Record<string, Advice>> = { 'eye-symptoms-now': 'eye' };

/**
 * In the order to show it: the level, what must be said or heeded besides, and, where it is not an emergency now,
 * what would make it one.
 */
export function adviceOn({ urgency, flags, messages }: RedFlagEvaluation): Advice[] {
  return [
    urgency ?? 'undecided',
    ...messages.map(({ code }) => code),
    ...flags.flatMap(({ code }) => ADVICE_OF_FLAG[code] ?? []),
    ...(urgency === 'emergency' ? [] : (['get-help-at-once'] as const)),
  ];
}
