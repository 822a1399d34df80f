import type { CriteriaSet } from '../criteria-set.js';

/**
 * CaFaSpA referral model: any two of four, in low back pain over three months that began before 45.
 * Derived in patients aged 18 to 45: outside it a warning is given, never a gate.
 */
export const cafaspa = {
  id: 'cafaspa',
  title: 'CaFaSpA referral model',
  citation: 'PLoS One 2015. doi:10.1371/journal.pone.0131963',
  gate: ['low-back-pain', 'chronic-pain', 'onset-before-45'],
  criteria: [
    { code: 'inflammatory-back-pain', text: 'Inflammatory back pain (ASAS)' },
    { code: 'nsaid-any-improvement', text: 'Any relief within 48 hours of an NSAID' },
    { code: 'family-spa-any-degree', text: 'Family history of spondyloarthritis' },
    { code: 'pain-over-5-years', text: 'Back pain for five years or longer' },
  ],
  rule: { atLeast: 2 },
  readings: [
    'A little relief counts as relief on an NSAID.',
    'Buttock-only pain passes the low-back gate.',
    '“Varies” is unknown.',
  ],
} as const satisfies CriteriaSet;
