import type { Credentials } from '../operations/credentials.js';
import {
  type BackendToken,
  type BackendTokenOptions,
  requestBackendToken,
  TokenFailed,
} from './backend-token.js';
import { type Backoff, nextAttempt } from './backoff.js';

/** Between requests for a token that fail, or whose token is not taken. */
const ASKING: Backoff = { first: 1_000, most: 60_000 };

/** A token is renewed when this much of its life is left, or this long before it ends. */
const LAST_PART = 0.2;
const EARLY_MS = 60_000;
/** One that ends sooner is waited for, because it might not live until it arrives. */
const TOO_SHORT_MS = 10_000;
/** A token that is refused within this time was never good, and the next one may be no better. Longer than any wait. */
const YOUNG_MS = 120_000;

export interface BackendServicesOptions extends BackendTokenOptions {
  /** From 0 to 1. */
  readonly random: () => number;
  /** Told once of each trouble: a word, no token. */
  readonly warn: (message: string, fields: { readonly code: string }) => void;
}

/**
 * The service's own token towards the FHIR server: asked for once for all who need it, renewed before it ends. While
 * the authorization server is away, the token goes on as long as it lives.
 */
export function createBackendServices(options: BackendServicesOptions): Credentials {
  return new BackendServices(options);
}

interface Held extends BackendToken {
  /** Milliseconds since 1970, like the others below. */
  readonly from: number;
  readonly until: number;
}

class BackendServices implements Credentials {
  readonly #options: BackendServicesOptions;
  #held: Held | null = null;
  #asking: Promise<void> | null = null;
  #notBefore = 0;
  #failures = 0;
  #refusals = 0;
  /** What was told last. */
  #told: string | null = null;

  constructor(options: BackendServicesOptions) {
    this.#options = options;
  }

  async token(): Promise<string | null> {
    const left = this.#left();
    if (!this.#held || left < TOO_SHORT_MS) await this.#ask();
    else if (this.#isLate(this.#held, left)) void this.#ask();
    return this.#usable();
  }

  async renew(refused: string): Promise<string | null> {
    if (this.#other(refused) === null) await (this.#asking ?? this.#askAgain());
    return this.#other(refused);
  }

  /** Another than that one. */
  #other(refused: string): string | null {
    const token = this.#usable();
    return token === refused ? null : token;
  }

  #usable(): string | null {
    return this.#held && this.#left() > 0 ? this.#held.token : null;
  }

  /** Milliseconds; a token from the future was given before the clock was put back. */
  #left(): number {
    const at = this.#at();
    return this.#held && at >= this.#held.from ? this.#held.until - at : 0;
  }

  #isLate({ from, until }: Held, left: number): boolean {
    const life = until - from;
    return left < Math.min(Math.max(life * LAST_PART, EARLY_MS), life / 2);
  }

  /** A server that takes none of our tokens is not asked for one after the other. */
  async #askAgain(): Promise<void> {
    if (this.#isWaiting()) return;
    const isYoung = this.#held !== null && this.#at() - this.#held.from < YOUNG_MS;
    await this.#ask();
    this.#refusals = isYoung ? this.#refusals + 1 : 0;
    if (isYoung) this.#wait(this.#refusals);
  }

  /** One request for all; none while it has to wait. Never rejects. */
  #ask(): Promise<void> {
    if (this.#asking) return this.#asking;
    if (this.#isWaiting()) return Promise.resolve();
    this.#asking = this.#request().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** A longer wait than any was set by a clock that has been put back since. */
  #isWaiting(): boolean {
    const wait = this.#notBefore - this.#at();
    return wait > 0 && wait <= ASKING.most;
  }

  async #request(): Promise<void> {
    try {
      const got = await requestBackendToken(this.#options);
      this.#held = { ...got, from: this.#at(), until: got.expiresAt.getTime() };
      this.#failures = 0;
      if (got.isWhole) this.#told = null;
      else this.#tell('The FHIR server grants less than FHIR_SCOPE asks for', 'scope');
    } catch (error) {
      this.#failures += 1;
      this.#wait(this.#failures);
      const code = error instanceof TokenFailed ? error.code : 'exception';
      this.#tell('There is no access token for the FHIR server', code);
    }
  }

  #wait(attempts: number): void {
    const { random } = this.#options;
    const asked = { attempts, now: this.#at(), asked: null, random: random() };
    this.#notBefore = nextAttempt(ASKING, asked);
  }

  /** Once, until it is something else. */
  #tell(message: string, code: string): void {
    if (this.#told !== code) this.#options.warn(message, { code });
    this.#told = code;
  }

  #at(): number {
    return this.#options.now().getTime();
  }
}
