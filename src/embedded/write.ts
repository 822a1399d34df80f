import { isDeepStrictEqual } from 'node:util';
import { type Issue, Problem } from '../fhir/outcome.js';
import { createId } from './ids.js';
import { toIndexEntries, toSortKeys } from './indexing.js';
import { isObject, type JsonObject } from './json.js';
import { checkReference, findReferences } from './references.js';
import { findRid, newestVid, readCurrent, type Store, type StoredVersion, type Version } from './store.js';
import { writeIndex } from './write-index.js';

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
      Problem.throwIfAny(saved.flatMap(({ changed }) => (changed ? referenceFaults(store, changed) : [])));
      for (const { changed } of saved) if (changed) writeIndex(store, changed.rid, changed.entries);
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

interface Changed {
  readonly rid: number;
  readonly write: Write;
  readonly entries: ReturnType<typeof toIndexEntries>;
}

/** Writes the version under the given row number. `changed` is absent when the content is the current one. */
function save(store: Store, plan: Plan, vid: number): { written: Written; changed?: Changed } {
  const { write, id, current } = plan;
  const { type } = write;
  if (current && isUnchanged(plan)) return { written: { ...current, type, outcome: 'unchanged' } };
  const number = (current?.number ?? 0) + 1;
  const now = store.now();
  const { resourceType, id: _, meta, ...rest } = write.resource;
  const newMeta = {
    ...(isObject(meta) ? meta : {}),
    versionId: String(number),
    lastUpdated: now.toISOString(),
  };
  const json = JSON.stringify({ resourceType, id, meta: newMeta, ...rest });
  const entries = toIndexEntries(type, write.resource, store.base);
  const rid = current?.rid ?? vid;
  saveVersion(store, { rid, vid, typeTerm: store.terms.intern(type), ...toSortKeys(entries) }, [
    id,
    number,
    now.getTime(),
    json,
  ]);
  const outcome = current ? 'updated' : 'created';
  return {
    written: { type, id, number, updated: now.getTime(), json, outcome },
    changed: { rid, write, entries },
  };
}
