import { Problem } from '../fhir/outcome.js';
import { meet, toTarget } from './absent.js';
import { checkReference, findReferences, type LiteralReference } from './references.js';
import { AUDIT, allReferences, findReferrers } from './referrers.js';
import { Refusal } from './refusal.js';
import type { Change } from './save.js';
import { findRid, type Store } from './store.js';
import { clearIndex, writeIndex } from './write-index.js';

/** A Bundle names the same few targets again and again. */
function remember<Found>(find: (target: LiteralReference) => Found): (target: LiteralReference) => Found {
  const known = new Map<string, { readonly found: Found }>();
  return (target) => {
    const key = `${target.type}/${target.id}`;
    const entry = known.get(key) ?? { found: find(target) };
    known.set(key, entry);
    return entry.found;
  };
}

/** Checks what was written refers to, indexes it, and then sees that nobody refers to what was deleted. */
export function link(store: Store, changes: readonly Change[]): void {
  const ridOf = remember((target) => findRid(store, target));
  const faults = changes.flatMap(({ write: { type, resource, at } }) => {
    const isOpen = store.references === 'open' || type === AUDIT;
    const exists = (target: LiteralReference) => isOpen || ridOf(target) !== undefined;
    return findReferences(resource ?? {}, at).map((found) => checkReference(found, store.base, exists));
  });
  Problem.throwIfAny(faults.filter((issue) => issue !== undefined));
  for (const { rid, id, isNew, write } of changes) if (isNew) meet(store, { type: write.type, id }, rid);
  const targetOf = remember((target) => toTarget(store, target));
  for (const { rid, isNew, write, entries } of changes) {
    if (!isNew) clearIndex(store, rid);
    if (!entries) continue;
    const references = allReferences(write.resource ?? {}, store.base, entries.references);
    writeIndex(store, rid, { ...entries, references }, targetOf);
  }
  for (const change of changes) if (!change.entries) checkReferrers(store, change);
}

/** As HAPI does: what others refer to is not deleted before them, unless they go in the same transaction. */
function checkReferrers(store: Store, { rid, write }: Change): void {
  const referrers = findReferrers(store, rid);
  if (referrers.length === 0) return;
  const text = `This ${write.type} is not deleted, because ${referrers.join(', ')} refer to it. Delete them first, or all in one transaction.`;
  const expression = write.requestAt === undefined ? {} : { expression: `${write.requestAt}.url` };
  throw new Refusal({ status: 409, code: 'conflict', text, ...expression });
}
