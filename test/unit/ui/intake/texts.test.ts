import { expect, test } from '@jest/globals';
import { faultText, LANGUAGES, textsIn } from '../../../../src/ui/intake/texts.js';

test('no text is empty in any language', () => {
  for (const language of LANGUAGES) {
    const { faults, limits, ...texts } = textsIn(language);
    const plain = Object.values(texts).filter((text) => typeof text === 'string');
    expect([...plain, ...Object.values(faults)].filter((text) => text.trim() === '')).toEqual([]);
    expect(Object.values(limits).every((text) => text(7).includes('7'))).toBe(true);
  }
});

test('a limit is told in its own words', () => {
  const fault = { linkId: 'a', code: 'out-of-range', limit: { name: 'max', value: 110 } } as const;
  expect(faultText(fault, textsIn('en'))).toBe('It must be 110 or less.');
  expect(faultText({ linkId: 'a', code: 'bad-date' }, textsIn('de'))).toContain('Datum');
});
