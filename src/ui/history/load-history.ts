import type { Patient } from 'fhir/r4.js';
import { getFhir } from '../parts/fhir-client.js';
import { failureText, search } from '../parts/fhir-search.js';
import { type Listed, readNow, toListed } from '../parts/listed.js';
import { loadResponses } from '../parts/load-screenings.js';
import { type Refusal, refusalIn } from '../parts/refusal.js';
import { loadTroubles, responsesIn, type Troubles } from '../parts/troubles.js';

const COUNT = 12;

export interface HistoryPage {
  /** Newest first. */
  readonly screenings: readonly Listed[];
  /** Where it goes on; null at the end. */
  readonly next: string | null;
}

export interface History extends HistoryPage {
  readonly patient: Patient;
  /** What has not arrived, of whomever; null when it could not be read. */
  readonly troubles: Troubles | null;
}

/** Whoever asks may not see it. */
export interface NotLetIn {
  readonly refusal: Refusal;
}

/** The patient and the newest screenings; or why not, in a sentence. */
export async function loadHistory(id: string): Promise<History | NotLetIn | string> {
  const query = search({ patient: [id], _sort: ['-authored'], _count: [`${COUNT}`] });
  const asked = loadTroubles();
  const [reply, page, troubles] = await Promise.all([
    getFhir<Patient>(`Patient/${encodeURIComponent(id)}`),
    loadHistoryPage(`QuestionnaireResponse?${query}`, asked),
    asked,
  ]);
  const refusal = refusalIn(reply);
  if (refusal) return { refusal };
  if (reply.state === 'refused' && reply.status === 404) return 'There is no such patient.';
  if (reply.state !== 'done') return failureText(reply);
  return typeof page === 'string' ? page : { ...page, patient: reply.body, troubles };
}

/** One page of a search, with what the responses came to. */
export async function loadHistoryPage(
  path: string,
  asked: Promise<Troubles | null>,
): Promise<HistoryPage | string> {
  const page = await loadResponses(path);
  if ('failure' in page) return page.failure;
  const troubles = (await asked)?.list ?? [];
  const now = await readNow({ found: page.responses, also: [], troubles });
  return { screenings: await toListed(now, troubles), next: page.next };
}

/**
 * How many responses have not arrived and are not among these: any may be of this patient. They are not read to find
 * out, because they are of others.
 */
export function countElsewhere({ list, unseen }: Troubles, screenings: readonly Listed[]): number {
  const here = new Set(screenings.map(({ screening }) => screening.id));
  const changed = list.filter(({ kind, response }) => kind === 'response' && !here.has(response));
  return responsesIn({ list: changed }).length + unseen;
}
