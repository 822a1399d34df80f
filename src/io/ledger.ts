import type { Stored } from '../operations/ports.js';
import type { Database } from './database.js';

/** `sending` stands until an answer was read: found again after a crash, it means that nobody knows. */
export type LedgerOutcome = 'sending' | 'written' | 'retryable' | 'unknown' | 'conflict' | 'refused';

export interface LedgerRow {
  readonly key: string;
  readonly outcome: LedgerOutcome;
  /** `Type/id` on the server. */
  readonly location: string | null;
  readonly versionId: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** An attempt of which nobody knows whether it arrived. What is undone is undone. */
export function isInDoubt(row: LedgerRow | undefined): row is LedgerRow {
  return row !== undefined && (row.outcome === 'sending' || row.outcome === 'unknown');
}

/** One row per attempted write: the hash of what was sent, where it went, what became of it; no content. */
export class Ledger {
  readonly #database: Database;
  readonly #now: () => Date;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
  }

  /** On disk before the request leaves. → the number of the row */
  begin(seq: number, key: string, requestHash: string): number {
    this.#database.run(
      "INSERT INTO ledger (seq, key, request_hash, outcome, at) VALUES (?, ?, ?, 'sending', ?)",
      seq,
      key,
      requestHash,
      this.#now().getTime(),
    );
    return this.#database.get<{ id: number }>('SELECT last_insert_rowid() AS id')?.id ?? 0;
  }

  end(row: number, outcome: LedgerOutcome, stored?: Stored): void {
    this.#database.run(
      'UPDATE ledger SET outcome = ?, location = ?, version_id = ? WHERE id = ?',
      outcome,
      stored?.reference ?? null,
      stored?.versionId ?? null,
      row,
    );
  }

  /** Where a part of a step is. */
  locate(seq: number, key: string, location: string): void {
    this.end(this.begin(seq, key, ''), 'written', { reference: location, versionId: null });
  }

  /** What is known of each step of an entry: that it is written, or that it may be, or the last thing said. */
  of(seq: number): Map<string, LedgerRow> {
    const rows = this.#database.all<LedgerRow>(
      `SELECT key, outcome, location, version_id AS versionId, at FROM ledger WHERE seq = ?
       ORDER BY outcome = 'written', outcome IN ('sending', 'unknown'), id`,
      seq,
    );
    return new Map(rows.map((row) => [row.key, row]));
  }

  /** Whether a condition of the entry's transaction ever did not hold. */
  hadConflict(seq: number): boolean {
    const sql =
      "SELECT id FROM ledger WHERE seq = ? AND key = 'transaction' AND outcome = 'conflict' LIMIT 1";
    return this.#database.get(sql, seq) !== undefined;
  }

  /** `Type/id` of ours → `Type/id` there, over all entries of a response; the last one counts. */
  locations(responseId: string): Map<string, string> {
    const rows = this.#database.all<{ key: string; location: string }>(
      `SELECT l.key, l.location FROM ledger l JOIN entry e ON e.seq = l.seq
       WHERE e.response_id = ? AND l.outcome = 'written' AND l.location IS NOT NULL ORDER BY l.id`,
      responseId,
    );
    return new Map(rows.map(({ key, location }) => [key, location]));
  }
}
