import type { CriteriaSet } from '../criteria-set.js';

/** RADAR 2/3, the variant without tests: any two of three, in back pain over three months that began before 45. */
export const radar2of3 = {
  id: 'radar-2of3',
  title: 'RADAR referral strategy, two of three',
  citation: 'EULAR 2014 abstract FRI0124',
  gate: ['chronic-pain', 'onset-before-45'],
  criteria: [
    { code: 'inflammatory-back-pain', text: 'Inflammatory back pain (ASAS)' },
    { code: 'nsaid-good-response', text: 'Good response to an NSAID' },
    { code: 'extra-articular-manifestation', text: 'Uveitis, psoriasis or inflammatory bowel disease' },
  ],
  rule: { atLeast: 2 },
  readings: ['A psoriatic arthritis of one’s own leaves psoriasis unknown.', '“Varies” is unknown.'],
} as const satisfies CriteriaSet;
