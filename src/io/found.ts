import type { Issue } from '../fhir/outcome.js';
import type { Seen, Unscored } from '../operations/intake-port.js';
import type { Database } from './database.js';

/** At most this many are shown at once. */
const MOST_SHOWN = 500;

/** What cannot be decided for so long is shown to an operator. */
const LONG_MS = 300_000;

/** A row of `found`: what was decided of the response at one place of the FHIR server. */
export interface FoundRow {
  readonly reference: string;
  /** `erased`: its patient was; it is left alone for ever. */
  readonly state: 'decided' | 'unscored' | 'undecided' | 'erased';
  readonly versionId: string | null;
  readonly hash: string | null;
  /** When the server says that it was written, as a search found it; 0 when it does not say. */
  readonly updated: number;
  readonly attempts: number;
  /** Milliseconds since 1970; null for what is decided. */
  readonly nextAttempt: number | null;
}

/** How a look at a response ended, where it has to be looked at again. */
export interface Left {
  readonly state: 'unscored' | 'undecided';
  readonly seen: Partial<Seen>;
  /** As in FoundRow; undefined for what is known already. */
  readonly updated: number | undefined;
  readonly issues: readonly Issue[];
  /** Milliseconds since 1970. */
  readonly nextAttempt: number;
}

/** Longer than anything waits. */
const LONGEST_MS = 7_200_000;

const COLUMNS =
  'reference, state, version_id AS versionId, hash, updated, attempts, next_attempt AS nextAttempt, issues, at';

/** Every response that was found on the FHIR server, and what was decided of it; nothing of what it says. */
export class FoundResponses {
  readonly #database: Database;
  readonly #now: () => Date;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
  }

  of(reference: string): FoundRow | undefined {
    return this.#database.get<FoundRow>(`SELECT ${COLUMNS} FROM found WHERE reference = ?`, reference);
  }

  /** `updated` as in FoundRow; undefined for what is known already. */
  decide(
    reference: string,
    { responseId, subject, versionId, hash }: Seen,
    updated: number | undefined,
  ): void {
    this.#database.run(
      `INSERT INTO found (reference, response_id, subject, version_id, hash, state, at, updated)
       VALUES (?, ?, ?, ?, ?, 'decided', ?, coalesce(?, 0))
       ON CONFLICT (reference) DO UPDATE SET response_id = excluded.response_id, subject = excluded.subject,
         version_id = excluded.version_id, hash = excluded.hash, state = 'decided', at = excluded.at, attempts = 0,
         updated = coalesce(?8, updated), issues = '[]', next_attempt = NULL WHERE state <> 'erased'`,
      reference,
      responseId,
      subject,
      versionId,
      hash,
      this.#now().getTime(),
      updated ?? null,
    );
  }

  /** → whether an operator has not been told of it in these words */
  leave(reference: string, { state, seen, updated, issues, nextAttempt }: Left): boolean {
    const text = JSON.stringify(issues);
    const sql = 'SELECT issues FROM found WHERE reference = ? AND state = ?';
    const isTold = this.#database.get<{ issues: string }>(sql, reference, state)?.issues === text;
    this.#database.run(
      `INSERT INTO found (reference, response_id, subject, version_id, state, issues, at, attempts, next_attempt, updated)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, coalesce(?, 0))
       ON CONFLICT (reference) DO UPDATE SET response_id = coalesce(excluded.response_id, response_id),
         subject = coalesce(excluded.subject, subject), version_id = excluded.version_id,
         at = CASE WHEN state = excluded.state THEN at ELSE excluded.at END,
         attempts = CASE WHEN state = excluded.state THEN attempts + 1 ELSE 1 END,
         hash = CASE WHEN excluded.state = 'undecided' THEN hash END,
         state = excluded.state, issues = excluded.issues, next_attempt = excluded.next_attempt,
         updated = coalesce(?9, updated) WHERE state <> 'erased'`,
      reference,
      seen.responseId ?? null,
      seen.subject ?? null,
      seen.versionId ?? null,
      state,
      text,
      this.#now().getTime(),
      nextAttempt,
      updated ?? null,
    );
    return !isTold;
  }

  forget(reference: string): void {
    this.#database.run('DELETE FROM found WHERE reference = ?', reference);
  }

  /** Another FHIR server, or another name of it: nothing was found there yet, and who was erased stays erased. */
  clear(): void {
    this.#database.run("DELETE FROM found WHERE state <> 'erased'");
  }

  /** What has to be looked at again by now. */
  due(count: number): FoundRow[] {
    // One that waits longer than any does was put off by a clock that has been put back since.
    const sql = `SELECT ${COLUMNS} FROM found WHERE next_attempt <= ? OR next_attempt > ?
      ORDER BY next_attempt LIMIT ?`;
    const now = this.#now().getTime();
    return this.#database.all<FoundRow>(sql, now, now + LONGEST_MS, count);
  }

  unscored(): Unscored[] {
    const sql = `SELECT reference, issues, at FROM found WHERE ${this.#isShown()} ORDER BY at LIMIT ?`;
    return this.#database
      .all<{ reference: string; issues: string; at: number }>(sql, MOST_SHOWN)
      .map(({ reference, issues, at }) => ({
        reference,
        // Written above, from this type.
        issues: JSON.parse(issues) as Issue[],
        at: new Date(at),
      }));
  }

  count(): number {
    const sql = `SELECT count(*) AS count FROM found WHERE ${this.#isShown()}`;
    return this.#database.get<{ count: number }>(sql)?.count ?? 0;
  }

  #isShown(): string {
    const long = this.#now().getTime() - LONG_MS;
    return `(state = 'unscored' OR (state = 'undecided' AND at <= ${long}))`;
  }
}
