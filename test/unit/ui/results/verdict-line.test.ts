import { describe, expect, test } from '@jest/globals';
import type { ExplainedSet } from '../../../../src/ui/results/explanation.js';
import {
  boundsText,
  groupSets,
  ng65Note,
  outcomeText,
  settlesText,
  summaryText,
  titleInGroup,
  withoutTestsText,
} from '../../../../src/ui/results/verdict-line.js';
import { explained, explainedSet, plainSet, wording } from './explained.js';

describe('boundsText', () => {
  test.each<[string, Partial<ExplainedSet>, string]>([
    ['certain', { min: 5, max: 5 }, '5 of 9, needs 4'],
    ['a range', { decision: null, min: 3, max: 5 }, '3 to 5 of 9, needs 4'],
    ['nothing yet', { decision: null, min: 0, max: 9 }, '0 to 9 of 9, needs 4'],
    ['NG65 where HLA-B27 matters', { min: 3, max: 3 }, '3 of 9, needs 4 (3 with HLA-B27)'],
    ['NG65 too far below', { min: 1, max: 2 }, '1 to 2 of 9, needs 4'],
    ['no threshold', { decision: null, min: 2, max: 4, of: 11, threshold: null }, '2 to 4 of 11 features'],
    ['not applicable', { min: null, max: null }, 'entry conditions not met'],
  ])('%s', (_, changed, expected) => {
    expect(boundsText(explainedSet(changed))).toBe(expected);
  });
});

test('outcomeText: the decision where there is one, else the verdict', () => {
  expect(outcomeText({ verdict: 'indeterminate', decision: 'test-hla-b27' })).toBe('test HLA-B27');
  expect(outcomeText({ verdict: 'indeterminate', decision: null })).toBe('open');
});

describe('settlesText', () => {
  test.each<[string, string[][], string | null]>([
    ['nothing can', [], null],
    ['one answer', [['hla-b27']], 'Ask: What did the HLA-B27 test show?'],
    ['without how to answer', [['onset-age']], 'Ask: How old were you?'],
    ['several ways', [['hla-b27'], ['onset-age']], 'Ask: What did the HLA-B27 test show? (or 1 other)'],
    [
      'more than one answer',
      [
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'c'],
      ],
      '2 answers could settle it (or 2 others)',
    ],
  ])('%s', (_, settledBy, expected) => {
    expect(settlesText(explainedSet({ settledBy }), wording)).toBe(expected);
  });
});

test('withoutTestsText: only where tests make the difference', () => {
  const open = { verdict: 'indeterminate' };
  expect(withoutTestsText(explainedSet({ ...open, verdictWithoutTests: 'not-met' }))).toBe(
    'Not met without tests',
  );
  expect(withoutTestsText(explainedSet({ ...open, verdictWithoutTests: 'indeterminate' }))).toBeNull();
  expect(withoutTestsText(explainedSet())).toBeNull();
});

describe('summaryText', () => {
  test('NG65 first, then the counts that are not 0', () => {
    const sets = ['met', 'met', 'indeterminate', 'not-met'].map((verdict) => plainSet({ verdict }));
    expect(summaryText(explained({ criteriaSets: [explainedSet(), ...sets] }))).toBe(
      'NICE NG65: refer. 3 sets met, 1 open, 1 not met.',
    );
  });

  test('one set, not applicable', () => {
    const set = explainedSet({ verdict: 'not-applicable', decision: 'gate-not-met', min: null, max: null });
    expect(summaryText({ criteriaSets: [set] })).toBe('NICE NG65: not applicable. 1 set not applicable.');
  });

  test('without NG65, and without any', () => {
    expect(summaryText({ criteriaSets: [plainSet({ verdict: 'indeterminate' })] })).toBe('1 set open.');
    expect(summaryText({ criteriaSets: [] })).toBe('No criteria set.');
  });
});

test('groupSets leaves no set out, not even one that it does not know', () => {
  const sets = [plainSet(), explainedSet(), plainSet({ id: 'new-2030', title: 'New' })];
  expect(groupSets(sets).map(({ title, sets: [first] }) => [title, first?.id])).toEqual([
    ['Refer?', 'nice-ng65'],
    ['Inflammatory back pain?', 'calin-1977'],
    ['Others', 'new-2030'],
  ]);
  expect(titleInGroup(plainSet())).toBe('Calin criteria');
});

test('what goes with the decision of NG65', () => {
  const note = 'Test HLA-B27 and refer if positive.';
  expect(ng65Note(explained({ criteriaSets: [plainSet({ note: 'x' }), explainedSet({ note })] }))).toBe(note);
  expect(ng65Note(explained({ criteriaSets: [plainSet({ note: 'x' })] }))).toBeNull();
});
