import type { Credentials } from '../operations/credentials.js';
import { NoToken, responseIn } from './fhir-answer.js';

/** What a request needs so that it can be sent with a token. */
interface Headed {
  readonly headers: Record<string, string>;
}

type Send<T extends Headed> = (path: string, sending: T) => Promise<unknown>;

/** Says what anybody may know of the server (SMART App Launch: `metadata` asks for no token). */
const OPEN = 'metadata';

/** What would lead off the base, or out of it. A token goes nowhere else. */
const ELSEWHERE = /^[a-z][a-z0-9+.-]*:|^[/\\]|^[^?]*(^|[/\\])\.\.?([/\\?]|$)/i;

/**
 * The same requests with an access token. One that the server does not take (401) is renewed, and the request made
 * once more: it was turned away, so a write is not done twice. Rejects with a `NoToken` where that does not help
 * either, and where there is none: then nothing was sent.
 */
export function withToken<T extends Headed>(send: Send<T>, credentials: Credentials): Send<T> {
  return async (path, sending) => {
    if (ELSEWHERE.test(path)) throw new Error('A path of the FHIR server stays below its base');
    const token = await credentials.token();
    if (token === null) {
      if (path === OPEN) return send(path, sending);
      throw new NoToken();
    }
    try {
      return await send(path, bearing(token, sending));
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
    }
    const other = await credentials.renew(token);
    if (other === null) throw new NoToken();
    return send(path, bearing(other, sending)).catch((error: unknown) => {
      throw isTokenRefused(error) ? new NoToken() : error;
    });
  };
}

function bearing<T extends Headed>(token: string, sending: T): T {
  return { ...sending, headers: { ...sending.headers, authorization: `Bearer ${token}` } };
}

function isTokenRefused(error: unknown): boolean {
  return responseIn(error).status === 401;
}
