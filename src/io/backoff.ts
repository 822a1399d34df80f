/** The longest that a server may ask to be left alone; beyond, it is asked again all the same. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** How waiting grows: milliseconds. */
export interface Backoff {
  readonly first: number;
  readonly most: number;
}

/** Between attempts to deliver: a server that comes back is noticed within twenty seconds. */
export const DELIVERY: Backoff = { first: 1_000, most: 20_000 };

/** Between looks at a response of the FHIR server that could not be decided. */
export const UNDECIDED: Backoff = { first: 2_000, most: 600_000 };

/** Between reminders of an urgent red flag that nobody has acknowledged. */
export const REMINDER: Backoff = { first: 5_000, most: 900_000 };

/**
 * When to try again, in milliseconds since 1970: the wait doubles with every attempt up to the most, half of it
 * left to chance so that many do not come at once; never before the server wishes it.
 *
 * @param attempts how many have been made, at least 1
 * @param asked milliseconds that the server asks to be left alone; null when it does not say
 * @param random from 0 to 1
 */
export function nextAttempt(
  { first, most }: Backoff,
  { attempts, now, asked, random }: { attempts: number; now: number; asked: number | null; random: number },
): number {
  const full = Math.min(most, first * 2 ** Math.min(attempts - 1, 30));
  const wait = full / 2 + (full / 2) * random;
  return Math.round(now + Math.max(wait, Math.min(asked ?? 0, LONGEST_RETRY_AFTER_MS)));
}
