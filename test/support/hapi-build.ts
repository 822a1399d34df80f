/** Runs Maven on test/server/hapi, once for each state of its sources. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const HAPI_DIR = fileURLToPath(new URL('../server/hapi/', import.meta.url));

const BUILD_WITHIN_MS = 600_000;
const TARGET = join(HAPI_DIR, 'target');
const STAMP = join(TARGET, 'built.txt');
const LOCK = join(TARGET, 'building.pid');
const GOALS = ['compile', 'dependency:build-classpath', '-Dmdep.outputFile=target/classpath.txt'];

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The sources as they are now: each file with its time. */
async function state(): Promise<string> {
  const found = await readdir(join(HAPI_DIR, 'src'), { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const lines = [join(HAPI_DIR, 'pom.xml'), ...files].map(async (file) => {
    return `${file} ${(await stat(file)).mtimeMs}`;
  });
  return (await Promise.all(lines)).sort().join('\n');
}

const text = (file: string) => readFile(file, 'utf8').catch(() => '');

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Several test processes may want the same build at once: one makes it, the others wait. */
async function lock(): Promise<void> {
  const deadline = Date.now() + BUILD_WITHIN_MS;
  await mkdir(TARGET, { recursive: true });
  while (Date.now() < deadline) {
    try {
      await writeFile(LOCK, String(process.pid), { flag: 'wx' });
      return;
    } catch {
      const holder = Number(await text(LOCK));
      // An empty file is one that is being written at this moment.
      if (holder > 0 && !alive(holder)) await rm(LOCK, { force: true });
    }
    await pause(500);
  }
  throw new Error(`another process has been building HAPI for ${BUILD_WITHIN_MS} ms (${LOCK})`);
}

type Built = { code: number | null; output: string };

function maven(...words: string[]): Promise<Built> {
  return new Promise((resolve, reject) => {
    const child = spawn('mvn', ['-B', '-q', ...words, ...GOALS], {
      cwd: HAPI_DIR,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: BUILD_WITHIN_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Compiles the project and writes down its class path; throws with Maven's own ERROR lines. */
export async function buildHapi(): Promise<void> {
  await lock();
  try {
    const sources = await state();
    if ((await text(STAMP)) === sources) return;
    // Offline first: what is in the local repository needs no network.
    let built = await maven('-o');
    if (built.code !== 0) built = await maven();
    if (built.code !== 0) {
      const errors = built.output.split('\n').filter((line) => line.includes('ERROR'));
      throw new Error(`Maven could not build ${HAPI_DIR}:\n${errors.join('\n') || built.output}`);
    }
    await writeFile(STAMP, sources);
  } finally {
    await rm(LOCK, { force: true });
  }
}

let building: Promise<void> | undefined;

/** buildHapi(), asked once by each test process. */
export function buildOnce(): Promise<void> {
  building ??= buildHapi();
  return building;
}
