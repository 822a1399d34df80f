import type { Parameters } from 'fhir/r4.js';
import { toPutBundle } from '../fhir/bundle.js';
import { toInformation } from '../fhir/outcome.js';
import type { Ports } from './ports.js';
import { headOf, lookUpPatient, readResponse, scoreResponse } from './score-response.js';

const STRICT = { missing: 'error' } as const;

/**
 * SDC `$extract`: the Observations a response would become, as a transaction. Never persists, and has no
 * clock in it: twice the same response gives the same bytes. Throws the Problem that POST would.
 */
export async function extractResponse(body: unknown, ports: Ports): Promise<Parameters> {
  const read = readResponse(body, ports);
  const patient = await lookUpPatient(headOf(read.response, STRICT, ports), ports);
  const { observations } = scoreResponse(read, patient, STRICT, ports);
  const nothing = toInformation('There is nothing to extract from this response.', 'warning');
  const parameter =
    observations.length > 0
      ? { name: 'return', resource: toPutBundle(observations) }
      : { name: 'issues', resource: nothing };
  return { resourceType: 'Parameters', parameter: [parameter] };
}
