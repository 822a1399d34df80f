import { expect, test } from '@jest/globals';
import type { Observation, Task } from 'fhir/r4.js';
import { toAlert } from '../../../../src/ui/worklist/alert.js';
import { refreshTasks } from '../../../../src/ui/worklist/load-tasks.js';

const task: Task = {
  resourceType: 'Task',
  id: 'r1.task',
  status: 'requested',
  intent: 'order',
  priority: 'stat',
  for: { reference: 'Patient/p1' },
  focus: { reference: 'Observation/r1.red-flag-urgency' },
  authoredOn: '2026-05-04T08:00:00.000Z',
};

const observation: Observation = {
  resourceType: 'Observation',
  id: 'r1.red-flag-urgency',
  status: 'preliminary',
  code: {},
  effectiveDateTime: '2026-05-04T07:55:00Z',
  valueCodeableConcept: { coding: [{ code: 'emergency' }] },
  component: [{ code: { coding: [{ code: 'fever', display: 'Fever or very unwell' }] } }],
};

test('an alert has its level from the Task, and its flags from the Observation', () => {
  expect(toAlert(task, observation)).toEqual({
    task,
    response: 'r1',
    patient: 'p1',
    urgency: 'emergency',
    flags: ['Fever or very unwell'],
    raised: '2026-05-04T08:00:00.000Z',
    answered: '2026-05-04T07:55:00Z',
    isWithdrawn: false,
  });
});

test('an Observation that cannot be read leaves the alert standing', () => {
  expect(toAlert({ ...task, priority: 'urgent' }, undefined)).toMatchObject({
    urgency: 'same-day',
    flags: [],
  });
});

test('flags that were withdrawn are not shown; the Task still waits for somebody', () => {
  const alert = toAlert(task, { ...observation, status: 'entered-in-error' });
  expect([alert.urgency, alert.flags]).toEqual(['emergency', []]);
});

test('an alert of answers that were entered in error says so', () => {
  const withdrawn = { resourceType: 'QuestionnaireResponse', id: 'r1', status: 'entered-in-error' } as const;
  expect(toAlert(task, undefined, withdrawn)).toMatchObject({ isWithdrawn: true, urgency: 'emergency' });
});

test('what was done just now, and is on its way, counts', () => {
  const [done, other] = [task, { ...task, id: 'r2.task' }];
  const fresh: Task = { ...task, id: 'r3.task' };
  const now = new Map<string, Task | null>([
    ['r1.task', null],
    ['r3.task', fresh],
    ['r4.task', null],
  ]);
  expect(refreshTasks([done, other], now)).toEqual([other, fresh]);
  expect(refreshTasks([done, other], new Map())).toEqual([done, other]);
});
