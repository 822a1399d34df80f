import { urgencyRank, urgencyWord } from '../parts/words.js';
import type { RedFlag } from './explanation.js';

/** Flags of one level. */
export interface FlagLevel {
  readonly level: string;
  readonly raised: readonly RedFlag[];
}

/** The most urgent level first. */
export function flagsByLevel(flags: readonly RedFlag[]): FlagLevel[] {
  const levels = [...new Set(flags.map(({ urgency }) => urgency))];
  return levels
    .sort((a, b) => urgencyRank(a) - urgencyRank(b))
    .map((level) => ({ level, raised: flags.filter(({ urgency }) => urgency === level) }));
}

/** "Emergency: 3 red flags"; on a phone the line breaks after the colon or not at all. */
export function countText(urgency: string | null, { length }: readonly RedFlag[]): string {
  return `${urgencyWord(urgency)}: ${length}\u00a0red\u00a0flag${length === 1 ? '' : 's'}`;
}
