import type { Bundle, CapabilityStatement, FhirResource } from 'fhir/r4.js';
import type { AuditRecord } from '../fhir/audit-event.js';
import type { Content } from '../fhir/content.js';
import type { Standing } from '../fhir/delivery-plan.js';
import type { Software } from '../fhir/observation-parts.js';
import type { Issue } from '../fhir/outcome.js';
import type { ScreeningDocument } from '../fhir/screening-document.js';
import type { Shaped, ShapedQuestionnaire } from '../fhir/shape.js';
import type { WriteProfile } from '../fhir/write-profile.js';
import type { RuleSet } from '../scoring/rule-set.js';
import type { Credentials } from './credentials.js';
import type { Intake } from './intake-port.js';
import type { Invitations } from './invitation-port.js';
import type { SingleWrite } from './single-write.js';

/** Everything an operation may ask of the world. Made by hand in main.ts; no operation knows what is behind it. */
export interface Ports {
  readonly publicUrl: string;
  readonly content: Content;
  readonly rules: RuleSet;
  /** Whether `$explain` shows the likelihood estimate. */
  readonly showLikelihood: boolean;
  /** `sha256:` and the hash of the rules, so that a score can be traced to them. */
  readonly ruleSetHash: string;
  readonly software: Software;
  readonly readShape: (body: unknown) => Shaped;
  readonly readQuestionnaireShape: (body: unknown) => ShapedQuestionnaire;
  /** Where the patients are, and what is delivered to. */
  readonly fhirServer: FhirServer;
  /** Where responses, Observations, Provenances and Tasks are read: the FHIR server, or our own store where it does not take them all. */
  readonly records: FhirServer;
  readonly outbox: Outbox;
  readonly delivery: Delivery;
  readonly audit: Audit;
  /** null: what others store on the FHIR server is left alone. */
  readonly intake: Intake | null;
  readonly invitations: Invitations;
  now(): Date;
}

/** Reads reject with a Problem `fhir-server-unreachable` when it is away or answers with what is not FHIR. */
export interface FhirServer {
  readonly baseUrl: string;
  /** null when there is no such resource. */
  read(type: string, id: string): Promise<FhirResource | null>;
  vread(type: string, id: string, versionId: string): Promise<FhirResource | null>;
  /** `query` is sent as it is, without a leading question mark. */
  search(type: string, query: string): Promise<Bundle>;
  /** Searches where the answer decides whether something is written: says when it cannot be relied on. Never rejects. */
  look(type: string, query: string): Promise<Looked>;
  /** Follows a link that the server gave, as a path below its base (`Observation?…`, `?_getpages=…`). */
  follow(path: string): Promise<Bundle>;
  /** null when it is there and gives none. */
  capabilities(): Promise<CapabilityStatement | null>;
  transact(bundle: Bundle): Promise<Sent>;
  /** One resource, by `PUT Type/id`, `PUT Type?identifier=…` or `POST Type`. */
  write(write: SingleWrite): Promise<Sent>;
  /** A search page by page, as far as somebody wants them. Rejects like `search`. */
  pages(type: string, query: string): AsyncIterable<readonly FhirResource[]>;
  /** Whether it answers at all, now. */
  isReachable(): Promise<boolean>;
  /** The same server, asked with somebody else's token. */
  as(credentials: Credentials): FhirServer;
}

/** What became of one request that writes. */
export type Sent =
  | { readonly state: 'written'; readonly entries: readonly Stored[] }
  /** Worth another try: away, busy, or not speaking FHIR. What was sent may have been written all the same. */
  | {
      readonly state: 'retryable';
      readonly reason: string;
      /** Milliseconds that the server asks to be left alone. */
      readonly retryAfter: number | null;
      /** Whether the request certainly did not reach the server, or was turned away by it. */
      readonly isUndone: boolean;
    }
  /** A condition did not hold: something else stands there. */
  | { readonly state: 'conflict'; readonly reason: string }
  /** Will not be taken as it is. The reason carries no patient data. */
  | {
      readonly state: 'refused';
      readonly reason: string;
      /** Whether it is about who we are (401, 403) rather than about what was sent. */
      readonly isAboutUs: boolean;
    };

/** What a search found, or why it decides nothing. */
export type Looked =
  | { readonly state: 'found'; readonly resources: readonly FhirResource[] }
  /** The server does not search like that, or not for us. */
  | { readonly state: 'refused' }
  | { readonly state: 'retryable'; readonly reason: string };

/** Where a server put a resource. */
export interface Stored {
  /** `Type/id`; null when it does not say. */
  readonly reference: string | null;
  readonly versionId: string | null;
}

/** The delivery words of contract.md §7. */
export type DeliveryState = 'queued' | 'written' | 'refused' | 'unknown';

/** One accepted change, on its way to the FHIR server. */
export interface NewEntry {
  readonly responseId: string;
  /** `task`: the Task of a response was changed; its version is that of the response. */
  readonly kind: 'response' | 'task';
  /** Of the response: 1, 2, 3 … per accepted change. */
  readonly version: number;
  /** SHA-256, hex, of the content. */
  readonly contentHash: string;
  /** `Patient/{id}`; null for what was entered in error without one. */
  readonly subject: string | null;
  readonly payload: Payload;
  /** The priority of an alert to be raised with it; null for none. */
  readonly alert: 'stat' | 'urgent' | null;
}

