import type { DetailsCode, Issue } from '../fhir/outcome.js';
import { isObject, type JsonObject, ownValue } from './json.js';
import { type ElementShape, SHAPES, type TypeShape } from './shapes.js';

/** A body of megabytes may hold a fault in every element; nobody reads more than these. */
const MOST_ISSUES = 500;

const ELEMENT: ElementShape = { kind: 'Element', primitive: undefined, isList: false };

type Issues = Issue[];

function report(issues: Issues, code: DetailsCode, text: string, expression: string): void {
  if (issues.length < MOST_ISSUES) issues.push({ code, text, expression });
}

/** Path of a member. A name that FHIRPath cannot say (a key may hold whatever was typed) points at its parent. */
function member(path: string, name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) ? `${path}.${name}` : path;
}

/**
 * Everything that makes JSON another thing than the R4 resource it says it is: unknown elements, wrong types,
 * impossible primitives, two of a choice, missing required elements, each with its FHIRPath.
 */
export function structureFaults(resource: JsonObject, type: string, at: string): Issue[] {
  const issues: Issues = [];
  checkObject(resource, type, at, issues);
  return issues;
}

function checkObject(value: unknown, kind: string, at: string, issues: Issues): void {
  if (!isObject(value)) {
    report(issues, 'wrong-json-type', `${kind} is a JSON object.`, at);
    return;
  }
  if (kind === 'Resource') {
    checkContained(value, at, issues);
    return;
  }
  const shape = SHAPES.get(kind);
  const names = Object.keys(value);
  if (names.length === 0) {
    report(issues, 'wrong-json-type', 'An element is never empty: leave it out instead.', at);
  }
  if (!shape) return;
  const place: Place = { at, issues };
  for (const name of names) checkMember(value, name, shape, place);
  for (const { name, spellings } of shape.required) {
    if (spellings.some((spelling) => isThere(value, spelling))) continue;
    report(
      issues,
      'missing-element',
      `The required element ${name} is missing.`,
      `${at}.${name.replace('[x]', '')}`,
    );
  }
}

function isThere(value: JsonObject, name: string): boolean {
  return Object.hasOwn(value, name) || Object.hasOwn(value, `_${name}`);
}

/** A contained resource says its own type; of a type that is not known here only the name is asked for. */
function checkContained(value: JsonObject, at: string, issues: Issues): void {
  const type = ownValue(value, 'resourceType');
  if (typeof type !== 'string') {
    report(issues, 'missing-element', 'A contained resource needs a resourceType.', `${at}.resourceType`);
  } else if (SHAPES.get(type)?.elements.has('meta')) {
    checkObject(value, type, at, issues);
  }
}

interface Place {
  readonly at: string;
  readonly issues: Issues;
  /** Choice → the spelling that was met; few objects have any. */
  choices?: Map<string, string>;
}

function checkMember(value: JsonObject, name: string, shape: TypeShape, place: Place): void {
  if (name === 'resourceType' && shape.elements.has('meta')) return;
  const { at, issues } = place;
  const bare = name.startsWith('_') ? name.slice(1) : name;
  const element = shape.elements.get(bare);
  if (!element || (bare !== name && !element.primitive)) {
    report(issues, 'unknown-element', 'FHIR R4 has no such element here.', member(at, name));
    return;
  }
  const path = `${at}.${name}`;
  if (element.choice !== undefined) {
    place.choices ??= new Map();
    const met = place.choices.get(element.choice) ?? bare;
    if (met !== bare) report(issues, 'wrong-json-type', `${element.choice} may be given once only.`, path);
    place.choices.set(element.choice, met);
  }
  const inner = value[name];
  if (bare !== name) checkSibling(inner, element, path, issues);
  else if (element.isList) checkList(inner, ownValue(value, `_${name}`), element, { at: path, issues });
  else checkValue(inner, element, path, issues);
}

function checkValue(value: unknown, element: ElementShape, at: string, issues: Issues): void {
  const { kind, primitive, codes } = element;
  if (!primitive) {
    checkObject(value, kind, at, issues);
    return;
  }
  const [isValid, what] = primitive;
  if (!isValid(value)) report(issues, 'wrong-json-type', `A ${kind} is ${what}.`, at);
  else if (codes && typeof value === 'string' && !codes.has(value)) {
    report(issues, 'wrong-json-type', `The code must be one of: ${[...codes].join(', ')}.`, at);
  }
}

/** In a list of primitives, null stands where only the sibling has something. */
function checkList(value: unknown, sibling: unknown, element: ElementShape, { at, issues }: Place): void {
  if (!Array.isArray(value)) {
    report(issues, 'wrong-json-type', 'The element is a JSON array.', at);
    return;
  }
  if (value.length === 0) {
    report(issues, 'wrong-json-type', 'An array is never empty: leave it out instead.', at);
  }
  value.forEach((one, index) => {
    const isHeld = one === null && Array.isArray(sibling) && isObject(sibling[index]);
    if (!(isHeld && element.primitive)) checkValue(one, element, `${at}[${index}]`, issues);
  });
}

/** `_name` holds the id and extensions of a primitive: an Element, or a list of Elements and nulls. */
function checkSibling(value: unknown, { isList }: ElementShape, at: string, issues: Issues): void {
  if (!isList) {
    checkValue(value, ELEMENT, at, issues);
    return;
  }
  if (!Array.isArray(value)) {
    report(issues, 'wrong-json-type', 'The element is a JSON array.', at);
    return;
  }
  value.forEach((one, index) => {
    if (one !== null) checkValue(one, ELEMENT, `${at}[${index}]`, issues);
  });
}
