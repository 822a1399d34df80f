import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Questionnaire, QuestionnaireItem } from 'fhir/r4.js';
import { readQuestionnaire } from '../../../../src/fhir/form.js';
import { loadQuestionnaire } from '../../../../src/ui/engine/load.js';
import {
  CODES,
  COLOURS,
  choice,
  control,
  core,
  EXCLUSIVE,
  formOf,
  item,
  questionnaire,
  questionOf,
  translated,
  UCUM,
} from '../../../support/intake-form.js';

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8'));

function faultsOf(json: unknown): readonly string[] {
  const loaded = loadQuestionnaire(json);
  return 'faults' in loaded ? loaded.faults : [];
}

const min = core('minValue', { valueInteger: 0 });
const max = core('maxValue', { valueInteger: 10 });
const kg = core('questionnaire-unit', { valueCoding: { system: UCUM, code: 'kg' } });

describe('the Questionnaire of this service', () => {
  const loaded = loadQuestionnaire(read('resources/Questionnaire-axspa-back-pain-screening.json'));
  if ('faults' in loaded) throw new Error(loaded.faults.join(' '));
  const { form } = loaded;

  test('loads without fault, in three languages', () => {
    expect(form.canonical).toBe(
      'https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening|1.0.0',
    );
    expect(form.languages).toEqual(['en', 'es', 'de']);
    expect(form.groups.map(({ linkId }) => linkId)).toEqual(['safety', 'pain', 'features', 'tests', 'other']);
    expect([form.questions.length, form.closing]).toEqual([24, []]);
  });

  test('tick boxes, one slider, one number, help where it has help', () => {
    const by = (control: string) =>
      form.questions.filter((one) => one.control === control).map(({ linkId }) => linkId);
    expect(by('slider')).toEqual(['pain-intensity']);
    expect(by('number')).toEqual(['onset-age']);
    expect(by('check')).toEqual([
      'red-flag-emergency',
      'red-flag-urgent',
      'pain-location',
      'diagnosed-conditions',
      'peripheral-features',
      'family-first-degree',
      'family-second-degree',
      'other-symptoms',
    ]);
    const helped = form.questions.filter(({ help }) => help.length > 0);
    expect(helped.map(({ linkId }) => linkId)).toEqual([
      'onset-age',
      'nsaid-response',
      'pain-intensity',
      'hla-b27',
      'crp-esr-raised',
      'si-imaging',
    ]);
  });
});

