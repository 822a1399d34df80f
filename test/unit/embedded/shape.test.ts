import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { structureFaults } from '../../../src/embedded/shape.js';
import { SHAPES } from '../../../src/embedded/shapes.js';
import type { Json } from '../../support/embedded-fixture.js';
import { MINIMAL_TYPES, minimal } from '../../support/embedded-minimal.js';

const faultsOf = (resource: Json) =>
  structureFaults(resource, resource.resourceType, resource.resourceType).map(
    ({ code, expression }) => `${code} ${expression}`,
  );
const observation = (more: Json) => minimal('Observation', more);

test('the table of elements is what its generator makes', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const made = execFileSync(process.execPath, ['.config/embedded-shapes.mjs', '--print'], { cwd: root });
  expect(made.toString()).toBe(readFileSync(`${root}src/embedded/shape-data.ts`, 'utf8'));
});

describe('every type', () => {
  test.each(MINIMAL_TYPES)('%s: the least is valid, and nothing required may be left out', (type) => {
    expect(faultsOf(minimal(type))).toEqual([]);
    const { required = [] } = SHAPES.get(type) ?? {};
    for (const { name, spellings } of required) {
      const resource = minimal(type);
      for (const spelling of spellings) delete resource[spelling];
      expect(faultsOf(resource)).toEqual([`missing-element ${type}.${name.replace('[x]', '')}`]);
    }
  });

  test('has only elements of types and primitives that are known', () => {
    for (const [type, { elements }] of SHAPES) {
      for (const [name, { kind }] of elements) {
        const isKnown = SHAPES.has(kind) || /^[a-z][A-Za-z0-9]+$/.test(kind);
        expect([type, name, kind, isKnown]).toEqual([type, name, kind, true]);
      }
    }
  });
});

test('a resource that uses what R4 allows is valid', () => {
  const resource = observation({
    id: 'A-b.1',
    meta: { profile: ['http://p|1'], _profile: [{ id: 'x' }], tag: [{ code: 'x' }] },
    implicitRules: 'http://rules',
    language: 'de',
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
    contained: [
      { resourceType: 'Patient', id: 'c', name: [{ given: ['a', null], _given: [null, { id: 'g' }] }] },
      { resourceType: 'Spaceship', warp: 9 },
    ],
    extension: [
      { url: 'http://x', extension: [{ url: 'y', valueDecimal: 1.5, _valueDecimal: { id: 'z' } }] },
    ],
    modifierExtension: [{ url: 'http://m', valueBase64Binary: 'eA==' }],
    _status: { extension: [{ url: 'http://x', valueCode: 'a b' }] },
    effectiveTiming: { repeat: { boundsPeriod: { start: '2026' }, timeOfDay: ['08:00:00'], count: 1 } },
    valueQuantity: { value: -1.5e-3, comparator: '<', unit: 'x', system: 'http://unitsofmeasure.org' },
    issued: '2024-02-29T23:59:60.123456Z',
    component: [
      { code: { text: 'x' }, valueInteger: 0 },
      { code: { text: 'y' }, valueBoolean: false },
    ],
  });
  expect(faultsOf(resource)).toEqual([]);
  const sibling = observation({ _status: { id: 's' } });
  delete sibling.status;
  expect(faultsOf(sibling)).toEqual([]);
});

