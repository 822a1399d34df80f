/** Whose token goes along to the FHIR server: our own, or that of the person who is signed in. */
export interface Credentials {
  /** An access token that is not about to expire; null when there is none to be had. Never rejects. */
  token(): Promise<string | null>;
  /** The server did not take that one: another, or null. Never rejects. */
  renew(refused: string): Promise<string | null>;
}
