import type { CriteriaSet } from '../criteria-set.js';

/** MASTER, strategy 2: any two of five, in back pain over three months that began before 45. */
export const master = {
  id: 'master',
  title: 'MASTER referral strategy 2',
  citation: 'J Rheumatol 2011;38:2452-2460. doi:10.3899/jrheum.110070; EULAR 2014 FRI0124',
  gate: ['chronic-pain', 'onset-before-45'],
  criteria: [
    { code: 'inflammatory-back-pain', text: 'Inflammatory back pain (ASAS)' },
    { code: 'hla-b27-positive', text: 'HLA-B27 positive' },
    { code: 'sacroiliitis-on-imaging', text: 'Sacroiliitis on imaging' },
    { code: 'family-as', text: 'Family history of ankylosing spondylitis' },
    { code: 'nsaid-good-response', text: 'Good response to an NSAID' },
  ],
  rule: { atLeast: 2 },
  readings: ['“Varies” is unknown.'],
} as const satisfies CriteriaSet;