const bad: [string, Json, string][] = [
  ['an unknown element', { colour: 1 }, 'unknown-element Observation.colour'],
  ['an element of another type', { birthDate: '2020' }, 'unknown-element Observation.birthDate'],
  ['an unknown element inside', { code: { txt: 'x' } }, 'unknown-element Observation.code.txt'],
  ['a sibling of no primitive', { _code: {} }, 'unknown-element Observation._code'],
  ['a resourceType inside', { code: { resourceType: 'x' } }, 'unknown-element Observation.code.resourceType'],
  ['a name that FHIRPath cannot say', { 'a b': 1 }, 'unknown-element Observation'],
  ['a text for an object', { code: 'x' }, 'wrong-json-type Observation.code'],
  ['an object for a list', { category: { text: 'x' } }, 'wrong-json-type Observation.category'],
  ['a list for an object', { code: [{ text: 'x' }] }, 'wrong-json-type Observation.code'],
  ['a list for a primitive', { issued: ['2026-01-01T00:00:00Z'] }, 'wrong-json-type Observation.issued'],
  ['null', { subject: null }, 'wrong-json-type Observation.subject'],
  ['null in a list of objects', { category: [null] }, 'wrong-json-type Observation.category[0]'],
  ['an empty list', { category: [] }, 'wrong-json-type Observation.category'],
  ['an empty object', { subject: {} }, 'wrong-json-type Observation.subject'],
  ['an empty text', { valueString: '' }, 'wrong-json-type Observation.valueString'],
  ['a text of spaces', { valueString: ' \n' }, 'wrong-json-type Observation.valueString'],
  ['a control character', { valueString: 'a\0' }, 'wrong-json-type Observation.valueString'],
  ['a number as text', { valueInteger: '1' }, 'wrong-json-type Observation.valueInteger'],
  ['a fraction for an integer', { valueInteger: 1.5 }, 'wrong-json-type Observation.valueInteger'],
  ['a code that FHIR lacks', { status: 'done' }, 'wrong-json-type Observation.status'],
  ['two of a choice', { valueInteger: 1, valueString: 'x' }, 'wrong-json-type Observation.valueString'],
  [
    'two of a choice, one a sibling',
    { valueInteger: 1, _valueString: { id: 'x' } },
    'wrong-json-type Observation._valueString',
  ],
  ['a choice of another type', { valueMoney: { value: 1 } }, 'unknown-element Observation.valueMoney'],
  [
    'a day that is none',
    { effectiveDateTime: '2026-02-31' },
    'wrong-json-type Observation.effectiveDateTime',
  ],
  [
    'a time without a zone',
    { effectiveDateTime: '2026-02-03T10:00:00' },
    'wrong-json-type Observation.effectiveDateTime',
  ],
  ['a date for an instant', { issued: '2026-02-03' }, 'wrong-json-type Observation.issued'],
  [
    'an extension without url',
    { extension: [{ valueString: 'x' }] },
    'missing-element Observation.extension[0].url',
  ],
  [
    'a fault in a contained resource',
    { contained: [{ resourceType: 'Patient', gender: 'x' }] },
    'wrong-json-type Observation.contained[0].gender',
  ],
  [
    'a contained resource without type',
    { contained: [{ id: 'x' }] },
    'missing-element Observation.contained[0].resourceType',
  ],
  [
    'null in a list of primitives',
    { meta: { profile: [null] } },
    'wrong-json-type Observation.meta.profile[0]',
  ],
  [
    'a sibling that is no list',
    { meta: { profile: ['http://x'], _profile: {} } },
    'wrong-json-type Observation.meta._profile',
  ],
  ['an id of a wrong form', { id: 'a_b' }, 'wrong-json-type Observation.id'],
  [
    'a narrative that is none',
    { text: { status: 'generated', div: 'x' } },
    'wrong-json-type Observation.text.div',
  ],
  ['a missing part', { component: [{ valueInteger: 1 }] }, 'missing-element Observation.component[0].code'],
];

test.each(bad)('%s is refused', (_, more, fault) => {
  expect(faultsOf(observation(more))).toEqual([fault]);
});

test('every fault is told at once, in the order of the document', () => {
  const resource = {
    resourceType: 'Patient',
    gender: 5,
    name: [{ family: 'a' }, { given: 'b' }],
    x: 1,
    active: 'no',
  };
  expect(faultsOf(resource)).toEqual([
    'wrong-json-type Patient.gender',
    'wrong-json-type Patient.name[1].given',
    'unknown-element Patient.x',
    'wrong-json-type Patient.active',
  ]);
});

test('keys of the prototype are unknown elements', () => {
  const parsed: Json = JSON.parse(
    '{"resourceType":"Patient","__proto__":{"active":true},"constructor":1,"toString":{"x":1},"hasOwnProperty":[]}',
  );
  expect(faultsOf(parsed)).toEqual(
    ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map(
      (name) => `unknown-element Patient.${name}`,
    ),
  );
});

test('a body full of faults is told with the first 500', () => {
  const name = Array.from({ length: 10_000 }, () => ({ x: 1 }));
  expect(faultsOf({ resourceType: 'Patient', name })).toHaveLength(500);
});

test('43 Observations are checked in well under 20 ms', () => {
  const coding = [{ system: 'urn:s', code: 'c', display: 'd' }];
  const component = Array.from({ length: 15 }, () => ({
    code: { coding },
    valueCodeableConcept: { coding },
  }));
  const resource = observation({
    id: 'o',
    category: [{ coding }],
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2026-05-04T09:30:00+02:00',
    component,
    note: [{ text: 'x' }],
  });
  const rounds = Array.from({ length: 9 }, () => {
    const begin = performance.now();
    for (let count = 0; count < 43; count += 1) structureFaults(resource, 'Observation', 'Observation');
    return performance.now() - begin;
  });
  expect(faultsOf(resource)).toEqual([]);
  rounds.sort((a, b) => a - b);
  process.stdout.write(`43 Observations checked in ${rounds[0]?.toFixed(1)} ms\n`);
  expect(rounds[0]).toBeLessThan(20);
});
