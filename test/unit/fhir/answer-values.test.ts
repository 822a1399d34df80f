import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponseItemAnswer as Answer, QuestionnaireItem } from 'fhir/r4.js';
import { checkValues, createEffort } from '../../../src/fhir/answer-values.js';
import { CODES, coded, FHIR, formOf, itemIn, optionsOf } from '../../support/fhir-literals.js';

/** Values read, and `[details code, expression]` of every issue. */
function check(
  question: Omit<QuestionnaireItem, 'linkId'>,
  answers: readonly Answer[],
  oldestAge: number | null = null,
) {
  return checkAs('a', question, answers, oldestAge);
}
function checkAs(
  linkId: string,
  question: Omit<QuestionnaireItem, 'linkId'>,
  answers: readonly Answer[],
  oldestAge: number | null,
) {
  const item = itemIn(formOf({ ...question, linkId }), linkId);
  const { values, issues } = checkValues(answers, item, 'R.item[4]', { oldestAge, effort: createEffort() });
  return { values, issues: issues.map(({ code, expression }) => [code, expression]) };
}
const fine = (...values: (string | number)[]) => ({ values, issues: [] });
const wrong = (code: string, at = 'R.item[4].answer[0]') => ({ values: [], issues: [[code, at]] });
const limits = (min?: number, max?: number) => [
  ...(min === undefined ? [] : [{ url: `${FHIR}/minValue`, valueInteger: min }]),
  ...(max === undefined ? [] : [{ url: `${FHIR}/maxValue`, valueInteger: max }]),
];

describe('types', () => {
  const VALUES: Answer[] = [
    { valueBoolean: false },
    { valueDecimal: 1.5 },
    { valueInteger: 0 },
    { valueDate: '2026-05-04' },
    { valueDateTime: '2026-05-04' },
    { valueTime: '09:30:00' },
    { valueString: 'words' },
    { valueUri: 'urn:x' },
    { valueAttachment: { title: 'x' } },
    coded('yes'),
    { valueQuantity: { value: 1 } },
    { valueReference: { reference: 'Patient/1' } },
  ];
  const TAKES = {
    choice: ['valueCoding', 'yes'],
    boolean: ['valueBoolean', 'false'],
    decimal: ['valueDecimal', 1.5],
    integer: ['valueInteger', 0],
    date: ['valueDate', '2026-05-04'],
    dateTime: ['valueDateTime', '2026-05-04'],
    time: ['valueTime', '09:30:00'],
    string: ['valueString', 'words'],
    text: ['valueString', 'words'],
    url: ['valueUri', 'urn:x'],
  } as const;
  const types = Object.entries(TAKES) as [keyof typeof TAKES, readonly [string, string | number]][];

  const COMPLEX = {
    attachment: 'valueAttachment',
    reference: 'valueReference',
    quantity: 'valueQuantity',
  } as const;

  test.each(
    Object.entries(COMPLEX).flatMap(([type, name]) => VALUES.map((answer) => [type, answer, name] as const)),
  )('a question of type %s and %j', (type, answer, name) => {
    const { values, issues } = check({ type: type as keyof typeof COMPLEX }, [answer]);
    expect(issues).toEqual(name in answer ? [] : [['wrong-answer-type', 'R.item[4].answer[0]']]);
    expect(values).toHaveLength(name in answer ? 1 : 0);
  });

  test.each(VALUES)('an open choice takes an option or words: %j', (answer) => {
    const { issues } = check({ type: 'open-choice', answerOption: optionsOf('yes') }, [answer]);
    const taken = 'valueCoding' in answer || 'valueString' in answer;
    expect(issues).toEqual(taken ? [] : [['wrong-answer-type', 'R.item[4].answer[0]']]);
  });

  test.each(types.flatMap(([type, takes]) => VALUES.map((answer) => [type, answer, takes] as const)))(
    'a question of type %s and %j',
    (type, answer, [name, value]) => {
      const question = { type, ...(type === 'choice' && { answerOption: optionsOf('yes') }) };
      const outcome = name in answer ? fine(value) : wrong('wrong-answer-type');
      expect(check(question, [answer])).toEqual(outcome);
    },
  );

  test.each(['group', 'display'] as const)('a %s takes none', (type) => {
    const item = type === 'group' ? { item: [{ linkId: 'b', type: 'string' as const }] } : {};
    expect(check({ type, ...item }, [{ valueString: 'x' }])).toEqual(wrong('wrong-answer-type'));
  });
});

