/** Urgent red flags: one Task, and reminders to ALERT_URL until somebody has seen to them. */
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { Database, migrate } from '../../src/io/database.js';
import { createDispatch, type Dispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import type { Ports } from '../../src/operations/ports.js';
import { type Answers, toResponse, worked } from '../support/contract-responses.js';
import { freePorts } from '../support/contract-service.js';
import { type Answer, type Json, send } from '../support/embedded-fixture.js';
import { type App, createPorts, startApp } from '../support/http-app.js';
import { keepOutput } from '../support/service-log.js';
import { HAPI_LIKE } from '../support/simulated-rows.js';
import { type Simulated, startSimulated } from '../support/simulated-server.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

let base: Ports;
beforeAll(async () => {
  base = await createPorts();
});

const SECRET = 'a secret of at least thirty-two characters';
const JSON_HEADERS = { 'content-type': 'application/fhir+json' };
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

type Told = { body: Json; text: string; signature: string | undefined; type: string | undefined; at: number };
type Pager = { url: string; told: Told[]; status: number };

/** Whoever listens at ALERT_URL. */
async function startPager(): Promise<Pager> {
  const pager: Pager = { url: '', told: [], status: 204 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { 'x-signature-256': signature, 'content-type': type } = request.headers;
    pager.told.push({ body: JSON.parse(text), text, signature: signature?.toString(), type, at: Date.now() });
    response.writeHead(pager.status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  pager.url = `http://127.0.0.1:${address.port}/pager`;
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return pager;
}

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function addPatient(url: string): Promise<void> {
  const { status } = await send(`${url}/Patient/p1`, {
    method: 'PUT',
    headers: JSON_HEADERS,
    body: JSON.stringify({
      resourceType: 'Patient',
      id: 'p1',
      birthDate: '1970-03-02',
      name: [{ family: 'Unmistakable' }],
    }),
  });
  expect(status).toBe(201);
}

async function startServer(): Promise<Simulated> {
  const simulated = await startSimulated(HAPI_LIKE);
  closers.push(() => simulated.close());
  await addPatient(simulated.storeUrl);
  return simulated;
}

type Site = { app: App; simulated: Simulated; dispatch: Dispatch; pager: Pager; clock: { at: number } };

async function startSite(): Promise<Site> {
  const [simulated, pager] = [await startServer(), await startPager()];
  const file = join(tempFolder(), 'outbox.db');
  const database = new Database(file);
  migrate(database, file, OUTBOX_STEPS);
  const clock = { at: Date.parse('2026-05-04T08:00:00.000Z') };
  const now = () => new Date(clock.at);
  const server = createFhirServer({ baseUrl: simulated.url, timeoutMs: 5000 });
  const dispatch = createDispatch({
    database,
    server,
    store: null,
    override: { name: 'full' },
    alertUrl: pager.url,
    alertSecret: SECRET,
    retainDeliveredDays: 30,
    now,
    random: () => 1,
    warn: () => undefined,
  });
  closers.push(async () => {
    await dispatch.stop();
    database.close();
  });
  const { outbox, delivery, records } = dispatch;
  const app = await startApp({ ports: { ...base, fhirServer: server, outbox, delivery, records, now } });
  closers.push(() => app.close());
  return { app, simulated, dispatch, pager, clock };
}

const put = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send(url, { method: 'PUT', headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) });
const post = (fhir: string, body: unknown): Promise<Answer> =>
  send(`${fhir}/QuestionnaireResponse`, {
    method: 'POST',
    headers: JSON_HEADERS,
    body: JSON.stringify(body),
  });

const EMERGENCY = {
  'red-flag-emergency': ['saddle-numbness', 'urine-retention'],
  'pain-location': ['low-back'],
};
const SAME_DAY = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['fever'],
  'pain-location': ['low-back'],
};
const draft = (key: string, answers: Answers = EMERGENCY, more: Partial<QuestionnaireResponse> = {}) =>
  toResponse(answers, key, { status: 'in-progress', ...more });

/** What may leave to ALERT_URL: ids and a priority. */
function expectIdsOnly({ text, body, signature, type }: Told, id: string, priority: string, attempt: number) {
  expect(body).toEqual({
    event: 'red-flag',
    priority,
    task: `Task/${id}.task`,
    focus: `Observation/${id}.red-flag-urgency`,
    response: `QuestionnaireResponse/${id}`,
    raised: expect.stringMatching(/^\d{4}-.*Z$/),
    sent: expect.stringMatching(/^\d{4}-.*Z$/),
    attempt,
  });
  expect(text).not.toMatch(/Unmistakable|Patient|p1|saddle|numb|urine|fever|low-back|clinic/i);
  expect(signature).toBe(`sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`);
  expect(type).toBe('application/json');
}

async function expectTask(storeUrl: string, id: string, priority: string, status = 'requested') {
  const { body: task } = await send(`${storeUrl}/Task/${id}.task`, {});
  expect(task).toMatchObject({
    resourceType: 'Task',
    id: `${id}.task`,
    status,
    priority,
    focus: { reference: `Observation/${id}.red-flag-urgency` },
    for: { reference: 'Patient/p1' },
  });
  const { body: all } = await send(`${storeUrl}/Task?_summary=count`, {});
  expect(all.total).toBe(1);
}

/** Rounds with a minute between them. */
async function rounds({ dispatch, clock }: Site, count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    clock.at += 60_000;
    await dispatch.round();
  }
}

