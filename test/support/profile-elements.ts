/** Element ids of a profile: where they stand in R4, and what they name in an instance. */
import type { ElementDefinition } from 'fhir/r4.js';
import { BASE } from './contract-responses.js';

export type Loose = Record<string, unknown>;

/** Elements of R4 in their order: what a differential may name below the resource. */
const ELEMENTS: Record<string, string[]> = {
  Observation: (
    'identifier basedOn partOf status category code subject focus encounter effective[x] issued performer value[x] ' +
    'dataAbsentReason interpretation note bodySite method specimen device referenceRange hasMember derivedFrom component'
  ).split(' '),
  Provenance: 'target occurred[x] recorded policy location reason activity agent entity signature'.split(' '),
  component: 'code value[x] dataAbsentReason interpretation referenceRange'.split(' '),
  agent: 'type role who onBehalfOf'.split(' '),
  entity: 'role what agent'.split(' '),
  reference: 'reference type identifier display'.split(' '),
  identifier: 'use type system value period assigner'.split(' '),
  concept: 'coding text'.split(' '),
  coding: 'system version code display userSelected'.split(' '),
  quantity: 'value comparator unit system code'.split(' '),
};
const KINDS: Record<string, string> = {
  subject: 'reference',
  device: 'reference',
  derivedFrom: 'reference',
  target: 'reference',
  who: 'reference',
  what: 'reference',
  code: 'concept',
  method: 'concept',
  'value[x]': 'quantity',
};

/** What tells a slice from its like cannot be missing in it: without it, it is no such slice. */
export function tellsSlices(elementId: string, elements: readonly ElementDefinition[]): boolean {
  return elements.some(({ id = '', slicing }) => {
    const [slice, ...path] = elementId.startsWith(`${id}:`) ? elementId.slice(id.length + 1).split('.') : [];
    return slicing?.discriminator?.some((one) => slice && `${one.path}.`.startsWith(`${path.join('.')}.`));
  });
}

/** Where an element stands: for each segment its place in R4, and the slice's place in the profile. */
export function placeOf(id: string, elements: readonly ElementDefinition[]): number[] {
  const [root = '', ...segments] = id.split('.');
  let kind = root;
  let above = root;
  return segments.flatMap((segment) => {
    const [name = '', slice] = segment.split(':');
    const place = (ELEMENTS[kind] ?? []).indexOf(name);
    const slices = elements.filter(
      (one) => one.id?.startsWith(`${above}.${name}:`) && !one.id.slice(above.length + 1).includes('.'),
    );
    const at = slice ? 1 + slices.findIndex((one) => one.sliceName === slice) : 0;
    kind = name in ELEMENTS ? name : (KINDS[name] ?? '');
    above = `${above}.${segment}`;
    return [place, at];
  });
}

/** By the first number that differs; a whole before its parts. */
export function comparePlaces(one: readonly number[], other: readonly number[]): number {
  const index = one.findIndex((place, at) => place !== other[at]);
  if (index === -1) return one.length - other.length;
  return (one[index] ?? 0) - (other[index] ?? -1);
}

/** Objects that hold the last element of an id, and the names it has in them. */
export function holdersOf(
  resource: object,
  id: string,
): [holder: Loose, name: string, slice: string | undefined][] {
  const segments = id.split('.').slice(1);
  const last = segments.pop() ?? '';
  let holders: unknown[] = [resource];
  for (const segment of segments) {
    const [name = '', slice] = segment.split(':');
    holders = holders.flatMap((holder) => {
      const named = Object.entries(holder as Loose).filter(([key]) => isNamed(key, name));
      const values = named.flatMap(([, value]) => value);
      return slice ? values.filter((value) => isSlice(value, slice)) : values;
    });
  }
  const [name = '', slice] = last.split(':');
  return holders.map((holder) => [holder as Loose, name, slice]);
}

const isNamed = (key: string, name: string) =>
  name.endsWith('[x]') ? new RegExp(`^${name.slice(0, -3)}[A-Z]`).test(key) : key === name;

/** How a reader would name it: by the code, or the system of the identifier, that it carries. */
function isSlice(value: unknown, slice: string): boolean {
  const text = JSON.stringify(value);
  const marks: Record<string, string> = { axspa: BASE, response: 'content-hash', questionnaire: 'urn:ietf' };
  return text.includes(marks[slice] ?? `"code":"${slice}"`);
}

export function remove(resource: object, id: string): void {
  for (const [holder, name, slice] of holdersOf(resource, id)) {
    for (const key of Object.keys(holder).filter((one) => isNamed(one, name))) {
      const value = holder[key];
      if (slice && Array.isArray(value)) holder[key] = value.filter((one) => !isSlice(one, slice));
      else delete holder[key];
    }
  }
}

export function add(resource: object, id: string): void {
  for (const [holder, name] of holdersOf(resource, id)) {
    holder[name.replace('[x]', 'Boolean')] = name.endsWith('[x]') ? true : [{}];
  }
}
