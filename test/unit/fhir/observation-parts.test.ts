import { describe, expect, test } from '@jest/globals';
import {
  absentConcept,
  codingOf,
  conceptOf,
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
