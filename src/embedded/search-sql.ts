import type { SqlValue } from '../io/database.js';
import type { Criterion } from './criteria.js';
import type { SortKey } from './search-query.js';

/** SQL text and its values, in the order in which they stand in it. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** What a search selects, as of the snapshot of its first page. */
export interface Selection {
  readonly typeTerm: number;
  /** The most selective one first. */
  readonly criteria: readonly Criterion[];
  /** True when the first one leaves so few resources that looking at each is the quickest way. */
  readonly isSelective: boolean;
  readonly snapshot: number;
}

/** How a page is cut out of a selection. */
export interface Page {
  readonly sort: readonly SortKey[];
  /** Sort keys and rid of the last match of the page before. */
  readonly after: readonly SqlValue[] | undefined;
  readonly limit: number;
}

/** Joins SQL and values alike: sql`SELECT … ${statement} … ${value}`. */
function sql(texts: TemplateStringsArray, ...parts: (Statement | SqlValue)[]): Statement {
  const values: SqlValue[] = [];
  let text = texts[0] ?? '';
  parts.forEach((part, index) => {
    const statement = typeof part === 'object' && part !== null ? part : { sql: '?', values: [part] };
    values.push(...statement.values);
    text += statement.sql + (texts[index + 1] ?? '');
  });
  return { sql: text, values };
}

function raw(text: string): Statement {
  return { sql: text, values: [] };
}

function join(parts: readonly Statement[], separator: string): Statement {
  return {
    sql: parts.map((part) => part.sql).join(separator),
    values: parts.flatMap(({ values }) => values),
  };
}

/** The resources that meet a criterion, read from the index by value. */
function toRids({ table, anyOf }: Criterion): Statement {
  return join(
    anyOf.map((condition) => sql`SELECT DISTINCT rid FROM ${raw(table)} WHERE ${condition}`),
    ' UNION ',
  );
}

/** The same criterion as a test of one resource, read from the index by resource. */
function toTest({ table, anyOf }: Criterion): Statement {
  const rows = raw(table === 'resource' ? table : `${table} INDEXED BY ${table}_rid`);
  const any = join(
    anyOf.map((condition) => sql`(${condition})`),
    ' OR ',
  );
  return sql` AND EXISTS (SELECT 1 FROM ${rows} WHERE rid = r.rid AND (${any}))`;
}

/** Counts the resources that a criterion leaves, no further than `limit`. */
export function toProbe(criterion: Criterion, limit: number): Statement {
  return sql`SELECT count(*) AS found FROM (${toRids(criterion)} LIMIT ${limit})`;
}

/**
 * FROM and WHERE of a page. Either looks at each resource that the first criterion leaves, or, when those are
 * many, walks the type in the order asked for: a page is then full long before all were looked at.
 */
function toMatches(selection: Selection, when: Statement, joined = raw('')): Statement {
  const { typeTerm, criteria, isSelective } = selection;
  const first = isSelective ? criteria[0] : undefined;
  const from = first
    ? sql`(${toRids(first)}) AS d CROSS JOIN resource r ON r.rid = d.rid`
    : raw('resource r');
  const tests = join((first ? criteria.slice(1) : criteria).map(toTest), '');
  return sql`FROM ${from} ${joined} WHERE r.type = ${typeTerm} AND r.deleted = 0 AND ${when}${tests}`;
}

/** Exact number of matches among the resources that were there at the snapshot. */
export function toTotal({ typeTerm, criteria, snapshot }: Selection): Statement {
  const [first, ...others] = criteria;
  if (!first) {
    const all = sql`WHERE type = ${typeTerm} AND deleted = 0 AND rid <= ${snapshot}`;
    return sql`SELECT count(*) AS found FROM resource ${all}`;
  }
  const tests = join(others.map(toTest), '');
  return sql`SELECT count(*) AS found FROM (${toRids(first)}) AS r WHERE r.rid <= ${snapshot}${tests}`;
}

/** "Comes after these keys", for any mix of directions; the outer comparison lets an index skip ahead. */
function toAfter(columns: readonly string[], keys: readonly SqlValue[], isDescending: boolean[]): Statement {
  const [column = 'r.rid', ...columnsLeft] = columns;
  const [key = null, ...keysLeft] = keys;
  const sign = isDescending[0] ? '<' : '>';
  if (columnsLeft.length === 0) return sql`${raw(column)} ${raw(sign)} ${key}`;
  const rest = toAfter(columnsLeft, keysLeft, isDescending.slice(1));
  const name = raw(column);
  return sql`${name} ${raw(sign)}= ${key} AND (${name} ${raw(sign)} ${key} OR (${rest}))`;
}

/** Ties are broken by rid, in the direction of the first key so that one walk of an index gives both. */
function directionsOf(sort: readonly SortKey[]): boolean[] {
  return [...sort.map(({ isDescending }) => isDescending), sort[0]?.isDescending ?? false];
}

function toArm(page: Page, matches: Statement, row: 'r' | 'v'): Statement {
  const columns = page.sort.map(({ column }) => (column === 'id' ? 'r.id' : `${row}.${column}`));
  const keys = [...columns, 'r.rid'];
  const directions = directionsOf(page.sort);
  const after = page.after ? sql` AND (${toAfter(keys, page.after, directions)})` : raw('');
  const order = keys.map((key, index) => `${key} ${directions[index] ? 'DESC' : 'ASC'}`).join(', ');
  const select = columns.map((column, index) => `${column} AS key${index}`).join(', ');
  return sql`SELECT * FROM (SELECT r.vid AS vid, ${raw(select)}, r.rid AS rid
    ${matches}${after} ORDER BY ${raw(order)} LIMIT ${page.limit})`;
}

/**
 * One page. Resources unchanged since the snapshot are ordered by their row, often straight from an index; the
 * few that changed since keep the place of the version they had then; later ones are left out. So no resource
 * moves from page to page, whatever is written meanwhile.
 */
export function toPage(selection: Selection, page: Page): Statement {
  const { snapshot } = selection;
  // The plus keeps SQLite from preferring the index on vid to the one that gives the order.
  const settled = toMatches(selection, sql`+r.vid <= ${snapshot}`);
  const then = sql`JOIN version v ON v.vid =
    (SELECT max(vid) FROM version WHERE rid = r.rid AND vid <= ${snapshot})`;
  const changed = toMatches(selection, sql`r.vid > ${snapshot} AND r.rid <= ${snapshot}`, then);
  const directions = directionsOf(page.sort);
  const names = [...page.sort.map((_, index) => `key${index}`), 'rid'];
  const order = names.map((name, index) => `${name} ${directions[index] ? 'DESC' : 'ASC'}`).join(', ');
  const arms = join([toArm(page, settled, 'r'), toArm(page, changed, 'v')], ' UNION ALL ');
  return sql`${arms} ORDER BY ${raw(order)} LIMIT ${page.limit}`;
}
