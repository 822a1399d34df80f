import { Problem, toInformation } from '../fhir/outcome.js';
import type { SqlValue } from '../io/database.js';
import { writeCursor } from './cursor.js';
import { type Entry, findIncluded, readEntry } from './includes.js';
import { type Query, readQuery } from './search-query.js';
import { type Selection, type Statement, toPage, toProbe, toTotal } from './search-sql.js';
import { newestVid, type Store } from './store.js';
import { toSubset } from './subset.js';

/** A match: its current version, and the keys by which it is sorted. */
type Match = { readonly vid: number; readonly rid: number } & Readonly<Record<`key${number}`, SqlValue>>;

/** Where counting stops when criteria are compared: one that leaves as many is not selective. */
const PROBE_LIMIT = 1000;

/** `GET Type?…` → a searchset Bundle as JSON text. */
export function search(store: Store, type: string, queryText: string, isLenient = false): string {
  const query = readQuery(store, type, queryText, isLenient);
  const snapshot = query.cursor?.snapshot ?? newestVid(store);
  const selection = toSelection(store, query, snapshot);
  const found = query.count === 0 ? [] : findMatches(store, query, selection);
  const matches = found.slice(0, query.count);
  const isAll = query.count > 0 && !query.cursor && found.length <= query.count;
  const total = isAll ? found.length : countOf(store, toTotal(selection));
  const last = found.length > query.count ? matches.at(-1) : undefined;
  const next = last && writeCursor({ snapshot, after: keysOf(query, last) });
  return toBundle(store, query, { total, matches, next });
}

/** The ids of the resources that the search of a conditional interaction finds: at most two, which is one too many. */
export function findIds(store: Store, type: string, queryText: string): string[] {
  const query = readQuery(store, type, queryText.slice(queryText.indexOf('?') + 1));
  if (query.criteria.length === 0) {
    throw new Problem({ code: 'unknown-parameter', text: 'A condition must name a search parameter.' });
  }
  const selection = toSelection(store, query, newestVid(store));
  const found = findMatches(store, { ...query, count: 1, cursor: undefined }, selection);
  return found.map(({ rid }) => readEntry(store, rid)?.id).filter((id) => id !== undefined);
}

function countOf(store: Store, { sql, values }: Statement): number {
  return store.database.get<{ found: number }>(sql, ...values)?.found ?? 0;
}

/** Counts what each criterion leaves. A date's index has no narrow range to count in: dates come last. */
function toSelection(store: Store, query: Query, snapshot: number): Selection {
  const counted = query.criteria.map((criterion) => {
    const isWide = criterion.isWide || criterion.table === 'date';
    const rows = isWide ? PROBE_LIMIT : countOf(store, toProbe(criterion, PROBE_LIMIT));
    return { criterion, rows };
  });
  counted.sort((a, b) => a.rows - b.rows);
  return {
    typeTerm: store.terms.find(query.type),
    criteria: counted.map(({ criterion }) => criterion),
    isSelective: (counted[0]?.rows ?? PROBE_LIMIT) < PROBE_LIMIT,
    snapshot,
  };
}

/** One match more than a page, to know whether there is another page. */
function findMatches(store: Store, query: Query, selection: Selection): Match[] {
  const page = { sort: query.sort, after: query.cursor?.after, limit: query.count + 1 };
  const { sql, values } = toPage(selection, page);
  return store.database.all<Match>(sql, ...values);
}

function keysOf(query: Query, match: Match): (string | number)[] {
  const keys = query.sort.map((_, index) => match[`key${index}`] ?? 0);
  return [...keys, match.rid];
}

interface Result {
  readonly total: number;
  readonly matches: readonly Match[];
  readonly next: string | undefined;
}

function toEntry(base: string, { type, id, json }: Entry, mode: 'match' | 'include'): string {
  const fullUrl = JSON.stringify(`${base}/${type}/${id}`);
  return `{"fullUrl":${fullUrl},"resource":${json},"search":{"mode":"${mode}"}}`;
}

/** What a lenient search says of the parameters it ignored. */
function toOutcomeEntry({ ignored }: Query): string[] {
  if (ignored.length === 0) return [];
  const names = ignored.map((name) => `"${name.slice(0, 64)}"`).join(', ');
  const resource = toInformation(`Ignored, because they are not served here: ${names}.`);
  return [JSON.stringify({ resource, search: { mode: 'outcome' } })];
}

/** A link of the Bundle; with a cursor, the one to a later page. */
function toLink(base: string, query: Query, relation: 'self' | 'next', cursor?: string): object {
  const parameters = new URLSearchParams(query.parameters);
  if (cursor !== undefined) parameters.set('_cursor', cursor);
  const text = parameters.toString();
  return { relation, url: `${base}/${query.type}${text && `?${text}`}` };
}

function toBundle(store: Store, query: Query, { total, matches, next }: Result): string {
  const { base } = store;
  const found = matches.map(({ rid }) => readEntry(store, rid)).filter((entry) => entry !== undefined);
  const included = findIncluded(store, query.includes, matches);
  const link = [toLink(base, query, 'self', query.cursor && writeCursor(query.cursor))];
  if (next !== undefined) link.push(toLink(base, query, 'next', next));
  const entries = [
    ...found.map((entry) => toEntry(base, { ...entry, json: toSubset(query, entry.json) }, 'match')),
    ...included.map((entry) => toEntry(base, entry, 'include')),
    ...toOutcomeEntry(query),
  ];
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total, link }).slice(0, -1);
  // The stored texts go out as they are: parsing them only to write them again costs more than the search.
  return entries.length > 0 ? `${head},"entry":[${entries.join(',')}]}` : `${head}}`;
}
