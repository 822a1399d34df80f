import type { FhirResource, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { type Content, isScored } from '../fhir/content.js';
import { toStanding } from '../fhir/delivery-plan.js';
import { relativeReference, splitCanonical } from '../fhir/head.js';
import { identify, toResponseId } from '../fhir/identity.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { STANDING_RESPONSE } from '../fhir/systems.js';
import {
  type Accepted,
  findAccepted,
  findLost,
  isOurId,
  isResponse,
  provenancesOf,
  versionIdOf,
} from './accepted.js';
import { adoptVersion, nextVersion, type Seen } from './adopt-version.js';
import type { Adopted } from './intake-port.js';
import { isOfAnother, moveToAnother } from './move-to-another.js';
import type { Entry, Ports } from './ports.js';
import { raiseFlags } from './raise-flags.js';
import { lookUpPatient, readResponse, scoreResponse } from './score-response.js';

/** What was decided of the place before; null when it never was. */
export type Remembered = { readonly hash: string | null } | null;

const GONE: Adopted = { state: 'gone', seen: null, issues: [] };

/**
 * Takes up a response that an EHR or a portal stored on the FHIR server itself: it is scored where it stands, and
 * its Observations go through the outbox like any other's. What the service wrote is known and left alone, so that
 * no write of its own ever leads to another. Throws a Problem when it cannot be decided now.
 */
export async function adoptResponse(id: string, before: Remembered, ports: Ports): Promise<Adopted> {
  // Where the records are hangs on what the server takes.
  await ports.delivery.profile();
  const found = await ports.fhirServer.read('QuestionnaireResponse', id);
  if (!isAboutRules(found, ports)) return GONE;
  const responseId = await responseIdFor(found, ports);
  return ports.delivery.inOrder(responseId, async () => {
    // Read again: what was sent in the meantime may have changed it.
    const current = await ports.fhirServer.read('QuestionnaireResponse', id);
    return isAboutRules(current, ports) ? adoptHere(current, responseId, before, ports) : GONE;
  });
}

async function adoptHere(
  current: QuestionnaireResponse,
  responseId: string,
  before: Remembered,
  ports: Ports,
): Promise<Adopted> {
  const reference: unknown = current.subject?.reference;
  const subject =
    typeof reference === 'string' ? relativeReference(reference, ports.fhirServer.baseUrl) : null;
  const seen = { responseId, subject, versionId: versionIdOf(current), hash: null };
  try {
    return await adopt(current, seen, before, ports);
  } catch (error) {
    if (!(error instanceof Problem) || isPassing(error)) throw error;
    // What was entered in error is withdrawn, whatever is wrong with its answers, and raises nothing any more.
    if (current.status === 'entered-in-error' && current.item) {
      const { item: _answers, ...withdrawn } = current;
      return adoptHere(withdrawn, responseId, before, ports);
    }
    const isTaken = error.issues[0].code === 'identifier-in-use';
    // Under the name that it has there: what has the identifier is another response.
    const own = isTaken ? { ...seen, responseId: toResponseId(`${STANDING_RESPONSE}|${current.id}`) } : seen;
    const isRaised =
      current.status !== 'entered-in-error' && (await raiseFlags(current, own.responseId, ports));
    return {
      state: 'unscored',
      seen: { ...own, responseId: isRaised ? own.responseId : null },
      issues: error.issues,
    };
  }
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
  if (isOurId(id) && ports.outbox.entriesOf(id).length > 0) return id;
  // The same answers without an identifier may have been posted to the service as well.
  const posted = identify(found).id;
  if (ports.outbox.entriesOf(posted).length > 0) return posted;
  const { system = '', value } = identifier ?? {};
  return toResponseId(value === undefined ? `${STANDING_RESPONSE}|${id}` : `${system}|${value}`);
}

/** `<response id>.v<n>` → the response id; null for a Provenance that is named otherwise. */
function responseIdIn({ id = '' }: Provenance): string | null {
  const [responseId = ''] = id.split('.v');
  return isOurId(responseId) && /\.v\d+$/.test(id) ? responseId : null;
}

async function adopt(
  current: QuestionnaireResponse,
  found: Seen,
  before: Remembered,
  ports: Ports,
): Promise<Adopted> {
  const standing = toStanding(current.id ?? '', versionIdOf(current));
  const read = readResponse({ body: current, storedId: found.responseId }, 'error', ports);
  const seen = { ...found, hash: read.identity.contentHash };
  const accepted = await acceptedHere(found.responseId, standing.reference, ports);
  if (accepted && !accepted.isPlaced) return aside(accepted, seen);
  if (accepted && isKnown(accepted, seen, before, ports)) return { state: 'known', seen, issues: [] };
  const patient = await lookUpPatient(read, ports);
  if (patient === 'unknown') throw new Problem(AWAY);
  if (accepted && isOfAnother(accepted, seen)) {
    // Nothing is withdrawn from the one before the other can be given it.
    scoreResponse(read, patient, ports);
    return moveToAnother(accepted, current, { seen, standing, patient }, ports);
  }
  const scored = scoreResponse(read, patient, ports);
  const version = nextVersion(accepted, standing);
  return adoptVersion({ scored, version, before: accepted, isPatientKnown: true, standing }, seen, ports);
}

interface Here extends Accepted {
  /** Whether what was accepted is what stands there, rather than another response under the same identifier. */
  readonly isPlaced: boolean;
}

/** What was accepted of it; where its place is gone, what the outbox knows. What has to give way is put aside. */
async function acceptedHere(responseId: string, reference: string, ports: Ports): Promise<Here | null> {
  const isPlaced = ports.outbox.placeOf(reference)?.responseId === responseId;
  if (isPlaced) {
    const refused = ports.outbox.entriesOf(responseId).filter(({ state }) => state === 'refused');
    for (const entry of refused) if (!entry.isDropped) giveWay(entry, ports);
  }
  const there = await findAccepted(responseId, ports, reference);
  if (there) return there.isOurs ? { ...there, isPlaced: isPlaced || there.place === reference } : null;
  const lost = findLost(responseId, ports);
  return lost && { ...lost, isPlaced: true };
}

/** A change that the server refused was made to something that stands there no more. */
function giveWay({ seq, responseId, payload }: Entry, { outbox }: Ports): void {
  if (payload?.standing?.isThere === true && outbox.takeBack(seq)) return;
  outbox.drop(responseId, 'the FHIR server refused it, and the response there may have been changed since');
}

/** Another response has the identifier: this one is a copy of it, or not scored. */
function aside({ contentHashes }: Accepted, seen: Seen): Adopted {
  const isCopy = seen.hash !== null && contentHashes.includes(seen.hash);
  if (!isCopy) throw new Problem(TAKEN);
  return { state: 'known', seen: { ...seen, responseId: null }, issues: [] };
}

/**
 * Whether nothing has happened there since: it is what was accepted last, or what was decided before, or what our
 * own last write left in the server's words. Throws when a change of ours is on its way there.
 */
function isKnown(accepted: Here, { hash, versionId }: Seen, before: Remembered, { outbox }: Ports): boolean {
  const { currentHash, entries, id, place, serverVersion } = accepted;
  if (currentHash === hash) {
    if (versionId !== null && versionId === serverVersion) outbox.moveTo(id, versionId);
    return true;
  }
  if (before) {
    if (before.hash === hash) return true;
  } else if (versionId !== null && outbox.placeOf(place)?.versionId === versionId) return true;
  if (entries.some(({ state, isDropped }) => state !== 'written' && !isDropped)) throw new Problem(UNDER_WAY);
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
