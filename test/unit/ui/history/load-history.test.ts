import { expect, test } from '@jest/globals';
import { countElsewhere, loadHistory } from '../../../../src/ui/history/load-history.js';
import { bundle, play } from '../parts/played.js';

const patient = { resourceType: 'Patient', id: 'p1' };
const response = (id: string) => ({ resourceType: 'QuestionnaireResponse', id, status: 'completed' });
const queued = (id: string) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'response', valueReference: { reference: `QuestionnaireResponse/${id}` } }],
});

test('what has not reached the record is counted: any of it may be of this patient', async () => {
  const asked = play((path) => {
    if (path.includes('$delivery-status')) {
      return path.includes('queued') ? bundle([queued('r1'), queued('r8')], undefined, 5) : bundle([]);
    }
    if (path.includes('Patient/p1')) return patient;
    if (path.includes('QuestionnaireResponse?')) return bundle([response('r1'), response('r2')]);
    return path.endsWith('/r1') ? { ...response('r1'), status: 'amended' } : bundle([]);
  });
  const history = await loadHistory('p1');
  if (typeof history === 'string' || 'refusal' in history || !history.troubles) throw new Error('not loaded');
  expect(history.screenings.map(({ screening, isOnItsWay }) => [screening.status, isOnItsWay])).toEqual([
    ['amended', true],
    ['completed', false],
  ]);
  expect(countElsewhere(history.troubles, history.screenings)).toBe(4);
  // Nothing is read of those who may be somebody else.
  expect(asked.some((path) => path.endsWith('r8'))).toBe(false);
});

test('where nobody knows what has arrived, the page is told so', async () => {
  play((path) => {
    if (path.includes('$delivery-status')) return 503;
    return path.includes('Patient/') ? patient : bundle([]);
  });
  expect(await loadHistory('p1')).toMatchObject({ troubles: null, screenings: [] });
});

test.each([
  [401, 'signedOut'],
  [403, 'forbidden'],
])('%i: whoever asks is told why, and nothing of what stands there', async (status, refusal) => {
  play(() => status);
  expect(await loadHistory('p1')).toEqual({ refusal });
});
