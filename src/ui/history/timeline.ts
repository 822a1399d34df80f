import type { Listed } from '../parts/listed.js';
import type { Screening, SetResult } from '../parts/screening.js';
import { isScored } from '../parts/screening.js';
import { decisionWord, verdictWord } from '../parts/words.js';

/** In a picture: width, and the least space between two screenings. */
export interface Extent {
  readonly left: number;
  readonly right: number;
  readonly gap: number;
}

/** Screenings with a result, oldest first. */
export function scoredInOrder(screenings: readonly Screening[]): Screening[] {
  return screenings
    .filter(({ status, authored }) => isScored(status) && authored !== null)
    .sort((a, b) => timeOf(a) - timeOf(b));
}

function timeOf({ authored }: Screening): number {
  return Date.parse(authored ?? '') || 0;
}

/**
 * Where each stands: in proportion to time, and never so close that two cannot be told apart. Where there is no
 * room for that, evenly.
 */
export function positions(times: readonly number[], { left, right, gap }: Extent): number[] {
  const [first = 0] = times;
  const last = times.at(-1) ?? first;
  const room = right - left;
  if (times.length === 1 || last === first) return evenly(times.length, left, right);
  if ((times.length - 1) * gap > room) return evenly(times.length, left, right);
  const placed = times.map((time) => left + ((time - first) / (last - first)) * room);
  for (let i = 1; i < placed.length; i += 1) {
    placed[i] = Math.max(placed[i] ?? 0, (placed[i - 1] ?? 0) + gap);
  }
  for (let i = placed.length - 1; i >= 0; i -= 1) {
    const most = i === placed.length - 1 ? right : (placed[i + 1] ?? right) - gap;
    placed[i] = Math.min(placed[i] ?? 0, most);
  }
  return placed;
}

function evenly(count: number, left: number, right: number): number[] {
  const step = count > 1 ? (right - left) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) => (count > 1 ? left + index * step : (left + right) / 2));
}

/** What is known, joined; a gap where nothing was answered: what was not asked is not drawn. */
export function runs<T>(values: readonly (T | null)[]): { readonly index: number; readonly value: T }[][] {
  const found: { index: number; value: T }[][] = [[]];
  values.forEach((value, index) => {
    if (value === null) found.push([]);
    else found.at(-1)?.push({ index, value });
  });
  return found.filter((run) => run.length > 0);
}

/** One criteria set over time. */
export interface Track {
  readonly id: string;
  readonly title: string;
  readonly of: number;
  readonly threshold: number | null;
  /** One for each screening, in order; null where the screening has no such result. */
  readonly results: readonly (SetResult | null)[];
}

/** Every set that any of the screenings has, in the order of the sets. */
export function toTracks(screenings: readonly Screening[]): Track[] {
  const known = screenings.flatMap(({ sets }) => sets);
  const ids = [...new Set(known.map(({ id }) => id))];
  return ids.flatMap((id) => {
    // The newest says how the set is made now.
    const newest = known.findLast((one) => one.id === id);
    if (!newest) return [];
    const { title, of, threshold } = newest;
    const results = screenings.map(({ sets }) => sets.find((one) => one.id === id) ?? null);
    return [{ id, title, of, threshold, results }];
  });
}

/** Whether it was scored and that is stored: without, nothing is known, not even that something was not answered. */
export function hasResult({ sets }: Pick<Screening, 'sets'>): boolean {
  return sets.length > 0;
}

/** What is said of the pain: 0 is an answer, and what is not stored is not "not answered". */
export function painText(screening: Screening): string {
  if (screening.pain !== null) return `${screening.pain}`;
  return hasResult(screening) ? 'not answered' : NOT_STORED;
}

export const NOT_STORED = 'no result stored';

/** Why there is no result: what could not be read, or has not arrived, is not said to be missing. */
export function missingText({ screening: { status }, isUnknown, isOnItsWay }: Listed): string {
  if (status === 'entered-in-error') return 'withdrawn';
  if (status === 'in-progress') return 'not sent yet';
  if (isOnItsWay) return 'not in the record yet: open it';
  return isUnknown ? 'not read' : NOT_STORED;
}

/** How much of a set is met, what it needs, and how it was before if that was another result. */
export function setText({ threshold, results }: Pick<Track, 'threshold' | 'results'>): string {
  const now = results.at(-1);
  if (!now) return '';
  const count = countText(now);
  const before = results.slice(0, -1).findLast((one) => one !== null);
  const isChanged = before && (now.verdict !== before.verdict || now.decision !== before.decision);
  return [
    count && threshold !== null ? `${count}, needs ${threshold}` : count,
    isChanged && `before: ${before.decision ? decisionWord(before.decision) : verdictWord(before.verdict)}`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** "3 to 5 of 9"; empty where the set does not apply. */
export function countText({ min, max, of }: SetResult): string {
  if (min === null || max === null) return '';
  return min === max ? `${min} of ${of}` : `${min} to ${max} of ${of}`;
}
