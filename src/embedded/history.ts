import { Problem } from '../fhir/outcome.js';
import type { SqlValue } from '../io/database.js';
import { toEntry, toResponse } from './bundle-answer.js';
import { readDate } from './dates.js';
import type { Store, Version } from './store.js';

/** Whose history: of one resource, of a type, or of everything. */
interface Scope {
  readonly type?: string;
  readonly id?: string;
}

interface Row extends Version {
  readonly vid: number;
  readonly type: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** 1 when the version before is a deletion, null when there is none. */
  readonly wasDeleted: number | null;
}

const DEFAULT_COUNT = 50;
const MAX_COUNT = 500;
const PARAMETERS = ['_count', '_since', '_cursor', '_format'];

/** The versions in question by number only, so that nothing but those of one page is read. */
const VERSIONS = 'FROM version v JOIN resource r ON r.rid = v.rid';

function refuse(text: string): never {
  throw new Problem({ code: 'unknown-parameter', text });
}

function readNumber(text: string | null, name: string, otherwise: number): number {
  if (text === null) return otherwise;
  return /^\d{1,15}$/.test(text) ? Number(text) : refuse(`${name} must be a number.`);
}

function readSince(text: string): number {
  // A "+" that was not escaped has become a space.
  return readDate(text.replace(' ', '+'))?.low ?? refuse('_since must be a FHIR instant or date.');
}

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** What a scope and `_since` leave. */
function toCondition(store: Store, { type, id }: Scope, since: string | null): Condition {
  const parts: readonly (readonly [sql: string, value: SqlValue | undefined])[] = [
    ['r.type = ?', type === undefined ? undefined : store.terms.find(type)],
    ['r.id = ?', id],
    ['v.updated >= ?', since === null ? undefined : readSince(since)],
  ];
  const given = parts.filter(([, value]) => value !== undefined);
  return {
    sql: ['1', ...given.map(([sql]) => sql)].join(' AND '),
    values: given.map(([, value]) => value ?? null),
  };
}

function countVersions({ database }: Store, { sql, values }: Condition): number {
  const text = `SELECT count(*) AS total ${VERSIONS} WHERE ${sql}`;
  return database.get<{ total: number }>(text, ...values)?.total ?? 0;
}

/** The newest `limit` versions older than row `before`. */
function readRows({ database }: Store, { sql, values }: Condition, before: number, limit: number): Row[] {
  const text = `
    SELECT v.vid, v.number, v.updated, v.json, v.method, t.text AS type, r.id, p.json = '' AS wasDeleted
    FROM (SELECT v.vid ${VERSIONS} WHERE ${sql} AND v.vid < ? ORDER BY v.vid DESC LIMIT ?) AS page
    CROSS JOIN version v ON v.vid = page.vid JOIN resource r ON r.rid = v.rid JOIN term t ON t.id = r.type
    LEFT JOIN version p ON p.rid = v.rid AND p.number = v.number - 1
    ORDER BY v.vid DESC`;
  return database.all<Row>(text, ...values, before, limit);
}

function toHistoryEntry(base: string, row: Row): string {
  const { type, id, number, method, wasDeleted, json } = row;
  const status = method === 'DELETE' ? 204 : number === 1 || wasDeleted === 1 ? 201 : 200;
  const url = method === 'POST' ? type : `${type}/${id}`;
  return toEntry({
    fullUrl: `${base}/${type}/${id}`,
    ...(json === '' ? {} : { resource: json }),
    request: { method, url },
    response: toResponse(base, status, row),
  });
}

/** A history Bundle as JSON text, newest first; deletions are entries without a resource. */
export function history(store: Store, scope: Scope, queryText: string): string {
  const query = new URLSearchParams(queryText);
  const unknown = [...query.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) refuse(`A history has no parameter "${unknown.slice(0, 64)}" here.`);
  const count = Math.min(readNumber(query.get('_count'), '_count', DEFAULT_COUNT), MAX_COUNT);
  const before = readNumber(query.get('_cursor'), '_cursor', Number.MAX_SAFE_INTEGER);
  const condition = toCondition(store, scope, query.get('_since'));
  const total = countVersions(store, condition);
  const rows = readRows(store, condition, before, count + 1);
  const page = rows.slice(0, count);
  const path = [scope.type, scope.id, '_history'].filter((part) => part !== undefined).join('/');
  const toLink = (relation: string, cursor: string | null) => {
    const parameters = new URLSearchParams(query);
    parameters.delete('_cursor');
    if (cursor !== null) parameters.set('_cursor', cursor);
    const text = parameters.toString();
    return { relation, url: `${store.base}/${path}${text && `?${text}`}` };
  };
  const last = rows.length > page.length ? page.at(-1) : undefined;
  const link = [toLink('self', query.get('_cursor'))];
  if (last) link.push(toLink('next', String(last.vid)));
  const head = JSON.stringify({ resourceType: 'Bundle', type: 'history', total, link }).slice(0, -1);
  const entries = page.map((row) => toHistoryEntry(store.base, row));
  return entries.length > 0 ? `${head},"entry":[${entries.join(',')}]}` : `${head}}`;
}
