/** The build as it is deployed, with content of the test's own beside the product's. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import type { Questionnaire } from 'fhir/r4.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** To be called at the top of a file. → the folder; it goes with the file. */
export function deployWith(questionnaire: Questionnaire): string {
  const folder = mkdtempSync(join(tmpdir(), 'axspa-deployed-'));
  for (const name of ['dist', 'resources', 'package.json']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  const file = join(folder, 'resources', `Questionnaire-${questionnaire.id}.json`);
  writeFileSync(file, JSON.stringify(questionnaire));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return folder;
}
