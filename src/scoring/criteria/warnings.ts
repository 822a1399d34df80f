import type { Answers } from '../condition.js';

/** Age at the time of the answers, in completed years; a range when the birth date is not known to the day. */
export interface Age {
  readonly min: number;
  readonly max: number;
}

/** Something a clinician should know about the answers. Never a gate: it changes no verdict. */
export interface Warning {
  readonly code: string;
  readonly text: string;
  /** The sets it concerns; empty for all. */
  readonly criteriaSets: readonly string[];
}

/**
 * clinical.md §12, below the questions. An uncertain age gets the benefit of the doubt: a warning is given
 * only when every possible age calls for it.
 */
export function warningsFor(answers: Answers, age: Age | null): Warning[] {
  const rows = [...answerRows(answers, age), ...(age ? ageRows(age) : [])];
  return rows.filter(({ holds }) => holds).map(({ holds: _, ...warning }) => warning);
}

type Row = Warning & { readonly holds: boolean };

function ageRows({ min, max }: Age): Row[] {
  return [
    {
      holds: max < 16,
      code: 'age-under-16',
      text: 'Under 16 years of age: the criteria are for people over 16.',
      criteriaSets: [],
    },
    {
      holds: min >= 50,
      code: 'outside-derivation-age',
      text: 'Aged 50 or more: the Berlin criteria were derived in patients under 50.',
      criteriaSets: ['berlin-2006-8a', 'berlin-2006-8b'],
    },
    {
      holds: max < 18 || min > 45,
      code: 'outside-cafaspa-age',
      text: 'The CaFaSpA model was derived in patients aged 18 to 45.',
      criteriaSets: ['cafaspa'],
    },
  ];
}

function answerRows({ given }: Answers, age: Age | null): Row[] {
  const ticked = (linkId: string): readonly string[] => {
    const answer = given.get(linkId);
    return Array.isArray(answer) ? answer : [];
  };
  const onset = given.get('onset-age');
  const places = ticked('pain-location');
  const yearsOfPain = age && typeof onset === 'number' ? age.min - onset : 0;
  return [
    {
      holds: ticked('diagnosed-conditions').includes('axial-spa'),
      code: 'already-diagnosed',
      text: 'Axial spondyloarthritis is already diagnosed: this screening does not apply; the results are for information.',
      criteriaSets: [],
    },
    {
      holds: given.get('pain-duration') === 'under-3-months' && yearsOfPain >= 2,
      code: 'duration-contradicts-onset',
      text: 'Pain is said to have begun under 3 months ago, but the age at onset is years back: ask when it first started, even if it comes and goes.',
      criteriaSets: [],
    },
    {
      holds: places.length > 0 && !places.includes('low-back'),
      code: 'low-back-not-ticked',
      text: 'The low back was not named as a place of the pain: the criteria are about back pain.',
      criteriaSets: [],
    },
  ];
}
