import type { Bundle, QuestionnaireResponse } from 'fhir/r4.js';
import { getFhir, type Reply, resourcesIn } from '../parts/fhir-client.js';
import { IDENTIFIER_SYSTEM } from './identifier.js';
import type { Link } from './link.js';

/** A draft that the same person began before. */
export interface Draft {
  readonly id: string;
  /** FHIR dateTime; empty when it does not say. */
  readonly begun: string;
}

/**
 * What the link leads to: the response that it names, or the one of its intake, whose id nobody may have heard of
 * yet; null for none.
 */
export async function findResponse({ response, intake }: Link): Promise<Reply<QuestionnaireResponse> | null> {
  if (response) return getFhir(`QuestionnaireResponse/${response}`);
  if (!intake) return null;
  const found = await search({ identifier: `${IDENTIFIER_SYSTEM}|${intake}` });
  if (found.state !== 'done') return found;
  const [body] = resourcesIn(found.body);
  return body ? { ...found, body, etag: null } : null;
}

/**
 * Drafts of whom the link names, begun here, newest first. None when the link says more, or
 * when they cannot be searched for: then the questions begin anew, which loses nothing.
 */
export async function findDrafts(link: Link): Promise<readonly QuestionnaireResponse[]> {
  const { subject, response, intake } = link;
  if (!subject || response || intake) return [];
  const found = await search({ subject, status: 'in-progress', _sort: '-authored' });
  if (found.state !== 'done') return [];
  return resourcesIn(found.body).filter(({ identifier }) => identifier?.system === IDENTIFIER_SYSTEM);
}

/** The newest by whoever answers now that answers this Questionnaire, in whatever version; null for none. */
export function newestDraft(
  drafts: readonly QuestionnaireResponse[],
  canonical: string,
  link: Link,
): Draft | null {
  const urlOf = (one = '') => one.split('|')[0];
  const draft = drafts.find((one) => isBy(link, one) && urlOf(one.questionnaire) === urlOf(canonical));
  return draft?.id ? { id: draft.id, begun: draft.authored ?? '' } : null;
}

/** Whether whoever the link says answers is whoever wrote it. */
export function isBy({ author }: Link, response: QuestionnaireResponse): boolean {
  return response.author?.reference === (author ?? response.subject?.reference);
}

function search(query: Record<string, string>): Promise<Reply<Bundle<QuestionnaireResponse>>> {
  return getFhir(`QuestionnaireResponse?${new URLSearchParams(query)}`);
}
