import type { CriteriaSet } from '../criteria-set.js';

/**
 * Berlin criteria, in chronic back pain: two cut-offs of one table. Exercise and rest are one item here, and
 * waking is the second half of the night *only* (2006); `NIGHT_PAIN_VARIANT=relaxed` drops the "only" (2009).
 * Set 7b of the paper is not built: its items could not be verified.
 */
const table = {
  citation: 'Rudwaleit M, et al. Arthritis Rheum 2006;54:569-578. doi:10.1002/art.21619',
  gate: ['chronic-pain'],
  criteria: [
    { code: 'morning-stiffness-over-30-min', text: 'Morning stiffness for more than 30 minutes' },
    { code: 'exercise-not-rest', text: 'Improvement with exercise but not with rest' },
    { code: 'wakes-second-half-only', text: 'Woken by back pain in the second half of the night only' },
    { code: 'alternating-buttock-pain', text: 'Alternating buttock pain' },
  ],
  readings: ['“Varies” is unknown.', '“Only” in the night item, as in 2006, unless configured otherwise.'],
} as const satisfies Partial<CriteriaSet>;

export const berlin2006a = {
  ...table,
  id: 'berlin-2006-8a',
  title: 'Berlin criteria for inflammatory back pain, two of four',
  rule: { atLeast: 2 },
} as const satisfies CriteriaSet;

export const berlin2006b = {
  ...table,
  id: 'berlin-2006-8b',
  title: 'Berlin criteria for inflammatory back pain, three of four',
  rule: { atLeast: 3 },
} as const satisfies CriteriaSet;
