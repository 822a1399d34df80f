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

test('who may read the answers and not what they come to sees no result', async () => {
  const response = { resourceType: 'QuestionnaireResponse', id: 'r1', status: 'completed' };
  play((path) => (path.endsWith('$explain') ? 403 : response));
  expect(await loadResult('r1')).toEqual({ state: 'forbidden' });
});
