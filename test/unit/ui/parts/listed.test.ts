import { expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { readNow, toListed } from '../../../../src/ui/parts/listed.js';
import type { Trouble } from '../../../../src/ui/parts/troubles.js';
import { worked } from '../../../support/contract-responses.js';
import { observationsOf } from '../../../support/fhir-content.js';
import { bundle, play } from './played.js';

const response = (id: string, more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  id,
  status: 'completed',
  ...more,
});
const trouble = (id: string, more: Partial<Trouble> = {}): Trouble => ({
  ...{ response: id, kind: 'response', state: 'queued', alert: null },
  ...more,
});

test('what is on its way is read by its id, and stands for what the search found', async () => {
  const asked = play((path) => {
    if (path.endsWith('/r2')) return response('r2', { status: 'entered-in-error' });
    return path.endsWith('/r9') ? response('r9') : undefined;
  });
  const now = await readNow({
    found: [response('r1'), response('r2'), response('r3')],
    also: ['r2', 'r9', 'gone'],
    troubles: [trouble('r2'), trouble('r3', { kind: 'task' })],
  });
  expect(now.map(({ id, status }) => `${id} ${status}`)).toEqual([
    ...['r1 completed', 'r2 entered-in-error', 'r3 completed', 'r9 completed'],
  ]);
  expect(asked.sort()).toEqual(['gone', 'r2', 'r9'].map((id) => `fhir/QuestionnaireResponse/${id}`));
});

test('of what is on its way no result is shown: only how urgent the alert is that it raised', async () => {
  const all = observationsOf(worked('D1'));
  play((path) => (path.includes('r1') ? bundle(all) : bundle([])));
  const rows = await toListed(
    [response('r1'), response('r2'), response('r3')],
    [trouble('r2', { alert: 'stat' }), trouble('r3'), trouble('r1', { kind: 'task' })],
  );
  expect(rows.map(({ isOnItsWay, screening }) => [isOnItsWay, screening.sets.length])).toEqual([
    [false, 11],
    [true, 0],
    [true, 0],
  ]);
  expect(rows.map(({ screening }) => screening.redFlags?.urgency ?? null)).toEqual([
    ...['none-reported', 'emergency', null],
  ]);
  expect(rows[0]?.troubles).toHaveLength(1);
});

test('results that cannot be read are not known; a change that is on its way is no reason to say so', async () => {
  play(() => undefined);
  const rows = await toListed([response('r1'), response('r2')], [trouble('r2')]);
  expect(rows.map(({ isUnknown }) => isUnknown)).toEqual([true, false]);
});
