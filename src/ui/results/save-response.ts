import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type Issue, putFhir } from '../parts/fhir-client.js';

export type Saved =
  /** `isQueued`: accepted, and still on its way to the FHIR server. */
  | { readonly state: 'saved'; readonly isQueued: boolean }
  /** Somebody changed it first. */
  | { readonly state: 'overtaken' }
  | { readonly state: 'refused'; readonly status: number; readonly issues: readonly Issue[] }
  | { readonly state: 'unreachable' };

/** Writes a response over the version that was read (`etag`); nothing is written over another's change. */
export async function saveResponse(response: QuestionnaireResponse, etag: string): Promise<Saved> {
  const path = `QuestionnaireResponse/${encodeURIComponent(response.id ?? '')}`;
  const reply = await putFhir<QuestionnaireResponse>(path, response, etag);
  if (reply.state === 'done') return { state: 'saved', isQueued: reply.status === 202 };
  if (reply.state === 'refused' && reply.status === 412) return { state: 'overtaken' };
  return reply;
}
