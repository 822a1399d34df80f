import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireItem } from 'fhir/r4.js';
import type { Answer, Answers } from '../../../../src/ui/engine/answers.js';
import { checkAll, checkQuestion, type Fault, parseEntry } from '../../../../src/ui/engine/checks.js';
import {
  CODES,
  COLOURS,
  choice,
  coded,
  core,
  formOf,
  item,
  questionOf,
  UCUM,
} from '../../../support/intake-form.js';

const bounds = [core('minValue', { valueInteger: 1 }), core('maxValue', { valueInteger: 10 })];
const kilograms = ['kg', 'g'].map((code) =>
  core('questionnaire-unitOption', { valueCoding: { system: UCUM, code } }),
);
const twice = [
  core('questionnaire-minOccurs', { valueInteger: 2 }),
  core('questionnaire-maxOccurs', { valueInteger: 2 }),
];
const regex = (valueString: string) => [core('regex', { valueString })];

test.each<[QuestionnaireItem, Answer[], Omit<Fault, 'linkId'>[]]>([
  [item('x', 'integer', { extension: bounds }), [{ valueInteger: 1 }], []],
  [
    item('x', 'integer', { extension: bounds }),
    [{ valueInteger: 0 }],
    [{ code: 'out-of-range', limit: { name: 'min', value: 1 } }],
  ],
  [
    item('x', 'integer', { extension: bounds }),
    [{ valueInteger: 11 }],
    [{ code: 'out-of-range', limit: { name: 'max', value: 10 } }],
  ],
  [
    item('x', 'integer'),
    [{ valueInteger: 3e9 }],
    [{ code: 'out-of-range', limit: { name: 'max', value: 2147483647 } }],
  ],
  [item('x', 'integer'), [{ valueInteger: 1.5 }], [{ code: 'wrong-answer-type' }]],
  [item('x', 'integer'), [{ valueDecimal: 1 }], [{ code: 'wrong-answer-type' }]],
  [
    item('x', 'integer'),
    [{ valueInteger: 1 }, { valueInteger: 2 }],
    [{ code: 'too-many-answers', limit: { name: 'maxOccurs', value: 1 } }],
  ],
  [
    item('x', 'decimal', { extension: [core('maxDecimalPlaces', { valueInteger: 1 })] }),
    [{ valueDecimal: 0.25 }],
    [{ code: 'out-of-range', limit: { name: 'maxDecimalPlaces', value: 1 } }],
  ],
  [
    item('x', 'decimal', { extension: [core('maxDecimalPlaces', { valueInteger: 6 })] }),
    [{ valueDecimal: 1e-7 }],
    [{ code: 'out-of-range', limit: { name: 'maxDecimalPlaces', value: 6 } }],
  ],
  [item('x', 'date'), [{ valueDate: '2026' }], []],
  [item('x', 'date'), [{ valueDate: '2026-02-31' }], [{ code: 'bad-date' }]],
  [
    item('x', 'date', { extension: [core('maxValue', { valueDate: '2026-05-04' })] }),
    [{ valueDate: '2026-06' }],
    [{ code: 'out-of-range', limit: { name: 'max', value: '2026-05-04' } }],
  ],
  [
    item('x', 'date', { extension: [core('minValue', { valueDate: '2026-05-04' })] }),
    [{ valueDate: '2026' }],
    [],
  ],
  [
    item('x', 'date', { extension: [core('minValue', { valueDate: '2026-05-04' })] }),
    [{ valueDate: '2025' }],
    [{ code: 'out-of-range', limit: { name: 'min', value: '2026-05-04' } }],
  ],
  [item('x', 'string', { maxLength: 2 }), [{ valueString: '😀😀' }], []],
  [
    item('x', 'string', { maxLength: 2 }),
    [{ valueString: 'abc' }],
    [{ code: 'too-long-answer', limit: { name: 'maxLength', value: 2 } }],
  ],
  [
    item('x', 'text', { extension: [core('minLength', { valueInteger: 2 })] }),
    [{ valueString: '😀' }],
    [{ code: 'out-of-range', limit: { name: 'minLength', value: 2 } }],
  ],
  [item('x', 'string', { extension: regex('[0-9]{5}') }), [{ valueString: '1234' }], [{ code: 'pattern' }]],
  [item('x', 'string'), [{ valueString: ' ' }], [{ code: 'pattern' }]],
  [item('x', 'text'), [{ valueString: 'a\u0000' }], [{ code: 'pattern' }]],
  [item('x', 'text'), [{ valueString: '<b>a</b>\n\tb' }], []],
  [item('x', 'boolean'), [{ valueBoolean: false }], []],
  [item('x', 'boolean'), [{ valueString: 'false' }], [{ code: 'wrong-answer-type' }]],
  [choice('x'), [coded('red', 'Rot')], []],
  [choice('x'), [coded('blue')], [{ code: 'code-not-in-options' }]],
  [choice('x'), [{ valueCoding: { code: 'red' } }], [{ code: 'code-not-in-options' }]],
  [choice('x'), [{ valueString: 'red' }], [{ code: 'wrong-answer-type' }]],
  [choice('x', { type: 'open-choice' }), [{ valueString: 'pink' }], []],
  [
    choice('x', { type: 'open-choice', maxLength: 3 }),
    [{ valueString: 'pink' }],
    [{ code: 'too-long-answer', limit: { name: 'maxLength', value: 3 } }],
  ],
  [choice('x', { answerOption: [{ valueInteger: 0 }] }), [{ valueInteger: 0 }], []],
  [
    choice('x', { answerOption: [{ valueInteger: 0 }] }),
    [{ valueInteger: 1 }],
    [{ code: 'code-not-in-options' }],
  ],
  [choice('x', { answerOption: [{ valueInteger: 0 }] }), [coded('red')], [{ code: 'wrong-answer-type' }]],
  [choice('x', { repeats: true }), [coded('red'), coded('none')], [{ code: 'exclusive-option' }]],
  [choice('x', { repeats: true }), [coded('none')], []],
  [
    choice('x', { repeats: true, extension: twice }),
    [],
    [{ code: 'answer-required', limit: { name: 'minOccurs', value: 2 } }],
  ],
  [
    choice('x', {
      repeats: true,
      extension: twice,
      answerOption: [...COLOURS, { valueCoding: { system: CODES, code: 'blue' } }],
    }),
    [coded('red'), coded('green'), coded('blue')],
    [{ code: 'too-many-answers', limit: { name: 'maxOccurs', value: 2 } }],
  ],
  [
    item('x', 'quantity', { extension: kilograms }),
    [{ valueQuantity: { value: 0, system: UCUM, code: 'g' } }],
    [],
  ],
  [
    item('x', 'quantity', { extension: kilograms }),
    [{ valueQuantity: { value: 1, system: UCUM, code: 'lb' } }],
    [{ code: 'code-not-in-options' }],
  ],
  [
    item('x', 'quantity', { extension: kilograms }),
    [{ valueQuantity: { system: UCUM, code: 'g' } }],
    [{ code: 'wrong-answer-type' }],
  ],
])('%j %j', (source, given, faults) => {
  const form = formOf(source);
  const expected = faults.map((fault) => ({ linkId: 'x', ...fault }));
  expect(checkQuestion(form, new Map([['x', given]]), 'x')).toEqual(expected);
  expect(checkAll(form, new Map([['x', given]]))).toEqual(expected);
});

