import { Problem } from '../fhir/outcome.js';
import { type Criterion, toCriterion } from './criteria.js';
import { type Cursor, readCursor } from './cursor.js';
import { indexNameOf, SEARCH_PARAMETERS, type SearchParameter } from './search-parameters.js';
import type { Store } from './store.js';

export interface SortKey {
  readonly column: 'id' | 'vid' | 'day' | 'name';
  readonly isDescending: boolean;
}

export interface Include {
  /** Name of the reference index to follow. */
  readonly index: string;
  readonly only: string | undefined;
}

/** A search as understood. */
export interface Query {
  readonly type: string;
  readonly criteria: readonly Criterion[];
  readonly sort: readonly SortKey[];
  readonly includes: readonly Include[];
  /** 0: only the total is asked for. */
  readonly count: number;
  readonly cursor: Cursor | undefined;
  /** The parameters without the cursor, for the links. */
  readonly parameters: URLSearchParams;
}

const DEFAULT_COUNT = 50;
const MAX_COUNT = 500;
/** SQLite takes 500 terms of a UNION and 1000 levels of an expression. */
const MAX_VALUES = 400;
const MAX_SORT_KEYS = 5;

/** Parameters that shape the answer rather than select. */
const RESULT_PARAMETERS = new Set([
  '_sort',
  '_count',
  '_include',
  '_summary',
  '_total',
  '_format',
  '_cursor',
]);

function refuse(text: string): never {
  throw new Problem({ code: 'unknown-parameter', text });
}

/** Column of each kind of sort key; only the first parameter of its kind has it. */
const SORT_COLUMNS = new Map<SearchParameter['kind'], SortKey['column']>([
  ['date', 'day'],
  ['string', 'name'],
]);

function toSortKey(type: string, text: string): SortKey {
  const isDescending = text.startsWith('-');
  const name = isDescending ? text.slice(1) : text;
  if (name === '_id') return { column: 'id', isDescending };
  // In the order of writing: it is that of meta.lastUpdated, and never has ties.
  if (name === '_lastUpdated') return { column: 'vid', isDescending };
  const parameters = [...(SEARCH_PARAMETERS.get(type) ?? [])];
  const kind = SEARCH_PARAMETERS.get(type)?.get(name)?.kind;
  const isFirst = parameters.find(([, parameter]) => parameter.kind === kind)?.[0] === name;
  const column = kind && isFirst ? SORT_COLUMNS.get(kind) : undefined;
  return column ? { column, isDescending } : refuse(`_sort names something that ${type} is not sorted by.`);
}

function toInclude(type: string, text: string): Include {
  const [source, name = '', target, ...more] = text.split(':');
  const parameter = SEARCH_PARAMETERS.get(type)?.get(name);
  if (source !== type || parameter?.kind !== 'reference' || more.length > 0) {
    refuse(`_include must be ${type}:parameter, where the parameter is a reference.`);
  }
  return { index: indexNameOf(type, parameter), only: target ?? parameter.only };
}

/** The only value of a parameter that may be given once. */
function single(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  if (values.length > 1) refuse(`${name} may be given once only.`);
  return values[0];
}

function readCount(parameters: URLSearchParams): number {
  const text = single(parameters, '_count') ?? String(DEFAULT_COUNT);
  if (!/^\d{1,9}$/.test(text)) refuse('_count must be a number, 0 or more.');
  const summary = single(parameters, '_summary') ?? 'false';
  if (summary !== 'count' && summary !== 'false') refuse('_summary is served as "count" or "false" only.');
  return summary === 'count' ? 0 : Math.min(Number(text), MAX_COUNT);
}

function checkValues(parameters: URLSearchParams): void {
  const total = single(parameters, '_total') ?? 'accurate';
  if (!['none', 'estimate', 'accurate'].includes(total)) refuse('_total is none, estimate or accurate.');
  const format = single(parameters, '_format') ?? 'json';
  // A "+" that was not escaped has become a space.
  if (!/^(json|application\/(fhir[+ ])?json)$/.test(format)) refuse('_format must be json.');
  const values = [...parameters.values()];
  if (values.some((value) => value === '')) refuse('A search parameter has no value.');
  const count = values.reduce((sum, value) => sum + value.split(',').length, 0);
  if (count > MAX_VALUES) refuse(`A search may name at most ${MAX_VALUES} values.`);
}

function readCriteria(store: Store, type: string, parameters: URLSearchParams): Criterion[] {
  return [...parameters]
    .filter(([name]) => !RESULT_PARAMETERS.has(name))
    .map(([name, value]) => {
      const criterion = toCriterion(store, type, name, value);
      return criterion ?? refuse(`${type} has no search parameter "${name.slice(0, 64)}" here.`);
    });
}

/** Reads the query of `GET Type?…`. Throws on anything that is not served: nothing is ignored. */
export function readQuery(store: Store, type: string, text: string, _isLenient = false): Query {
  const parameters = new URLSearchParams(text);
  checkValues(parameters);
  const criteria = readCriteria(store, type, parameters);
  const sortKeys = (single(parameters, '_sort') ?? '_lastUpdated').split(',');
  if (sortKeys.length > MAX_SORT_KEYS) refuse(`_sort may name at most ${MAX_SORT_KEYS} keys.`);
  const sort = sortKeys.map((key) => toSortKey(type, key));
  const kinds = sort.map(({ column }) => (column === 'id' || column === 'name' ? 'string' : 'number'));
  const cursorText = single(parameters, '_cursor');
  const cursor = cursorText === undefined ? undefined : readCursor(cursorText, [...kinds, 'number']);
  if (cursorText !== undefined && !cursor) refuse('_cursor is not one that this search gave.');
  parameters.delete('_cursor');
  return {
    type,
    criteria,
    sort,
    includes: parameters.getAll('_include').map((include) => toInclude(type, include)),
    count: readCount(parameters),
    cursor,
    parameters,
  };
}
