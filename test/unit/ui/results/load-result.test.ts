import { expect, test } from '@jest/globals';
import { loadResult } from '../../../../src/ui/results/load-result.js';
import { play } from '../parts/played.js';

test.each([
  [401, 'signedOut'],
  [403, 'forbidden'],
  [404, 'missing'],
  [503, 'unreachable'],
])('a response that is answered with %i is %s', async (status, state) => {
  play(() => status);
  expect(await loadResult('r1')).toEqual({ state });
});
