import type { Patient, QuestionnaireResponse } from 'fhir/r4.js';
import { getFhir } from '../parts/fhir-client.js';
import { failureText, loadResponses, loadResults, search } from '../parts/load-screenings.js';
import type { Screening } from '../parts/screening.js';

const COUNT = 12;

export interface HistoryPage {
  /** Newest first. */
  readonly screenings: readonly Screening[];
  /** The results could not be read: they are not known, which is not the same as none. */
  readonly isUnknown: boolean;
  /** Where it goes on; null at the end. */
  readonly next: string | null;
}

export interface History extends HistoryPage {
  readonly patient: Patient;
}

/** The patient and the newest screenings, in three requests; or why not, in a sentence. */
export async function loadHistory(id: string): Promise<History | string> {
  const query = search({ patient: [id], _sort: ['-authored'], _count: [`${COUNT}`] });
  const [reply, page] = await Promise.all([
    getFhir<Patient>(`Patient/${encodeURIComponent(id)}`),
    loadHistoryPage(`QuestionnaireResponse?${query}`),
  ]);
  if (reply.state === 'refused' && reply.status === 404) return 'There is no such patient.';
  if (reply.state !== 'done') return failureText(reply);
  return typeof page === 'string' ? page : { ...page, patient: reply.body };
}

/** One page of a search, with what the responses came to. */
export async function loadHistoryPage(path: string): Promise<HistoryPage | string> {
  const page = await loadResponses(path);
  if ('failure' in page) return page.failure;
  const responses: readonly QuestionnaireResponse[] = page.responses;
  return { ...(await loadResults(responses)), next: page.next };
}
