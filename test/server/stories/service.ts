/** The built service as a child of this process alone: no npm between, so that whoever ends the run ends it too. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePorts, makeDataDir } from '../../support/contract-service.js';
import { keepOutput } from '../../support/service-log.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;

export type Env = Record<string, string>;
/** Where a service listens and keeps what it has: the same after a restart. */
export type Place = { port: number; embeddedPort: number; dataDir: string };
/** A line of the service's log. */
export type LogLine = { message: string; method?: string; route?: string; status?: number; ms?: number };

export type Service = {
  place: Place;
  url: string;
  /** FHIR base of the facade. */
  fhir: string;
  embeddedUrl: string;
  output: () => string;
  /** Everything that it has logged so far. */
  log: () => LogLine[];
  /** SIGTERM; throws when it is not over within 10 s, or not well. */
  stop: () => Promise<void>;
  /** SIGKILL, when it still runs; then what it kept is removed. */
  remove: () => Promise<void>;
};

type Exit = { code: number | null; signal: NodeJS.Signals | null };

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function makePlace(): Promise<Place> {
  const [port = 0, embeddedPort = 0] = await freePorts(2);
  return { port, embeddedPort, dataDir: await makeDataDir() };
}

function run(env: Env): { child: ChildProcess; exit: Promise<Exit>; output: () => string } {
  const kept = Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const child = spawn(process.execPath, ['dist/main.js'], {
    cwd: ROOT,
    env: { ...kept, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  keepOutput(child);
  const chunks: string[] = [];
  const collect = (chunk: Buffer) => chunks.push(chunk.toString());
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const exit = new Promise<Exit>((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return { child, exit, output: () => chunks.join('') };
}

async function goneWithin(ms: number, exit: Promise<Exit>): Promise<Exit | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  const gone = await Promise.race([exit, late]);
  clearTimeout(timer);
  return gone;
}

async function untilAlive(url: string, { exit, output }: ReturnType<typeof run>): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let ended: Exit | undefined;
  void exit.then((how) => {
    ended = how;
  });
  while (Date.now() < deadline) {
    const reply = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    await reply?.arrayBuffer();
    if (reply?.status === 200) return;
    if (ended) throw new Error(`the service ended with ${ended.code ?? ended.signal}:\n${output()}`);
    await pause(50);
  }
  throw new Error(`the service was not alive within ${READY_WITHIN_MS} ms:\n${output()}`);
}

function logIn(output: string): LogLine[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** `place` of an earlier one: the same service, started again. */
export async function startService(env: Env = {}, place?: Place): Promise<Service> {
  const at = place ?? (await makePlace());
  const { port, embeddedPort, dataDir } = at;
  const running = run({
    PORT: String(port),
    EMBEDDED_FHIR_PORT: String(embeddedPort),
    SEED_DEMO: 'false',
    DATA_DIR: dataDir,
    ...env,
  });
  const url = `http://127.0.0.1:${port}`;
  const remove = async () => {
    running.child.kill('SIGKILL');
    await goneWithin(STOP_WITHIN_MS, running.exit);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const stop = async () => {
    running.child.kill('SIGTERM');
    const exit = await goneWithin(STOP_WITHIN_MS, running.exit);
    if (exit?.code !== 0)
      throw new Error(`SIGTERM: ${exit ? `exit ${exit.code}` : 'still there after 10 s'}`);
  };
  await untilAlive(url, running).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    ...{ place: at, url, fhir: `${url}/fhir`, embeddedUrl: `http://127.0.0.1:${embeddedPort}/fhir` },
    ...{ output: running.output, log: () => logIn(running.output()), stop, remove },
  };
}
