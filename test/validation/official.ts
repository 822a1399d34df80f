/** The official validator (HAPI FHIR, test/server/hapi), in one run of its own process. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildHapi, HAPI_DIR } from '../support/hapi-build.js';

/** Made, and not kept. */
const TARGET = join(HAPI_DIR, 'target');
/** What was asked and told, and what came of it. */
export const FOLDER = join(TARGET, 'validation');
const LIMIT_MS = 300_000;

/** A resource to judge, as it was sent; `profile` for one that does not name its own. */
export interface Subject {
  readonly id: string;
  readonly text: string;
  readonly profile?: string | undefined;
}

export interface Said {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  readonly at: string;
  readonly message: string;
}

export const isError = ({ severity }: Said) => severity === 'error' || severity === 'fatal';
export const isWarning = ({ severity }: Said) => severity === 'warning';

/** Everything that it says of each, by id. `content` are the conformance resources that it knows. */
export async function judge(
  content: readonly object[],
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, readonly Said[]>> {
  await buildHapi();
  mkdirSync(FOLDER, { recursive: true });
  const [asked, told] = [join(FOLDER, 'asked.ndjson'), join(FOLDER, 'told.ndjson')];
  const lines = [...content.map((one) => ({ content: JSON.stringify(one) })), ...subjects];
  writeFileSync(asked, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await run([asked, told]);
  const verdicts = readFileSync(told, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): { id: string; issues: Said[] } => JSON.parse(line));
  return new Map(verdicts.map(({ id, issues }) => [id, issues]));
}

async function run(files: readonly string[]): Promise<void> {
  const classpath = [join(TARGET, 'classes'), readFileSync(join(TARGET, 'classpath.txt'), 'utf8').trim()];
  const java = spawn('java', ['-Xmx3g', '-cp', classpath.join(delimiter), 'axspa.Validate', ...files], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  });
  let errors = '';
  java.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const code = await new Promise((resolve, reject) => {
    java.on('error', reject);
    java.on('close', resolve);
  });
  if (code !== 0) throw new Error(`the validator ended with ${code}: ${errors.slice(0, 2000)}`);
}
