import type { Observation } from 'fhir/r4.js';
import { verdictWord } from '../parts/words.js';
import type { Change } from './changes.js';
import type { Delivery } from './delivery.js';
import type { Explanation } from './explanation.js';

/**
 * Where the record says another verdict than what is shown, which is computed anew: it was written under
 * earlier rules, or somebody changed it.
 */
export function recordDifferences(
  observations: readonly Observation[],
  { criteriaSets }: Pick<Explanation, 'criteriaSets'>,
): Change[] {
  return criteriaSets.flatMap(({ id, title, verdict }) => {
    const stored = observations.find(({ code, status }) => status !== 'entered-in-error' && codeIs(code, id));
    const found = stored?.component?.find(({ code }) => codeIs(code, 'verdict'));
    const recorded = found?.valueCodeableConcept?.coding?.[0]?.code;
    if (recorded === undefined || recorded === verdict) return [];
    return [{ title, before: verdictWord(recorded), after: verdictWord(verdict) }];
  });
}

/**
 * Why the record cannot be expected to say what is shown; null where it should. `version`: of the response, 1 for the
 * first.
 */
export function whyRecordDiffers(delivery: Delivery | null, version: number): string | null {
  if (delivery === null) return 'Whether the record has this version could not be read.';
  if (delivery.state === 'written') return null;
  if (delivery.state === 'unknown') return 'Whether the record has this version is not known.';
  return version > 1
    ? 'The record still has the version before this one.'
    : 'The record does not have it yet.';
}

function codeIs({ coding = [] }: Observation['code'], code: string): boolean {
  return coding[0]?.code === code;
}
