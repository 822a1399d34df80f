import { serviceUrl } from './service.js';

/** Milliseconds. */
const PATIENCE = 10_000;
/** Between the open pages of one browser. */
const CHANNEL = 'axspa-sign-out';

/** → whether nobody is signed in any more; the other open pages are told. */
export async function signOut(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const url = new URL('launch/logout', serviceUrl);
    const { ok } = await fetch(url, { method: 'POST', redirect: 'error', signal });
    if (ok) new BroadcastChannel(CHANNEL).postMessage(null);
    return ok;
  } catch {
    return false;
  }
}

/**
 * For pages that hold patient data: when somebody has signed out in another window, or comes back to what the browser
 * has kept of the page, it is read anew, as whoever is there now.
 */
export function forgetAtSignOut(): void {
  new BroadcastChannel(CHANNEL).onmessage = () => location.reload();
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
}
