import { expect, test } from '@jest/globals';
import type { Questionnaire } from 'fhir/r4.js';
import { loadQuestionnaire } from '../../../../src/ui/parts/load-questionnaire.js';
import { bundle, play } from './played.js';

const form = (version: string): Questionnaire => ({
  ...{ resourceType: 'Questionnaire', status: 'active', url: 'https://x.test/q' },
  version,
});

test('without a version the newest is taken, in whatever order they come', async () => {
  const asked = play(() => bundle([form('1.10.0'), form('2.0.0'), form('1.9.0')]));
  expect(await loadQuestionnaire('https://x.test/q')).toMatchObject({ version: '2.0.0' });
  play(() => bundle([form('1.10.0'), form('1.9.0')]));
  expect(await loadQuestionnaire('https://x.test/q')).toMatchObject({ version: '1.10.0' });
  expect(asked).toEqual(['fhir/Questionnaire?url=https://x.test/q']);
});

test('with a version that one alone is asked for', async () => {
  const asked = play(() => bundle([form('1.0.0')]));
  await loadQuestionnaire('https://x.test/q|1.0.0');
  expect(asked).toEqual(['fhir/Questionnaire?url=https://x.test/q&version=1.0.0']);
});

test('none is not the same as not known', async () => {
  play(() => bundle([]));
  expect(await loadQuestionnaire('https://x.test/q')).toBe('missing');
  expect(await loadQuestionnaire('')).toBe('missing');
  play(() => undefined);
  expect(await loadQuestionnaire('https://x.test/q')).toBe('unreachable');
});
