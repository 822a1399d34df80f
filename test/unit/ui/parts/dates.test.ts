import { describe, expect, test } from '@jest/globals';
import { agoText, dateText, dateTimeText } from '../../../../src/ui/parts/dates.js';

describe('dateText', () => {
  test.each([
    ['2026-05-04', '4 May 2026'],
    ['2026-05', 'May 2026'],
    ['2026', '2026'],
    ['someday', 'someday'],
  ])('%s', (date, expected) => {
    expect(dateText(date)).toBe(expected);
  });
});

test('dateTimeText has a time only where one is given', () => {
  const local = new Date(2026, 4, 4, 9, 30);
  expect(dateTimeText(local.toISOString())).toBe('4 May 2026, 09:30');
  expect(dateTimeText('2026-05-04')).toBe('4 May 2026');
  expect(dateTimeText('T')).toBe('T');
});

describe('agoText', () => {
  const now = new Date(2026, 4, 4, 12, 0);
  const at = (...[day, hour, minute]: [number, number, number]) =>
    new Date(2026, 4, day, hour, minute).toISOString();
  test.each([
    [at(4, 12, 0), 'just now'],
    [at(4, 11, 55), '5 minutes ago'],
    [at(4, 12, 10), 'in 10 minutes'],
    [at(4, 9, 30), '2 hours ago'],
    [at(3, 23, 0), 'yesterday'],
    [at(1, 12, 0), '3 days ago'],
    ['2026-05-04', 'today'],
    ['2026-05-03', 'yesterday'],
    ['2026-02-04', '2 months ago'],
    ['2023-05-01', '3 years ago'],
    ['never', 'never'],
  ])('%s', (date, expected) => {
    expect(agoText(date, now)).toBe(expected);
  });
});
