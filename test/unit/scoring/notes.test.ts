import { describe, expect, test } from '@jest/globals';
import { type Evaluation, evaluate } from '../../../src/scoring/evaluate.js';
import { DISCLAIMER, disagreementOf, noteOn } from '../../../src/scoring/notes.js';
import { createRuleSet } from '../../../src/scoring/rule-set.js';
import { workedCases } from '../../support/scoring-cases.js';
import { dropDisabled, type Response, toAnswers } from '../../support/scoring-questions.js';
import { createRandom } from '../../support/scoring-random.js';
import { randomResponse, writtenResponses } from '../../support/scoring-responses.js';

const rules = createRuleSet('strict');

function of(id: string, response: Response): Evaluation {
  return evaluate(rules, toAnswers(response)).find(({ set }) => set.id === id) as Evaluation;
}

function worked(id: string): Response {
  return dropDisabled(workedCases[id] as Response);
}

/** A note for someone who is screened, but for the advice at its end. */
function counted(evaluation: Evaluation): string {
  const { advice: _, ...decision } = evaluation.decision ?? { decision: '', verdict: evaluation.verdict };
  return noteOn({ ...evaluation, decision: evaluation.decision && decision }, true);
}

/** What a note says beyond the count: only with advice. */
function advice(evaluation: Evaluation): string {
  const bare = counted(evaluation);
  const full = noteOn(evaluation, true);
  expect(full.startsWith(bare)).toBe(true);
  return full.slice(bare.length).trim();
}

const SAFETY_NET =
  'If suspicion remains, assess again when new signs, symptoms or risk factors appear, above all with current or past inflammatory bowel disease, psoriasis or uveitis.';
const POSITIVE = 'HLA-B27 is positive: the ASAS-endorsed rule advises referral.';

/** Low back pain for years, since the age of 38, with none of the other NG65 items. */
const ng65None: Response = {
  'pain-location': ['low-back'],
  'pain-duration': '3-months-to-5-years',
  'onset-age': 38,
  'night-waking': 'never',
  'buttock-pain': 'none',
  'exercise-effect': 'worse',
  'nsaid-response': 'no-better',
  'diagnosed-conditions': ['none'],
  'peripheral-features': ['none'],
  'family-first-degree': ['none'],
  'hla-b27': 'negative',
};
const ng65Three: Response = {
  ...ng65None,
  'night-waking': 'second-half',
  'buttock-pain': 'one-side',
  'exercise-effect': 'better',
};
const ng65Four: Response = { ...ng65Three, 'nsaid-response': 'much-better' };

function without(response: Response, ...linkIds: string[]): Response {
  return Object.fromEntries(Object.entries(response).filter(([linkId]) => !linkIds.includes(linkId)));
}

test('disclaimer', () => {
  expect(DISCLAIMER).toBe('Screening aid, not a diagnosis.');
});

describe('count and verdict', () => {
  test.each<[string, string, string]>([
    ['D1', 'calin-1977', '5 of 5 present: met.'],
    ['D9', 'asas-ibp-2009', '3 of 5 present: not met.'],
    ['D8', 'asas-ibp-2009', '3 of 5 present, 2 unknown: 3 to 5; open.'],
    ['P3', 'asas-ibp-2009', '4 of 5 present, 1 unknown: 4 to 5; met.'],
    ['D11', 'nice-ng65', '4 of 9 present: refer.'],
    ['P3', 'nice-ng65', '4 of 9 present, 1 unknown: 4 to 5; refer.'],
    ['D4', 'nice-ng65', '3 of 9 present: an HLA-B27 test decides.'],
    ['D6', 'nice-ng65', '3 of 9 present: not met.'],
    ['P3', 'asas-axspa-2009', '3 of 11 present, 1 unknown: 3 to 4; arms: met.'],
    ['D7', 'asas-ibp-2009', 'Not applicable: not fulfilled is "Back pain for three months or longer".'],
    ['D3', 'nice-ng65', 'Not applicable: not fulfilled is "Age at onset under 45 years".'],
  ])('%s, %s: %s', (id, set, note) => {
    expect(counted(of(set, worked(id)))).toBe(note);
  });

  test.each<[string, string, string]>([
    ['D1', 'calin-1977', '5 of 5 present: met.'],
    ['D11', 'nice-ng65', '4 of 9 present: met.'],
    ['P3', 'nice-ng65', '4 of 9 present, 1 unknown: 4 to 5; met.'],
    ['D4', 'nice-ng65', '3 of 9 present: open.'],
    ['D6', 'nice-ng65', '3 of 9 present: not met.'],
    ['D3', 'nice-ng65', 'Not applicable: not fulfilled is "Age at onset under 45 years".'],
  ])('%s, %s, without advice: the verdict and no decision: %s', (id, set, note) => {
    expect(noteOn(of(set, worked(id)), false)).toBe(note);
  });

  test('names every gate fact that is not fulfilled, and only those', () => {
    const response = { ...ng65None, 'pain-location': ['neck'], 'onset-age': 45 };
    expect(noteOn(of('nice-ng65', response), false)).toBe(
      'Not applicable: not fulfilled is "Pain in the low back, down to the buttock creases", "Age at onset under 45 years".',
    );
  });
});

