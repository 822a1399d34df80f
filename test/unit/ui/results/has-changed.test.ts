import { describe, expect, test } from '@jest/globals';
import type { Observation, Task } from 'fhir/r4.js';
import { type ShownState, whatChanged } from '../../../../src/ui/results/has-changed.js';
import { taskName } from '../../../../src/ui/results/load-alert.js';
import { stateOf } from '../../../../src/ui/results/task-state.js';
import { delivery } from './explained.js';

const task = (changed: Partial<Task> = {}): Task => ({
  resourceType: 'Task',
  id: 'r1.task',
  status: 'requested',
  intent: 'order',
  meta: { versionId: '1' },
  ...changed,
});

describe('whatChanged', () => {
  const shown: ShownState = {
    versionId: '1',
    delivery: delivery(),
    alert: { state: 'read', task: task() },
  };
  const now = { delivery: delivery(), task: task() };

  test.each([
    ['nothing', shown, now],
    ['answers', shown, { ...now, delivery: delivery({ version: 2 }) }],
    ['beside', shown, { ...now, delivery: delivery({ state: 'queued' }) }],
    ['beside', shown, { ...now, task: task({ status: 'completed' }) }],
    ['beside', shown, { ...now, task: task({ meta: { versionId: '2' } }) }],
    // A Task that cannot be read now is no change.
    ['nothing', shown, { ...now, task: null }],
    ['beside', { ...shown, delivery: null }, now],
  ] as const)('%s', (expected, before, seen) => {
    expect(whatChanged(before, seen)).toBe(expected);
  });
});

test('a Task is another once it was raised again, also before it has a version', () => {
  const { meta: _, ...queued } = task();
  const again = { ...queued, lastModified: '2026-05-05T08:00:00Z' };
  expect(new Set([task(), task({ meta: { versionId: '2' } }), queued, again].map(stateOf)).size).toBe(4);
  expect(stateOf(task())).toBe(stateOf(task()));
});

describe('the name of the Task', () => {
  const ours = `r${'0'.repeat(31)}`;
  const raised: Observation = {
    resourceType: 'Observation',
    id: `${ours}.red-flag-urgency`,
    status: 'final',
    code: {},
  };

  test.each([
    ['of ours', ours, null, `${ours}.task`],
    ['of one that was found, by its Observations', 'ehr-1', [raised], `${ours}.task`],
    ['of one that was found and has none', 'ehr-1', [], 'ehr-1.task'],
    ['of one that was found and whose Observations nobody could read', 'ehr-1', null, null],
  ])('%s', (_, id, observations, expected) => {
    expect(taskName(id, observations)).toBe(expected);
  });
});
