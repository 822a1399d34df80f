/** Builds and starts the real HAPI FHIR server of test/server/hapi; leaves no JVM behind. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from '@jest/globals';
import { buildOnce, HAPI_DIR } from './hapi-build.js';

export { buildHapi } from './hapi-build.js';

const START_WITHIN_MS = 180_000;
const STOP_WITHIN_MS = 10_000;
/** Timeout for a hook that builds and starts HAPI: ten minutes of Maven on an empty repository, then the start. */
export const HAPI_START_TIMEOUT = 800_000;

export type HapiOptions = {
  port?: number;
  /** H2 in this directory, so that it outlives the process; without it, H2 in memory. */
  data?: string;
  /** FHIR packages (.tgz) to install at start. */
  packages?: string[];
  jdbc?: { url: string; user: string; password: string };
};

export type Hapi = {
  baseUrl: string;
  pid: number;
  /** What it printed before it was ready: one `package: <Type> <n>` line for each type that was installed. */
  lines: string[];
  startedInMs: number;
  /** SIGTERM; throws when it takes longer than 10 s. */
  stop(): Promise<void>;
  /** SIGKILL: the power fails. */
  kill(): Promise<void>;
};

function javaIsMissing(): string | undefined {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8', timeout: 60_000 });
  if (java.error || java.status !== 0) return 'java (17 or newer) is not on the PATH';
  const major = Number(/version "(?:1\.)?(\d+)/.exec(java.stderr)?.[1] ?? 0);
  return major < 17 ? `java is version ${major}; HAPI needs 17 or newer` : undefined;
}

function mavenIsMissing(): string | undefined {
  const maven = spawnSync('mvn', ['--version'], { encoding: 'utf8', timeout: 60_000 });
  return maven.error || maven.status !== 0 ? 'mvn (Maven) is not on the PATH' : undefined;
}

/** Whether this machine can build and run HAPI, or what it lacks. */
export function hapiIsHere(): { here: true } | { here: false; why: string } {
  const lacks = [javaIsMissing(), mavenIsMissing()].filter((why) => why !== undefined);
  return lacks.length === 0 ? { here: true } : { here: false, why: lacks.join('; ') };
}

/**
 * A suite that needs HAPI: runs with HAPI=1 alone, because it starts a JVM. Where Java or Maven is missing
 * it is skipped with the reason in its name, or fails with REQUIRE_HAPI=1.
 */
export function describeWithHapi(name: string, body: () => void): void {
  if (process.env.HAPI !== '1') {
    test.skip(`${name}: not run, set HAPI=1 (it starts a real HAPI FHIR server)`, () => {});
    return;
  }
  const found = hapiIsHere();
  if (found.here) {
    describe(name, body);
  } else if (process.env.REQUIRE_HAPI === '1') {
    test(name, () => {
      throw new Error(`HAPI is required here, but ${found.why}`);
    });
  } else {
    test.skip(`${name}: not run, ${found.why}`, () => {});
  }
}

function argumentsFor(options: HapiOptions): string[] {
  const classpath = readFileSync(join(HAPI_DIR, 'target/classpath.txt'), 'utf8').trim();
  const jdbc = options.jdbc;
  return [
    // Serial collector and no second compiler: started in seconds and stopped soon, it never earns them back.
    ...['-Xmx1g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8'],
    ...['-cp', `target/classes:${classpath}`, 'axspa.HapiServer', '--exit-with-stdin'],
    ...['--port', String(options.port ?? 0)],
    ...(options.data === undefined ? [] : ['--data', options.data]),
    ...(jdbc ? ['--jdbc', jdbc.url, '--user', jdbc.user, '--password', jdbc.password] : []),
    ...(options.packages ?? []).flatMap((file) => ['--package', file]),
  ];
}

type Running = { child: ChildProcess; lines: string[]; log: string[]; gone: Promise<string> };

function run(options: HapiOptions): Running {
  // Its standard input stays open as long as this process lives; when that ends, however it ends, so does HAPI.
  const child = spawn('java', argumentsFor(options), { cwd: HAPI_DIR, stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const log: string[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (line) => lines.push(line));
  if (child.stderr) {
    createInterface(child.stderr).on('line', (line) => {
      log.push(line);
      if (log.length > 40) log.shift();
    });
  }
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  return { child, lines, log, gone };
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function goneWithin(running: Running, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const gone = await Promise.race([running.gone.then(() => true), late]);
  clearTimeout(timer);
  return gone;
}

async function untilReady(running: Running): Promise<string> {
  const deadline = Date.now() + START_WITHIN_MS;
  let ended: string | undefined;
  void running.gone.then((how) => {
    ended = how;
  });
  while (Date.now() < deadline) {
    const ready = running.lines.find((line) => line.startsWith('HAPI FHIR '));
    if (ready !== undefined) return ready.slice(ready.indexOf('http'));
    if (ended !== undefined) {
      await pause(50); // the last of the output arrives after the exit
      throw new Error(`HAPI FHIR did not start (${ended}):\n${running.log.join('\n')}`);
    }
    await pause(50);
  }
  throw new Error(`HAPI FHIR was not ready within ${START_WITHIN_MS} ms:\n${running.log.join('\n')}`);
}

async function kill(running: Running): Promise<void> {
  running.child.kill('SIGKILL');
  await goneWithin(running, STOP_WITHIN_MS);
}

async function stop(running: Running): Promise<void> {
  running.child.kill('SIGTERM');
  if (await goneWithin(running, STOP_WITHIN_MS)) return;
  await kill(running);
  throw new Error(`HAPI FHIR did not stop within ${STOP_WITHIN_MS} ms:\n${running.log.join('\n')}`);
}

/** A HAPI FHIR server on loopback; built first when that has not been done. */
export async function startHapi(options: HapiOptions = {}): Promise<Hapi> {
  await buildOnce();
  const begun = Date.now();
  const running = run(options);
  try {
    const baseUrl = await untilReady(running);
    return {
      baseUrl,
      pid: running.child.pid ?? 0,
      lines: running.lines,
      startedInMs: Date.now() - begun,
      stop: () => stop(running),
      kill: () => kill(running),
    };
  } catch (error) {
    await kill(running);
    throw error;
  }
}
