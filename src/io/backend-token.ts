import { memberOf } from '../fhir/member.js';
import { readScopes } from '../fhir/scopes.js';
import { ASSERTION_TYPE, createClientAssertion } from './client-assertion.js';
import type { Keys } from './keys.js';
import { FetchFailed, type SafeFetch } from './safe-fetch.js';
import { readTokenAnswer } from './token-request.js';

/** Who we are towards the FHIR server. */
export interface BackendClient {
  readonly clientId: string;
  readonly scope: string;
  /** null: as the server's `.well-known/smart-configuration` says. */
  readonly tokenUrl: string | null;
}

export interface BackendTokenOptions {
  readonly client: BackendClient;
  /** The FHIR base. */
  readonly baseUrl: string;
  readonly keys: Keys;
  readonly fetch: SafeFetch;
  readonly now: () => Date;
}

export interface BackendToken {
  readonly token: string;
  readonly expiresAt: Date;
  /** Whether everything that was asked for was granted. */
  readonly isWhole: boolean;
}

/** Why there is no token: a word for the log, without anything that a server wrote but its error code. */
export class TokenFailed extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`There is no access token: ${code}`);
    this.code = code;
  }
}

/** Where to ask, and what a signature may be made with; null where the server does not say. */
interface Endpoint {
  readonly url: string;
  readonly algorithms: readonly string[] | null;
}

/**
 * An access token by `client_credentials` and a signed assertion (SMART App Launch 2.2, "Backend Services").
 * Rejects with a `TokenFailed` where a server gives none.
 */
export async function requestBackendToken(options: BackendTokenOptions): Promise<BackendToken> {
  const { client, keys, now } = options;
  const { clientId, scope } = client;
  const { url, algorithms } = await findEndpoint(options);
  const assertion = await createClientAssertion({ clientId, audience: url, keys, now, algorithms });
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
  });
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const found = await ask(options.fetch, url, { method: 'POST', headers, body: form.toString() });
  const answer = readTokenAnswer(found, now());
  if (!answer) throw new TokenFailed('no-token');
  const { accessToken, expiresAt } = answer.tokens;
  return { token: accessToken, expiresAt, isWhole: answer.scope === null || covers(answer.scope, scope) };
}

/** What the operator says comes first; what it can be signed with only the server knows. */
async function findEndpoint({ client, baseUrl, fetch }: BackendTokenOptions): Promise<Endpoint> {
  const { tokenUrl } = client;
  const url = `${baseUrl}/.well-known/smart-configuration`;
  const found = await ask(fetch, url, { headers: { accept: 'application/json' } }).catch((error: unknown) => {
    if (tokenUrl === null) throw error;
    return null;
  });
  const named = tokenUrl ?? memberOf(found, 'token_endpoint');
  if (typeof named !== 'string') throw new TokenFailed('no-token-endpoint');
  const algorithms = memberOf(found, 'token_endpoint_auth_signing_alg_values_supported');
  return {
    url: named,
    algorithms: Array.isArray(algorithms) ? algorithms.filter((one) => typeof one === 'string') : null,
  };
}

/** → JSON of a 200. */
async function ask(fetch: SafeFetch, url: string, init: Parameters<SafeFetch>[1]): Promise<unknown> {
  try {
    const answer = await fetch(url, init);
    const body: unknown = await answer.json().catch(() => null);
    if (answer.ok) return body;
    const error = memberOf(body, 'error');
    // RFC 6749 §5.2: a word of its list, or of an extension; what else stands there is not for the log.
    const isCode = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error);
    throw new TokenFailed([`HTTP ${answer.status}`, ...(isCode ? [error] : [])].join(', '));
  } catch (error) {
    throw error instanceof FetchFailed ? new TokenFailed(error.code) : error;
  }
}

/** Whether `granted` lets us do all that `asked` would; in the words of version 1 or 2. */
function covers(granted: string, asked: string): boolean {
  const grants = readScopes(granted);
  return readScopes(asked).every(({ level, type, permissions, query }) =>
    permissions.every((permission) =>
      grants.some(
        (one) =>
          one.level === level &&
          (one.type === '*' || one.type === type) &&
          one.permissions.includes(permission) &&
          (one.query === null || one.query.toString() === query?.toString()),
      ),
    ),
  );
}
