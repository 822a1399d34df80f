import { Problem } from '../fhir/outcome.js';
import { type Criterion, toCriterion } from './criteria.js';
import { type Cursor, readCursor } from './cursor.js';
import type { SearchParameter } from './search-parameter.js';
import { indexNameOf, SEARCH_PARAMETERS } from './search-parameters.js';
import { SHAPES } from './shapes.js';
import type { Store } from './store.js';

export interface SortKey {
  readonly column: 'id' | 'vid' | 'day' | 'name';
  readonly isDescending: boolean;
}

/** A reference index to follow: forwards (`_include`) to what matches refer to, or backwards (`_revinclude`). */
export interface Include {
  readonly direction: 'forwards' | 'backwards';
  readonly index: string;
  /** Type of what is included; backwards it is that of the index. */
  readonly only: string | undefined;
}

/** A search as understood. */
export interface Query {
  readonly type: string;
  readonly criteria: readonly Criterion[];
  readonly sort: readonly SortKey[];
  readonly includes: readonly Include[];
  /** Top-level elements asked for by `_elements`, in JSON's spellings. */
  readonly elements: ReadonlySet<string> | undefined;
  /** Names of parameters that are not known, and are ignored because the client asked for leniency. */
  readonly ignored: readonly string[];
  /** 0: only the total is asked for. */
  readonly count: number;
  readonly cursor: Cursor | undefined;
  /** The parameters without the cursor and without those ignored, for the links. */
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
  '_revinclude',
  '_elements',
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
  return { direction: 'forwards', index: indexNameOf(type, parameter), only: target ?? parameter.only };
}

function toRevinclude(type: string, text: string): Include {
  const [source = '', name = '', target = type, ...more] = text.split(':');
  const parameter = SEARCH_PARAMETERS.get(source)?.get(name);
  if (parameter?.kind !== 'reference' || more.length > 0 || target !== type) {
    refuse('_revinclude must be Type:parameter, where the parameter is a reference of that type.');
  }
  return { direction: 'backwards', index: indexNameOf(source, parameter), only: undefined };
}

/** `_elements=code,value` → every spelling of what is asked for. */
function readElements(type: string, text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const elements = [...(SHAPES.get(type)?.elements ?? [])];
  const spellings = text.split(',').flatMap((name) => {
    const found = elements.filter(([spelling, { choice }]) => spelling === name || choice === `${name}[x]`);
    return found.length > 0 ? found : refuse(`_elements names something that is no element of ${type}.`);
  });
  return new Set(spellings.map(([spelling]) => spelling));
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

/** What selects. Unknown names are refused unless the client asked for leniency; nothing is ignored in silence. */
function readCriteria(store: Store, type: string, parameters: URLSearchParams, isLenient: boolean) {
  const named = [...parameters]
    .filter(([name]) => !RESULT_PARAMETERS.has(name))
    .map(([name, value]) => ({ name, criterion: toCriterion(store, type, name, value) }));
  const ignored = named.filter(({ criterion }) => criterion === undefined).map(({ name }) => name);
  const [first] = ignored;
  if (first !== undefined && !isLenient) {
    refuse(`${type} has no search parameter "${first.slice(0, 64)}" here.`);
  }
  const criteria = named.map(({ criterion }) => criterion).filter((criterion) => criterion !== undefined);
  return { criteria, ignored: [...new Set(ignored)] };
}

function readSort(type: string, parameters: URLSearchParams): SortKey[] {
  const keys = (single(parameters, '_sort') ?? '_lastUpdated').split(',');
  if (keys.length > MAX_SORT_KEYS) refuse(`_sort may name at most ${MAX_SORT_KEYS} keys.`);
  return keys.map((key) => toSortKey(type, key));
}

function readPosition(parameters: URLSearchParams, sort: readonly SortKey[]): Cursor | undefined {
  const text = single(parameters, '_cursor');
  if (text === undefined) return undefined;
  const kinds = sort.map(({ column }) => (column === 'id' || column === 'name' ? 'string' : 'number'));
  return readCursor(text, [...kinds, 'number']) ?? refuse('_cursor is not one that this search gave.');
}

/** Reads the query of `GET Type?…`. Throws on anything that is not served. */
export function readQuery(store: Store, type: string, text: string, isLenient = false): Query {
  const parameters = new URLSearchParams(text);
  checkValues(parameters);
  const { criteria, ignored } = readCriteria(store, type, parameters, isLenient);
  const sort = readSort(type, parameters);
  const cursor = readPosition(parameters, sort);
  for (const name of ['_cursor', ...ignored]) parameters.delete(name);
  return {
    type,
    criteria,
    ignored,
    sort,
    includes: [
      ...parameters.getAll('_include').map((include) => toInclude(type, include)),
      ...parameters.getAll('_revinclude').map((include) => toRevinclude(type, include)),
    ],
    elements: readElements(type, single(parameters, '_elements')),
    count: readCount(parameters),
    cursor,
    parameters,
  };
}
