import { join } from 'node:path';
import { type Database, openAt, type Step } from './database.js';

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

/** Opens `sessions.db` in a folder, making it if need be. Fails as `openAt` does. */
export function openSessions(dataDir: string): Database {
  return openAt(join(dataDir, 'sessions.db'), STEPS);
}