export interface Payload {
  /** Every resource as `PUT Type/id`, without conditions: they depend on what is there when it is sent. */
  readonly transaction: Bundle;
  /** For a server that takes no Observations; null when there is nothing to say. */
  readonly document: ScreeningDocument | null;
  /** Whether the patient was seen on the FHIR server. If not, that is looked after before anything is sent. */
  readonly isPatientKnown: boolean;
  /** The FHIR server's version of the response that this one replaces, where the outbox does not know it. */
  readonly replaces: string | null;
  /** Where somebody else put the response on the FHIR server; absent or null where we put it there. */
  readonly standing?: Standing | null;
}

export interface Entry {
  /** Orders all entries. */
  readonly seq: number;
  readonly responseId: string;
  readonly kind: NewEntry['kind'];
  readonly version: number;
  readonly contentHash: string;
  readonly subject: string | null;
  readonly state: DeliveryState;
  /** Given up by an operator: never sent, kept. */
  readonly isDropped: boolean;
  readonly attempts: number;
  readonly queuedAt: Date;
  /** null when it is written, or waits for an operator. */
  readonly nextAttempt: Date | null;
  readonly writtenAt: Date | null;
  /** `Type/id` on the FHIR server; null until it is written. */
  readonly location: string | null;
  /** The FHIR server's own version id of the response. */
  readonly serverVersion: string | null;
  /** `Type/id` under which somebody else put the response on the FHIR server; null where we put it there. */
  readonly standing: string | null;
  /** Name of the write profile that it was last sent with. */
  readonly plan: string | null;
  /** Why the last attempt failed. */
  readonly issue: Issue | null;
  /** null once it was delivered and RETAIN_DELIVERED_DAYS are over. */
  readonly payload: Payload | null;
}

/** Where a list goes on. Who is first is told as of its first page, so that nothing is passed over in between. */
export interface ListPlace {
  readonly isAlerted: boolean;
  readonly seq: number;
  /** When the first page was read: milliseconds since 1970. */
  readonly at: number;
}

export interface ListedEntry extends Entry {
  /** Priority of the red flags of its response, while nobody has acknowledged them. */
  readonly alert: 'stat' | 'urgent' | null;
  readonly place: ListPlace;
}

/** What was accepted, and what became of it; on disk. Calls may throw a Problem `store-unavailable`. */
export interface Outbox {
  /** Of one response, in the order of acceptance. */
  entriesOf(responseId: string): Entry[];
  /** The same for several responses, without payloads: what a list of search results needs. */
  versionsOf(responseIds: readonly string[]): Map<string, Entry[]>;
  /** Which response stands at that `Type/id` of the FHIR server, as far as we put it there or took it up; or null. */
  placeOf(reference: string): Place | null;
  /** The id of a response with this content that somebody else put on the FHIR server; or null. */
  standingWith(contentHash: string): string | null;
  /** The server gave what stands there, unchanged, another version of its own. */
  moveTo(responseId: string, versionId: string): void;
  /** In that state, or in any: those whose red flags nobody has acknowledged first, then the newest first. */
  list(wanted: { state: DeliveryState | null; after: ListPlace | null; count: number }): ListedEntry[];
  /** How many are in that state, or in any. */
  total(state: DeliveryState | null): number;
  /** Removes what was never acknowledged, or what the FHIR server has lost. */
  forget(seqs: readonly number[]): void;
  /** Removes a refused entry, unless a part of it was written somewhere: then it stays, for an operator. → removed */
  takeBack(seq: number): boolean;
  /** An operator knows that what may have arrived did not: what is open of the response may be sent again. */
  clearDoubt(responseId: string): void;
  /** Somebody has seen to the red flags of the response. */
  closeAlert(responseId: string): void;
  /** Gives up the first entry of the response that is not written, so that the next may go. */
  drop(responseId: string, reason: string): void;
  counts(): OutboxCounts;
  /** Opaque; another one whenever something was accepted or the delivery of something changed. */
  mark(): string;
}

export interface Place {
  readonly responseId: string;
  /** The FHIR server's own version that our last write there was given; null when it is not known. */
  readonly versionId: string | null;
}

export interface OutboxCounts {
  readonly queued: number;
  readonly refused: number;
  readonly unknown: number;
  readonly oldestQueued: Date | null;
  readonly openAlerts: number;
}

/** How what was accepted gets to the FHIR server. */
export interface Delivery {
  /** Runs the work alone for this response, within this process: two requests for one key never interleave. */
  inOrder<T>(responseId: string, work: () => Promise<T>): Promise<T>;
  /** On disk before anything is sent, then attempted once. */
  accept(entry: NewEntry): Promise<Attempted>;
  /** Tries again, now, what of the response is not written; the newest entry afterwards. */
  retry(responseId: string): Promise<Attempted>;
  /** What the FHIR server takes, as far as it is known. Rejects when it cannot be asked. */
  profile(): Promise<WriteProfile>;
  /** The same, its first attempts made with somebody else's token; what is left over goes with our own. */
  as(credentials: Credentials): Delivery;
}

export interface Attempted {
  readonly entry: Entry;
  /** Whether exactly this had been written before, by somebody else or by an attempt that was given up for lost. */
  readonly wasThere: boolean;
}

/** Who read or wrote what of a patient's data; never what it says. */
export interface Audit {
  record(event: AuditRecord): void;
}
