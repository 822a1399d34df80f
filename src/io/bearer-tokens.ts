import { createRemoteJWKSet, customFetch, decodeJwt, errors, jwtVerify } from 'jose';
import { Problem } from '../fhir/outcome.js';
import type { ReadToken } from '../operations/access.js';
import { toAccess } from '../operations/access-claims.js';
import { createSafeFetch, FetchFailed, type SafeFetch } from './safe-fetch.js';

/** A signature by one of these says who made it: no `none`, and nothing symmetric, for which a public key would do. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Clocks of two machines differ by about this much: seconds. */
const CLOCK_TOLERANCE = 30;

/** Keys are asked for again after this long, and for an unknown `kid` no sooner than after the pause: milliseconds. */
const KEYS_MAX_AGE = 600_000;
const KEYS_PAUSE = 30_000;
const KEYS_TIMEOUT = 5000;

/** As the `iss` claim says it; where its keys are, or null for where its metadata says. */
interface TokenIssuer {
  readonly issuer: string;
  readonly jwksUri: string | null;
}

export interface BearerTokensOptions {
  readonly issuers: readonly TokenIssuer[];
  /** What `aud` must hold. */
  readonly audience: string;
  readonly fetch: SafeFetch;
  readonly now: () => Date;
}

type Keys = ReturnType<typeof createRemoteJWKSet>;

/** The one place that decides whether a token of somebody else is what it says (RFC 7519, RFC 8725, RFC 9068). */
export function createBearerTokens({ issuers, audience, fetch, now }: BearerTokensOptions): ReadToken {
  const known = new Map(issuers.map((one) => [one.issuer, createKeys(one, fetch)]));
  return async (token) => {
    try {
      // Only to see whose keys to try: nothing that it says is believed before its signature is.
      const { iss = '' } = decodeJwt(token);
      const keys = known.get(iss);
      if (!keys) throw invalid('The token is of an issuer that is not known here.');
      const { payload } = await jwtVerify(token, await keys(), {
        issuer: iss,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: now(),
      });
      return toAccess(payload);
    } catch (error) {
      throw asProblem(error);
    }
  };
}

/** The issuer's key set, found once: where it says, or where the configuration does. */
function createKeys({ issuer, jwksUri }: TokenIssuer, ask: SafeFetch): () => Promise<Keys> {
  let found: Promise<Keys> | null = null;
  const find = async () =>
    createRemoteJWKSet(new URL(jwksUri ?? (await discover(issuer, ask))), {
      [customFetch]: ask,
      cacheMaxAge: KEYS_MAX_AGE,
      cooldownDuration: KEYS_PAUSE,
      timeoutDuration: KEYS_TIMEOUT,
    });
  return () => {
    // Whoever comes while it is looked for waits for the same answer: many tokens ask once.
    found ??= find().catch((error: unknown) => {
      found = null;
      throw error;
    });
    return found;
  };
}

const METADATA = ['openid-configuration', 'oauth-authorization-server', 'smart-configuration'];

/** `jwks_uri` of the issuer's own metadata, which must name the issuer (OpenID Connect Discovery §4.3, RFC 8414 §3.3). */
async function discover(issuer: string, ask: SafeFetch): Promise<string> {
  for (const name of METADATA) {
    const url = `${issuer.replace(/(?<!\/)\/+$/, '')}/.well-known/${name}`;
    const reply = await ask(url).catch(() => null);
    const body: unknown = reply?.ok ? await reply.json().catch(() => null) : null;
    if (typeof body !== 'object' || body === null) continue;
    const { issuer: named, jwks_uri: uri } = { issuer: undefined, jwks_uri: undefined, ...body };
    if (named === issuer && typeof uri === 'string' && URL.canParse(uri)) return uri;
  }
  throw unreachable();
}

/** What the caller did, or what kept us from looking; anything else is a bug of ours. */
function asProblem(error: unknown): unknown {
  if (error instanceof Problem) return error;
  if (error instanceof errors.JWTExpired) return invalid('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return invalid('The token is not meant for this service.');
  }
  if (error instanceof errors.JWKSTimeout || isKeyFailure(error)) return unreachable();
  if (error instanceof errors.JOSEError) return invalid('The token is not valid.');
  if (error instanceof FetchFailed) return unreachable();
  // A key that is none.
  return error instanceof TypeError || error instanceof DOMException ? unreachable() : error;
}

/** jose's words for a key set that was answered with something else. */
function isKeyFailure(error: unknown): boolean {
  return error instanceof errors.JOSEError && ['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID'].includes(error.code);
}

function invalid(text: string): Problem {
  return new Problem({ code: 'token-invalid', text });
}

function unreachable(): Problem {
  const text = 'The token cannot be checked now: its issuer does not answer with its keys.';
  return new Problem({ code: 'fhir-server-unreachable', text });
}

/** What the configuration says; null where it names no issuer. */
export function toReadToken(
  { authIssuers, authAudience }: { authIssuers: readonly TokenIssuer[]; authAudience: string },
  now: () => Date,
): ReadToken | null {
  if (authIssuers.length === 0) return null;
  // What an issuer's metadata names may be anywhere; what the operator named is where it is.
  const configured = authIssuers.flatMap(({ issuer, jwksUri }) => [issuer, jwksUri ?? issuer]);
  const fetch = createSafeFetch({ configured, timeoutMs: KEYS_TIMEOUT });
  return createBearerTokens({ issuers: authIssuers, audience: authAudience, fetch, now });
}
