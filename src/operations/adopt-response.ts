import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type Standing, toStanding } from '../fhir/delivery-plan.js';
import { relativeReference } from '../fhir/head.js';
import { toResponseId } from '../fhir/identity.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { STANDING_RESPONSE } from '../fhir/systems.js';
import { type Accepted, findAccepted, findLost, versionIdOf } from './accepted.js';
import { adoptVersion, nextVersion, type Seen } from './adopt-version.js';
import type { Adopted } from './intake-port.js';
import { isOfAnother, movedId, withdrawFrom } from './move-to-another.js';
import type { Ports } from './ports.js';
import { isPassing, raiseFlags } from './raise-flags.js';
import { lookUpPatient, readResponse, scoreResponse } from './score-response.js';
import { isAboutRules, isLive, isOpen, referenceTo, responseIdFor } from './standing-response.js';

/** What was decided of the place before; null when it never was. */
export type Remembered = { readonly hash: string | null; readonly versionId: string | null } | null;

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
    if (current.status === 'entered-in-error') return withdrawAll(current, seen, before, error.issues, ports);
    const flagged = idForFlags(current, seen, error, ports);
    const isRaised = await raiseFlags(current, flagged, ports);
    const own = { ...seen, responseId: isRaised ? flagged : null };
    return { state: 'unscored', seen: own, issues: error.issues };
  }
}

/** What was entered in error is withdrawn, whatever is wrong with the rest of it, and raises nothing any more. */
async function withdrawAll(
  current: QuestionnaireResponse,
  seen: Seen,
  before: Remembered,
  issues: readonly Issue[],
  ports: Ports,
): Promise<Adopted> {
  const { item: _answers, questionnaire: _unread, ...withdrawn } = current;
  try {
    return await adopt(withdrawn, seen, before, ports);
  } catch (error) {
    if (!(error instanceof Problem) || isPassing(error)) throw error;
    return { state: 'unscored', seen, issues };
  }
}

/** Never under the id of another response with the same identifier, or of what was another patient's. */
function idForFlags(
  { id = '' }: QuestionnaireResponse,
  { responseId, subject }: Seen,
  { issues: [{ code }] }: Problem,
  { outbox }: Ports,
): string {
  if (code === 'identifier-in-use') return toResponseId(`${STANDING_RESPONSE}|${id}`);
  const newest = outbox.entriesOf(responseId).at(-1);
  const isMoved = newest?.subject != null && newest.subject !== subject;
  return isMoved ? movedId(id, subject) : responseId;
}

async function adopt(
  current: QuestionnaireResponse,
  found: Seen,
  before: Remembered,
  ports: Ports,
): Promise<Adopted> {
  const standing = toStanding(current.id ?? '', versionIdOf(current));
  const accepted = await acceptedHere(found.responseId, current, ports);
  if (accepted?.isPlaced && (await isOfAnother(accepted, found.subject, ports))) {
    await withdrawFrom(accepted, standing, ports);
    const seen = { ...found, responseId: movedId(current.id ?? '', found.subject) };
    const earlier = findLost(seen.responseId, current, ports);
    return adoptAs({ current, seen, standing, accepted: earlier }, ports);
  }
  const read = readResponse({ body: current, storedId: found.responseId }, 'error', ports);
  const seen = { ...found, hash: read.identity.contentHash };
  if (accepted && !accepted.isPlaced) return aside(accepted, seen);
  if (accepted && isKnown(accepted, seen, before, ports)) return { state: 'known', seen, issues: [] };
  if (accepted?.entries.some(isOpen)) {
    await clearWay(accepted, current, ports);
    return adopt(current, found, before, ports);
  }
  return adoptAs({ current, seen, standing, accepted }, ports);
}

/** What stands there, and what was accepted of it under the id that it has here. */
interface Adopting {
  readonly current: QuestionnaireResponse;
  readonly seen: Seen;
  readonly standing: Standing;
  readonly accepted: Accepted | null;
}

