import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { CodeSystem } from 'fhir/r4.js';
import { ADVICE } from '../../../../src/scoring/advice.js';
import { adviceIn, readInformation } from '../../../../src/ui/intake/information.js';
import { LANGUAGES } from '../../../../src/ui/intake/texts.js';

const system: CodeSystem = JSON.parse(readFileSync('resources/CodeSystem-patient-information.json', 'utf8'));
const information = readInformation(system);
if (!information) throw new Error('no advice');

test.each(LANGUAGES)('every advice has a title and paragraphs of its own in %s', (language) => {
  const parts = adviceIn(information, ADVICE, language);
  expect(parts.map(({ code }) => code)).toEqual(ADVICE);
  expect(
    parts.every(({ title, paragraphs }) => title && paragraphs.length > 0 && paragraphs.every(Boolean)),
  ).toBe(true);
});

test('a language that is not there is told in English, and a code without words by what is always true', () => {
  expect(adviceIn(information, ['emergency'], 'fr')).toEqual(adviceIn(information, ['emergency'], 'en'));
  expect(adviceIn(information, ['new'], 'en')).toMatchObject([{ code: 'get-help-at-once' }]);
});

test('without the words for an emergency there is nothing to begin with', () => {
  expect(readInformation({ ...system, concept: [] })).toBeNull();
});
