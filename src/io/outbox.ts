import type { Issue } from '../fhir/outcome.js';
import type { Entry, NewEntry, Outbox, Place } from '../operations/ports.js';
import type { Database, SqlValue } from './database.js';
import { counts, list, mark, moveTo, placeOf, standingWith, total, versionsOf } from './outbox-reads.js';
import {
  COLUMNS,
  clearDoubt,
  closeAlert,
  DUE,
  dropFirst,
  eraseEntries,
  FIRST,
  FREE,
  LEASE_MS,
  letAlertGo,
  OPEN,
  purge,
  type Result,
  type Row,
  raiseAlert,
  releaseDead,
  remove,
  requireNew,
  revive,
  takeBack,
  toEntry,
} from './outbox-rows.js';

const timed = (sql: string) => sql.replaceAll(':now', '?');

/**
 * What was accepted is on disk, one fsync for each commit, before anybody hears of it. An entry is sent only by
 * whoever holds its lease, and only when nothing before it of the same response is open.
 */
export class DiskOutbox implements Outbox {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #owner: string;
  readonly mark = (): string => mark(this.#database);
  readonly counts: Outbox['counts'] = () => counts(this.#database);
  readonly list: Outbox['list'] = (wanted) => list(this.#database, wanted, this.#at());
  readonly total: Outbox['total'] = (state) => total(this.#database, state);

  /** `owner` names this process among all that have the file open. */
  constructor(database: Database, { now, owner }: { now: () => Date; owner: string }) {
    this.#database = database;
    this.#now = now;
    this.#owner = owner;
  }

  entriesOf(responseId: string): Entry[] {
    return this.#entries('WHERE response_id = ? ORDER BY seq', responseId);
  }

  versionsOf(responseIds: readonly string[]): Map<string, Entry[]> {
    return versionsOf(this.#database, responseIds);
  }

  placeOf(reference: string): Place | null {
    return placeOf(this.#database, reference);
  }

  standingWith(contentHash: string): string | null {
    return standingWith(this.#database, contentHash);
  }

  moveTo(responseId: string, versionId: string): void {
    moveTo(this.#database, responseId, versionId);
  }

  /** Commits the entry, held by this process already, and its alert: on disk when it returns. */
  put(entry: NewEntry): Entry {
    const database = this.#database;
    const { responseId, kind, version, contentHash, subject, payload, alert } = entry;
    const [at, standing] = [this.#at(), payload.standing?.reference ?? null];
    const seq = database.transaction(() => {
      if (kind === 'response') requireNew(database, responseId, version);
      database.run(
        `INSERT INTO entry (response_id, kind, version, content_hash, subject, state, queued_at, next_attempt,
           attempts, lease_until, lease_owner, payload, standing) VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, 1, ?, ?, ?, ?)`,
        responseId,
        kind,
        version,
        contentHash,
        subject,
        at,
        at,
        at + LEASE_MS,
        this.#owner,
        JSON.stringify(payload),
        standing,
      );
      const row = database.get<Row>('SELECT last_insert_rowid() AS seq');
      if (!row) lost();
      if (alert) raiseAlert(database, { seq: row.seq, responseId, priority: alert, at });
      return row.seq;
    });
    return this.#entries('WHERE seq = ?', seq)[0] ?? lost();
  }

  /** Entries whose time has come, held by nobody. */
  due(count: number): number[] {
    const where = timed(`${OPEN} AND ${DUE} AND ${FREE} AND ${FIRST}`);
    const sql = `SELECT seq FROM entry e WHERE ${where} ORDER BY next_attempt, seq LIMIT ?`;
    return this.#database.all<Row>(sql, ...this.#times(where), count).map(({ seq }) => seq);
  }

  releaseDead(isAlive: (owner: string) => boolean): void {
    releaseDead(this.#database, isAlive);
  }

  /** The first of the response that is neither written nor given up. */
  firstOpen(responseId: string): Entry | undefined {
    return this.#entries(`WHERE response_id = ? AND ${OPEN} ORDER BY seq LIMIT 1`, responseId)[0];
  }

  /** For one attempt; undefined when it cannot be had. */
  claim(seq: number): Entry | undefined {
    const where = timed(`${OPEN} AND ${FREE} AND ${FIRST}`);
    const changed = this.#database.run(
      `UPDATE entry AS e SET lease_until = ?, lease_owner = ?, attempts = attempts + 1 WHERE seq = ? AND ${where}`,
      this.#at() + LEASE_MS,
      this.#owner,
      seq,
      ...this.#times(where),
    );
    return changed > 0 ? this.#entries('WHERE seq = ?', seq)[0] : undefined;
  }

  /** Keeps hold of it; false when somebody else has it now. */
  renew(seq: number): boolean {
    const sql = 'UPDATE entry SET lease_until = ? WHERE seq = ? AND lease_owner = ?';
    return this.#database.run(sql, this.#at() + LEASE_MS, seq, this.#owner) > 0;
  }

  /** Lets go of it untried: another entry of the response has to go first. */
  release(seq: number): void {
    const sql = 'UPDATE entry SET lease_until = NULL, lease_owner = NULL WHERE seq = ? AND lease_owner = ?';
    this.#database.run(sql, seq, this.#owner);
  }

  /** What became of an attempt; false when the lease was lost, and nothing was recorded. */
  finish(seq: number, { state, nextAttempt, location, serverVersion, plan, issue }: Result): boolean {
    const database = this.#database;
    return database.transaction(() => {
      const changed = database.run(
        `UPDATE entry SET state = CASE WHEN dropped = 1 AND ?1 <> 'written' THEN 'refused' ELSE ?1 END, next_attempt = ?, written_at = ?, location = coalesce(?, location),
           server_version = ?, plan = coalesce(?, plan), issue = ?, lease_until = NULL, lease_owner = NULL,
           dropped = CASE WHEN ?1 = 'written' THEN 0 ELSE dropped END
         WHERE seq = ? AND lease_owner = ?`,
        state,
        nextAttempt,
        state === 'written' ? this.#at() : null,
        location,
        serverVersion,
        plan,
        issue && JSON.stringify(issue),
        seq,
        this.#owner,
      );
      if (changed > 0 && state !== 'refused') letAlertGo(database, seq, this.#at());
      return changed > 0;
    });
  }

  /** Who has to be told of what was accepted is told now. */
  letAlertGo(seq: number): void {
    letAlertGo(this.#database, seq, this.#at());
  }

  /** The version of the response that was written last before this entry. */
  predecessorOf({ responseId, seq }: Entry): Entry | undefined {
    return this.#entries(
      "WHERE response_id = ? AND seq < ? AND kind = 'response' AND state = 'written' ORDER BY seq DESC LIMIT 1",
      responseId,
      seq,
    )[0];
  }

  /** Everything that waits for the server is due now: it is back. */
  hasten(): void {
    const sql = `UPDATE entry SET next_attempt = ?1 WHERE ${OPEN} AND state = 'queued' AND next_attempt > ?1`;
    this.#database.run(sql, this.#at());
  }

  /**
   * What of the response is not written is due now, also what waits for an operator; where nothing else is open,
   * what was given up and has no later version written.
   */
  revive(responseId: string): void {
    revive(this.#database, responseId, this.#at());
  }

  drop(responseId: string, reason: string): void {
    const issue: Issue = { code: 'refused-by-server', text: `Given up by an operator: ${reason}` };
    this.#database.transaction(() => dropFirst(this.#database, responseId, issue, this.#at()));
  }

  forget(seqs: readonly number[]): void {
    const database = this.#database;
    database.transaction(() => {
      for (const seq of seqs) remove(database, 'seq = ?', seq);
    });
  }

  takeBack(seq: number): boolean {
    return this.#database.transaction(() => takeBack(this.#database, seq, this.#at()));
  }

  clearDoubt(responseId: string): void {
    clearDoubt(this.#database, responseId);
  }

  closeAlert(responseId: string): void {
    closeAlert(this.#database, responseId, this.#at());
  }

  /** → how many payloads, of what was written before then, are emptied */
  purge(before: Date): number {
    return purge(this.#database, before.getTime());
  }

  /** Legal erasure of all that is about `Patient/{id}`. Throws a Problem while one of its entries is being sent. */
  erase(subject: string): { responseIds: string[] } {
    return eraseEntries(this.#database, subject, this.#at());
  }

  #entries(where: string, ...values: SqlValue[]): Entry[] {
    const sql = `SELECT ${COLUMNS}, payload FROM entry e ${where}`;
    return this.#database.all<Row>(sql, ...values).map(toEntry);
  }

  #at(): number {
    return this.#now().getTime();
  }

  /** The present moment for each question mark of a timed condition. */
  #times(sql: string): number[] {
    return Array.from(sql.matchAll(/\?/g), () => this.#at());
  }
}

function lost(): never {
  throw new Error('An entry that was just written is not there');
}
