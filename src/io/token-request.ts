import { memberOf } from '../fhir/member.js';
import type { AuthorizationServer, Ehr, TokenAnswer } from '../operations/smart-port.js';
import { ASSERTION_TYPE, createClientAssertion } from './client-assertion.js';
import type { Keys } from './keys.js';
import type { SafeFetch } from './safe-fetch.js';

/** An EHR, and how it knows us. */
export interface KnownEhr extends Ehr {
  readonly auth: 'public' | 'secret' | 'private_key_jwt';
  /** Only with `secret`. Never logged. */
  readonly clientSecret: string | null;
}

/** What a request to a token endpoint, or to the revocation endpoint beside it, is made with. */
export interface Asking {
  readonly fetch: SafeFetch;
  readonly keys: Keys;
  readonly now: () => Date;
}

/** `null`: the server could not be asked, or did not say anything that can be used. */
export type Answered = { readonly isTaken: boolean; readonly body: unknown } | null;

/**
 * One request in our name (SMART App Launch 2.2, "Client Authentication"): a public client says who it is, one with a
 * secret sends it by HTTP Basic (RFC 6749 §2.3.1), one with a key signs. Never rejects.
 */
export async function askServer(
  { server, ehr, endpoint }: { server: AuthorizationServer; ehr: KnownEhr; endpoint: string },
  parameters: Readonly<Record<string, string>>,
  { fetch, keys, now }: Asking,
): Promise<Answered> {
  try {
    const { headers, form } = await signed({ server, ehr, parameters }, { keys, now });
    const answer = await fetch(endpoint, { method: 'POST', headers, body: form.toString() });
    // Busy or broken: what was asked is neither taken nor refused.
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return null;
    const text = await answer.text();
    return { isTaken: answer.ok, body: answer.ok && text ? JSON.parse(text) : null };
  } catch {
    return null;
  }
}

/** The parameters, with who we are in the way that the server knows us. */
async function signed(
  {
    server,
    ehr: { clientId, auth, clientSecret },
    parameters,
  }: { server: AuthorizationServer; ehr: KnownEhr; parameters: Readonly<Record<string, string>> },
  { keys, now }: Pick<Asking, 'keys' | 'now'>,
): Promise<{ headers: Record<string, string>; form: URLSearchParams }> {
  const form = new URLSearchParams(parameters);
  if (auth === 'public') form.set('client_id', clientId);
  if (auth === 'private_key_jwt') {
    const algorithms = server.signingAlgorithms;
    const audience = server.tokenEndpoint;
    form.set('client_assertion_type', ASSERTION_TYPE);
    form.set('client_assertion', await createClientAssertion({ clientId, audience, keys, now, algorithms }));
  }
  const headers = {
    Accept: 'application/json',
    'Content-Type': 'application/x-www-form-urlencoded',
    ...(clientSecret !== null && { Authorization: basic(clientId, clientSecret) }),
  };
  return { headers, form };
}

/** RFC 6749 §2.3.1: both are form-encoded first. */
function basic(clientId: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice('x='.length);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')}`;
}

/** Seconds, where the server does not say how long its token is good for. */
const LIFE_S = 3600;
/** Nothing longer is believed. */
const MOST_LIFE_S = 24 * 3600;

/** RFC 6749 §5.1 and SMART's launch context beside it; null when there is no bearer token in it. */
export function readTokenAnswer(body: unknown, now: Date): TokenAnswer | null {
  const text = (name: string): string | null => {
    const value = memberOf(body, name);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const accessToken = text('access_token');
  if (accessToken === null || !/^bearer$/i.test(text('token_type') ?? '')) return null;
  // What could not stand in a header is no token.
  if (!/^[\x21-\x7e]+$/.test(accessToken)) return null;
  const said = Number(memberOf(body, 'expires_in') ?? LIFE_S);
  const life = said > 0 ? Math.min(said, MOST_LIFE_S) : LIFE_S;
  const expiresAt = new Date(now.getTime() + life * 1000);
  return {
    tokens: { accessToken, expiresAt, refreshToken: text('refresh_token') },
    scope: text('scope'),
    idToken: text('id_token'),
    context: body,
  };
}
