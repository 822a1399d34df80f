import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Standing } from '../fhir/delivery-plan.js';
import { toResponseId } from '../fhir/identity.js';
import { STANDING_RESPONSE } from '../fhir/systems.js';
import { type Accepted, findLost } from './accepted.js';
import { adoptVersion, nextVersion, type Seen } from './adopt-version.js';
import { acceptVersion } from './deliver-version.js';
import type { Adopted } from './intake-port.js';
import type { Ports } from './ports.js';
import { type PatientLookup, readResponse, scoreResponse } from './score-response.js';

/** Whether it was another patient's when it was accepted. */
export function isOfAnother({ entries }: Accepted, { subject }: Seen): boolean {
  const known = entries.at(-1)?.subject ?? null;
  return known !== null && known !== subject;
}

/** What is known of the response as it stands there now. */
interface Standee {
  readonly seen: Seen;
  readonly standing: Standing;
  readonly patient: PatientLookup;
}

/**
 * A response that stands there under another patient's name: what followed from it is entered in error for the one
 * who had it, and it is scored for the other under an id of its own. Nothing of the two is ever mixed.
 */
export async function moveToAnother(
  accepted: Accepted,
  current: QuestionnaireResponse,
  standee: Standee,
  ports: Ports,
): Promise<Adopted> {
  await withdrawFrom(accepted, current, standee.standing, ports);
  return adoptForAnother(current, standee, ports);
}

async function withdrawFrom(
  accepted: Accepted,
  current: QuestionnaireResponse,
  standing: Standing,
  ports: Ports,
): Promise<void> {
  const reference = accepted.entries.at(-1)?.subject ?? '';
  const body = { ...current, status: 'entered-in-error', subject: { reference } };
  const read = readResponse({ body, storedId: accepted.id }, 'error', ports);
  const scored = scoreResponse(read, 'unknown', ports);
  const version = accepted.version + 1;
  await acceptVersion({ scored, version, before: accepted, isPatientKnown: true, standing }, ports);
}

async function adoptForAnother(
  current: QuestionnaireResponse,
  { seen, standing, patient }: Standee,
  ports: Ports,
): Promise<Adopted> {
  const responseId = toResponseId(`${STANDING_RESPONSE}|${current.id}|${seen.subject}`);
  const before = findLost(responseId, ports);
  const read = readResponse({ body: current, storedId: responseId }, 'error', ports);
  const scored = scoreResponse(read, patient, ports);
  const version = nextVersion(before, standing);
  const one = { scored, version, before, isPatientKnown: true, standing };
  return adoptVersion(one, { ...seen, responseId }, ports);
}
