import type { FhirResource } from 'fhir/r4.js';
import { conditionOf, hasSameIdentifier, type Step, toSteps, withoutId } from '../fhir/delivery-plan.js';
import { toDocumentReference } from '../fhir/document-reference.js';
import { canonicalJson } from '../fhir/identity.js';
import type { Issue } from '../fhir/outcome.js';
import { isFull, type WriteProfile } from '../fhir/write-profile.js';
import type { Entry } from '../operations/ports.js';
import { isInDoubt, type LedgerRow } from './ledger.js';
import { findOvertaken } from './overtaken.js';
import { sendTransaction } from './send-transaction.js';
import {
  hashOf,
  inTheirWords,
  LANDING_MS,
  notRead,
  type Outcome,
  type Place,
  recorded,
  type Sending,
  toOutcome,
  written,
} from './sending.js';

/**
 * One attempt to bring an entry to where it belongs. Steps that the ledger knows to be done are not done again;
 * what may have been done is looked for before it is sent again.
 */
export async function sendEntry(sending: Sending): Promise<Outcome> {
  const { entry, payload, profile, ledger } = sending;
  const missing = await missingPatient(sending);
  if (missing) return missing;
  const before = ledger.of(entry.seq);
  const { transaction, document, standing = null } = payload;
  const steps = toSteps(transaction, { hasDocument: document !== null, standing }, profile);
  // Where it goes in parts, only this look keeps it from replacing what somebody else wrote since.
  const overtaken = await findOvertaken(steps, before, sending);
  if (overtaken) return overtaken;
  let place: Place = { location: null, serverVersion: null };
  let wasThere = false;
  for (const step of steps) {
    const known = before.get(step.key);
    if (known?.outcome === 'written') {
      if (isRecords(step, profile)) place = { location: known.location, serverVersion: known.versionId };
      continue;
    }
    const outcome = await sendStep(step, sending, isInDoubt(known) ? known : null);
    if (outcome.state !== 'written') return outcome;
    if (isRecords(step, profile)) {
      place = outcome.at;
      wasThere = outcome.wasThere;
    }
  }
  return { state: 'written', wasThere, at: place };
}

/** The step after which the response can be read on the facade. */
function isRecords({ key }: Step, profile: WriteProfile): boolean {
  return key === (isFull(profile) ? 'transaction' : 'records');
}

/** A patient who could not be looked up when the response was accepted is looked up before anything is written. */
async function missingPatient({ entry, payload, server }: Sending): Promise<Outcome | null> {
  const id = entry.subject?.split('/')[1];
  if (payload.isPatientKnown || id === undefined) return null;
  try {
    if (await server.read('Patient', id)) return null;
  } catch (error) {
    return notRead(error);
  }
  const text = 'The patient does not exist on the FHIR server; patients are created there, not here.';
  const issue: Issue = { code: 'subject-not-found', text, expression: 'QuestionnaireResponse.subject' };
  return { state: 'refused', issue };
}

function sendStep(step: Step, sending: Sending, doubt: LedgerRow | null): Promise<Outcome> {
  const { what } = step;
  switch (what.kind) {
    case 'transaction':
      return sendTransaction(step, what, sending);
    case 'put':
      return sendPut(step, { url: what.url, resource: namedFor(what.resource, sending) }, sending);
    case 'find-or-create':
      return findOrCreate(step, namedFor(what.resource, sending), sending, doubt);
    case 'document':
      return findOrCreate(step, documentOf(sending), sending, doubt);
  }
}

/** As the server knows what it refers to. */
function namedFor(resource: FhirResource, sending: Sending): FhirResource {
  return sending.profile.identity === 'id' ? resource : inTheirWords(resource, sending);
}

/** One for each version; it replaces the one before. */
function documentOf({ entry, payload, profile, predecessor, ledger }: Sending): FhirResource {
  const { document } = payload;
  if (!document || !profile.document) throw new Error('A step for a document needs one');
  const replaces = (predecessor && ledger.of(predecessor.seq).get('document')?.location) ?? null;
  const contentType = profile.document;
  return toDocumentReference(document, { contentType, replaces, recorded: entry.queuedAt });
}

