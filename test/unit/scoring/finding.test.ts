import { describe, expect, test } from '@jest/globals';
import { and, atLeast, boundsOf, type Finding, not, or } from '../../../src/scoring/finding.js';

/** Kleene's tables, all nine rows each: left, right, and, or. */
const KLEENE: readonly (readonly [Finding, Finding, Finding, Finding])[] = [
  ['met', 'met', 'met', 'met'],
  ['met', 'unknown', 'unknown', 'met'],
  ['met', 'not-met', 'not-met', 'met'],
  ['unknown', 'met', 'unknown', 'met'],
  ['unknown', 'unknown', 'unknown', 'unknown'],
  ['unknown', 'not-met', 'not-met', 'unknown'],
  ['not-met', 'met', 'not-met', 'met'],
  ['not-met', 'unknown', 'not-met', 'unknown'],
  ['not-met', 'not-met', 'not-met', 'not-met'],
];

describe('Kleene', () => {
  test.each(KLEENE)('%s, %s: and gives %s, or gives %s', (left, right, both, either) => {
    expect(and([left, right])).toBe(both);
    expect(or([left, right])).toBe(either);
  });

  test.each<[Finding, Finding]>([
    ['met', 'not-met'],
    ['not-met', 'met'],
    ['unknown', 'unknown'],
  ])('not %s is %s', (finding, negated) => {
    expect(not(finding)).toBe(negated);
  });

  test.each<[readonly Finding[], Finding, Finding]>([
    [['met', 'unknown', 'not-met'], 'not-met', 'met'],
    [['met', 'met', 'unknown'], 'unknown', 'met'],
    [['not-met', 'unknown', 'not-met'], 'not-met', 'unknown'],
    [['met', 'met', 'met'], 'met', 'met'],
    [['not-met', 'not-met', 'not-met'], 'not-met', 'not-met'],
    [['unknown', 'unknown', 'unknown'], 'unknown', 'unknown'],
  ])('three: %j', (findings, both, either) => {
    expect(and(findings)).toBe(both);
    expect(or(findings)).toBe(either);
  });

  test('one is itself', () => {
    for (const finding of ['met', 'not-met', 'unknown'] as const) {
      expect([and([finding]), or([finding])]).toEqual([finding, finding]);
    }
  });

  test('none: and is met, or is not-met', () => {
    expect(and([])).toBe('met');
    expect(or([])).toBe('not-met');
  });
});

describe('bounds', () => {
  test.each<[readonly Finding[], number, number]>([
    [[], 0, 0],
    [['met'], 1, 1],
    [['not-met'], 0, 0],
    [['unknown'], 0, 1],
    [['met', 'unknown', 'not-met', 'unknown', 'met'], 2, 4],
    [['not-met', 'not-met', 'unknown'], 0, 1],
    [['met', 'met', 'met'], 3, 3],
  ])('of %j are %d to %d', (findings, min, max) => {
    expect(boundsOf(findings)).toEqual({ min, max });
  });
});

describe('at least', () => {
  test.each<[number, number, number, Finding]>([
    [4, 4, 4, 'met'],
    [4, 4, 5, 'met'],
    [4, 5, 5, 'met'],
    [4, 3, 4, 'unknown'],
    [4, 0, 5, 'unknown'],
    [4, 3, 3, 'not-met'],
    [4, 0, 3, 'not-met'],
    [1, 0, 0, 'not-met'],
    [1, 0, 1, 'unknown'],
    [1, 1, 8, 'met'],
    [0, 0, 0, 'met'],
  ])('%d with %d to %d is %s', (threshold, min, max, finding) => {
    expect(atLeast(threshold, { min, max })).toBe(finding);
  });
});
