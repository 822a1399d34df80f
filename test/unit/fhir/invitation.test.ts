import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse, Task } from 'fhir/r4.js';
import { structureFaults } from '../../../src/embedded/shape.js';
import {
  isInvitationId,
  isTakenBack,
  toInvitation,
  withdrawn,
  withResponse,
} from '../../../src/fhir/invitation.js';
import { software } from '../../support/fhir-content.js';

const ID = `i${'0a'.repeat(16)}`;
const SDC = 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp';
const now = new Date('2026-05-05T09:00:00.456Z');

const invitation = toInvitation({
  id: ID,
  patient: 'Patient/p1',
  questionnaire: 'https://example.org/Questionnaire/q|1.0.0',
  authored: new Date('2026-05-04T08:00:00.123Z'),
  expires: new Date('2026-05-18T08:00:00.000Z'),
  software,
});

const at = (status: Task['status']): Task => ({ ...invitation, status });
const response = (status: QuestionnaireResponse['status']): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  id: 'r1',
  status,
});

test('is the Task of SDC, with one Questionnaire and no focus (sdc-t1)', () => {
  expect(invitation).toEqual({
    resourceType: 'Task',
    id: ID,
    identifier: [{ system: 'https://w3id.org/axspa-screening/invitation', value: ID }],
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system: SDC, code: 'complete-questionnaire' }] },
    description: 'The patient is invited to answer a questionnaire.',
    for: { reference: 'Patient/p1' },
    authoredOn: '2026-05-04T08:00:00.123Z',
    lastModified: '2026-05-04T08:00:00.123Z',
    requester: {
      identifier: { system: 'https://w3id.org/axspa-screening/software', value: 'axspa-screening|9.8.7' },
      display: 'axspa-screening 9.8.7',
    },
    owner: { reference: 'Patient/p1' },
    restriction: {
      repetitions: 1,
      period: { start: '2026-05-04T08:00:00.123Z', end: '2026-05-18T08:00:00.000Z' },
    },
    input: [
      {
        type: { coding: [{ system: SDC, code: 'questionnaire' }] },
        valueCanonical: 'https://example.org/Questionnaire/q|1.0.0',
      },
    ],
  });
});

describe('what its response makes of it', () => {
  test.each<[Task['status'], QuestionnaireResponse['status'], Task['status'] | null]>([
    ['requested', 'in-progress', 'in-progress'],
    ['requested', 'completed', 'completed'],
    ['in-progress', 'in-progress', null],
    ['in-progress', 'completed', 'completed'],
    ['in-progress', 'amended', 'completed'],
    ['in-progress', 'stopped', 'completed'],
    ['in-progress', 'entered-in-error', null],
    ['accepted', 'completed', 'completed'],
    ['completed', 'amended', null],
    ['completed', 'in-progress', null],
    ['cancelled', 'completed', null],
    ['failed', 'completed', null],
    ['entered-in-error', 'completed', null],
  ])('%s, %s: %s', (before, answered, after) => {
    expect(withResponse(at(before), response(answered), now)?.status ?? null).toBe(after);
  });

  test('only when it is over it has an output', () => {
    const begun = withResponse({ ...invitation, meta: { versionId: '1' } }, response('in-progress'), now);
    expect(begun).toEqual({ ...at('in-progress'), lastModified: '2026-05-05T09:00:00.456Z' });
    expect(withResponse(at('in-progress'), response('completed'), now)).toEqual({
      ...at('completed'),
      lastModified: '2026-05-05T09:00:00.456Z',
      output: [
        {
          type: { coding: [{ system: SDC, code: 'questionnaire-response' }] },
          valueReference: { reference: 'QuestionnaireResponse/r1' },
        },
      ],
    });
  });

  test('and is what R4 allows, at every step', () => {
    const steps = [
      invitation,
      withResponse(invitation, response('in-progress'), now),
      withResponse(invitation, response('completed'), now),
      withdrawn(invitation, now),
    ];
    expect(steps.map((one) => structureFaults(JSON.parse(JSON.stringify(one)), 'Task', 'Task'))).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });
});

test.each<[Task['status'], Task['status'] | null, boolean]>([
  ['requested', 'cancelled', false],
  ['in-progress', 'cancelled', false],
  ['completed', null, false],
  ['cancelled', null, true],
  ['rejected', null, true],
  ['entered-in-error', null, true],
])('withdrawn when %s: %s', (before, after, isBack) => {
  expect(withdrawn(at(before), now)?.status ?? null).toBe(after);
  expect(isTakenBack(at(before))).toBe(isBack);
});

test.each([
  [ID, true],
  ['i1', false],
  [`r${'0'.repeat(31)}`, false],
  [`${ID}.task`, false],
  [ID.toUpperCase(), false],
])('the id %s: %s', (id, isOne) => {
  expect(isInvitationId(id)).toBe(isOne);
});
