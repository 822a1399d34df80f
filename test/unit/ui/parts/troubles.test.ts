import { expect, test } from '@jest/globals';
import type { Parameters } from 'fhir/r4.js';
import {
  loadTroubles,
  needsSomebody,
  responsesIn,
  toTrouble,
  troubleWord,
} from '../../../../src/ui/parts/troubles.js';
import { bundle, play } from './played.js';

const status = (reference: string, alert?: string): Parameters => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'status', valueCode: 'queued' },
    { name: 'response', valueReference: { reference } },
    ...(alert ? [{ name: 'alert', valueCode: alert }] : []),
  ],
});
const of = (id: string, alert?: string) => status(`QuestionnaireResponse/${id}`, alert);

test.each([
  ['QuestionnaireResponse/r1', { response: 'r1', kind: 'response' }],
  ['Task/r1.task', { response: 'r1', kind: 'task' }],
])('%s is of its response', (reference, expected) => {
  expect(toTrouble(status(reference, 'stat'), 'refused')).toEqual({
    ...expected,
    state: 'refused',
    alert: 'stat',
  });
});

test.each(['Patient/p1', 'Task/other', ''])('"%s" is none', (reference) => {
  expect(toTrouble(status(reference), 'refused')).toBeNull();
});

test('what waits is tried again by itself; the rest needs somebody', () => {
  const states = ['queued', 'refused', 'unknown'] as const;
  const all = states.map((state) => ({ response: 'r', kind: 'response', state, alert: null }) as const);
  expect(all.map((one) => [needsSomebody(one), troubleWord(one)])).toEqual([
    [false, 'Waiting for the record server'],
    [true, 'Refused by the record server'],
    [true, 'Not known whether it arrived'],
  ]);
});

test('reads on until nothing has red flags that nobody has acknowledged; counts what was not looked at', async () => {
  const asked = play((path) => {
    if (!path.includes('status=queued') && !path.includes('page')) return bundle([], undefined, 0);
    if (path.endsWith('page2')) return bundle([of('b', 'urgent'), of('c')], '$delivery-status?page3', 40);
    return bundle([of('a', 'stat')], '$delivery-status?page2', 40);
  });
  const troubles = await loadTroubles();
  expect(troubles?.unseen).toBe(37);
  expect(troubles && responsesIn(troubles)).toEqual(['a', 'b', 'c']);
  expect(asked).toHaveLength(4);
});

test('a list of which a part cannot be read is not known', async () => {
  play((path) => (path.includes('page2') ? 503 : bundle([of('a', 'stat')], '$delivery-status?page2', 2)));
  expect(await loadTroubles()).toBeNull();
});

test('each response once, those with red flags first', () => {
  const list = [of('a'), of('b', 'stat'), status('Task/a.task')].flatMap(
    (one) => toTrouble(one, 'queued') ?? [],
  );
  expect(responsesIn({ list })).toEqual(['b', 'a']);
});
