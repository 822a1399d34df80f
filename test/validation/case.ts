/** A response, valid or with one fault, on which both verdicts are asked. */
import type { Questionnaire } from 'fhir/r4.js';
import type { DetailsCode } from '../../src/fhir/outcome.js';

export interface Case {
  readonly id: string;
  /** What we are to say of it; null for a valid one. */
  readonly code: DetailsCode | null;
  /** What it is an example of: rows of differences.json look at this. */
  readonly kind: string;
  /** null: our own. */
  readonly questionnaire: Questionnaire | null;
  readonly text: string;
  /** The valid case that it was before: what is said of that one is not about the fault. */
  readonly before: string | null;
}
