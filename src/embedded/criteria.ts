import { Problem } from '../fhir/outcome.js';
import type { SqlValue } from '../io/database.js';
import { findTarget } from './absent.js';
import { approximation, type DatePrefix, readDateSearch } from './dates.js';
import { isId } from './ids.js';
import { foldString, toKey } from './indexing.js';
import { toModifiedCriterion } from './modifiers.js';
import { readLiteral } from './references.js';
import type { SearchParameter } from './search-parameter.js';
import { indexNameOf, SEARCH_PARAMETERS } from './search-parameters.js';
import { splitEscaped, unescapeValue } from './search-value.js';
import type { Store } from './store.js';

/** A condition on one row of an index table. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** One search parameter: a resource matches when a row of the table for it meets any of the conditions. */
export interface Criterion {
  readonly table: 'token' | 'reference' | 'date' | 'string' | 'resource';
  readonly anyOf: readonly Condition[];
  /** True when counting what it leaves costs as much as the search. */
  readonly isWide?: boolean;
}

const NOTHING: Condition = { sql: '0', values: [] };
/** Beyond any string that begins with the same characters. */
const LAST = '\u{10ffff}';

function tokenCondition(store: Store, param: number, value: string): Condition {
  const [first = '', second] = splitEscaped(value, '|').map((part) => toKey(unescapeValue(part)));
  if (second === undefined) return { sql: 'param = ? AND code = ?', values: [param, first] };
  const system = store.terms.find(first);
  if (first !== '' && system === 0) return NOTHING;
  if (second === '') return { sql: 'param = ? AND system = ?', values: [param, system] };
  return { sql: 'param = ? AND code = ? AND system = ?', values: [param, second, system] };
}

/** The whole value is one canonical: its `|` separates the version and is part of the key. */
function canonicalCondition(param: number, value: string): Condition {
  return { sql: 'param = ? AND code = ?', values: [param, toKey(unescapeValue(value))] };
}

/**
 * `Type/id` or an own absolute URL; a bare id may be of any type unless the parameter names one. What is referred to
 * need not be stored.
 */
function referenceCondition(store: Store, param: number, value: string, only?: string): Condition {
  const text = unescapeValue(value);
  const literal = readLiteral(text, store.base);
  const types = only === undefined ? [...SEARCH_PARAMETERS.keys()] : [only];
  const targets = isId(text) ? types.map((type) => ({ type, id: text })) : literal ? [literal] : [];
  const rids = targets
    .filter(({ type }) => types.includes(type))
    .map((target) => findTarget(store, target))
    .filter((rid) => rid !== undefined);
  return { sql: `param = ? AND target IN (${rids.map(() => '?').join(', ')})`, values: [param, ...rids] };
}

/**
 * R4 §3.1.1.4.6 on half-open ranges; `?1`, `?2` are the low and high end of the value searched for.
 * Without a zone in the search, both sides are clocks on the wall: a date has no time zone.
 */
const DATE_TESTS: Readonly<Record<DatePrefix, string>> = {
  eq: 'LOW >= :low AND HIGH <= :high',
  ne: 'NOT (LOW >= :low AND HIGH <= :high)',
  gt: 'HIGH > :high',
  lt: 'LOW < :low',
  ge: '(HIGH > :high OR (LOW >= :low AND HIGH <= :high))',
  le: '(LOW < :low OR (LOW >= :low AND HIGH <= :high))',
  sa: 'LOW >= :high',
  eb: 'HIGH <= :low',
  ap: 'LOW < :high AND HIGH > :low',
};

/** Columns or expressions of the stored range, in UTC and by the clock on the wall where it was written. */
interface Columns {
  readonly utc: readonly [low: string, high: string];
  readonly wall: readonly [low: string, high: string];
}

const DATE_COLUMNS: Columns = { utc: ['low', 'high'], wall: ['(low + offset)', '(high + offset)'] };
/** meta.lastUpdated, to the millisecond and in UTC. */
const UPDATED_COLUMNS: Columns = { utc: ['updated', '(updated + 1)'], wall: ['updated', '(updated + 1)'] };

/** The test of a date; throws when the value is none. */
function dateTest(store: Store, value: string, columns: Columns): string {
  const search = readDateSearch(unescapeValue(value));
  if (!search) {
    throw new Problem({
      code: 'unknown-parameter',
      text: 'A date in the search is not a FHIR date with an optional prefix (eq ne gt lt ge le sa eb ap).',
    });
  }
  const { prefix, range } = search;
  const reach = prefix === 'ap' ? approximation(range, store.now().getTime()) : 0;
  const [low, high] = range.isZoned ? columns.utc : columns.wall;
  return (
    DATE_TESTS[prefix]
      .replaceAll('LOW', low)
      .replaceAll('HIGH', high)
      // Numbers of our own making, so that each may stand in the text as often as the test needs it.
      .replaceAll(':low', String(range.low - reach))
      .replaceAll(':high', String(range.high + reach))
  );
}

function stringCondition(param: number, value: string): Condition {
  const prefix = foldString(unescapeValue(value));
  if (prefix === '') return NOTHING;
  return { sql: 'param = ? AND value >= ? AND value < ?', values: [param, prefix, prefix + LAST] };
}

function toCondition(store: Store, param: number, parameter: SearchParameter, value: string): Condition {
  if (parameter.kind === 'token') return tokenCondition(store, param, value);
  if (parameter.kind === 'canonical' || parameter.kind === 'uri') return canonicalCondition(param, value);
  if (parameter.kind === 'reference') return referenceCondition(store, param, value, parameter.only);
  if (parameter.kind === 'string') return stringCondition(param, value);
  return { sql: `param = ? AND ${dateTest(store, value, DATE_COLUMNS)}`, values: [param] };
}

/** Parameters that every type has; they ask the resource's own row. */
function toCommonCriterion(store: Store, type: string, name: string, text: string): Criterion | undefined {
  const values = splitEscaped(text, ',');
  const typeTerm = store.terms.find(type);
  if (name === '_id') {
    const sql = 'type = ? AND id = ? AND deleted = 0';
    return { table: 'resource', anyOf: values.map((id) => ({ sql, values: [typeTerm, toKey(id)] })) };
  }
  if (name !== '_lastUpdated') return undefined;
  const anyOf = values.map((value) => {
    const test = dateTest(store, value, UPDATED_COLUMNS);
    return { sql: `type = ? AND deleted = 0 AND ${test}`, values: [typeTerm] };
  });
  return { table: 'resource', anyOf, isWide: true };
}

/** `code=a,b` → one criterion; undefined for a name that is not served. Throws for an impossible value. */
export function toCriterion(store: Store, type: string, name: string, text: string): Criterion | undefined {
  const common = toCommonCriterion(store, type, name, text);
  if (common) return common;
  const [bare = '', ...modifier] = name.split(':');
  const parameter = SEARCH_PARAMETERS.get(type)?.get(bare);
  if (!parameter) return undefined;
  const param = store.terms.find(indexNameOf(type, parameter));
  if (modifier.length > 0) {
    const modified = { name: bare, modifier: modifier.join(':'), parameter, param };
    return toModifiedCriterion({ ...modified, typeTerm: store.terms.find(type) }, text);
  }
  const { kind } = parameter;
  const table = kind === 'canonical' || kind === 'uri' ? 'token' : kind;
  return {
    table,
    anyOf: splitEscaped(text, ',').map((value) => toCondition(store, param, parameter, value)),
  };
}
