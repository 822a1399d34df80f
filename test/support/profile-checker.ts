/**
 * Checks a resource against the differential of a profile, written from the FHIR specification and not from the
 * service: cardinality, types, fixed and pattern values, required bindings, slices, references, constraints.
 * What the base resource asks for is not looked at.
 */
import type { CodeableConcept, Coding, ElementDefinition, StructureDefinition } from 'fhir/r4.js';
import { CONSTRAINTS, type Predicate } from './profile-constraints.js';
import { type CodeSets, isIn } from './profile-resources.js';

/** What is wrong, and the id of the ElementDefinition that says so: `Observation.subject: min 1`. */
export type Fault = string;

interface Node {
  readonly id: string;
  def?: ElementDefinition;
  readonly children: Map<string, Node>;
  readonly slices: Map<string, Node>;
}

interface Value {
  readonly value: unknown;
  /** Of a choice: `CodeableConcept` for `valueCodeableConcept`. */
  readonly type?: string;
}

export function createChecker(
  profile: StructureDefinition,
  codeSets: CodeSets,
): (resource: object) => Fault[] {
  const root = toTree(profile);
  return (resource) => {
    const faults: Fault[] = [];
    checkValue(root, { value: resource }, codeSets, (node, rule) => faults.push(`${node.id}: ${rule}`));
    return faults;
  };
}

type Report = (node: Node, rule: string) => void;

function toTree({ type, differential }: StructureDefinition): Node {
  const root = createNode(type);
  for (const def of differential?.element ?? []) {
    const [, ...segments] = (def.id ?? '').split('.');
    let node = root;
    for (const segment of segments) {
      const [name = '', slice] = segment.split(':');
      node = childOf(node.children, name, `${node.id}.${name}`);
      if (slice) node = childOf(node.slices, slice, `${node.id}:${slice}`);
    }
    node.def = def;
  }
  return root;
}

const createNode = (id: string): Node => ({ id, children: new Map(), slices: new Map() });

function childOf(nodes: Map<string, Node>, name: string, id: string): Node {
  const node = nodes.get(name) ?? createNode(id);
  nodes.set(name, node);
  return node;
}

function checkValues(node: Node, values: readonly Value[], codeSets: CodeSets, report: Report): void {
  const { min, max } = node.def ?? {};
  if (min !== undefined && values.length < min) report(node, `min ${min}`);
  if (max !== undefined && max !== '*' && values.length > Number(max)) report(node, `max ${max}`);
  for (const value of values) checkValue(node, value, codeSets, report);
  if (node.slices.size > 0) checkSlices(node, values, codeSets, report);
}

function checkSlices(node: Node, values: readonly Value[], codeSets: CodeSets, report: Report): void {
  const { discriminator, rules } = slicingOf(node);
  const slices = [...node.slices.values()];
  const sliceOf = ({ value }: Value) =>
    slices.find((slice) => discriminator.every(({ path }) => isSelected(slice, path, value)));
  const found = values.map(sliceOf);
  for (const slice of slices) {
    checkValues(
      slice,
      values.filter((_, index) => found[index] === slice),
      codeSets,
      report,
    );
  }
  const others = found.map((slice) => slice === undefined);
  if (rules === 'closed' && others.includes(true)) report(node, 'closed');
  if (rules === 'openAtEnd' && others.some((other, index) => other && others[index + 1] === false)) {
    report(node, 'openAtEnd');
  }
}

function slicingOf({ id, def }: Node) {
  const { discriminator, rules } = def?.slicing ?? {};
  if (!discriminator || !rules) throw new Error(`${id} has slices and no slicing`);
  return { discriminator, rules };
}

/** Whether the value has, at the path of the discriminator, what the slice fixes there. */
function isSelected(slice: Node, path: string, value: unknown): boolean {
  const segments = path === '$this' ? [] : path.split('.');
  let node: Node | undefined = slice;
  for (const segment of segments) node = node?.children.get(segment);
  const wanted = node?.def && wantedBy(node.def);
  if (!wanted) throw new Error(`${slice.id} says nothing at its discriminator ${path}`);
  const there = segments.reduce<unknown>((at, segment) => propertyOf(at, segment), value);
  return fits(wanted, there);
}

function checkValue(node: Node, { value, type }: Value, codeSets: CodeSets, report: Report): void {
  const { def } = node;
  if (def) {
    const types = def.type?.map(({ code }) => code) ?? [];
    if (type && types.length > 0 && !types.some((one) => capitalised(one) === type)) report(node, 'type');
    const targets = def.type?.flatMap(({ targetProfile = [] }) => targetProfile) ?? [];
    if (targets.length > 0 && !refersTo(value, targets)) report(node, 'target');
    const wanted = wantedBy(def);
    if (wanted && !fits(wanted, value)) report(node, Object.keys(wanted).join());
    if (def.binding && !isBound(def.binding.valueSet ?? '', value, codeSets)) report(node, 'binding');
    for (const { key } of def.constraint ?? []) if (!predicateOf(key)(value)) report(node, key);
  }
  for (const [name, child] of node.children) {
    checkValues(child, valuesOf(value, name), codeSets, report);
  }
}

/** The values of an element, a choice under any of its names. */
function valuesOf(holder: unknown, name: string): Value[] {
  if (!name.endsWith('[x]')) {
    const value = propertyOf(holder, name);
    return value === undefined ? [] : [value].flat().map((one) => ({ value: one }));
  }
  const stem = name.slice(0, -'[x]'.length);
  return Object.entries(holder ?? {})
    .filter(([key]) => key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length)))
    .map(([key, value]) => ({ value, type: key.slice(stem.length) }));
}

type Wanted = { fixed: unknown } | { pattern: unknown };

function wantedBy(def: ElementDefinition): Wanted | undefined {
  for (const [key, value] of Object.entries(def)) {
    if (/^fixed[A-Z]/.test(key)) return { fixed: value };
    if (/^pattern[A-Z]/.test(key)) return { pattern: value };
  }
  return undefined;
}

function fits(wanted: Wanted, value: unknown): boolean {
  return 'fixed' in wanted
    ? contains(wanted.fixed, value) && contains(value, wanted.fixed)
    : contains(wanted.pattern, value);
}

/** Everything in the pattern is in the value; the order of arrays is free. */
function contains(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((one) => value.some((other) => contains(one, other)));
  }
  if (typeof pattern !== 'object' || pattern === null) return pattern === value;
  return Object.entries(pattern).every(([name, one]) => contains(one, propertyOf(value, name)));
}

/** A reference without a literal refers to nothing that could be of a wrong type. */
function refersTo(value: unknown, targets: readonly string[]): boolean {
  const reference = propertyOf(value, 'reference');
  if (typeof reference !== 'string') return true;
  const types = targets.map((target) => /\/([A-Z][A-Za-z]+)$/.exec(target)?.[1] ?? 'Observation');
  return types.some((type) => new RegExp(`(^|/)${type}/[A-Za-z0-9.-]{1,64}$`).test(reference));
}

function isBound(valueSet: string, value: unknown, codeSets: CodeSets): boolean {
  const { coding = [value as Coding] } = value as CodeableConcept;
  return coding.some((one) => isIn(codeSets, valueSet, one));
}

function predicateOf(key: string): Predicate {
  const predicate = CONSTRAINTS[key];
  if (!predicate) throw new Error(`no predicate for ${key}`);
  return predicate;
}

function propertyOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
