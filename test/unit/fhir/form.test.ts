import { describe, expect, test } from '@jest/globals';
import type { Questionnaire, QuestionnaireItem } from 'fhir/r4.js';
import { codingsOf, ITEM_TYPES, type Item, readQuestionnaire } from '../../../src/fhir/form.js';
import { authoredForm, authoredResources, questionnaireIn } from '../../support/fhir-content.js';
import {
  CODES,
  FHIR,
  formOf,
  itemIn,
  NO_TERMINOLOGY,
  optionsOf,
  questionnaireOf,
} from '../../support/fhir-literals.js';

function faultsIn(questionnaire: Questionnaire): readonly string[] {
  const read = readQuestionnaire(questionnaire, NO_TERMINOLOGY);
  return 'faults' in read ? read.faults.map(({ linkId, text }) => `${linkId}: ${text}`) : [];
}

/** Codes of the options that stand alone. */
const exclusiveIn = ({ options }: Item) =>
  [...(options?.byKey.values() ?? [])].flatMap((option) =>
    option.isExclusive ? [option.valueCoding?.code] : [],
  );

/** Something that FHIR's types do not allow, or that our types do not know. */
const odd = (item: Readonly<Record<string, unknown>>) => item as unknown as QuestionnaireItem;

describe('our own Questionnaire', () => {
  const form = authoredForm();

  test('is accepted, with every item in its place', () => {
    expect(faultsIn(questionnaireIn(authoredResources()))).toEqual([]);
    const types = [...form.byLinkId.values()].map(({ type }) => type);
    expect(types.filter((type) => type === 'choice' || type === 'integer')).toHaveLength(24);
    expect(form.items.map(({ linkId }) => linkId)).toEqual(['safety', 'pain', 'features', 'tests', 'other']);
    expect([...form.byLinkId.values()].map(({ place }) => place)).toEqual(types.map((_, at) => at));
  });

  test.each([
    ['onset-age', { type: 'integer', limits: { min: 1, max: 110 }, required: false, repeats: false }],
    ['pain-intensity', { type: 'integer', limits: { min: 0, max: 10 } }],
    ['red-flag-emergency', { type: 'choice', required: true, repeats: true }],
    [
      'diagnosed-conditions',
      { required: false, repeats: true, limits: { min: null, max: null, maxLength: null } },
    ],
    ['eye-symptoms-now', { required: true, repeats: false }],
    ['night-rising-relief', { enableBehavior: 'any', parent: form.byLinkId.get('pain') }],
    ['safety', { type: 'group', parent: null, required: true, options: null }],
  ])('%s', (linkId, expected) => expect(itemIn(form, linkId)).toMatchObject(expected));

  /** clinical.md §12, in bold. */
  test.each([
    ['red-flag-emergency', ['none', 'unknown']],
    ['red-flag-urgent', ['none', 'unknown']],
    ['pain-location', []],
    ['diagnosed-conditions', ['none']],
    ['peripheral-features', ['none']],
    ['family-first-degree', ['none']],
    ['family-second-degree', ['none']],
    ['other-symptoms', ['none']],
    ['eye-symptoms-now', []],
  ])('of %s, alone stand %j', (linkId, codes) => expect(exclusiveIn(itemIn(form, linkId))).toEqual(codes));
});

