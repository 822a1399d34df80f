import { beforeAll, expect, test } from '@jest/globals';
import {
  faultText,
  LANGUAGES,
  loadFirst,
  loadTexts,
  reasonText,
  textsIn,
} from '../../../../src/ui/intake/texts.js';

beforeAll(async () => {
  for (const language of LANGUAGES) expect(await loadTexts(language)).toBe(true);
});

/** Every text by its name, also those in `faults`, `limits` and `reasons`. */
function allTexts(language: string): Map<string, string> {
  const flat = (texts: object, path = ''): [string, string][] =>
    Object.entries(texts).flatMap(([name, text]): [string, string][] => {
      if (typeof text === 'function') return [[path + name, text(2, 3)]];
      return typeof text === 'string' ? [[path + name, text]] : flat(text, `${path}${name}.`);
    });
  return new Map(flat(textsIn(language)));
}

test('every text is there in every language', () => {
  for (const language of LANGUAGES) {
    expect([...allTexts(language)].filter(([, text]) => text.trim() === '')).toEqual([]);
    expect(Object.values(textsIn(language).limits).every((text) => text(7).includes('7'))).toBe(true);
  }
});

test.each(['es', 'de'])('no English is left in %s', (language) => {
  const own = allTexts(language);
  const same = [...allTexts('en')].filter(([name, text]) => own.get(name) === text).map(([name]) => name);
  // The word is the same.
  expect(same.filter((name) => !SAME[language]?.includes(name))).toEqual([]);
});

const SAME: Readonly<Record<string, readonly string[]>> = { es: ['no', 'error'], de: [] };

test('a language that the page does not speak', async () => {
  expect(await loadTexts('fr')).toBe(false);
  expect(await loadFirst(['fr', 'de', 'en'])).toBe('de');
  expect(await loadFirst(['fr'])).toBeNull();
  expect(() => textsIn('fr')).toThrow('were not loaded');
});

test('why the service refused: never in its own words', () => {
  expect(reasonText('onset-after-age', textsIn('de'))).toContain('Alter');
  expect(reasonText('out-of-range', textsIn('en'))).toBe(textsIn('en').faults['out-of-range']);
  expect(reasonText('never-heard', textsIn('es'))).toBe(textsIn('es').notSaveable);
});

test('a limit is told in its own words', () => {
  const fault = { linkId: 'a', code: 'out-of-range', limit: { name: 'max', value: 110 } } as const;
  expect(faultText(fault, textsIn('en'))).toBe('It must be 110 or less.');
  expect(faultText({ linkId: 'a', code: 'bad-date' }, textsIn('de'))).toContain('Datum');
});
