import type { CriteriaSet } from '../criteria-set.js';

/** ASAS-endorsed referral recommendation: any one of eight, in chronic back pain that began before 45. */
export const asasReferral2015 = {
  id: 'asas-referral-2015',
  title: 'ASAS-endorsed referral recommendation',
  citation:
    'Poddubnyy D, et al. Ann Rheum Dis 2015;74:1483-1487. doi:10.1136/annrheumdis-2014-207151 (read in a secondary source)',
  gate: ['chronic-pain', 'onset-before-45'],
  criteria: [
    { code: 'inflammatory-back-pain', text: 'Inflammatory back pain (ASAS)' },
    { code: 'hla-b27-positive', text: 'HLA-B27 positive' },
    { code: 'sacroiliitis-on-imaging', text: 'Sacroiliitis on imaging, if available' },
    { code: 'peripheral-manifestation', text: 'Arthritis, enthesitis or dactylitis' },
    { code: 'extra-articular-manifestation', text: 'Uveitis, psoriasis or inflammatory bowel disease' },
    { code: 'family-spa-any-degree', text: 'Family history of spondyloarthritis' },
    { code: 'nsaid-good-response', text: 'Good response to an NSAID' },
    { code: 'crp-esr-raised', text: 'Raised CRP or ESR without another cause' },
  ],
  rule: { atLeast: 1 },
  readings: ['A psoriatic arthritis of one’s own leaves psoriasis unknown.', '“Varies” is unknown.'],
} as const satisfies CriteriaSet;
