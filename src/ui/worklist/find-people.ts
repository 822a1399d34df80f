import type { Patient } from 'fhir/r4.js';
import { nextOf, resourcesIn, searchFhir } from '../parts/fhir-client.js';
import { type Failure, failureText, searchText } from '../parts/fhir-search.js';

/** At most this many people of one name. */
const MOST_PEOPLE = 50;

export interface People {
  readonly ids: readonly string[];
  /** More people have this name than are looked at. */
  readonly isCut: boolean;
}

/** Everybody of that name; null for everybody, when no name is asked for. */
export async function findPeople(name: string): Promise<People | Failure | null> {
  if (!name) return null;
  const reply = await searchFhir<Patient>('Patient', { name: searchText(name), _count: `${MOST_PEOPLE}` });
  if (reply.state !== 'done') return { failure: failureText(reply) };
  const ids = resourcesIn(reply.body).flatMap(({ id }) => id ?? []);
  return { ids, isCut: nextOf(reply.body) !== null };
}
