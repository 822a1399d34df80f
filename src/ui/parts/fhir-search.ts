import type { Bundle, FhirResource } from 'fhir/r4.js';
import { getFhir, nextOf, type Reply, resourcesIn } from './fhir-client.js';
import { type Refusal, refusalIn } from './refusal.js';

/** Why something could not be read, in words for whoever waits for it. */
export interface Failure {
  readonly failure: string;
}

/** A server gives at most so many at once as it likes; what is left is fetched, so far. */
const MOST_PAGES = 4;

/** So many ids in one search: an address must not grow too long. */
const MOST_IDS = 25;

/** What `load` finds for all the ids, a few at a time; null when any part of it cannot be read. */
export async function loadByIds<T>(
  ids: readonly string[],
  load: (some: readonly string[]) => Promise<T[] | null>,
): Promise<T[] | null> {
  const starts = ids.flatMap((_, index) => (index % MOST_IDS === 0 ? index : []));
  const parts = await Promise.all(starts.map((start) => load(ids.slice(start, start + MOST_IDS))));
  return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
}

/** Everything that a search finds, over a few pages (`most`); null when it cannot be read, or not to its end. */
export async function loadAll<T extends FhirResource>(path: string, most = MOST_PAGES): Promise<T[] | null> {
  const found: T[] = [];
  let next: string | null = path;
  for (let page = 0; next !== null; page += 1) {
    const reply: Reply<Bundle<T>> = page < most ? await getFhir(next) : { state: 'unreachable' };
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

const NOT_LET_IN: Readonly<Record<Refusal, string>> = {
  signedOut: 'You are not signed in, or your sign-in has run out.',
  forbidden: 'Your sign-in does not allow this.',
};

/** In a sentence. */
export function failureText(reply: Exclude<Reply<object>, { state: 'done' }>): string {
  if (reply.state === 'unreachable') return 'The service, or the record server behind it, does not answer.';
  const refusal = refusalIn(reply);
  if (refusal) return NOT_LET_IN[refusal];
  const [first] = reply.issues;
  return first?.text || `The service refused to answer (HTTP ${reply.status}).`;
}
