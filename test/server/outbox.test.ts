/** Outbox and relay against simulated servers: in order, once, in bounded time. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { WriteProfile } from '../../src/fhir/write-profile.js';
import { Database, migrate } from '../../src/io/database.js';
import { createDispatch, type Dispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { amendResponse } from '../../src/operations/amend-response.js';
import { extractResponse } from '../../src/operations/extract-response.js';
import type { Ports } from '../../src/operations/ports.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { type Json, send, startFixture } from '../support/embedded-fixture.js';
import { createPorts, startApp } from '../support/http-app.js';
import * as rows from '../support/simulated-rows.js';
import { type Simulated, startSimulated } from '../support/simulated-server.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

let base: Ports;
beforeAll(async () => {
  base = await createPorts();
});

const START = Date.parse('2026-05-04T08:00:00.000Z');
const PATIENT = JSON.stringify({ resourceType: 'Patient', id: 'p1', birthDate: '1970-03-02' });

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-server-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function addPatient(url: string): Promise<void> {
  const { status } = await send(`${url}/Patient/p1`, {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: PATIENT,
  });
  expect(status).toBe(201);
}

async function startServer(row = rows.HAPI_LIKE): Promise<Simulated> {
  const simulated = await startSimulated(row);
  closers.push(() => simulated.close());
  await addPatient(simulated.storeUrl);
  return simulated;
}

type Worker = { ports: Ports; dispatch: Dispatch; warnings: string[] };
type Setting = { file?: string; clock?: { at: number }; store?: string; override?: Partial<WriteProfile> };

/** Outbox, relay and operations as main.ts puts them together; several may share a file. */
function startWorker(url: string, { file = ':memory:', clock, store, override = {} }: Setting = {}): Worker {
  const database = new Database(file);
  migrate(database, file, OUTBOX_STEPS);
  const server = createFhirServer({ baseUrl: url, timeoutMs: 5000 });
  const now = () => (clock ? new Date(clock.at) : new Date());
  const warnings: string[] = [];
  const dispatch = createDispatch({
    database,
    server,
    store: store === undefined ? null : createFhirServer({ baseUrl: store, timeoutMs: 5000 }),
    override: store === undefined ? { name: 'full', ...override } : override,
    alertUrl: null,
    alertSecret: null,
    retainDeliveredDays: 30,
    now,
    random: () => 0.5,
    warn: (message) => warnings.push(message),
  });
  closers.push(async () => {
    await dispatch.stop();
    database.close();
  });
  const { outbox, delivery, records } = dispatch;
  return { ports: { ...base, fhirServer: server, outbox, delivery, records, now }, dispatch, warnings };
}

const ANSWERS = worked('D4');
const draft = (key: string) => toResponse(ANSWERS, key);
const amended = (key: string, intensity: number) =>
  toResponse({ ...ANSWERS, 'pain-intensity': intensity }, key, { status: 'amended' });

const amend = ({ ports }: Worker, { id = '' }: QuestionnaireResponse, body: unknown, version: number) =>
  amendResponse({ id, body, ifMatch: `W/"${version}"` }, ports);

/** What the store behind holds, over all pages. */
async function stored(storeUrl: string, search: string): Promise<Json[]> {
  const found: Json[] = [];
  let url: string | undefined = `${storeUrl}/${search}`;
  while (url !== undefined) {
    const { status, body }: { status: number; body: Json } = await send(url, {});
    expect(status).toBe(200);
    found.push(...(body.entry ?? []).map(({ resource }: Json) => resource));
    url = body.link?.find(({ relation }: Json) => relation === 'next')?.url;
  }
  return found;
}

const historyOf = async (storeUrl: string, id: string): Promise<Json[]> => {
  const { body } = await send(`${storeUrl}/QuestionnaireResponse/${id}/_history`, {});
  return (body.entry ?? []).map(({ resource }: Json) => resource).reverse();
};

/** Watches transactions: how many of one response were under way at once, at most; and in which order they came. */
function watch(simulated: Simulated, ms: number) {
  let underWay = 0;
  let most = 0;
  const path = new Set<number>();
  simulated.onRequest = async (index, phase, method) => {
    if (method !== 'POST') return;
    if (phase === 'before') {
      path.add(index);
      underWay += 1;
      most = Math.max(most, underWay);
      await pause(ms);
    } else underWay -= 1;
  };
  return { most: () => most, count: () => path.size };
}

