import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

export const MANIFEST = 'manifest.json';

/** One file of a backup. */
export interface BackedUp {
  readonly name: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** What a backup holds; written last. */
export interface Manifest {
  /** When the backup was begun: every write acknowledged before then is in it. */
  readonly begun: string;
  readonly files: readonly BackedUp[];
}

/** Whether a file of DATA_DIR is a SQLite store. */
export function isStore(name: string): boolean {
  return name.endsWith('.db');
}

/** Name, size and hash of a file, without reading it into memory. */
export async function describeFile(path: string): Promise<BackedUp> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { name: basename(path), bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** On the disk itself, a file or a folder, before this returns. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

function isBackedUp(value: unknown): value is BackedUp {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value && 'bytes' in value && 'sha256' in value)) return false;
  const { name, bytes, sha256 } = value;
  const isName = typeof name === 'string' && /^[\w-][\w.-]*$/.test(name) && name !== MANIFEST;
  return isName && typeof bytes === 'number' && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
}

/** The manifest of a backup. Throws a sentence when there is none or it is not one of ours. */
export function readManifest(folder: string): Manifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
  } catch {
    throw new Error(`${folder} is not a backup: it has no readable ${MANIFEST}.`);
  }
  if (typeof manifest === 'object' && manifest !== null && 'begun' in manifest && 'files' in manifest) {
    const { begun, files } = manifest;
    if (typeof begun === 'string' && Array.isArray(files) && files.every(isBackedUp)) return { begun, files };
  }
  throw new Error(`${folder} is not a backup: its ${MANIFEST} does not say what it holds.`);
}
