import type { Bundle, Questionnaire } from 'fhir/r4.js';
import { getFhir, resourcesIn } from './fhir-client.js';

/**
 * The Questionnaire of a canonical: with `|version` that one, as a response names its own; without, the newest that is
 * served. `missing` when there is none, `unreachable` when nobody knows.
 */
export async function loadQuestionnaire(
  canonical: string,
): Promise<Questionnaire | 'missing' | 'unreachable'> {
  const [url = '', version] = canonical.split('|');
  if (url === '') return 'missing';
  const query = new URLSearchParams({ url, ...(version && { version }) });
  const reply = await getFhir<Bundle<Questionnaire>>(`Questionnaire?${query}`);
  if (reply.state === 'unreachable') return 'unreachable';
  return (reply.state === 'done' && newestOf(resourcesIn(reply.body))) || 'missing';
}

/** By version, number for number: 1.10 is newer than 1.9. */
export function newestOf(all: readonly Questionnaire[]): Questionnaire | undefined {
  const order = new Intl.Collator('en', { numeric: true });
  return all.toSorted((a, b) => order.compare(a.version ?? '', b.version ?? '')).at(-1);
}