describe('two relays on one outbox', () => {
  test('four entries at once and three versions each: every version is sent once, in order', async () => {
    const simulated = await startServer();
    const file = join(tempFolder(), 'outbox.db');
    const clock = { at: START };
    const one = startWorker(simulated.url, { file, clock });
    const two = startWorker(simulated.url, { file, clock });
    simulated.fault = { kind: 'down' };
    await simulated.settled();
    const keys = Array.from({ length: 8 }, (_, index) => `two-relays-${index}`);
    const ids: string[] = [];
    for (const key of keys) {
      const { response, isQueued } = await submitResponse(draft(key), one.ports);
      expect(isQueued).toBe(true);
      await amend(two, response, amended(key, 3), 1);
      await amend(one, response, amended(key, 7), 2);
      ids.push(response.id ?? '');
    }
    expect(one.dispatch.outbox.counts().queued).toBe(24);
    simulated.fault = null;
    await simulated.settled();
    const seen = simulated.requests.length;
    const watched = watch(simulated, 20);
    clock.at += 120_000;
    for (let round = 0; round < 20 && one.dispatch.outbox.counts().queued > 0; round += 1) {
      await Promise.all([one.dispatch.round(), two.dispatch.round()]);
      clock.at += 1000;
    }
    expect(one.dispatch.outbox.counts()).toMatchObject({ queued: 0, refused: 0, unknown: 0 });
    const posts = simulated.requests.slice(seen).filter(({ method }) => method === 'POST');
    // One request for each version: none was sent twice, at once or after another.
    expect(posts.map(({ status }) => status)).toEqual(Array.from({ length: 24 }, () => 200));
    expect(watched.most()).toBeGreaterThan(1);
    for (const id of ids) {
      const versions = await historyOf(simulated.storeUrl, id);
      expect(versions.map(({ status }) => status)).toEqual(['completed', 'amended', 'amended']);
      const { body } = await send(`${simulated.storeUrl}/Observation/${id}.pain-intensity`, {});
      expect([body.status, body.valueQuantity?.value ?? body.valueInteger]).toEqual(['amended', 7]);
      expect(await stored(simulated.storeUrl, `Provenance?target=QuestionnaireResponse/${id}`)).toHaveLength(
        3,
      );
    }
  });

  test('an attempt that takes longer than a lease keeps it; the other relay sends nothing', async () => {
    const simulated = await startServer();
    const file = join(tempFolder(), 'outbox.db');
    // Real time: the lease is renewed by a timer. 30 s of lease are passed by moving the other one's clock.
    const one = startWorker(simulated.url, { file });
    const ahead = { at: 0 };
    const two = startWorker(simulated.url, { file, clock: ahead });
    simulated.fault = { kind: 'slow', ms: 1500, times: 1, only: (method) => method === 'POST' };
    const submitting = submitResponse(draft('slow-one'), one.ports);
    const deadline = Date.now() + 3000;
    while (!simulated.requests.some(({ method }) => method === 'POST') && Date.now() < deadline)
      await pause(10);
    ahead.at = Date.now() + 25_000;
    await two.dispatch.round();
    expect(simulated.writes).toBe(1);
    expect((await submitting).isQueued).toBe(false);
    await two.dispatch.round();
    expect([simulated.writes, two.dispatch.outbox.counts().queued]).toEqual([1, 0]);
  });

  test('a lease that was lost in the middle of an attempt does not double anything', async () => {
    const simulated = await startServer();
    const file = join(tempFolder(), 'outbox.db');
    const ahead = { at: 0 };
    const one = startWorker(simulated.url, { file });
    const two = startWorker(simulated.url, { file, clock: ahead });
    simulated.fault = { kind: 'slow-answer', ms: 1000, times: 1, only: (method) => method === 'POST' };
    const submitting = submitResponse(draft('lost-lease'), one.ports);
    const deadline = Date.now() + 3000;
    while (!simulated.requests.some(({ method }) => method === 'POST') && Date.now() < deadline)
      await pause(10);
    await pause(100);
    ahead.at = Date.now() + 31_000;
    await two.dispatch.round();
    const { response } = await submitting;
    expect(two.dispatch.outbox.counts().queued).toBe(0);
    expect(await historyOf(simulated.storeUrl, response.id ?? '')).toHaveLength(1);
    expect(
      await stored(simulated.storeUrl, `Provenance?target=QuestionnaireResponse/${response.id}`),
    ).toHaveLength(1);
  });
});

