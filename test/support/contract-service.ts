/** Starts the product as a user does (`npm start`) and never leaves a process behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepOutput } from './service-log.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;
/** Timeout for a hook that starts a service: the 60 s above, and some for the work around it. */
export const START_TIMEOUT = 90_000;

export type Env = Record<string, string>;
type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type Service = {
  url: string;
  /** FHIR base of the facade as this test reaches it. */
  fhir: string;
  embeddedUrl: string;
  dataDir: string;
  output: () => string;
  /** SIGTERM; the exit code of `npm start`, or a word about why there is none within 10 s. */
  stop: (whom?: 'process' | 'group') => Promise<number | string>;
  /** SIGKILL for the whole process group; removes a data directory that startService made. */
  kill: () => Promise<void>;
};

type Running = { child: ChildProcess; exit: Promise<Exit>; output: () => string };

/** Only what npm and node need: nothing of the caller's configuration leaks into the service. */
function cleanEnv(env: Env): Env {
  const kept: Env = { npm_config_update_notifier: 'false' };
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return { ...kept, ...env };
}

function npmStart(env: Env): Running {
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: cleanEnv(env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  keepOutput(child);
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const exit = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      text += `could not start npm: ${error.message}`;
      resolve({ code: null, signal: null });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return { child, exit, output: () => text };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The whole group has gone already.
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** `count` different ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            if (address === null || typeof address === 'string') reject(new Error('no port'));
            else resolve(address.port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export const makeDataDir = () => mkdtemp(join(tmpdir(), 'axspa-contract-'));

async function answers200(url: string): Promise<boolean> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await reply.arrayBuffer();
    return reply.status === 200;
  } catch {
    return false;
  }
}

async function untilReady(running: Running, url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let exited: Exit | undefined;
  void running.exit.then((exit) => {
    exited = exit;
  });
  while (Date.now() < deadline) {
    if (await answers200(url)) return;
    if (exited) throw new Error(`npm start ended with ${exited.code ?? exited.signal}:\n${running.output()}`);
    await pause(100);
  }
  throw new Error(`${url} was not 200 within ${READY_WITHIN_MS} ms:\n${running.output()}`);
}

/** Starts the service on free ports and waits until `readyPath` answers 200. */
export async function startService(env: Env = {}, readyPath = '/readyz'): Promise<Service> {
  const [port, embeddedPort] = await freePorts(2);
  const dataDir = env.DATA_DIR ?? (await makeDataDir());
  const running = npmStart({
    PORT: String(port),
    EMBEDDED_FHIR_PORT: String(embeddedPort),
    SEED_DEMO: 'false',
    LOG_LEVEL: 'info',
    ...env,
    DATA_DIR: dataDir,
  });
  const url = `http://127.0.0.1:${port}`;
  const kill = async () => {
    signalGroup(running.child, 'SIGKILL');
    await within(5_000, running.exit);
    if (env.DATA_DIR === undefined) {
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  };
  try {
    await untilReady(running, `${url}${readyPath}`);
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    url,
    fhir: `${url}/fhir`,
    embeddedUrl: `http://127.0.0.1:${embeddedPort}/fhir`,
    dataDir,
    output: running.output,
    kill,
    stop: async (whom = 'process') => {
      if (whom === 'group') signalGroup(running.child, 'SIGTERM');
      else running.child.kill('SIGTERM');
      const exit = await within(STOP_WITHIN_MS, running.exit);
      if (exit === 'late') return 'still running after 10 s';
      return exit.code ?? `killed by ${exit.signal}`;
    },
  };
}

/** Starts what must refuse to start: the exit code and everything printed. */
export async function startToExit(env: Env): Promise<{ code: number | null; output: string }> {
  const dataDir = await makeDataDir();
  const running = npmStart({ SEED_DEMO: 'false', LOG_LEVEL: 'info', DATA_DIR: dataDir, ...env });
  try {
    const exit = await within(READY_WITHIN_MS, running.exit);
    if (exit === 'late') throw new Error(`did not refuse to start:\n${running.output()}`);
    await pause(50); // the last of the output arrives after the exit
    return { code: exit.code, output: running.output() };
  } finally {
    signalGroup(running.child, 'SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  }
}
