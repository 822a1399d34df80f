import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../../../src/scoring/condition.js';
import { createRuleSet, createView } from '../../../src/scoring/rule-set.js';
import { type Response, toAnswers } from '../../support/scoring-questions.js';
import { createRandom } from '../../support/scoring-random.js';
import { randomResponse } from '../../support/scoring-responses.js';

/** The findings table against clinical.md §13: settled both ways by hand, and against the table written twice. */
const strict = createRuleSet('strict');
const findingCodes = Object.keys(strict.findings);

/** clinical.md §13, each row of the first truth table: answers that make it met, and not met. */
const SETTLED: Record<string, readonly [met: Response, notMet: Response]> = {
  'chronic-pain': [{ 'pain-duration': '3-months-to-5-years' }, { 'pain-duration': 'under-3-months' }],
  'pain-over-5-years': [{ 'pain-duration': 'over-5-years' }, { 'pain-duration': '3-months-to-5-years' }],
  'onset-before-35': [{ 'onset-age': 34 }, { 'onset-age': 35 }],
  'onset-before-40': [{ 'onset-age': 39 }, { 'onset-age': 40 }],
  'onset-before-45': [{ 'onset-age': 44 }, { 'onset-age': 45 }],
  'insidious-onset': [{ 'onset-speed': 'weeks' }, { 'onset-speed': 'days' }],
  'morning-stiffness': [
    { 'morning-stiffness': 'present-unsure-how-long' },
    { 'morning-stiffness': 'none-stiff' },
  ],
  'morning-stiffness-over-30-min': [
    { 'morning-stiffness': '31-to-60-min' },
    { 'morning-stiffness': 'up-to-30-min' },
  ],
  'improves-with-exercise': [{ 'exercise-effect': 'better' }, { 'exercise-effect': 'same' }],
  'no-improvement-with-rest': [{ 'rest-effect': 'same' }, { 'rest-effect': 'better' }],
  'exercise-not-rest': [{ 'exercise-effect': 'better', 'rest-effect': 'worse' }, { 'rest-effect': 'better' }],
  'night-pain': [{ 'night-waking': 'pain-no-waking' }, { 'night-waking': 'never' }],
  'night-pain-eased-by-rising': [
    { 'night-waking': 'first-half', 'night-rising-relief': 'yes' },
    { 'night-waking': 'never' },
  ],
  'wakes-second-half': [{ 'night-waking': 'both-halves' }, { 'night-waking': 'first-half' }],
  'wakes-second-half-only': [{ 'night-waking': 'second-half' }, { 'night-waking': 'both-halves' }],
  'alternating-buttock-pain': [{ 'buttock-pain': 'alternating' }, { 'buttock-pain': 'both-sides' }],
  'buttock-pain': [{ 'pain-location': ['buttock'] }, { 'buttock-pain': 'none' }],
  'low-back-pain': [{ 'pain-location': ['buttock'] }, { 'pain-location': ['neck'] }],
  'nsaid-good-response': [{ 'nsaid-response': 'much-better' }, { 'nsaid-response': 'a-little-better' }],
  'nsaid-any-improvement': [{ 'nsaid-response': 'a-little-better' }, { 'nsaid-response': 'no-better' }],
  'peripheral-arthritis': [
    { 'diagnosed-conditions': ['reactive-arthritis'] },
    { 'diagnosed-conditions': ['none'], 'peripheral-features': ['heel-pain'] },
  ],
  enthesitis: [{ 'peripheral-features': ['heel-pain'] }, { 'peripheral-features': ['joint-swelling'] }],
  dactylitis: [{ 'peripheral-features': ['sausage-digit'] }, { 'peripheral-features': ['none'] }],
  uveitis: [{ 'diagnosed-conditions': ['uveitis'] }, { 'diagnosed-conditions': ['psoriasis'] }],
  psoriasis: [{ 'diagnosed-conditions': ['psoriasis'] }, { 'diagnosed-conditions': ['none'] }],
  'inflammatory-bowel-disease': [
    { 'diagnosed-conditions': ['crohn-disease'] },
    { 'diagnosed-conditions': ['uveitis'] },
  ],
  'family-spa-first-degree': [
    { 'family-first-degree': ['reactive-arthritis'] },
    { 'family-first-degree': ['psoriasis', 'ibd', 'uveitis'] },
  ],
  'family-spa-any-degree': [
    { 'family-first-degree': ['none'], 'family-second-degree': ['uveitis'] },
    { 'family-first-degree': ['none'], 'family-second-degree': ['none'] },
  ],
  'family-as': [
    { 'family-first-degree': ['axial-spa'] },
    { 'family-first-degree': ['psoriasis'], 'family-second-degree': ['ibd'] },
  ],
  'hla-b27-positive': [{ 'hla-b27': 'positive' }, { 'hla-b27': 'negative' }],
  'crp-esr-raised': [{ 'crp-esr-raised': 'esr-raised' }, { 'crp-esr-raised': 'normal' }],
  'crp-raised': [{ 'crp-esr-raised': 'crp-raised' }, { 'crp-esr-raised': 'normal' }],
  'sacroiliitis-on-imaging': [{ 'si-imaging': 'sacroiliitis-mri' }, { 'si-imaging': 'normal' }],
  'peripheral-manifestation': [
    { 'peripheral-features': ['sausage-digit'] },
    { 'peripheral-features': ['none'], 'diagnosed-conditions': ['uveitis'] },
  ],
  'extra-articular-manifestation': [
    { 'diagnosed-conditions': ['ulcerative-colitis'] },
    { 'diagnosed-conditions': ['reactive-arthritis'] },
  ],
  'inflammatory-back-pain': [
    {
      'pain-duration': 'over-5-years',
      'onset-age': 20,
      'onset-speed': 'months',
      'exercise-effect': 'better',
      'rest-effect': 'worse',
    },
    { 'pain-duration': 'under-3-months' },
  ],
};

