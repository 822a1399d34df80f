import { type Issue, Problem } from '../fhir/outcome.js';
import type { JsonObject } from './json.js';
import { conditionFaults, type Plan, toPlan } from './plan.js';
import { save } from './save.js';
import type { Store, Version } from './store.js';

/** One create, update or delete, its shape already checked. */
export interface Write {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly type: string;
  /** Absent on a create, where the server chooses, and when `criteria` choose. */
  readonly id?: string;
  /** Absent on a delete. */
  readonly resource?: JsonObject;
  /** The search of a conditional interaction: `If-None-Exist`, or the query of `PUT Type?…`, `DELETE Type?…`. */
  readonly criteria?: string;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  /** What other entries of the transaction may refer to it by. */
  readonly fullUrl?: string;
  /** FHIRPath of the resource in the request, for the issues: `Observation`, `Bundle.entry[3].resource`. */
  readonly at: string;
  /** FHIRPath of the entry's request; absent when the conditions came as HTTP headers. */
  readonly requestAt?: string;
}

export interface Written extends Version {
  readonly type: string;
  /** `absent`: there was nothing to delete. Its version is that of the deletion before, 0 when there is none. */
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'deleted' | 'absent';
}

/** One database transaction, on disk before this returns; nothing of it stays when `work` throws. */
export function atomically<Result>(store: Store, work: () => Result): Result {
  try {
    return store.database.transaction(() => {
      store.terms.refresh();
      return work();
    });
  } catch (error) {
    store.terms.forget();
    throw error;
  }
}

/** What each write will do, its conditions checked against what is stored now. Throws if one does not hold. */
export function planWrites(store: Store, writes: readonly Write[]): Plan[] {
  const plans = writes.map((write) => toPlan(store, write));
  Problem.throwIfAny([...plans.flatMap(conditionFaults), ...duplicateFaults(plans)]);
  return plans;
}

/** Two entries for one resource would make the outcome depend on the order, which FHIR forbids. */
function duplicateFaults(plans: readonly Plan[]): Issue[] {
  const seen = new Set<string>();
  return plans.flatMap(({ write, id, isMatched }) => {
    const { type, method, criteria, requestAt } = write;
    // A conditional create that found its resource only reads it; a conditional delete that found none does nothing.
    if (id === undefined || (isMatched && method === 'POST')) return [];
    // What a search did not find it may create, but once.
    const search = criteria !== undefined && !isMatched ? [`${type}?${criteria}`] : [];
    const keys = [`${type}/${id}`, ...search];
    const twice = keys.find((key) => seen.has(key));
    for (const key of keys) seen.add(key);
    if (twice === undefined) return [];
    const at = requestAt && { expression: `${requestAt}.url` };
    return [{ code: 'wrong-json-type', text: `${twice} is written twice in one transaction.`, ...at }];
  });
}

/** All of them, or none. The results are in the order of the writes. */
export function writeAll(store: Store, writes: readonly Write[]): Written[] {
  return atomically(store, () => save(store, planWrites(store, writes)));
}
