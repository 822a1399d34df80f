import type { FhirResource, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { type Content, isScored } from '../fhir/content.js';
import { splitCanonical } from '../fhir/head.js';
import { toResponseId } from '../fhir/identity.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { STANDING_RESPONSE } from '../fhir/systems.js';
import {
  type Accepted,
  findAccepted,
  isOurId,
  isResponse,
  provenancesOf,
  responseIdOf,
  versionIdOf,
} from './accepted.js';
import { acceptVersion } from './deliver-version.js';
import type { Adopted, Ports } from './ports.js';
import { lookUpPatient, observationsOf, readResponse, scoreResponse } from './score-response.js';

const KNOWN: Adopted = { state: 'known' };

/**
 * Takes up a response that an EHR or a portal stored on the FHIR server itself: it is scored where it stands, and
 * its Observations go through the outbox like any other's. What the service wrote is known and left alone, so that
 * no write of its own ever leads to another. Throws a Problem when it cannot be decided now.
 */
export async function adoptResponse(id: string, ports: Ports): Promise<Adopted> {
  // Where the records are hangs on what the server takes.
  await ports.delivery.profile();
  const found = await ports.fhirServer.read('QuestionnaireResponse', id);
  if (!isAboutRules(found, ports)) return KNOWN;
  const responseId = await responseIdFor(found, ports);
  return ports.delivery.inOrder(responseId, async () => {
    // Read again: what was sent in the meantime may have changed it.
    const current = await ports.fhirServer.read('QuestionnaireResponse', id);
    if (!isAboutRules(current, ports)) return KNOWN;
    try {
      return await adopt(current, responseId, ports);
    } catch (error) {
      if (error instanceof Problem && !isPassing(error)) return { state: 'unscored', issues: error.issues };
      throw error;
    }
  });
}

/** The server's state or the disk's, not the response's. */
function isPassing({ issues: [{ code }] }: Problem): boolean {
  return code === 'fhir-server-unreachable' || code === 'store-unavailable' || code === 'version-mismatch';
}

/** Canonical URLs, with and without version, of the Questionnaires that rules are about. */
export function scoredCanonicals({ forms }: Content): string[] {
  return forms.filter(isScored).flatMap(({ url, version }) => [url, `${url}|${version}`]);
}

/** Whether it answers one of our Questionnaires, in whatever version, that rules are about. */
function isAboutRules(found: FhirResource | null, { content }: Ports): found is QuestionnaireResponse {
  if (!isResponse(found) || typeof found.questionnaire !== 'string') return false;
  const { url } = splitCanonical(found.questionnaire);
  return content.forms.some((form) => form.url === url && isScored(form));
}

/** By where it stands; by what our Provenance there says; by its identifier; by its name there. */
async function responseIdFor(found: QuestionnaireResponse, ports: Ports): Promise<string> {
  const { id = '', identifier } = found;
  const known = ports.outbox.placeOf(referenceTo(found))?.responseId;
  if (known !== undefined) return known;
  const provenances = await provenancesOf([id], ports.records);
  const taken = provenances.map(responseIdIn).find((one) => one !== null);
  if (taken) return taken;
  const own = responseIdOf(id, ports);
  if (own !== null && ports.outbox.entriesOf(own).length > 0) return own;
  const { system = '', value } = identifier ?? {};
  return toResponseId(value === undefined ? `${STANDING_RESPONSE}|${id}` : `${system}|${value}`);
}

/** `<response id>.v<n>` → the response id; null for somebody else's Provenance. */
function responseIdIn({ id = '' }: Provenance): string | null {
  const [responseId = ''] = id.split('.v');
  return isOurId(responseId) && /\.v\d+$/.test(id) ? responseId : null;
}

async function adopt(current: QuestionnaireResponse, responseId: string, ports: Ports): Promise<Adopted> {
  const reference = referenceTo(current);
  const versionId = versionIdOf(current);
  const place = ports.outbox.placeOf(reference);
  if (versionId !== null && place?.versionIds.includes(versionId)) return KNOWN;
  const read = readResponse({ body: current, storedId: responseId }, 'error', ports);
  const { contentHash } = read.identity;
  const before = await findAccepted(responseId, ports, reference);
  const accepted = before?.isOurs ? before : null;
  if (accepted && isKnown(accepted, contentHash, place !== null || accepted.place === reference))
    return KNOWN;
  const patient = await lookUpPatient(read, ports);
  if (patient === 'unknown') throw new Problem(AWAY);
  const scored = scoreResponse(read, patient, ports);
  if (!accepted && observationsOf(scored, ports).length === 0) return KNOWN;
  const version = (accepted?.version ?? 0) + 1;
  const standing = { reference, versionId, isThere: true };
  await acceptVersion({ scored, version, before: accepted, isPatientKnown: true, standing }, ports);
  return { state: 'adopted' };
}

/**
 * Whether this content was accepted before. Throws when another response was, or when a change of ours is on its
 * way to where this one stands. `isPlaced`: what was accepted is what stands there.
 */
function isKnown(accepted: Accepted, contentHash: string, isPlaced: boolean): boolean {
  const isOpen = accepted.entries.some(({ state, isDropped }) => state !== 'written' && !isDropped);
  if (accepted.currentHash === contentHash) return true;
  if ((isOpen || !isPlaced) && accepted.contentHashes.includes(contentHash)) return true;
  if (!isPlaced) throw new Problem(TAKEN);
  if (isOpen) throw new Problem(UNDER_WAY);
  return false;
}

function referenceTo({ id }: QuestionnaireResponse): string {
  return `QuestionnaireResponse/${id}`;
}

const AWAY: Issue = {
  code: 'fhir-server-unreachable',
  text: 'The FHIR server could not be asked for the patient.',
};

const UNDER_WAY: Issue = {
  code: 'version-mismatch',
  text: 'The response was changed on the FHIR server while a change of ours is on its way there.',
};

const TAKEN: Issue = {
  code: 'identifier-in-use',
  text: 'Another response was accepted under this identifier; this one was not scored.',
  expression: 'QuestionnaireResponse.identifier',
};
