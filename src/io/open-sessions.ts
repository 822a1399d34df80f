import { join } from 'node:path';
import { Database, migrate, type Step } from './database.js';

/** Oldest first; a step that was released is never edited. Times are milliseconds since 1970. */
const STEPS: readonly Step[] = [
  {
    sql: `
      CREATE TABLE session (
        id TEXT PRIMARY KEY,     -- SHA-256 of what the cookie holds
        sealed TEXT NOT NULL,    -- who, what they may, and their tokens
        seen_at INTEGER NOT NULL,
        gone_at INTEGER NOT NULL -- nothing is left of it then, whatever was done in it
      ) STRICT;
      CREATE TABLE launch (
        id TEXT PRIMARY KEY,     -- SHA-256 of the state
        sealed TEXT NOT NULL,
        gone_at INTEGER NOT NULL
      ) STRICT;
    `,
  },
];

/** Opens `sessions.db` in a folder, making it if need be. Fails as `openOutbox` does. */
export function openSessions(dataDir: string): Database {
  const file = join(dataDir, 'sessions.db');
  const database = new Database(file);
  try {
    migrate(database, file, STEPS);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
