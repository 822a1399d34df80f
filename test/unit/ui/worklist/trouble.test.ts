import { expect, test } from '@jest/globals';
import type { OperationOutcome, Parameters } from 'fhir/r4.js';
import { needsSomebody, toTrouble, troubleWord } from '../../../../src/ui/worklist/trouble.js';

const outcome: OperationOutcome = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'business-rule', details: { text: 'The server does not take it.' } }],
};

const status = (reference: string): Parameters => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'status', valueCode: 'refused' },
    { name: 'queuedAt', valueInstant: '2026-05-04T08:00:00.000Z' },
    {
      name: 'outcome',
      resource: outcome,
    },
    { name: 'response', valueReference: { reference } },
  ],
});

test.each([
  ['QuestionnaireResponse/r1', 'r1'],
  ['Task/r1.task', 'r1'],
])('%s is of the response %s', (reference, response) => {
  expect(toTrouble(status(reference), 'refused')).toEqual({
    response,
    state: 'refused',
    since: '2026-05-04T08:00:00.000Z',
    reason: 'The server does not take it.',
  });
});

test.each(['Patient/p1', 'Task/other', ''])('"%s" is none', (reference) => {
  expect(toTrouble(status(reference), 'refused')).toBeNull();
});

test('what waits is tried again by itself; the rest needs somebody', () => {
  const of = (state: 'queued' | 'refused' | 'unknown') => ({
    response: 'r',
    state,
    since: null,
    reason: null,
  });
  expect(
    [of('queued'), of('refused'), of('unknown')].map((one) => [needsSomebody(one), troubleWord(one)]),
  ).toEqual([
    [false, 'Waiting for the record server'],
    [true, 'Refused by the record server'],
    [true, 'Not known whether it arrived'],
  ]);
});
