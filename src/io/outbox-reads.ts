import type { DeliveryState, Entry, OutboxCounts, Place } from '../operations/ports.js';
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

/** In that state, or in any; those after a seq, in order, without payloads. */
export function list(
  database: Database,
  { state, after, count }: { state: DeliveryState | null; after: number; count: number },
): Entry[] {
  const sql = `SELECT ${COLUMNS}, NULL AS payload FROM entry WHERE seq > ? AND state = coalesce(?, state) ORDER BY seq LIMIT ?`;
  return database.all<Row>(sql, after, state, count).map(toEntry);
}

/** Which response stands at that `Type/id`, by where it was found or by what a server said of our writes. */
export function placeOf(database: Database, reference: string): Place | null {
  const rows = database.all<{ responseId: string; versionId: string | null }>(
    `SELECT response_id AS responseId, server_version AS versionId FROM entry WHERE standing = ?1
     UNION SELECT response_id, server_version FROM entry WHERE location = ?1
     UNION SELECT e.response_id, l.version_id FROM ledger l JOIN entry e ON e.seq = l.seq WHERE l.location = ?1`,
    reference,
  );
  const [first] = rows;
  if (!first) return null;
  const versionIds = rows.flatMap(({ versionId }) => (versionId === null ? [] : [versionId]));
  return { responseId: first.responseId, versionIds };
}
