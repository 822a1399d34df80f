import { expect, test } from '@jest/globals';
import { factText } from '../../../../src/ui/results/fact-text.js';
import { givenAnswers } from '../../../../src/ui/results/given-answers.js';
import {
  createWording,
  givenText,
  raisingText,
  shortRaisingText,
} from '../../../../src/ui/results/wording.js';
import { SYSTEM, wording } from './explained.js';

test('texts of the Questionnaire; codes where there is none', () => {
  expect(wording.question('onset-age')).toBe('How old were you? A guess is fine.');
  expect(wording.shortQuestion('onset-age')).toBe('How old were you?');
  expect(wording.answer('signs', ['numb', 'new-code'])).toBe('Numb between the legs; new-code');
  expect(wording.answer('onset-age', 0)).toBe('0');
  expect(wording.answer('onset-age', null)).toBe('Not answered');
  const none = createWording(null, null);
  expect([none.question('onset-age'), none.finding('chronic-pain')]).toEqual(['Onset age', 'Chronic pain']);
  expect(none.questions).toEqual([]);
});

test.each([
  [{ valueCoding: { system: SYSTEM, code: 'positive' } }, 'Positive'],
  [{ valueCoding: { display: 'Only words' } }, 'Only words'],
  [{ valueBoolean: false }, 'No'],
  [{ valueInteger: 0 }, '0'],
  [{ valueDecimal: 0.5 }, '0.5'],
  [{ valueQuantity: { value: 3, unit: 'mg' } }, '3 mg'],
  [{ valueDate: '2026-05' }, 'May 2026'],
  [{ valueString: '<b>text</b>' }, '<b>text</b>'],
])('givenText %j', (answer, expected) => {
  expect(givenText('hla-b27', answer, wording)).toBe(expected);
});

test('a flag names the answer that raised it, not all that was ticked', () => {
  const used = { linkId: 'signs', answer: ['numb', 'fever', 'cancer', 'weight'] };
  expect(raisingText(used, 'fever', wording)).toBe('Fever');
  expect(raisingText(used, 'cancer-with-pain', wording)).toBe(
    'Numb between the legs; Fever; Cancer; Losing weight',
  );
  expect(shortRaisingText(used, 'cancer-with-pain', wording)).toBe('4 ticked for “Any of these?”');
  expect(shortRaisingText({ ...used, answer: ['cancer'] }, 'other', wording)).toBe('Cancer');
});

test('every question, and what the Questionnaire does not know', () => {
  const given = givenAnswers(
    {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      item: [
        { linkId: 'safety', item: [{ linkId: 'eye', answer: [{ valueBoolean: true }] }] },
        {
          linkId: 'hla-b27',
          answer: [
            {
              valueCoding: { code: 'positive' },
              item: [{ linkId: 'why', answer: [{ valueString: 'asked' }] }],
            },
          ],
        },
      ],
    },
    wording,
  );
  expect(given.map(({ linkId, answers }) => [linkId, answers])).toEqual([
    ['signs', []],
    ['eye', ['Yes']],
    ['onset-age', []],
    ['hla-b27', ['Positive']],
    ['why', ['asked']],
  ]);
});

test.each([
  [{ finding: 'met', from: [{ linkId: 'hla-b27', answer: 'positive' }] }, 'Saddle numbness (Positive)'],
  [{ finding: 'met', from: [{ linkId: 'signs', answer: ['numb'] }] }, 'Saddle numbness'],
  [{ finding: 'unknown', from: [] }, 'Saddle numbness'],
  [{ finding: null, from: [{ linkId: 'onset-age', answer: 28 }] }, 'Saddle numbness: 28'],
  [{ finding: null, from: [] }, 'Saddle numbness: not answered'],
])('factText %j', (fact, expected) => {
  expect(factText({ code: 'numb', reason: null, ...fact }, wording)).toBe(expected);
});
