import type { CriteriaSet } from '../criteria-set.js';

/**
 * NICE NG65, referral of suspected axial spondyloarthritis: nine items, and an HLA-B27 test when exactly three
 * are present. Uveitis, inflammatory bowel disease and dactylitis are not among the nine; imaging and CRP
 * play no part. The decision table is clinical.md §13's, first match wins.
 */
export const niceNg65 = {
  id: 'nice-ng65',
  title: 'NICE NG65 referral criteria',
  citation: 'NICE guideline NG65 (2017), recommendation 1.1.5',
  gate: ['low-back-pain', 'chronic-pain', 'onset-before-45'],
  criteria: [
    { code: 'onset-before-35', text: 'Onset before 35 years of age' },
    { code: 'wakes-second-half', text: 'Woken in the second half of the night' },
    { code: 'buttock-pain', text: 'Buttock pain' },
    { code: 'improves-with-exercise', text: 'Improvement with movement' },
    { code: 'nsaid-any-improvement', text: 'Improvement within 48 hours of an NSAID' },
    { code: 'family-spa-first-degree', text: 'First-degree relative with spondyloarthritis' },
    { code: 'peripheral-arthritis', text: 'Current or past arthritis' },
    { code: 'enthesitis', text: 'Current or past enthesitis' },
    { code: 'psoriasis', text: 'Current or past psoriasis' },
  ],
  rule: {
    atLeast: 4,
    test: 'hla-b27-positive',
    decisions: [
      { gate: 'not-met', decision: 'gate-not-met', verdict: 'not-applicable', advice: 'safety-net' },
      { maxAtMost: 2, decision: 'not-met', verdict: 'not-met', advice: 'safety-net' },
      { test: 'not-met', maxAtMost: 3, decision: 'not-met', verdict: 'not-met', advice: 'safety-net' },
      {
        gate: 'unknown',
        decision: 'indeterminate',
        verdict: 'indeterminate',
        advice: 'gate-questions-first',
      },
      { minAtLeast: 4, decision: 'refer', verdict: 'met', advice: 'refer' },
      { minAtLeast: 3, test: 'met', decision: 'refer', verdict: 'met', advice: 'refer' },
      // A minimum above three was decided two rows up, so this one is exactly three.
      { minAtLeast: 3, test: 'unknown', decision: 'test-hla-b27', verdict: 'indeterminate', advice: 'test' },
      { decision: 'indeterminate', verdict: 'indeterminate' },
    ],
  },
  readings: [
    'A little relief counts as improvement on an NSAID.',
    'Buttock-only pain passes the low-back gate.',
    'A psoriatic arthritis of one’s own counts as arthritis and leaves psoriasis unknown.',
    '“Varies” is unknown.',
  ],
} as const satisfies CriteriaSet;
