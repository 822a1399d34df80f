import { expect, test } from '@jest/globals';
import { optionText, textOf } from '../../../../src/ui/engine/text.js';
import { choice, item, questionOf, translated } from '../../../support/intake-form.js';

const PAIN = { text: 'Pain', _text: translated(['de', 'Schmerz'], ['pt-BR', 'Dor']) };

test.each([
  ['en', 'Pain'],
  ['de', 'Schmerz'],
  ['de-AT', 'Schmerz'],
  ['de-Latn-AT', 'Schmerz'],
  ['DE', 'Schmerz'],
  ['pt-BR', 'Dor'],
  ['pt', 'Pain'],
  ['d', 'Pain'],
  ['es', 'Pain'],
  ['', 'Pain'],
])('%s → %s', (language, text) => {
  expect(textOf(PAIN, 'text', language)).toBe(text);
});

test('a text that is not there is empty', () => {
  expect(textOf({}, 'prefix', 'de')).toBe('');
});

test('markup is text', () => {
  expect(textOf({ title: '<b>Pain</b> & more' }, 'title', 'en')).toBe('<b>Pain</b> & more');
});

test('options say their display, their code without one, or their value', () => {
  const texts = (language: string, question = questionOf(choice('c'))) =>
    question.options.map((option) => optionText(option, language));
  expect(texts('de')).toEqual(['Rot', 'Green', 'None']);
  expect(texts('en')).toEqual(['Red', 'Green', 'None']);
  const others = questionOf(
    item('o', 'choice', {
      answerOption: [
        { valueCoding: { code: 'bare' } },
        { valueInteger: 0 },
        { valueDate: '2026' },
        { valueTime: '08:00:00' },
        { valueString: 'two', _valueString: translated(['de', 'zwei']) },
      ],
    }),
  );
  expect(texts('de', others)).toEqual(['bare', '0', '2026', '08:00:00', 'zwei']);
});
