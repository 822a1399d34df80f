/** The production build as it is served: a child `dist/main.js` on ports and with data of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Env, freePorts } from './contract-service.js';
import { keepOutput } from './service-log.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_WITHIN_MS = 40_000;
const STOP_WITHIN_MS = 10_000;

/** It ends with us even when we are killed: then its standard input closes. */
const WITH_US = `data:text/javascript,${encodeURIComponent(
  "process.stdin.resume().on('close', () => process.kill(process.pid, 'SIGKILL'))",
)}`;

export interface Pages {
  /** The origin, without a `/` at the end. */
  readonly url: string;
  /** FHIR base of the facade. */
  readonly fhir: string;
  /** FHIR base of the embedded server, to put patients there. */
  readonly embeddedUrl: string;
  readonly dataDir: string;
  /** What it has printed. */
  output(): string;
  /** SIGTERM; the exit code, or a word about why there is none within 10 s. Its data stay until it is stopped. */
  terminate(): Promise<number | string>;
  /** Ends it, for good when it does not end by itself; removes its data. */
  stop(): Promise<void>;
}

/**
 * `env` over the defaults (no demo, free ports, a DATA_DIR that is removed at the end; one that
 * `env` names is kept). `root`: where it is deployed, when not here. Rejects with what it printed when it is not
 * ready within 40 s.
 */
export async function startPages(env: Env = {}, root: string = ROOT): Promise<Pages> {
  if (!existsSync(join(root, 'dist/ui/screen.html'))) throw new Error('Not built: npm run build');
  const [free, freeEmbedded] = await freePorts(2);
  const port = env.PORT ?? String(free);
  const embeddedPort = env.EMBEDDED_FHIR_PORT ?? String(freeEmbedded);
  const dataDir = env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'axspa-pages-')));
  const more: Env = { SEED_DEMO: 'false', LOG_LEVEL: 'info', ...env };
  const child = spawn(process.execPath, ['--import', WITH_US, 'dist/main.js'], {
    cwd: root,
    env: { ...kept(), ...more, PORT: port, EMBEDDED_FHIR_PORT: embeddedPort, DATA_DIR: dataDir },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  keepOutput(child);
  const said = listenTo(child);
  const stop = async () => {
    await end(child);
    const isOurs = env.DATA_DIR === undefined;
    if (isOurs) await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(child, `${url}/readyz`);
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : error}\n${said()}`);
  }
  const embeddedUrl = `http://127.0.0.1:${embeddedPort}/fhir`;
  return {
    url,
    fhir: `${url}/fhir`,
    embeddedUrl,
    dataDir,
    output: said,
    terminate: () => terminate(child),
    stop,
  };
}

/** Nothing of the caller's configuration leaks into the service. */
function kept(): Env {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function listenTo(child: ChildProcess): () => string {
  let text = '';
  const collect = (chunk: unknown) => {
    text += String(chunk);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  child.once('error', (error) => collect(error.message));
  // It may end while we still hold its input.
  child.stdin?.on('error', () => undefined);
  return () => text;
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new Error(`The service ended with ${child.exitCode ?? child.signalCode}:`);
    const reply = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    await reply?.arrayBuffer();
    if (reply?.status === 200) return;
    await pause(50);
  }
  throw new Error(`${url} was not 200 within ${READY_WITHIN_MS} ms:`);
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise<void>((resolve) => {
    if (hasEnded(child) || child.pid === undefined) resolve();
    else child.once('exit', () => resolve());
  });
}

async function terminate(child: ChildProcess): Promise<number | string> {
  const exited = exitOf(child);
  signalGroup(child, 'SIGTERM');
  await Promise.race([exited, pause(STOP_WITHIN_MS)]);
  if (!hasEnded(child)) return 'still running after 10 s';
  return child.exitCode ?? `killed by ${child.signalCode}`;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = exitOf(child);
  signalGroup(child, 'SIGTERM');
  await Promise.race([exited, pause(STOP_WITHIN_MS)]);
  signalGroup(child, 'SIGKILL');
  await Promise.race([exited, pause(STOP_WITHIN_MS)]);
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group has gone already.
  }
}

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });
