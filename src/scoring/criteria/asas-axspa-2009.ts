import type { CriteriaSet } from '../criteria-set.js';
import type { FindingCode } from './findings.js';

/** The eleven SpA features. Sacroiliitis on imaging opens the imaging arm and is not one of them. */
const features = [
  { code: 'inflammatory-back-pain', text: 'Inflammatory back pain (ASAS)' },
  { code: 'peripheral-arthritis', text: 'Arthritis' },
  { code: 'enthesitis', text: 'Enthesitis (heel)' },
  { code: 'uveitis', text: 'Uveitis' },
  { code: 'dactylitis', text: 'Dactylitis' },
  { code: 'psoriasis', text: 'Psoriasis' },
  { code: 'inflammatory-bowel-disease', text: 'Crohn’s disease or ulcerative colitis' },
  { code: 'nsaid-good-response', text: 'Good response to an NSAID' },
  { code: 'family-spa-any-degree', text: 'Family history of spondyloarthritis' },
  { code: 'crp-raised', text: 'Raised CRP' },
  { code: 'hla-b27-positive', text: 'HLA-B27 positive' },
] as const satisfies readonly { code: FindingCode; text: string }[];

const asCondition = ({ code }: { readonly code: FindingCode }) => ({ finding: code });

/**
 * ASAS classification of axial spondyloarthritis, for the clinician only: classification assumes that the
 * diagnosis has been made, and what a patient reports is not "diagnosed by a physician".
 * HLA-B27 may be the one feature of the imaging arm; in the clinical arm it is not counted again.
 */
export const asasAxspa2009 = {
  id: 'asas-axspa-2009',
  title: 'ASAS classification criteria for axial spondyloarthritis (features reported)',
  citation: 'Rudwaleit M, et al. Ann Rheum Dis 2009;68:777-783',
  gate: ['chronic-pain', 'onset-before-45'],
  criteria: features,
  rule: {
    shown: { code: 'sacroiliitis-on-imaging', text: 'Sacroiliitis on imaging' },
    arms: [
      {
        code: 'imaging-arm',
        text: 'Sacroiliitis on imaging and at least one feature',
        when: { all: [{ finding: 'sacroiliitis-on-imaging' }, { atLeast: [1, features.map(asCondition)] }] },
      },
      {
        code: 'clinical-arm',
        text: 'HLA-B27 and at least two other features',
        when: {
          all: [
            { finding: 'hla-b27-positive' },
            { atLeast: [2, features.filter(({ code }) => code !== 'hla-b27-positive').map(asCondition)] },
          ],
        },
      },
    ],
  },
  readings: ['A psoriatic arthritis of one’s own leaves psoriasis unknown.', '“Varies” is unknown.'],
} as const satisfies CriteriaSet;
