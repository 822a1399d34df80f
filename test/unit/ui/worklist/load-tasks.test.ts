import { expect, test } from '@jest/globals';
import type { Task } from 'fhir/r4.js';
import { TASK_IDENTIFIER } from '../../../../src/ui/parts/task.js';
import { loadTasks, withChanges } from '../../../../src/ui/worklist/load-tasks.js';
import { bundle, play } from '../parts/played.js';

const task = (id: string, more: Partial<Task> = {}): Task => ({
  ...{ resourceType: 'Task', id: `${id}.task`, status: 'requested', intent: 'order' },
  identifier: [{ system: TASK_IDENTIFIER, value: `${id}.task` }],
  ...more,
});
const ids = (tasks: readonly Task[] | undefined) =>
  tasks?.map(({ id }) => id?.replace('.task', '')).join(' ');

test('every emergency is read, over however many pages; of the others the newest', async () => {
  const asked = play((path) => {
    if (path.includes('stat-2')) return bundle([task('e3')]);
    if (path.includes('priority=stat')) return bundle([task('e1'), task('e2')], 'Task?_page=stat-2');
    return bundle([task('u1'), task('e1')], 'Task?_page=more');
  });
  const tasks = await loadTasks();
  expect([ids(tasks?.list), tasks?.isCut]).toEqual(['e1 e2 e3 u1', true]);
  expect(asked[0]).toContain(`identifier=${TASK_IDENTIFIER}|`);
  expect(asked[0]).toContain('on-hold');
});

test('what others put on a shared server, and what is done, is left out; also where it cannot be searched so', async () => {
  const foreign = task('x', { identifier: [{ system: 'urn:other', value: '1' }] });
  const asked = play((path) =>
    path.includes('identifier=') ? 400 : bundle([foreign, task('a'), task('b', { status: 'completed' })]),
  );
  expect(ids((await loadTasks())?.list)).toBe('a');
  expect(asked).toHaveLength(4);
});

test('emergencies of which a page cannot be read are not known', async () => {
  play((path) => {
    if (path.includes('stat-2')) return undefined;
    return bundle([task('e1')], path.includes('priority=stat') ? 'Task?_page=stat-2' : undefined);
  });
  expect(await loadTasks()).toBeNull();
});

test('an emergency that waits here is read by its id, however many others wait; one that was acknowledged is gone', async () => {
  const trouble = (response: string, more: object = {}) =>
    ({ response, kind: 'response', state: 'queued', alert: null, ...more }) as const;
  const list = [
    ...Array.from({ length: 60 }, (_, index) => trouble(`n${index}`)),
    trouble('e1', { alert: 'stat' }),
    trouble('a', { kind: 'task' }),
  ];
  const asked = play((path) =>
    path.includes('e1') ? task('e1', { priority: 'stat' }) : task('a', { status: 'completed' }),
  );
  expect(ids(await withChanges([task('a'), task('b')], { list, unseen: 3 }))).toBe('b e1');
  expect(asked.sort()).toEqual(['fhir/Task/a.task', 'fhir/Task/e1.task']);
  expect(ids(await withChanges([task('a')], null))).toBe('a');
});
