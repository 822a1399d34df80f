import { expect, test } from '@jest/globals';
import type { QuestionnaireItem, QuestionnaireItemEnableWhen } from 'fhir/r4.js';
import type { Answer, Answers } from '../../../../src/ui/engine/answers.js';
import {
  closingOf,
  drawnQuestions,
  enabledQuestions,
  helpOf,
  introOf,
  isEnabled,
} from '../../../../src/ui/engine/enablement.js';
import { choice, coded, control, core, formOf, item, UCUM } from '../../../support/intake-form.js';

const when = (
  question: string,
  operator: QuestionnaireItemEnableWhen['operator'],
  answer: Partial<QuestionnaireItemEnableWhen>,
): Pick<QuestionnaireItem, 'enableWhen'> => ({ enableWhen: [{ question, operator, ...answer }] });
const exists = (question: string, answerBoolean: boolean) => when(question, 'exists', { answerBoolean });
const given = (...some: [string, ...Answer[]][]): Answers =>
  new Map(some.map(([linkId, ...answers]) => [linkId, answers]));
const linkIds = (items: readonly { linkId: string }[]) => items.map(({ linkId }) => linkId);

const QUESTIONS = {
  n: item('n', 'integer'),
  d: item('d', 'date'),
  b: item('b', 'boolean'),
  s: item('s', 'string'),
  c: choice('c', { repeats: true }),
  q: item('q', 'quantity', {
    extension: ['kg', 'g'].map((code) =>
      core('questionnaire-unitOption', { valueCoding: { system: UCUM, code } }),
    ),
  }),
};
const kg = (value: number) => ({ value, unit: 'kg', system: UCUM, code: 'kg' });

test.each<[keyof typeof QUESTIONS, Answer[], QuestionnaireItemEnableWhen['operator'], object, boolean]>([
  ['n', [], 'exists', { answerBoolean: true }, false],
  ['n', [], 'exists', { answerBoolean: false }, true],
  ['n', [{ valueInteger: 0 }], 'exists', { answerBoolean: true }, true],
  ['b', [{ valueBoolean: false }], 'exists', { answerBoolean: true }, true],
  ['b', [{ valueBoolean: false }], '=', { answerBoolean: false }, true],
  ['b', [], '=', { answerBoolean: false }, false],
  ['b', [], '!=', { answerBoolean: true }, false],
  ['n', [{ valueInteger: 0 }], '=', { answerInteger: 0 }, true],
  ['n', [{ valueInteger: 0 }], '=', { answerDecimal: 0 }, true],
  ['n', [{ valueInteger: 0 }], '=', { answerBoolean: false }, false],
  ['n', [{ valueInteger: 3 }], '>', { answerInteger: 3 }, false],
  ['n', [{ valueInteger: 3 }], '>=', { answerInteger: 3 }, true],
  ['n', [{ valueInteger: 3 }], '<', { answerDecimal: 3.5 }, true],
  ['n', [{ valueInteger: 3 }], '<=', { answerInteger: 2 }, false],
  ['n', [{ valueInteger: 3 }], '<', { answerString: '4' }, false],
  ['d', [{ valueDate: '2026-05-04' }], '>', { answerDate: '2026-05-03' }, true],
  ['d', [{ valueDate: '2026' }], '=', { answerDate: '2026' }, true],
  ['s', [{ valueString: 'a' }], '!=', { answerString: 'b' }, true],
  ['s', [{ valueString: 'b' }], '!=', { answerString: 'b' }, false],
  [
    's',
    [{ valueString: '2026-05-04T11:30:00+02:00' }],
    '=',
    { answerDateTime: '2026-05-04T09:30:00Z' },
    true,
  ],
  ['c', [coded('red', 'Rot')], '=', { answerCoding: coded('red').valueCoding }, true],
  ['c', [coded('red')], '=', { answerCoding: { code: 'red' } }, false],
  ['c', [coded('red'), coded('green')], '=', { answerCoding: coded('green').valueCoding }, true],
  ['c', [coded('red'), coded('green')], '!=', { answerCoding: coded('green').valueCoding }, true],
  ['c', [coded('red')], '>', { answerCoding: coded('green').valueCoding }, false],
  ['q', [{ valueQuantity: kg(70) }], '>', { answerQuantity: kg(69.5) }, true],
  ['q', [{ valueQuantity: kg(70) }], '>', { answerQuantity: { ...kg(1), code: 'g' } }, false],
  ['q', [{ valueQuantity: kg(0) }], '=', { answerQuantity: kg(0) }, true],
])('%s %j %s %j: %s', (name, answers, operator, answer, expected) => {
  const form = formOf(QUESTIONS[name], item('x', 'string', when(name, operator, answer)));
  expect(isEnabled(form, given([name, ...answers]), 'x')).toBe(expected);
});

