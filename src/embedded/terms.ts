import type { Database } from '../io/database.js';

const MAX_CACHED = 10_000;

/** Numbers for texts that repeat in the index tables: type names, element paths, code system URLs. */
export class Terms {
  readonly #database: Database;
  readonly #numbers = new Map<string, number>();
  /** SQLite's count of the commits of others. */
  #seen: number | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The number of a text that was stored before; 0, which no row has, otherwise. */
  find(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const row = this.#database.get<{ id: number }>('SELECT id FROM term WHERE text = ?', text);
    return row ? this.#remember(text, row.id) : 0;
  }

  /** The number of a text, stored now if need be. Only inside a transaction. */
  intern(text: string): number {
    const known = this.find(text);
    if (known !== 0) return known;
    this.#database.run('INSERT INTO term (text) VALUES (?)', text);
    return this.find(text);
  }

  /**
   * Forgets what another process may have changed since: an erasure takes texts out that nothing uses any more.
   * To be called inside a transaction before anything is written.
   */
  refresh(): void {
    const row = this.#database.get<{ data_version: number }>('PRAGMA data_version');
    if (row?.data_version !== this.#seen) this.forget();
    this.#seen = row?.data_version;
  }

  /** After a rollback the cache may hold numbers that were never stored. */
  forget(): void {
    this.#numbers.clear();
  }

  #remember(text: string, id: number): number {
    if (this.#numbers.size >= MAX_CACHED) this.#numbers.clear();
    this.#numbers.set(text, id);
    return id;
  }
}