async function adoptAs({ current, seen, standing, accepted }: Adopting, ports: Ports): Promise<Adopted> {
  const read = readResponse({ body: current, storedId: seen.responseId }, 'error', ports);
  const patient = await lookUpPatient(read, ports);
  if (patient === 'unknown') {
    // Who is in danger is told of, while the patient cannot be read.
    await raiseFlags(current, seen.responseId, ports);
    throw new Problem(AWAY);
  }
  const scored = scoreResponse(read, patient, ports);
  const version = nextVersion(accepted, standing);
  const one = { scored, version, before: accepted, isPatientKnown: true, standing };
  return adoptVersion(one, { ...seen, hash: read.identity.contentHash }, ports);
}

interface Here extends Accepted {
  /** Whether what was accepted is what stands there, rather than another response under the same identifier. */
  readonly isPlaced: boolean;
}

/** What was accepted of it; where its place is gone, what the outbox knows. */
async function acceptedHere(
  responseId: string,
  current: QuestionnaireResponse,
  ports: Ports,
): Promise<Here | null> {
  const reference = referenceTo(current);
  const isPlaced = ports.outbox.placeOf(reference)?.responseId === responseId;
  const there = await findAccepted(responseId, ports, reference);
  if (there && !there.isOurs) return null;
  if (there) {
    // What was refused or given up stands nowhere: this takes its place.
    const isNowhere = there.entries.length > 0 && !there.entries.some(isLive);
    return { ...withoutGivenUp(there), isPlaced: isPlaced || isNowhere || there.place === reference };
  }
  const lost = findLost(responseId, current, ports);
  return lost && { ...withoutGivenUp(lost), isPlaced: true };
}

/** Of what was refused or given up nothing ever followed: that its content was accepted once says nothing. */
function withoutGivenUp(accepted: Accepted): Accepted {
  const live = accepted.entries.filter(isLive);
  if (live.length === accepted.entries.length) return accepted;
  const contentHashes = live.map(({ contentHash }) => contentHash);
  return { ...accepted, contentHashes, currentHash: contentHashes.at(-1) ?? '' };
}

/**
 * What the server refused was a change to something that stands there no more: it gives way. Throws while a change
 * of ours is on its way there; who is in danger is told of all the same.
 */
async function clearWay(accepted: Accepted, current: QuestionnaireResponse, ports: Ports): Promise<void> {
  const open = accepted.entries.filter(isOpen);
  if (open.some(({ state }) => state !== 'refused')) {
    await raiseFlags(current, accepted.id, ports);
    throw new Problem(UNDER_WAY);
  }
  for (const { seq, payload } of open) {
    if (payload?.standing?.isThere === true && ports.outbox.takeBack(seq)) continue;
    ports.outbox.drop(accepted.id, 'refused by the FHIR server, and changed there by somebody else since');
  }
}

/** Another response has the identifier: this one is a copy of it, or not scored. */
function aside({ contentHashes }: Accepted, seen: Seen): Adopted {
  const isCopy = seen.hash !== null && contentHashes.includes(seen.hash);
  if (!isCopy) throw new Problem(TAKEN);
  return { state: 'known', seen: { ...seen, responseId: null }, issues: [] };
}

/**
 * Whether nothing has happened there since: it is what was accepted last, or what was decided before, or what our
 * own last write left in the server's words.
 */
function isKnown(accepted: Here, { hash, versionId }: Seen, before: Remembered, { outbox }: Ports): boolean {
  const { currentHash, id, place, serverVersion } = accepted;
  if (currentHash === hash) {
    if (versionId !== null && versionId === serverVersion) outbox.moveTo(id, versionId);
    return true;
  }
  if (before?.hash != null && before.hash === hash) return true;
  const isNew = versionId !== null && before?.versionId !== versionId;
  return isNew && outbox.placeOf(place)?.versionId === versionId;
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
