import { expect, test } from '@jest/globals';
import { getFhir, putFhir, searchFhir } from '../../../../src/ui/parts/fhir-client.js';
import { newestOnly } from '../../../../src/ui/parts/newest.js';
import { loadSettings } from '../../../../src/ui/parts/settings.js';
import { play } from './played.js';

test.each([null, 'text', 7, true])('an answer that is %j is none of the service', async (body) => {
  globalThis.fetch = async () => new Response(JSON.stringify(body));
  expect(await getFhir('Patient/p1')).toEqual({ state: 'unreachable' });
});

test('without a version nothing is asked of the one that stands there', async () => {
  const sent: (string | null)[] = [];
  play((_, { headers }) => {
    sent.push(new Headers(headers).get('If-Match'));
    return {};
  });
  await putFhir('Task/a', {}, null);
  await putFhir('Task/a', {}, 'W/"1"');
  expect(sent).toEqual([null, 'W/"1"']);
});

test('a posted search has its parameters in a form alone', async () => {
  const sent: unknown[] = [];
  play((url, { method, headers, body }) => {
    sent.push([`${url}`, method, new Headers(headers).get('Content-Type'), body]);
    return { resourceType: 'Bundle' };
  });
  await searchFhir('Patient', { name: 'Müller & Co', _count: '20' });
  expect(sent).toEqual([
    [
      'fhir/Patient/_search',
      'POST',
      'application/x-www-form-urlencoded',
      'name=M%C3%BCller+%26+Co&_count=20',
    ],
  ]);
});

test('settings are waited for only so long', async () => {
  const signals: (AbortSignal | null | undefined)[] = [];
  play((_, { signal }) => {
    signals.push(signal);
    return { clinician: null, questionnaire: null };
  });
  expect(await loadSettings()).toEqual({ clinician: null, questionnaire: '' });
  expect(signals[0]).toBeInstanceOf(AbortSignal);
  play(() => undefined);
  expect(await loadSettings()).toBeNull();
});

test('of two questions only the newer one is answered, whichever is slower', async () => {
  const waiting: ((text: string) => void)[] = [];
  const ask = newestOnly((_: string) => new Promise<string>((done) => waiting.push(done)));
  const both = [ask('a'), ask('ab')];
  waiting[1]?.('found ab');
  waiting[0]?.('found a');
  expect(await Promise.all(both)).toEqual([undefined, 'found ab']);
});
