import { describe, expect, test } from '@jest/globals';
import {
  type Answer,
  answerKey,
  initialAnswers,
  otherTextIn,
  toggleOption,
  withAnswers,
  withOtherText,
} from '../../../../src/ui/engine/answers.js';
import type { Question } from '../../../../src/ui/engine/load.js';
import {
  CODES,
  COLOURS,
  choice,
  coded,
  core,
  EXCLUSIVE,
  formOf,
  item,
  questionOf,
} from '../../../support/intake-form.js';

const red = coded('red', 'Red');
const green = coded('green', 'Green');
const none = coded('none', 'None');
const other = { valueString: 'Pink' };

const ticks = questionOf(choice('ticks', { repeats: true }));
const openTicks = questionOf(item('open', 'open-choice', { repeats: true, answerOption: COLOURS }));
const one = questionOf(choice('one'));
const openOne = questionOf(item('open-one', 'open-choice', { answerOption: COLOURS }));

function toggle(question: Question, given: readonly Answer[], code: string): readonly Answer[] {
  const option = question.options.find(({ answer }) => answer.valueCoding?.code === code);
  if (!option) throw new Error(`no option ${code}`);
  return toggleOption(question, given, option);
}

describe('tick boxes', () => {
  test.each<[Answer[], string, Answer[]]>([
    [[], 'red', [red]],
    [[green], 'red', [red, green]],
    [[red, green], 'red', [green]],
    [[red], 'red', []],
    [[red, green], 'none', [none]],
    [[none], 'red', [red]],
    [[none], 'none', []],
  ])('%j and %s → %j', (given, code, expected) => {
    expect(toggle(ticks, given, code)).toEqual(expected);
  });

  test('keep what was given with another display, and drop doubles', () => {
    expect(toggle(ticks, [coded('green', 'Grün'), coded('green')], 'red')).toEqual([red, coded('green')]);
  });

  test('two exclusive options clear each other; an option without the extension clears nothing', () => {
    const unknown = { valueCoding: { system: CODES, code: 'unknown' } };
    const both = questionOf(
      choice('both', { repeats: true, answerOption: [...COLOURS, { ...unknown, extension: [EXCLUSIVE] }] }),
    );
    expect(toggle(both, [none], 'unknown')).toEqual([unknown]);
    const open = questionOf(choice('open', { repeats: true, answerOption: [...COLOURS, unknown] }));
    expect(toggle(open, [red], 'unknown')).toEqual([red, unknown]);
    expect(toggle(open, [unknown], 'none')).toEqual([none]);
  });

  test('an option of the same code in another system is another', () => {
    const twins = [{ valueCoding: { system: 'urn:other', code: 'red' } }, ...COLOURS];
    const question = questionOf(choice('twins', { repeats: true, answerOption: twins }));
    expect(toggle(question, [red], 'red')).toEqual([
      { valueCoding: { system: 'urn:other', code: 'red' } },
      red,
    ]);
  });

  test('other text stands after the options, and an exclusive option clears it', () => {
    expect(toggle(openTicks, [other], 'red')).toEqual([red, other]);
    expect(toggle(openTicks, [red, other], 'none')).toEqual([none]);
    expect(withOtherText(openTicks, [none], other)).toEqual([other]);
    expect(withOtherText(openTicks, [red, other], { valueString: 'Blue' })).toEqual([
      red,
      { valueString: 'Blue' },
    ]);
    expect(withOtherText(openTicks, [red, other], null)).toEqual([red]);
    expect(otherTextIn(openTicks, [red, other])).toEqual(other);
    expect(otherTextIn(openTicks, [red])).toBeNull();
  });
});

test('a choice of one: choosing again changes nothing', () => {
  expect(toggle(one, [], 'red')).toEqual([red]);
  expect(toggle(one, [red], 'green')).toEqual([green]);
  expect(toggle(one, [red], 'red')).toEqual([red]);
  expect(toggle(openOne, [other], 'red')).toEqual([red]);
  expect(withOtherText(openOne, [red], other)).toEqual([other]);
  expect(withOtherText(openOne, [other], null)).toEqual([]);
});

test('answers are set and cleared, and the map before stays as it was', () => {
  const form = formOf(item('a', 'integer'), item('g', 'group', { item: [item('b', 'boolean')] }));
  const none: ReadonlyMap<string, readonly Answer[]> = new Map();
  const zero = withAnswers(form, none, 'a', [{ valueInteger: 0 }]);
  const both = withAnswers(form, zero, 'b', [{ valueBoolean: false }]);
  expect([...both]).toEqual([
    ['a', [{ valueInteger: 0 }]],
    ['b', [{ valueBoolean: false }]],
  ]);
  expect([...withAnswers(form, both, 'a', [])]).toEqual([['b', [{ valueBoolean: false }]]]);
  expect([none.size, zero.size]).toEqual([0, 1]);
  expect(() => withAnswers(form, none, 'g', [])).toThrow('"g" is no question');
  expect(() => withAnswers(form, none, 'x', [])).toThrow('"x" is no question');
});

test('keys tell answers apart as the service does', () => {
  const keys = [
    coded('red', 'Red'),
    { valueCoding: { code: 'red' } },
    { valueString: 'red' },
    { valueString: '0' },
    { valueInteger: 0 },
    { valueBoolean: false },
    { valueQuantity: { value: 0, unit: 'kg' } },
    { valueQuantity: { value: 0, unit: 'g' } },
  ].map(answerKey);
  expect(new Set(keys).size).toBe(keys.length);
  expect(answerKey(coded('red', 'Rot'))).toBe(answerKey(coded('red')));
});

test('initial answers: initialSelected and initial; nothing else starts answered', () => {
  const [first, ...rest] = COLOURS;
  const form = formOf(
    choice('ticks', { repeats: true, answerOption: [{ ...first, initialSelected: true }, ...rest] }),
    item('weight', 'decimal', { initial: [{ valueDecimal: 0 }] }),
    item('said', 'boolean', { initial: [{ valueBoolean: false }] }),
    item('slider', 'integer', {
      extension: [core('minValue', { valueInteger: 0 }), core('maxValue', { valueInteger: 10 })],
    }),
    item('blank', 'boolean'),
  );
  expect([...initialAnswers(form)]).toEqual([
    ['ticks', [red]],
    ['weight', [{ valueDecimal: 0 }]],
    ['said', [{ valueBoolean: false }]],
  ]);
});
