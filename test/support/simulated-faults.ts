/** What can go wrong between a client and a server, and when. */
import { isWrite } from './simulated-policy.js';

/** Which requests a fault is for; absent: all. Requests that it is not for are served as ever. */
export interface When {
  /** It heals after so many requests. */
  readonly times?: number;
  /** `path` is below the base, with its query: `Observation?patient=p1`, '' for a transaction. */
  readonly only?: (method: string, path: string) => boolean;
  /** Writes alone, and of those the n-th and what follows, counted from 1 since the fault was set. */
  readonly from?: number;
}

export type Fault = When &
  (
    | { readonly kind: 'slow' | 'slow-answer'; readonly ms: number }
    /** 503 for the second, fourth, sixth … request; `times` counts the 503s. */
    | { readonly kind: 'flapping' }
    /**
     * 429, and again for every such request until Retry-After (seconds) is over, which are recorded as `tooEarly`;
     * `times` counts the waits.
     */
    | { readonly kind: 'too-many'; readonly retryAfter: number; readonly form?: 'seconds' | 'date' }
    | { readonly kind: 'html' | 'empty-200' }
    /** The socket is destroyed: before the store sees the request, after it committed, or amid the answer. */
    | { readonly kind: 'cut-before' | 'cut-after' | 'cut-middle' }
    /**
     * Nobody listens: at once, or with `only` or `from` when such a request comes, which the store then does not
     * see. Heals after `ms`, or when another fault or null is set; `times` does not apply.
     */
    | { readonly kind: 'down'; readonly ms?: number }
    | { readonly kind: 'status'; readonly status: number }
  );

export interface Faults {
  readonly fault: Fault | null;
  set(fault: Fault | null): void;
  /** The fault that this request suffers; counts it. */
  take(method: string, path: string, now: number): Fault | null;
  /** Whether a client that was asked to wait comes all the same. */
  isTooEarly(method: string, path: string, now: number): boolean;
}

interface Wait {
  readonly until: number;
  readonly fault: Fault;
}

/** For a fault's `only`. */
export const writesOnly = isWrite;

/** Whether nobody listens from the moment that it is set. */
export function isDownAtOnce(fault: Fault | null): boolean {
  return fault?.kind === 'down' && fault.only === undefined && fault.from === undefined;
}

/** Counts what a fault was for, and lets it heal. */
export function createFaults(): Faults {
  let current: Fault | null = null;
  let seen = 0;
  let hits = 0;
  let wait: Wait | null = null;
  const isFor = ({ only, from }: Fault, method: string, path: string) =>
    (only === undefined || only(method, path)) && (from === undefined || isWrite(method, path));
  const isTooEarly = (method: string, path: string, now: number) =>
    wait !== null && now < wait.until && isFor(wait.fault, method, path);
  const hit = (fault: Fault, now: number): Fault => {
    hits += 1;
    if (fault.kind === 'too-many') wait = { until: now + fault.retryAfter * 1000, fault };
    if (fault.kind !== 'down' && fault.times !== undefined && hits >= fault.times) current = null;
    return fault;
  };
  return {
    get fault() {
      return current;
    },
    set: (fault) => {
      [current, seen, hits, wait] = [fault, 0, 0, null];
    },
    isTooEarly,
    take: (method, path, now) => {
      if (wait && isTooEarly(method, path, now)) return wait.fault;
      if (!current || !isFor(current, method, path)) return null;
      seen += 1;
      if (seen < (current.from ?? 1)) return null;
      const nth = seen - (current.from ?? 1) + 1;
      return current.kind === 'flapping' && nth % 2 === 1 ? null : hit(current, now);
    },
  };
}
