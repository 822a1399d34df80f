import { describe, expect, test } from '@jest/globals';
import { ADVICE, adviceOn } from '../../../src/scoring/advice.js';
import { evaluateRedFlags } from '../../../src/scoring/red-flags.js';
import { createRuleSet, createView } from '../../../src/scoring/rule-set.js';
import { answersOf, readRedFlagCases } from '../../support/scoring-cases.js';
import { type Response, toAnswers } from '../../support/scoring-questions.js';

const rules = createRuleSet('strict');
const nothing: Response = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
};
const spa: Response = { 'diagnosed-conditions': ['axial-spa'] };
const evaluated = (response: Response) =>
  evaluateRedFlags(rules.redFlags, createView(rules, toAnswers(response)));
const file = readRedFlagCases();

describe('what a patient is told', () => {
  test.each<[string, Response, readonly string[]]>([
    ['nothing answered', {}, ['undecided', 'get-help-at-once']],
    ['nothing ticked', nothing, ['none-reported', 'get-help-at-once']],
    [
      'unsure about the eyes',
      { ...nothing, 'eye-symptoms-now': 'unknown' },
      ['undecided', 'get-help-at-once'],
    ],
    [
      'unsure about the emergency signs',
      { ...nothing, 'red-flag-emergency': ['unknown'] },
      ['same-day', 'get-help-at-once'],
    ],
    ['an emergency alone', { 'red-flag-emergency': ['chest-pain'] }, ['emergency']],
    [
      'an emergency with a history of cancer',
      { ...nothing, 'red-flag-emergency': ['leg-weakness'], 'red-flag-urgent': ['cancer-history'] },
      ['emergency', 'cord-compression'],
    ],
    [
      'a small injury with known axial SpA',
      { ...nothing, ...spa, 'red-flag-urgent': ['minor-injury'] },
      ['emergency', 'spine-injury-with-axspa'],
    ],
    [
      'a small injury alone',
      { ...nothing, 'red-flag-urgent': ['minor-injury'] },
      ['urgent-days', 'get-help-at-once'],
    ],
    ['an eye', { ...nothing, 'eye-symptoms-now': 'yes' }, ['same-day', 'eye', 'get-help-at-once']],
    [
      'all of it',
      {
        ...spa,
        'red-flag-emergency': ['major-trauma'],
        'red-flag-urgent': ['cancer-history'],
        'eye-symptoms-now': 'yes',
      },
      ['emergency', 'cord-compression', 'spine-injury-with-axspa', 'eye'],
    ],
  ])('%s', (_name, response, advice) => {
    expect(adviceOn(evaluated(response))).toEqual(advice);
  });
});

describe('in every case of the red flags', () => {
  test.each(file.cases.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    const advice = adviceOn(evaluated(answersOf(file, each)));
    expect(advice[0]).toBe(each.urgency ?? 'undecided');
    expect(advice.includes('get-help-at-once')).toBe(each.urgency !== 'emergency');
    expect(advice.includes('eye')).toBe(each.flags.includes('eye-symptoms-now'));
    expect(new Set(advice).size).toBe(advice.length);
    for (const code of advice) expect(ADVICE).toContain(code);
    // The name of a flag is nobody's advice, but for the levels and the parts that have words of their own.
    for (const code of each.flags) expect(advice).not.toContain(code);
  });
});
