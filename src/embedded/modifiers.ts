import { Problem } from '../fhir/outcome.js';
import type { Condition, Criterion } from './criteria.js';
import { foldString } from './indexing.js';
import { pathsOf, type SearchParameter } from './search-parameter.js';
import { splitEscaped, unescapeValue } from './search-value.js';

/** A search parameter with `:modifier` after its name, as far as it is understood. */
export interface Modified {
  readonly name: string;
  readonly modifier: string;
  readonly parameter: SearchParameter;
  readonly typeTerm: number;
  readonly param: number;
}

function refuse(text: string): never {
  throw new Problem({ code: 'unknown-parameter', text });
}

/**
 * Asks the JSON, because an index holds less than there may be: a text without a coding, a logical reference.
 * So only where the parameter is an element of the resource itself, whole.
 */
function missing({ name, parameter, typeTerm }: Modified, text: string): Criterion {
  const paths = pathsOf(parameter);
  const isWhole = paths.every((path) => !path.includes('.')) && (parameter.only ?? '') === '';
  if (!isWhole) refuse(`The modifier :missing is not served for ${name}, which is a part of an element.`);
  if (text !== 'true' && text !== 'false') refuse('The modifier :missing takes true or false.');
  const found = paths.map((path) => `json_type(v.json, '$.${path}')`);
  const json = `(SELECT coalesce(${found.join(', ')}, NULL) FROM version v WHERE v.vid = resource.vid)`;
  const test = `type = ? AND deleted = 0 AND ${json} IS ${text === 'true' ? '' : 'NOT '}NULL`;
  return { table: 'resource', anyOf: [{ sql: test, values: [typeTerm] }], isWide: true };
}

function contains({ param }: Modified, value: string): Condition {
  const part = foldString(unescapeValue(value));
  return { sql: 'param = ? AND ? <> ? AND instr(value, ?) > 0', values: [param, part, '', part] };
}

/** The index holds folded strings: it finds the candidates, the JSON decides. */
function exact({ param, parameter }: Modified, value: string): Condition {
  const text = unescapeValue(value);
  const roots = new Set(pathsOf(parameter).map((path) => path.split('.')[0]));
  const tests = [...roots].map(
    (
      root,
    ) => `EXISTS (SELECT 1 FROM resource c JOIN version v ON v.vid = c.vid, json_tree(v.json, '$.${root}') t
      WHERE c.rid = string.rid AND t.type = 'text' AND t.atom = ?)`,
  );
  return {
    sql: `param = ? AND value = ? AND (${tests.join(' OR ')})`,
    values: [param, foldString(text), ...[...roots].map(() => text)],
  };
}

/** `name:modifier=text`. R4 forbids to ignore a modifier, so one that is not served is always refused. */
export function toModifiedCriterion(modified: Modified, text: string): Criterion {
  const { modifier, parameter, name } = modified;
  if (modifier === 'missing') return missing(modified, text);
  const toCondition = modifier === 'contains' ? contains : modifier === 'exact' ? exact : undefined;
  if (!toCondition || parameter.kind !== 'string') {
    return refuse(
      `The modifier "${modifier.slice(0, 64)}" is not served for ${name}; :missing is, and for strings :exact and :contains.`,
    );
  }
  const anyOf = splitEscaped(text, ',').map((value) => toCondition(modified, value));
  return { table: 'string', anyOf };
}
