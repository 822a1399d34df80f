import { describe, expect, test } from '@jest/globals';
import type { Extension, QuestionnaireItem } from 'fhir/r4.js';
import { createLimitsReader, LIMIT_EXTENSIONS } from '../../../src/fhir/limits.js';
import { FHIR } from '../../support/fhir-literals.js';

const NO_LIMITS = {
  min: null,
  max: null,
  minLength: null,
  maxLength: null,
  pattern: null,
  maxDecimalPlaces: null,
  minOccurs: null,
  maxOccurs: null,
  units: [],
  resourceTypes: [],
};
const itemWith = (
  type: QuestionnaireItem['type'],
  extension: Extension[],
  more: Partial<QuestionnaireItem> = {},
): QuestionnaireItem => ({ linkId: 'a', type, extension, ...more });
const matching = (source: string) => itemWith('string', [{ url: `${FHIR}/regex`, valueString: source }]);

describe('limits', () => {
  const read = createLimitsReader();

  test('none', () => {
    expect(read({ linkId: 'a', type: 'string' })).toEqual({ limits: NO_LIMITS, faults: [] });
  });

  test.each<[QuestionnaireItem['type'], Extension, object]>([
    ['integer', { url: 'minValue', valueInteger: 0 }, { min: 0 }],
    ['decimal', { url: 'maxValue', valueDecimal: 1.5 }, { max: 1.5 }],
    ['date', { url: 'minValue', valueDate: '2026-05-04' }, { min: '2026-05-04' }],
    ['time', { url: 'maxValue', valueTime: '09:30:00' }, { max: '09:30:00' }],
    ['string', { url: 'minLength', valueInteger: 0 }, { minLength: 0 }],
    ['decimal', { url: 'maxDecimalPlaces', valueInteger: 0 }, { maxDecimalPlaces: 0 }],
    ['string', { url: 'questionnaire-minOccurs', valueInteger: 2 }, { minOccurs: 2 }],
    ['string', { url: 'questionnaire-maxOccurs', valueInteger: 3 }, { maxOccurs: 3 }],
    [
      'quantity',
      { url: 'questionnaire-unitOption', valueCoding: { code: 'kg' } },
      { units: [{ code: 'kg' }] },
    ],
    [
      'reference',
      { url: 'questionnaire-referenceResource', valueCode: 'Patient' },
      { resourceTypes: ['Patient'] },
    ],
  ])('%s %j', (type, extension, expected) => {
    const item = itemWith(type, [{ ...extension, url: `${FHIR}/${extension.url}` }]);
    expect(read(item)).toEqual({ limits: { ...NO_LIMITS, ...expected }, faults: [] });
  });

  test('units and types of a reference are gathered; maxLength is an element', () => {
    const units = ['kg', 'g'].map((code) => ({
      url: `${FHIR}/questionnaire-unitOption`,
      valueCoding: { code },
    }));
    expect(read(itemWith('quantity', units)).limits.units).toEqual([{ code: 'kg' }, { code: 'g' }]);
    expect(read(itemWith('string', [], { maxLength: 5 })).limits.maxLength).toBe(5);
  });

  test.each(LIMIT_EXTENSIONS)('%s written as another type is refused', (url) => {
    expect(read(itemWith('integer', [{ url, valueBoolean: true }])).faults).toEqual([
      `the extension "${url}" has a value of another type`,
    ]);
  });

  test.each<[string, QuestionnaireItem['type'], Extension[]]>([
    ['a date for an integer', 'integer', [{ url: `${FHIR}/minValue`, valueDate: '2026' }]],
    ['a number for a date', 'date', [{ url: `${FHIR}/maxValue`, valueInteger: 5 }]],
    ['a bound of a text', 'string', [{ url: `${FHIR}/minValue`, valueInteger: 5 }]],
  ])('a bound that would never hold is refused: %s', (_name, type, extension) => {
    expect(read(itemWith(type, extension)).faults).toEqual([
      `minValue and maxValue must be of the type "${type}", and each stand once`,
    ]);
  });
});

describe('a limit that stands twice', () => {
  const MANY = [`${FHIR}/questionnaire-unitOption`, `${FHIR}/questionnaire-referenceResource`];

  test.each(LIMIT_EXTENSIONS.filter((url) => !MANY.includes(url)))('%s is refused', (url) => {
    const value = url.endsWith('regex') ? { valueString: 'a' } : { valueInteger: 1 };
    const { faults } = createLimitsReader()(
      itemWith('integer', [
        { url, ...value },
        { url, ...value },
      ]),
    );
    expect(faults).toEqual([`the extension "${url}" may stand once`]);
  });
});

describe('patterns', () => {
  test('match the whole text', () => {
    const { limits, faults } = createLimitsReader()(matching('[A-Z]{2}'));
    expect(faults).toEqual([]);
    expect([limits.pattern?.matches('AB'), limits.pattern?.matches('ABC')]).toEqual([true, false]);
  });

  test.each(['(a)\\1', '(?=a)', '(?<!a)b', '[', 'a{2000}', '*'])('%s is not one of RE2', (source) => {
    const { limits, faults } = createLimitsReader()(matching(source));
    expect([limits.pattern, faults]).toEqual([null, ['the regex is not one that RE2 understands']]);
  });

  test('one that is work to match is too large', () => {
    const read = createLimitsReader();
    expect(read(matching('a{999}b{999}c{999}')).faults).toEqual(['the regex is too large']);
    expect(read(matching('a{100}')).faults).toEqual([]);
  });

  test('the same source is compiled once, and counts once', () => {
    const read = createLimitsReader();
    const first = read(matching('[a-z]{900}')).limits.pattern;
    expect(first).not.toBeNull();
    for (let index = 0; index < 500; index += 1) {
      const { limits, faults } = read(matching('[a-z]{900}'));
      if (limits.pattern !== first || faults.length > 0) throw new Error(`compiled again: ${index}`);
    }
    expect(read(matching('b')).faults).toEqual([]);
    expect(read(matching('(')).faults).toEqual(read(matching('(')).faults);
  });

  test('together they are bounded in size, and each Questionnaire begins anew', () => {
    const faults = (count: number) => {
      const read = createLimitsReader();
      return Array.from(
        { length: count },
        (_, index) => read(matching(`[a-z]{${900 - index}}`)).faults,
      ).flat();
    };
    expect(faults(15)).toEqual([]);
    expect(faults(15)).toEqual([]);
    expect(new Set(faults(60))).toEqual(new Set(['the regexes of this Questionnaire are too many']));
    expect(faults(60).length).toBeGreaterThan(30);
  });

  test('together they are bounded in length, so that refused ones are not free either', () => {
    const read = createLimitsReader();
    const each = Array.from(
      { length: 30 },
      (_, index) => read(matching(`(${'b'.repeat(1000)}${index}`)).faults,
    );
    expect(each[0]).toEqual(['the regex is not one that RE2 understands']);
    expect(each.at(-1)).toEqual(['the regexes of this Questionnaire are too many']);
    expect(read(matching('c')).faults).toEqual(['the regexes of this Questionnaire are too many']);
    expect(createLimitsReader()(matching('a'.repeat(20_001))).faults).toEqual([
      'the regexes of this Questionnaire are too many',
    ]);
  });
});
