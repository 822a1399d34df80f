import { describe, expect, test } from '@jest/globals';
import type {
  QuestionnaireResponseItemAnswer as Answer,
  QuestionnaireItem,
  QuestionnaireItemEnableWhen,
} from 'fhir/r4.js';
import {
  answersFrom,
  holdsFor,
  indexAnswers,
  isEnabled,
  unanswered,
  valueIn,
} from '../../../src/fhir/enablement.js';
import type { Item } from '../../../src/fhir/form.js';
import { CODES, coded, formOf, itemIn, optionsOf } from '../../support/fhir-literals.js';

const OPERATORS = ['=', '!=', '>', '<', '>=', '<=', 'exists'] as const;
type Operator = (typeof OPERATORS)[number];
type Expected = Partial<Omit<QuestionnaireItemEnableWhen, 'question' | 'operator'>>;

/** Whether an item with these conditions is enabled by these answers to "q" (and "p"). */
function enabled(
  conditions: readonly QuestionnaireItemEnableWhen[],
  answers: Readonly<Record<string, readonly Answer[]>>,
  enableBehavior: 'all' | 'any' = 'all',
): boolean {
  const form = formOf(
    { linkId: 'q', type: 'string' },
    { linkId: 'p', type: 'string' },
    { linkId: 'it', type: 'string', enableWhen: [...conditions], enableBehavior },
  );
  return isEnabled(itemIn(form, 'it'), (linkId) => ({
    answers: [...(answers[linkId] ?? [])],
    summary: null,
  }));
}
const asks = (operator: Operator, expected: Expected, q: readonly Answer[]) =>
  enabled([{ question: 'q', operator, ...expected }], { q });

describe('operators that order', () => {
  const TYPES: [string, expected: Expected, less: Answer, same: Answer, more: Answer][] = [
    ['integer', { answerInteger: 5 }, { valueInteger: 4 }, { valueInteger: 5 }, { valueInteger: 10 }],
    ['zero', { answerInteger: 0 }, { valueInteger: -1 }, { valueInteger: 0 }, { valueInteger: 1 }],
    [
      'decimal',
      { answerDecimal: 1.5 },
      { valueDecimal: 1.25 },
      { valueDecimal: 1.5 },
      { valueDecimal: 10.1 },
    ],
    ['string', { answerString: 'b' }, { valueString: 'a' }, { valueString: 'b' }, { valueString: 'c' }],
    [
      'date',
      { answerDate: '2026-05-04' },
      { valueDate: '2026-05-03' },
      { valueDate: '2026-05-04' },
      { valueDate: '2026-10-01' },
    ],
    [
      'dateTime',
      { answerDateTime: '2026-05-04T09:30:00Z' },
      { valueDateTime: '2026-05-04T09:29:59Z' },
      { valueDateTime: '2026-05-04T09:30:00Z' },
      { valueDateTime: '2026-05-04T09:30:01Z' },
    ],
    [
      'time',
      { answerTime: '09:30:00' },
      { valueTime: '09:29:59' },
      { valueTime: '09:30:00' },
      { valueTime: '10:00:00' },
    ],
  ];
  const TABLE: [Operator, less: boolean, same: boolean, more: boolean][] = [
    ['=', false, true, false],
    ['!=', true, false, true],
    ['>', false, false, true],
    ['<', true, false, false],
    ['>=', false, true, true],
    ['<=', true, true, false],
  ];

  test.each(
    TYPES.flatMap(([type, ...values]) =>
      TABLE.map(([operator, ...expected]) => [type, operator, values, expected] as const),
    ),
  )('%s %s', (_type, operator, [expected, ...answers], outcomes) => {
    expect(answers.map((answer) => asks(operator, expected, [answer]))).toEqual(outcomes);
  });

  test('a moment is a moment in any zone', () => {
    const answer = [{ valueDateTime: '2026-05-04T11:00:00+02:00' }];
    expect(asks('<', { answerDateTime: '2026-05-04T09:30:00Z' }, answer)).toBe(true);
    expect(asks('>', { answerDateTime: '2026-05-04T09:30:00Z' }, answer)).toBe(false);
    const same = { answerDateTime: '2026-05-04T09:00:00Z' };
    const outcomes = (['=', '!=', '>', '<', '>=', '<='] as const).map((one) => asks(one, same, answer));
    expect(outcomes).toEqual([true, false, false, false, true, true]);
  });
});