test('all and any', () => {
  const conditions = [...(exists('a', true).enableWhen ?? []), ...(exists('b', true).enableWhen ?? [])];
  const form = formOf(
    item('a', 'boolean'),
    item('b', 'boolean'),
    item('all', 'boolean', { enableWhen: conditions, enableBehavior: 'all' }),
    item('any', 'boolean', { enableWhen: conditions, enableBehavior: 'any' }),
  );
  expect(linkIds(enabledQuestions(form, given(['a', { valueBoolean: true }])))).toEqual(['a', 'b', 'any']);
});

test('what is in a disabled group is disabled; hidden questions are asked, but not drawn', () => {
  const form = formOf(
    item('a', 'boolean'),
    item('g', 'group', {
      ...exists('a', true),
      item: [item('h', 'group', { item: [item('in', 'boolean')] })],
    }),
    item('secret', 'integer', { extension: [core('questionnaire-hidden', { valueBoolean: true })] }),
  );
  expect(linkIds(enabledQuestions(form, new Map()))).toEqual(['a', 'secret']);
  const asked = given(['a', { valueBoolean: false }]);
  expect(linkIds(enabledQuestions(form, asked))).toEqual(['a', 'in', 'secret']);
  expect(linkIds(drawnQuestions(form, asked))).toEqual(['a', 'in']);
  expect(isEnabled(form, asked, 'h')).toBe(true);
  expect(() => isEnabled(form, asked, 'nobody')).toThrow('there is no item "nobody"');
});

test('answers to questions that are not asked count for nothing, down the chain', () => {
  const form = formOf(
    item('a', 'boolean'),
    item('b', 'boolean', when('a', '=', { answerBoolean: true })),
    item('c', 'boolean', exists('b', true)),
    item('no-b', 'boolean', exists('b', false)),
  );
  const b = ['b', { valueBoolean: true }] satisfies [string, Answer];
  const asked = (...some: [string, ...Answer[]][]) => linkIds(enabledQuestions(form, given(...some)));
  expect(asked(b)).toEqual(['a', 'no-b']);
  expect(asked(['a', { valueBoolean: false }], b)).toEqual(['a', 'no-b']);
  expect(asked(['a', { valueBoolean: true }], b)).toEqual(['a', 'b', 'c']);
});

test('display items are drawn before the next question that is drawn, and none is lost', () => {
  const said = (linkId: string, more: Partial<QuestionnaireItem> = {}) => item(linkId, 'display', more);
  const form = formOf(
    said('welcome'),
    item('g', 'group', {
      item: [
        said('in-group'),
        item('a', 'boolean', {
          item: [said('help', { extension: [control('help')] }), said('maybe', exists('a', true))],
        }),
        said('after-a'),
        item('b', 'boolean', exists('a', true)),
        said('after-b'),
      ],
    }),
    item('c', 'boolean', exists('b', true)),
    said('only-with-b', exists('b', true)),
    said('bye'),
  );
  const none = new Map();
  expect(linkIds(introOf(form, none, 'a'))).toEqual(['welcome', 'in-group']);
  expect(linkIds(helpOf(form, none, 'a'))).toEqual(['help']);
  expect(linkIds(closingOf(form, none))).toEqual(['after-a', 'after-b', 'bye']);
  const some = given(['a', { valueBoolean: true }]);
  expect(linkIds(helpOf(form, some, 'a'))).toEqual(['help', 'maybe']);
  expect(linkIds(introOf(form, some, 'b'))).toEqual(['after-a']);
  expect(linkIds(closingOf(form, some))).toEqual(['after-b', 'bye']);
  const all = given(['a', { valueBoolean: true }], ['b', { valueBoolean: true }]);
  expect(linkIds(introOf(form, all, 'c'))).toEqual(['after-b']);
  expect(linkIds(closingOf(form, all))).toEqual(['only-with-b', 'bye']);
});
