import type { CriteriaSet } from '../criteria-set.js';

/** Brandt's referral tool (Berlin): any one of three, in low back pain over three months that began before 45. */
export const brandt2007 = {
  id: 'brandt-2007',
  title: 'Brandt (Berlin) referral tool',
  citation: 'Brandt 2007 (read in secondary sources: NCT00383617, ACR 2018 abstract 648)',
  gate: ['low-back-pain', 'chronic-pain', 'onset-before-45'],
  criteria: [
    { code: 'inflammatory-back-pain', text: 'Inflammatory back pain (ASAS)' },
    { code: 'hla-b27-positive', text: 'HLA-B27 positive' },
    { code: 'sacroiliitis-on-imaging', text: 'Sacroiliitis on imaging' },
  ],
  rule: { atLeast: 1 },
  readings: ['Buttock-only pain passes the low-back gate.', '“Varies” is unknown.'],
} as const satisfies CriteriaSet;
