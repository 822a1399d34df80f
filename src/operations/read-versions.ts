import type { Bundle, BundleEntry, FhirResource, Provenance } from 'fhir/r4.js';
import {
  asShown,
  findAccepted,
  idIn,
  isResponse,
  provenancesOf,
  responseIdOf,
  responseIn,
  versionOf,
} from './accepted.js';
import type { Ports } from './ports.js';
import { isResourceId, notFound } from './resource-id.js';

/** One accepted version of a response, 1, 2, 3 …; of what the service did not accept, one of the FHIR server's. */
export async function readVersion(id: string, versionId: string, ports: Ports): Promise<FhirResource> {
  const type = 'QuestionnaireResponse';
  if (!isResourceId(id) || !isResourceId(versionId)) notFound(type);
  const responseId = responseIdOf(id, ports);
  if (responseId !== null && !/^[1-9]\d*$/.test(versionId)) notFound(type);
  const entry = (responseId === null ? [] : ports.outbox.entriesOf(responseId)).find(
    ({ kind, version }) => kind === 'response' && String(version) === versionId,
  );
  // Where the FHIR server's own version is not known, what was accepted is.
  if (entry && (entry.state !== 'written' || entry.serverVersion === null || entry.serverVersion === '0')) {
    const response = responseIn(entry);
    if (response) return asShown({ ...response, id }, entry.version, entry.queuedAt);
  }
  const place = entry?.location ? idIn(entry.location) : id;
  const found = await ports.records.vread(type, place, entry?.serverVersion ?? versionId);
  if (!isResponse(found)) notFound(type);
  return responseId === null ? found : asShown({ ...found, id }, Number(versionId));
}

/** Every accepted version of a response, newest first. Throws a Problem `resource-not-found`. */
export async function readHistory(id: string, ports: Ports): Promise<Bundle> {
  const accepted = await findAccepted(id, ports);
  if (accepted?.withheld) throw accepted.withheld;
  if (!accepted?.isOurs) notFound('QuestionnaireResponse');
  const known = accepted.entries.map(({ version }) => version).reverse();
  // What somebody else had put there began with their number; what the outbox does not know of it is theirs.
  const isTheirs = accepted.entries.some(({ standing }) => standing !== null);
  const numbers = isTheirs
    ? known
    : Array.from({ length: accepted.version }, (_, index) => accepted.version - index);
  const entry = await Promise.all(numbers.map((version) => historyEntry(id, version, ports)));
  const url = `${ports.publicUrl}/fhir/QuestionnaireResponse/${id}/_history`;
  return {
    resourceType: 'Bundle',
    type: 'history',
    total: entry.length,
    link: [{ relation: 'self', url }],
    entry,
  };
}

async function historyEntry(id: string, version: number, ports: Ports): Promise<BundleEntry> {
  const resource = await readVersion(id, String(version), ports);
  const lastModified = resource.meta?.lastUpdated;
  const url = version === 1 ? 'QuestionnaireResponse' : `QuestionnaireResponse/${id}`;
  return {
    fullUrl: `${ports.publicUrl}/fhir/QuestionnaireResponse/${id}`,
    resource,
    request: { method: version === 1 ? 'POST' : 'PUT', url },
    response: {
      status: version === 1 ? '201' : '200',
      etag: `W/"${version}"`,
      ...(lastModified && { lastModified }),
    },
  };
}

/** Responses that the service accepted are shown, in a search, with our count of their versions. */
export async function withVersions(found: Bundle, ports: Ports): Promise<Bundle> {
  const responses = (found.entry ?? []).map(({ resource }) => resource).filter(isResponse);
  const names = new Map(responses.map(({ id = '' }) => [id, responseIdOf(id, ports)]));
  const ids = [...names.values()].filter((id) => id !== null);
  if (ids.length === 0) return found;
  const known = ports.outbox.versionsOf(ids);
  const others = ids.filter((id) => !known.has(id));
  const provenances = others.length > 0 ? await provenancesOf(others, ports.records) : [];
  const versions = new Map(
    others.map((id) => [id, Math.max(0, ...provenances.map((one) => versionIn(one, id)))]),
  );
  for (const [id, entries] of known) {
    const written = entries.filter(({ state }) => state === 'written');
    versions.set(id, Math.max(0, ...written.map(({ version }) => version)));
  }
  const entry = found.entry?.map((one) => {
    const version = isResponse(one.resource) && versions.get(names.get(one.resource.id ?? '') ?? '');
    return version && isResponse(one.resource) ? { ...one, resource: asShown(one.resource, version) } : one;
  });
  return { ...found, ...(entry && { entry }) };
}

/** 0 for a Provenance of something else. */
function versionIn(provenance: Provenance, id: string): number {
  const isAbout = provenance.target.some(({ reference }) => reference === `QuestionnaireResponse/${id}`);
  return isAbout ? versionOf(provenance, id) : 0;
}
