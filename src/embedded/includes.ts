import type { Include } from './search-query.js';
import type { Store } from './store.js';

/** A resource as it goes into a searchset. */
export interface Entry {
  readonly type: string;
  readonly id: string;
  readonly json: string;
}

const ENTRY = `
  SELECT t.text AS type, r.id, v.json FROM resource r
  JOIN version v ON v.vid = r.vid JOIN term t ON t.id = r.type WHERE r.rid = ? AND r.deleted = 0`;

export function readEntry(store: Store, rid: number): Entry | undefined {
  return store.database.get<Entry>(ENTRY, rid);
}

/** The other end of a reference: what a match refers to, or what refers to it. */
const OTHER_END: Readonly<Record<Include['direction'], string>> = {
  forwards: 'SELECT target AS rid FROM reference INDEXED BY reference_rid WHERE rid = ? AND param = ?',
  backwards: 'SELECT rid FROM reference WHERE target = ? AND param = ?',
};

/** What `_include` and `_revinclude` ask for, each once and none that is a match itself. */
export function findIncluded(
  store: Store,
  includes: readonly Include[],
  matches: readonly { readonly rid: number }[],
): Entry[] {
  const seen = new Set(matches.map(({ rid }) => rid));
  const entries: Entry[] = [];
  for (const { index, only, direction } of includes) {
    const param = store.terms.find(index);
    for (const match of matches) {
      for (const { rid } of store.database.all<{ rid: number }>(OTHER_END[direction], match.rid, param)) {
        if (seen.has(rid)) continue;
        const entry = readEntry(store, rid);
        if (!entry || (only !== undefined && entry.type !== only)) continue;
        seen.add(rid);
        entries.push(entry);
      }
    }
  }
  return entries;
}
