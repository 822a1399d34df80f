import { isDeepStrictEqual } from 'node:util';
import { type IndexEntries, toIndexEntries, toSortKeys } from './indexing.js';
import { isObject, type JsonObject } from './json.js';
import { link } from './link.js';
import type { Plan } from './plan.js';
import { isDeletion, newestVid, type Store, type Version } from './store.js';
import type { Write, Written } from './write.js';

/** A resource that was written or deleted, and is still to be checked and indexed. */
export interface Change {
  readonly rid: number;
  readonly id: string;
  readonly isNew: boolean;
  readonly write: Write;
  /** Undefined for a deletion. */
  readonly entries: IndexEntries | undefined;
}

interface Saved {
  readonly written: Written;
  /** Absent when nothing was written. */
  readonly change?: Change;
}

/** R4 §3.1.0.11.2: what is deleted makes room before anything is created. */
const TURN = { DELETE: 0, POST: 1, PUT: 2 } as const;

/** Carries out the plans of one transaction → the results, in the order of the plans. */
export function save(store: Store, plans: readonly Plan[]): Written[] {
  const first = newestVid(store) + 1;
  const inTurn = plans
    .map((plan, index) => ({ plan, index }))
    .sort((a, b) => TURN[a.plan.write.method] - TURN[b.plan.write.method]);
  const saved = inTurn.map(({ plan, index }, turn) => ({ index, ...saveOne(store, plan, first + turn) }));
  // Only now: entries may refer to each other in any order.
  link(
    store,
    saved.map(({ change }) => change).filter((change) => change !== undefined),
  );
  return saved.sort((a, b) => a.index - b.index).map(({ written }) => written);
}

function saveOne(store: Store, plan: Plan, vid: number): Saved {
  const { write, current, isMatched, id } = plan;
  const { type, method, resource } = write;
  if (resource === undefined || id === undefined) return remove(store, plan, vid);
  const isKept = (method === 'POST' && isMatched) || isUnchanged(current, resource);
  if (current && isKept) return { written: { ...current, type, outcome: 'unchanged' } };
  const number = (current?.number ?? 0) + 1;
  const now = store.now();
  const json = toJson(resource, id, { versionId: String(number), lastUpdated: now.toISOString() });
  const entries = toIndexEntries(type, resource, store.base);
  const version = { id, number, updated: now.getTime(), json };
  const rid = append(store, plan, vid, { ...version, ...toSortKeys(type, entries) });
  const outcome = current && !isDeletion(current) ? 'updated' : 'created';
  return {
    written: { ...version, type, outcome },
    change: { rid, id, isNew: current === undefined, write, entries },
  };
}

/** A deletion is a version of its own. Deleting what is not there changes nothing. */
function remove(store: Store, plan: Plan, vid: number): Saved {
  const { write, current, id } = plan;
  const { type } = write;
  if (!current || isDeletion(current)) {
    const nothing = { id: id ?? '', number: 0, updated: 0, json: '' };
    return { written: { ...(current ?? nothing), type, outcome: 'absent' } };
  }
  const updated = store.now().getTime();
  const version = { id: current.id, number: current.number + 1, updated, json: '' };
  const rid = append(store, plan, vid, { ...version, day: 0, name: '' });
  return {
    written: { ...version, type, outcome: 'deleted' },
    change: { rid, id: current.id, isNew: false, write, entries: undefined },
  };
}

/** A resource as compared: without what the server sets itself. */
function toContent(resource: JsonObject): JsonObject {
  const { meta, ...rest } = resource;
  if (!isObject(meta)) return rest;
  const { versionId: _, lastUpdated: __, ...kept } = meta;
  return Object.keys(kept).length === 0 ? rest : { ...rest, meta: kept };
}

/** The same content again makes no version (as HAPI does). */
function isUnchanged(current: Version | undefined, resource: JsonObject): boolean {
  if (!current || isDeletion(current)) return false;
  const stored: unknown = JSON.parse(current.json);
  if (!isObject(stored)) return false;
  return isDeepStrictEqual(toContent(stored), toContent({ ...resource, id: current.id }));
}

/** The JSON text of a version: as sent, with the server's id, meta.versionId and meta.lastUpdated. */
function toJson(
  resource: JsonObject,
  id: string,
  server: { versionId: string; lastUpdated: string },
): string {
  const { resourceType, id: _, meta, ...rest } = resource;
  return JSON.stringify({ resourceType, id, meta: { ...(isObject(meta) ? meta : {}), ...server }, ...rest });
}

type Row = Version & { readonly day: number; readonly name: string };

/** Writes row `vid` and makes it the current version. The first version's row number is the resource's own. */
function append({ database, terms }: Store, { write, current }: Plan, vid: number, row: Row): number {
  const { id, number, updated, day, name, json } = row;
  const rid = current?.rid ?? vid;
  const deleted = isDeletion(row) ? 1 : 0;
  database.run(
    `INSERT INTO version (vid, rid, number, updated, day, name, json, method) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[vid, rid, number, updated, day, name, json, write.method],
  );
  if (current) {
    const sql = 'UPDATE resource SET vid = ?, day = ?, name = ?, updated = ?, deleted = ? WHERE rid = ?';
    database.run(sql, vid, day, name, updated, deleted, rid);
  } else {
    const sql =
      'INSERT INTO resource (rid, type, id, vid, day, name, updated, deleted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';
    database.run(sql, rid, terms.intern(write.type), id, vid, day, name, updated, deleted);
  }
  return rid;
}
