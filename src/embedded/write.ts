import { isDeepStrictEqual } from 'node:util';
import { type Issue, Problem } from '../fhir/outcome.js';
import { createId } from './ids.js';
import { type IndexEntries, toIndexEntries, toSortKeys } from './indexing.js';
import { isObject, type JsonObject } from './json.js';
import { checkReference, findReferences, type LiteralReference } from './references.js';
import { findRid, newestVid, readCurrent, type Store, type StoredVersion, type Version } from './store.js';
import { clearIndex, writeIndex } from './write-index.js';

/** One create or update, its shape already checked. */
export interface Write {
  readonly type: string;
  /** Absent on a create by POST: the server chooses. */
  readonly id?: string;
  readonly resource: JsonObject;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** FHIRPath of the resource in the request, for the issues: `Observation`, `Bundle.entry[3].resource`. */
  readonly at: string;
  /** FHIRPath of the entry's request; absent when the conditions came as HTTP headers. */
  readonly requestAt?: string;
}

export interface Written extends Version {
  readonly type: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

/** A write that may proceed, with what it replaces. */
interface Plan {
  readonly write: Write;
  readonly id: string;
  readonly current: StoredVersion | undefined;
}

/** All of them in order, or none: one database transaction, on disk before this returns. */
export function writeAll(store: Store, writes: readonly Write[]): Written[] {
  try {
    return store.database.transaction(() => {
      const plans = writes.map((write) => toPlan(store, write));
      Problem.throwIfAny(plans.flatMap(conditionFaults));
      const vid = newestVid(store) + 1;
      const saved = plans.map((plan, index) => save(store, plan, vid + index));
      // Only now: entries may refer to each other in any order.
      link(store, saved);
      return saved.map(({ written }) => written);
    });
  } catch (error) {
    store.terms.forget();
    throw error;
  }
}

function toPlan(store: Store, write: Write): Plan {
  if (write.id === undefined) return { write, id: createId(store.now()), current: undefined };
  return { write, id: write.id, current: readCurrent(store, { type: write.type, id: write.id }) };
}

/** `W/"3"` and `"3"` → 3; anything else matches no version. */
function readEtag(etag: string): number {
  return Number(/^(?:W\/)?"([1-9]\d*)"$/.exec(etag.trim())?.[1] ?? Number.NaN);
}

function conditionFaults({ write, id, current }: Plan): Issue[] {
  const fault = (text: string, condition: string): Issue[] => {
    const expression = write.requestAt && { expression: `${write.requestAt}.${condition}` };
    return [{ code: 'version-mismatch', text: `${write.type}/${id} ${text}`, ...expression }];
  };
  if (write.ifMatch !== undefined && readEtag(write.ifMatch) !== current?.number) {
    return current
      ? fault(`is at version ${current.number}, not at the one that If-Match names.`, 'ifMatch')
      : fault('does not exist, so that If-Match cannot hold.', 'ifMatch');
  }
  if (write.ifNoneMatch !== undefined && current) {
    return fault('exists already, and If-None-Match asked for a new one.', 'ifNoneMatch');
  }
  return [];
}

/** A resource as compared: without what the server sets itself. */
function toContent(resource: JsonObject): JsonObject {
  const { meta, ...rest } = resource;
  if (!isObject(meta)) return rest;
  const { versionId: _, lastUpdated: __, ...kept } = meta;
  return Object.keys(kept).length === 0 ? rest : { ...rest, meta: kept };
}

function isUnchanged({ write, current }: Plan): boolean {
  if (!current) return false;
  const stored: unknown = JSON.parse(current.json);
  return isObject(stored) && isDeepStrictEqual(toContent(stored), toContent(write.resource));
}

interface Change {
  readonly rid: number;
  readonly isNew: boolean;
  readonly write: Write;
  readonly entries: IndexEntries;
}

/** A version that was written, and what is still to be checked and indexed. */
interface Saved {
  readonly written: Written;
  /** Absent when the content is that of the current version: nothing was written then (as HAPI does). */
  readonly changed?: Change;
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

/** Writes a version as row `vid`; the first version's row number is the resource's own. */
function save(store: Store, plan: Plan, vid: number): Saved {
  const { write, id, current } = plan;
  const { type, resource } = write;
  if (current && isUnchanged(plan)) return { written: { ...current, type, outcome: 'unchanged' } };
  const { database, terms } = store;
  const now = store.now();
  const [rid, number, updated] = [current?.rid ?? vid, (current?.number ?? 0) + 1, now.getTime()];
  const json = toJson(resource, id, { versionId: String(number), lastUpdated: now.toISOString() });
  const entries = toIndexEntries(type, resource, store.base);
  const { day, name } = toSortKeys(entries);
  database.run(
    'INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?)',
    vid,
    rid,
    number,
    updated,
    day,
    name,
    json,
  );
  if (current) {
    database.run('UPDATE resource SET vid = ?, day = ?, name = ? WHERE rid = ?', vid, day, name, rid);
  } else {
    database.run(
      'INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)',
      rid,
      terms.intern(type),
      id,
      vid,
      day,
      name,
    );
  }
  const outcome = current ? 'updated' : 'created';
  return {
    written: { type, id, number, updated, json, outcome },
    changed: { rid, isNew: !current, write, entries },
  };
}

/** Checks what was written refers to, then indexes it. A Bundle names the same few targets again and again. */
function link(store: Store, saved: readonly Saved[]): void {
  const rids = new Map<string, number | undefined>();
  const ridOf = (target: LiteralReference): number | undefined => {
    const key = `${target.type}/${target.id}`;
    if (!rids.has(key)) rids.set(key, findRid(store, target));
    return rids.get(key);
  };
  const changes = saved.map(({ changed }) => changed).filter((changed) => changed !== undefined);
  const faults = changes.flatMap(({ write }) =>
    findReferences(write.resource, write.at).map((found) =>
      checkReference(found, store.base, (target) => ridOf(target) !== undefined),
    ),
  );
  Problem.throwIfAny(faults.filter((issue) => issue !== undefined));
  for (const { rid, isNew, entries } of changes) {
    if (!isNew) clearIndex(store, rid);
    writeIndex(store, rid, entries, ridOf);
  }
}
