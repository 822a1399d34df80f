import { isDateTime, isInstant } from './dates.js';
import { member } from './document-order.js';
import { isNarrative } from './narrative.js';
import { type Issue, MOST_ISSUES } from './outcome.js';
import { CHOICE, type Schema } from './schema-types.js';

/**
 * Everything in which JSON does not fit one of our closed schemas, in document order. ajv says quickly whether it
 * fits; asked for all faults it copies its list for every element, and a body of nothing but faults takes it
 * minutes. This walk is linear, stops at MOST_ISSUES, and a test holds the two together.
 */
export function schemaFaults(schema: Schema, document: unknown, root: string): Issue[] {
  const issues: Issue[] = [];
  const definitions = asObject(schema.definitions);
  visit({ schema, definitions, issues }, document, root);
  return issues;
}

interface Visit {
  readonly schema: Schema;
  readonly definitions: Schema;
  readonly issues: Issue[];
}

function visit({ schema, definitions, issues }: Visit, value: unknown, at: string): void {
  if (issues.length >= MOST_ISSUES) return;
  const next = (part: unknown, child: unknown, place: string) =>
    visit({ schema: asObject(part), definitions, issues }, child, place);
  const reference = schema.$ref;
  if (typeof reference === 'string') {
    next(definitions[reference.replace('#/definitions/', '')], value, at);
    return;
  }
  const fault = faultOf(schema, value, at, definitions);
  if (fault) {
    issues.push(fault);
  } else if (Array.isArray(value)) {
    value.forEach((child, index) => {
      next(schema.items, child, `${at}[${index}]`);
    });
  } else if (typeof value === 'object' && value !== null) {
    visitMembers({ schema, definitions, issues }, value, at);
  }
}

function visitMembers({ schema, definitions, issues }: Visit, value: object, at: string): void {
  for (const name of asList(schema.required)) {
    if (Object.hasOwn(value, name)) continue;
    issues.push({
      code: 'missing-element',
      text: `${at} needs the element "${name}".`,
      expression: member(at, name),
    });
  }
  const properties = asObject(schema.properties);
  const patterns = Object.entries(asObject(schema.patternProperties));
  for (const [name, child] of Object.entries(value)) {
    if (issues.length >= MOST_ISSUES) return;
    const place = member(at, name);
    const pattern = patterns.find(([source]) => new RegExp(source).test(name))?.[1];
    const part = Object.hasOwn(properties, name) ? properties[name] : pattern;
    if (part !== undefined) visit({ schema: asObject(part), definitions, issues }, child, place);
    else if (schema.additionalProperties === false) {
      const text = `${at} has an element that FHIR R4 does not define there.`;
      issues.push({ code: 'unknown-element', text, expression: place });
    }
  }
}

/** What is wrong with a value itself; its parts are looked at after it. */
function faultOf(schema: Schema, value: unknown, at: string, definitions: Schema): Issue | null {
  const wrong = (text: string): Issue => ({ code: 'wrong-json-type', text: `${at} ${text}`, expression: at });
  const types = asList(schema.type);
  if (types.length > 0 && !types.some((type) => isOfType(type, value))) {
    return wrong(`must be of JSON type ${types.join(' or ')}.`);
  }
  const allowed = asList(schema.enum);
  if (allowed.length > 0 && !allowed.some((one) => one === value))
    return wrong(`must be one of: ${allowed.join(', ')}.`);
  const either = schema.anyOf;
  if (Array.isArray(either) && either.every((one) => !fits(asObject(one), value, definitions))) {
    return wrong('is not a possible value of its FHIR type.');
  }
  if (isEmpty(schema, value)) return wrong('is empty: leave the element out instead.');
  const choice = schema[CHOICE];
  if (
    typeof choice === 'string' &&
    typeof value === 'object' &&
    value !== null &&
    !hasAtMostOne(choice, value)
  ) {
    return wrong(`has more than one ${choice}[x].`);
  }
  return isPossible(schema, value) ? null : wrong('is not a possible value of its FHIR type.');
}

function fits(schema: Schema, value: unknown, definitions: Schema): boolean {
  const issues: Issue[] = [];
  visit({ schema, definitions, issues }, value, '');
  return issues.length === 0;
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  // JSON can say 1e400, which JSON.parse reads as infinite.
  if (type === 'number') return Number.isFinite(value);
  return typeof value === type;
}

/** FHIR has no empty strings, arrays or objects (R4 json.html). */
function isEmpty({ minItems, minProperties, minLength }: Schema, value: unknown): boolean {
  if (Array.isArray(value)) return minItems === 1 && value.length === 0;
  if (typeof value === 'string') return minLength === 1 && value === '';
  return (
    minProperties === 1 && typeof value === 'object' && value !== null && Object.keys(value).length === 0
  );
}

/** Patterns, formats and ranges of the primitives. */
function isPossible({ pattern, format, minimum, maximum, const: only }: Schema, value: unknown): boolean {
  if (only !== undefined) return value === only;
  if (typeof value === 'number') {
    return (
      !(typeof minimum === 'number' && value < minimum) && !(typeof maximum === 'number' && value > maximum)
    );
  }
  if (typeof value !== 'string') return true;
  if (format === 'dateTime') return isDateTime(value);
  if (format === 'instant') return isInstant(value);
  if (format === 'xhtml') return isNarrative(value);
  return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(value);
}

/** R4 choice elements: `valueInteger` beside `valueString` is two answers where one may stand. */
export function hasAtMostOne(choice: string, data: object): boolean {
  const names = Object.keys(data).map((name) => name.replace(/^_/, ''));
  const chosen = names.filter((name) => name.startsWith(choice) && /[A-Z]/.test(name.charAt(choice.length)));
  return new Set(chosen).size <= 1;
}

function asObject(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function asList(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [value] : [];
}
