import type { IndexEntries } from './indexing.js';
import type { JsonObject } from './json.js';
import { findReferences, readLiteral } from './references.js';
import { indexNameOf, SEARCH_PARAMETERS } from './search-parameters.js';
import type { Store } from './store.js';

/** Index of the literal references that no search parameter covers, so that a delete knows of every one. */
const OTHER_REFERENCES = '*reference';

/** May name what was never here or is no more: an audit tells of attempts and deletions as well. */
export const AUDIT = 'AuditEvent';

/** How many referrers a refusal names. */
const MOST_NAMED = 5;

/** All literal references of a resource as index entries: those of its search parameters, then all others. */
export function allReferences(
  resource: JsonObject,
  base: string,
  covered: IndexEntries['references'],
): IndexEntries['references'] {
  const known = new Set(covered.map(({ type, id }) => `${type}/${id}`));
  const others = findReferences(resource, '')
    .map(({ text }) => readLiteral(text, base))
    .filter((target) => target !== undefined)
    .filter(({ type, id }) => !known.has(`${type}/${id}`))
    .map((target) => ({ ...target, index: OTHER_REFERENCES }));
  return [...covered, ...others];
}

function referenceIndexes(): string[] {
  const named = [...SEARCH_PARAMETERS].flatMap(([type, parameters]) =>
    [...parameters.values()]
      .filter(({ kind }) => kind === 'reference')
      .map((parameter) => indexNameOf(type, parameter)),
  );
  return [...new Set([OTHER_REFERENCES, ...named])];
}

const INDEXES = referenceIndexes();

/** The numbers of the indexes that hold references. */
export function referenceParams(terms: Store['terms']): number[] {
  return INDEXES.map((name) => terms.find(name));
}

/**
 * Some of the resources that refer to this one, as `Type/id`. Itself is none of them, nor is an AuditEvent, which
 * outlives what it tells of.
 */
export function findReferrers({ database, terms }: Store, rid: number): string[] {
  const params = referenceParams(terms);
  const sql = `
    SELECT DISTINCT t.text AS type, r.id FROM reference x
    JOIN resource r ON r.rid = x.rid JOIN term t ON t.id = r.type
    WHERE x.param IN (${params.map(() => '?').join(', ')}) AND x.target = ? AND x.rid <> x.target AND t.text <> '${AUDIT}'
    LIMIT ${MOST_NAMED}`;
  return database
    .all<{ type: string; id: string }>(sql, ...params, rid)
    .map(({ type, id }) => `${type}/${id}`);
}
