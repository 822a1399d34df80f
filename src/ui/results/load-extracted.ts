import type { Bundle, FhirResource, Observation, Parameters, Resource } from 'fhir/r4.js';
import { getFhir, resourcesIn } from '../parts/fhir-client.js';

/**
 * The Observations of a stored response as it is now, also while it is on its way to the server. `place`:
 * `QuestionnaireResponse/id`. null when they cannot be had.
 */
export async function loadExtracted(place: string): Promise<Observation[] | null> {
  const reply = await getFhir<Parameters>(`${place}/$extract`);
  if (reply.state !== 'done') return null;
  const bundle = reply.body.parameter?.find(({ name }) => name === 'return')?.resource;
  return isBundle(bundle) ? resourcesIn(bundle).filter((one) => one.resourceType === 'Observation') : [];
}

function isBundle(resource: Resource | undefined): resource is Bundle<FhirResource> {
  return resource?.resourceType === 'Bundle';
}
