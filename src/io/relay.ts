import type { Issue } from '../fhir/outcome.js';
import { Problem } from '../fhir/outcome.js';
import type { WriteProfile } from '../fhir/write-profile.js';
import type { Attempted, Entry, FhirServer } from '../operations/ports.js';
import { DELIVERY, LONGEST_RETRY_AFTER_MS, nextAttempt } from './backoff.js';
import type { Ledger } from './ledger.js';
import type { DiskOutbox } from './outbox.js';
import { LEASE_MS, type Result } from './outbox-rows.js';
import type { Profiles } from './profiles.js';
import { sendEntry } from './send-entry.js';
import { LANDING_MS, type Outcome } from './sending.js';

/** How many entries are under way at once while the server answers. */
const AT_ONCE = 4;

/** What the relay works with. */
export interface RelayParts {
  readonly outbox: DiskOutbox;
  readonly ledger: Ledger;
  readonly profiles: Profiles;
  readonly server: FhirServer;
  readonly store: FhirServer | null;
  readonly now: () => Date;
  readonly random: () => number;
  /** Told of what an operator should see: a details code and a state, no patient data. */
  readonly warn: (message: string, fields: { code: string; state: string }) => void;
}

/** In whose name an attempt is made: what the server forbids them is not done in ours. */
export interface Sender {
  /** The FHIR server with their token. */
  readonly server: FhirServer;
  /** What becomes of an entry that they may not write. */
  readonly whenForbidden: 'refused' | 'queued';
}