describe('every type', () => {
  test.each<[QuestionnaireItem, string]>([
    [choice('x'), 'radio'],
    [choice('x', { extension: [control('radio-button')] }), 'radio'],
    [choice('x', { extension: [control('drop-down')] }), 'drop-down'],
    [choice('x', { repeats: true }), 'check'],
    [choice('x', { repeats: true, extension: [control('check-box')] }), 'check'],
    [choice('x', { type: 'open-choice' }), 'radio'],
    [choice('x', { type: 'open-choice', repeats: true }), 'check'],
    [item('x', 'boolean'), 'yes-no'],
    [item('x', 'integer'), 'number'],
    [item('x', 'integer', { extension: [control('slider'), min, max] }), 'slider'],
    [item('x', 'decimal'), 'number'],
    [item('x', 'decimal', { extension: [control('slider'), min, max] }), 'slider'],
    [item('x', 'date'), 'date'],
    [item('x', 'string'), 'text'],
    [item('x', 'text'), 'text-area'],
    [item('x', 'quantity', { extension: [kg] }), 'quantity'],
  ])('%j is drawn as %s', (source, expected) => {
    expect(questionOf(source).control).toBe(expected);
  });

  test('limits, units and steps', () => {
    const number = questionOf(
      item('n', 'decimal', {
        required: true,
        readOnly: true,
        extension: [
          control('slider'),
          min,
          core('maxValue', { valueDecimal: 8 }),
          core('questionnaire-sliderStepValue', { valueInteger: 2 }),
          core('maxDecimalPlaces', { valueInteger: 1 }),
          kg,
        ],
      }),
    );
    expect(number).toMatchObject({
      required: true,
      readOnly: true,
      repeats: false,
      hidden: false,
      limits: { min: 0, max: 8, maxDecimalPlaces: 1, minLength: null, pattern: null },
      slider: { min: 0, max: 8, step: 2 },
      units: [{ system: UCUM, code: 'kg' }],
    });
    const text = questionOf(
      item('t', 'text', {
        maxLength: 9,
        extension: [core('minLength', { valueInteger: 2 }), core('regex', { valueString: '[a-z]+' })],
      }),
    );
    expect(text.limits).toMatchObject({ minLength: 2, maxLength: 9, pattern: /^(?:[a-z]+)$/u });
    const ticks = choice('c', {
      repeats: true,
      extension: [
        core('questionnaire-minOccurs', { valueInteger: 1 }),
        core('questionnaire-maxOccurs', { valueInteger: 2 }),
      ],
    });
    expect(questionOf(ticks).limits).toMatchObject({ minOccurs: 1, maxOccurs: 2 });
    expect(questionOf(ticks).options.map(({ key, exclusive }) => [key, exclusive])).toEqual([
      [`valueCoding|${CODES}|red`, false],
      [`valueCoding|${CODES}|green`, false],
      [`valueCoding|${CODES}|none`, true],
    ]);
  });

  test('an option answers with its own display, without translations', () => {
    expect(questionOf(choice('c')).options[0]?.answer).toEqual({
      valueCoding: { system: CODES, code: 'red', display: 'Red' },
    });
  });

  test('groups and where things stand', () => {
    const hidden = core('questionnaire-hidden', { valueBoolean: true });
    const form = formOf(
      item('intro', 'display'),
      item('outer', 'group', {
        extension: [hidden],
        item: [item('inner', 'group', { item: [item('a', 'boolean'), item('note', 'display')] })],
      }),
      item('b', 'boolean'),
      item('end', 'display'),
    );
    expect(form.groups.map(({ linkId, group }) => [linkId, group?.linkId])).toEqual([
      ['outer', undefined],
      ['inner', 'outer'],
    ]);
    expect(
      form.questions.map(({ linkId, group, hidden, intro }) => [
        linkId,
        group?.linkId,
        hidden,
        intro.map((one) => one.linkId),
      ]),
    ).toEqual([
      ['a', 'inner', true, ['intro']],
      ['b', undefined, false, ['note']],
    ]);
    expect(form.closing.map(({ linkId }) => linkId)).toEqual(['end']);
    expect([...form.byLinkId.keys()]).toEqual(['intro', 'outer', 'inner', 'a', 'note', 'b', 'end']);
  });
});

test('languages: its own, then those of anything that is drawn', () => {
  const whole = questionnaire(choice('c', { _text: translated(['fr', 'Et c ?']) }));
  const languagesOf = (json: Questionnaire) => {
    const loaded = loadQuestionnaire(json);
    return 'form' in loaded ? loaded.form.languages : loaded.faults;
  };
  expect(languagesOf({ ...whole, title: 'Q', _title: translated(['es', 'C']) })).toEqual([
    'en',
    'es',
    'fr',
    'de',
  ]);
  const { language: _, ...unstated } = questionnaire(item('a', 'boolean'));
  expect(languagesOf(unstated)).toEqual(['und']);
});

const boolean = item('a', 'boolean');
const enabledBy = (more: object, rest: object = {}): QuestionnaireItem => ({
  ...item('x', 'boolean', rest),
  enableWhen: [{ question: 'a', operator: '=', answerBoolean: true, ...more }],
});
const unknownExtension = core('preferredContact', { valueBoolean: true });
const loop = (linkId: string, question: string): QuestionnaireItem => ({
  ...item(linkId, 'boolean'),
  enableWhen: [{ question, operator: 'exists', answerBoolean: true }],
});

