import { describe, expect, test } from '@jest/globals';
import {
  type AbsentReason,
  absentReason,
  absentReasonOver,
  codesOf,
  isOpenAnswer,
} from '../../../src/scoring/absence.js';
import type { Answer, Answers } from '../../../src/scoring/condition.js';
import { createRuleSet, createView, definitionsOf } from '../../../src/scoring/rule-set.js';
import { type Response, toAnswers } from '../../support/scoring-questions.js';

const rules = createRuleSet('strict');
const definitions = definitionsOf(rules);

function answers(given: Record<string, Answer>, disabled: readonly string[] = []): Answers {
  return { given: new Map(Object.entries(given)), disabled: new Set(disabled) };
}

describe('the reason over some questions, first that fits', () => {
  test.each<[string, Record<string, Answer>, readonly string[], AbsentReason]>([
    ['"unknown"', { a: 'unknown' }, [], 'asked-unknown'],
    ['"unknown" beside a tick', { a: ['x', 'unknown'] }, [], 'asked-unknown'],
    ['"varies"', { a: 'varies' }, [], 'asked-unknown'],
    ['"no-exercise"', { a: 'no-exercise' }, [], 'asked-unknown'],
    ['"present-unsure-how-long"', { a: 'present-unsure-how-long' }, [], 'asked-unknown'],
    ['"not-tested"', { a: 'not-tested' }, [], 'not-performed'],
    ['"not-done"', { a: 'not-done' }, [], 'not-performed'],
    ['"not-taken"', { a: 'not-taken' }, [], 'not-performed'],
    ['both blank', {}, [], 'unknown'],
    ['one blank, the other answered', { a: 'x' }, [], 'unknown'],
    ['both disabled', {}, ['a', 'b'], 'not-asked'],
    ['one disabled, the other answered', { a: 'x' }, ['b'], 'not-asked'],
    ['one disabled, the other blank', {}, ['b'], 'unknown'],
    ['both answered, and still unknown', { a: 'x', b: 'y' }, [], 'unknown'],
    ['a number', { a: 40, b: 'y' }, [], 'unknown'],
    ['"unknown" goes before "not-taken"', { a: 'not-taken', b: 'unknown' }, [], 'asked-unknown'],
    ['"varies" goes before a blank', { b: 'varies' }, [], 'asked-unknown'],
    ['"varies" goes before a disabled one', { a: 'varies' }, ['b'], 'asked-unknown'],
    ['"not-done" goes before a blank', { b: 'not-done' }, [], 'not-performed'],
    ['"not-done" goes before a disabled one', { a: 'not-done' }, ['b'], 'not-performed'],
  ])('%s', (_name, given, disabled, reason) => {
    expect(absentReasonOver(['a', 'b'], answers(given, disabled))).toBe(reason);
  });

  test('looks at no other question', () => {
    expect(absentReasonOver(['a'], answers({ b: 'unknown' }, ['c']))).toBe('unknown');
  });
});

describe('open answers', () => {
  test.each([
    'unknown',
    'varies',
    'no-exercise',
    'present-unsure-how-long',
    'not-tested',
    'not-done',
    'not-taken',
  ])('%s leaves its question open, alone and beside a tick', (code) => {
    expect([isOpenAnswer([code]), isOpenAnswer(['heel-pain', code])]).toEqual([true, true]);
  });

  test.each([[[]], [['none']], [['same']], [['raised', 'normal']]])('%j does not', (codes) => {
    expect(isOpenAnswer(codes)).toBe(false);
  });

  test('codes of an answer: a list, a list of one, none', () => {
    const given = answers({ many: ['x', 'y'], one: 'x', age: 40 });
    expect(['many', 'one', 'age', 'blank'].map((linkId) => codesOf(linkId, given))).toEqual([
      ['x', 'y'],
      ['x'],
      [],
      [],
    ]);
  });
});

/** Nothing that inflammatory back pain asks is answered but how long: its set stays open. */
const openBackPain: Response = { 'pain-duration': 'over-5-years' };
const classicBackPain: Response = {
  'pain-duration': 'over-5-years',
  'onset-age': 28,
  'onset-speed': 'months',
  'exercise-effect': 'better',
  'rest-effect': 'worse',
};

describe('the reason for a finding of the rules', () => {
  test.each<[string, Response, AbsentReason]>([
    ['onset-before-45', {}, 'unknown'],
    ['chronic-pain', { 'pain-duration': 'unknown' }, 'asked-unknown'],
    ['no-improvement-with-rest', { 'rest-effect': 'varies' }, 'asked-unknown'],
    ['improves-with-exercise', { 'exercise-effect': 'no-exercise' }, 'asked-unknown'],
    ['morning-stiffness-over-30-min', { 'morning-stiffness': 'present-unsure-how-long' }, 'asked-unknown'],
    ['nsaid-good-response', { 'nsaid-response': 'not-taken' }, 'not-performed'],
    ['hla-b27-positive', { 'hla-b27': 'not-tested' }, 'not-performed'],
    ['sacroiliitis-on-imaging', { 'si-imaging': 'not-done' }, 'not-performed'],
    ['crp-raised', { 'crp-esr-raised': 'raised' }, 'unknown'],
    ['psoriasis', { 'diagnosed-conditions': ['psoriatic-arthritis'] }, 'unknown'],
    ['buttock-pain', { 'buttock-pain': 'none', 'pain-location': ['buttock'] }, 'unknown'],
    ['night-pain-eased-by-rising', { 'night-waking': 'first-half' }, 'unknown'],
    ['night-pain-eased-by-rising', { 'night-waking': 'unknown' }, 'asked-unknown'],
    ['family-as', { 'family-first-degree': ['psoriasis'] }, 'unknown'],
    [
      'family-as',
      { 'family-first-degree': ['psoriasis'], 'family-second-degree': ['ibd', 'unknown'] },
      'asked-unknown',
    ],
    ['exercise-not-rest', { 'exercise-effect': 'better' }, 'unknown'],
    ['exercise-not-rest', { 'exercise-effect': 'no-exercise' }, 'asked-unknown'],
    ['peripheral-manifestation', { 'peripheral-features': ['unknown'] }, 'asked-unknown'],
    ['inflammatory-back-pain', openBackPain, 'unknown'],
    ['inflammatory-back-pain', { ...openBackPain, 'onset-speed': 'unknown' }, 'unknown'],
    ['inflammatory-back-pain', { 'pain-duration': 'unknown' }, 'unknown'],
  ])('%s with %j: %s', (code, response, reason) => {
    const view = createView(rules, toAnswers(response));
    expect(view.finding(code).finding).toBe('unknown');
    expect(absentReason({ finding: code }, view, definitions)).toBe(reason);
  });

  test('an arm over an open set is unknown, whatever its own questions say', () => {
    const arm = {
      all: [
        { finding: 'sacroiliitis-on-imaging' },
        { atLeast: [1, [{ finding: 'inflammatory-back-pain' }, { finding: 'uveitis' }]] as const },
      ],
    };
    const notDone: Response = { 'si-imaging': 'not-done', 'diagnosed-conditions': ['none'] };
    const open = createView(rules, toAnswers({ ...openBackPain, ...notDone }));
    expect(absentReason(arm, open, definitions)).toBe('unknown');
    expect(absentReason({ any: [{ not: arm }] }, open, definitions)).toBe('unknown');
    const settled = createView(rules, toAnswers({ ...classicBackPain, ...notDone }));
    expect(settled.finding('inflammatory-back-pain').finding).toBe('met');
    expect(absentReason(arm, settled, definitions)).toBe('not-performed');
  });
});