/** Sends what is in the outbox: each entry once at a time, each response in order. */
export class Relay {
  readonly #parts: RelayParts;
  /** The server asked to be left alone until then (429). */
  #pausedUntil = 0;
  #isDown = false;
  readonly #underWay = new Map<number, Promise<unknown>>();

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** One round: everything whose time has come. A server that seems to be away is tried with one entry a round. */
  async round(isStopping: () => boolean): Promise<void> {
    const { outbox } = this.#parts;
    while (!isStopping() && !this.#isPaused()) {
      const due = outbox.due(this.#isDown ? 1 : AT_ONCE);
      const claimed = due.map((seq) => this.claim(seq)).filter((entry) => entry !== undefined);
      if (claimed.length === 0) return;
      const wasDown = this.#isDown;
      await Promise.all(claimed.map((entry) => this.attempt(entry)));
      if (wasDown && this.#isDown) return;
    }
  }

  /** Takes hold of an entry; never of one that it holds already, whatever the clock makes of its lease. */
  claim(seq: number): Entry | undefined {
    return this.#underWay.has(seq) ? undefined : this.#parts.outbox.claim(seq);
  }

  /** When no attempt is under way any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
  }

  /**
   * One attempt with an entry that this process holds; its lease is kept alive meanwhile. Without a sender it is made
   * with our own credentials, as every later one is.
   */
  attempt(entry: Entry, sender: Sender | null = null): Promise<Attempted> {
    const attempt = this.#attempt(entry, sender);
    this.#underWay.set(entry.seq, attempt);
    return attempt.finally(() => this.#underWay.delete(entry.seq));
  }

  async #attempt(entry: Entry, sender: Sender | null): Promise<Attempted> {
    const keepAlive = setInterval(() => this.#renew(entry.seq), LEASE_MS / 3);
    try {
      const { outcome, plan } = await this.#send(entry, sender).catch((error: unknown) => this.#asBug(error));
      const wasThere = outcome.state === 'written' && outcome.wasThere;
      this.#learn(outcome, sender);
      return { entry: this.#record(entry, this.#resultOf(entry, { outcome, plan, sender })), wasThere };
    } finally {
      clearInterval(keepAlive);
    }
  }

  /** A disk that takes nothing now: the lease is renewed the next time, or runs out. */
  #renew(seq: number): void {
    try {
      this.#parts.outbox.renew(seq);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  async #send(entry: Entry, sender: Sender | null): Promise<{ outcome: Outcome; plan: string | null }> {
    const { outbox, profiles, store, ledger, now } = this.#parts;
    const { server } = sender ?? this.#parts;
    const { payload } = entry;
    if (!payload) throw new Error('An entry that is not written has a payload');
    const wait = this.#pausedUntil - now().getTime();
    if (this.#isPaused()) return { outcome: paused(wait), plan: null };
    let profile: WriteProfile;
    try {
      profile = await profiles.current();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return {
        outcome: { state: 'queued', reason: 'it could not be asked what it takes', asked: null },
        plan: null,
      };
    }
    const predecessor = outbox.predecessorOf(entry);
    const outcome = await sendEntry({ entry, payload, predecessor, profile, server, store, ledger, now });
    return { outcome, plan: profile.name };
  }

  /** A fault of ours must not lose the entry, nor hide. A disk that takes nothing is told as it is. */
  #asBug(error: unknown): { outcome: Outcome; plan: string | null } {
    if (error instanceof Problem) throw error;
    this.#parts.warn('A fault of the relay', { code: 'exception', state: 'queued' });
    const outcome = {
      state: 'queued',
      reason: 'a fault of this service',
      asked: null,
      isOurs: true,
    } as const;
    return { outcome, plan: null };
  }

  /** Writes down what an attempt came to. A disk that is full loses nothing: the entry is there, and will be tried again. */
  #record(entry: Entry, result: Result): Entry {
    const { outbox, warn } = this.#parts;
    if (result.state === 'refused' || (result.state === 'unknown' && result.nextAttempt === null)) {
      warn('An entry of the outbox waits for an operator', {
        code: result.issue?.code ?? 'exception',
        state: result.state,
      });
    }
    try {
      outbox.finish(entry.seq, result);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      warn('The outbox could not be written', { code: 'store-unavailable', state: 'queued' });
      return result.state === 'written' ? { ...entry, state: 'queued' } : entry;
    }
    return outbox.entriesOf(entry.responseId).find(({ seq }) => seq === entry.seq) ?? entry;
  }

  /** Whether the server is there: once it is back, nobody waits for the end of a pause that grew while it was away. */
  #learn(outcome: Outcome, sender: Sender | null): void {
    if (outcome.state === 'queued' && outcome.isOurs) return;
    const isAway = outcome.state === 'queued' || outcome.state === 'unknown';
    // It may be their token alone.
    if (sender && isAway && !(outcome.state === 'queued' && outcome.asked !== null)) return;
    if (this.#isDown && !isAway) this.#parts.outbox.hasten();
    if (outcome.state === 'queued' && outcome.asked !== null) {
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#parts.now().getTime() + outcome.asked);
    }
    this.#isDown = isAway;
  }

  #resultOf(entry: Entry, { outcome, plan, sender }: Tried): Result {
    const base = { nextAttempt: null, location: null, serverVersion: null, plan, issue: null };
    const forbidden = sender && forbiddenBy(outcome);
    if (forbidden) {
      const isLeft = sender.whenForbidden === 'queued';
      const nextAttempt = isLeft ? this.#next(entry, null) : null;
      return { ...base, state: sender.whenForbidden, nextAttempt, issue: forbidden };
    }
    switch (outcome.state) {
      case 'written':
        return { ...base, state: 'written', ...outcome.at };
      case 'queued':
        return {
          ...base,
          state: 'queued',
          nextAttempt: this.#next(entry, outcome.asked),
          issue: unreachable(outcome.reason),
        };
      case 'unknown':
        return {
          ...base,
          state: 'unknown',
          nextAttempt: outcome.isStuck ? null : this.#next(entry, LANDING_MS),
          issue: unreachable(outcome.reason),
        };
      case 'refused':
        // Credentials that have run out say nothing of what waits: it goes on waiting.
        return outcome.isAboutUs && entry.attempts > 1
          ? { ...base, state: 'queued', nextAttempt: this.#next(entry, null), issue: outcome.issue }
          : { ...base, state: 'refused', issue: outcome.issue };
    }
  }

  #next({ attempts }: Entry, asked: number | null): number {
    const { now, random } = this.#parts;
    return nextAttempt(DELIVERY, { attempts, now: now().getTime(), asked, random: random() });
  }

  /** A pause that is longer than any server may ask for was set by a clock that has been put back since. */
  #isPaused(): boolean {
    const left = this.#pausedUntil - this.#parts.now().getTime();
    return left > 0 && left <= LONGEST_RETRY_AFTER_MS;
  }
}

/** What came of an attempt. */
interface Tried {
  readonly outcome: Outcome;
  readonly plan: string | null;
  readonly sender: Sender | null;
}

/** What to say where the server does not let the sender do it; null for anything else. */
function forbiddenBy(outcome: Outcome): Issue | null {
  if (outcome.state === 'refused' && outcome.isAboutUs) return outcome.issue;
  if (outcome.state !== 'queued' || !outcome.isForbidden) return null;
  const text =
    'The FHIR server does not let the person who sent it read what it is about; nothing was stored.';
  return { code: 'refused-by-server', text };
}

function paused(wait: number): Outcome {
  return { state: 'queued', reason: 'it asked to be left alone', asked: wait };
}

function unreachable(reason: string): Issue {
  return { code: 'fhir-server-unreachable', text: `The FHIR server did not confirm the write: ${reason}.` };
}
