import { describe, expect, test } from '@jest/globals';
import type {
  CodeSystem,
  FhirResource,
  QuestionnaireItem,
  QuestionnaireResponseItemAnswer,
  ValueSet,
} from 'fhir/r4.js';
import { readQuestionnaire } from '../../../src/fhir/form.js';
import { answerKey, createOptionsReader } from '../../../src/fhir/options.js';
import { CODES, NO_TERMINOLOGY, optionsOf, questionnaireOf } from '../../support/fhir-literals.js';

const SET = 'https://forms.example.org/set';
const from = (answerValueSet: string, linkId = 'a'): QuestionnaireItem => ({
  linkId,
  type: 'choice',
  answerValueSet,
});
const UNLISTED = (url: string) => [`the value set "${url}" is not here, or cannot be listed`];

/** Reads one value set, and counts how often it is asked for. */
function readerOf(valueSet: object, codeSystem?: object) {
  const asked: string[] = [];
  const read = createOptionsReader({
    valueSet: (url) => {
      asked.push(url);
      return url === SET
        ? ({ resourceType: 'ValueSet', status: 'active', ...valueSet } as ValueSet)
        : undefined;
    },
    codeSystem: (url) => (url === CODES ? (codeSystem as CodeSystem | undefined) : undefined),
  });
  return { read, asked };
}
const codesOf = (valueSet: object, codeSystem?: object) => {
  const { options, faults } = readerOf(valueSet, codeSystem).read(from(SET));
  return options ? [...options.byKey.values()].map((option) => option.valueCoding?.code) : faults;
};

describe('answer keys', () => {
  const same = (one: QuestionnaireResponseItemAnswer, other: QuestionnaireResponseItemAnswer) =>
    answerKey(one) === answerKey(other);

  test.each<[QuestionnaireResponseItemAnswer, QuestionnaireResponseItemAnswer]>([
    [{ valueQuantity: { value: 1, unit: 'kg' } }, { valueQuantity: { unit: 'kg', value: 1 } }],
    [{ valueCoding: { system: 's', code: 'c', display: 'C' } }, { valueCoding: { system: 's', code: 'c' } }],
    [{ valueReference: { reference: 'A/1', display: 'A' } }, { valueReference: { reference: 'A/1' } }],
    [{ valueInteger: 1, id: 'x' }, { valueInteger: 1 }],
    [{ valueAttachment: { title: 'a', size: 1 } }, { valueAttachment: { size: 1, title: 'a' } }],
  ])('%j is %j', (one, other) => expect(same(one, other)).toBe(true));

  test.each<[QuestionnaireResponseItemAnswer, QuestionnaireResponseItemAnswer]>([
    [{ valueQuantity: { value: 1, unit: 'kg' } }, { valueQuantity: { value: 2, unit: 'kg' } }],
    [{ valueQuantity: { value: 1, unit: 'kg' } }, { valueQuantity: { value: 1, unit: 'g' } }],
    [{ valueQuantity: { value: 1 } }, { valueQuantity: { value: 1, comparator: '<' } }],
    [{ valueAttachment: { size: 1 } }, { valueAttachment: { size: 2 } }],
    [{ valueCoding: { system: 's', code: 'c' } }, { valueCoding: { code: 'c' } }],
    [{ valueInteger: 1 }, { valueDecimal: 1 }],
    [{ valueInteger: 1 }, { valueString: '1' }],
    [{ valueDate: '2026' }, { valueString: '2026' }],
    [{ valueBoolean: false }, {}],
    [{ valueInteger: 0 }, { valueInteger: 1 }],
  ])('%j is not %j', (one, other) => expect(same(one, other)).toBe(false));
});

describe('a list', () => {
  const read = createOptionsReader(NO_TERMINOLOGY);

  test('any value answers where there is none', () => {
    expect(read({ linkId: 'a', type: 'open-choice' })).toEqual({ options: null, faults: [] });
  });

  test('is kept in order, with what stands alone', () => {
    const { options, faults } = read({
      linkId: 'a',
      type: 'choice',
      answerOption: optionsOf('b', 'a', 'none!'),
    });
    expect(faults).toEqual([]);
    expect(
      [...(options?.byKey.values() ?? [])].map((one) => [one.valueCoding?.code, one.isExclusive]),
    ).toEqual([
      ['b', false],
      ['a', false],
      ['none', true],
    ]);
  });

  test('two quantities are two options, the same one twice is a fault', () => {
    const quantity = (value: number) => ({ valueQuantity: { value, unit: 'kg' } });
    const answering = (...answerOption: object[]) =>
      read({ linkId: 'a', type: 'choice', answerOption } as QuestionnaireItem).faults;
    expect(answering(quantity(1), quantity(2))).toEqual([]);
    expect(answering(quantity(1), quantity(1))).toEqual(['an option stands in the list twice']);
  });
});

