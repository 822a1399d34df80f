import { type Condition, decide, type View } from './condition.js';
import type { FindingCode } from './criteria/findings.js';
import { and } from './finding.js';

/**
 * Product of positive likelihood ratios, after Rudwaleit, Feldtkeller, Sieper. Ann Rheum Dis 2006;65:1251-1252
 * (x-ray: the 2005 primary-care table). Off by default: the same features have ratios of 1.1 to 1.8 in primary
 * care, and features that go together are multiplied as if they did not, so the product runs high.
 *
 * Only ratios that were read at the source are here; dactylitis, psoriasis and inflammatory bowel disease were
 * not. An absent or unknown feature has the factor 1: using the negative ratios was never validated.
 */
interface Ratio {
  readonly code: FindingCode;
  readonly when: Condition;
  readonly ratio: number;
  /** Where this is present, or not known to be absent, the lowered ratio counts. */
  readonly unlessAbsent?: Condition;
  readonly lowered?: number;
}

const positive = (code: FindingCode, ratio: number): Ratio => ({ code, when: { finding: code }, ratio });

/** HLA-B27 says less in someone with psoriasis or inflammatory bowel disease, and that may not be known. */
const psoriasisOrIbd: Condition = {
  any: [{ finding: 'psoriasis' }, { finding: 'inflammatory-bowel-disease' }],
};

const ratios: readonly Ratio[] = [
  positive('inflammatory-back-pain', 3.1),
  positive('enthesitis', 3.4),
  positive('peripheral-arthritis', 4.0),
  positive('uveitis', 7.3),
  positive('family-spa-any-degree', 6.4),
  positive('nsaid-good-response', 5.1),
  positive('crp-esr-raised', 2.5),
  {
    code: 'sacroiliitis-on-imaging',
    when: { oneOf: ['si-imaging', ['sacroiliitis-mri'], ['sacroiliitis-xray', 'normal']] },
    ratio: 9.0,
  },
  {
    code: 'sacroiliitis-on-imaging',
    when: { oneOf: ['si-imaging', ['sacroiliitis-xray'], ['sacroiliitis-mri', 'normal']] },
    ratio: 4.0,
  },
  { ...positive('hla-b27-positive', 9.0), unlessAbsent: psoriasisOrIbd, lowered: 5.0 },
];

/** Probability of disease before anything is asked: chronic back pain that began before 45, and nothing else. */
const PRE_TEST = 0.05;
const APPLIES_TO: readonly FindingCode[] = ['chronic-pain', 'onset-before-45'];

/** Products from which the method speaks of definite and probable disease, and below which of unlikely. */
const DEFINITE = 171;
const PROBABLE = 76;
const UNLIKELY_BELOW = 2;

export interface Likelihood {
  /** null where the method does not apply. */
  readonly product: number | null;
  readonly band: 'definite' | 'probable' | 'more-tests' | 'unlikely' | null;
  readonly used: readonly FindingCode[];
  readonly note: string;
}

const CAUTION =
  'Assumes that the features are independent; likely too high. Not a probability to act on alone.';

/** The estimate for one set of answers. Never written as an Observation, and never a bare percentage. */
export function likelihoodOf(view: View): Likelihood {
  if (and(APPLIES_TO.map((code) => view.finding(code).finding)) !== 'met') {
    const note = 'Applies only to back pain of three months or more that began before 45.';
    return { product: null, band: null, used: [], note };
  }
  const used = ratios
    .filter(({ when }) => decide(when, view).finding === 'met')
    .map((ratio) => ({ code: ratio.code, factor: factorOf(ratio, view) }));
  const product = used.reduce((all, { factor }) => all * factor, 1);
  const factors = used.map(({ code, factor }) => `${code} ${factor}`).join(' × ');
  return {
    product: Math.round(product * 10) / 10,
    band: bandOf(
      product,
      ratios.every(({ when }) => decide(when, view).finding !== 'unknown'),
    ),
    used: used.map(({ code }) => code),
    note: factors ? `${factors}. ${CAUTION}` : `No feature with a ratio is known to be present. ${CAUTION}`,
  };
}

function factorOf({ ratio, unlessAbsent, lowered }: Ratio, view: View): number {
  const isSafe = !unlessAbsent || decide(unlessAbsent, view).finding === 'not-met';
  return isSafe ? ratio : (lowered ?? ratio);
}

/** "Unlikely" only when every feature is known: what was not asked or tested is no reason to think so. */
function bandOf(product: number, isComplete: boolean): NonNullable<Likelihood['band']> {
  if (product >= DEFINITE) return 'definite';
  if (product >= PROBABLE) return 'probable';
  return product < UNLIKELY_BELOW && isComplete ? 'unlikely' : 'more-tests';
}

/** Post-test probability of a product, from 0 to 1: what the published tables are checked against. */
export function postTest(product: number): number {
  const odds = (PRE_TEST / (1 - PRE_TEST)) * product;
  return odds / (1 + odds);
}
