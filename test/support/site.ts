/** Operations, outbox, relay and intake put together on a simulated FHIR server, with a clock of their own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedServer } from '../../src/embedded/embedded-server.js';
import type { AuditRecord } from '../../src/fhir/audit-event.js';
import { Database, migrate } from '../../src/io/database.js';
import { createDispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { createIntake } from '../../src/io/intake.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { adoptResponse } from '../../src/operations/adopt-response.js';
import type { Ports } from '../../src/operations/ports.js';
import { scoredCanonicals } from '../../src/operations/standing-response.js';
import { type Json, send } from './embedded-fixture.js';
import { createPorts } from './http-app.js';
import { HAPI_LIKE, type SimulatedRow } from './simulated-rows.js';
import { type Simulated, startSimulated } from './simulated-server.js';

/** Called in reverse when a test is over. */
export type Closers = (() => unknown)[];

export async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

const JSON_HEADERS = { 'content-type': 'application/fhir+json' };

export const put = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  send(url, { method: 'PUT', headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) });

export const SECRET = 'a-secret-of-this-test';
export const ENDPOINT = 'http://screening.test/subscription-hook';

/** A simulated server with the patients p1 and p2 in it. */
export async function startPatients(row: SimulatedRow, closers: Closers): Promise<Simulated> {
  const simulated = await startSimulated(row);
  closers.push(() => simulated.close());
  for (const id of ['p1', 'p2']) {
    const patient = { resourceType: 'Patient', id, birthDate: '1970-03-02' };
    const { status } = await put(`${simulated.storeUrl}/Patient/${id}`, patient);
    if (status !== 201) throw new Error(`The patient was not taken: ${status}`);
  }
  return simulated;
}

interface SiteSetting {
  readonly row?: SimulatedRow;
  /** One that is there already, for a second service on it. */
  readonly simulated?: Simulated;
  readonly timeoutMs?: number;
  /** What its clock says. */
  readonly at?: string;
}

/** Its relay and its intake rest: rounds are made by hand. */
export async function startSite(setting: SiteSetting, closers: Closers) {
  const { row = HAPI_LIKE, timeoutMs = 5000, at = '2026-05-04T08:00:00.000Z' } = setting;
  const simulated = setting.simulated ?? (await startPatients(row, closers));
  const store = row === HAPI_LIKE ? null : await startStore(closers);
  const pager = await startPager(closers);
  const database = new Database(':memory:');
  migrate(database, ':memory:', OUTBOX_STEPS);
  const clock = { at: Date.parse(at) };
  const now = () => new Date(clock.at);
  const server = createFhirServer({ baseUrl: simulated.url, timeoutMs });
  const dispatch = createDispatch({
    database,
    server,
    store,
    override: {},
    alertUrl: pager.url,
    alertSecret: null,
    retainDeliveredDays: 30,
    now,
    random: () => 1,
    warn: () => undefined,
  });
  closers.push(async () => {
    await dispatch.stop();
    database.close();
  });
  const { outbox, delivery, records, invitations } = dispatch;
  const audited: AuditRecord[] = [];
  const logged: { code: string; state: string }[] = [];
  const base = await createPorts();
  const newIntake = () =>
    createIntake({
      server,
      database,
      secret: SECRET,
      endpoint: ENDPOINT,
      questionnaires: scoredCanonicals(base.content),
      adopt: (id, before) => adoptResponse(id, before, ports),
      audit: { record: (record) => audited.push(record) },
      now,
      random: () => 1,
      log: (_level, _message, fields) => logged.push(fields),
    });
  const intake = newIntake();
  closers.push(() => intake.stop());
  const ports: Ports = { ...base, fhirServer: server, outbox, delivery, records, intake, invitations, now };
  /** Minutes go by. */
  const wait = (minutes: number) => {
    clock.at += minutes * 60_000;
  };
  const rounds = async (count: number) => {
    for (let round = 0; round < count; round += 1) {
      clock.at += 3_600_000;
      await dispatch.round();
    }
  };
  return {
    simulated,
    pager,
    ports,
    outbox,
    store,
    server,
    database,
    intake,
    /** As the next process has it: nothing in memory. */
    nextIntake: newIntake,
    audited,
    logged,
    rounds,
    wait,
    round: () => dispatch.round(),
  };
}

export type Site = Awaited<ReturnType<typeof startSite>>;

/** Our own beside a server that does not take everything. */
async function startStore(closers: Closers) {
  const dataDir = mkdtempSync(join(tmpdir(), 'site-'));
  closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const own = await createEmbeddedServer({ dataDir, port: 0, now: () => new Date(), references: 'open' });
  closers.push(() => own.close());
  return createFhirServer({ baseUrl: own.url, timeoutMs: 5000 });
}

/** Where alerts go. */
async function startPager(closers: Closers) {
  const told: Json[] = [];
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    told.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { told, url: `http://127.0.0.1:${address.port}/alerts` };
}
