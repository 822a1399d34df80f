import type { Erased } from '../embedded/erase.js';
import type { AuditRecord } from '../fhir/audit-event.js';
import { toSentence } from './command.js';

/** Every place of ours where a patient's data is, and where it is told that it was erased. */
export interface Places {
  /** Throws a Problem while a response of the patient is being sent. */
  readonly outbox: { erase(subject: string): { responseIds: readonly string[] } };
  /** Our own FHIR store; null where there is none. */
  readonly store: { erase(patientId: string, responseIds: readonly string[]): Erased } | null;
  /** Ends the sessions of the patient, and those about them. → how many */
  readonly endSessions: (subject: string) => Promise<number>;
  /** `Type/id` of what was written for the patient to a FHIR server that is not ours. */
  readonly writtenElsewhere: (subject: string) => readonly string[];
  /** Takes the bytes of what was erased out of the files of the outbox and the sessions. */
  readonly scrub: () => void;
  readonly audit: { record(event: AuditRecord): void; flush?(): Promise<void> };
  readonly now: () => Date;
  readonly createId: () => string;
}

export interface Erasure {
  /** `Patient/{id}`. */
  readonly subject: string;
  /** In the operator's words; it goes into the audit. */
  readonly reason: string;
}

/** What was erased where. */
export interface Erasures extends Erased {
  readonly responseIds: readonly string[];
  readonly elsewhere: readonly string[];
  readonly sessions: number;
}

/**
 * Erases one patient from the outbox, first, so that nothing is sent again, ends their sessions, so that nothing is
 * sent anew, and then erases them from the store. Audited whether
 * it succeeds or not; what an attempt that failed has left is erased by the next one. Rejects with what went wrong.
 */
export async function eraseEverywhere(places: Places, erasure: Erasure): Promise<Erasures> {
  const elsewhere = places.writtenElsewhere(erasure.subject);
  const erased = await eraseHere(places, erasure).catch(async (error: unknown) => {
    await tell(places, erasure, 500);
    // The outbox may have forgotten by now where it wrote to.
    throw elsewhere.length > 0 ? new Error(`${toSentence(error)}\n${toWritten(elsewhere)}`) : error;
  });
  await tell(places, erasure, 200);
  return { ...erased, elsewhere };
}

async function eraseHere(
  { outbox, store, endSessions, scrub }: Places,
  { subject }: Erasure,
): Promise<Omit<Erasures, 'elsewhere'>> {
  const { responseIds } = outbox.erase(subject);
  const sessions = await endSessions(subject);
  const erased = store?.erase(subject.replace('Patient/', ''), responseIds);
  scrub();
  return { resources: [], blanked: [], ...erased, responseIds, sessions };
}

function toWritten(elsewhere: readonly string[]): string {
  return `Known to have been written to the FHIR server: ${elsewhere.join(', ')}.`;
}

async function tell(
  { audit, now, createId }: Places,
  { subject, reason }: Erasure,
  status: number,
): Promise<void> {
  const id = createId();
  audit.record({
    id,
    at: now(),
    interaction: 'delete',
    type: 'Patient',
    reference: subject,
    patient: subject,
    status,
    code: status === 200 ? null : 'exception',
    requestId: id,
    address: null,
    who: 'operator',
    reason,
  });
  await audit.flush?.();
}

function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const type of names.map((name) => name.split('/')[0] ?? ''))
    counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} ${type}`).join(', ') || 'nothing';
}

/** What the operator has to know; `fhirBaseUrl` is that of the FHIR server that is not ours, null without one. */
export function toReport(erasures: Erasures, { subject }: Erasure, fhirBaseUrl: string | null): string {
  const { responseIds, resources, blanked, elsewhere, sessions } = erasures;
  const foreign = [
    `We do not erase on ${fhirBaseUrl}. To be erased there by you: ${subject}, and all that refers to it.`,
    ...(elsewhere.length > 0 ? [toWritten(elsewhere)] : []),
    ...(responseIds.length > 0
      ? [`Of these responses, with all whose id or identifier begins so: ${responseIds.join(', ')}.`]
      : []),
  ];
  return [
    `${subject} is erased.`,
    `Outbox: ${responseIds.length} responses.`,
    ...(sessions > 0 ? [`Sessions that were ended: ${sessions}.`] : []),
    `Our FHIR store: ${counted(resources)}.`,
    ...(blanked.length > 0
      ? [`Kept, because they are not this patient's alone, their references blanked: ${blanked.join(', ')}.`]
      : []),
    ...(fhirBaseUrl === null ? [] : foreign),
    'AuditEvents stay: they hold ids only. Backups made before still hold the patient: erase them, or let them expire.',
  ].join('\n');
}