describe('without tests', () => {
  test('says what the questionnaire alone supports, where that differs', () => {
    expect(noteOn(of('asas-referral-2015', worked('D2')), false)).toBe(
      '0 of 8 present, 3 unknown: 0 to 3; open. Without laboratory and imaging results that are not known: not met.',
    );
    expect(noteOn(of('asas-referral-2015', worked('D1')), false)).toBe(
      '2 of 8 present, 3 unknown: 2 to 5; met.',
    );
    expect(noteOn(of('brandt-2007', worked('P2')), false)).not.toContain('Without laboratory');
  });
});

describe('gate unknown', () => {
  test.each<[string, Response, string]>([
    [
      'the set would be met',
      without(ng65Four, 'pain-location'),
      '4 of 9 present: open. gate unknown; would be refer if the gate is met.',
    ],
    [
      'a test would decide',
      { ...without(ng65Three, 'pain-location'), 'hla-b27': 'not-tested' },
      '3 of 9 present: open. gate unknown; would be an HLA-B27 test decides if the gate is met.',
    ],
    [
      'it would be open all the same',
      { ...without(ng65Three, 'pain-location'), 'nsaid-response': 'not-taken' },
      '3 of 9 present, 1 unknown: 3 to 4; open. gate unknown; would be open if the gate is met.',
    ],
    [
      'it is not met either way',
      without(ng65None, 'pain-location'),
      '0 of 9 present: not met. gate unknown; would be not met if the gate is met.',
    ],
  ])('%s', (_name, response, note) => {
    expect(counted(of('nice-ng65', response))).toBe(note);
    const decisions = /would be (refer|an HLA-B27 test decides)/;
    const verdict = note.includes('would be refer') ? 'met' : 'open';
    expect(noteOn(of('nice-ng65', response), false)).toBe(note.replace(decisions, `would be ${verdict}`));
  });

  test('also for a set that only counts', () => {
    const classic = { ...worked('D1') };
    expect(noteOn(of('asas-ibp-2009', without(classic, 'pain-duration')), false)).toBe(
      '5 of 5 present: open. gate unknown; would be met if the gate is met.',
    );
  });

  test('is not said of a gate that is known, or of a set without one', () => {
    expect(noteOn(of('nice-ng65', ng65Four), true)).not.toContain('gate unknown');
    expect(noteOn(of('calin-1977', {}), true)).not.toContain('gate unknown');
  });
});