describe('required', () => {
  const required = { required: true };
  const form = formOf(
    item('b', 'boolean', required),
    item('n', 'integer', required),
    item('g', 'group', { required: true, item: [item('in-1', 'string'), item('in-2', 'string')] }),
    item('later', 'boolean', {
      ...required,
      enableWhen: [{ question: 'b', operator: '=', answerBoolean: true }],
    }),
  );
  const missing = (...given: [string, Answer][]) =>
    checkAll(form, new Map(given.map(([linkId, answer]) => [linkId, [answer]])) satisfies Answers);

  test('blank is missing; 0 and false are answers', () => {
    expect(missing()).toEqual([
      { linkId: 'b', code: 'answer-required' },
      { linkId: 'n', code: 'answer-required' },
      { linkId: 'g', code: 'answer-required' },
    ]);
    expect(
      missing(['b', { valueBoolean: false }], ['n', { valueInteger: 0 }], ['in-2', { valueString: 'x' }]),
    ).toEqual([]);
  });

  test('what is not asked is not missing', () => {
    expect(missing(['b', { valueBoolean: true }]).map(({ linkId }) => linkId)).toEqual(['n', 'g', 'later']);
    expect(checkQuestion(form, new Map(), 'later')).toEqual([]);
  });

  test('a required group whose questions are required says it of them', () => {
    const strict = formOf(item('g', 'group', { required: true, item: [item('a', 'string', required)] }));
    expect(checkAll(strict, new Map())).toEqual([{ linkId: 'a', code: 'answer-required' }]);
  });
});