/** One thing each that the pages cannot do in full, and what is said of it. */
const REFUSED: [name: string, items: unknown[], fault: string][] = [
  ...['attachment', 'reference', 'url', 'time', 'dateTime', 'question', 'made-up'].map(
    (type): [string, unknown[], string] => [
      type,
      [{ ...boolean, linkId: 'x', type }],
      `"x": the type "${type}" cannot be asked here.`,
    ],
  ),
  [
    'a group that repeats',
    [item('x', 'group', { repeats: true, item: [boolean] })],
    '"x": a group that repeats cannot be asked.',
  ],
  ['an empty group', [boolean, item('x', 'group')], '"x": a group needs items.'],
  [
    'a required group of texts',
    [boolean, item('x', 'group', { required: true, item: [item('d', 'display')] })],
    '"x": a required group needs a question.',
  ],
  [
    'a grid',
    [item('x', 'group', { extension: [control('gtable')], item: [boolean] })],
    '"x": its itemControl cannot be drawn.',
  ],
  [
    'questions in a question',
    [item('x', 'boolean', { item: [boolean] })],
    '"x": a question may have no questions in it.',
  ],
  [
    'questions in help',
    [item('x', 'boolean', { item: [item('d', 'display', { item: [boolean] })] })],
    '"d": a display item has no items of its own.',
  ],
  [
    'a value set',
    [item('x', 'choice', { answerValueSet: '#x' })],
    '"x": the element "answerValueSet" is not known.',
  ],
  ['no options', [item('x', 'choice')], '"x": a choice needs a list of options.'],
  [
    'options of a string',
    [item('x', 'string', { answerOption: COLOURS })],
    '"x": only choices have options.',
  ],
  [
    'an option twice',
    [choice('x', { answerOption: [...COLOURS, ...COLOURS.slice(0, 1)] })],
    '"x": an option stands in the list twice.',
  ],
  [
    'an option without a code',
    [choice('x', { answerOption: [{ valueCoding: { display: 'Red' } }] })],
    '"x": an option needs a Coding with a code.',
  ],
  ['an option without a value', [choice('x', { answerOption: [{}] })], '"x": an option needs one value.'],
  [
    'a reference as an option',
    [choice('x', { answerOption: [{ valueReference: { reference: 'Location/1' } }] })],
    '"x": the element "valueReference" is not known.',
  ],
  [
    'an option prefix',
    [
      choice('x', {
        answerOption: [
          { valueString: 'a', extension: [core('questionnaire-optionPrefix', { valueString: 'A' })] },
        ],
      }),
    ],
    '"x": the extension "http://hl7.org/fhir/StructureDefinition/questionnaire-optionPrefix" is not known here.',
  ],
  [
    'userSelected',
    [choice('x', { answerOption: [{ valueCoding: { code: 'a', userSelected: true } }] })],
    '"x": the element "userSelected" is not known.',
  ],
  ['repeats elsewhere', [item('x', 'string', { repeats: true })], '"x": only choices may repeat.'],
  [
    'an unknown extension',
    [item('x', 'boolean', { extension: [unknownExtension] })],
    `"x": the extension "${unknownExtension.url}" is not known here.`,
  ],
  [
    'one on a text',
    [item('x', 'boolean', { _text: { extension: [core('rendering-xhtml', { valueString: '<b/>' })] } })],
    '"x": the extension "http://hl7.org/fhir/StructureDefinition/rendering-xhtml" is not known here.',
  ],
  [
    'one on an option',
    [choice('x', { answerOption: [{ valueString: 'a', extension: [unknownExtension] }] })],
    `"x": the extension "${unknownExtension.url}" is not known here.`,
  ],
  [
    'one on a condition',
    [boolean, enabledBy({ extension: [unknownExtension] })],
    `"x": the extension "${unknownExtension.url}" is not known here.`,
  ],
  [
    'half a translation',
    [
      item('x', 'boolean', {
        _text: { extension: [core('translation', { extension: [{ url: 'lang', valueCode: 'de' }] })] },
      }),
    ],
    '"x": a translation needs one "lang" and one "content".',
  ],
  [
    'an extension of another type',
    [item('x', 'boolean', { extension: [core('questionnaire-hidden', { valueString: 'yes' })] })],
    '"x": the extension "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden" has a value of another type.',
  ],
  [
    'an extension twice',
    [item('x', 'integer', { extension: [min, min] })],
    `"x": the extension "${min.url}" may stand once.`,
  ],
  [
    'an extension elsewhere',
    [item('x', 'boolean', { extension: [min] })],
    `"x": the extension "${min.url}" does not belong to the type "boolean".`,
  ],
  [
    'a bound of another type',
    [item('x', 'date', { extension: [min] })],
    '"x": the bounds are not of the type "date".',
  ],
  [
    'a regex of look-ahead',
    [item('x', 'string', { extension: [core('regex', { valueString: '(?=a)' })] })],
    '"x": the regex is not one that is matched here.',
  ],
  [
    'the length of a boolean',
    [item('x', 'boolean', { maxLength: 2 })],
    '"x": maxLength does not belong to the type "boolean".',
  ],
  [
    'more answers than fit',
    [choice('x', { extension: [core('questionnaire-minOccurs', { valueInteger: 2 })] })],
    '"x": it needs more answers than it takes.',
  ],
  ['a quantity of nothing', [item('x', 'quantity')], '"x": a quantity needs its unit.'],
  [
    'a slider without ends',
    [item('x', 'integer', { extension: [control('slider'), min] })],
    '"x": a slider needs minValue, and a maxValue that its steps reach.',
  ],
  [
    'a slider that stops before its end',
    [
      item('x', 'integer', {
        extension: [control('slider'), min, max, core('questionnaire-sliderStepValue', { valueInteger: 3 })],
      }),
    ],
    '"x": a slider needs minValue, and a maxValue that its steps reach.',
  ],
  [
    'a slider that starts between its steps',
    [item('x', 'decimal', { extension: [control('slider'), min, max], initial: [{ valueDecimal: 2.5 }] })],
    '"x": its slider does not stand at its initial answer.',
  ],
  [
    'a step without a slider',
    [item('x', 'integer', { extension: [core('questionnaire-sliderStepValue', { valueInteger: 1 })] })],
    '"x": only a slider has a step.',
  ],
  ...['autocomplete', 'spinner', 'lookup'].map((code): [string, unknown[], string] => [
    code,
    [choice('x', { extension: [control(code)] })],
    '"x": its itemControl cannot be drawn.',
  ]),
  [
    'a lone tick box',
    [item('x', 'boolean', { extension: [control('check-box')] })],
    '"x": its itemControl cannot be drawn.',
  ],
  [
    'radio buttons that repeat',
    [choice('x', { repeats: true, extension: [control('radio-button')] })],
    '"x": its itemControl cannot be drawn.',
  ],
  [
    'a control of another system',
    [
      choice('x', {
        extension: [
          core('questionnaire-itemControl', {
            valueCodeableConcept: { coding: [{ system: 'urn:x', code: 'radio-button' }] },
          }),
        ],
      }),
    ],
    '"x": its itemControl cannot be drawn.',
  ],
  [
    'a fly-over',
    [item('x', 'boolean', { item: [item('d', 'display', { extension: [control('flyover')] })] })],
    '"d": its itemControl cannot be drawn.',
  ],
  [
    'a modifier',
    [item('x', 'boolean', { modifierExtension: [unknownExtension] })],
    '"x": the element "modifierExtension" is not known.',
  ],
  [
    'a modifier of a condition',
    [boolean, enabledBy({ modifierExtension: [unknownExtension] })],
    '"x": the element "modifierExtension" is not known.',
  ],
  [
    'an unknown element',
    [{ ...boolean, linkId: 'x', mood: 'good' }],
    '"x": the element "mood" is not known.',
  ],
  ['no text', [{ linkId: 'x', type: 'boolean' }], '"x": a question needs a text.'],
  [
    'a display without text',
    [boolean, { linkId: 'x', type: 'display' }],
    '"x": a display item needs a text.',
  ],
  [
    'a required display',
    [boolean, item('x', 'display', { required: true })],
    '"x": a display item is neither required nor repeated.',
  ],
  ['the same linkId twice', [item('x', 'boolean'), item('x', 'boolean')], '"x": the linkId is not unique.'],
  ['a dangling condition', [enabledBy({})], '"x": enableWhen asks for "a", which is no question.'],
  [
    'a condition on a group',
    [item('g', 'group', { item: [boolean] }), enabledBy({ question: 'g' })],
    '"x": enableWhen asks for "g", which is no question.',
  ],
  ['an unknown operator', [boolean, enabledBy({ operator: '~' })], '"x": the operator "~" is not known.'],
  [
    'exists without a boolean',
    [
      boolean,
      { ...item('x', 'boolean'), enableWhen: [{ question: 'a', operator: 'exists', answerInteger: 1 }] },
    ],
    '"x": "exists" needs answerBoolean.',
  ],
  [
    'a condition without an answer',
    [boolean, { ...item('x', 'boolean'), enableWhen: [{ question: 'a', operator: '=' }] }],
    '"x": enableWhen needs one answer.',
  ],
  ['a condition with two', [boolean, enabledBy({ answerInteger: 1 })], '"x": enableWhen needs one answer.'],
  [
    'a condition on a reference',
    [
      boolean,
      { ...item('x', 'boolean'), enableWhen: [{ question: 'a', operator: '=', answerReference: {} }] },
    ],
    '"x": the element "answerReference" is not known.',
  ],
  [
    'two conditions, and no word how',
    [
      boolean,
      {
        ...item('x', 'boolean'),
        enableWhen: [1, 2].map(() => ({ question: 'a', operator: '=', answerBoolean: true })),
      },
    ],
    '"x": several enableWhen need an enableBehavior.',
  ],
  [
    'an unknown enableBehavior',
    [boolean, enabledBy({}, { enableBehavior: 'some' })],
    '"x": the enableBehavior "some" is not known.',
  ],
  ['a circle', [loop('x', 'y'), loop('y', 'x')], '"x": its enableWhen leads back to itself.'],
  [
    'a circle through a group',
    [{ ...item('x', 'group', { item: [boolean] }), enableWhen: loop('l', 'a').enableWhen }],
    '"x": its enableWhen leads back to itself.',
  ],
  [
    'an initial answer beside options',
    [choice('x', { initial: [{ valueCoding: { code: 'red' } }] })],
    '"x": options have initialSelected, not initial.',
  ],
  [
    'an initial answer of another type',
    [item('x', 'integer', { initial: [{ valueString: '1' }] })],
    '"x": its initial answer is refused (wrong-answer-type).',
  ],
  [
    'an initial answer out of range',
    [item('x', 'integer', { extension: [min], initial: [{ valueInteger: -1 }] })],
    '"x": its initial answer is refused (out-of-range).',
  ],
  [
    'two selected of one',
    [
      choice('x', {
        answerOption: [
          { valueString: 'a', initialSelected: true },
          { valueString: 'b', initialSelected: true },
        ],
      }),
    ],
    '"x": its initial answer is refused (too-many-answers).',
  ],
  [
    'selected beside what stands alone',
    [
      choice('x', {
        repeats: true,
        answerOption: [
          { valueString: 'a', initialSelected: true },
          { valueString: 'b', initialSelected: true, extension: [EXCLUSIVE] },
        ],
      }),
    ],
    '"x": its initial answer is refused (exclusive-option).',
  ],
  [
    'an initial answer of a group',
    [{ ...item('x', 'group', { item: [boolean] }), initial: [{ valueBoolean: true }] }],
    '"x": a group has no options, initial answers or length.',
  ],
];

