/** What the pages read out of the Observations that the service writes, over every worked case. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { criteriaSets } from '../../../../src/scoring/criteria/index.js';
import {
  authorWord,
  byText,
  isScored,
  patientId,
  SET_IDS,
  statusWord,
  toScreening,
} from '../../../../src/ui/parts/screening.js';
import { worked, workedCases } from '../../../support/contract-responses.js';
import { observationsOf } from '../../../support/fhir-content.js';

interface Expected {
  readonly urgency: string | null;
  readonly sets: Readonly<Record<string, object>>;
}

const expected: Readonly<Record<string, Expected>> = JSON.parse(
  readFileSync(new URL('../../../fixtures/worked-cases-expected.json', import.meta.url), 'utf8'),
);

const response = (more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  id: 'r1',
  status: 'completed',
  subject: { reference: 'Patient/p1' },
  author: { reference: 'Patient/p1' },
  authored: '2026-05-04T09:30:00+02:00',
  ...more,
});

describe('a screening', () => {
  test.each(Object.keys(workedCases))('%s has every verdict, decision, bound and urgency', (name) => {
    const found = toScreening(response(), observationsOf(worked(name)));
    const sets = found.sets.map(({ id, verdict, decision, min, max }) => [
      id,
      { verdict, decision, min, max },
    ]);
    expect(Object.fromEntries(sets)).toEqual(expected[name]?.sets);
    expect(found.sets.map(({ id }) => id)).toEqual(SET_IDS);
    expect(found.redFlags?.urgency).toBe(expected[name]?.urgency);
  });

  test('counts the criteria as the papers do', () => {
    const { sets } = toScreening(response(), observationsOf(worked('D1')));
    expect(sets.map(({ threshold, of }) => `${threshold}/${of}`).join(' ')).toBe(
      '4/5 4/5 2/4 3/4 4/9 1/8 1/3 2/5 2/3 2/4 null/11',
    );
  });

  test('pain that was not answered is not 0, and 0 is', () => {
    const pain = (answers: object) =>
      toScreening(response(), observationsOf({ ...worked('D1'), ...answers })).pain;
    expect([pain({}), pain({ 'pain-intensity': 0 })]).toEqual([null, 0]);
  });

  test('without Observations nothing is known: no verdict, no level', () => {
    expect(toScreening(response(), [])).toMatchObject({
      redFlags: null,
      pain: null,
      sets: [],
      patient: 'p1',
    });
  });

  test('leaves alone what is about another response, what was withdrawn, and all of a withdrawn response', () => {
    const all = observationsOf(worked('D1'));
    const inError = all.map((one) => ({ ...one, status: 'entered-in-error' as const }));
    const none = { redFlags: null, sets: [] };
    expect(toScreening(response({ id: 'r2' }), all)).toMatchObject(none);
    expect(toScreening(response(), inError)).toMatchObject(none);
    expect(toScreening(response({ status: 'entered-in-error' }), all)).toMatchObject(none);
  });
});

test.each([
  ['Patient/p1', 'p1', 'patient'],
  ['Practitioner/d', null, 'clinician'],
  ['PractitionerRole/d', null, 'clinician'],
  ['RelatedPerson/d', null, 'relative'],
  ['Device/d', null, 'somebody else'],
])('%s is patient %s, author %s', (reference, patient, author) => {
  expect([patientId(reference), authorWord(reference)]).toEqual([patient, author]);
});

test('the sets are those of the server, in its order, each with as many criteria as it counts', () => {
  expect(SET_IDS).toEqual(criteriaSets.map(({ id }) => id));
  const counted = criteriaSets.map(({ criteria }) => criteria.length);
  const { sets } = toScreening(response(), observationsOf(worked('D1')));
  expect(sets.map(({ of }) => of)).toEqual(counted);
});

test('somebody with the diagnosis has verdicts without advice, wherever the question stands', () => {
  const all = observationsOf(worked('D1'));
  const decision = (item: QuestionnaireResponse['item']) =>
    toScreening(response({ item }), all).sets.find(({ id }) => id === 'nice-ng65')?.decision;
  const told = (code: string) => ({ linkId: 'diagnosed-conditions', answer: [{ valueCoding: { code } }] });
  expect(decision([told('psoriasis')])).toBe('refer');
  expect(decision([told('axial-spa')])).toBeNull();
  expect(decision([{ linkId: 'group', item: [told('axial-spa')] }])).toBeNull();
});

test.each([
  ['Patient/p1', 'Patient/p1', 'completed', 'patient'],
  ['Patient/p1', 'Practitioner/d', 'completed', 'patient, via clinician'],
  ['Patient/p1', 'Practitioner/d', 'amended', 'patient, changed by clinician'],
  [null, 'Practitioner/d', 'completed', 'clinician'],
  ['RelatedPerson/x', null, 'completed', 'relative'],
  [null, null, 'completed', null],
] as const)('source %s, author %s, %s: by %s', (source, author, status, text) => {
  expect(byText({ source, author, status })).toBe(text);
});

test('nobody is nobody', () => {
  expect([patientId(undefined), patientId('Patient/'), authorWord(null)]).toEqual([null, null, null]);
});

test.each([
  ['in-progress', 'Draft', false],
  ['completed', 'Complete', true],
  ['amended', 'Amended', true],
  ['stopped', 'Stopped early', true],
  ['entered-in-error', 'Withdrawn', false],
] as const)('%s is "%s"', (status, word, scored) => {
  expect([statusWord(status), isScored(status)]).toEqual([word, scored]);
});