describe('advice', () => {
  test.each<[string, Response, string]>([
    ['refer, four items', ng65Four, 'Refer to rheumatology.'],
    [
      'refer, three items and a positive test',
      { ...ng65Three, 'hla-b27': 'positive' },
      'Refer to rheumatology.',
    ],
    [
      'three items, no test, nothing open',
      { ...ng65Three, 'hla-b27': 'not-tested' },
      'Test HLA-B27 and refer if positive.',
    ],
    [
      'three items, no test, something open',
      { ...ng65Three, 'hla-b27': 'not-tested', 'nsaid-response': 'not-taken' },
      'Test HLA-B27 and refer if positive. An answer that is still open may make it a plain referral.',
    ],
    ['not met, negative test', ng65Three, SAFETY_NET],
    ['not met, no test', { ...ng65None, 'hla-b27': 'unknown' }, SAFETY_NET],
    [
      'not met although the test is positive',
      { ...ng65None, 'hla-b27': 'positive' },
      `${SAFETY_NET} ${POSITIVE}`,
    ],
    ['gate not met', { ...ng65Four, 'onset-age': 45 }, SAFETY_NET],
    ['gate not met, positive test', { ...ng65Four, 'onset-age': 45, 'hla-b27': 'positive' }, SAFETY_NET],
    ['not met, gate unknown', without(ng65None, 'pain-location'), SAFETY_NET],
    [
      'gate unknown: its open questions, in its order, and no referral',
      without(ng65Four, 'pain-location', 'onset-age'),
      'First find out: Pain in the low back, down to the buttock creases; Age at onset under 45 years.',
    ],
    [
      'nothing to advise while it is open',
      {
        ...ng65None,
        'hla-b27': 'positive',
        'exercise-effect': 'better',
        'buttock-pain': 'one-side',
        'nsaid-response': 'unknown',
      },
      '',
    ],
  ])('NG65: %s', (_name, response, sentences) => {
    expect(advice(of('nice-ng65', response))).toBe(sentences);
  });

  test('is given by no other set', () => {
    for (const id of Object.keys(workedCases)) {
      for (const evaluation of evaluate(rules, toAnswers(worked(id)))) {
        if (evaluation.set.id !== 'nice-ng65') expect(advice(evaluation)).toBe('');
      }
    }
  });

  test('someone already diagnosed gets results and no advice', () => {
    const response: Response = { ...ng65Four, 'diagnosed-conditions': ['axial-spa'] };
    expect(noteOn(of('nice-ng65', response), false)).toBe('4 of 9 present: met.');
    expect(noteOn(of('nice-ng65', { ...ng65None, 'onset-age': 45 }), false)).not.toContain('suspicion');
  });

  test('and no word of a referral or a test that decides, whatever was answered', () => {
    const random = createRandom(65);
    const responses = [
      ...writtenResponses(),
      ...Array.from({ length: 500 }, () =>
        randomResponse(random, { blank: random.next(), unsure: random.next() }),
      ),
    ];
    const seen = { advised: 0, notes: 0 };
    for (const response of responses) {
      for (const evaluation of evaluate(rules, toAnswers(response))) {
        const words = /\brefer|decides|rheumatology|suspicion|Test HLA-B27|First find out/i;
        const note = noteOn(evaluation, false);
        if (words.test(note)) expect([response, note]).toEqual([response, 'free of advice']);
        if (words.test(noteOn(evaluation, true))) seen.advised += 1;
        seen.notes += 1;
      }
    }
    expect(seen.advised).toBeGreaterThan(500);
    expect(seen.notes).toBe(responses.length * 11);
  });
});

describe('disagreement', () => {
  test('names the sets on both sides and what is absent for those not met', () => {
    const text = disagreementOf(evaluate(rules, toAnswers(worked('D9')))) as string;
    expect(text).toContain(
      'Met: calin-1977, berlin-2006-8a, berlin-2006-8b, asas-referral-2015. Not met: asas-ibp-2009, radar-2of3, cafaspa.',
    );
    expect(text).toContain(
      'Absent for asas-ibp-2009: Age at onset under 40 years; Pain at night that improves on getting up.',
    );
    expect(text).not.toContain('nice-ng65');
    expect(text).not.toContain('calin-1977 lacks');
  });

  test('there is none when nothing is met, or nothing is not met', () => {
    expect(disagreementOf(evaluate(rules, toAnswers(worked('S4'))))).toBeNull();
    expect(disagreementOf(evaluate(rules, toAnswers(worked('D1'))))).toBeNull();
    expect(disagreementOf(evaluate(rules, toAnswers({})))).toBeNull();
    expect(disagreementOf([])).toBeNull();
  });
});
