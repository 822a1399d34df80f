import { expect, test } from '@jest/globals';
import { changesBetween } from '../../../../src/ui/results/changes.js';
import { withoutAdvice } from '../../../../src/ui/results/explanation.js';
import { recordDifferences, whyRecordDiffers } from '../../../../src/ui/results/record.js';
import { delivery, explained, explainedSet, plainSet } from './explained.js';

test('verdicts, decisions and urgency, before and after', () => {
  const before = explained({
    redFlags: { urgency: null, complete: false, flags: [], unanswered: ['eye'] },
    criteriaSets: [explainedSet({ verdict: 'indeterminate', decision: 'test-hla-b27' }), plainSet()],
  });
  expect(changesBetween(before, explained({ criteriaSets: [explainedSet(), plainSet()] }))).toEqual([
    { title: 'Red flags', before: 'Safety questions not answered', after: 'None reported' },
    { title: 'NICE NG65 referral criteria', before: 'test HLA-B27', after: 'refer' },
  ]);
});

test('a count that moved is no change of a verdict', () => {
  const after = explained({ criteriaSets: [explainedSet({ min: 6, max: 6 })] });
  expect(changesBetween(explained(), after)).toEqual([]);
});

const verdict = (id: string, code: string, status: 'final' | 'entered-in-error' = 'final') => ({
  resourceType: 'Observation' as const,
  status,
  code: { coding: [{ code: id }] },
  component: [{ code: { coding: [{ code: 'verdict' }] }, valueCodeableConcept: { coding: [{ code }] } }],
});

test('a record that says another verdict is told', () => {
  expect(recordDifferences([verdict('nice-ng65', 'not-met')], explained())).toEqual([
    { title: 'NICE NG65 referral criteria', before: 'not met', after: 'met' },
  ]);
});

test('the same, none, and one entered in error are no difference', () => {
  expect(recordDifferences([verdict('nice-ng65', 'met')], explained())).toEqual([]);
  expect(recordDifferences([], explained())).toEqual([]);
  expect(recordDifferences([verdict('nice-ng65', 'not-met', 'entered-in-error')], explained())).toEqual([]);
});

test('someone already diagnosed is not told to be referred', () => {
  const warnings = [{ code: 'already-diagnosed', text: '', criteriaSets: [] }];
  const [set] = withoutAdvice(explained({ warnings })).criteriaSets;
  expect(set).toMatchObject({ verdict: 'met', decision: null });
  expect(withoutAdvice(explained())).toEqual(explained());
});

test.each([
  ['written', 2, null],
  ['queued', 2, 'The record still has the version before this one.'],
  ['refused', 2, 'The record still has the version before this one.'],
  ['queued', 1, 'The record does not have it yet.'],
  ['unknown', 2, 'Whether the record has this version is not known.'],
])('a record that is not expected to say the same: %s, version %i', (state, version, expected) => {
  expect(whyRecordDiffers(delivery({ state }), version)).toBe(expected);
});

test('nobody knows where the delivery could not be read', () => {
  expect(whyRecordDiffers(null, 2)).toMatch(/could not be read/);
});