describe('reading', () => {
  test('an item without anything optional', () => {
    const form = formOf({ linkId: 'a', type: 'string' });
    expect(form).toMatchObject({ url: 'https://forms.example.org/Questionnaire/small', version: '2' });
    expect(itemIn(form, 'a')).toMatchObject({
      linkId: 'a',
      type: 'string',
      text: 'a',
      required: false,
      repeats: false,
      place: 0,
      options: null,
      limits: { min: null, max: null, maxLength: null },
      enableWhen: [],
      enableBehavior: 'all',
      parent: null,
      items: [],
    });
  });

  test('limits, options and children', () => {
    const form = formOf(
      {
        linkId: 'n',
        type: 'decimal',
        text: 'N?',
        extension: [
          { url: `${FHIR}/minValue`, valueDecimal: 0 },
          { url: `${FHIR}/maxValue`, valueDecimal: 9.5 },
        ],
      },
      { linkId: 'c', type: 'choice', repeats: true, answerOption: optionsOf('a', 'none!') },
      { linkId: 's', type: 'text', maxLength: 5, item: [{ linkId: 's.help', type: 'display' }] },
    );
    expect(itemIn(form, 'n')).toMatchObject({ text: 'N?', limits: { min: 0, max: 9.5 } });
    expect(codingsOf(itemIn(form, 'c'))).toEqual([
      { system: CODES, code: 'a' },
      { system: CODES, code: 'none' },
    ]);
    expect(exclusiveIn(itemIn(form, 'c'))).toEqual(['none']);
    expect(itemIn(form, 's')).toMatchObject({ limits: { maxLength: 5 } });
    expect(itemIn(form, 's.help')).toMatchObject({ place: 3, parent: itemIn(form, 's') });
    expect(itemIn(form, 's').items).toEqual([itemIn(form, 's.help')]);
  });

  test('an exclusive extension that says false excludes nothing', () => {
    const extension = [{ url: `${FHIR}/questionnaire-optionExclusive`, valueBoolean: false }];
    const form = formOf({
      linkId: 'c',
      type: 'choice',
      answerOption: [{ extension, valueCoding: { system: CODES, code: 'a' } }],
    });
    expect(exclusiveIn(itemIn(form, 'c'))).toEqual([]);
  });

  test.each(ITEM_TYPES)('type %s', (type) => {
    const item = type === 'group' ? { item: [{ linkId: 'b', type: 'string' as const }] } : {};
    expect(itemIn(formOf({ linkId: 'a', type, ...item }), 'a').type).toBe(type);
  });

  test('how a question looks is not the reader’s concern', () => {
    const extension = ['questionnaire-itemControl', 'questionnaire-sliderStepValue'].map((name) => ({
      url: `${FHIR}/${name}`,
      valueInteger: 1,
    }));
    const more = { prefix: '1', code: [{ code: 'x' }], definition: 'urn:x', readOnly: true };
    expect(faultsIn(questionnaireOf({ linkId: 'a', type: 'integer', extension, ...more }))).toEqual([]);
    expect(faultsIn(questionnaireOf(odd({ linkId: 'a', type: 'integer', _text: { id: 'x' } })))).toEqual([]);
  });

  test('url and version are for what is served, not for what is read', () => {
    const { url: _url, version: _version, ...bare } = questionnaireOf({ linkId: 'a', type: 'string' });
    expect(readQuestionnaire(bare, NO_TERMINOLOGY)).toMatchObject({ form: { url: '', version: '' } });
  });
});

