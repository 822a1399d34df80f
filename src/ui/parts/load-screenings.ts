import type { Bundle, FhirResource, Observation, Patient, QuestionnaireResponse } from 'fhir/r4.js';
import { getFhir, nextOf, type Reply, resourcesIn } from './fhir-client.js';
import { CRITERIA_SETS, PAIN, RED_FLAGS, type Screening, toScreening } from './screening.js';

/** Why something could not be read, in words for whoever waits for it. */
export interface Failure {
  readonly failure: string;
}

export interface ResponsePage {
  readonly responses: readonly QuestionnaireResponse[];
  /** Where the search goes on; null on its last page. */
  readonly next: string | null;
}

export interface Results {
  readonly screenings: readonly Screening[];
  /** Whether there was no getting at the results: they are not known then, and not absent. */
  readonly isUnknown: boolean;
}

/** A server gives at most so many at once as it likes; what is left is fetched, so far. */
const MOST_PAGES = 4;

/** One page of `QuestionnaireResponse?…`, or of the link to a next page. */
export async function loadResponses(search: string): Promise<ResponsePage | Failure> {
  const reply = await getFhir<Bundle<QuestionnaireResponse>>(search);
  if (reply.state !== 'done') return { failure: failureText(reply) };
  return { responses: resourcesIn(reply.body), next: nextOf(reply.body) };
}

/** What these responses came to, in one search whatever their number. */
export async function loadResults(responses: readonly QuestionnaireResponse[]): Promise<Results> {
  const from = responses.map(({ id }) => `QuestionnaireResponse/${id}`);
  const codes = [RED_FLAGS, PAIN, ...CRITERIA_SETS];
  const query = search({ 'derived-from': from, code: codes, _count: [`${from.length * codes.length}`] });
  const found = from.length > 0 ? await loadAll<Observation>(`Observation?${query}`) : [];
  const screenings = responses.map((response) => toScreening(response, found ?? []));
  return { screenings, isUnknown: found === null };
}

/** By id, in one search; null when they cannot be read. */
export async function loadPatients(
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, Patient> | null> {
  const known = [...new Set(ids.flatMap((id) => id ?? []))];
  const query = search({ _id: known, _count: [`${known.length}`] });
  const found = known.length > 0 ? await loadAll<Patient>(`Patient?${query}`) : [];
  return found && new Map(found.map((patient) => [patient.id ?? '', patient]));
}

/** Everything that a search finds, over a few pages; null when it cannot be read, or not to its end. */
export async function loadAll<T extends FhirResource>(path: string): Promise<T[] | null> {
  const found: T[] = [];
  let next: string | null = path;
  for (let page = 0; next !== null; page += 1) {
    const reply: Reply<Bundle<T>> = page < MOST_PAGES ? await getFhir(next) : { state: 'unreachable' };
    if (reply.state !== 'done') return null;
    found.push(...resourcesIn(reply.body));
    next = nextOf(reply.body);
  }
  return found;
}

/** A query with the alternatives of each parameter. An id or a code of ours holds no comma. */
export function search(parameters: Readonly<Record<string, readonly string[]>>): string {
  const pairs = Object.entries(parameters).map(([name, values]): [string, string] => [
    name,
    values.join(','),
  ]);
  return new URLSearchParams(pairs).toString();
}

/** What a person typed, as one search value: a comma would be an "or", and a bar or a dollar sign means something too. */
export function searchText(text: string): string {
  return text.replace(/[\\,$|]/g, '\\$&');
}

/** In a sentence. */
export function failureText(reply: Exclude<Reply<object>, { state: 'done' }>): string {
  if (reply.state === 'unreachable') return 'The service, or the record server behind it, does not answer.';
  const [first] = reply.issues;
  return first?.text || `The service refused to answer (HTTP ${reply.status}).`;
}
