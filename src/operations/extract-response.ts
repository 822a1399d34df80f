import type { Parameters } from 'fhir/r4.js';
import { toPutBundle, withFullUrls } from '../fhir/bundle.js';
import { withReferences } from '../fhir/delivery-plan.js';
import { toInformation } from '../fhir/outcome.js';
import type { Ports } from './ports.js';
import { type Input, lookUpPatient, observationsOf, readResponse, scoreResponse } from './score-response.js';

/**
 * SDC `$extract`: the Observations a response would become, as a transaction. Never persists, and has no
 * clock in it: twice the same response gives the same bytes. Throws the Problem that POST would.
 */
export async function extractResponse(input: Input, ports: Ports): Promise<Parameters> {
  const read = readResponse(input, 'error', ports);
  const scored = scoreResponse(read, await lookUpPatient(read, ports), ports);
  const ours = `QuestionnaireResponse/${scored.identity.id}`;
  // A stored one may have another name on the FHIR server, where somebody else put it.
  const theirs = `QuestionnaireResponse/${(input.storedId !== null && read.response.id) || scored.identity.id}`;
  const observations = observationsOf(scored, ports).map((observation) =>
    ours === theirs ? observation : withReferences(observation, (text) => (text === ours ? theirs : text)),
  );
  const nothing = toInformation('There is nothing to extract from this response.', 'warning');
  const parameter =
    observations.length > 0
      ? { name: 'return', resource: withFullUrls(toPutBundle(observations), `${ports.publicUrl}/fhir`) }
      : { name: 'issues', resource: nothing };
  return { resourceType: 'Parameters', parameter: [parameter] };
}
