import { expect, test } from '@jest/globals';
import { barOf } from '../../../../src/ui/results/bar.js';

test.each([
  ['a range', { min: 3, max: 5, of: 9, threshold: 4 }, { certain: 30, possible: 50, threshold: 40 }],
  ['nothing certain', { min: 0, max: 3, of: 3, threshold: 1 }, { certain: 0, possible: 90, threshold: 30 }],
  [
    'no threshold',
    { min: 9, max: 9, of: 9, threshold: null },
    { certain: 90, possible: 90, threshold: null },
  ],
  ['over the end', { min: 1, max: 12, of: 9, threshold: 4 }, { certain: 10, possible: 90, threshold: 40 }],
  ['not applicable', { min: null, max: null, of: 9, threshold: 4 }, null],
])('%s', (_, set, expected) => {
  expect(barOf(set, 90)).toEqual(expected);
});
