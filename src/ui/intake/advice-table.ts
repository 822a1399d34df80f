import type { Answers } from '../engine/answers.js';
import type { Settings } from '../parts/settings.js';

/** What every answer calls for, alone and with another: known before anything is asked. */
export type AdviceTable = Pick<Settings, 'adviceAlone' | 'adviceTogether'>;

/** Something that answers call for. */
export interface Warning {
  /** Codes of patient-information. */
  readonly advice: readonly string[];
  /** The answer that calls for it; of two the first, so that it does not warn anew of every other that it meets. */
  readonly by: string;
}

/** Codes of CodeSystem patient-information for how soon, most urgent first. */
const LEVELS = ['emergency', 'same-day', 'urgent-days'];

/** What is said at the end, but never interrupts. */
const QUIET = ['none-reported', 'undecided', 'get-help-at-once'];

/** Everything that these answers call for, as `$advice` would find it. */
export function warningsOn({ adviceAlone, adviceTogether }: AdviceTable, answers: Answers): Warning[] {
  const codesOf = (linkId: string) =>
    (answers.get(linkId) ?? []).flatMap(({ valueCoding }) => valueCoding?.code ?? []);
  const together = adviceTogether
    .filter((one) => one.answers.every(([linkId, code]) => codesOf(linkId).includes(code)))
    .map(({ advice, answers: [first] }) => ({ advice, by: String(first) }));
  const alone = Object.entries(adviceAlone).flatMap(([linkId, options]) => {
    const given = codesOf(linkId);
    return Object.entries(options)
      .filter(([code, { unless = [] }]) => given.includes(code) && !unless.some((one) => given.includes(one)))
      .map(([code, { advice }]) => ({ advice, by: String([linkId, code]) }));
  });
  return [...together, ...alone];
}

/** Their advice in the order to show it; empty when they call for nothing. */
export function adviceOf(warnings: readonly Warning[]): string[] {
  return inOrder(warnings.flatMap(({ advice }) => advice));
}

/** The highest level alone, then what is said besides; when to get help at once last, unless it is now. */
export function inOrder(codes: readonly string[]): string[] {
  const level = LEVELS.find((one) => codes.includes(one));
  const besides = codes.filter((code) => isUrgent(code) && !LEVELS.includes(code));
  const last = codes.includes('get-help-at-once') && level !== 'emergency' ? ['get-help-at-once'] : [];
  return [...new Set([...(level ? [level] : []), ...besides, ...last])];
}

/** Whether it must not wait until the end. */
export function isUrgent(code: string): boolean {
  return !QUIET.includes(code);
}
