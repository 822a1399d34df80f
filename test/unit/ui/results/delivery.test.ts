import { expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import { deliveryText, readDelivery } from '../../../../src/ui/results/delivery.js';

const outcome: OperationOutcome = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'transient', details: { text: 'No answer.' } }],
};

test('queued, with when and why', () => {
  expect(
    readDelivery({
      resourceType: 'Parameters',
      parameter: [
        { name: 'status', valueCode: 'queued' },
        { name: 'version', valueInteger: 3 },
        { name: 'attempts', valueInteger: 2 },
        { name: 'queuedAt', valueInstant: '2026-05-04T07:30:00Z' },
        { name: 'nextAttempt', valueInstant: '2026-05-04T07:31:00Z' },
        {
          name: 'outcome',
          resource: outcome,
        },
      ],
    }),
  ).toEqual({
    state: 'queued',
    version: 3,
    attempts: 2,
    queuedAt: '2026-05-04T07:30:00Z',
    nextAttempt: '2026-05-04T07:31:00Z',
    reason: 'No answer.',
  });
});

test('what is not said is not taken for written', () => {
  const told = readDelivery({ resourceType: 'Parameters' });
  expect(told).toEqual({
    state: 'unknown',
    version: null,
    attempts: 0,
    queuedAt: null,
    nextAttempt: null,
    reason: null,
  });
  expect(deliveryText(told.state)).toMatch(/^Nobody knows/);
  expect(deliveryText('new-state')).toBe('State: new-state.');
});
