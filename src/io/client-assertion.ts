import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Keys } from './keys.js';

/** Servers take five minutes at most; their clock may be behind ours. */
const LIFE_S = 240;

export interface AssertionOptions {
  readonly clientId: string;
  /** The token endpoint. */
  readonly audience: string;
  readonly keys: Keys;
  readonly now: () => Date;
  /** `token_endpoint_auth_signing_alg_values_supported`; null where the server does not say. */
  readonly algorithms: readonly string[] | null;
}

/**
 * Who we are, signed, for one request to a token endpoint (RFC 7523; SMART App Launch 2.2, "Client Authentication:
 * Asymmetric"). Each is for one use.
 */
export async function createClientAssertion(options: AssertionOptions): Promise<string> {
  const { clientId, audience, keys, now, algorithms } = options;
  const { kid, alg, key } = await keys.signing(algorithms);
  const at = Math.floor(now().getTime() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setIssuedAt(at)
    .setExpirationTime(at + LIFE_S)
    .setJti(randomUUID())
    .sign(key);
}

/** As `client_assertion_type` says it. */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
