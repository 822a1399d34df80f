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
  const end = watchChanges({
    onChange: () => updates[count++]?.() ?? Promise.resolve(true),
    onLost: (since) => told.push(since !== null),
  });
  for (let round = 0; round < 4; round += 1) await jest.advanceTimersByTimeAsync(5000);
  end();
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
  const end = watchChanges({ onChange, onLost: (since) => told.push(since !== null) });
  for (let round = 0; round < 3; round += 1) await jest.advanceTimersByTimeAsync(5000);
  await jest.advanceTimersByTimeAsync(0);
  end();
  expect(told).toEqual([false, false, true, false]);
  expect(onChange).toHaveBeenCalledTimes(2);
});
