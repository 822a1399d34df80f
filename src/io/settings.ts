import type { Database } from './database.js';

/** What is remembered between starts, by name. */
export class Settings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(name: string): string | undefined {
    const sql = 'SELECT value FROM setting WHERE name = ?';
    return this.#database.get<{ value: string }>(sql, name)?.value;
  }

  set(name: string, value: string): void {
    this.#database.run(
      'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      name,
      value,
    );
  }

  remove(name: string): void {
    this.#database.run('DELETE FROM setting WHERE name = ?', name);
  }
}
