/** What a FHIR server holds about a patient, in words that do not depend on who chose the ids, nor on the clock. */
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { identifiersOf } from '../../src/fhir/delivery-plan.js';
import type { Json } from './embedded-fixture.js';

const TYPES = ['QuestionnaireResponse', 'Observation', 'DocumentReference', 'Task'];

/** One line for each resource, sorted. */
export type Found = readonly string[];

async function searchAll(base: string, query: string): Promise<FhirResource[]> {
  const resources: FhirResource[] = [];
  for (let url: string | undefined = `${base}/${query}`; url !== undefined; ) {
    const reply = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (reply.status !== 200) throw new Error(`${url} answered ${reply.status}`);
    const page = (await reply.json()) as Bundle<FhirResource>;
    resources.push(...(page.entry ?? []).flatMap(({ resource }) => (resource ? [resource] : [])));
    url = page.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return resources;
}

/** Everything about the patient, and the Provenances of it. */
export async function resourcesOf(base: string, patient: string): Promise<FhirResource[]> {
  const found = (
    await Promise.all(TYPES.map((type) => searchAll(base, `${type}?patient=${patient}&_count=200`)))
  ).flat();
  const targets = found
    .filter(({ resourceType }) => resourceType !== 'Task' && resourceType !== 'DocumentReference')
    .map(({ resourceType, id }) => `${resourceType}/${id}`);
  if (targets.length === 0) return found;
  return [...found, ...(await searchAll(base, `Provenance?target=${targets.join(',')}&_count=200`))];
}

/** `responseId` becomes R, and the patient P; a reference to what has an identifier becomes that identifier. */
export function describe(
  resources: readonly FhirResource[],
  { patient, responseId, key }: { patient: string; responseId: string; key: string },
): Found {
  const names = new Map(
    resources.map((one) => [`${one.resourceType}/${one.id}`, identifiersOf(one)[0] ?? one.resourceType]),
  );
  for (const one of resources) {
    if (one.resourceType === 'QuestionnaireResponse')
      names.set(`QuestionnaireResponse/${one.id}`, 'response');
  }
  const plain = (text: string) =>
    text
      .replaceAll(responseId, 'R')
      .replaceAll(`Patient/${patient}`, 'P')
      .replaceAll(key, 'K')
      .replaceAll(/[0-9a-f]{64}/g, 'HASH');
  const value = (name: string, one: unknown): unknown => {
    if (name === 'reference') return plain(names.get(String(one)) ?? String(one));
    if (name === 'data') return plain(Buffer.from(String(one), 'base64').toString());
    return typeof one === 'string' ? plain(one) : one;
  };
  return resources.map((one) => JSON.stringify(withoutPlace(one), value)).sort();
}

/** Without what says where and when it was written. */
function withoutPlace(resource: FhirResource): Json {
  const { id: _id, meta: _meta, recorded: _recorded, date: _date, ...rest } = resource as Json;
  const content = rest.content?.map(({ attachment: { hash: _hash, size: _size, ...attachment } }: Json) => ({
    attachment,
  }));
  return { ...rest, ...(content && { content }) };
}

/** What of the one is not in the other, as often as it is there. */
export function beyond(some: Found, others: Found): string[] {
  const left = [...others];
  return some.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
