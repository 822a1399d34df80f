import type { Subscription } from 'fhir/r4.js';

/** The header by which a notification shows that it comes from the server that was given the secret. */
export function bearer(secret: string): string {
  return `Bearer ${secret}`;
}

/**
 * R4 Subscription (rest-hook) to responses to these Questionnaires. It has no payload: a notification says that
 * there is something new, and nothing of any patient; what it is, is read on the server.
 *
 * @param endpoint absolute URL that the server posts to
 * @param questionnaires canonical URLs, with and without version
 */
export function toSubscription(
  endpoint: string,
  secret: string,
  questionnaires: readonly string[],
): Subscription {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Responses that are stored here are scored.',
    criteria: `QuestionnaireResponse?questionnaire=${questionnaires.map(encodeURIComponent).join(',')}`,
    channel: { type: 'rest-hook', endpoint, header: [`Authorization: ${bearer(secret)}`] },
  };
}

/** Whether it still does what is asked for: the same criteria, and neither switched off nor broken. */
export function isAlive(there: Subscription, wanted: Subscription): boolean {
  const isOn = there.status === 'active' || there.status === 'requested';
  return isOn && plain(there.criteria) === plain(wanted.criteria);
}

/** A server may encode it in another way. */
function plain(criteria: string): string {
  try {
    return decodeURIComponent(criteria);
  } catch {
    return criteria;
  }
}