describe('a clock that jumps while entries wait', () => {
  test.each([
    ['back a day', -86_400_000],
    ['forward a year', 365 * 86_400_000],
  ])('%s: delivered within a minute of the new time', async (name, jump) => {
    const simulated = await startServer();
    const clock = { at: START };
    const worker = startWorker(simulated.url, { clock });
    simulated.fault = { kind: 'status', status: 503 };
    const { response, isQueued } = await submitResponse(draft(`jump ${name}`), worker.ports);
    expect(isQueued).toBe(true);
    for (let round = 0; round < 5; round += 1) {
      clock.at += 60_000;
      await worker.dispatch.round();
    }
    simulated.fault = null;
    clock.at += jump;
    for (let second = 0; second < 60 && worker.dispatch.outbox.counts().queued > 0; second += 1) {
      clock.at += 1000;
      await worker.dispatch.round();
    }
    expect(worker.dispatch.outbox.counts().queued).toBe(0);
    expect(await historyOf(simulated.storeUrl, response.id ?? '')).toHaveLength(1);
  });
});

describe('the FHIR server is away for all of 500 submissions', () => {
  const BATCH = 500;
  const AMENDED = 50;

  async function submitAll({ ports, dispatch }: Worker, name: string): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < BATCH; index += 1) {
      const key = `${name}-${index}`;
      const { response, isQueued } = await submitResponse(draft(key), ports);
      if (!isQueued) throw new Error('It was written though nobody listens.');
      ids.push(response.id ?? '');
      if (index < AMENDED) {
        await amend({ ports, dispatch, warnings: [] }, response, amended(key, 2), 1);
        await amend({ ports, dispatch, warnings: [] }, response, amended(key, 9), 2);
      }
    }
    return ids;
  }

  async function deliverAll({ dispatch }: Worker, simulated: Simulated): Promise<number> {
    simulated.fault = null;
    await simulated.settled();
    const begun = performance.now();
    const deadline = begun + 100_000;
    while (dispatch.outbox.counts().queued > 0 && performance.now() < deadline) await pause(100);
    expect(dispatch.outbox.counts()).toMatchObject({ queued: 0, refused: 0, unknown: 0 });
    return Math.round(performance.now() - begun);
  }

  async function expectAll(simulated: Simulated, ids: readonly string[]): Promise<void> {
    const there = await stored(simulated.storeUrl, 'QuestionnaireResponse?_count=200');
    const counts = new Map(there.map(({ id, meta, status }) => [id, `${meta.versionId} ${status}`]));
    const wanted = ids.map((_, index) => (index % BATCH < AMENDED ? '3 amended' : '1 completed'));
    expect(ids.map((id) => counts.get(id))).toEqual(wanted);
    expect(there).toHaveLength(ids.length);
    const intensities = await stored(
      simulated.storeUrl,
      'Observation?code=https://w3id.org/axspa-screening/CodeSystem/findings|pain-intensity&_count=200',
    );
    for (const { id, status } of intensities) {
      const index = ids.indexOf(String(id).split('.')[0] ?? '');
      expect(status).toBe(index % BATCH < AMENDED ? 'amended' : 'final');
    }
    const provenances = await stored(simulated.storeUrl, 'Provenance?_count=200');
    expect(provenances).toHaveLength((ids.length / BATCH) * (BATCH + 2 * AMENDED));
  }

  /** After a collection: what is garbage is no growth. */
  const memory = () => {
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    return { heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20 };
  };

  test('all arrive, each once, in order; the second time takes no more memory', async () => {
    const simulated = await startServer();
    const worker = startWorker(simulated.url, { file: join(tempFolder(), 'outbox.db') });
    worker.dispatch.start();
    const ids: string[] = [];
    const figures: string[] = [];
    const sizes: { heap: number; rss: number }[] = [];
    for (const name of ['first', 'second']) {
      simulated.fault = { kind: 'down' };
      await simulated.settled();
      const begun = performance.now();
      ids.push(...(await submitAll(worker, name)));
      expect(worker.dispatch.outbox.counts().queued).toBe(BATCH + 2 * AMENDED);
      const accepted = Math.round(performance.now() - begun);
      const taken = await deliverAll(worker, simulated);
      const { heap, rss } = memory();
      sizes.push({ heap, rss });
      figures.push(
        `${name}: ${BATCH} submitted and ${2 * AMENDED} changed in ${accepted} ms, delivered in ${taken} ms, heap ${heap.toFixed(0)} MB, RSS ${rss.toFixed(0)} MB`,
      );
    }
    await expectAll(simulated, ids);
    process.stdout.write(`${figures.join('\n')}\n`);
    const [first = { heap: 0, rss: 0 }, second = { heap: 0, rss: 0 }] = sizes;
    expect(second.heap).toBeLessThan(first.heap * 1.3 + 30);
    expect(second.rss).toBeLessThan(first.rss * 1.3 + 30);
  }, 280_000);
});

