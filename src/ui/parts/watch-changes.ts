import { serviceUrl } from './service.js';

/** Milliseconds between two looks. */
const EVERY = 5000;
const PATIENCE = 4000;

/** What a watch is told to do; each may be called again and again. */
export interface Watcher {
  /** At first, and when something was accepted or its delivery changed. → whether the page is up to date now */
  onChange(): Promise<boolean>;
  /** Since when nobody knows whether the page is up to date; null when it is. */
  onLost(since: Date | null): void;
}

/**
 * Asks, while the page is seen, whether there is anything new: `GET /ui/changes` holds no patient data, so asking
 * often fills no audit trail. → a function that ends it
 */
export function watchChanges({ onChange, onLost }: Watcher): () => void {
  let known: string | null | undefined;
  let last = new Date();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  const look = async () => {
    // Before the page is read: what comes in between is seen the next time.
    const mark = await readMark();
    const isNew = known === undefined || (mark !== null && mark !== known);
    const isRead = !isNew || (await onChange().catch(() => false));
    if (isEnded) return;
    if (isRead) known = mark ?? known ?? null;
    if (isRead && mark !== null) last = new Date();
    onLost(isRead && mark !== null ? null : last);
    clearTimeout(timer);
    timer = setTimeout(next, EVERY);
  };
  const next = () => {
    if (document.visibilityState === 'visible') void look();
  };
  const onVisible = () => {
    clearTimeout(timer);
    next();
  };
  document.addEventListener('visibilitychange', onVisible);
  next();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
  };
}

/** null when the service does not answer. */
async function readMark(): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(new URL('ui/changes', serviceUrl), { redirect: 'error', signal });
    const { mark } = await response.json();
    return response.ok && typeof mark === 'string' ? mark : null;
  } catch {
    return null;
  }
}