describe('every finding can be settled both ways', () => {
  test('and all are in this table', () => {
    expect(Object.keys(SETTLED).sort()).toEqual([...findingCodes].sort());
  });

  test.each(Object.entries(SETTLED))('%s', (code, [met, notMet]) => {
    const finding = (response: Response) => createView(strict, toAnswers(response)).finding(code);
    expect([finding({}), finding(met), finding(notMet)].map((decision) => decision.finding)).toEqual([
      'unknown',
      'met',
      'not-met',
    ]);
    // The questions that decided it are among those that were answered.
    for (const response of [met, notMet]) {
      expect(finding(response).linkIds.length).toBeGreaterThan(0);
      expect(finding(response).linkIds.filter((linkId) => !(linkId in response))).toEqual([]);
    }
  });
});

/** clinical.md §13 once more, in another hand: plain JavaScript over the answers, three values as true, false, null. */
type Three = boolean | null;
const both = (...of: Three[]): Three => (of.includes(false) ? false : of.includes(null) ? null : true);
const either = (...of: Three[]): Three => (of.includes(true) ? true : of.includes(null) ? null : false);
type Reader = (response: Response) => Three;

function choice(linkId: string, yes: string, no: string): Reader {
  return (response) => {
    const answer = response[linkId] as string | undefined;
    if (answer === undefined) return null;
    return yes.split(' ').includes(answer) ? true : no.split(' ').includes(answer) ? false : null;
  };
}

function tick(linkId: string, yes: string): Reader {
  return (response) => {
    const answer = (response[linkId] ?? []) as readonly Answer[];
    if (answer.some((code) => yes.split(' ').includes(String(code)))) return true;
    return answer.length === 0 || answer.includes('unknown') ? null : false;
  };
}

function under(limit: number): Reader {
  return ({ 'onset-age': age }) => (typeof age === 'number' ? age < limit : null);
}

