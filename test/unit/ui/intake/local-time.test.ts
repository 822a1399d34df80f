import { expect, test } from '@jest/globals';
import { localTime } from '../../../../src/ui/intake/local-time.js';

test.each([
  [120, '2026-05-04T09:30:00+02:00'],
  [-210, '2026-05-04T04:00:00-03:30'],
  [0, '2026-05-04T07:30:00+00:00'],
])('%s minutes from UTC', (offset, told) => {
  expect(localTime(new Date('2026-05-04T07:30:00Z'), offset)).toBe(told);
});

test('the same moment, with an offset', () => {
  const moment = new Date('2026-05-04T07:30:00Z');
  expect(localTime(moment)).toMatch(/^2026-05-0[345]T\d\d:\d\d:00[+-]\d\d:\d\d$/);
  expect(new Date(localTime(moment))).toEqual(moment);
});
