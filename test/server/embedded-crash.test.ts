import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { type Json, putEntry } from '../support/embedded-fixture.js';

const CHILD = fileURLToPath(new URL('../support/embedded-child.mjs', import.meta.url));
const KILLS = 20;
const WRITERS = 4;
/** Observations of one transaction: enough for a kill to fall into the middle of one. */
const MEMBERS = 10;

const dataDir = mkdtempSync(join(tmpdir(), 'embedded-crash-'));
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<string> {
  child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout!, 'data', { signal: AbortSignal.timeout(10_000) });
  return String(line).trim();
}

async function kill(): Promise<void> {
  const exited = once(child!, 'exit', { signal: AbortSignal.timeout(10_000) });
  child!.kill('SIGKILL');
  await exited;
}

/** A patient, a panel and its members; and the patient `shared` that every transaction changes. */
function transaction(n: number): Json {
  const subject = { reference: `Patient/p${n}` };
  const ids = Array.from({ length: MEMBERS }, (_, index) => `o${n}.${index}`);
  const member = (id: string) => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'x' },
    subject,
  });
  const hasMember = ids.map((id) => ({ reference: `Observation/${id}` }));
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      putEntry({ resourceType: 'Patient', id: `p${n}` }),
      putEntry({ resourceType: 'Patient', id: 'shared', name: [{ text: `n${n}` }] }),
      putEntry({ ...member(`panel${n}`), hasMember }),
      ...ids.map((id) => putEntry(member(id))),
    ],
  };
}

const fetchJson = async (url: string, init: RequestInit = {}): Promise<Json> => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as Json;
};

const sent: number[] = [];
const acknowledged: number[] = [];

/** Writes one transaction after the other until the server is gone. */
async function write(url: string): Promise<void> {
  for (;;) {
    const n = sent.push(sent.length) - 1;
    try {
      await fetchJson(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/fhir+json' },
        body: JSON.stringify(transaction(n)),
      });
    } catch {
      return;
    }
    acknowledged.push(n);
  }
}

/** However slow the machine is; but not for ever. */
async function acknowledgedAtLeast(count: number): Promise<void> {
  for (let waited = 0; acknowledged.length < count && waited < 5000; waited += 5) await sleep(5);
}

/** Reads one transaction back by search: nothing of it, or all. */
async function isWhole(url: string, n: number): Promise<boolean> {
  const search = `${url}/Observation?patient=p${n}&_include=Observation:has-member`;
  const { total } = await fetchJson(search);
  expect([n, total]).toEqual([n, total === 0 ? 0 : MEMBERS + 1]);
  return total > 0;
}

test('no acknowledged write is lost and no transaction is cut in two by kill -9', async () => {
  for (let kills = 0; kills < KILLS; kills += 1) {
    const url = await start();
    const writers = Array.from({ length: WRITERS }, () => write(url));
    await acknowledgedAtLeast(acknowledged.length + 12);
    // Different moments, so that the kill meets reading, writing, syncing and answering.
    await sleep(kills * 1.7);
    await kill();
    await Promise.all(writers);
  }
  const url = await start();
  const stored: number[] = [];
  for (const n of sent) if (await isWhole(url, n)) stored.push(n);
  const lost = acknowledged.filter((n) => !stored.includes(n));
  const shared = await fetchJson(`${url}/Patient/shared`);
  expect(Number(shared.meta.versionId)).toBe(stored.length);
  process.stdout.write(
    `kills ${KILLS}, acknowledged ${acknowledged.length}, lost ${lost.length} ` +
      `(sent ${sent.length}, whole though unanswered ${stored.length - acknowledged.length})\n`,
  );
  expect(lost).toEqual([]);
  expect(acknowledged.length).toBeGreaterThanOrEqual(200);
  expect(stored.length).toBeLessThanOrEqual(sent.length);
  await kill();
}, 100_000);