describe('what a person types', () => {
  const typed = (source: QuestionnaireItem, text: string) => {
    const entry = parseEntry(questionOf(source), text);
    return 'fault' in entry ? entry.fault.code : entry.answer;
  };

  test.each(['integer', 'decimal', 'date', 'string', 'text'] as const)(
    '%s: nothing is unanswered',
    (type) => {
      for (const blank of ['', ' ', '\n\t', '\u00a0']) expect(typed(item('x', type), blank)).toBeNull();
    },
  );

  test.each<[string, number | string]>([
    ['0', 0],
    ['-0', 0],
    ['07', 7],
    [' 42 ', 42],
    ['+3', 3],
    ['\u22127', -7],
    ['3.5', 'wrong-answer-type'],
    ['3,0', 'wrong-answer-type'],
    ['1 000', 'wrong-answer-type'],
    ['1e3', 'wrong-answer-type'],
    ['0x10', 'wrong-answer-type'],
    ['forty', 'wrong-answer-type'],
    ['١٢', 'wrong-answer-type'],
    ['1234567890123456', 'out-of-range'],
  ])('integer %j', (text, expected) => {
    const given = typed(item('x', 'integer'), text);
    expect(given).toEqual(typeof expected === 'number' ? { valueInteger: expected } : expected);
  });

  test.each<[string, number | string]>([
    ['0', 0],
    ['0,0', 0],
    ['3.5', 3.5],
    ['3,5', 3.5],
    ['.5', 0.5],
    ['-,5', -0.5],
    ['0,125', 0.125],
    ['1.125', 1.125],
    ['0.1', 0.1],
    ['123456789.012345', 123456789.012345],
    ['1,500', 'wrong-answer-type'],
    ['1.500,5', 'wrong-answer-type'],
    ['5.', 'wrong-answer-type'],
    [',', 'wrong-answer-type'],
    ['NaN', 'wrong-answer-type'],
    ['Infinity', 'wrong-answer-type'],
    ['0.1234567890123456', 'out-of-range'],
  ])('decimal %j', (text, expected) => {
    const given = typed(item('x', 'decimal'), text);
    expect(given).toEqual(typeof expected === 'number' ? { valueDecimal: expected } : expected);
  });

  test.each([
    ['2026', { valueDate: '2026' }],
    ['2026-05', { valueDate: '2026-05' }],
    [' 2026-05-04 ', { valueDate: '2026-05-04' }],
    ['2026-02-29', 'bad-date'],
    ['04/05/2026', 'bad-date'],
  ])('date %j', (text, expected) => {
    expect(typed(item('x', 'date'), text)).toEqual(expected);
  });

  test('texts, and the other text of an open choice', () => {
    const said = { valueString: '<i>a</i>\nb' };
    expect(typed(item('x', 'text'), ' <i>a</i>\nb ')).toEqual(said);
    expect(typed(item('x', 'string'), '0')).toEqual({ valueString: '0' });
    expect(typed(choice('x', { type: 'open-choice' }), 'pink')).toEqual({ valueString: 'pink' });
  });

  test('a quantity is in its unit, or in the one chosen', () => {
    const kg = { system: UCUM, code: 'kg', display: 'kilograms' };
    const single = item('x', 'quantity', { extension: [core('questionnaire-unit', { valueCoding: kg })] });
    const inKilograms = { valueQuantity: { value: 70.5, unit: 'kilograms', system: UCUM, code: 'kg' } };
    expect(typed(single, '70,5')).toEqual(inKilograms);
    expect(typed(single, ' ')).toBeNull();
    expect(typed(single, 'heavy')).toBe('wrong-answer-type');
    const several = questionOf(item('x', 'quantity', { extension: kilograms }));
    expect(parseEntry(several, '70')).toEqual({ fault: { linkId: 'x', code: 'code-not-in-options' } });
    expect(parseEntry(several, '0', { system: UCUM, code: 'g' })).toEqual({
      answer: { valueQuantity: { value: 0, unit: 'g', system: UCUM, code: 'g' } },
    });
    expect(parseEntry(several, '1', { system: UCUM, code: 'lb' })).toEqual({
      fault: { linkId: 'x', code: 'code-not-in-options' },
    });
  });

  test('nobody types a boolean or a choice', () => {
    expect(() => typed(item('x', 'boolean'), 'no')).toThrow('"x" is chosen, not typed');
    expect(() => typed(choice('x'), 'red')).toThrow('"x" is chosen, not typed');
  });
});
