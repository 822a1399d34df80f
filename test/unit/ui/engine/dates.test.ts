import { expect, test } from '@jest/globals';
import { compareDates, isDate, momentOf } from '../../../../src/ui/engine/dates.js';

test.each(['2026', '2026-05', '2026-05-04', '2024-02-29', '2000-02-29', '2026-12-31'])(
  '%s is a date',
  (text) => {
    expect(isDate(text)).toBe(true);
  },
);

test.each([
  '',
  '26',
  '0000',
  '2026-00',
  '2026-13',
  '2026-02-29',
  '1900-02-29',
  '2026-04-31',
  '2026-5-4',
  '04.05.2026',
  '2026-05-04T09:30:00Z',
])('"%s" is none', (text) => {
  expect(isDate(text)).toBe(false);
});

test.each([
  ['2026-05-04', '2026-05-05', -1],
  ['2026-05-04', '2026-05-04', 0],
  ['2026', '2026-05-04', 0],
  ['2026-06', '2026-05-31', 1],
  ['2025', '2026-01', -1],
])('%s against %s: %s', (one, other, sign) => {
  expect(Math.sign(compareDates(one, other))).toBe(sign);
});

test('moments', () => {
  expect(momentOf('2026-05-04T11:30:00+02:00')).toBe(momentOf('2026-05-04T09:30:00Z'));
  expect(momentOf('2016-12-31T23:59:60Z')).toBe(momentOf('2016-12-31T23:59:59Z'));
  expect([momentOf('2026-05-04'), momentOf('2026-05-04T11:30:00'), momentOf('2026-02-30T11:30:00Z')]).toEqual(
    [null, null, null],
  );
});