describe('codings and booleans', () => {
  const expected = { answerCoding: { system: CODES, code: 'a', display: 'A' } };

  test.each([
    ['the same', { system: CODES, code: 'a', display: 'A' }, true],
    ['another display', { system: CODES, code: 'a', display: 'Something else' }, true],
    ['no display', { system: CODES, code: 'a' }, true],
    ['another version', { system: CODES, code: 'a', version: '9' }, true],
    ['another code', { system: CODES, code: 'b', display: 'A' }, false],
    ['another system', { system: 'urn:x', code: 'a', display: 'A' }, false],
    ['no system', { code: 'a', display: 'A' }, false],
  ])('%s', (_name, valueCoding, same) => {
    expect(asks('=', expected, [{ valueCoding }])).toBe(same);
    expect(asks('!=', expected, [{ valueCoding }])).toBe(!same);
  });

  test.each([
    [true, true],
    [false, false],
    [true, false],
    [false, true],
  ])('answered %s, asked for %s', (valueBoolean, answerBoolean) => {
    expect(asks('=', { answerBoolean }, [{ valueBoolean }])).toBe(valueBoolean === answerBoolean);
    expect(asks('!=', { answerBoolean }, [{ valueBoolean }])).toBe(valueBoolean !== answerBoolean);
  });

  test.each(['>', '<', '>=', '<='] as const)('%s does not order them', (operator) => {
    expect(asks(operator, expected, [coded('a')])).toBe(false);
    expect(asks(operator, expected, [coded('b')])).toBe(false);
  });
});

describe('no answer, and several', () => {
  const five = { answerInteger: 5 };

  test.each(OPERATORS.filter((one) => one !== 'exists'))('%s of no answer is false', (operator) => {
    expect(asks(operator, five, [])).toBe(false);
    expect(asks(operator, five, [{ extension: [{ url: 'urn:x' }] }])).toBe(false);
  });

  test.each([
    ['=', [5, 6], true],
    ['=', [6, 7], false],
    ['!=', [5, 6], true],
    ['!=', [5, 5], false],
    ['!=', [6, 7], true],
    ['>', [1, 6], true],
    ['>', [1, 5], false],
    ['<=', [9, 5], true],
    ['<=', [9, 6], false],
  ] as const)('any answer counts: %s of %j', (operator, numbers, outcome) => {
    expect(
      asks(
        operator,
        five,
        numbers.map((valueInteger) => ({ valueInteger })),
      ),
    ).toBe(outcome);
  });

  test.each<[readonly Answer[], boolean]>([
    [[], false],
    [[{ extension: [{ url: 'urn:x' }] }], false],
    [[{ _valueInteger: { id: 'x' } }], false],
    [[{ valueInteger: 0 }], true],
    [[{ valueBoolean: false }], true],
    [[{ valueString: 'x' }], true],
    [[coded('a')], true],
    [[{ extension: [{ url: 'urn:x' }] }, { valueInteger: 1 }], true],
  ])('exists: %j', (q, exists) => {
    expect(asks('exists', { answerBoolean: true }, q)).toBe(exists);
    expect(asks('exists', { answerBoolean: false }, q)).toBe(!exists);
  });
});

describe('types that do not meet', () => {
  test.each<[Expected, Answer]>([
    [{ answerInteger: 5 }, { valueString: '5' }],
    [{ answerString: '5' }, { valueInteger: 5 }],
    [{ answerInteger: 1 }, { valueBoolean: true }],
    [{ answerString: 'a' }, coded('a')],
    [{ answerCoding: { system: CODES, code: 'a' } }, { valueString: 'a' }],
    [{ answerDateTime: '2026-05-04T09:30:00Z' }, { valueInteger: 5 }],
  ])('%j and %j are never equal or in order', (expected, answer) => {
    expect(
      (['=', '>', '<', '>=', '<='] as const).map((operator) => asks(operator, expected, [answer])),
    ).toEqual([false, false, false, false, false]);
  });

  test('an integer and a decimal are both numbers', () => {
    expect(asks('=', { answerInteger: 5 }, [{ valueDecimal: 5 }])).toBe(true);
    expect(asks('<', { answerDecimal: 5.5 }, [{ valueInteger: 5 }])).toBe(true);
  });
});

