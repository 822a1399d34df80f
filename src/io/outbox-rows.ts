import { type Issue, Problem } from '../fhir/outcome.js';
import type { DeliveryState, Entry, NewEntry, Payload } from '../operations/ports.js';
import { LONGEST_RETRY_AFTER_MS } from './backoff.js';
import type { Database, SqlValue } from './database.js';

/** A row of `entry` as it is selected. */
export interface Row {
  readonly seq: number;
  readonly response_id: string;
  readonly kind: NewEntry['kind'];
  readonly version: number;
  readonly content_hash: string;
  readonly subject: string | null;
  readonly state: DeliveryState;
  readonly dropped: number;
  readonly attempts: number;
  readonly queued_at: number;
  readonly next_attempt: number | null;
  readonly written_at: number | null;
  readonly location: string | null;
  readonly server_version: string | null;
  readonly standing: string | null;
  readonly plan: string | null;
  readonly issue: string | null;
  readonly payload: string | null;
}

/** What an attempt came to. */
export interface Result {
  readonly state: DeliveryState;
  /** Milliseconds since 1970; null when it is written, or waits for an operator. */
  readonly nextAttempt: number | null;
  readonly location: string | null;
  readonly serverVersion: string | null;
  readonly plan: string | null;
  readonly issue: Issue | null;
}

export const COLUMNS =
  'seq, response_id, kind, version, content_hash, subject, state, dropped, attempts, queued_at, next_attempt, written_at, location, server_version, standing, plan, issue';

/** How long an attempt may hold an entry without a sign of life. */
export const LEASE_MS = 30_000;

/** Held by nobody. A lease that ends later than any can was taken before the clock was put back. */
export const FREE = `(lease_until IS NULL OR lease_until <= :now OR lease_until > :now + ${LEASE_MS})`;

/** A wait or a lease that ends later than any can was set by a clock that has been put back since. */
export const DUE = `next_attempt IS NOT NULL AND (next_attempt <= :now OR next_attempt > :now + ${2 * LONGEST_RETRY_AFTER_MS})`;

/** Nothing before it of the same response is open. */
export const FIRST =
  "NOT EXISTS (SELECT 1 FROM entry b WHERE b.response_id = e.response_id AND b.seq < e.seq AND b.state <> 'written' AND b.dropped = 0)";

/** Neither written nor given up. */
export const OPEN = "state <> 'written' AND dropped = 0";

export function toEntry(row: Row): Entry {
  return {
    seq: row.seq,
    responseId: row.response_id,
    kind: row.kind,
    version: row.version,
    contentHash: row.content_hash,
    subject: row.subject,
    state: row.state,
    isDropped: row.dropped !== 0,
    attempts: row.attempts,
    queuedAt: new Date(row.queued_at),
    nextAttempt: dateOrNull(row.next_attempt),
    writtenAt: dateOrNull(row.written_at),
    location: row.location,
    serverVersion: row.server_version,
    standing: row.standing,
    plan: row.plan,
    // Both were written by the outbox, from these types.
    issue: row.issue === null ? null : (JSON.parse(row.issue) as Issue),
    payload: row.payload === null ? null : (JSON.parse(row.payload) as Payload),
  };
}

export function dateOrNull(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}

/** Removes entries and what hangs on them. An alert that was sent already stays: it is for a person to close. */
export function remove(database: Database, where: string, ...values: SqlValue[]): void {
  database.run(`DELETE FROM ledger WHERE seq IN (SELECT seq FROM entry WHERE ${where})`, ...values);
  database.run(
    `DELETE FROM alert WHERE attempts = 0 AND seq IN (SELECT seq FROM entry WHERE ${where})`,
    ...values,
  );
  database.run(`DELETE FROM entry WHERE ${where}`, ...values);
}

/** Everything that is about `Patient/{id}`, alerts that were sent included. → the ids of the responses */
function removeAllOf(database: Database, subject: string): string[] {
  const sql = 'SELECT DISTINCT response_id AS id FROM entry WHERE subject = ?';
  const found = database.all<{ id: string }>(sql, subject).map(({ id }) => id);
  for (const id of found) {
    remove(database, 'response_id = ?', id);
    database.run('DELETE FROM alert WHERE response_id = ?', id);
  }
  return found;
}

/** Everything about `Patient/{id}`. Throws a Problem while one of its entries is being sent. */
export function eraseEntries(database: Database, subject: string, now: number): { responseIds: string[] } {
  return database.transaction(() => {
    const busy = `SELECT seq FROM entry WHERE subject = ? AND NOT ${FREE.replaceAll(':now', '?')}`;
    if (database.get(busy, subject, now, now)) {
      const text = 'A response of this patient is being sent just now; try again in half a minute.';
      throw new Problem({ code: 'store-unavailable', text });
    }
    // Where it stands stays known, so that what is still there is not scored again.
    database.run(
      `UPDATE found SET state = 'erased', subject = NULL, hash = NULL, issues = '[]', next_attempt = NULL
       WHERE subject = ?`,
      subject,
    );
    database.run('DELETE FROM invitation WHERE subject = ?', subject);
    return { responseIds: removeAllOf(database, subject) };
  });
}

