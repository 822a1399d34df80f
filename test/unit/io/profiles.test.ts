/** What the FHIR server takes: asked of a real one, and remembered in a real database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';
import { Problem } from '../../../src/fhir/outcome.js';
import { FULL, NAMED_PROFILES, type WriteProfile } from '../../../src/fhir/write-profile.js';
import { Database, migrate } from '../../../src/io/database.js';
import { createFhirServer } from '../../../src/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../../src/io/outbox-schema.js';
import { createProfiles } from '../../../src/io/profiles.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-05-04T08:00:00.000Z');

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Takes a transaction and every type that is named. */
const taking = (...types: CapabilityStatementRestResource['type'][]): CapabilityStatement => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-05-04',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      interaction: [{ code: 'transaction' }],
      resource: types.map((type) => ({
        type,
        updateCreate: true,
        interaction: [{ code: 'create' }, { code: 'update' }],
      })),
    },
  ],
});
const EVERYTHING = taking('QuestionnaireResponse', 'Observation', 'Provenance', 'Task');
const DOCUMENTS = taking('Patient', 'DocumentReference');

/** A FHIR server of which only /metadata is asked, and a DATA_DIR with an outbox. */
async function start(first: { status: number; body: object | string }) {
  const said: { now: typeof first; asked: number } = { now: first, asked: 0 };
  const http = createServer((_request, response) => {
    said.asked += 1;
    const { status, body } = said.now;
    const type = typeof body === 'string' ? 'text/html' : 'application/fhir+json';
    response
      .writeHead(status, { 'content-type': type })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const close = () => {
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  };
  closers.push(close);
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const server = createFhirServer({ baseUrl: `http://127.0.0.1:${address.port}/fhir`, timeoutMs: 2000 });
  const folder = mkdtempSync(join(tmpdir(), 'profiles-unit-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const clock = { at: START };
  /** As at the start of a process. */
  const open = (override: Partial<WriteProfile> = {}) => {
    const file = join(folder, 'outbox.db');
    const database = new Database(file);
    closers.push(() => database.close());
    migrate(database, file, OUTBOX_STEPS);
    return createProfiles({ server, database, now: () => new Date(clock.at) }, override);
  };
  return { said, clock, open, close };
}

const unreachable = async (asking: Promise<WriteProfile>) => {
  const error = await asking.catch((caught: unknown) => caught);
  if (!(error instanceof Problem)) throw new Error('it was answered');
  expect(error.issues.map(({ code }) => code)).toEqual(['fhir-server-unreachable']);
};

test('is asked once, and again after an hour', async () => {
  const { said, clock, open } = await start({ status: 200, body: DOCUMENTS });
  const profiles = open();
  expect(said.asked).toBe(0);
  expect(await profiles.current()).toMatchObject({ name: 'document-only', document: 'text/plain' });
  clock.at += HOUR - 1;
  said.now = { status: 200, body: EVERYTHING };
  expect(await profiles.current()).toMatchObject({ name: 'document-only' });
  expect(said.asked).toBe(1);
  expect(profiles.isFull()).toBe(false);
  clock.at += 1;
  expect(await profiles.current()).toMatchObject({ name: 'full' });
  expect(said.asked).toBe(2);
  expect(profiles.isFull()).toBe(true);
});

test('is asked again when the clock was put back', async () => {
  const { said, clock, open } = await start({ status: 200, body: DOCUMENTS });
  const profiles = open();
  await profiles.current();
  clock.at -= 1;
  said.now = { status: 200, body: EVERYTHING };
  expect(await profiles.current()).toMatchObject({ name: 'full' });
});

test('what it took is remembered over a restart, before it is asked', async () => {
  const { said, open } = await start({ status: 200, body: DOCUMENTS });
  const expected = await open().current();
  const restarted = open();
  expect(restarted.isFull()).toBe(false);
  expect(said.asked).toBe(1);
  // It may have been updated meanwhile.
  expect(await restarted.current()).toEqual(expected);
  expect(said.asked).toBe(2);
});

test.each([
  ['404', { status: 404, body: '<html>no such page</html>' }],
  ['410 in FHIR', { status: 410, body: { resourceType: 'OperationOutcome', issue: [] } }],
  ['200 with another resource', { status: 200, body: { resourceType: 'Bundle', type: 'searchset' } }],
])(
  'metadata that says nothing (%s) changes nothing, neither here nor after a restart',
  async (_name, nothing) => {
    const { said, clock, open } = await start({ status: 200, body: DOCUMENTS });
    const profiles = open();
    const known = await profiles.current();
    clock.at += HOUR;
    said.now = nothing;
    expect(await profiles.current()).toEqual(known);
    expect(profiles.isFull()).toBe(false);
    const restarted = open();
    expect(await restarted.current()).toEqual(known);
    expect(restarted.isFull()).toBe(false);
    // Nor does it end the asking.
    said.now = { status: 200, body: EVERYTHING };
    expect(await profiles.current()).toMatchObject({ name: 'full' });
  },
);

test('a server that never says anything of itself takes everything', async () => {
  const { open } = await start({ status: 404, body: '' });
  const profiles = open();
  expect(await profiles.current()).toEqual(FULL);
  expect(profiles.isFull()).toBe(true);
});

test.each([401, 403, 408, 429, 500, 503, 302])(
  'HTTP %d is no word on what it takes: it cannot be asked',
  async (status) => {
    const { said, clock, open } = await start({ status: 200, body: DOCUMENTS });
    const profiles = open();
    await profiles.current();
    clock.at += HOUR;
    said.now = { status, body: { resourceType: 'OperationOutcome', issue: [] } };
    await unreachable(profiles.current());
    expect(profiles.isFull()).toBe(false);
    said.now = { status: 200, body: EVERYTHING };
    expect(await profiles.current()).toMatchObject({ name: 'full' });
  },
);

test('nor is a login page', async () => {
  const { open } = await start({ status: 200, body: '<html>log in</html>' });
  const profiles = open();
  await unreachable(profiles.current());
});

test('nor is nobody there', async () => {
  const { open, close } = await start({ status: 200, body: DOCUMENTS });
  await close();
  await unreachable(open().current());
});

test('WRITE_PROFILE=full never asks, not even a server that is away, and is remembered', async () => {
  const { said, clock, open, close } = await start({ status: 200, body: DOCUMENTS });
  await open().current();
  const full = open(FULL);
  // What was known before does not stand in its way.
  expect(full.isFull()).toBe(true);
  await close();
  clock.at += 2 * HOUR;
  expect(await full.current()).toEqual(FULL);
  expect(said.asked).toBe(1);
  expect(open().isFull()).toBe(true);
});

test('a correction goes over what the server says, each time', async () => {
  const { clock, open } = await start({ status: 200, body: EVERYTHING });
  const profiles = open(NAMED_PROFILES['observations-individually']);
  for (let hour = 0; hour < 2; hour += 1) {
    expect(await profiles.current()).toMatchObject({
      name: 'observations-individually',
      transaction: false,
      questionnaireResponse: true,
    });
    clock.at += HOUR;
  }
  expect(profiles.isFull()).toBe(false);
});
