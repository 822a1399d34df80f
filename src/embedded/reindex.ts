import type { Database } from '../io/database.js';
import { toIndexEntries, toSortKeys } from './indexing.js';
import { isObject, type JsonObject } from './json.js';
import type { LiteralReference } from './references.js';
import { allReferences } from './referrers.js';
import { Terms } from './terms.js';
import { writeIndex } from './write-index.js';

const BASE = 'http://127.0.0.1/fhir';
/** References of a store to itself may be absolute, with whatever port it had when they were written. */
export const OWN = /^http:\/\/127\.0\.0\.1:\d+\/fhir\//;

const PAGE = `
  SELECT r.rid, t.text AS type, v.json FROM resource r
  JOIN version v ON v.vid = r.vid JOIN term t ON t.id = r.type WHERE r.rid > ? ORDER BY r.rid LIMIT 500`;

function parse(json: string): JsonObject {
  const value: unknown = JSON.parse(json, (key, inner: unknown) =>
    key === 'reference' && typeof inner === 'string' ? inner.replace(OWN, '') : inner,
  );
  return isObject(value) ? value : {};
}

/**
 * Adds to the index what this program finds in the current resources and an older one did not. What is there
 * already stays: a path that had an index then has the same one now.
 */
export function addToIndex(database: Database): void {
  const store = { database, terms: new Terms(database) };
  const ridOf = ({ type, id }: LiteralReference): number | undefined => {
    const sql = 'SELECT rid FROM resource WHERE type = ? AND id = ?';
    return database.get<{ rid: number }>(sql, store.terms.find(type), id)?.rid;
  };
  let page: { rid: number; type: string; json: string }[] = [];
  do {
    page = database.all(PAGE, page.at(-1)?.rid ?? 0);
    for (const { rid, type, json } of page) {
      const resource = parse(json);
      const entries = toIndexEntries(type, resource, BASE);
      const references = allReferences(resource, BASE, entries.references);
      writeIndex(store, rid, { ...entries, references }, ridOf);
      const { day, name } = toSortKeys(type, entries);
      database.run('UPDATE resource SET day = ?, name = ? WHERE rid = ?', day, name, rid);
      const sql = 'UPDATE version SET day = ?, name = ? WHERE vid = (SELECT vid FROM resource WHERE rid = ?)';
      database.run(sql, day, name, rid);
    }
  } while (page.length > 0);
}
