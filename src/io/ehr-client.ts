import { createRemoteJWKSet, customFetch, errors, jwtVerify, type RemoteJWKSet } from 'jose';
import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import type { Renewed } from '../operations/session-port.js';
import type { AuthorizationServer, EhrClient, TokenAnswer } from '../operations/smart-port.js';
import { readSmartConfiguration } from './smart-configuration.js';
import { type Asking, askServer, type KnownEhr, readTokenAnswer } from './token-request.js';

/** What the EHRs are asked beside what signing in asks. */
export interface EhrRequests extends EhrClient {
  /** Never rejects. */
  renew(iss: string, refreshToken: string): Promise<Renewed>;
  /** Best effort: an EHR that cannot be reached lets the token run out. Never rejects. */
  revoke(iss: string, token: string): Promise<void>;
}

/** How long what an EHR says of itself is believed. */
const FRESH_MS = 5 * 60_000;

/** Signatures of id_tokens; never `none`, and nothing that a public key could make. */
const ALGORITHMS = ['RS256', 'RS384', 'ES256', 'ES384'];

/** Clocks of servers differ. */
const TOLERANCE_S = 60;

/** Every request goes to the EHR that was configured, or where its own configuration leads. */
export function createEhrClient(ehrs: readonly KnownEhr[], asking: Asking): EhrRequests {
  const { now } = asking;
  const { ehrOf, discover, keySetOf, askToken } = createDirectory(ehrs, asking);
  return {
    discover,
    redeem: async (iss, { code, verifier, redirectUri }) => {
      const parameters = { grant_type: 'authorization_code', code, code_verifier: verifier };
      const answered = await askToken(iss, { ...parameters, redirect_uri: redirectUri });
      if (answered === null) throw away();
      return (answered.isTaken && readTokenAnswer(answered.body, now())) || refuse();
    },
    readIdToken: async (iss, idToken, nonce) => {
      const server = await discover(iss);
      const { issuer } = server;
      const { clientId } = ehrOf(iss);
      // To jose, no issuer would mean any.
      if (!issuer) throw badIdToken();
      const keys = await keySetOf(issuer, server);
      const claims = await verify(idToken, keys, { issuer, audience: clientId, now: now() });
      const isForUs = !Array.isArray(claims.aud) || claims.aud.length === 1 || claims.azp === clientId;
      if (claims.nonce !== nonce || !isForUs) throw badIdToken();
      return typeof claims.fhirUser === 'string' ? claims.fhirUser : null;
    },
    renew: async (iss, refreshToken) => {
      const parameters = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const answered = await askToken(iss, parameters).catch(() => null);
      if (answered === null) return { state: 'later' };
      const answer = answered.isTaken ? readTokenAnswer(answered.body, now()) : null;
      return answer ? toRenewed(answer, refreshToken) : { state: 'refused' };
    },
    revoke: async (iss, token) => {
      const server = await discover(iss).catch(() => null);
      const endpoint = server?.revocationEndpoint ?? null;
      if (server && endpoint) await askServer({ server, ehr: ehrOf(iss), endpoint }, { token }, asking);
    },
  };
}

/** What the EHRs say of themselves, and where they are asked for tokens. */
function createDirectory(ehrs: readonly KnownEhr[], asking: Asking) {
  const { fetch, now } = asking;
  const known = new Map<string, { server: AuthorizationServer; at: number }>();
  const keySets = new Map<string, RemoteJWKSet>();
  const ehrOf = (iss: string): KnownEhr => {
    const ehr = ehrs.find((one) => one.iss === iss);
    if (!ehr) throw new Error('Asked of an EHR that is not configured');
    return ehr;
  };
  const getJson = async (url: string): Promise<unknown> => {
    const answer = await fetch(url, { headers: { Accept: 'application/json' } }).catch(() => null);
    if (!answer?.ok) throw away();
    return answer.json().catch(() => Promise.reject(away()));
  };
  const discover = async (iss: string): Promise<AuthorizationServer> => {
    // A session may be of one that the operator has taken off the list since.
    ehrOf(iss);
    const at = now().getTime();
    const before = known.get(iss);
    if (before && at - before.at < FRESH_MS) return before.server;
    const server = readSmartConfiguration(iss, await getJson(`${iss}/.well-known/smart-configuration`));
    known.set(iss, { server, at });
    return server;
  };
  const keySetOf = async (issuer: string, { jwksUri }: AuthorizationServer): Promise<RemoteJWKSet> => {
    const url = jwksUri ?? (await keysUrlOf(issuer, getJson));
    const keys = keySets.get(url) ?? createRemoteJWKSet(new URL(url), { [customFetch]: fetch });
    keySets.set(url, keys);
    return keys;
  };
  const askToken = async (iss: string, parameters: Readonly<Record<string, string>>) => {
    const server = await discover(iss);
    const ehr = ehrOf(iss);
    return askServer({ server, ehr, endpoint: server.tokenEndpoint }, parameters, asking);
  };
  return { ehrOf, discover, keySetOf, askToken };
}

/** A server that gives no new refresh token means the old one to be used again (RFC 6749 §6). */
function toRenewed({ tokens, scope }: TokenAnswer, refreshToken: string): Renewed {
  return {
    state: 'renewed',
    tokens: { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken },
    scope,
  };
}

/** OpenID Connect Discovery: the document must be that of the issuer it was asked for. */
async function keysUrlOf(issuer: string, getJson: (url: string) => Promise<unknown>): Promise<string> {
  const found = await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const url = memberOf(found, 'jwks_uri');
  const isUrl = typeof url === 'string' && URL.canParse(url);
  if (memberOf(found, 'issuer') !== issuer || !isUrl) throw badIdToken();
  return url;
}

/** OpenID Connect Core §3.1.3.7, but for the nonce. */
async function verify(
  idToken: string,
  keys: RemoteJWKSet,
  { issuer, audience, now }: { issuer: string; audience: string; now: Date },
) {
  try {
    const { payload } = await jwtVerify(idToken, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: TOLERANCE_S,
      currentDate: now,
    });
    return payload;
  } catch (error) {
    throw isAboutToken(error) ? badIdToken() : away();
  }
}

/** Not about the way to the keys. */
function isAboutToken(error: unknown): boolean {
  return error instanceof errors.JOSEError && !['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT'].includes(error.code);
}

function away(): Problem {
  return new Problem({
    code: 'fhir-server-unreachable',
    text: 'The EHR could not be asked who signs in. Try again in a moment.',
  });
}

function refuse(): never {
  throw new Problem({
    code: 'token-invalid',
    text: 'The EHR did not confirm the sign-in. Open this service from the EHR again.',
  });
}

function badIdToken(): Problem {
  return new Problem({
    code: 'token-invalid',
    text: 'What the EHR said of who signs in does not hold. Open this service from the EHR again.',
  });
}