describe('numbers', () => {
  test.each([
    [1, 110, 0, 'out-of-range'],
    [1, 110, 1, null],
    [1, 110, 110, null],
    [1, 110, 111, 'out-of-range'],
    [0, 10, 0, null],
    [0, 10, -1, 'out-of-range'],
    [0, 0, 0, null],
    [0, 0, 1, 'out-of-range'],
    [undefined, 0, -99, null],
    [undefined, 0, 1, 'out-of-range'],
    [0, undefined, 99, null],
    [0, undefined, -1, 'out-of-range'],
    [undefined, undefined, -2147483648, null],
  ])('from %p to %p: %d', (min, max, valueInteger, code) => {
    const outcome = code === null ? fine(valueInteger) : wrong(code);
    expect(check({ type: 'integer', extension: limits(min, max) }, [{ valueInteger }])).toEqual(outcome);
  });

  test('decimals have limits between the integers', () => {
    const extension = [{ url: `${FHIR}/maxValue`, valueDecimal: 1.5 }];
    const question = { type: 'decimal' as const, extension };
    expect(check(question, [{ valueDecimal: 1.5 }])).toEqual(fine(1.5));
    expect(check(question, [{ valueDecimal: 1.51 }])).toEqual(wrong('out-of-range'));
    expect(check(question, [{ valueDecimal: 0 }])).toEqual(fine(0));
  });

  test.each([
    [40, null, true],
    [40, 41, true],
    [40, 40, true],
    [41, 40, false],
    [110, 40, false],
    [0, 0, true],
    [1, 0, false],
  ])('onset at %d, aged at most %p', (valueInteger, oldestAge, possible) => {
    const outcome = possible ? fine(valueInteger) : wrong('onset-after-age');
    expect(checkAs('onset-age', { type: 'integer' }, [{ valueInteger }], oldestAge)).toEqual(outcome);
  });

  test('other numbers may be over the age, and a range comes before the age', () => {
    expect(checkAs('height', { type: 'integer' }, [{ valueInteger: 180 }], 40)).toEqual(fine(180));
    const question = { type: 'integer', extension: limits(1, 110) } as const;
    expect(checkAs('onset-age', question, [{ valueInteger: 111 }], 40)).toEqual(wrong('out-of-range'));
  });
});

describe('texts', () => {
  test.each([
    ['date', 'valueDate', '2026-02-31'],
    ['date', 'valueDate', '2026-02-29'],
    ['date', 'valueDate', '4 May'],
    ['date', 'valueDate', '2026-05-04T09:30:00Z'],
    ['dateTime', 'valueDateTime', '2026-05-04T09:30:00'],
    ['dateTime', 'valueDateTime', '2026-05-04T25:00:00Z'],
    ['dateTime', 'valueDateTime', '2026-02-31T09:30:00Z'],
    ['time', 'valueTime', '24:00:00'],
    ['time', 'valueTime', '9:30'],
  ] as const)('%s: %s %j', (type, name, value) => {
    expect(check({ type }, [{ [name]: value }])).toEqual(wrong('bad-date'));
  });

  test.each([
    ['date', 'valueDate', '2026'],
    ['date', 'valueDate', '2024-02-29'],
    ['dateTime', 'valueDateTime', '2026-05-04T09:30:00.5+02:00'],
    ['time', 'valueTime', '23:59:60'],
  ] as const)('%s: %s %j is real', (type, name, value) => {
    expect(check({ type }, [{ [name]: value }])).toEqual(fine(value));
  });

  test.each([
    ['date', 'valueDate', '2025-12-31', false],
    ['date', 'valueDate', '2026-01-01', true],
    ['date', 'valueDate', '2026', true],
    ['date', 'valueDate', '2025', false],
    ['date', 'valueDate', '2026-06-30', true],
    ['date', 'valueDate', '2026-07-01', false],
    ['dateTime', 'valueDateTime', '2026-07-01T00:00:00Z', false],
    ['dateTime', 'valueDateTime', '2026-06-30T23:59:59Z', true],
  ] as const)('the first half of 2026: %s %s %j', (type, name, value, isIn) => {
    const bound = type === 'date' ? 'valueDate' : 'valueDateTime';
    const extension = [
      { url: `${FHIR}/minValue`, [bound]: '2026-01-01' },
      { url: `${FHIR}/maxValue`, [bound]: '2026-06-30' },
    ];
    expect(check({ type, extension }, [{ [name]: value }])).toEqual(
      isIn ? fine(value) : wrong('out-of-range'),
    );
  });

  test('characters are counted as people count them', () => {
    expect(check({ type: 'string', maxLength: 2 }, [{ valueString: '👍👍' }])).toEqual(fine('👍👍'));
    expect(check({ type: 'string', maxLength: 1 }, [{ valueString: '👍👍' }])).toEqual(
      wrong('too-long-answer'),
    );
  });

  test.each([
    ['string', { valueString: 'AB12' }, true],
    ['string', { valueString: 'xAB12' }, false],
    ['text', { valueString: 'AB123' }, false],
    ['url', { valueUri: 'AB12' }, true],
  ] as const)('a pattern is of the whole text: %s %j', (type, answer, fits) => {
    const extension = [{ url: `${FHIR}/regex`, valueString: '[A-Z]{2}[0-9]{2}' }];
    const outcome = fits ? fine('AB12') : wrong('pattern');
    expect(check({ type, extension }, [answer])).toEqual(outcome);
  });

  test('a pattern binds a number, too', () => {
    const extension = [{ url: `${FHIR}/regex`, valueString: '[0-4]' }];
    expect(check({ type: 'integer', extension }, [{ valueInteger: 4 }])).toEqual(fine(4));
    expect(check({ type: 'integer', extension }, [{ valueInteger: 5 }])).toEqual(wrong('pattern'));
  });

  test.each([
    ['string', 'valueString', 'five5', null],
    ['string', 'valueString', 'sixsix', 'too-long-answer'],
    ['text', 'valueString', 'sixsix', 'too-long-answer'],
    ['url', 'valueUri', 'urn:xy', 'too-long-answer'],
  ] as const)('at most five characters: %s %s %j', (type, name, value, code) => {
    const outcome = code === null ? fine(value) : wrong(code);
    expect(check({ type, maxLength: 5 }, [{ [name]: value }])).toEqual(outcome);
  });
});

