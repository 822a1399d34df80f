import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompactEncrypt, compactDecrypt } from 'jose';

/** Encrypts what leaves our hands, or rests on the disk, under a key of this installation. */
export interface Seal {
  /** `purpose` is bound in: what was sealed for one thing opens nothing else. */
  close(purpose: string, content: object): Promise<string>;
  /** null for what was not sealed by us, or not for this. Never rejects. */
  open(purpose: string, sealed: string): Promise<unknown>;
}

const KEY_BYTES = 32;
const HEADER = { alg: 'dir', enc: 'A256GCM' } as const;

/** JWE (RFC 7516), A256GCM with the key itself. */
export function createSeal(key: Uint8Array): Seal {
  return {
    close: (purpose, content) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
        .setProtectedHeader({ ...HEADER, typ: purpose })
        .encrypt(key),
    open: async (purpose, sealed) => {
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
          keyManagementAlgorithms: [HEADER.alg],
          contentEncryptionAlgorithms: [HEADER.enc],
        });
        return protectedHeader.typ === purpose ? JSON.parse(new TextDecoder().decode(plaintext)) : null;
      } catch {
        return null;
      }
    },
  };
}

/**
 * The key of a folder, made where there is none. Throws where it cannot be read or written, or is none. It belongs
 * beside the keys that are in no backup: what a backup has of the sessions opens nowhere else.
 */
export function loadSealKey(folder: string): Uint8Array {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'session.key');
  if (!existsSync(file)) makeKey(file);
  const key = readFileSync(file);
  if (key.length !== KEY_BYTES) throw new Error(`${file} is not a key of ${KEY_BYTES} bytes`);
  return key;
}

/** It appears whole or not at all: half a key, after a crash, would keep the service from ever starting again. */
function makeKey(file: string): void {
  const staged = `${file}.new`;
  writeFileSync(staged, randomBytes(KEY_BYTES), { mode: 0o600, flush: true });
  // A file that was there keeps the mode that it had.
  chmodSync(staged, 0o600);
  renameSync(staged, file);
}
