import type { Issue } from '../fhir/outcome.js';

/** Takes up the responses that others store on the FHIR server itself. */
export interface Intake {
  /** Whether our Subscription sends this header. */
  isSender(authorization: string | undefined): boolean;
  /** Something may have been stored: look now. */
  wake(): void;
  /** What could not be taken up, or not be decided for long, oldest first; at most some hundreds. */
  unscored(): Unscored[];
  /** How many there are. */
  countUnscored(): number;
}

export interface Unscored {
  /** `QuestionnaireResponse/id` on the FHIR server. */
  readonly reference: string;
  readonly issues: readonly Issue[];
  readonly at: Date;
}

/** What became of a response that was found on the FHIR server. */
export interface Adopted {
  /**
   * `adopted`: scored and accepted. `known`: ours, or taken up before. `unscored`: it has to be mended, or somebody
   * has to look. `gone`: it cannot be read there, though a search found it.
   */
  readonly state: 'adopted' | 'known' | 'unscored' | 'gone';
  /** What was looked at; null for what is gone. */
  readonly seen: Seen | null;
  /** Why it is unscored. */
  readonly issues: readonly Issue[];
}

export interface Seen {
  /** Of what was accepted there; null where nothing was, as of a copy. */
  readonly responseId: string | null;
  /** `Patient/id`; null when it does not say. */
  readonly subject: string | null;
  /** The FHIR server's. */
  readonly versionId: string | null;
  /** SHA-256, hex, of the content; null when it is no response that can be read. */
  readonly hash: string | null;
}
