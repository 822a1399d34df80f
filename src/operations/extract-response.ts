import type { Parameters } from 'fhir/r4.js';
import { toPutBundle } from '../fhir/bundle.js';
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
  const observations = observationsOf(scored, ports);
  const nothing = toInformation('There is nothing to extract from this response.', 'warning');
  const parameter =
    observations.length > 0
      ? { name: 'return', resource: toPutBundle(observations) }
      : { name: 'issues', resource: nothing };
  return { resourceType: 'Parameters', parameter: [parameter] };
}