/** Lets go of what processes held that are no more. */
export function releaseDead(database: Database, isAlive: (owner: string) => boolean): void {
  const owners = 'SELECT DISTINCT lease_owner AS owner FROM entry WHERE lease_owner IS NOT NULL';
  const release = 'UPDATE entry SET lease_until = NULL, lease_owner = NULL WHERE lease_owner = ?';
  for (const { owner } of database.all<{ owner: string }>(owners)) {
    if (!isAlive(owner)) database.run(release, owner);
  }
}

/** Held back until the first attempt shows whether the response is accepted, or its lease has run out. */
export function raiseAlert(
  database: Database,
  { seq, responseId, priority, at }: { seq: number; responseId: string; priority: string; at: number },
): void {
  database.run(
    'INSERT INTO alert (seq, response_id, priority, raised_at, next_attempt) VALUES (?, ?, ?, ?, ?)',
    seq,
    responseId,
    priority,
    at,
    at + LEASE_MS,
  );
}

/** What raised it is accepted: the alert is due, and stands for those of earlier versions. */
export function letAlertGo(database: Database, seq: number, at: number): void {
  const due = 'UPDATE alert SET next_attempt = ? WHERE seq = ? AND attempts = 0';
  if (database.run(due, at, seq) === 0) return;
  database.run(
    `UPDATE alert SET closed_at = ? WHERE seq < ? AND closed_at IS NULL
       AND response_id = (SELECT response_id FROM alert WHERE seq = ?)`,
    at,
    seq,
    seq,
  );
}

/** Throws a Problem when another process has accepted this version, or a later one, in the meantime. */
export function requireNew(database: Database, responseId: string, version: number): void {
  const sql = "SELECT seq FROM entry WHERE response_id = ? AND version >= ? AND kind = 'response' LIMIT 1";
  if (!database.get(sql, responseId, version)) return;
  const text = 'The response was changed by somebody else just now: read it again.';
  throw new Problem({ code: 'version-mismatch', text });
}

/** Removes a refused entry, unless a part of it stands somewhere already: then its alert is due. → removed */
export function takeBack(database: Database, seq: number, at: number): boolean {
  const written = "SELECT id FROM ledger WHERE seq = ? AND outcome = 'written' LIMIT 1";
  const isPart = database.get(written, seq) !== undefined;
  if (isPart) {
    letAlertGo(database, seq, at);
    return false;
  }
  remove(database, 'seq = ?', seq);
  // Sent already, because the answer took so long: there is nothing to see to after all.
  database.run('UPDATE alert SET closed_at = ? WHERE seq = ? AND closed_at IS NULL', at, seq);
  return true;
}

/** What may have arrived did not, says an operator. */
export function clearDoubt(database: Database, responseId: string): void {
  database.run(
    `UPDATE ledger SET outcome = 'retryable' WHERE outcome IN ('sending', 'unknown')
       AND seq IN (SELECT seq FROM entry WHERE response_id = ? AND state <> 'written')`,
    responseId,
  );
}

export function purge(database: Database, before: number): number {
  const sql =
    "UPDATE entry SET payload = NULL WHERE state = 'written' AND payload IS NOT NULL AND written_at < ?";
  return database.run(sql, before);
}

export function closeAlert(database: Database, responseId: string, at: number): void {
  const sql = 'UPDATE alert SET closed_at = ? WHERE response_id = ? AND closed_at IS NULL';
  database.run(sql, at, responseId);
}

/** What is open is due; where nothing is, what was given up and has no later version written. */
export function revive(database: Database, responseId: string, at: number): void {
  const open = `UPDATE entry SET next_attempt = ?, state = CASE state WHEN 'refused' THEN 'queued' ELSE state END
     WHERE response_id = ? AND ${OPEN}`;
  if (database.run(open, at, responseId) > 0) return;
  database.run(
    `UPDATE entry SET next_attempt = ?, dropped = 0, state = 'queued' WHERE response_id = ? AND state <> 'written'
       AND seq > (SELECT coalesce(max(seq), 0) FROM entry WHERE response_id = ? AND state = 'written')`,
    at,
    responseId,
    responseId,
  );
}

/** Gives up the first open entry. Throws a Problem while it is being sent: what is under way may still be written. */
export function dropFirst(database: Database, responseId: string, issue: Issue, now: number): void {
  const first = database.get<Row>(
    `SELECT seq FROM entry WHERE response_id = ? AND ${OPEN} ORDER BY seq LIMIT 1`,
    responseId,
  );
  if (!first) return;
  const held = `SELECT seq FROM entry WHERE seq = ? AND NOT ${FREE.replaceAll(':now', '?')}`;
  if (database.get(held, first.seq, now, now)) {
    const text = 'This response is being sent just now; try again in half a minute.';
    throw new Problem({ code: 'store-unavailable', text });
  }
  database.run(
    "UPDATE entry SET dropped = 1, state = 'refused', next_attempt = NULL, issue = ? WHERE seq = ?",
    JSON.stringify(issue),
    first.seq,
  );
}
