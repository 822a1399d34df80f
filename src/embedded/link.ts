import { Problem } from '../fhir/outcome.js';
import { checkReference, findReferences, type LiteralReference } from './references.js';
import { allReferences, findReferrers } from './referrers.js';
import { Refusal } from './refusal.js';
import type { Change } from './save.js';
import { findRid, type Store } from './store.js';
import { clearIndex, writeIndex } from './write-index.js';

/**
 * Checks what was written refers to, indexes it, and then sees that nobody refers to what was deleted.
 * A Bundle names the same few targets again and again.
 */
export function link(store: Store, changes: readonly Change[]): void {
  const rids = new Map<string, number | undefined>();
  const ridOf = (target: LiteralReference): number | undefined => {
    const key = `${target.type}/${target.id}`;
    if (!rids.has(key)) rids.set(key, findRid(store, target));
    return rids.get(key);
  };
  const faults = changes.flatMap(({ write: { resource, at } }) =>
    findReferences(resource ?? {}, at).map((found) =>
      checkReference(found, store.base, (target) => ridOf(target) !== undefined),
    ),
  );
  Problem.throwIfAny(faults.filter((issue) => issue !== undefined));
  for (const { rid, isNew, write, entries } of changes) {
    if (!isNew) clearIndex(store, rid);
    if (!entries) continue;
    const references = allReferences(write.resource ?? {}, store.base, entries.references);
    writeIndex(store, rid, { ...entries, references }, ridOf);
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
