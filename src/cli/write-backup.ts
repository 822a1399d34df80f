import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Database } from '../io/database.js';
import { type BackedUp, describeFile, isStore, MANIFEST, type Manifest, sync } from './manifest.js';

/** What belongs to a store and is in its snapshot. */
const PART_OF_STORE = /\.db-(wal|shm|journal)$/;
/** Where the half-written last line of a log is looked for. */
const TAIL_BYTES = 1024 * 1024;

/**
 * Copies DATA_DIR into a new folder while the service runs; its writers do not wait. Each store is one consistent
 * snapshot. The order matters: `outbox.db` first, then the others. An outbox that is older than the store only sends
 * again what is there already (every write is idempotent); a newer one would take for written what the copy of the
 * store lacks. The same holds for `audit.ndjson`, which is filled from the outbox and copied last.
 *
 * Everything acknowledged before the call is in the copy. The folder appears whole or not at all, readable by its
 * owner alone. Throws when it exists already, lies in DATA_DIR, or there is nothing to copy.
 */
export async function writeBackup(options: {
  readonly dataDir: string;
  readonly folder: string;
  readonly begun: Date;
}): Promise<Manifest> {
  const [dataDir, folder] = [resolve(options.dataDir), resolve(options.folder)];
  requireNewFolder(dataDir, folder);
  const names = listFiles(dataDir);
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const staged = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`));
  try {
    const files: BackedUp[] = [];
    for (const name of names) files.push(await copy(join(dataDir, name), join(staged, name)));
    const manifest = { begun: options.begun.toISOString(), files };
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeFile(join(staged, MANIFEST), text, { mode: 0o600, flush: true });
    await sync(staged);
    await rename(staged, folder);
    await sync(dirname(folder));
    return manifest;
  } catch (error) {
    rmSync(staged, { recursive: true, force: true });
    throw error;
  }
}

function requireNewFolder(dataDir: string, folder: string): void {
  if (existsSync(folder))
    throw new Error(`${folder} exists already: a backup never overwrites. Name a new one.`);
  if (`${folder}${sep}`.startsWith(`${dataDir}${sep}`)) {
    throw new Error(`${folder} lies in DATA_DIR: a backup belongs somewhere else, best on another disk.`);
  }
}

/** The files to copy, in the order to copy them. Its one folder, `keys`, is left out: who we are is not for a copy. */
function listFiles(dataDir: string): string[] {
  const found = existsSync(dataDir) ? readdirSync(dataDir) : [];
  const names = found.filter((name) => !PART_OF_STORE.test(name) && lstatSync(join(dataDir, name)).isFile());
  const stores = names.filter(isStore).sort();
  if (stores.length === 0) throw new Error(`${dataDir} holds no store: is DATA_DIR that of the service?`);
  const first = stores.filter((name) => name === 'outbox.db');
  const then = stores.filter((name) => name !== 'outbox.db');
  return [...first, ...then, ...names.filter((name) => !isStore(name)).sort()];
}

async function copy(from: string, to: string): Promise<BackedUp> {
  if (isStore(from)) copyStore(from, to);
  else copyFileSync(from, to);
  chmodSync(to, 0o600);
  if (to.endsWith('.ndjson')) await dropHalfLine(to);
  await sync(to);
  return describeFile(to);
}

function copyStore(from: string, to: string): void {
  const database = new Database(from);
  try {
    database.exec(`VACUUM INTO '${to.replaceAll("'", "''")}'`);
  } finally {
    database.close();
  }
}

/** A line that was being appended just then is still in the outbox. */
async function dropHalfLine(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    await handle.truncate(start + buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}