const ANY_RELATIVE = 'axial-spa psoriatic-arthritis reactive-arthritis psoriasis ibd uveitis';
const oracle: Record<string, Reader> = {
  'chronic-pain': choice('pain-duration', '3-months-to-5-years over-5-years', 'under-3-months'),
  'pain-over-5-years': choice('pain-duration', 'over-5-years', '3-months-to-5-years under-3-months'),
  'onset-before-35': under(35),
  'onset-before-40': under(40),
  'onset-before-45': under(45),
  'insidious-onset': choice('onset-speed', 'weeks months', 'sudden days'),
  'morning-stiffness': choice(
    'morning-stiffness',
    'up-to-30-min 31-to-60-min over-60-min present-unsure-how-long',
    'none-stiff',
  ),
  'morning-stiffness-over-30-min': choice(
    'morning-stiffness',
    '31-to-60-min over-60-min',
    'none-stiff up-to-30-min',
  ),
  'improves-with-exercise': choice('exercise-effect', 'better', 'worse same'),
  'no-improvement-with-rest': choice('rest-effect', 'worse same', 'better'),
  'night-pain': choice('night-waking', 'first-half second-half both-halves pain-no-waking', 'never'),
  'wakes-second-half': choice('night-waking', 'second-half both-halves', 'never first-half pain-no-waking'),
  'wakes-second-half-only': choice(
    'night-waking',
    'second-half',
    'never first-half both-halves pain-no-waking',
  ),
  'alternating-buttock-pain': choice('buttock-pain', 'alternating', 'none one-side both-sides'),
  'low-back-pain': tick('pain-location', 'low-back buttock'),
  'nsaid-good-response': choice('nsaid-response', 'much-better', 'a-little-better no-better'),
  'nsaid-any-improvement': choice('nsaid-response', 'much-better a-little-better', 'no-better'),
  enthesitis: tick('peripheral-features', 'heel-pain'),
  dactylitis: tick('peripheral-features', 'sausage-digit'),
  uveitis: tick('diagnosed-conditions', 'uveitis'),
  'inflammatory-bowel-disease': tick('diagnosed-conditions', 'crohn-disease ulcerative-colitis'),
  'family-spa-first-degree': tick('family-first-degree', 'axial-spa psoriatic-arthritis reactive-arthritis'),
  'hla-b27-positive': choice('hla-b27', 'positive', 'negative'),
  'crp-esr-raised': choice('crp-esr-raised', 'crp-raised esr-raised raised', 'normal'),
  'crp-raised': choice('crp-esr-raised', 'crp-raised', 'normal'),
  'sacroiliitis-on-imaging': choice('si-imaging', 'sacroiliitis-mri sacroiliitis-xray', 'normal'),
  'exercise-not-rest': (r) => both(ask('improves-with-exercise', r), ask('no-improvement-with-rest', r)),
  'night-pain-eased-by-rising': (r) =>
    both(ask('night-pain', r), choice('night-rising-relief', 'yes', 'no')(r)),
  'buttock-pain': (r) => {
    const place = ((r['pain-location'] ?? []) as readonly Answer[]).includes('buttock');
    const direct = choice('buttock-pain', 'one-side both-sides alternating', 'none')(r);
    if (direct === null) return place ? true : null;
    return direct || (place ? null : false);
  },
  'peripheral-arthritis': (r) =>
    either(
      tick('peripheral-features', 'joint-swelling')(r),
      tick('diagnosed-conditions', 'psoriatic-arthritis')(r),
      tick('diagnosed-conditions', 'reactive-arthritis')(r),
    ),
  psoriasis: (r) => {
    const own = tick('diagnosed-conditions', 'psoriasis')(r);
    return own === false && tick('diagnosed-conditions', 'psoriatic-arthritis')(r) ? null : own;
  },
  'family-spa-any-degree': (r) =>
    either(tick('family-first-degree', ANY_RELATIVE)(r), tick('family-second-degree', ANY_RELATIVE)(r)),
  'family-as': (r) =>
    either(tick('family-first-degree', 'axial-spa')(r), tick('family-second-degree', 'axial-spa')(r)),
  'peripheral-manifestation': (r) =>
    either(ask('peripheral-arthritis', r), ask('enthesitis', r), ask('dactylitis', r)),
  'extra-articular-manifestation': (r) =>
    either(ask('uveitis', r), ask('psoriasis', r), ask('inflammatory-bowel-disease', r)),
  'inflammatory-back-pain': (r) => {
    const items = [
      'onset-before-40',
      'insidious-onset',
      'improves-with-exercise',
      'no-improvement-with-rest',
      'night-pain-eased-by-rising',
    ].map((code) => ask(code, r));
    const yes = items.filter((item) => item === true).length;
    const no = items.filter((item) => item === false).length;
    return both(ask('chronic-pain', r), yes >= 4 ? true : no >= 2 ? false : null);
  },
};

function ask(code: string, response: Response): Three {
  return (oracle[code] as Reader)(response);
}

test('on 5,000 random responses every finding is what the truth table says', () => {
  expect(Object.keys(oracle).sort()).toEqual([...findingCodes].sort());
  const random = createRandom(45);
  const seen = new Set<string>();
  for (let index = 0; index < 5000; index += 1) {
    const response = randomResponse(random, { blank: random.next() * 0.5, unsure: random.next() * 0.5 });
    const view = createView(strict, toAnswers(response));
    for (const code of findingCodes) {
      const expected = { true: 'met', false: 'not-met', null: 'unknown' }[String(ask(code, response))];
      const { finding } = view.finding(code);
      if (finding !== expected)
        expect({ code, response, finding }).toEqual({ code, response, finding: expected });
      seen.add(`${code} ${finding}`);
    }
  }
  expect(seen.size).toBe(findingCodes.length * 3);
});
