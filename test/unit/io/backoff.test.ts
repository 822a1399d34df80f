import { describe, expect, test } from '@jest/globals';
import { DELIVERY, LONGEST_RETRY_AFTER_MS, nextAttempt, REMINDER } from '../../../src/io/backoff.js';

const NOW = Date.parse('2026-05-04T08:00:00.000Z');
const wait = (backoff: typeof DELIVERY, attempts: number, asked: number | null, random: number) =>
  nextAttempt(backoff, { attempts, now: NOW, asked, random }) - NOW;

describe('the wait before the next attempt to deliver', () => {
  test.each([
    // attempts, asked, random, wait
    [1, null, 0, 500],
    [1, null, 0.5, 750],
    [1, null, 1, 1_000],
    [2, null, 0, 1_000],
    [2, null, 1, 2_000],
    [3, null, 1, 4_000],
    [5, null, 1, 16_000],
    [6, null, 1, 20_000],
    [6, null, 0, 10_000],
    [31, null, 1, 20_000],
    [1_000_000, null, 0.5, 15_000],
    [1, 0, 1, 1_000],
    [1, 400, 0, 500],
    [1, 20_000, 1, 20_000],
    [20, 5_000, 0, 10_000],
    [20, 90_000, 1, 90_000],
    [1, LONGEST_RETRY_AFTER_MS, 0.5, LONGEST_RETRY_AFTER_MS],
    [1, LONGEST_RETRY_AFTER_MS + 1, 0.5, LONGEST_RETRY_AFTER_MS],
    [1, 365 * 86_400_000, 0, LONGEST_RETRY_AFTER_MS],
  ])('attempt %d, asked %p, chance %d: %d ms', (attempts, asked, random, expected) => {
    expect(wait(DELIVERY, attempts, asked, random)).toBe(expected);
  });

  test('never shrinks from attempt to attempt, and is a whole number', () => {
    for (const random of [0, 0.1234567, 0.5, 0.999]) {
      const waits = Array.from({ length: 50 }, (_, index) => wait(DELIVERY, index + 1, null, random));
      expect(waits.every(Number.isSafeInteger)).toBe(true);
      expect(waits).toEqual([...waits].sort((one, other) => one - other));
      expect(Math.max(...waits)).toBeLessThanOrEqual(DELIVERY.most);
    }
  });
});

test('a reminder comes every quarter of an hour at the latest', () => {
  expect(wait(REMINDER, 1, null, 0)).toBe(2_500);
  expect(wait(REMINDER, 1, null, 1)).toBe(5_000);
  expect(wait(REMINDER, 9, null, 1)).toBe(900_000);
  expect(wait(REMINDER, 99, null, 0)).toBe(450_000);
});
