import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { CodeSystem, Questionnaire } from 'fhir/r4.js';
import { textOf } from '../../../../src/ui/engine/text.js';
import { asLanguage, LANGUAGES } from '../../../../src/ui/parts/languages.js';
import { toEducation } from '../../../../src/ui/start/education.js';
import { TEXTS } from '../../../../src/ui/start/texts.js';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../resources/${name}.json`, import.meta.url), 'utf8'));
const information: CodeSystem = read('CodeSystem-patient-information');
const questionnaire: Questionnaire = read('Questionnaire-axspa-back-pain-screening');

describe('the education page', () => {
  test.each(LANGUAGES)('is all there in %s', (language) => {
    const education = toEducation(information, language);
    const told = [
      education?.title,
      ...(education?.sections ?? []).flatMap((one) => [one.heading, ...one.paragraphs]),
    ];
    expect(told.length).toBeGreaterThan(20);
    expect(told.filter((one) => one?.language !== language || !one.text)).toEqual([]);
    expect(education?.sections.map(({ code }) => code)).toContain('when-to-go-now');
  });

  test('falls back to English, marked as such, and to the code where there is no text', () => {
    const concept = [{ code: 'education', display: 'About', concept: [{ code: 'bare' }] }];
    expect(toEducation({ concept }, 'de')).toEqual({
      title: { text: 'About', language: 'en' },
      sections: [{ code: 'bare', heading: { text: 'bare', language: 'en' }, paragraphs: [] }],
    });
    expect(toEducation({}, 'de')).toBeNull();
  });
});

test('the start page tells of the Questionnaire in its own words', () => {
  const { description, _description } = questionnaire;
  const told = ['es', 'de', 'fr'].map((language) =>
    textOf({ description, _description }, 'description', language),
  );
  expect(told.slice(0, 2).every((text) => text && text !== description)).toBe(true);
  expect(told[2]).toBe(description);
});

test('every text of the page itself is there in every language, each in its own words', () => {
  for (const language of LANGUAGES) {
    const texts = Object.values(TEXTS[language]).map((one) => (typeof one === 'function' ? one(2) : one));
    expect(texts.filter((text) => text.trim() === '')).toEqual([]);
  }
  const same = Object.entries(TEXTS.en).filter(([name, text]) =>
    Object.entries(TEXTS.de).some(([other, one]) => other === name && one === text),
  );
  expect(same).toEqual([]);
  expect(['de', 'fr'].map(asLanguage)).toEqual(['de', 'en']);
});
