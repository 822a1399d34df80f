/** A child process that does one operation of the service and kills itself on the way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { QuestionnaireResponse } from 'fhir/r4.js';

const CHILD = fileURLToPath(new URL('./crash-child.mjs', import.meta.url));
const WITHIN_MS = 20_000;

/** What crash-child.mjs is told. */
export interface Spec {
  /** Where `outbox.db` is. */
  readonly dataDir: string;
  readonly serverUrl: string;
  readonly storeUrl: string | null;
  /** Milliseconds by which its clock is ahead. */
  readonly ahead: number;
  readonly body: QuestionnaireResponse;
  /** A new version of what is there; null for a new response. */
  readonly change: { readonly id: string; readonly ifMatch: string } | null;
  /** Whether commits are points, or requests alone. */
  readonly cutsCommits: boolean;
  /** The point at which it ends, from 1; 0 for none. */
  readonly cutAt: number;
}

export interface Ended {
  readonly isKilled: boolean;
  readonly isAcknowledged: boolean;
  /** How many there are; null when it was killed. */
  readonly points: number | null;
}

/** Runs until it ends. Rejects when it ends in any other way than by its own hand or in good order. */
export async function runChild(spec: Spec): Promise<Ended> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: string[][] = [[], []];
  child.stdout.on('data', (chunk) => out?.push(String(chunk)));
  child.stderr.on('data', (chunk) => err?.push(String(chunk)));
  const [code, signal] = await closed(child);
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`The child failed (${code}): ${err?.join('')}`);
  const lines = (out ?? []).join('').split('\n').filter(Boolean);
  const said: { acknowledged?: string; points?: number } = Object.assign(
    {},
    ...lines.map((line): object => JSON.parse(line)),
  );
  return {
    isKilled: signal === 'SIGKILL',
    isAcknowledged: said.acknowledged !== undefined,
    points: said.points ?? null,
  };
}

async function closed(child: ReturnType<typeof spawn>): Promise<[number | null, string | null]> {
  try {
    const [code, signal] = await once(child, 'close', { signal: AbortSignal.timeout(WITHIN_MS) });
    return [code, signal];
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
