import { type Issue, Problem } from '../fhir/outcome.js';
import { createId } from './ids.js';
import { ownValue } from './json.js';
import { Refusal } from './refusal.js';
import { findIds } from './search.js';
import { isDeletion, readCurrent, type Store, type StoredVersion } from './store.js';
import type { Write } from './write.js';

/** A write that may proceed, with what it replaces. */
export interface Plan {
  readonly write: Write;
  /** Undefined when a conditional delete found nothing. */
  readonly id: string | undefined;
  /** The newest version, which may be a deletion. */
  readonly current: StoredVersion | undefined;
  /** True when the search of a conditional interaction found the resource. */
  readonly isMatched: boolean;
}

/** Decides what one write will do. Throws when its search is impossible or finds more than one resource. */
export function toPlan(store: Store, write: Write): Plan {
  const target = write.criteria === undefined ? undefined : findTarget(store, write, write.criteria);
  const id = target ?? chooseId(store, write);
  const current = id === undefined ? undefined : readCurrent(store, { type: write.type, id });
  return { write, id, current, isMatched: target !== undefined };
}

/** The one resource that a conditional interaction is about; undefined when there is none. */
function findTarget(store: Store, write: Write, criteria: string): string | undefined {
  const { type, method, requestAt } = write;
  const ids = findIds(store, type, criteria);
  const part = method === 'POST' ? 'ifNoneExist' : 'url';
  if (ids.length > 1) {
    const text = `More than one ${type} matches; the condition must select at most one.`;
    const expression = requestAt && { expression: `${requestAt}.${part}` };
    throw new Problem({ code: 'multiple-matches', text, ...expression });
  }
  return ids[0];
}

/** The id of a resource that no search found: that of the URL, of the body of a conditional update, or a new one. */
function chooseId(store: Store, write: Write): string | undefined {
  const { method, type, id, criteria, resource = {}, at } = write;
  if (id !== undefined) return id;
  if (method === 'DELETE') return undefined;
  const sent = ownValue(resource, 'id');
  if (method === 'POST' || criteria === undefined || typeof sent !== 'string') return createId(store.now());
  const current = readCurrent(store, { type, id: sent });
  if (current && !isDeletion(current)) {
    const text = `No ${type} matches, and ${type}/${sent}, the id in the body, is another one.`;
    throw new Refusal({ status: 409, code: 'conflict', text, expression: `${at}.id` });
  }
  return sent;
}

/** `W/"3"` and `"3"` → 3; anything else matches no version. */
function readEtag(etag: string): number {
  return Number(/^(?:W\/)?"([1-9]\d*)"$/.exec(etag.trim())?.[1] ?? Number.NaN);
}

/** What stands in the way of a plan: a version that is not current, an id that is not the one found. */
export function conditionFaults({ write, id, current, isMatched }: Plan): Issue[] {
  const { type, method, ifMatch, ifNoneMatch, requestAt } = write;
  const fault = (text: string, condition: string): Issue[] => {
    const expression = requestAt && { expression: `${requestAt}.${condition}` };
    return [{ code: 'version-mismatch', text: `${type}/${id ?? ''} ${text}`, ...expression }];
  };
  const existing = current && !isDeletion(current) ? current : undefined;
  if (method === 'PUT' && isMatched) {
    const sent = write.resource && ownValue(write.resource, 'id');
    if (sent !== undefined && sent !== id) {
      const text = `The id in the body is not that of the ${type} that matches.`;
      return [{ code: 'wrong-json-type', text, expression: `${write.at}.id` }];
    }
  }
  if (ifMatch !== undefined && readEtag(ifMatch) !== existing?.number) {
    return existing
      ? fault(`is at version ${existing.number}, not at the one that If-Match names.`, 'ifMatch')
      : fault('does not exist, so that If-Match cannot hold.', 'ifMatch');
  }
  if (method === 'PUT' && ifNoneMatch !== undefined && existing) {
    return fault('exists already, and If-None-Match asked for a new one.', 'ifNoneMatch');
  }
  return [];
}