describe('the same response twenty times at once', () => {
  const expectOneSet = async (storeUrl: string, id: string) => {
    const responses = await stored(storeUrl, 'QuestionnaireResponse?_count=200');
    const observations = await stored(storeUrl, 'Observation?_count=200');
    const provenances = await stored(storeUrl, 'Provenance?_count=200');
    const identifiers = observations.map(({ identifier }) => identifier[0].value).sort();
    expect(responses.map((one) => one.identifier.value)).toEqual([id]);
    expect(identifiers).toEqual([...new Set(identifiers)]);
    expect(identifiers.length).toBeGreaterThan(10);
    expect(provenances).toHaveLength(1);
    return identifiers.length;
  };
  const twenty = (all: readonly Worker[], key: string) =>
    Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => {
        const worker = all[index % all.length];
        if (!worker) throw new Error('no worker');
        return submitResponse(draft(key), worker.ports);
      }),
    );
  const outcomes = (results: PromiseSettledResult<{ outcome: string }>[]) =>
    results.map((one) =>
      one.status === 'fulfilled' ? one.value.outcome : String(one.reason?.issues?.[0]?.code),
    );

  /** Whatever was not written at once is, in the end. */
  async function settle(all: readonly Worker[], clock: { at: number }) {
    for (let round = 0; round < 60; round += 1) {
      await Promise.all(all.map(({ dispatch }) => dispatch.round()));
      if (all.every(({ dispatch }) => dispatch.outbox.counts().queued === 0)) return;
      clock.at += 10_000;
    }
  }

  test.each([
    ['embedded', 1],
    ['embedded', 2],
    ['hapi-like', 1],
    ['hapi-like', 2],
    ['no-dedupe', 1],
    ['no-dedupe', 2],
  ] as const)('%s, %d process(es): one set', async (name, processes) => {
    const row = name === 'no-dedupe' ? rows.NO_DEDUPE : rows.HAPI_LIKE;
    let url: string;
    let storeUrl: string;
    if (name === 'embedded') {
      const fixture = await startFixture();
      closers.push(() => fixture.stop());
      await addPatient(fixture.url);
      [url, storeUrl] = [fixture.url, fixture.url];
    } else ({ url, storeUrl } = await startServer(row));
    const file = join(tempFolder(), 'outbox.db');
    const clock = { at: START };
    const own = name === 'no-dedupe' ? await startFixtureStore() : undefined;
    const all = Array.from({ length: processes }, () =>
      startWorker(url, { file, clock, ...(own && { store: own }) }),
    );
    const results = outcomes(await twenty(all, 'twenty'));
    expect(results.filter((one) => one === 'undefined')).toEqual([]);
    expect(results.filter((one) => one === 'created').length).toBeGreaterThanOrEqual(1);
    if (processes === 1) expect(results.sort()).toEqual(['created', ...Array(19).fill('known')]);
    await settle(all, clock);
    expect(all.map(({ dispatch }) => dispatch.outbox.counts())).toMatchObject(
      all.map(() => ({ queued: 0, refused: 0, unknown: 0 })),
    );
    await expectOneSet(storeUrl, 'twenty');
    expect(
      all.flatMap(({ dispatch }) => dispatch.outbox.list({ state: null, after: null, count: 9 }).length),
    ).toEqual(all.map(() => 1));
  });

  /** Our own store, which holds what the server does not take. */
  async function startFixtureStore(): Promise<string> {
    const { createEmbeddedServer } = await import('../../src/embedded/embedded-server.js');
    const store = await createEmbeddedServer({
      dataDir: tempFolder(),
      port: 0,
      now: () => new Date(),
      references: 'open',
    });
    closers.push(() => store.close());
    return store.url;
  }
});

test('extracting twice gives identical bytes, with the same answers in either process', async () => {
  const simulated = await startServer();
  const [one, two] = [startWorker(simulated.url), startWorker(simulated.url, { clock: { at: START + 5 } })];
  const body = draft('extract');
  const bytes = await Promise.all(
    [one, one, two].map(async ({ ports }) =>
      JSON.stringify(
        await extractResponse({ body, storedId: null }, { ...ports, now: () => new Date(START) }),
      ),
    ),
  );
  expect(new Set(bytes).size).toBe(1);
  expect(bytes[0]?.length).toBeGreaterThan(1000);
  const app = await startApp({ ports: one.ports });
  closers.push(() => app.close());
  const ask = async () => {
    const reply = await fetch(`${app.fhir}/QuestionnaireResponse/$extract`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(body),
    });
    return [reply.status, await reply.text()];
  };
  const first = await ask();
  await pause(20);
  expect([first[0], await ask()]).toEqual([200, first]);
});

/** The collector, which Node shows to no one without being asked. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  gc();
}
