import { expect, test } from '@jest/globals';
import type { Task } from 'fhir/r4.js';
import { TASK_IDENTIFIER as OURS } from '../../../../src/fhir/systems.js';
import { FINAL_TASK_STATUSES } from '../../../../src/fhir/task.js';
import {
  completeTask,
  isOurs,
  isWaiting,
  TASK_IDENTIFIER,
  WAITING_STATUSES,
} from '../../../../src/ui/parts/task.js';
import { play } from './played.js';

const task: Task = { resourceType: 'Task', id: 'r1.task', status: 'requested', intent: 'order' };

test('whatever the service does not take for final waits; and that is what is searched for', () => {
  const all = [
    ...['draft', 'requested', 'received', 'accepted', 'rejected', 'ready', 'cancelled', 'in-progress'],
    ...['on-hold', 'failed', 'completed', 'entered-in-error'],
  ] as Task['status'][];
  const waiting = all.filter((status) => !FINAL_TASK_STATUSES.includes(status));
  expect(all.filter((status) => isWaiting({ status }))).toEqual(waiting);
  expect(WAITING_STATUSES).toEqual(waiting);
  expect(isWaiting({ status: 'new-status' as Task['status'] })).toBe(true);
});

test('ours are known by the identifier that the service gives them', () => {
  expect(TASK_IDENTIFIER).toBe(OURS);
  expect(isOurs({ identifier: [{ system: OURS, value: 'r1.task' }] })).toBe(true);
  expect([isOurs({}), isOurs({ identifier: [{ system: 'urn:x' }] })]).toEqual([false, false]);
});

test.each([
  [{ versionId: '3' }, 'W/"3"'],
  [undefined, null],
])(
  'of %j is completed with If-Match %s: what has no version yet can be acknowledged',
  async (meta, expected) => {
    const sent: unknown[] = [];
    play((_, { method, headers, body }) => {
      sent.push([method, new Headers(headers).get('If-Match'), JSON.parse(String(body)).status]);
      return task;
    });
    expect(await completeTask(meta ? { ...task, meta } : task)).toMatchObject({ state: 'done' });
    expect(sent).toEqual([['PUT', expected, 'completed']]);
  },
);
