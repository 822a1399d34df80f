import type { FhirResource } from 'fhir/r4.js';
import { nameOf, resourcesOf, type Step, withReferences } from '../fhir/delivery-plan.js';
import { sha256 } from '../fhir/identity.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { Withheld } from '../fhir/withheld.js';
import type { WriteProfile } from '../fhir/write-profile.js';
import type { Entry, FhirServer, Payload, Sent } from '../operations/ports.js';
import type { Ledger } from './ledger.js';

/** What an attempt to send an entry came to. */
export type Outcome =
  | { readonly state: 'written'; readonly wasThere: boolean; readonly at: Place }
  | {
      readonly state: 'queued';
      readonly reason: string;
      readonly asked: number | null;
      /** Nothing that the server did. */
      readonly isOurs?: boolean;
      /** What has to be read first may not be read with this token. */
      readonly isForbidden?: boolean;
    }
  /** Sent, and nobody knows whether it arrived. `isStuck`: nor can it be found out. */
  | { readonly state: 'unknown'; readonly reason: string; readonly isStuck: boolean }
  | { readonly state: 'refused'; readonly issue: Issue; readonly isAboutUs?: boolean };

/** What was given up for lost may still land; it is not looked for before. */
export const LANDING_MS = 60_000;

/** Where the response is on the server that holds the records. */
export interface Place {
  readonly location: string | null;
  readonly serverVersion: string | null;
}

/** What an entry is sent with. */
export interface Sending {
  readonly entry: Entry;
  readonly payload: Payload;
  readonly predecessor: Entry | undefined;
  readonly profile: WriteProfile;
  readonly server: FhirServer;
  /** Our own, where the FHIR server does not take everything. */
  readonly store: FhirServer | null;
  readonly ledger: Ledger;
  readonly now: () => Date;
}

/** References to what the server has given ids of its own; what it does not hold is named, not referred to. */
export function inTheirWords<T extends FhirResource>(resource: T, { entry, payload, ledger }: Sending): T {
  const theirs = ledger.locations(entry.responseId);
  const ours = new Set(resourcesOf(payload.transaction).map(nameOf));
  const isOurs = (text: string) => ours.has(text) || text.includes(`/${entry.responseId}`);
  return withReferences(resource, (text) => theirs.get(text) ?? (isOurs(text) ? null : text));
}

/** Writes the ledger around a request, so that a crash in between leaves a trace. */
export async function recorded(
  { key }: Step,
  resource: FhirResource,
  { entry, ledger }: Sending,
  send: () => Promise<Sent>,
): Promise<Sent> {
  const row = ledger.begin(entry.seq, key, hashOf(resource));
  const sent = await send();
  const isLost = sent.state === 'retryable' && !sent.isUndone;
  const stored = sent.state === 'written' ? sent.entries[0] : undefined;
  ledger.end(row, isLost ? 'unknown' : sent.state, stored);
  return sent;
}

export function hashOf(resource: FhirResource): string {
  return sha256(JSON.stringify(resource));
}

/** `isRepeatable`: sending it again changes nothing, so an answer that was lost costs nothing. */
export function toOutcome(sent: Sent, { isRepeatable }: { isRepeatable: boolean }): Outcome {
  switch (sent.state) {
    case 'written': {
      const [first] = sent.entries;
      return written({ location: first?.reference ?? null, serverVersion: first?.versionId ?? null });
    }
    case 'retryable':
      return isRepeatable || sent.isUndone
        ? { state: 'queued', reason: sent.reason, asked: sent.retryAfter }
        : { state: 'unknown', reason: sent.reason, isStuck: false };
    // Looked at again before it is sent again: what stands there may be ours.
    case 'conflict':
      return { state: 'queued', reason: sent.reason, asked: null };
    case 'refused': {
      const text = `The FHIR server did not take the response (${sent.reason}); nothing was stored.`;
      return {
        state: 'refused',
        issue: { code: 'refused-by-server', text },
        isAboutUs: sent.isAboutUs,
      };
    }
  }
}

export function written(at: Place): Outcome {
  return { state: 'written', wasThere: false, at };
}

/** What a read that failed comes to. It says something of the server, never what it is about. */
export function notRead(error: unknown): Outcome {
  if (!(error instanceof Problem)) throw error;
  const isForbidden = error instanceof Withheld;
  return { state: 'queued', reason: 'it could not be read', asked: null, isForbidden };
}
