import type { Listed } from '../parts/listed.js';
import type { Screening } from '../parts/screening.js';
import { isUrgency } from '../parts/words.js';
import type { Filter } from './address.js';

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

/** What could not be read may be anything, and is left in; so is what is on its way, unless it is withdrawn. */
export function isShown({ screening, isUnknown, isOnItsWay, troubles }: Listed, filter: Filter): boolean {
  const isOpen = isUnknown || (isOnItsWay && screening.status !== 'entered-in-error');
  if (filter === 'urgent') return isUrgent(screening) || isOpen;
  if (filter === 'open') return isOpen || openSets(screening) > 0;
  if (filter === 'drafts') return screening.status === 'in-progress';
  if (filter === 'delivery') return troubles.length > 0;
  return true;
}

/** Newest first, each response once: what was read last stands for what was read before. */
export function mergeRows(fresh: readonly Listed[], before: readonly Listed[]): Listed[] {
  const ids = new Set(fresh.map(({ screening }) => screening.id));
  const kept = before.filter(({ screening }) => !ids.has(screening.id));
  return [...fresh, ...kept].sort((a, b) => timeOf(b) - timeOf(a));
}

function timeOf({ screening }: Listed): number {
  return Date.parse(screening.authored ?? '') || 0;
}

/** What an update brought, for whoever does not see it; empty when nothing is to be told. */
export function newsText(fresh: readonly Listed[], before: readonly Listed[]): string {
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
