import type { FhirResource, QuestionnaireResponse } from 'fhir/r4.js';
import { conditionOf, type Step } from '../fhir/delivery-plan.js';
import { identify } from '../fhir/identity.js';
import type { Issue } from '../fhir/outcome.js';
import { isInDoubt, type LedgerRow } from './ledger.js';
import { notRead, type Outcome, type Sending } from './sending.js';

/**
 * For a server without transactions: whether something stands where the response goes that this version does not
 * replace. Asked as long as the response itself has not been written; null when the way is free.
 */
export async function findOvertaken(
  steps: readonly Step[],
  before: ReadonlyMap<string, LedgerRow>,
  sending: Sending,
): Promise<Outcome | null> {
  const { entry, predecessor, ledger } = sending;
  const step = steps.find(({ what }) => isOfResponse(what));
  if (!step || before.get(step.key)?.outcome === 'written') return null;
  const response = 'resource' in step.what ? step.what.resource : null;
  if (!response || !isResponse(response)) return null;
  try {
    const there = await standing(response, sending);
    if (there === 'unsearchable' || there === null) return null;
    const known = predecessor && ledger.of(predecessor.seq).get(step.key)?.versionId;
    const isBefore = known != null && there.meta?.versionId === known;
    const hash = identify(there).contentHash;
    // What an answer that was lost left there may have been rewritten by the server.
    const mayBeOurs = isInDoubt(before.get(step.key));
    const isExpected =
      mayBeOurs || isBefore || hash === entry.contentHash || hash === predecessor?.contentHash;
    return isExpected ? null : { state: 'refused', issue: overtaken(entry.version) };
  } catch (error) {
    return notRead(error);
  }
}

function isOfResponse(what: Step['what']): boolean {
  return 'resource' in what && what.resource.resourceType === 'QuestionnaireResponse';
}

/** By our id, and by its identifier where the server gives ids of its own. */
async function standing(response: QuestionnaireResponse, { server, profile, payload }: Sending) {
  // Where it has a name already, its identifier need not be one of ours.
  if (profile.identity === 'id' || payload.standing) {
    const found = await server.read('QuestionnaireResponse', response.id ?? '');
    return found && isResponse(found) ? found : null;
  }
  const query = conditionOf(response)?.split('?')[1];
  const looked = query === undefined ? null : await server.look('QuestionnaireResponse', query);
  if (looked?.state !== 'found') return 'unsearchable';
  const key = response.identifier?.value;
  return looked.resources.filter(isResponse).find(({ identifier }) => identifier?.value === key) ?? null;
}

function isResponse(resource: FhirResource): resource is QuestionnaireResponse {
  return resource.resourceType === 'QuestionnaireResponse';
}

/** Somebody else has been there since. */
export function overtaken(version: number): Issue {
  return version === 1
    ? {
        code: 'identifier-in-use',
        text: 'Another response was accepted under this identifier; nothing was changed.',
        expression: 'QuestionnaireResponse.identifier',
      }
    : {
        code: 'version-mismatch',
        text: 'The response was changed on the FHIR server by somebody else; nothing was changed.',
      };
}
