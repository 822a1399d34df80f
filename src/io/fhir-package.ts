import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import type { FhirPackage } from '../fhir/package.js';

export interface WrittenPackage {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** npm's own fixed date, 1985-10-26: tools that distrust the year 1970 take it. */
const MODIFIED = new Date(499_162_500_000);

/**
 * Writes the package into the folder, which is made if need be, under a name with its version; an older file of that
 * name is replaced in one step. The same content gives the same bytes: no clock, no owner, no order of a directory.
 */
export async function writeFhirPackage(fhirPackage: FhirPackage, folder: string): Promise<WrittenPackage> {
  const bytes = gzipSync(await toTar(fhirPackage), { level: 9 });
  const path = join(folder, `axspa-screening-${fhirPackage.version}.tgz`);
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function toTar({ files }: FhirPackage): Promise<Uint8Array> {
  return packTar(
    files.map(([name, text]) => {
      const body = Buffer.from(text);
      const owner = { uid: 0, gid: 0, uname: '', gname: '' };
      return {
        header: { name, size: body.length, type: 'file', mode: 0o644, mtime: MODIFIED, ...owner },
        body,
      };
    }),
  );
}
