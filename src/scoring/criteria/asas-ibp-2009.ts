import type { CriteriaSet } from '../criteria-set.js';

/** ASAS experts' criteria for inflammatory back pain: at least four of five, in chronic back pain. */
export const asasIbp2009 = {
  id: 'asas-ibp-2009',
  title: 'ASAS expert criteria for inflammatory back pain',
  citation: 'Sieper J, et al. Ann Rheum Dis 2009;68:784-788. doi:10.1136/ard.2008.101501',
  gate: ['chronic-pain'],
  criteria: [
    { code: 'onset-before-40', text: 'Age at onset under 40 years' },
    { code: 'insidious-onset', text: 'Insidious onset' },
    { code: 'improves-with-exercise', text: 'Improvement with exercise' },
    { code: 'no-improvement-with-rest', text: 'No improvement with rest' },
    { code: 'night-pain-eased-by-rising', text: 'Pain at night that improves on getting up' },
  ],
  rule: { atLeast: 4 },
  readings: ['“Weeks” counts as insidious.', '“Varies” is unknown.'],
} as const satisfies CriteriaSet;