describe('an emergency in a draft', () => {
  test('writes one preliminary Observation and one Task, and tells ALERT_URL in the next round', async () => {
    const site = await startSite();
    const { status, body } = await post(site.app.fhir, draft('one'));
    expect(status).toBe(201);
    expect(site.pager.told).toEqual([]);
    await site.dispatch.round();
    expect(site.pager.told).toHaveLength(1);
    for (const told of site.pager.told) expectIdsOnly(told, body.id, 'stat', 1);
    await expectTask(site.simulated.storeUrl, body.id, 'stat');
    const { body: found } = await send(`${site.simulated.storeUrl}/Observation?patient=p1`, {});
    expect(found.entry.map(({ resource }: Json) => [resource.id, resource.status])).toEqual([
      [`${body.id}.red-flag-urgency`, 'preliminary'],
    ]);
  });

  test('tells it while the FHIR server is down, and the Task arrives when it is back', async () => {
    const site = await startSite();
    site.simulated.fault = { kind: 'down' };
    await site.simulated.settled();
    const { status, body } = await post(site.app.fhir, draft('down'));
    expect(status).toBe(202);
    await site.dispatch.round();
    expect(site.pager.told).toHaveLength(1);
    for (const told of site.pager.told) expectIdsOnly(told, body.id, 'stat', 1);
    site.simulated.fault = null;
    await site.simulated.settled();
    await rounds(site, 2);
    await expectTask(site.simulated.storeUrl, body.id, 'stat');
  });

  test('is repeated, less and less often, also when nobody takes it', async () => {
    const site = await startSite();
    const { body } = await post(site.app.fhir, draft('again'));
    site.pager.status = 500;
    const times: number[] = [];
    for (let second = 0; second < 3600; second += 1) {
      await site.dispatch.round();
      while (times.length < site.pager.told.length) times.push(second);
      site.clock.at += 1000;
    }
    // 5, 10, 20 … seconds, and from the ninth on a quarter of an hour.
    expect(times).toEqual([0, 5, 15, 35, 75, 155, 315, 635, 1275, 2175, 3075]);
    for (const [index, told] of site.pager.told.entries()) expectIdsOnly(told, body.id, 'stat', index + 1);
    expect(site.dispatch.outbox.counts().openAlerts).toBe(1);
  });

  test('falls silent when the Task is completed through the facade', async () => {
    const site = await startSite();
    const { body } = await post(site.app.fhir, draft('facade'));
    await rounds(site, 2);
    expect(site.pager.told).toHaveLength(2);
    const task = `${site.app.fhir}/Task/${body.id}.task`;
    const { body: stored } = await send(task, {});
    expect((await put(task, { ...stored, status: 'received' })).status).toBe(200);
    await rounds(site, 1);
    expect(site.pager.told).toHaveLength(3);
    expect((await put(task, { ...stored, status: 'completed' })).status).toBe(200);
    expect(site.dispatch.outbox.counts().openAlerts).toBe(0);
    await rounds(site, 60);
    expect(site.pager.told).toHaveLength(3);
    await expectTask(site.simulated.storeUrl, body.id, 'stat', 'completed');
  });

  test('ends while the FHIR server is down: the Task is completed from what is kept of it', async () => {
    const site = await startSite();
    const { body } = await post(site.app.fhir, draft('facade down'));
    const task = `${site.app.fhir}/Task/${body.id}.task`;
    const { body: stored } = await send(task, {});
    site.simulated.fault = { kind: 'down' };
    await site.simulated.settled();
    expect((await put(task, { ...stored, status: 'completed' })).status).toBe(202);
    expect(site.dispatch.outbox.counts().openAlerts).toBe(0);
    const told = site.pager.told.length;
    await rounds(site, 3);
    expect(site.pager.told).toHaveLength(told);
    site.simulated.fault = null;
    await site.simulated.settled();
    await rounds(site, 60);
    await expectTask(site.simulated.storeUrl, body.id, 'stat', 'completed');
  });

  test('falls silent when the Task is completed directly on the FHIR server', async () => {
    const site = await startSite();
    const { body } = await post(site.app.fhir, draft('direct'));
    await rounds(site, 1);
    const url = `${site.simulated.storeUrl}/Task/${body.id}.task`;
    const { body: stored } = await send(url, {});
    expect((await put(url, { ...stored, status: 'completed' })).status).toBe(200);
    await rounds(site, 60);
    expect(site.pager.told).toHaveLength(1);
    expect(site.dispatch.outbox.counts().openAlerts).toBe(0);
  });
});