describe('options', () => {
  const question = { type: 'choice', answerOption: optionsOf('a', 'b') } as const;

  test.each([
    ['one of them', { system: CODES, code: 'a' }, true],
    ['with another display', { system: CODES, code: 'a', display: 'Quite another' }, true],
    ['with a version', { system: CODES, code: 'a', version: '3' }, true],
    ['another code', { system: CODES, code: 'c' }, false],
    ['the code in capitals', { system: CODES, code: 'A' }, false],
    ['another system', { system: `${CODES}/x`, code: 'a' }, false],
    ['no system', { code: 'a' }, false],
    ['no code', { system: CODES }, false],
    ['a display alone', { display: 'a' }, false],
  ])('%s', (_name, valueCoding, isOption) => {
    const outcome = isOption ? fine('a') : wrong('code-not-in-options');
    expect(check(question, [{ valueCoding }])).toEqual(outcome);
  });

  const several = {
    type: 'choice',
    repeats: true,
    answerOption: optionsOf('a', 'b', 'none!', 'unknown!'),
  } as const;
  const ticks = (...codes: string[]) => check(several, codes.map(coded));

  test.each([
    [['a'], true],
    [['a', 'b'], true],
    [['none'], true],
    [['unknown'], true],
    [['a', 'a'], true],
    [['none', 'none'], true],
    [['none', 'a'], false],
    [['a', 'none'], false],
    [['unknown', 'b'], false],
    [['a', 'b', 'none'], false],
    [['none', 'unknown'], false],
  ])('ticked %j', (codes, allowed) => {
    const issues = allowed ? [] : [['exclusive-option', 'R.item[4]']];
    expect(ticks(...codes)).toEqual({ values: codes, issues });
  });

  test('an option that is none does not stand beside an exclusive one', () => {
    expect(ticks('none', 'gone')).toEqual({
      values: ['none'],
      issues: [['code-not-in-options', 'R.item[4].answer[1]']],
    });
  });

  test('"unknown" may stand beside others where it is not exclusive', () => {
    const lenient = { ...several, answerOption: optionsOf('a', 'none!', 'unknown') };
    expect(check(lenient, [coded('a'), coded('unknown')])).toEqual(fine('a', 'unknown'));
    expect(check(lenient, [coded('none'), coded('unknown')]).issues).toEqual([
      ['exclusive-option', 'R.item[4]'],
    ]);
  });
});

describe('how many', () => {
  test('one, unless the question repeats', () => {
    const two = [{ valueInteger: 1 }, { valueInteger: 2 }];
    expect(check({ type: 'integer' }, two)).toEqual({
      values: [1, 2],
      issues: [['too-many-answers', 'R.item[4].answer[1]']],
    });
    expect(check({ type: 'integer', repeats: true }, two)).toEqual(fine(1, 2));
  });

  test('none is nothing, and an answer without a value is none', () => {
    expect(check({ type: 'integer' }, [])).toEqual(fine());
    expect(check({ type: 'integer' }, [{ extension: [{ url: 'urn:x' }] }])).toEqual(fine());
    expect(check({ type: 'integer' }, [{ _valueInteger: { id: 'x' } }])).toEqual(fine());
    expect(check({ type: 'integer' }, [{ item: [{ linkId: 'b' }] }])).toEqual(fine());
  });

  test('each is checked, each where it stands', () => {
    const answers = [{ valueInteger: 9 }, { valueInteger: 1 }, { valueString: 'x' }, { valueInteger: -9 }];
    expect(check({ type: 'integer', repeats: true, extension: limits(0, 5) }, answers)).toEqual({
      values: [1],
      issues: [
        ['out-of-range', 'R.item[4].answer[0]'],
        ['wrong-answer-type', 'R.item[4].answer[2]'],
        ['out-of-range', 'R.item[4].answer[3]'],
      ],
    });
  });
});
