/** The lease of an attempt that takes long: renewed by a timer that the test turns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { FULL } from '../../../src/fhir/write-profile.js';
import { Database, migrate } from '../../../src/io/database.js';
import { createDispatch } from '../../../src/io/dispatch.js';
import { createFhirServer } from '../../../src/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../../src/io/outbox-schema.js';
import type { NewEntry } from '../../../src/operations/ports.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  jest.useRealTimers();
  for (const close of closers.splice(0).reverse()) await close();
});

const RESPONSE: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  id: `r${'a'.repeat(31)}`,
  status: 'completed',
};
const ENTRY: NewEntry = {
  responseId: `r${'a'.repeat(31)}`,
  kind: 'response',
  version: 1,
  contentHash: 'hash',
  subject: 'Patient/p1',
  payload: {
    transaction: {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: RESPONSE,
          request: { method: 'PUT', url: `QuestionnaireResponse/r${'a'.repeat(31)}` },
        },
      ],
    },
    document: null,
    isPatientKnown: true,
    replaces: null,
  },
  alert: null,
};

/** A server that takes its time, and two processes' worth of dispatch before it. */
async function start() {
  const waiting: ServerResponse[] = [];
  const server = createServer((_request, response) => waiting.push(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const folder = mkdtempSync(join(tmpdir(), 'dispatch-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'outbox.db');
  const open = () => {
    const database = new Database(file);
    closers.push(() => database.close());
    migrate(database, file, OUTBOX_STEPS);
    return database;
  };
  const clock = { at: Date.parse('2026-05-04T08:00:00.000Z') };
  const baseUrl = `http://127.0.0.1:${address.port}`;
  const dispatchOn = (database: Database) =>
    createDispatch({
      database,
      server: createFhirServer({ baseUrl, timeoutMs: 20_000 }),
      store: null,
      override: FULL,
      alertUrl: null,
      alertSecret: null,
      retainDeliveredDays: 30,
      now: () => new Date(clock.at),
      random: () => 0.5,
      warn: () => undefined,
    });
  const answer = () => {
    const body = {
      resourceType: 'Bundle',
      type: 'transaction-response',
      entry: [{ response: { status: '201' } }],
    };
    for (const response of waiting)
      response.setHeader('content-type', 'application/fhir+json').end(JSON.stringify(body));
  };
  const asked = async (count: number) => {
    const deadline = Date.now() + 5000;
    while (waiting.length < count && Date.now() < deadline) await pause(5);
    expect(waiting).toHaveLength(count);
  };
  jest.useFakeTimers({
    doNotFake: [
      ...([
        'setTimeout',
        'clearTimeout',
        'setImmediate',
        'clearImmediate',
        'nextTick',
        'queueMicrotask',
      ] as const),
      ...(['Date', 'performance', 'hrtime'] as const),
    ],
  });
  return { waiting, clock, open, dispatchOn, answer, asked };
}

test('an attempt that takes minutes keeps its lease, and is not sent twice', async () => {
  const { waiting, clock, open, dispatchOn, answer, asked } = await start();
  const [one, two] = [dispatchOn(open()), dispatchOn(open())];
  const attempt = one.delivery.accept(ENTRY);
  await asked(1);
  for (let renewal = 0; renewal < 18; renewal += 1) {
    clock.at += 10_000;
    jest.advanceTimersByTime(10_000);
    await two.round();
  }
  expect(waiting).toHaveLength(1);
  answer();
  expect((await attempt).entry).toMatchObject({ state: 'written', attempts: 1 });
});

test('a lease that cannot be renewed because the file is locked ends no process', async () => {
  const { open, dispatchOn, answer, asked } = await start();
  const one = dispatchOn(open());
  const attempt = one.delivery.accept(ENTRY);
  await asked(1);
  const other = open();
  other.exec('BEGIN IMMEDIATE');
  // Thrown in a timer it would be nobody's to catch.
  expect(() => jest.advanceTimersByTime(10_000)).not.toThrow();
  other.exec('ROLLBACK');
  answer();
  // Nor does it keep the process from writing when the file is free again.
  expect((await attempt).entry.state).toBe('written');
});
