import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openAt } from '../io/database.js';
import type { LiteralReference } from './references.js';
import { STEPS } from './schema.js';
import type { Terms } from './terms.js';

/**
 * Whether a literal reference may name what is not stored here: `enforced` refuses it; `open` is for a store that
 * keeps only what another FHIR server does not take, with the patients over there.
 */
export type References = 'enforced' | 'open';

/** What reading, writing and searching share. */
export interface Store {
  readonly database: Database;
  readonly terms: Terms;
  /** Our own FHIR base, without a slash at the end. */
  readonly base: string;
  readonly now: () => Date;
  /** `enforced` unless said otherwise. */
  readonly references?: References;
}

/** One version of one resource, as it was written. */
export interface Version {
  readonly id: string;
  readonly number: number;
  /** Milliseconds since 1970: meta.lastUpdated. */
  readonly updated: number;
  /** '' for a deletion. */
  readonly json: string;
}

/** Whether a version says that the resource is no more. */
export function isDeletion({ json }: Version): boolean {
  return json === '';
}

/** Opens `fhir.db` in the directory, making both if need be. Throws if a newer program wrote it. */
export function openDatabase(dataDir: string): Database {
  mkdirSync(dataDir, { recursive: true });
  return openAt(join(dataDir, 'fhir.db'), STEPS);
}

const VERSION = `
  SELECT r.rid, r.id, v.number, v.updated, v.json
  FROM resource r JOIN version v ON`;

export type StoredVersion = Version & { readonly rid: number };

/** The newest version, be it a deletion. */
export function readCurrent(store: Store, { type, id }: LiteralReference): StoredVersion | undefined {
  const sql = `${VERSION} v.vid = r.vid WHERE r.type = ? AND r.id = ?`;
  return store.database.get(sql, store.terms.find(type), id);
}

export function readVersion(
  store: Store,
  { type, id }: LiteralReference,
  number: number,
): StoredVersion | undefined {
  const sql = `${VERSION} v.rid = r.rid WHERE r.type = ? AND r.id = ? AND v.number = ?`;
  return store.database.get(sql, store.terms.find(type), id, number);
}

/** The row of a resource; undefined when there is none, or none any more. */
export function findRid(store: Store, { type, id }: LiteralReference): number | undefined {
  const sql = 'SELECT rid FROM resource WHERE type = ? AND id = ? AND deleted = 0';
  return store.database.get<{ rid: number }>(sql, store.terms.find(type), id)?.rid;
}

/** The row of the newest version of all; 0 in an empty store. */
export function newestVid(store: Pick<Store, 'database'>): number {
  const sql = 'SELECT coalesce(max(vid), 0) AS vid FROM version';
  return store.database.get<{ vid: number }>(sql)?.vid ?? 0;
}
