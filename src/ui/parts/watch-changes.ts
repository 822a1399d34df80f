import { type Refusal, refusalFor } from './refusal.js';
import { serviceUrl } from './service.js';

/** Milliseconds between two looks. */
const EVERY = 5000;
const PATIENCE = 4000;

/** What a watch is told to do; each may be called again and again. */
export interface Watcher {
  /** At first, and when something was accepted or its delivery changed. → whether the page is up to date now */
  onChange(): Promise<boolean>;
  /** null when the page is up to date. */
  onLost(lost: Lost | null): void;
}

/** Nobody knows whether the page is up to date. */
export interface Lost {
  readonly since: Date;
  /** `away`: no answer, and it is tried again. Who is not let in is not looked for until the page is seen again. */
  readonly why: Refusal | 'away';
}

export interface Watch {
  /** At once, where it has stopped or waits. */
  look(): void;
  end(): void;
}

/**
 * Asks, while the page is seen, whether there is anything new: `GET /ui/changes` holds no patient data, so asking
 * often fills no audit trail.
 */
export function watchChanges({ onChange, onLost }: Watcher): Watch {
  let known: string | null | undefined;
  let last = new Date();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  let isLooking = false;
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    // Before the page is read: what comes in between is seen the next time.
    const { mark, refusal } = await readMark();
    const isNew = known === undefined || (mark !== null && mark !== known);
    const isRead = !isNew || (await onChange().catch(() => false));
    isLooking = false;
    if (isEnded) return;
    if (isRead) known = mark ?? known ?? null;
    if (isRead && mark !== null) last = new Date();
    onLost(isRead && mark !== null ? null : { since: last, why: refusal ?? 'away' });
    clearTimeout(timer);
    if (refusal === null) timer = setTimeout(next, EVERY);
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
  return {
    look: onVisible,
    end: () => {
      isEnded = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    },
  };
}

/** `mark`: null when the service does not answer, or does not let anybody in. */
async function readMark(): Promise<{ mark: string | null; refusal: Refusal | null }> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(new URL('ui/changes', serviceUrl), { redirect: 'error', signal });
    const { mark } = await response.json();
    const isMark = response.ok && typeof mark === 'string';
    return { mark: isMark ? mark : null, refusal: refusalFor(response.status) };
  } catch {
    return { mark: null, refusal: null };
  }
}
