import { join } from 'node:path';
import { Database, migrate } from './database.js';
import { OUTBOX_STEPS } from './outbox-schema.js';

/**
 * Opens `outbox.db` in a folder, making it if need be. Throws a Problem `store-unavailable` where it cannot, and an
 * Error when a newer program wrote it.
 */
export function openOutbox(dataDir: string): Database {
  const file = join(dataDir, 'outbox.db');
  const database = new Database(file);
  try {
    migrate(database, file, OUTBOX_STEPS);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