async function sendPut(
  step: Step,
  { url, resource }: { url: string; resource: FhirResource },
  sending: Sending,
): Promise<Outcome> {
  const sent = await recorded(step, resource, sending, () =>
    sending.server.write({ method: 'PUT', url, resource }),
  );
  return toOutcome(sent, { isRepeatable: true });
}

/** The server would take it twice, so it is looked for wherever an earlier attempt may have left it. */
async function findOrCreate(
  step: Step,
  resource: FhirResource,
  sending: Sending,
  doubt: LedgerRow | null,
): Promise<Outcome> {
  const { server, ledger, entry } = sending;
  const earlier =
    step.what.kind === 'document' ? undefined : ledger.locations(entry.responseId).get(step.key);
  if (earlier !== undefined) return replace(step, resource, sending, earlier);
  const since = doubt && sending.now().getTime() - doubt.at;
  if (since !== null && since >= 0 && since < LANDING_MS) {
    return { state: 'unknown', reason: 'it may still arrive', isStuck: false };
  }
  const found = await find(resource, sending);
  if (found.state === 'retryable') {
    return doubt
      ? { state: 'unknown', reason: found.reason, isStuck: false }
      : { state: 'queued', reason: found.reason, asked: null };
  }
  if (found.state === 'found') {
    const row = ledger.begin(entry.seq, step.key, hashOf(resource));
    ledger.end(row, 'written', { reference: found.reference, versionId: null });
    // A document and a Provenance are about one version and never change.
    return conditionOf(resource) === null || step.what.kind === 'document'
      ? written({ location: found.reference, serverVersion: null })
      : replace(step, resource, sending, found.reference);
  }
  if (found.state === 'undecided' && doubt) {
    return {
      state: 'unknown',
      reason: 'it may have arrived, and the server cannot be searched',
      isStuck: true,
    };
  }
  const sent = await recorded(step, resource, sending, () =>
    server.write({ method: 'POST', url: resource.resourceType, resource: withoutId(resource) }),
  );
  return toOutcome(sent, { isRepeatable: false });
}

async function replace(step: Step, resource: FhirResource, sending: Sending, reference: string) {
  const id = reference.split('/')[1] ?? '';
  return sendPut(step, { url: reference, resource: { ...resource, id } }, sending);
}

type Found =
  | { readonly state: 'found'; readonly reference: string }
  | { readonly state: 'missing' | 'undecided' }
  | { readonly state: 'retryable'; readonly reason: string };

/** By identifier, then among all that the patient has; a Provenance, which has no identifier, by its target. */
async function find(resource: FhirResource, { server, entry }: Sending): Promise<Found> {
  const { resourceType } = resource;
  let state: Found['state'] = 'undecided';
  for (const query of queriesFor(resource, entry)) {
    const looked = await server.look(resourceType, query);
    if (looked.state === 'retryable') return looked;
    if (looked.state === 'refused') continue;
    const same = looked.resources.find((one) => isSame(one, resource));
    if (same?.id !== undefined) return { state: 'found', reference: `${resourceType}/${same.id}` };
    state = 'missing';
  }
  return { state };
}

function queriesFor(resource: FhirResource, { subject }: Entry): string[] {
  if (resource.resourceType === 'Provenance') {
    const target = resource.target[0]?.reference;
    return target === undefined ? [] : [`target=${target}&_count=100`];
  }
  const byIdentifier = conditionOf(resource)?.split('?')[1];
  return [
    ...(byIdentifier === undefined ? [] : [byIdentifier]),
    ...(subject === null ? [] : [`patient=${subject.split('/')[1]}&_count=100`]),
  ];
}

function isSame(one: FhirResource, other: FhirResource): boolean {
  if (one.resourceType === 'Provenance' && other.resourceType === 'Provenance') {
    const isThen = Date.parse(one.recorded) === Date.parse(other.recorded);
    return isThen && canonicalJson(one.entity ?? null) === canonicalJson(other.entity ?? null);
  }
  return hasSameIdentifier(one, other);
}
