import { expect, test } from '@jest/globals';
import { rankOpenQuestions, worthText } from '../../../../src/ui/results/ranking.js';
import { explained, plainSet } from './explained.js';

const order = ['signs', 'eye', 'onset-age', 'rest', 'hla-b27', 'imaging'];
const safe = explained().redFlags;

test('by what a question settles alone, then by what it helps with, then as in the Questionnaire', () => {
  const criteriaSets = [
    plainSet({ id: 'a', settledBy: [['hla-b27'], ['imaging']] }),
    plainSet({ id: 'b', settledBy: [['hla-b27'], ['onset-age', 'rest']] }),
    plainSet({ id: 'c', settledBy: [['imaging', 'rest']] }),
    plainSet({ id: 'd' }),
  ];
  expect(rankOpenQuestions({ criteriaSets, redFlags: safe }, order)).toEqual([
    { linkId: 'hla-b27', isSafety: false, settles: ['a', 'b'], helps: ['a', 'b'] },
    { linkId: 'imaging', isSafety: false, settles: ['a'], helps: ['a', 'c'] },
    { linkId: 'rest', isSafety: false, settles: [], helps: ['b', 'c'] },
    { linkId: 'onset-age', isSafety: false, settles: [], helps: ['b'] },
  ]);
});

test('safety questions come first, whatever they settle', () => {
  const criteriaSets = [plainSet({ settledBy: [['onset-age']] })];
  const redFlags = { ...safe, urgency: null, complete: false, unanswered: ['eye'] };
  const ranked = rankOpenQuestions({ criteriaSets, redFlags }, order);
  expect(ranked.map(({ linkId, isSafety }) => [linkId, isSafety])).toEqual([
    ['eye', true],
    ['onset-age', false],
  ]);
});

test('a question that the Questionnaire does not have comes last', () => {
  const criteriaSets = [plainSet({ settledBy: [['other'], ['imaging']] })];
  const ranked = rankOpenQuestions({ criteriaSets, redFlags: safe }, order);
  expect(ranked.map(({ linkId }) => linkId)).toEqual(['imaging', 'other']);
});

test('nothing open', () => {
  expect(rankOpenQuestions({ criteriaSets: [plainSet()], redFlags: safe }, order)).toEqual([]);
});

test.each([
  [{ settles: ['a'], helps: ['a'] }, 'Could settle 1 set alone'],
  [{ settles: ['a', 'b'], helps: ['a', 'b', 'c'] }, 'Could settle 2 sets alone, helps with 1 more'],
  [{ settles: [], helps: ['a', 'b'] }, 'Helps with 2 sets'],
  [{ isSafety: true, settles: [], helps: [] }, 'Safety question'],
])('worthText %j', (worth, expected) => {
  expect(worthText({ linkId: 'x', isSafety: false, ...worth })).toBe(expected);
});
