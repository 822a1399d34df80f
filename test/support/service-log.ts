/** What services print during a test run is kept, so that `npm run canary` can look through all of it afterwards. */
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../coverage/service-logs', import.meta.url));

/** Everything that a service prints, from now on. To be called before it can have printed anything. */
export function keepOutput(child: ChildProcess): void {
  const file = fileFor(`${process.pid}-${child.pid ?? 'none'}-${Date.now()}`);
  const keep = (chunk: unknown) => appendFileSync(file, String(chunk));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
}

/** A line of a service that runs in this process. */
export function keepLine(line: object): void {
  appendFileSync(fileFor(`${process.pid}-here`), `${JSON.stringify(line)}\n`);
}

function fileFor(name: string): string {
  mkdirSync(FOLDER, { recursive: true });
  return join(FOLDER, `${name}.log`);
}
