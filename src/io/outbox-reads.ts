import { sha256 } from '../fhir/identity.js';
import type { DeliveryState, Entry, ListedEntry, Outbox, OutboxCounts, Place } from '../operations/ports.js';
import type { Database } from './database.js';
import { COLUMNS, dateOrNull, OPEN, type Row, toEntry } from './outbox-rows.js';

export function counts(database: Database): OutboxCounts {
  const found = database.all<{ state: DeliveryState; count: number; oldest: number }>(
    `SELECT state, count(*) AS count, min(queued_at) AS oldest FROM entry WHERE ${OPEN} GROUP BY state`,
  );
  const of = (state: DeliveryState) => found.find((row) => row.state === state);
  const alerts = database.get<{ count: number }>(
    'SELECT count(*) AS count FROM alert WHERE closed_at IS NULL',
  );
  return {
    queued: of('queued')?.count ?? 0,
    refused: of('refused')?.count ?? 0,
    unknown: of('unknown')?.count ?? 0,
    oldestQueued: dateOrNull(of('queued')?.oldest ?? null),
    openAlerts: alerts?.count ?? 0,
  };
}

/**
 * Other than before whenever something was accepted, was delivered, was refused, was given up or is no longer an open
 * alert; a short hash of numbers alone. Costs the same however much was delivered.
 */
export function mark(database: Database): string {
  const numbers = [
    'SELECT max(seq) AS newest FROM entry',
    "SELECT state, dropped, count(*), sum(seq) FROM entry WHERE state <> 'written' GROUP BY state, dropped",
    'SELECT count(*), sum(seq) FROM alert WHERE closed_at IS NULL',
    "SELECT state, count(*) FROM found WHERE state IN ('unscored', 'undecided') GROUP BY state",
  ];
  return sha256(JSON.stringify(numbers.map((sql) => database.all(sql)))).slice(0, 16);
}

/** Versions of several responses, oldest first, without payloads. */
export function versionsOf(database: Database, responseIds: readonly string[]): Map<string, Entry[]> {
  const rows = database.all<Row>(
    `SELECT ${COLUMNS}, NULL AS payload FROM entry
     WHERE kind = 'response' AND response_id IN (SELECT value FROM json_each(?)) ORDER BY seq`,
    JSON.stringify(responseIds),
  );
  const found = new Map<string, Entry[]>();
  for (const entry of rows.map(toEntry)) {
    found.set(entry.responseId, [...(found.get(entry.responseId) ?? []), entry]);
  }
  return found;
}

/** Responses with red flags that nobody had acknowledged at a time (`?`, twice). */
const ALERTED = 'SELECT response_id FROM alert WHERE raised_at <= ? AND (closed_at IS NULL OR closed_at > ?)';

/** The most urgent of what is open now. */
const ALERT =
  '(SELECT min(priority) FROM alert a WHERE a.response_id = e.response_id AND closed_at IS NULL) AS alert';

/** In that state, or in any, without payloads: those with an open alert first, then the newest first. `now` in ms. */
export function list(
  database: Database,
  { state, after, count }: Parameters<Outbox['list']>[0],
  now: number,
): ListedEntry[] {
  const at = after?.at ?? now;
  const read = (isAlerted: boolean, most: number) => {
    const before = after?.isAlerted === isAlerted ? after.seq : Number.MAX_SAFE_INTEGER;
    const sql = `SELECT ${COLUMNS}, NULL AS payload, ${ALERT} FROM entry e
      WHERE response_id ${isAlerted ? 'IN' : 'NOT IN'} (${ALERTED}) AND seq < ? AND state = coalesce(?, state)
      ORDER BY seq DESC LIMIT ?`;
    const rows = database.all<Row & Pick<ListedEntry, 'alert'>>(sql, at, at, before, state, most);
    return rows.map((row) => ({
      ...toEntry(row),
      alert: row.alert,
      place: { isAlerted, seq: row.seq, at },
    }));
  };
  const first = after?.isAlerted === false ? [] : read(true, count);
  return first.length < count ? [...first, ...read(false, count - first.length)] : first;
}

export function total(database: Database, state: DeliveryState | null): number {
  const sql = `SELECT count(*) AS count FROM entry ${state === null ? '' : 'WHERE state = ?'}`;
  return database.get<{ count: number }>(sql, ...(state === null ? [] : [state]))?.count ?? 0;
}

/**
 * Which response stands at that `Type/id` of the FHIR server: by where it was found, or by what the server said of
 * our writes. The version is the last that it gave one of them; that of our own store is none of its.
 */
export function placeOf(database: Database, reference: string): Place | null {
  const row = database.get<{ responseId: string }>(
    `SELECT response_id AS responseId FROM (
       SELECT response_id, seq FROM entry WHERE standing = ?1
       UNION ALL SELECT response_id, seq FROM entry WHERE location = ?1
       UNION ALL SELECT e.response_id, e.seq FROM ledger l JOIN entry e ON e.seq = l.seq
         WHERE l.location = ?1 AND l.key <> 'records'
       UNION ALL SELECT response_id, 0 FROM found WHERE reference = ?1 AND response_id IS NOT NULL
     ) ORDER BY seq DESC LIMIT 1`,
    reference,
  );
  if (!row) return null;
  const written = database.get<{ versionId: string | null }>(
    `SELECT version_id AS versionId FROM ledger
     WHERE location = ? AND key <> 'records' AND outcome = 'written' ORDER BY id DESC LIMIT 1`,
    reference,
  );
  return { responseId: row.responseId, versionId: written?.versionId ?? null };
}

/** The response with this content that somebody else had put on the FHIR server; null for none. */
export function standingWith(database: Database, contentHash: string): string | null {
  const sql =
    'SELECT response_id AS id FROM entry WHERE content_hash = ? AND standing IS NOT NULL ORDER BY seq DESC LIMIT 1';
  return database.get<{ id: string }>(sql, contentHash)?.id ?? null;
}

/** The server has given the newest version of the response, unchanged, another version of its own. */
export function moveTo(database: Database, responseId: string, versionId: string): void {
  database.run(
    `UPDATE entry SET server_version = ?1 WHERE seq =
       (SELECT max(seq) FROM entry WHERE response_id = ?2 AND kind = 'response') AND state = 'written'`,
    versionId,
    responseId,
  );
}
