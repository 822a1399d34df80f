/** Whose a resource is, as far as it says so itself; and what of it patients may see. */
import { describe, expect, test } from '@jest/globals';
import type { FhirResource, Observation, Task } from 'fhir/r4.js';
import { compartmentOf, isForPatients } from '../../../src/fhir/compartment.js';

const FINDINGS = 'https://w3id.org/axspa-screening/CodeSystem/findings';
const SETS = 'https://w3id.org/axspa-screening/CodeSystem/criteria-sets';
const SDC = 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp';

const observationOf = (coding: object[]): Observation => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding },
});
const taskOf = (code?: Task['code']): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  ...(code && { code }),
});
/** One resource of each type that names its patient, naming this. */
const naming = (reference: string): [string, FhirResource][] => [
  [
    'QuestionnaireResponse',
    { resourceType: 'QuestionnaireResponse', status: 'completed', subject: { reference } },
  ],
  ['Observation', { ...observationOf([]), subject: { reference } }],
  ['Task', { ...taskOf(), for: { reference } }],
];

describe('compartmentOf', () => {
  test.each(naming('Patient/p1'))('%s: the patient that it names', (_type, resource) => {
    expect(compartmentOf(resource)).toBe('Patient/p1');
  });

  test('an id of every sign that may be in one, 64 long and no longer', () => {
    const id = `A-z.0${'9'.repeat(59)}`;
    expect(id).toHaveLength(64);
    for (const [, resource] of naming(`Patient/${id}`)) expect(compartmentOf(resource)).toBe(`Patient/${id}`);
    for (const [, resource] of naming(`Patient/${id}9`)) expect(compartmentOf(resource)).toBeNull();
  });

  test.each([
    '',
    'p1',
    'Patient',
    'Patient/',
    'patient/p1',
    'Group/p1',
    'Practitioner/p1',
    'RelatedPerson/p1',
    '#p1',
    '/Patient/p1',
    'Patient/p1/',
    'Patient/p1/_history/1',
    'Patient/p1|1',
    'Patient/p1?x',
    'Patient/p1\n',
    'Patient/p_1',
    'Patient?identifier=p1',
    'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    'https://fhir.example.org/Patient/p1',
    'xPatient/p1',
  ])('%j is nobody', (reference) => {
    for (const [type, resource] of naming(reference))
      expect([type, compartmentOf(resource)]).toEqual([type, null]);
  });

  test('a subject without a reference is nobody, and so is none', () => {
    const identifier = { value: 'p1' };
    for (const subject of [{ identifier }, {}, { display: 'Patient/p1' }, undefined]) {
      const resource = { resourceType: 'Observation', status: 'final', code: {}, subject } as FhirResource;
      expect(compartmentOf(resource)).toBeNull();
    }
    expect(compartmentOf(taskOf())).toBeNull();
  });

  test('what is not text is nobody', () => {
    for (const reference of [1, null, ['Patient/p1'], { toString: () => 'Patient/p1' }]) {
      const resource = {
        resourceType: 'QuestionnaireResponse',
        subject: { reference },
      } as unknown as FhirResource;
      expect(compartmentOf(resource)).toBeNull();
    }
  });

  test('a Patient is in the compartment of its own; without an id it is nobody', () => {
    expect(compartmentOf({ resourceType: 'Patient', id: 'p1' })).toBe('Patient/p1');
    expect(compartmentOf({ resourceType: 'Patient' })).toBeNull();
  });

  test('other elements do not say whose it is', () => {
    const reference = 'Patient/p1';
    expect(
      compartmentOf({ ...taskOf(), owner: { reference }, focus: { reference }, requester: { reference } }),
    ).toBeNull();
    expect(
      compartmentOf({ ...observationOf([]), performer: [{ reference }], focus: [{ reference }] }),
    ).toBeNull();
    const response = {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      author: { reference },
    } as const;
    expect(compartmentOf({ ...response, source: { reference } })).toBeNull();
  });

  test('a Provenance does not say it, whatever it is about', () => {
    const provenance = {
      resourceType: 'Provenance',
      id: 'p1',
      target: [{ reference: 'Patient/p1' }],
      recorded: '2026-05-04T09:30:00Z',
      agent: [{ who: { reference: 'Patient/p1' } }],
    } as const;
    expect(
      compartmentOf({ ...provenance, target: [...provenance.target], agent: [...provenance.agent] }),
    ).toBeNull();
  });
});

describe('isForPatients', () => {
  test.each<[string, FhirResource]>([
    ['themselves', { resourceType: 'Patient' }],
    ['their answers', { resourceType: 'QuestionnaireResponse', status: 'completed' }],
    ['how soon to see somebody', observationOf([{ system: FINDINGS, code: 'red-flag-urgency' }])],
    [
      'the same, coded twice',
      observationOf([
        { system: 'x', code: 'y' },
        { system: FINDINGS, code: 'red-flag-urgency' },
      ]),
    ],
    ['what they are asked', taskOf({ coding: [{ system: SDC, code: 'complete-questionnaire' }] })],
  ])('%s', (_what, resource) => {
    expect(isForPatients(resource)).toBe(true);
  });

  test.each<[string, FhirResource]>([
    ['the panel', observationOf([{ system: SETS, code: 'axspa-screening-panel' }])],
    ['a criteria set', observationOf([{ system: SETS, code: 'nice-ng65' }])],
    ['a fact', observationOf([{ system: FINDINGS, code: 'low-back-pain' }])],
    ['a code that begins the same', observationOf([{ system: FINDINGS, code: 'red-flag-urgency-2' }])],
    ['the code of another system', observationOf([{ system: SETS, code: 'red-flag-urgency' }])],
    ['the code of no system', observationOf([{ code: 'red-flag-urgency' }])],
    ['system and code of two codings', observationOf([{ system: FINDINGS }, { code: 'red-flag-urgency' }])],
    ['an Observation without a coding', { ...observationOf([]), code: { text: 'red-flag-urgency' } }],
    ['an Observation without a code', { resourceType: 'Observation', status: 'final' } as FhirResource],
    ['an alert', taskOf({ text: 'See to red flags' })],
    ['a Task without a code', taskOf()],
    ['a Task of another system', taskOf({ coding: [{ system: FINDINGS, code: 'complete-questionnaire' }] })],
    ['a Task with another code', taskOf({ coding: [{ system: SDC, code: 'other' }] })],
    ['a Task coded as red flags', taskOf({ coding: [{ system: FINDINGS, code: 'red-flag-urgency' }] })],
    ['an Observation coded as a question', observationOf([{ system: SDC, code: 'complete-questionnaire' }])],
    ['a Provenance', { resourceType: 'Provenance', target: [], recorded: '2026-05-04', agent: [] }],
    ['a Practitioner', { resourceType: 'Practitioner' }],
    ['a Condition', { resourceType: 'Condition', subject: { reference: 'Patient/p1' } }],
  ])('not %s', (_what, resource) => {
    expect(isForPatients(resource)).toBe(false);
  });
});
