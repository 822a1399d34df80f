import { describe, expect, test } from '@jest/globals';
import { type Age, warningsFor } from '../../../src/scoring/criteria/warnings.js';
import { type Response, toAnswers } from '../../support/scoring-questions.js';

function codes(response: Response, age: Age | null): string[] {
  return warningsFor(toAnswers(response), age).map(({ code }) => code);
}

const aged = (years: number): Age => ({ min: years, max: years });
/** A birth date known to the year only: two ages are possible. */
const about = (years: number): Age => ({ min: years - 1, max: years });

describe('age', () => {
  test.each<[string, Age | null, readonly string[]]>([
    ['15', aged(15), ['age-under-16', 'outside-cafaspa-age']],
    ['16', aged(16), ['outside-cafaspa-age']],
    ['17', aged(17), ['outside-cafaspa-age']],
    ['18', aged(18), []],
    ['45', aged(45), []],
    ['46', aged(46), ['outside-cafaspa-age']],
    ['49', aged(49), ['outside-cafaspa-age']],
    ['50', aged(50), ['outside-derivation-age', 'outside-cafaspa-age']],
    ['51', aged(51), ['outside-derivation-age', 'outside-cafaspa-age']],
    ['14 or 15', about(15), ['age-under-16', 'outside-cafaspa-age']],
    ['15 or 16', about(16), ['outside-cafaspa-age']],
    ['16 or 17', about(17), ['outside-cafaspa-age']],
    ['17 or 18', about(18), []],
    ['45 or 46', about(46), []],
    ['46 or 47', about(47), ['outside-cafaspa-age']],
    ['49 or 50', about(50), ['outside-cafaspa-age']],
    ['50 or 51', about(51), ['outside-derivation-age', 'outside-cafaspa-age']],
    ['not known', null, []],
  ])('%s', (_name, age, expected) => {
    expect(codes({}, age)).toEqual(expected);
  });
});

describe('pain for under 3 months that began years ago', () => {
  const short: Response = { 'pain-duration': 'under-3-months' };

  test.each<[string, Response, Age | null, boolean]>([
    ['one year back', { ...short, 'onset-age': 29 }, aged(30), false],
    ['two years back', { ...short, 'onset-age': 28 }, aged(30), true],
    ['three years back', { ...short, 'onset-age': 27 }, aged(30), true],
    ['one or two years back', { ...short, 'onset-age': 28 }, about(30), false],
    ['two or three years back', { ...short, 'onset-age': 27 }, about(30), true],
    [
      'two years back, but for longer',
      { 'pain-duration': '3-months-to-5-years', 'onset-age': 28 },
      aged(30),
      false,
    ],
    ['two years back, duration not sure', { 'pain-duration': 'unknown', 'onset-age': 28 }, aged(30), false],
    ['two years back, duration blank', { 'onset-age': 28 }, aged(30), false],
    ['onset blank', short, aged(30), false],
    ['age not known', { ...short, 'onset-age': 28 }, null, false],
  ])('%s', (_name, response, age, warned) => {
    expect(codes(response, age).includes('duration-contradicts-onset')).toBe(warned);
  });
});

describe('place of the pain', () => {
  test.each<[Response, boolean]>([
    [{ 'pain-location': ['low-back'] }, false],
    [{ 'pain-location': ['neck', 'low-back'] }, false],
    [{ 'pain-location': ['buttock'] }, true],
    [{ 'pain-location': ['neck'] }, true],
    [{}, false],
  ])('%j', (response, warned) => {
    expect(codes(response, null)).toEqual(warned ? ['low-back-not-ticked'] : []);
  });
});

describe('already diagnosed', () => {
  test.each<[Response, boolean]>([
    [{ 'diagnosed-conditions': ['axial-spa'] }, true],
    [{ 'diagnosed-conditions': ['uveitis', 'axial-spa', 'unknown'] }, true],
    [{ 'diagnosed-conditions': ['psoriatic-arthritis'] }, false],
    [{ 'diagnosed-conditions': ['none'] }, false],
    [{ 'family-first-degree': ['axial-spa'] }, false],
    [{}, false],
  ])('%j', (response, warned) => {
    expect(codes(response, null)).toEqual(warned ? ['already-diagnosed'] : []);
  });
});

describe('a warning', () => {
  const all = warningsFor(
    toAnswers({
      'pain-location': ['neck'],
      'pain-duration': 'under-3-months',
      'onset-age': 20,
      'diagnosed-conditions': ['axial-spa'],
    }),
    aged(60),
  );

  test('names the sets it concerns, none for all', () => {
    expect(all.map(({ code, criteriaSets }) => [code, criteriaSets])).toEqual([
      ['already-diagnosed', []],
      ['duration-contradicts-onset', []],
      ['low-back-not-ticked', []],
      ['outside-derivation-age', ['berlin-2006-8a', 'berlin-2006-8b']],
      ['outside-cafaspa-age', ['cafaspa']],
    ]);
  });

  test('is a code, a sentence and the sets, nothing else', () => {
    for (const warning of all) {
      expect(Object.keys(warning).sort()).toEqual(['code', 'criteriaSets', 'text']);
      expect(warning.text).toMatch(/^[A-Z].{20,}\.$/);
    }
  });
});