describe('several conditions', () => {
  const conditions: QuestionnaireItemEnableWhen[] = [
    { question: 'q', operator: '=', answerString: 'yes' },
    { question: 'p', operator: '=', answerString: 'yes' },
  ];
  const said = (valueString: string) => [{ valueString }];

  test.each([
    ['yes', 'yes', true, true],
    ['yes', 'no', false, true],
    ['no', 'yes', false, true],
    ['no', 'no', false, false],
  ])('%s and %s', (q, p, all, any) => {
    const answers = { q: said(q), p: said(p) };
    expect(enabled(conditions, answers, 'all')).toBe(all);
    expect(enabled(conditions, answers, 'any')).toBe(any);
  });

  test('none at all enable, whatever the behaviour', () => {
    expect(enabled([], {}, 'any')).toBe(true);
    expect(enabled([], {}, 'all')).toBe(true);
  });

  test('an item needs every item around it', () => {
    const when = (question: string): QuestionnaireItemEnableWhen[] => [
      { question, operator: 'exists', answerBoolean: true },
    ];
    const tree: QuestionnaireItem[] = [
      { linkId: 'q', type: 'string' },
      {
        linkId: 'outer',
        type: 'group',
        enableWhen: when('q'),
        item: [
          {
            linkId: 'middle',
            type: 'choice',
            answerOption: optionsOf('a'),
            item: [{ linkId: 'inner', type: 'string', enableWhen: when('middle') }],
          },
        ],
      },
    ];
    const form = formOf(...tree);
    const states = (answers: Readonly<Record<string, readonly Answer[]>>) =>
      ['outer', 'middle', 'inner'].map((linkId) =>
        isEnabled(itemIn(form, linkId), (one) => ({ answers: [...(answers[one] ?? [])], summary: null })),
      );
    expect(states({})).toEqual([false, false, false]);
    expect(states({ middle: [coded('a')] })).toEqual([false, false, false]);
    expect(states({ q: said('x') })).toEqual([true, true, false]);
    expect(states({ q: said('x'), middle: [coded('a')] })).toEqual([true, true, true]);
  });
});

describe('what the reader of Questionnaires refuses never enables', () => {
  const form = formOf({ linkId: 'q', type: 'string' }, { linkId: 'it', type: 'string' });
  const under = (condition: object) =>
    isEnabled({ ...itemIn(form, 'it'), enableWhen: [condition] } as Item, () => ({
      answers: [{ valueInteger: 5 }],
      summary: null,
    }));

  test.each(['~', 'in', '', 'toString'])('operator %j', (operator) => {
    expect(under({ question: 'q', operator, answerInteger: 5 })).toBe(false);
  });

  test.each(OPERATORS)('%s without an answer to compare with', (operator) => {
    expect(under({ question: 'q', operator })).toBe(false);
    expect(under({ question: 'q', operator, answerRange: {} })).toBe(false);
  });
});

describe('what is asked often is worked out once', () => {
  const when = (valueInteger: number): QuestionnaireItemEnableWhen => ({
    question: 'q',
    operator: '>',
    answerInteger: valueInteger,
  });
  const form = formOf(
    { linkId: 'q', type: 'integer', repeats: true },
    { linkId: 'it', type: 'string', enableWhen: [when(1), when(2)], enableBehavior: 'all' },
  );

  test('the summary stays with the answers', () => {
    const answered = { answers: [{ valueInteger: 3 }], summary: null as never };
    expect(holdsFor(itemIn(form, 'it'), () => answered)).toBe(true);
    const first = answered.summary;
    expect(first).not.toBeNull();
    expect(holdsFor(itemIn(form, 'it'), () => answered)).toBe(true);
    expect(answered.summary).toBe(first);
  });

  test('a question without answers has its own summary each time', () => {
    const [one, other] = [unanswered(), unanswered()];
    expect(one).toEqual({ answers: [], summary: null });
    expect(holdsFor(itemIn(form, 'it'), () => one)).toBe(false);
    one.answers.push({ valueInteger: 5 });
    expect(other).toEqual({ answers: [], summary: null });
    expect(unanswered()).toEqual({ answers: [], summary: null });
  });

  test('answers are gathered by linkId, and none are made up', () => {
    const items = [{ linkId: 'q', answer: [{ valueInteger: 1 }, { valueInteger: 2 }] }];
    const scope = { definition: null, items, up: null, index: null };
    expect([...indexAnswers(items).keys()]).toEqual(['q']);
    expect(answersFrom(scope, itemIn(form, 'q')).answers).toEqual([{ valueInteger: 1 }, { valueInteger: 2 }]);
    expect(answersFrom(scope, itemIn(form, 'q'))).toBe(answersFrom(scope, itemIn(form, 'q')));
    expect(answersFrom(scope, itemIn(form, 'it'))).toEqual({ answers: [], summary: null });
  });
});

describe('value of an answer', () => {
  test.each<[Answer, unknown]>([
    [{ valueInteger: 0 }, 0],
    [{ valueDecimal: 0 }, 0],
    [{ valueBoolean: false }, false],
    [{ valueString: 'x' }, 'x'],
    [{ valueUri: 'urn:x' }, 'urn:x'],
    [{ valueDate: '2026' }, '2026'],
    [{ valueDateTime: '2026' }, '2026'],
    [{ valueTime: '09:30:00' }, '09:30:00'],
    [coded('a'), { system: CODES, code: 'a' }],
    [{ valueQuantity: { value: 1 } }, { value: 1 }],
    [{ valueReference: { reference: 'Patient/1' } }, { reference: 'Patient/1' }],
    [{ extension: [{ url: 'urn:x' }] }, undefined],
    [{ _valueInteger: { id: 'x' } }, undefined],
    [{}, undefined],
  ])('%j', (answer, value) => expect(valueIn(answer)).toEqual(value));
});