describe('refused', () => {
  test.each(REFUSED)('%s', (_name, items, fault) => {
    expect(faultsOf({ ...questionnaire(), item: items })).toContain(fault);
  });

  test.each<[string, object, string]>([
    ['implicitRules', { implicitRules: 'urn:x' }, 'Questionnaire: the element "implicitRules" is not known.'],
    ['a modifier', { modifierExtension: [] }, 'Questionnaire: the element "modifierExtension" is not known.'],
    [
      'an extension',
      { extension: [unknownExtension] },
      `Questionnaire: the extension "${unknownExtension.url}" is not known here.`,
    ],
    ['no version', { version: undefined }, 'Questionnaire: a Questionnaire needs its url and its version.'],
    ['nothing asked', { item: [item('d', 'display')] }, 'Questionnaire: it asks nothing.'],
  ])('of the Questionnaire: %s', (_name, more, fault) => {
    const whole = JSON.parse(JSON.stringify({ ...questionnaire(boolean), ...more }));
    expect(faultsOf(whole)).toEqual([fault]);
  });

  test('everything is told at once, each thing with its linkId', () => {
    const faults = faultsOf(
      questionnaire(
        item('file', 'attachment'),
        item('g', 'group', { repeats: true, item: [item('who', 'reference'), item('list', 'choice')] }),
        item('x', 'boolean', { extension: [unknownExtension] }),
        enabledBy({ operator: '~' }, { linkId: 'y' }),
      ),
    );
    expect(faults).toEqual([
      '"file": the type "attachment" cannot be asked here.',
      '"who": the type "reference" cannot be asked here.',
      '"list": a choice needs a list of options.',
      '"g": a group that repeats cannot be asked.',
      `"x": the extension "${unknownExtension.url}" is not known here.`,
      '"y": enableWhen asks for "a", which is no question.',
      '"y": the operator "~" is not known.',
    ]);
  });

  test.each<[unknown, string[]]>([
    [null, ['Questionnaire: must be an object.']],
    ['{}', ['Questionnaire: must be an object.']],
    [{ resourceType: 'Patient' }, ['Questionnaire: resourceType must be "Questionnaire".']],
    [{ ...questionnaire(), item: {} }, ['Questionnaire.item: must be a list.']],
    [
      { ...questionnaire(), item: [{ type: 'boolean', required: 'yes', _text: [] }, null] },
      [
        'Questionnaire.item[0]: linkId is missing.',
        'Questionnaire.item[0].required: must be a boolean.',
        'Questionnaire.item[0]._text: must be an object.',
        'Questionnaire.item[1]: must be an object.',
      ],
    ],
    [
      { ...questionnaire(), item: [{ ...choice('x'), answerOption: [{ valueCoding: { code: 1 } }] }] },
      ['Questionnaire.item[0].answerOption[0].valueCoding.code: must be a string.'],
    ],
  ])('what is no Questionnaire: %j', (json, faults) => {
    expect(faultsOf(json)).toEqual(faults);
  });

  test('the fixture of everything that the service reads names all that the pages do not', () => {
    const named = faultsOf(read('test/fixtures/Questionnaire-everything.json')).map(
      (fault) => /^"(.*?)":/.exec(fault)?.[1],
    );
    expect([...new Set(named)].sort()).toEqual([
      'arrival',
      'by',
      'doctor',
      'letter',
      'medicine',
      'medicine-leaflet',
      'no-letter',
      'smokes',
      'wakes',
    ]);
  });
});

