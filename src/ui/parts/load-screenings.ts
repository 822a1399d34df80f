import type { Bundle, Observation, Patient, QuestionnaireResponse } from 'fhir/r4.js';
import { getFhir, nextOf, resourcesIn } from './fhir-client.js';
import { type Failure, failureText, loadAll, loadByIds, search } from './fhir-search.js';
import { CRITERIA_SETS, PAIN, RED_FLAGS, type Screening, toScreening } from './screening.js';

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

/** One page of `QuestionnaireResponse?…`, or of the link to a next page. */
export async function loadResponses(path: string): Promise<ResponsePage | Failure> {
  const reply = await getFhir<Bundle<QuestionnaireResponse>>(path);
  if (reply.state !== 'done') return { failure: failureText(reply) };
  return { responses: resourcesIn(reply.body), next: nextOf(reply.body) };
}

/** What these responses came to, in one search for a page of them. */
export async function loadResults(responses: readonly QuestionnaireResponse[]): Promise<Results> {
  const codes = [RED_FLAGS, PAIN, ...CRITERIA_SETS];
  const found = await loadByIds(
    responses.flatMap(({ id }) => id ?? []),
    (ids) => {
      const from = ids.map((id) => `QuestionnaireResponse/${id}`);
      const query = { 'derived-from': from, code: codes, _count: [`${from.length * codes.length}`] };
      // However few a server gives at once: without all of them nothing is known.
      return loadAll<Observation>(`Observation?${search(query)}`, MOST_RESULT_PAGES);
    },
  );
  const screenings = responses.map((response) => toScreening(response, found ?? []));
  return { screenings, isUnknown: found === null };
}

const MOST_RESULT_PAGES = 10;

/** By id; null when they cannot be read. */
export async function loadPatients(
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, Patient> | null> {
  const known = [...new Set(ids.flatMap((id) => id ?? []))];
  const found = await loadByIds(known, (some) =>
    loadAll<Patient>(`Patient?${search({ _id: some, _count: [`${some.length}`] })}`),
  );
  return found && new Map(found.map((patient) => [patient.id ?? '', patient]));
}
