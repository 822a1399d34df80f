import type { NewSession } from '../operations/session-port.js';
import type { Database } from './database.js';
import type { Seal } from './seal.js';

/** What is kept of a session, sealed. Times are milliseconds since 1970. */
export interface Kept extends Omit<NewSession, 'endsAt' | 'tokens'> {
  readonly endsAt: number;
  readonly tokens: KeptTokens | null;
  /** Since when the EHR takes its tokens no more; null while it does. */
  readonly lapsedAt: number | null;
}

export interface KeptTokens {
  readonly accessToken: string;
  readonly expiresAt: number;
  /** When another is asked for: a little before it expires. */
  readonly renewAt: number;
  readonly refreshToken: string | null;
}

export interface SessionRow {
  readonly kept: Kept;
  readonly seenAt: number;
}

const PURPOSE = 'session';

/** The rows of `session`. Each method rejects with a Problem `store-unavailable` when the disk does. */
export class SessionRows {
  readonly #database: Database;
  readonly #seal: Seal;

  constructor(database: Database, seal: Seal) {
    this.#database = database;
    this.#seal = seal;
  }

  /** null for none, and for one that was sealed under another key. */
  async load(id: string): Promise<SessionRow | null> {
    const sql = 'SELECT sealed, seen_at FROM session WHERE id = ?';
    const row = this.#database.get<{ sealed: string; seen_at: number }>(sql, id);
    if (!row) return null;
    // What opens was written by `add` or `replace`, hence the cast.
    const kept = (await this.#seal.open(PURPOSE, row.sealed)) as Kept | null;
    return kept && { kept, seenAt: row.seen_at };
  }

  /** `goneAt`: nothing of it can be of use then. */
  async add(id: string, kept: Kept, { seenAt, goneAt }: { seenAt: number; goneAt: number }): Promise<void> {
    const sealed = await this.#seal.close(PURPOSE, kept);
    const sql = 'INSERT INTO session (id, sealed, seen_at, gone_at) VALUES (?, ?, ?, ?)';
    this.#database.run(sql, id, sealed, seenAt, goneAt);
  }

  /** Does nothing when it was ended meanwhile. */
  async replace(id: string, kept: Kept): Promise<void> {
    const sealed = await this.#seal.close(PURPOSE, kept);
    this.#database.run('UPDATE session SET sealed = ? WHERE id = ?', sealed, id);
  }

  touch(id: string, seenAt: number): void {
    this.#database.run('UPDATE session SET seen_at = ? WHERE id = ?', seenAt, id);
  }

  remove(id: string): void {
    this.#database.run('DELETE FROM session WHERE id = ?', id);
  }

  /** Ends every session of a patient, or in which one was in context. → how many */
  async removeAbout(subject: string): Promise<number> {
    const rows = this.#database.all<{ id: string }>('SELECT id FROM session');
    const kept = await Promise.all(rows.map(async ({ id }) => ({ id, row: await this.load(id) })));
    const ids = kept.filter(({ row }) => isAbout(row, subject)).map(({ id }) => id);
    for (const id of ids) this.remove(id);
    return ids.length;
  }

  sweep(now: number): void {
    this.#database.run('DELETE FROM session WHERE gone_at <= ?', now);
  }
}

function isAbout(row: SessionRow | null, subject: string): boolean {
  return row !== null && [row.kept.access.patient, row.kept.access.person].includes(subject);
}