describe('other urgencies and versions', () => {
  test.each(['in-progress', 'completed', 'stopped'] as const)(
    'same-day, %s: an urgent Task',
    async (status) => {
      const site = await startSite();
      const answers = { ...worked('D4'), ...SAME_DAY };
      const { status: code, body } = await post(
        site.app.fhir,
        draft(`same-day ${status}`, answers, { status }),
      );
      expect(code).toBe(201);
      await site.dispatch.round();
      expect(site.pager.told).toHaveLength(1);
      for (const told of site.pager.told) expectIdsOnly(told, body.id, 'urgent', 1);
      await expectTask(site.simulated.storeUrl, body.id, 'urgent');
    },
  );

  test('without an urgent red flag there is neither Task nor alert', async () => {
    const site = await startSite();
    const answers = {
      'red-flag-emergency': ['none'],
      'red-flag-urgent': ['weight-loss'],
      'pain-location': ['low-back'],
    };
    expect((await post(site.app.fhir, draft('days', answers))).status).toBe(201);
    await rounds(site, 3);
    expect(site.pager.told).toEqual([]);
    const { body } = await send(`${site.simulated.storeUrl}/Task?_summary=count`, {});
    expect(body.total).toBe(0);
  });

  test('a refused response raises nothing', async () => {
    const site = await startSite();
    site.simulated.fault = { kind: 'status', status: 422, only: (method) => method === 'POST' };
    expect((await post(site.app.fhir, draft('refused'))).status).toBe(422);
    site.simulated.fault = null;
    await rounds(site, 5);
    expect([site.pager.told, site.dispatch.outbox.counts().openAlerts]).toEqual([[], 0]);
  });

  test('the same flags again leave a completed Task alone; a new flag opens it', async () => {
    const site = await startSite();
    const { storeUrl } = site.simulated;
    const { body } = await post(site.app.fhir, draft('amended'));
    await site.dispatch.round();
    const task = `${site.app.fhir}/Task/${body.id}.task`;
    const { body: stored } = await send(task, {});
    expect((await put(task, { ...stored, status: 'completed' })).status).toBe(200);
    const change = (answers: Record<string, string[]>, version: number) =>
      put(`${site.app.fhir}/QuestionnaireResponse/${body.id}`, draft('amended', answers), {
        'if-match': `W/"${version}"`,
      });
    const same = await change({ ...EMERGENCY, 'pain-location': ['low-back', 'buttock'] }, 1);
    expect([same.status, same.headers.get('etag')]).toEqual([200, 'W/"2"']);
    await rounds(site, 30);
    expect(site.pager.told).toHaveLength(1);
    await expectTask(storeUrl, body.id, 'stat', 'completed');
    const more = {
      ...EMERGENCY,
      'red-flag-emergency': ['saddle-numbness', 'urine-retention', 'leg-weakness'],
    };
    expect((await change(more, 2)).status).toBe(200);
    await site.dispatch.round();
    expect(site.pager.told).toHaveLength(2);
    for (const told of site.pager.told.slice(1)) expectIdsOnly(told, body.id, 'stat', 1);
    await expectTask(storeUrl, body.id, 'stat', 'requested');
  });

  test('an amendment that raises it while the first alert is open tells it at once, and only of one', async () => {
    const site = await startSite();
    const { body } = await post(site.app.fhir, draft('rises', SAME_DAY));
    await site.dispatch.round();
    const worse = { ...SAME_DAY, 'red-flag-emergency': ['saddle-numbness'] };
    const url = `${site.app.fhir}/QuestionnaireResponse/${body.id}`;
    expect((await put(url, draft('rises', worse), { 'if-match': 'W/"1"' })).status).toBe(200);
    await site.dispatch.round();
    expect(site.pager.told.map((told) => told.body.priority)).toEqual(['urgent', 'stat']);
    await expectTask(site.simulated.storeUrl, body.id, 'stat');
    site.clock.at += 5_000;
    await site.dispatch.round();
    expect(site.pager.told.map((told) => told.body.priority)).toEqual(['urgent', 'stat', 'stat']);
    expect(site.dispatch.outbox.counts().openAlerts).toBe(1);
  });
});