describe('refused, by linkId', () => {
  const choice = { linkId: 'a', type: 'choice' };
  const when = { question: 'b', operator: '=', answerBoolean: true };

  test.each([
    ['an unknown type', { linkId: 'a', type: 'question' }, 'a: the type "question" is not known'],
    ['a type from Object', { linkId: 'a', type: 'toString' }, 'a: the type "toString" is not known'],
    [
      'an unknown element',
      { linkId: 'a', type: 'string', colour: 1 },
      'a: the element "colour" is not known',
    ],
    [
      'modifierExtension',
      { linkId: 'a', type: 'string', modifierExtension: [{ url: 'urn:x' }] },
      'a: the element "modifierExtension" is not known',
    ],
    [
      'an unknown extension',
      { linkId: 'a', type: 'string', extension: [{ url: 'urn:x' }] },
      'a: the extension "urn:x" is not known',
    ],
    [
      'an option’s unknown extension',
      {
        ...choice,
        answerOption: [{ extension: [{ url: 'urn:x' }], valueCoding: { system: CODES, code: 'c' } }],
      },
      'a: the extension "urn:x" is not known',
    ],
    [
      'an option without code',
      { ...choice, answerOption: [{ valueCoding: { system: CODES } }] },
      'a: an option needs a Coding with a code, or another value',
    ],
    [
      'an option without value',
      { ...choice, answerOption: [{}] },
      'a: an option needs a Coding with a code, or another value',
    ],
    [
      'an option twice',
      { ...choice, answerOption: optionsOf('c', 'c!') },
      'a: an option stands in the list twice',
    ],
    [
      'a list and a value set',
      { ...choice, answerOption: optionsOf('c'), answerValueSet: 'urn:x' },
      'a: options come as a list or as a value set, not both',
      'a: the value set "urn:x" is not here, or cannot be listed',
    ],
    [
      'a value set that is not here',
      { ...choice, answerValueSet: 'urn:x' },
      'a: the value set "urn:x" is not here, or cannot be listed',
    ],
    [
      'options of another type',
      { linkId: 'a', type: 'string', answerOption: optionsOf('c') },
      'a: only choice and open-choice items have options',
    ],
    [
      'a question that does not exist',
      { linkId: 'a', type: 'string', enableWhen: [{ ...when, question: 'gone' }] },
      'a: enableWhen asks for "gone", which does not exist',
    ],
    [
      'an unknown operator',
      { linkId: 'a', type: 'string', enableWhen: [{ ...when, operator: '~' }] },
      'a: the operator "~" is not known',
    ],
    [
      'a missing enableBehavior',
      { linkId: 'a', type: 'string', enableWhen: [when, { ...when, operator: '!=' }] },
      'a: several enableWhen need an enableBehavior',
    ],
    [
      'an answer of enableWhen of another type',
      {
        linkId: 'a',
        type: 'string',
        enableWhen: [{ question: 'b', operator: '=', answerRange: {} }],
      },
      'a: the answer of enableWhen is not known',
    ],
    ['a duplicate linkId', { linkId: 'b', type: 'string' }, 'b: the linkId is not unique'],
    [
      'a nested duplicate',
      { linkId: 'a', type: 'group', item: [{ linkId: 'a', type: 'string' }] },
      'a: the linkId is not unique',
    ],
    [
      'a question in a display',
      { linkId: 'a', type: 'display', item: [{ linkId: 'c', type: 'string' }] },
      'c: a display item has no items of its own',
    ],
    [
      'a group in a display',
      {
        linkId: 'a',
        type: 'display',
        item: [{ linkId: 'c', type: 'group', item: [{ linkId: 'd', type: 'string' }] }],
      },
      'c: a display item has no items of its own',
    ],
    ['an empty group', { linkId: 'a', type: 'group' }, 'a: a group needs items'],
    [
      'a required display',
      { linkId: 'a', type: 'display', required: true },
      'a: a display item is neither required nor repeated',
    ],
    [
      'an unknown extension on a text',
      { linkId: 'a', type: 'string', _text: { extension: [{ url: 'urn:x' }] } },
      'a: the extension "urn:x" is not known',
    ],
  ])('%s', (_name, item, ...faults) => {
    expect(faultsIn(questionnaireOf({ linkId: 'b', type: 'boolean' }, odd(item)))).toEqual(faults);
  });

  test.each([
    ['modifierExtension', { modifierExtension: [{ url: 'urn:x' }] }, 'null: its modifiers are not known'],
    ['implicitRules', { implicitRules: 'urn:x' }, 'null: its modifiers are not known'],
    ['an unknown extension', { extension: [{ url: 'urn:x' }] }, 'null: the extension "urn:x" is not known'],
  ])('the Questionnaire itself: %s', (_name, more, fault) => {
    const changed = { ...questionnaireOf({ linkId: 'a', type: 'string' }), ...more };
    expect(faultsIn(changed as Questionnaire)).toEqual([fault]);
  });

  test('everything at once, deep items too', () => {
    const faults = faultsIn(
      questionnaireOf(
        odd({
          linkId: 'a',
          type: 'group',
          colour: 1,
          item: [{ linkId: 'b', type: 'choice', answerOption: [{}] }],
        }),
        {
          linkId: 'c',
          type: 'string',
          enableWhen: [{ question: 'gone', operator: 'exists', answerBoolean: true }],
        },
      ),
    );
    expect(faults).toEqual([
      'a: the element "colour" is not known',
      'b: an option needs a Coding with a code, or another value',
      'c: enableWhen asks for "gone", which does not exist',
    ]);
  });
});

describe('refused, never half-read', () => {
  const gate: QuestionnaireItem = { linkId: 'b', type: 'boolean' };
  const modifierExtension = [{ url: 'urn:x', valueBoolean: true }];

  test.each<[string, QuestionnaireItem]>([
    [
      'a modifierExtension on an option',
      {
        linkId: 'a',
        type: 'choice',
        answerOption: [{ modifierExtension, valueCoding: { system: CODES, code: 'c' } }],
      },
    ],
    [
      'a modifierExtension on enableWhen',
      {
        linkId: 'a',
        type: 'string',
        enableWhen: [{ modifierExtension, question: 'b', operator: '=', answerBoolean: true }],
      },
    ],
    [
      '`exists` that asks for no boolean (que-7): it would never enable',
      {
        linkId: 'a',
        type: 'string',
        enableWhen: [{ question: 'b', operator: 'exists', answerString: 'true' }],
      },
    ],
    [
      'a least date for a number, which would not be checked',
      { linkId: 'a', type: 'integer', extension: [{ url: `${FHIR}/minValue`, valueDate: '2026-01-01' }] },
    ],
    [
      'a unit in a limit',
      {
        linkId: 'a',
        type: 'quantity',
        extension: [{ url: `${FHIR}/maxValue`, valueQuantity: { value: 1 } }],
      },
    ],
    [
      'two limits',
      {
        linkId: 'a',
        type: 'integer',
        extension: [
          { url: `${FHIR}/minValue`, valueInteger: 1 },
          { url: `${FHIR}/minValue`, valueInteger: 2 },
        ],
      },
    ],
    [
      'a pattern that cannot be matched in linear time',
      { linkId: 'a', type: 'string', extension: [{ url: `${FHIR}/regex`, valueString: '(a)\\1' }] },
    ],
  ])('%s', (_name, item) => {
    expect(faultsIn(questionnaireOf(gate, item))).toEqual([expect.stringMatching(/^a: /)]);
  });
});
