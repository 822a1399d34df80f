import type { IndexEntries } from './indexing.js';
import type { LiteralReference } from './references.js';
import type { Store } from './store.js';

type IndexStore = Pick<Store, 'database' | 'terms'>;

const TABLES = ['token', 'reference', 'date', 'string'] as const;

/** Takes a resource's entries out, before those of its next version are written. */
export function clearIndex({ database }: IndexStore, rid: number): void {
  for (const table of TABLES) database.run(`DELETE FROM ${table} WHERE rid = ?`, rid);
}

/** Adds a resource's entries; `ridOf` knows what it refers to. */
export function writeIndex(
  { database, terms }: IndexStore,
  rid: number,
  entries: IndexEntries,
  ridOf: (target: LiteralReference) => number | undefined,
): void {
  for (const { index, system, code } of entries.tokens) {
    const systemTerm = system === '' ? 0 : terms.intern(system);
    const sql = 'INSERT OR IGNORE INTO token (param, code, system, rid) VALUES (?, ?, ?, ?)';
    database.run(sql, terms.intern(index), code, systemTerm, rid);
  }
  for (const { index, ...target } of entries.references) {
    const targetRid = ridOf(target);
    if (targetRid === undefined) continue;
    const sql = 'INSERT OR IGNORE INTO reference (param, target, rid) VALUES (?, ?, ?)';
    database.run(sql, terms.intern(index), targetRid, rid);
  }
  for (const { index, low, high, offset } of entries.dates) {
    const sql = 'INSERT OR IGNORE INTO date (param, low, high, offset, rid) VALUES (?, ?, ?, ?, ?)';
    database.run(sql, terms.intern(index), low, high, offset, rid);
  }
  for (const { index, value } of entries.strings) {
    const sql = 'INSERT OR IGNORE INTO string (param, value, rid) VALUES (?, ?, ?)';
    database.run(sql, terms.intern(index), value, rid);
  }
}
