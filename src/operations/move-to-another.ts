import type { Standing } from '../fhir/delivery-plan.js';
import { toResponseId } from '../fhir/identity.js';
import { STANDING_RESPONSE } from '../fhir/systems.js';
import { type Accepted, observationsBefore } from './accepted.js';
import { acceptVersion } from './deliver-version.js';
import type { Ports } from './ports.js';
import { readResponse, scoreResponse } from './score-response.js';

/*
 * A response that stands there under another patient's name is two: what followed from it is entered in error for the
 * one who had it, and it is scored for the other under an id of its own. Nothing of the two is ever mixed.
 */

/** The id of the response as it is that patient's. */
export function movedId(id: string, subject: string | null): string {
  return toResponseId(`${STANDING_RESPONSE}|${id}|${subject}`);
}

/** Whether it was another patient's when it was accepted; what another outbox took says so by its Observations. */
export async function isOfAnother(
  accepted: Accepted,
  subject: string | null,
  ports: Ports,
): Promise<boolean> {
  const known = await subjectOf(accepted, ports);
  return known !== null && known !== subject;
}

async function subjectOf(accepted: Accepted, ports: Ports): Promise<string | null> {
  const newest = accepted.entries.at(-1);
  if (newest) return newest.subject;
  const [one] = await observationsBefore(accepted, ports);
  return one?.subject?.reference ?? null;
}

/** Enters in error what followed for the patient who had it; once. */
export async function withdrawFrom(accepted: Accepted, standing: Standing, ports: Ports): Promise<void> {
  const { id, current, entries } = accepted;
  const reference = (await subjectOf(accepted, ports)) ?? '';
  const { resourceType, authored } = current;
  // Our own store still has it as it was; on the FHIR server it is the other patient's by now.
  const whole = current.subject?.reference === reference ? current : { resourceType, id, authored };
  const body = { ...whole, status: 'entered-in-error', subject: { reference } };
  const read = readResponse({ body, storedId: id }, 'error', ports);
  if (entries.at(-1)?.contentHash === read.identity.contentHash) return;
  const scored = scoreResponse(read, 'unknown', ports);
  const version = accepted.version + 1;
  await acceptVersion({ scored, version, before: accepted, isPatientKnown: true, standing }, ports);
}
