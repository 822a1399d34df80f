import type { FhirResource } from 'fhir/r4.js';

/** One resource for a FHIR server, in a request of its own. */
export interface SingleWrite {
  readonly method: 'PUT' | 'POST';
  /** Below the base. */
  readonly url: string;
  readonly resource: FhirResource;
  /** ETag that must be the current one. */
  readonly ifMatch?: string;
  /** A search that must find nothing: conditional create. */
  readonly ifNoneExist?: string;
}
