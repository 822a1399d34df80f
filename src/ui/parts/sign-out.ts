import { SIGNED_OUT } from './forget.js';
import { serviceUrl } from './service.js';

/** Milliseconds. */
const PATIENCE = 10_000;

/** → whether nobody is signed in any more; the other open pages are told. */
export async function signOut(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const url = new URL('launch/logout', serviceUrl);
    const { ok } = await fetch(url, { method: 'POST', redirect: 'error', signal });
    if (ok) new BroadcastChannel(SIGNED_OUT).postMessage(null);
    return ok;
  } catch {
    return false;
  }
}
