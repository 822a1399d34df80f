import type { CriteriaSet } from '../criteria-set.js';

/**
 * Calin criteria: four of five. Duration is one of the five items, not a gate, so short but otherwise classic
 * pain meets them; stiffness has no minimum duration.
 */
export const calin1977 = {
  id: 'calin-1977',
  title: 'Calin criteria for inflammatory back pain',
  citation:
    'Calin A, et al. JAMA 1977;237:2613-2614; items as tabulated in Sieper J, et al. Ann Rheum Dis 2009;68:784-788',
  gate: [],
  criteria: [
    { code: 'onset-before-40', text: 'Age at onset under 40 years' },
    { code: 'chronic-pain', text: 'Duration of at least three months' },
    { code: 'insidious-onset', text: 'Insidious onset' },
    { code: 'morning-stiffness', text: 'Morning stiffness' },
    { code: 'improves-with-exercise', text: 'Improvement with exercise' },
  ],
  rule: { atLeast: 4 },
  readings: ['“Weeks” counts as insidious.', '“Varies” is unknown.'],
} as const satisfies CriteriaSet;
