import { describe, expect, test } from '@jest/globals';
import type { Reference } from 'fhir/r4.js';
import {
  absentConcept,
  codingOf,
  conceptOf,
  copied,
  findingComponent,
  interpretationOf,
  scoreComponent,
  scoreQuantity,
  softwareReference,
  verdictComponent,
} from '../../../src/fhir/observation-parts.js';

const FINDINGS = 'https://w3id.org/axspa-screening/CodeSystem/findings';
const VERDICTS = 'https://w3id.org/axspa-screening/CodeSystem/verdicts';
const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
/** Shows what it was asked for. */
const display = (system: string, code: string) => `${code} in ${system}`;
const concept = (system: string, code: string) => ({
  coding: [{ system, code, display: `${code} in ${system}` }],
});

test('a coding says system, code and display', () => {
  expect(codingOf('urn:x', 'c', display)).toEqual({ system: 'urn:x', code: 'c', display: 'c in urn:x' });
  expect(conceptOf('urn:x', 'c', display)).toEqual(concept('urn:x', 'c'));
});

test('the software is a logical reference', () => {
  expect(softwareReference({ version: '1.2.3', ruleSetVersion: '9' })).toEqual({
    identifier: { system: 'https://w3id.org/axspa-screening/software', value: 'axspa-screening|1.2.3' },
    display: 'axspa-screening 1.2.3',
  });
});

test.each([
  ['asked-unknown', 'Asked But Unknown'],
  ['not-performed', 'Not Performed'],
  ['unknown', 'Unknown'],
  ['not-asked', 'Not Asked'],
  ['not-applicable', 'Not Applicable'],
] as const)('data-absent-reason %s', (code, text) => {
  expect(absentConcept(code)).toEqual({ coding: [{ system: ABSENT, code, display: text }] });
});

test.each([
  ['POS', 'Positive'],
  ['NEG', 'Negative'],
  ['IND', 'Indeterminate'],
  ['AA', 'Critical abnormal'],
  ['A', 'Abnormal'],
] as const)('interpretation %s', (code, text) => {
  expect(interpretationOf(code)).toEqual([{ coding: [{ system: INTERPRETATION, code, display: text }] }]);
});

test('a score is in {score}, and 0 is a score', () => {
  const quantity = { value: 0, unit: '{score}', system: 'http://unitsofmeasure.org', code: '{score}' };
  expect(scoreQuantity(0)).toEqual(quantity);
  expect(scoreComponent('threshold', 0, display)).toEqual({
    code: concept(FINDINGS, 'threshold'),
    valueQuantity: quantity,
  });
});

describe('findings', () => {
  test.each(['met', 'not-met'] as const)('%s is a verdict, whatever reason is given', (finding) => {
    const expected = { code: concept(FINDINGS, 'gate'), valueCodeableConcept: concept(VERDICTS, finding) };
    expect(findingComponent('gate', finding, null, display)).toEqual(expected);
    expect(findingComponent('gate', finding, 'not-asked', display)).toEqual(expected);
    expect(verdictComponent('gate', finding, display)).toEqual(expected);
  });

  test.each([
    ['not-performed', 'not-performed'],
    [null, 'unknown'],
  ] as const)('unknown, because %s', (reason, code) => {
    expect(findingComponent('gate', 'unknown', reason, display)).toEqual({
      code: concept(FINDINGS, 'gate'),
      dataAbsentReason: absentConcept(code),
    });
  });
});

describe('a reference that is copied', () => {
  const identifier = { system: 'urn:clinic', value: '7' };

  test.each<[string, Reference, Reference]>([
    ['literal', { reference: 'Encounter/e1' }, { reference: 'Encounter/e1' }],
    [
      'with a display',
      { reference: 'Encounter/e1', display: 'E' },
      { reference: 'Encounter/e1', display: 'E' },
    ],
    ['versioned', { reference: 'Encounter/e1/_history/4' }, { reference: 'Encounter/e1' }],
    ['contained, with a display', { reference: '#e', display: 'E' }, { display: 'E' }],
    ['contained, with an identifier', { reference: '#e', identifier }, { identifier }],
    [
      'foreign, with a display',
      { reference: 'https://x.example.org/Encounter/e1', display: 'E' },
      { display: 'E' },
    ],
    [
      'a urn, with an identifier and a type',
      { reference: 'urn:uuid:1', type: 'Encounter', identifier },
      { type: 'Encounter', identifier },
    ],
    ['an identifier alone', { identifier }, { identifier }],
    ['a display alone', { display: 'E' }, { display: 'E' }],
  ])('%s', (_name, source, copy) => {
    const before = JSON.stringify(source);
    expect(copied('encounter', source)).toEqual({ encounter: copy });
    expect(copied('who', source)).toEqual({ who: copy });
    expect(JSON.stringify(source)).toBe(before);
  });

  test.each<[string, Reference | undefined]>([
    ['nothing', undefined],
    ['an empty one', {}],
    ['contained', { reference: '#e' }],
    ['foreign', { reference: 'https://x.example.org/fhir/Encounter/e1' }],
    ['foreign and versioned', { reference: 'https://x.example.org/fhir/Encounter/e1/_history/1' }],
    ['a urn', { reference: 'urn:uuid:6d1f7b0e-0000-4000-8000-000000000000' }],
    ['a type alone', { type: 'Encounter' }],
    ['a type and a contained one', { reference: '#e', type: 'Encounter' }],
    ['a search', { reference: 'Encounter?identifier=7' }],
    ['a way out', { reference: '../Encounter/e1' }],
    ['a long id', { reference: `Encounter/${'x'.repeat(65)}` }],
    ['no id', { reference: 'Encounter/' }],
  ])('leaves no element: %s', (_name, source) => expect(copied('encounter', source)).toEqual({}));
});
