import { join } from 'node:path';
import { type Database, openAt } from './database.js';
import { OUTBOX_STEPS } from './outbox-schema.js';

/** Opens `outbox.db` in a folder, making it if need be. Fails as `openAt` does. */
export function openOutbox(dataDir: string): Database {
  return openAt(join(dataDir, 'outbox.db'), OUTBOX_STEPS);
}
