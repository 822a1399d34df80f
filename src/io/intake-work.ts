import { randomUUID } from 'node:crypto';
import { Problem } from '../fhir/outcome.js';
import type { Adopted } from '../operations/intake-port.js';
import type { Audit } from '../operations/ports.js';
import { nextAttempt, UNDECIDED } from './backoff.js';
import type { FoundResponses, FoundRow, Left } from './found.js';
import { type Found, isSettled, Look, type LookOptions, type OnFound } from './look.js';

/** What has to be mended, or waits for a patient or a Questionnaire to be there, is looked at again. */
const RETRY_MS = 3_600_000;

/** So many of those that are due in one round. */
const AT_ONCE = 50;

/** What a search finds and no read does is given up then: until the search finds it again. */
const MOST_ATTEMPTS = 12;

/** What was decided of a place before. */
export interface Decided {
  readonly hash: string | null;
  readonly versionId: string | null;
}

export interface IntakeWorkOptions extends LookOptions {
  /** Takes up one response of the FHIR server. Rejects with a Problem when it cannot be decided now. */
  readonly adopt: (id: string, before: Decided | null) => Promise<Adopted>;
  readonly audit: Audit;
  readonly random: () => number;
  /** Told of what an operator should see: a details code and a state, no patient data. */
  readonly log: (level: 'info' | 'warn', message: string, fields: { code: string; state: string }) => void;
}

/** One round after another: what has to be looked at again, and what is new. */
export class IntakeWork {
  readonly #options: IntakeWorkOptions;
  readonly #found: FoundResponses;
  readonly #look: Look;
  #isStopping = false;
  #isAway = false;

  constructor(options: IntakeWorkOptions, found: FoundResponses) {
    this.#options = options;
    this.#found = found;
    this.#look = new Look(options, () => found.clear());
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Never rejects: what fails is tried again in the next round. */
  async round(): Promise<void> {
    try {
      for (const row of this.#found.due(AT_ONCE)) {
        if (this.#isStopping) return;
        await this.#take({ reference: row.reference, subject: null, version: '', at: undefined }, row);
      }
      const onFound: OnFound = async (found) => {
        const row = this.#found.of(found.reference);
        if (this.#isStopping) return 'stop';
        if (isSettled(found, row)) return 'settled';
        await this.#take(found, row);
        return 'taken';
      };
      while ((await this.#look.once(onFound)) && !this.#isStopping);
      this.#isAway = false;
    } catch (error) {
      const code = codeOf(error);
      // Once for as long as it lasts: it is asked again every few seconds.
      if (!this.#isAway)
        this.#options.log('warn', 'A look for new responses failed', { code, state: 'intake' });
      this.#isAway = true;
    }
  }

  async #take(found: Found, row: FoundRow | undefined): Promise<void> {
    const { reference } = found;
    const before = row?.hash != null ? { hash: row.hash, versionId: row.versionId } : null;
    try {
      const adopted = await this.#options.adopt(reference.split('/')[1] ?? '', before);
      this.#record(found, adopted, row);
    } catch (error) {
      await this.#putOff(found, row, error);
    }
  }

  #record(found: Found, { state, seen, issues }: Adopted, row: FoundRow | undefined): void {
    const { reference } = found;
    if (state === 'unscored' && seen) {
      // A patient is often stored a moment after the response.
      const isEarly = issues[0]?.code === 'subject-not-found';
      const nextAttempt = isEarly ? this.#backOff(row) : this.#now() + RETRY_MS;
      const left: Left = { state, seen, updated: found.at, issues, nextAttempt };
      if (!this.#found.leave(reference, left)) return;
      const code = issues[0]?.code ?? 'exception';
      const text = 'A response on the FHIR server could not be scored';
      this.#options.log('warn', text, { code, state });
      this.#audit(reference, seen.subject, code);
    } else if (!seen) {
      if ((row?.attempts ?? 0) >= MOST_ATTEMPTS) this.#found.forget(reference);
      else this.#later(found, row, [UNREAD]);
    } else {
      this.#found.decide(reference, seen, found.at);
      if (state === 'adopted') this.#audit(reference, seen.subject, null);
    }
  }

  /** One that cannot be decided holds up no other; a server that is away is not asked for each of them. */
  async #putOff(found: Found, row: FoundRow | undefined, error: unknown): Promise<void> {
    this.#later(found, row, error instanceof Problem ? error.issues : [FAULT]);
    // A fault of ours with one of them is none of the others'.
    if (!(error instanceof Problem)) {
      this.#options.log('warn', 'A fault of the intake', { code: 'exception', state: 'undecided' });
      return;
    }
    const isAway = codeOf(error) === 'fhir-server-unreachable';
    if (isAway && !(await this.#options.server.isReachable())) throw error;
  }

  #later(found: Found, row: FoundRow | undefined, issues: Left['issues']): void {
    const seen = { subject: found.subject, versionId: found.version || (row?.versionId ?? null) };
    const nextAttempt = this.#backOff(row);
    this.#found.leave(found.reference, { state: 'undecided', seen, updated: found.at, issues, nextAttempt });
  }

  #backOff(row: FoundRow | undefined): number {
    const attempts = (row?.attempts ?? 0) + 1;
    const random = this.#options.random();
    return nextAttempt(UNDECIDED, { attempts, now: this.#now(), asked: null, random });
  }

  /** That it was read, though nobody asked over HTTP. */
  #audit(reference: string, patient: string | null, code: string | null): void {
    this.#options.audit.record({
      id: randomUUID(),
      at: this.#options.now(),
      interaction: 'operation',
      operation: 'extract',
      type: 'QuestionnaireResponse',
      reference,
      patient,
      status: code === null ? 200 : 422,
      code,
      requestId: '',
      address: null,
      who: null,
    });
  }

  #now(): number {
    return this.#options.now().getTime();
  }
}

const UNREAD = {
  code: 'resource-not-found',
  text: 'A search of the FHIR server finds it, and it cannot be read there.',
} as const;

const FAULT = { code: 'exception', text: 'A fault of this service kept it from being read.' } as const;

function codeOf(error: unknown): string {
  return error instanceof Problem ? error.issues[0].code : 'exception';
}
