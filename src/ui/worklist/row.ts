import type { Screening } from '../parts/screening.js';
import { isUrgency } from '../parts/words.js';
import type { Filter } from './address.js';
import type { Trouble } from './trouble.js';

/** One line of the worklist. */
export interface Row {
  readonly screening: Screening;
  /** The results could not be read: they are not known, which is not the same as none. */
  readonly isUnknown: boolean;
  readonly troubles: readonly Trouble[];
}

/** Filters that the server cannot apply: they see what is loaded alone. */
export const HERE_ONLY: readonly Filter[] = ['urgent', 'open'];

export function openSets({ sets }: Screening): number {
  return sets.filter(({ verdict }) => verdict === 'indeterminate').length;
}

/** Whether any red flag is present, whatever its level. */
export function isUrgent({ redFlags }: Screening): boolean {
  const urgency = redFlags?.urgency ?? null;
  return urgency !== null && isUrgency(urgency) && urgency !== 'none-reported';
}

/** What could not be read may be anything, and is left in. */
export function isShown({ screening, isUnknown, troubles }: Row, filter: Filter): boolean {
  if (filter === 'urgent') return isUnknown || isUrgent(screening);
  if (filter === 'open') return isUnknown || openSets(screening) > 0;
  if (filter === 'drafts') return screening.status === 'in-progress';
  if (filter === 'delivery') return troubles.length > 0;
  return true;
}

/** Newest first, each response once: what was read last stands for what was read before. */
export function mergeRows(fresh: readonly Row[], before: readonly Row[]): Row[] {
  const ids = new Set(fresh.map(({ screening }) => screening.id));
  const kept = before.filter(({ screening }) => !ids.has(screening.id));
  return [...fresh, ...kept].sort((a, b) => timeOf(b) - timeOf(a));
}

/** What a first page that was read anew says nothing about: the rows below its last one (null: it is everything). */
export function rowsBelow(last: string | null, rows: readonly Row[]): Row[] {
  return last === null ? [] : rows.filter((row) => timeOf(row) <= (Date.parse(last) || 0));
}

function timeOf({ screening }: Row): number {
  return Date.parse(screening.authored ?? '') || 0;
}

/** What an update brought, for whoever does not see it; empty when nothing is to be told. */
export function newsText(fresh: readonly Row[], before: readonly Row[]): string {
  const known = new Map(before.map((row) => [row.screening.id, JSON.stringify(row)]));
  const added = fresh.filter(({ screening }) => !known.has(screening.id));
  const changed = fresh.filter((row) => {
    const text = known.get(row.screening.id);
    return text !== undefined && text !== JSON.stringify(row);
  });
  return [told(added.length, 'new screening'), told(changed.length, 'changed screening')]
    .filter(Boolean)
    .join(', ');
}

function told(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}
