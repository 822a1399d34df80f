/**
 * The image without an engine: the Dockerfile's commands in a clean folder, its CMD with the variables of
 * docker-compose.yml as the image's user. Two npm ci, so only when asked for: `npm run check:image`.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readCompose, SECRETS, serviceOf } from './compose.js';
import { lastStep, ROOT, readDockerfile, readIgnored, toStages } from './dockerfile.js';
import { type Built, buildImage, sendContext, surroundings } from './image-build.js';

const run = promisify(execFile);
const stages = toStages(readDockerfile());
const runtime = stages.at(-1)!;
const manifest = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
const isAsked = process.env.CHECK_IMAGE === '1';
const log = (line: string) => process.stdout.write(`${line}\n`);

(isAsked ? describe : describe.skip)('the image (npm run check:image)', () => {
  let work: string;
  let image: Built;
  let env: Record<string, string>;
  let before: readonly string[];
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'image-'));
    chmodSync(work, 0o755);
    const context = join(work, 'context');
    mkdirSync(context);
    await sendContext(fileURLToPath(ROOT), context, readIgnored());
    image = await buildImage(stages, { work, context, log });
    await run('chmod', ['-R', 'a-w', join(image.root, 'app')]);
    before = listFiles(image.root);
    const port = await freePort();
    env = { ...inFolder({ ...image.env, ...composed() }, image.root), PORT: String(port), HOST: '127.0.0.1' };
    env.FHIR_BASE_URL = `http://127.0.0.1:${await freePort()}/fhir`;
  }, 600_000);

  afterAll(async () => {
    child?.kill('SIGKILL');
    await run('chmod', ['-R', 'u+w', work]);
    rmSync(work, { recursive: true, force: true });
  }, 60_000);

  /** As the image's user, where this process may become another one; nobody but root may. */
  const user = () => {
    const [uid, gid] = (lastStep(runtime, 'USER')?.words[0] ?? '').split(':').map(Number);
    return process.getuid?.() === 0 ? { uid: uid!, gid: gid! } : {};
  };
  const inside = () => ({
    cwd: join(image.root, image.workdir),
    env: { PATH: surroundings().PATH ?? '', ...env },
    ...user(),
  });
  const checkHealth = async (): Promise<number> => {
    const [command = '', ...args] = lastStep(runtime, 'HEALTHCHECK')?.words ?? [];
    const [code] = await once(spawn(command, args, { ...inside(), stdio: 'ignore' }), 'exit');
    return code;
  };

  test('holds what the service runs on, and nothing of the workshop', () => {
    const app = join(image.root, 'app');
    expect(readdirSync(app).sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json', 'resources']);
    const missing = Object.keys(manifest.dependencies).filter(
      (name) => !existsSync(join(app, 'node_modules', name)),
    );
    expect(missing).toEqual([]);
    const tools = Object.keys(manifest.devDependencies).filter((name) =>
      existsSync(join(app, 'node_modules', name)),
    );
    expect(tools).toEqual([]);
    expect(readdirSync(join(app, 'resources')).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  test('is ready and healthy before HAPI is there, and keeps what it is sent', async () => {
    const [command = '', ...args] = lastStep(runtime, 'CMD')?.words ?? [];
    child = spawn(command, args, { ...inside(), stdio: ['ignore', 'inherit', 'inherit'] });
    const ready = await whenReady(child, `http://127.0.0.1:${env.PORT}/readyz`);
    expect(ready).toMatchObject({ status: 'ready', fhirServer: 'unreachable' });
    expect(await checkHealth()).toBe(0);
    const body = readFileSync(new URL('test/fixtures/response-classic.json', ROOT));
    const headers = { 'Content-Type': 'application/fhir+json' };
    const url = `http://127.0.0.1:${env.PORT}/fhir/QuestionnaireResponse`;
    const answer = await fetch(url, { method: 'POST', headers, body });
    await answer.text();
    expect(answer.status).toBe(202);
    const { mode, uid } = statSync(join(image.root, 'data/outbox.db'));
    expect([mode & 0o077, uid]).toEqual([0, user().uid ?? process.getuid?.()]);
  }, 60_000);

  test('makes a backup on the other volume while it runs', async () => {
    const { stdout } = await run('node', ['dist/cli/backup.js', join(image.root, 'backups/first')], inside());
    expect(stdout).toContain('outbox.db');
    expect(readdirSync(join(image.root, 'backups/first'))).toContain('outbox.db');
  }, 60_000);

  test('writes nowhere else, and could not', async () => {
    expect(listFiles(image.root)).toEqual(before);
    await expect(run('test', ['-w', 'dist/main.js'], inside())).rejects.toMatchObject({ code: 1 });
    const { stdout: size } = await run('du', ['-sm', join(image.root, 'app')]);
    log(`runtime: ${size.split('\t')[0]} MB above the base image; node here is ${process.version}`);
  });

  test('ends on SIGTERM with 0, and is not healthy any more', async () => {
    const ended = once(child!, 'exit');
    child!.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await checkHealth()).toBe(1);
  }, 30_000);
});

function composed(): Readonly<Record<string, string>> {
  return serviceOf(readCompose(SECRETS), 'axspa-screening').environment ?? {};
}

/** A path of the image is one below its folder. */
function inFolder(env: Readonly<Record<string, string>>, root: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.startsWith('/') ? join(root, value) : value]),
  );
}

/** Every file with its size and time, but for what lies on the volumes. */
function listFiles(root: string): string[] {
  const volumes = runtime.steps.filter(({ keyword }) => keyword === 'VOLUME').flatMap(({ words }) => words);
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return paths
    .filter((path) => !volumes.some((volume) => `/${path}/`.startsWith(`${volume}/`)))
    .map((path) => {
      const { size, mtimeMs } = lstatSync(join(root, path));
      return `${path} ${size} ${mtimeMs}`;
    });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port was given');
  return address.port;
}

async function whenReady(child: ChildProcess, url: string): Promise<unknown> {
  for (const end = Date.now() + 45_000; Date.now() < end; await sleep(200)) {
    if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    const body: unknown = await answer?.json();
    if (answer?.status === 200) return body;
  }
  throw new Error('The service was not ready within 45 s');
}
