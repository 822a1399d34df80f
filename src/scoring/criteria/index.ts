import type { CriteriaSet } from '../criteria-set.js';
import { asasAxspa2009 } from './asas-axspa-2009.js';
import { asasIbp2009 } from './asas-ibp-2009.js';
import { asasReferral2015 } from './asas-referral-2015.js';
import { berlin2006a, berlin2006b } from './berlin-2006.js';
import { brandt2007 } from './brandt-2007.js';
import { cafaspa } from './cafaspa.js';
import { calin1977 } from './calin-1977.js';
import { master } from './master.js';
import { niceNg65 } from './nice-ng65.js';
import { radar2of3 } from './radar-2of3.js';

/** Every published set that is scored, in the order of contract.md §3. */
export const criteriaSets: readonly CriteriaSet[] = [
  calin1977,
  asasIbp2009,
  berlin2006a,
  berlin2006b,
  niceNg65,
  asasReferral2015,
  brandt2007,
  master,
  radar2of3,
  cafaspa,
  asasAxspa2009,
];
