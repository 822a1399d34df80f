import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { watchChanges } from '../../../../src/ui/parts/watch-changes.js';
import { play } from './played.js';

beforeEach(() => {
  jest.useFakeTimers();
  const document = { visibilityState: 'visible', addEventListener: () => 0, removeEventListener: () => 0 };
  Object.assign(globalThis, { document });
});
afterEach(() => {
  jest.useRealTimers();
});

test('an update that fails, in whatever way, is tried again: the page is told that it is not up to date', async () => {
  play(() => ({ mark: 'one' }));
  const updates = [() => Promise.reject(new Error('broken')), async () => false, async () => true];
  const told: boolean[] = [];
  let count = 0;
  const watch = watchChanges({
    onChange: () => updates[count++]?.() ?? Promise.resolve(true),
    onLost: (lost) => told.push(lost !== null),
  });
  for (let round = 0; round < 4; round += 1) await jest.advanceTimersByTimeAsync(5000);
  watch.end();
  expect(told.slice(0, 4)).toEqual([true, true, false, false]);
  expect(count).toBe(3);
});

test('only another mark is a change; a service that does not answer is told', async () => {
  const marks: (string | null)[] = ['one', 'one', null, 'two'];
  play(() => {
    const mark = marks.shift() ?? null;
    return mark === null ? undefined : { mark };
  });
  const told: boolean[] = [];
  const onChange = jest.fn(async () => true);
  const watch = watchChanges({ onChange, onLost: (lost) => told.push(lost !== null) });
  for (let round = 0; round < 3; round += 1) await jest.advanceTimersByTimeAsync(5000);
  await jest.advanceTimersByTimeAsync(0);
  watch.end();
  expect(told).toEqual([false, false, true, false]);
  expect(onChange).toHaveBeenCalledTimes(2);
});

test.each([
  [401, 'signedOut'],
  [403, 'forbidden'],
])('%i: it is told, and nothing more is asked until somebody looks again', async (status, why) => {
  let isIn = false;
  const asked = play(() => (isIn ? { mark: 'one' } : status));
  const told: (string | null)[] = [];
  const watch = watchChanges({
    onChange: async () => isIn,
    onLost: (lost) => told.push(lost?.why ?? null),
  });
  for (let round = 0; round < 5; round += 1) await jest.advanceTimersByTimeAsync(5000);
  expect([asked.length, told]).toEqual([1, [why]]);
  isIn = true;
  watch.look();
  await jest.advanceTimersByTimeAsync(0);
  expect(told).toEqual([why, null]);
  await jest.advanceTimersByTimeAsync(5000);
  expect(asked.length).toBe(3);
  watch.end();
});