describe('a value set', () => {
  const compose = { include: [{ system: CODES, concept: [{ code: 'a', display: 'A' }, { code: 'b' }] }] };

  test('is enumerated once, however many items share it', () => {
    const { read, asked } = readerOf({ compose });
    const all = Array.from({ length: 1000 }, (_, index) => read(from(SET, `q${index}`)));
    expect(asked).toEqual([SET]);
    expect(new Set(all.map(({ options }) => options)).size).toBe(1);
    expect(all[0]?.options?.byKey.size).toBe(2);
  });

  test('that is not here is looked for once, and is a fault of each item', () => {
    const { read, asked } = readerOf({});
    expect([read(from('urn:x')), read(from('urn:x'))].map(({ faults }) => faults)).toEqual([
      UNLISTED('urn:x'),
      UNLISTED('urn:x'),
    ]);
    expect(asked).toEqual(['urn:x']);
  });

  test('may list codes, be expanded, or include a code system of ours', () => {
    expect(codesOf({ compose })).toEqual(['a', 'b']);
    expect(
      codesOf({ expansion: { timestamp: '2026', contains: [{ system: CODES, code: 'c' }] }, compose }),
    ).toEqual(['c']);
    expect(codesOf({ compose: { include: [{ system: CODES }] } }, { concept: [{ code: 'd' }] })).toEqual([
      'd',
    ]);
    expect(
      codesOf({ compose: { include: [...compose.include, { system: 'urn:y', concept: [{ code: 'a' }] }] } }),
    ).toEqual(['a', 'b', 'a']);
  });

  const MALFORMED: [string, object][] = [
    ['nothing', {}],
    ['compose is a string', { compose: 'x' }],
    ['compose is null', { compose: null }],
    ['include is an object', { compose: { include: { system: CODES } } }],
    ['include is null', { compose: { include: null } }],
    ['null is included', { compose: { include: [null] } }],
    ['a number is included', { compose: { include: [5] } }],
    ['no system', { compose: { include: [{ concept: [{ code: 'a' }] }] } }],
    ['a system that is a number', { compose: { include: [{ system: 5 }] } }],
    ['a system that is not here', { compose: { include: [{ system: 'urn:x' }] } }],
    ['concept is an object', { compose: { include: [{ system: CODES, concept: { code: 'a' } }] } }],
    ['concept is null', { compose: { include: [{ system: CODES, concept: null }] } }],
    ['concepts are null', { compose: { include: [{ system: CODES, concept: [null] }] } }],
    ['concepts are strings', { compose: { include: [{ system: CODES, concept: ['a'] }] } }],
    ['a filter', { compose: { include: [{ system: CODES, filter: [] }] } }],
    ['another value set', { compose: { include: [{ system: CODES, valueSet: ['urn:x'] }] } }],
    ['an exclude', { compose: { ...compose, exclude: [{ system: CODES }] } }],
    ['one good and one bad', { compose: { include: [...compose.include, null] } }],
    ['expansion is a number', { expansion: 5 }],
    ['expansion contains null', { expansion: { contains: [null] } }],
    ['expansion contains an object', { expansion: { contains: {} } }],
    ['expansion nests', { expansion: { contains: [{ code: 'a', contains: [{ code: 'b' }] }] } }],
    ['expansion is abstract', { expansion: { contains: [{ code: 'a', abstract: true }] } }],
  ];

  test.each(MALFORMED)('cannot be listed: %s', (_name, valueSet) => {
    expect(codesOf(valueSet)).toEqual(UNLISTED(SET));
  });

  test.each(MALFORMED)(
    'contained, it is a fault of the Questionnaire and never throws: %s',
    (_name, valueSet) => {
      const contained = [{ resourceType: 'ValueSet', id: 'v', ...valueSet } as unknown as FhirResource];
      const read = readQuestionnaire({ ...questionnaireOf(from('#v')), contained }, NO_TERMINOLOGY);
      expect(read).toEqual({ faults: [{ linkId: 'a', text: UNLISTED('#v')[0] }] });
    },
  );

  test('a contained one is found by its id', () => {
    const contained = [{ resourceType: 'ValueSet', id: 'v', compose } as unknown as FhirResource];
    const read = readQuestionnaire({ ...questionnaireOf(from('#v')), contained }, NO_TERMINOLOGY);
    expect('form' in read && [...(read.form.byLinkId.get('a')?.options?.byKey.keys() ?? [])]).toEqual([
      `coding|${CODES}|a`,
      `coding|${CODES}|b`,
    ]);
  });

  test.each<[string, object]>([
    ['a code', { code: 5 }],
    ['a display', { code: 'a', display: { text: 'A' } }],
  ])('%s of another type is left out, not thrown at', (_name, concept) => {
    const { read } = readerOf({ compose: { include: [{ system: CODES, concept: [concept] }] } });
    expect(() => read(from(SET))).not.toThrow();
  });
});
