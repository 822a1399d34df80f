import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type Identity, toResponseId } from '../fhir/identity.js';
import { memberOf } from '../fhir/member.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { type Accepted, asShown, asUnreachable, findAccepted, isResponse, versionIdOf } from './accepted.js';
import { deliverVersion } from './deliver-version.js';
import type { Entry, Ports } from './ports.js';
import { lookUpPatient, type ReadResponse, readResponse, scoreResponse } from './score-response.js';

export interface Submitted {
  /** Accepted now, or `known`: this content was accepted before, and nothing was written. */
  readonly outcome: 'created' | 'updated' | 'known';
  /** Accepted, and still on its way to the FHIR server. */
  readonly isQueued: boolean;
  /** As the facade shows it. */
  readonly response: QuestionnaireResponse;
  /** null for a response that the service never accepted. */
  readonly version: string | null;
}

/**
 * Accepts a new response: validated, scored, on disk, and then attempted once. Throws a Problem (contract.md §2,
 * §8); then nothing was accepted and nothing is kept.
 */
export async function submitResponse(body: unknown, ports: Ports): Promise<Submitted> {
  const read = readResponse({ body, storedId: null }, 'error', ports);
  const { identity } = read;
  return ports.delivery.inOrder(identity.id, async () => {
    try {
      return await submit(read, ports);
    } catch (error) {
      // Another process with the same outbox took it between our look and our write: now it is known.
      if (error instanceof Problem && error.issues[0].code === 'version-mismatch') return submit(read, ports);
      throw error;
    }
  });
}

async function submit(read: ReadResponse, ports: Ports): Promise<Submitted> {
  const { identity } = read;
  const seen = ports.outbox.entriesOf(identity.id);
  const [accepted, patient] = await Promise.all([
    findAccepted(identity.id, ports).catch(asUnreachable),
    lookUpPatient(read, ports),
  ]);
  const first = { version: 1, before: null, isPatientKnown: patient !== 'unknown', standing: null };
  if (accepted instanceof Problem) {
    const scored = scoreResponse(read, patient, ports);
    // It was accepted once, and only the FHIR server could tell what stands there now.
    if (ports.outbox.entriesOf(identity.id).length > 0) throw accepted;
    // Taken for new: the condition that nothing stands there goes along, and holds when it is back.
    return deliverVersion({ scored, ...first }, ports);
  }
  if (accepted && isAccepted(accepted, identity)) return again(accepted, identity, ports);
  const standing = accepted ? null : await findStanding(read, ports);
  if (standing) return known(standing);
  const scored = scoreResponse(read, patient, ports, accepted ? [IDENTIFIER_IN_USE] : []);
  forgetLost(seen, ports);
  return deliverVersion({ scored, ...first }, ports);
}

/** The same answers, without an identifier, that somebody stored on the FHIR server as well; null for none. */
async function findStanding({ response, identity }: ReadResponse, ports: Ports): Promise<Accepted | null> {
  if (response.identifier) return null;
  const id = ports.outbox.standingWith(identity.contentHash);
  const accepted = id === null ? null : await findAccepted(id, ports);
  return accepted?.currentHash === identity.contentHash ? accepted : null;
}

/** What was written once and is not there any more can be sent anew; its old versions say nothing of it. */
function forgetLost(seen: readonly Entry[], { outbox }: Ports): void {
  const lost = seen.filter(({ kind, state }) => kind === 'response' && state === 'written');
  outbox.forget(lost.map(({ seq }) => seq));
}

/** The same content once more: known, unless the FHIR server had refused it, which is worth a new attempt. */
async function again(accepted: Accepted, { contentHash }: Identity, ports: Ports): Promise<Submitted> {
  const newest = accepted.entries.at(-1);
  if (newest?.state !== 'refused' || newest.contentHash !== contentHash) return known(accepted);
  const { entry } = await ports.delivery.retry(newest.responseId);
  if (entry.state === 'refused') throw new Problem(entry.issue ?? REFUSED);
  return { ...known(accepted), outcome: 'created', isQueued: entry.state !== 'written' };
}

/**
 * Conditional create: the one response with this identifier, or null. Throws `multiple-matches` for several. While
 * the FHIR server is away, the key of the response itself answers for an identifier that is its own.
 */
export async function findExisting(
  identifier: string,
  body: unknown,
  ports: Ports,
): Promise<Submitted | null> {
  try {
    return await findByIdentifier(identifier, ports);
  } catch (error) {
    const isAway = error instanceof Problem && error.issues[0].code === 'fhir-server-unreachable';
    if (isAway && keyIn(body) === identifier) return null;
    throw error;
  }
}

/** `system|value` of the identifier that a body gives itself; null for none. */
function keyIn(body: unknown): string | null {
  const identifier = memberOf(body, 'identifier');
  const [system, value] = [memberOf(identifier, 'system'), memberOf(identifier, 'value')];
  return typeof value === 'string' ? `${typeof system === 'string' ? system : ''}|${value}` : null;
}

async function findByIdentifier(identifier: string, ports: Ports): Promise<Submitted | null> {
  const onItsWay = ports.outbox.entriesOf(toResponseId(identifier)).some(({ state }) => state !== 'written');
  if (onItsWay) {
    const accepted = await findAccepted(toResponseId(identifier), ports);
    if (accepted) return known(accepted);
  }
  const query = new URLSearchParams({ identifier, _count: '2' });
  const found = await ports.records.search('QuestionnaireResponse', query.toString());
  const [response, another] = (found.entry ?? []).map(({ resource }) => resource).filter(isResponse);
  if (another) {
    throw new Problem({ code: 'multiple-matches', text: 'More than one response has this identifier.' });
  }
  if (!response) return null;
  const accepted = response.id === undefined ? null : await findAccepted(response.id, ports);
  return accepted?.isOurs
    ? known(accepted)
    : { outcome: 'known', isQueued: false, response, version: versionIdOf(response) };
}

/** What was accepted before, as it is now. */
export function known({ current, version }: Accepted): Submitted {
  return {
    outcome: 'known',
    isQueued: false,
    response: asShown(current, version),
    version: String(version),
  };
}

function isAccepted({ contentHashes }: Accepted, { contentHash }: Identity): boolean {
  return contentHashes.includes(contentHash);
}

const REFUSED: Issue = { code: 'refused-by-server', text: 'The FHIR server did not take the response.' };

const IDENTIFIER_IN_USE: Issue = {
  code: 'identifier-in-use',
  text: 'Another response was accepted under this identifier; nothing was changed.',
  expression: 'QuestionnaireResponse.identifier',
};

/** What a submission would be told of its key; nothing, also when the server cannot be asked. */
export async function keyIssues(identity: Identity, ports: Ports): Promise<Issue[]> {
  const accepted = await findAccepted(identity.id, ports).catch(asUnreachable);
  if (!accepted || accepted instanceof Problem || isAccepted(accepted, identity)) return [];
  return [IDENTIFIER_IN_USE];
}
