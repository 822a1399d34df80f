import Libsql from 'libsql';
import { type Issue, Problem } from '../fhir/outcome.js';

/**
 * The only file that knows libsql, so that node:sqlite can take its place.
 * Bind nothing but these types: the driver ends the process when it is given a boolean.
 */
export type SqlValue = string | number | null;

/** SQLite's result codes that mean "the disk, not the program". */
const UNAVAILABLE =
  /^SQLITE_(FULL|READONLY|IOERR|CANTOPEN|BUSY|LOCKED|PROTOCOL|CORRUPT|NOTADB|NOMEM|PERM|AUTH)/;
const BUSY_TIMEOUT_MS = 2000;
const MAX_STATEMENTS = 300;

function sqliteCode(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : '';
}

function translate(error: unknown): unknown {
  return UNAVAILABLE.test(sqliteCode(error)) ? new Problem(STORE_UNAVAILABLE) : error;
}

const STORE_UNAVAILABLE: Issue = {
  code: 'store-unavailable',
  text: 'The store cannot be read or written now (disk full, read-only or locked). Nothing was stored; try again later.',
};

/** The driver gives no code for a file that it cannot open or make. */
function open(file: string): Libsql.Database {
  try {
    return new Libsql(file, { timeout: BUSY_TIMEOUT_MS });
  } catch {
    throw new Problem(STORE_UNAVAILABLE);
  }
}

export class Database {
  readonly #connection: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement<SqlValue[]>>();
  #isClosed = false;

  /** Opens or creates the file: write-ahead log, and an fsync before every commit returns. */
  constructor(file: string) {
    this.#connection = open(file);
    this.exec('PRAGMA journal_mode = WAL');
    this.exec('PRAGMA synchronous = FULL');
    // What is deleted is gone from the file as well.
    this.exec('PRAGMA secure_delete = ON');
  }

  exec(sql: string): void {
    this.#guard(() => this.#connection.exec(sql));
  }

  /**
   * → how many rows it changed. Alone it is a transaction too: the driver does not reset a statement that found the
   * file locked, and nothing could be committed after it; BEGIN finds that out first.
   */
  run(sql: string, ...values: SqlValue[]): number {
    if (!this.#isInTransaction()) return this.transaction(() => this.run(sql, ...values));
    return this.#guard(() => this.#statement(sql).run(...values).changes);
  }

  /** Row is what the statement selects; SQLite's types are known only from the schema, hence the casts. */
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** All or nothing. A full disk rolls back by itself, so a second ROLLBACK would hide the cause. */
  transaction<Result>(work: () => Result): Result {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#isInTransaction()) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#statements.clear();
    this.#connection.close();
  }

  #isInTransaction(): boolean {
    return !this.#isClosed && this.#connection.inTransaction;
  }

  #statement(sql: string): Libsql.Statement<SqlValue[]> {
    const known = this.#statements.get(sql);
    if (known) return known;
    // Searches make new statements without end; the few that recur are soon here again.
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const statement = this.#connection.prepare<SqlValue[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Asked for anything after its end, the driver ends the process: work that was cut off may still ask. */
  #guard<Result>(work: () => Result): Result {
    if (this.#isClosed) throw new Problem(STORE_UNAVAILABLE);
    try {
      return work();
    } catch (error) {
      throw translate(error);
    }
  }
}

/** One schema version: what SQL does, then what only this program can work out from the rows. */
export interface Step {
  readonly sql: string;
  readonly also?: (database: Database) => void;
}

/**
 * Opens a file at this program's schema, making it if need be. Throws a Problem `store-unavailable` where it cannot,
 * and an Error when a newer program wrote it.
 */
export function openAt(file: string, steps: readonly Step[]): Database {
  const database = new Database(file);
  try {
    migrate(database, file, steps);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * Brings a file to this program's schema, one transaction for each step. Steps are oldest first; one that was
 * released is never edited. Throws when a newer program wrote the file.
 */
export function migrate(database: Database, file: string, steps: readonly Step[]): void {
  const found = database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
  if (found > steps.length) {
    throw new Error(
      `${file} was written by a newer version of this program (store version ${found}; this program knows ${steps.length}). Start the newer version, or choose another data directory.`,
    );
  }
  // Also where there is nothing to do: a file that cannot be written is found out now, not by the first who sends.
  database.exec(`PRAGMA user_version = ${found}`);
  steps.forEach((step, index) => {
    if (index < found) return;
    database.transaction(() => {
      database.exec(step.sql);
      step.also?.(database);
      database.exec(`PRAGMA user_version = ${index + 1}`);
    });
  });
}
