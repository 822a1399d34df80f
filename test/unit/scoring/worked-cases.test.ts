import { describe, expect, test } from '@jest/globals';
import { evaluate } from '../../../src/scoring/evaluate.js';
import { evaluateRedFlags } from '../../../src/scoring/red-flags.js';
import { createRuleSet, createView } from '../../../src/scoring/rule-set.js';
import { workedCases, workedOutcomes } from '../../support/scoring-cases.js';
import { type Response, toAnswers } from '../../support/scoring-questions.js';

/** The worked cases of clinical.md §11: 21 people, eleven sets and the red flags each. */
const strict = createRuleSet('strict');
const ids = Object.keys(workedCases);

function answersOf(id: string) {
  return toAnswers(workedCases[id] as Response);
}

test('all of them are here, with an outcome each', () => {
  expect(ids.join(' ')).toBe('D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11 P1 P2 P3 P4 U1 U2 S1 S2 S3 S4');
  expect(Object.keys(workedOutcomes)).toEqual(ids);
});

describe.each(ids)('%s', (id) => {
  const answers = answersOf(id);
  const expected = workedOutcomes[id];

  test('red flags', () => {
    const { urgency } = evaluateRedFlags(strict.redFlags, createView(strict, answers));
    expect(urgency).toBe(expected?.urgency);
  });

  test('eleven sets', () => {
    const actual = evaluate(strict, answers).map(({ set, verdict, decision, bounds }) => [
      set.id,
      {
        verdict,
        decision: decision?.decision ?? null,
        ...(verdict === 'not-applicable' ? { min: null, max: null } : bounds),
      },
    ]);
    expect(actual).toHaveLength(11);
    expect(Object.fromEntries(actual)).toEqual(expected?.sets);
  });
});

test('with the relaxed night item, both Berlin cut-offs of D4 are met at three', () => {
  const berlin = evaluate(createRuleSet('relaxed'), answersOf('D4')).filter(({ set }) =>
    set.id.startsWith('berlin'),
  );
  expect(berlin.map(({ verdict, bounds }) => [verdict, bounds.min, bounds.max])).toEqual([
    ['met', 3, 3],
    ['met', 3, 3],
  ]);
});
