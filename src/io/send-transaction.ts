import type { Bundle, BundleEntryRequest, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { contentHashIn } from '../fhir/bundle.js';
import {
  conditionOf,
  hasSameIdentifier,
  identifiersOf,
  resourcesOf,
  type Standing,
  type Step,
} from '../fhir/delivery-plan.js';
import { identify } from '../fhir/identity.js';
import { Problem } from '../fhir/outcome.js';
import { isFull } from '../fhir/write-profile.js';
import type { FhirServer, Sent } from '../operations/ports.js';
import { overtaken } from './overtaken.js';
import {
  inTheirWords,
  notRead,
  type Outcome,
  type Place,
  recorded,
  type Sending,
  toOutcome,
} from './sending.js';

/** A version that no resource ever has. */
const NO_VERSION = '0';

type Transaction = Extract<Step['what'], { kind: 'transaction' }>;

/**
 * One transaction. On the server that others write to as well it is sent on the condition that nothing has
 * changed since: a request that was given up for lost can land after its correction, and must not replace it.
 */
export async function sendTransaction(step: Step, what: Transaction, sending: Sending): Promise<Outcome> {
  const { server, store } = sending;
  if (step.target === 'store') {
    if (!store) throw new Error('This write profile needs a store of our own');
    const sent = await recorded(step, what.bundle, sending, () => store.transact(what.bundle));
    return toOutcome(sent, { isRepeatable: true });
  }
  const bundle = sending.profile.identity === 'id' ? what.bundle : inTheirWords(what.bundle, sending);
  const conditioned = withCondition(bundle, sending);
  const sent = await recorded(step, conditioned, sending, async () => {
    const answer = await server.transact(conditioned);
    if (answer.state === 'written') note(what.names, answer.entries, sending);
    return asStanding(answer, sending);
  });
  if (sent.state === 'written') return placed(toOutcome(sent, { isRepeatable: true }), sending);
  if (sent.state !== 'conflict') return toOutcome(sent, { isRepeatable: true });
  return readBack(step, what, sending, sent.reason);
}

/** Of a response that stood there before nothing was written: the ledger says where it is, and no version of ours. */
function asStanding(sent: Sent, { payload: { standing } }: Sending): Sent {
  if (sent.state !== 'written' || !standing?.isThere) return sent;
  return { state: 'written', entries: [{ reference: standing.reference, versionId: null }] };
}

/** It is scored as it was read. */
function placed(outcome: Outcome, { payload: { standing } }: Sending): Outcome {
  if (outcome.state !== 'written' || !standing?.isThere) return outcome;
  return { ...outcome, at: { location: standing.reference, serverVersion: standing.versionId } };
}

/**
 * The entry of the response says what must stand there: nothing, or the version that this one replaces. Where the
 * response is not written itself, the Provenance of this version must not be there yet.
 */
function withCondition(bundle: Bundle, sending: Sending): Bundle {
  const isThere = sending.payload.standing?.isThere === true;
  const isFirst = !sending.predecessor && sending.entry.version === 1;
  const version = isThere ? null : replacedBy(sending);
  const condition = version === null && (isThere || isFirst) ? guardOf(sending) : matching(version);
  const guarded = isThere ? 'Provenance' : 'QuestionnaireResponse';
  const conditioned = bundle.entry?.map((one) =>
    one.resource?.resourceType === guarded && one.request
      ? { ...one, request: { ...one.request, ...condition } }
      : one,
  );
  return conditioned ? { ...bundle, entry: conditioned } : bundle;
}

/** The server's version of what this entry replaces: as seen when it was accepted, or as our last write left it. */
function replacedBy({ payload, predecessor, ledger, profile }: Sending): string | null {
  const seen = isFull(profile) ? payload.replaces : null;
  const written = predecessor && ledger.of(predecessor.seq).get('transaction')?.versionId;
  const read = isFull(profile) ? (predecessor?.serverVersion ?? payload.standing?.versionId) : null;
  return seen ?? written ?? read ?? null;
}

/** Where the server's own way was answered by a conflict and nothing stands there, it has learnt the standard's. */
function guardOf({ profile, ledger, entry }: Sending): Partial<BundleEntryRequest> {
  const isRefused = ledger.hadConflict(entry.seq);
  return profile.createGuard === 'version-0' && !isRefused ? matching(NO_VERSION) : { ifNoneMatch: '*' };
}

function matching(version: string | null): Partial<BundleEntryRequest> {
  return version === null ? {} : { ifMatch: `W/"${version}"` };
}

/** Where each part is, for servers that choose the ids: the parts to come refer to them. */
function note(
  names: readonly string[],
  entries: readonly Partial<Place & { reference: string | null }>[],
  sending: Sending,
) {
  const { ledger, entry } = sending;
  names.forEach((name, index) => {
    const reference = entries[index]?.reference;
    if (reference && reference !== name) ledger.locate(entry.seq, name, reference);
  });
}

/** Something stands there that was not expected: ours, from an attempt given up for lost, or somebody else's. */
async function readBack(step: Step, what: Transaction, sending: Sending, reason: string): Promise<Outcome> {
  const { entry, server, ledger, payload } = sending;
  if (payload.standing?.isThere) return readBackStanding(step, payload.standing, sending, reason);
  const response = resourcesOf(what.bundle).find((one) => one.resourceType === 'QuestionnaireResponse');
  if (!response) return { state: 'queued', reason, asked: null };
  try {
    const there = await currentOf(response, server);
    if (!there)
      return { state: 'queued', reason: 'it reports a conflict and has no such response', asked: null };
    const stands = there.meta?.versionId ?? null;
    if (!(await isOurs(there, what.names, sending))) {
      // It stands as it should: what was in the way has gone, or was another part.
      if (stands !== null && stands === replacedBy(sending)) return { state: 'queued', reason, asked: null };
      return { state: 'refused', issue: overtaken(entry.version) };
    }
    const location = `QuestionnaireResponse/${there.id}`;
    // A later version may stand there by now, which is not this one's.
    const serverVersion = isSame(there, entry.contentHash) ? stands : NO_VERSION;
    ledger.end(ledger.begin(entry.seq, step.key, ''), 'written', {
      reference: location,
      versionId: serverVersion,
    });
    await locateAll(what, sending);
    return { state: 'written', wasThere: true, at: { location, serverVersion } };
  } catch (error) {
    return notRead(error);
  }
}

/** A Provenance of this version is there already: of this very content, or of what another instance took up. */
async function readBackStanding(
  { key }: Step,
  { reference, versionId }: Standing,
  { entry, server, ledger }: Sending,
  reason: string,
): Promise<Outcome> {
  const id = `${entry.responseId}.v${entry.version}`;
  const found = await server.read('Provenance', id).catch(notRead);
  if (found !== null && 'state' in found) return found;
  if (found?.resourceType !== 'Provenance') return { state: 'queued', reason, asked: null };
  if (contentHashIn(found) !== entry.contentHash) {
    return { state: 'refused', issue: overtaken(entry.version) };
  }
  ledger.end(ledger.begin(entry.seq, key, ''), 'written', { reference, versionId: null });
  return { state: 'written', wasThere: true, at: { location: reference, serverVersion: versionId } };
}

/** By our id, or by its identifier where the server has given it another. */
async function currentOf(
  response: QuestionnaireResponse,
  server: FhirServer,
): Promise<QuestionnaireResponse | null> {
  const { id } = response;
  if (id !== undefined) {
    const found = await server.read('QuestionnaireResponse', id);
    return found?.resourceType === 'QuestionnaireResponse' ? found : null;
  }
  const found = await server.search('QuestionnaireResponse', conditionOf(response)?.split('?')[1] ?? '');
  return (
    found.entry
      ?.map(({ resource }) => resource)
      .find((one): one is QuestionnaireResponse => one?.resourceType === 'QuestionnaireResponse') ?? null
  );
}

/** Whether this very version was written: its Provenance says so, or the content itself where there is none yet. */
async function isOurs(
  there: QuestionnaireResponse,
  names: readonly string[],
  { entry, server }: Sending,
): Promise<boolean> {
  const looked = await server.look('Provenance', `target=QuestionnaireResponse/${there.id}&_count=200`);
  if (looked.state === 'retryable')
    throw new Problem({ code: 'fhir-server-unreachable', text: looked.reason });
  // A server that has none, or does not search for them, leaves it to the content.
  const found = looked.state === 'found' ? looked.resources : [];
  const provenances = found.filter((one): one is Provenance => one.resourceType === 'Provenance');
  const hashes = provenances.map(contentHashIn).filter((hash) => hash !== undefined);
  if (hashes.includes(entry.contentHash)) {
    // An older version of the same content is not this one.
    const own = provenances.find(({ id }) => id === `${entry.responseId}.v${entry.version}`);
    return own === undefined ? isSame(there, entry.contentHash) : contentHashIn(own) === entry.contentHash;
  }
  // Where the Provenance follows by itself, it cannot say anything yet.
  const isApart = !names.some((name) => name.startsWith('Provenance/'));
  return (isApart || hashes.length === 0) && isSame(there, entry.contentHash);
}

function isSame(there: QuestionnaireResponse, contentHash: string): boolean {
  return identify(there).contentHash === contentHash;
}

/** Looks for the ids that a server chose in an attempt whose answer was lost. */
async function locateAll({ bundle, names }: Transaction, { server, ledger, entry }: Sending): Promise<void> {
  const resources = resourcesOf(bundle);
  const unnamed = resources.filter(({ id }) => id === undefined);
  for (const type of new Set(unnamed.map(({ resourceType }) => resourceType))) {
    const identifiers = unnamed.filter((one) => one.resourceType === type).flatMap(identifiersOf);
    const query = `identifier=${identifiers.map(encodeURIComponent).join(',')}&_count=200`;
    const looked = await server.look(type, query);
    if (looked.state !== 'found') continue;
    resources.forEach((resource, index) => {
      const there = looked.resources.find((one) => hasSameIdentifier(one, resource));
      const name = names[index];
      if (there?.id !== undefined && name !== undefined)
        ledger.locate(entry.seq, name, `${type}/${there.id}`);
    });
  }
}
