import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Database } from '../io/database.js';
import { type BackedUp, describeFile, isStore, type Manifest, readManifest, sync } from './manifest.js';

/** What a new file system has by itself. */
const NOT_OURS = ['lost+found'];

/**
 * Makes DATA_DIR from a backup: hashes and `PRAGMA integrity_check` are those of the copy that is put in place. The
 * folder appears whole or not at all; where it cannot be replaced, because it is a mount point, its files are moved
 * in one after the other, and taken out again if one cannot be.
 *
 * Throws a sentence when DATA_DIR holds anything already, or when the backup is damaged; nothing is changed then.
 */
export async function restoreBackup(options: {
  readonly dataDir: string;
  readonly folder: string;
}): Promise<Manifest> {
  const [dataDir, folder] = [resolve(options.dataDir), resolve(options.folder)];
  const manifest = readManifest(folder);
  if (!manifest.files.some(({ name }) => isStore(name))) throw new Error(`${folder} holds no store.`);
  requireEmpty(dataDir);
  const isThere = existsSync(dataDir);
  const isReplaceable = isThere ? removeFolder(dataDir) : true;
  const parent = isReplaceable ? dirname(dataDir) : dataDir;
  try {
    mkdirSync(parent, { recursive: true, mode: 0o700 });
    const staged = mkdtempSync(join(parent, `.${basename(dataDir)}-`));
    try {
      for (const file of manifest.files) await stage(folder, staged, file);
      await sync(staged);
      if (isReplaceable) renameSync(staged, dataDir);
      else moveInto(dataDir, staged, manifest);
      await sync(parent);
    } finally {
      rmSync(staged, { recursive: true, force: true });
    }
  } finally {
    if (isThere) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  }
  return manifest;
}

function requireEmpty(dataDir: string): void {
  const found = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => !NOT_OURS.includes(name)) : [];
  if (found.length === 0) return;
  throw new Error(
    `${dataDir} already holds data (${found.slice(0, 5).join(', ')}): stop the service, move it away, and restore again.`,
  );
}

/** False for a mount point, and where the folder around it is not ours to write. */
function removeFolder(dataDir: string): boolean {
  try {
    rmdirSync(dataDir);
    return true;
  } catch {
    return false;
  }
}

async function stage(folder: string, staged: string, { name, bytes, sha256 }: BackedUp): Promise<void> {
  const path = join(staged, name);
  if (!existsSync(join(folder, name))) throw new Error(`The backup is damaged: ${name} is missing.`);
  copyFileSync(join(folder, name), path);
  chmodSync(path, 0o600);
  const copied = await describeFile(path);
  if (copied.bytes !== bytes || copied.sha256 !== sha256) {
    throw new Error(`The backup is damaged: ${name} is not what was written (its SHA-256 differs).`);
  }
  if (isStore(name)) requireSound(path, name);
  await sync(path);
}

function requireSound(path: string, name: string): void {
  if (isSound(path)) return;
  throw new Error(`The backup is damaged: ${name} is no sound SQLite store.`);
}

function isSound(path: string): boolean {
  try {
    const database = new Database(path);
    try {
      const rows = database.all<{ integrity_check: string }>('PRAGMA integrity_check');
      // Takes the files of its write-ahead log away, whenever the connection itself goes.
      database.exec('PRAGMA journal_mode = DELETE');
      return rows.every(({ integrity_check }) => integrity_check === 'ok');
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}

function moveInto(dataDir: string, staged: string, { files }: Manifest): void {
  const moved: string[] = [];
  try {
    for (const { name } of files) {
      renameSync(join(staged, name), join(dataDir, name));
      moved.push(name);
    }
  } catch (error) {
    for (const name of moved) rmSync(join(dataDir, name), { force: true });
    throw error;
  }
}