test('all that it knows, the service knows', () => {
  const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';
  const anywhere = [
    core('questionnaire-hidden', { valueBoolean: false }),
    { url: `${sdc}shortText`, valueString: 'x' },
    { url: `${sdc}observationExtract`, valueBoolean: true },
    { url: `${sdc}observation-extract-category`, valueCodeableConcept: { text: 'survey' } },
  ];
  const whole: Questionnaire = {
    ...questionnaire(
      item('g', 'group', {
        extension: anywhere,
        required: true,
        id: 'g',
        prefix: '1',
        code: [{ code: 'g' }],
        definition: 'urn:x',
        item: [item('d', 'display', { extension: [control('inline')] }), boolean],
      }),
      item('slider', 'integer', {
        extension: [
          control('slider'),
          min,
          max,
          core('questionnaire-sliderStepValue', { valueInteger: 1 }),
          kg,
        ],
        readOnly: true,
        initial: [{ valueInteger: 0 }],
      }),
      item('decimal', 'decimal', {
        extension: [core('maxDecimalPlaces', { valueInteger: 1 })],
        maxLength: 9,
      }),
      item('date', 'date', { extension: [core('minValue', { valueDate: '2026' })] }),
      item('text', 'text', {
        extension: [
          core('minLength', { valueInteger: 1 }),
          core('regex', { valueString: '[a-z]+' }),
          control('text-box'),
        ],
      }),
      item('amount', 'quantity', {
        extension: [core('questionnaire-unitOption', { valueCoding: { system: UCUM, code: 'kg' } })],
      }),
      choice('choice', {
        repeats: true,
        extension: [
          core('questionnaire-choiceOrientation', { valueCode: 'vertical' }),
          core('questionnaire-minOccurs', { valueInteger: 1 }),
          core('questionnaire-maxOccurs', { valueInteger: 2 }),
        ],
        answerOption: [
          ...COLOURS,
          { valueString: 'a', initialSelected: true, extension: [core('ordinalValue', { valueDecimal: 1 })] },
          { valueString: 'b', extension: [core('itemWeight', { valueDecimal: 1 })] },
        ],
      }),
      enabledBy({}, { linkId: 'y' }),
    ),
    title: 'Q',
    _title: translated(['de', 'F']),
  };
  expect(faultsOf(whole)).toEqual([]);
  const read = readQuestionnaire(whole, { valueSet: () => undefined, codeSystem: () => undefined });
  expect('faults' in read ? read.faults : []).toEqual([]);
});