type Child = { fhir: string; kill: () => Promise<void>; output: () => string };

/** A real service, killed by its own process id. */
async function startChild(env: Record<string, string>): Promise<Child> {
  const [port, embeddedPort] = await freePorts(2);
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: String(port),
      EMBEDDED_FHIR_PORT: String(embeddedPort),
      SEED_DEMO: 'false',
      LOG_LEVEL: 'info',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  keepOutput(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += String(chunk);
    });
  const exit = once(child, 'exit');
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exit;
  };
  closers.push(kill);
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 20_000;
  for (;;) {
    const isUp = await fetch(`${url}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return { fhir: `${url}/fhir`, kill, output: () => text };
    if (Date.now() > deadline || child.exitCode !== null) throw new Error(`It did not start:\n${text}`);
    await pause(50);
  }
}

describe('kill -9 right behind the acknowledgement', () => {
  test.each(['up', 'down'] as const)(
    'with the FHIR server %s: told by the next process at once',
    async (state) => {
      const [simulated, pager] = [await startServer(), await startPager()];
      const env = {
        DATA_DIR: tempFolder(),
        FHIR_BASE_URL: simulated.url,
        WRITE_PROFILE: 'full',
        ALERT_URL: pager.url,
        ALERT_SECRET: SECRET,
      };
      const first = await startChild(env);
      if (state === 'down') {
        simulated.fault = { kind: 'down' };
        await simulated.settled();
      }
      const { status, body } = await post(first.fhir, draft(`killed ${state}`));
      await first.kill();
      expect(status).toBe(state === 'up' ? 201 : 202);
      const before = pager.told.length;
      await startChild(env);
      const begun = Date.now();
      // Its first round begins with the start; a tick is a second.
      while (pager.told.length === 0 && Date.now() - begun < 2000) await pause(20);
      const took = Date.now() - begun;
      process.stdout.write(
        `FHIR server ${state}: told ${before > 0 ? 'before the kill' : `${took} ms after the restart`}\n`,
      );
      expect(pager.told.length).toBeGreaterThan(0);
      for (const told of pager.told.slice(0, 1)) expectIdsOnly(told, body.id, 'stat', 1);
      simulated.fault = null;
      await simulated.settled();
      const deadline = Date.now() + 10_000;
      let isThere = false;
      while (!isThere && Date.now() < deadline) {
        isThere = (await send(`${simulated.storeUrl}/Task/${body.id}.task`, {})).status === 200;
        if (!isThere) await pause(50);
      }
      await expectTask(simulated.storeUrl, body.id, 'stat');
    },
    60_000,
  );
});
