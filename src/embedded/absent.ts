import type { LiteralReference } from './references.js';
import { referenceParams } from './referrers.js';
import type { Store } from './store.js';

type IndexStore = Pick<Store, 'database' | 'terms'>;

/**
 * What rows of the reference index point to: the row of the resource, deleted or not, or a number below zero for
 * one that was never here. undefined when nothing refers to it.
 */
export function findTarget(
  { database, terms }: IndexStore,
  { type, id }: LiteralReference,
): number | undefined {
  const typeTerm = terms.find(type);
  const find = (table: string) =>
    database.get<{ rid: number }>(`SELECT rid FROM ${table} WHERE type = ? AND id = ?`, typeTerm, id)?.rid;
  return find('resource') ?? find('absent');
}

/** The same; what is not known gets a number now. Only inside a transaction. */
export function toTarget(store: IndexStore, target: LiteralReference): number {
  const known = findTarget(store, target);
  if (known !== undefined) return known;
  const lowest = store.database.get<{ rid: number }>('SELECT coalesce(min(rid), 0) AS rid FROM absent');
  const rid = (lowest?.rid ?? 0) - 1;
  const sql = 'INSERT INTO absent (rid, type, id) VALUES (?, ?, ?)';
  store.database.run(sql, rid, store.terms.intern(target.type), target.id);
  return rid;
}

/** References that were there before the resource now point to its row. */
export function meet(store: IndexStore, target: LiteralReference, rid: number): void {
  const { database, terms } = store;
  const sql = 'SELECT rid FROM absent WHERE type = ? AND id = ?';
  const absent = database.get<{ rid: number }>(sql, terms.find(target.type), target.id);
  if (!absent) return;
  redirect(store, absent.rid, rid);
  database.run('DELETE FROM absent WHERE rid = ?', absent.rid);
}

/** The other way round: the row of the resource has gone for ever, and what still refers to it keeps its target. */
export function part(store: IndexStore, target: LiteralReference, rid: number): void {
  const absent = toTarget(store, target);
  if (rid !== absent) redirect(store, rid, absent);
  if (!isReferredTo(store, absent)) store.database.run('DELETE FROM absent WHERE rid = ?', absent);
}

function redirect(store: IndexStore, from: number, to: number): void {
  const params = JSON.stringify(referenceParams(store.terms));
  const sql =
    'UPDATE reference SET target = ? WHERE param IN (SELECT value FROM json_each(?)) AND target = ?';
  store.database.run(sql, to, params, from);
}

function isReferredTo(store: IndexStore, target: number): boolean {
  const params = JSON.stringify(referenceParams(store.terms));
  const sql =
    'SELECT 1 FROM reference WHERE param IN (SELECT value FROM json_each(?)) AND target = ? LIMIT 1';
  return store.database.get(sql, params, target) !== undefined;
}
