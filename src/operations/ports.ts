import type { Bundle, FhirResource } from 'fhir/r4.js';
import type { Content } from '../fhir/content.js';
import type { Software } from '../fhir/observation-parts.js';
import type { Shaped, ShapedQuestionnaire } from '../fhir/shape.js';
import type { RuleSet } from '../scoring/rule-set.js';

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
  readonly fhirServer: FhirServer;
  readonly delivery: Delivery;
  now(): Date;
}

/**
 * The FHIR server that Observations are written to. Reads reject with a Problem `fhir-server-unreachable`
 * when it is away or answers with something that is not FHIR.
 */
export interface FhirServer {
  readonly baseUrl: string;
  /** null when there is no such resource. */
  read(type: string, id: string): Promise<FhirResource | null>;
  vread(type: string, id: string, versionId: string): Promise<FhirResource | null>;
  /** `query` is sent as it is, without a leading question mark. */
  search(type: string, query: string): Promise<Bundle>;
  /** Follows a link that the server gave, as a path below its base (`Observation?…`, `?_getpages=…`). */
  follow(path: string): Promise<Bundle>;
  transact(bundle: Bundle): Promise<Written>;
  /** Whether it answers at all, now. */
  isReachable(): Promise<boolean>;
}

/** What became of one write. */
export type Written =
  | { readonly state: 'written' }
  /** Worth another try: away, busy, or not speaking FHIR. */
  | { readonly state: 'retryable'; readonly reason: string }
  /** Something stands where a first version was to be written. */
  | { readonly state: 'conflict'; readonly reason: string }
  /** Will not be taken as it is. The reason carries no patient data. */
  | { readonly state: 'refused'; readonly reason: string };

/** How a transaction gets to the FHIR server. */
export interface Delivery {
  /** Runs the work alone for this response, within this process: two requests for one key never interleave. */
  inOrder<T>(responseId: string, work: () => Promise<T>): Promise<T>;
  deliver(bundle: Bundle): Promise<Written>;
}
