/** Each simulated server, from the first version to the withdrawal: the EHR gets what it takes, our store everything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createEmbeddedServer } from '../../src/embedded/embedded-server.js';
import { Database, migrate } from '../../src/io/database.js';
import { createDispatch, type Dispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { amendResponse } from '../../src/operations/amend-response.js';
import type { Entry, Ports } from '../../src/operations/ports.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { type Json, send } from '../support/embedded-fixture.js';
import { createPorts } from '../support/http-app.js';
import type { Fault } from '../support/simulated-faults.js';
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

const JSON_HEADERS = { 'content-type': 'application/fhir+json' };

type Site = {
  simulated: Simulated;
  storeUrl: string;
  dispatch: Dispatch;
  ports: Ports;
  clock: { at: number };
};

async function startSite(row: rows.SimulatedRow): Promise<Site> {
  const simulated = await startSimulated(row);
  closers.push(() => simulated.close());
  const seed = [
    { resourceType: 'Patient', id: 'p1', birthDate: '1970-03-02' },
    {
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      class: { code: 'AMB' },
      subject: { reference: 'Patient/p1' },
    },
  ];
  for (const resource of seed) {
    const url = `${simulated.storeUrl}/${resource.resourceType}/${resource.id}`;
    await send(url, { method: 'PUT', headers: JSON_HEADERS, body: JSON.stringify(resource) });
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'profiles-'));
  closers.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const own = await createEmbeddedServer({ dataDir, port: 0, now: () => new Date(), references: 'open' });
  closers.push(() => own.close());
  const file = join(dataDir, 'outbox.db');
  const database = new Database(file);
  migrate(database, file, OUTBOX_STEPS);
  // In step with real time, which the Retry-After of the simulator counts in, until a test moves it.
  const clock = { at: 0 };
  const now = () => new Date(Date.now() + clock.at);
  const server = createFhirServer({ baseUrl: simulated.url, timeoutMs: 600 });
  const dispatch = createDispatch({
    database,
    server,
    store: createFhirServer({ baseUrl: own.url, timeoutMs: 5000 }),
    override: {},
    alertUrl: null,
    alertSecret: null,
    retainDeliveredDays: 30,
    now,
    random: () => 0.5,
    warn: () => undefined,
  });
  closers.push(async () => {
    await dispatch.stop();
    database.close();
  });
  const { outbox, delivery, records } = dispatch;
  const ports = { ...base, fhirServer: server, outbox, delivery, records, now };
  return { simulated, storeUrl: own.url, dispatch, ports, clock };
}

const ANSWERS = { ...worked('D4'), 'red-flag-emergency': ['none'], 'red-flag-urgent': ['fever'] };
const encounter = { encounter: { reference: 'Encounter/e1' } };
const first = (key: string) => toResponse(ANSWERS, key, encounter);
const second = (key: string) =>
  toResponse({ ...ANSWERS, 'pain-intensity': 9 }, key, { ...encounter, status: 'amended' });
const last = (key: string) => toResponse(ANSWERS, key, { ...encounter, status: 'entered-in-error' });

/** Rounds with a minute between them, until nothing is queued; `realMs` of it pass in truth as well. */
async function settle({ dispatch, clock }: Site, realMs = 0): Promise<number> {
  for (let round = 1; round <= 40; round += 1) {
    const { queued, unknown } = dispatch.outbox.counts();
    const isDue = dispatch.outbox
      .list({ state: 'unknown', after: null, count: 9 })
      .some((one) => one.nextAttempt);
    if (queued === 0 && (unknown === 0 || !isDue)) return round;
    clock.at += 60_000;
    await pause(realMs);
    await dispatch.round();
  }
  return 41;
}

/** Creates, amends and withdraws; what the entries are in the end. */
async function runThrough(site: Site, key: string): Promise<{ id: string; entries: Entry[] }> {
  const { ports, dispatch } = site;
  const { response } = await submitResponse(first(key), ports);
  const id = response.id ?? '';
  await settle(site);
  await amendResponse({ id, body: second(key), ifMatch: 'W/"1"' }, ports);
  await settle(site);
  await amendResponse({ id, body: last(key), ifMatch: 'W/"2"' }, ports);
  await settle(site);
  return { id, entries: dispatch.outbox.entriesOf(id) };
}

async function all(storeUrl: string, search: string): Promise<Json[]> {
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

const textOf = ({ content }: Json): string =>
  Buffer.from(content[0].attachment.data, 'base64').toString('utf8');

/** What the EHR must hold, row by row. */
const EXPECTED: Record<
  string,
  { plan: string; screening: boolean; document: string | null; keeps: boolean }
> = {
  'hapi-like': { plan: 'full', screening: true, document: null, keeps: false },
  'no-update-create': { plan: 'by-identifier', screening: true, document: null, keeps: true },
  'no-transaction': { plan: 'observations-individually', screening: true, document: null, keeps: true },
  'epic-like': { plan: 'document-only', screening: false, document: 'text/plain', keeps: true },
  'epic-like-encounter': { plan: 'document-only', screening: false, document: 'text/plain', keeps: true },
  'oracle-like': { plan: 'document-only', screening: false, document: 'text/html', keeps: true },
  'athena-like': { plan: 'store-only', screening: false, document: null, keeps: true },
  'no-dedupe': { plan: 'observations-individually', screening: true, document: null, keeps: true },
  'no-dedupe-blind': { plan: 'observations-individually', screening: true, document: null, keeps: true },
};

/** One withdrawn set: every Observation of either version, once, with our identifier. */
async function expectScreening(url: string, id: string, ownIds: boolean): Promise<number> {
  const responses = await all(url, 'QuestionnaireResponse?patient=p1&_count=100');
  expect(responses.map(({ status }) => status)).toEqual(['entered-in-error']);
  const observations = await all(url, 'Observation?patient=p1&_count=100');
  const names = observations.map(({ identifier }) => String(identifier[0].value));
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name) => name.startsWith(`${id}.`))).toBe(true);
  expect(new Set(observations.map(({ status }) => status))).toEqual(new Set(['entered-in-error']));
  const intensity = observations.find(({ identifier }) => identifier[0].value.endsWith('.pain-intensity'));
  expect(intensity?.valueQuantity?.value ?? intensity?.valueInteger).toBe(9);
  expect(await all(url, 'Provenance?_count=100')).toHaveLength(3);
  expect(await all(url, 'Task?_count=100')).toHaveLength(1);
  // Whatever refers to a part refers to what is there.
  const target = responses[0]?.id;
  for (const { derivedFrom } of observations)
    expect(derivedFrom[0].reference).toBe(`QuestionnaireResponse/${target}`);
  if (ownIds)
    expect([target, observations.every((one) => one.id === one.identifier[0].value)]).toEqual([id, true]);
  return observations.length;
}

async function expectDocuments(url: string, id: string, contentType: string): Promise<void> {
  const documents = await all(url, 'DocumentReference?patient=p1&_count=100');
  const versions = [1, 2, 3].map((version) =>
    documents.filter(({ masterIdentifier }) => masterIdentifier.value === `${id}.v${version}`),
  );
  expect(versions.map(({ length }) => length)).toEqual([1, 1, 1]);
  const inOrder = versions.flat();
  expect(inOrder.map(({ docStatus }) => docStatus)).toEqual(['final', 'amended', 'entered-in-error']);
  expect(inOrder.map(({ relatesTo }) => relatesTo?.[0])).toEqual([
    undefined,
    { code: 'replaces', target: { reference: `DocumentReference/${inOrder[0]?.id}` } },
    { code: 'replaces', target: { reference: `DocumentReference/${inOrder[1]?.id}` } },
  ]);
  for (const document of inOrder.slice(0, 2)) {
    expect(document.content[0].attachment.contentType).toBe(contentType);
    const text = textOf(document);
    const heading = text.search(contentType === 'text/html' ? /<h2>/ : /\n-{3,}\n/);
    const flag = text.search(/red flag/i);
    expect(flag).toBeGreaterThan(0);
    // Nothing but the title and whom it is about comes before.
    expect(flag).toBeLessThan(heading + 200);
    expect(text.search(/fever/i)).toBeLessThan(
      text.search(/pain-duration|how long|Verdict|criteria/i) || 1e9,
    );
  }
}

describe.each(rows.SIMULATED_ROWS.map((row) => [row.name, row] as const))('%s', (name, row) => {
  const expected = EXPECTED[name] ?? { plan: '', screening: false, document: null, keeps: false };

  test('create, amend, withdraw: the EHR holds what it takes, and what is ours can be read', async () => {
    const site = await startSite(row);
    const { id, entries } = await runThrough(site, `through ${name}`);
    expect(entries.map(({ state, plan, issue }) => [state, plan, issue])).toEqual(
      [1, 2, 3].map(() => ['written', expected.plan, null]),
    );
    const ehr = site.simulated.storeUrl;
    if (expected.screening) await expectScreening(ehr, id, row.policy.updateCreate);
    else {
      expect(await all(ehr, 'QuestionnaireResponse')).toEqual([]);
      expect(await all(ehr, 'Observation')).toEqual([]);
      expect(await all(ehr, 'Task')).toEqual([]);
    }
    if (expected.document) await expectDocuments(ehr, id, expected.document);
    else expect(await all(ehr, 'DocumentReference')).toEqual([]);
    if (expected.keeps) await expectScreening(site.storeUrl, id, true);
    else expect(await all(site.storeUrl, 'QuestionnaireResponse')).toEqual([]);
    // As the facade reads: under our ids, wherever they are kept.
    const { records } = site.dispatch;
    expect(await records.read('QuestionnaireResponse', id)).toMatchObject({ id, status: 'entered-in-error' });
    expect(await records.read('Task', `${id}.task`)).toMatchObject({ priority: 'urgent' });
    expect(await records.read('Provenance', `${id}.v3`)).toMatchObject({ id: `${id}.v3` });
    const found = await records.search('Observation', `derived-from=QuestionnaireResponse/${id}&_count=100`);
    expect(found.entry?.length).toBeGreaterThan(10);
    // Accepted once more: known, and nothing is written.
    const { writes } = site.simulated;
    expect((await submitResponse(first(`through ${name}`), site.ports)).outcome).toBe('known');
    expect(site.simulated.writes).toBe(writes);
  });

  // A server that is never written to has no fault in a write.
  if (name === 'athena-like') return;
  const faults: [string, Fault][] = [
    ['429 with Retry-After', { kind: 'too-many', retryAfter: 1, times: 1 }],
    ['429 with a date', { kind: 'too-many', retryAfter: 2, form: 'date', times: 1 }],
    ['a login page', { kind: 'html', times: 3 }],
    ['an empty 200', { kind: 'empty-200', times: 3 }],
    ['too slow', { kind: 'slow', ms: 900, times: 2 }],
    ['flapping', { kind: 'flapping', times: 6 }],
  ];
  test.each(faults)('%s: written in the end, once', async (fault, how) => {
    const site = await startSite(row);
    const key = `${fault} ${name}`;
    // What it takes is known: the fault is for the writes.
    await site.ports.delivery.profile();
    site.simulated.fault = { ...how, only: (method) => method === 'POST' || method === 'PUT' };
    const { response } = await submitResponse(first(key), site.ports);
    const id = response.id ?? '';
    if (how.kind === 'too-many') {
      expect(site.dispatch.outbox.counts().queued).toBe(1);
      // Rounds in real time while the server wants to be left alone: nothing comes.
      for (let round = 0; round < 5; round += 1) await site.dispatch.round();
      expect(site.simulated.requests.filter(({ tooEarly }) => tooEarly)).toEqual([]);
      await pause(how.retryAfter * 1000 + 50);
    }
    const isBlind = name === 'no-dedupe-blind' && how.kind !== 'too-many' && how.kind !== 'flapping';
    // What was given up for lost may still land: the wait has to be longer than the server is slow.
    await settle(site, how.kind === 'slow' ? 500 : 0);
    expect(site.simulated.requests.filter(({ tooEarly }) => tooEarly)).toEqual([]);
    const [entry] = site.dispatch.outbox.entriesOf(id);
    // Nobody can find out whether it arrived: a person decides.
    if (isBlind) {
      expect([entry?.state, entry?.nextAttempt]).toEqual(['unknown', null]);
      return;
    }
    expect([entry?.state, entry?.issue]).toEqual(['written', null]);
    const ehr = site.simulated.storeUrl;
    const responses = await all(ehr, 'QuestionnaireResponse?patient=p1');
    const observations = await all(ehr, 'Observation?patient=p1&_count=100');
    const names = observations.map(({ identifier }) => identifier[0].value);
    expect(new Set(names).size).toBe(names.length);
    expect(responses).toHaveLength(expected.screening ? 1 : 0);
    expect(observations.length > 10).toBe(expected.screening);
    expect(await all(ehr, 'DocumentReference?patient=p1')).toHaveLength(expected.document ? 1 : 0);
  });
});

describe('a server that takes everything twice and lets nobody look', () => {
  test('a cut behind the commit: unknown, parked and listed; sent again only by hand', async () => {
    const site = await startSite(rows.NO_DEDUPE_BLIND);
    await site.ports.delivery.profile();
    site.simulated.fault = { kind: 'cut-after', times: 1, only: (method) => method === 'POST' };
    const { response, isQueued } = await submitResponse(first('blind'), site.ports);
    const id = response.id ?? '';
    expect(isQueued).toBe(true);
    await settle(site);
    expect(site.dispatch.outbox.counts()).toMatchObject({ queued: 0, unknown: 1 });
    expect(site.dispatch.outbox.list({ state: 'unknown', after: null, count: 9 })).toMatchObject([
      { responseId: id, nextAttempt: null, issue: { code: 'fhir-server-unreachable' } },
    ]);
    // However often it is looked at, nothing is sent: it is there once.
    for (let round = 0; round < 10; round += 1) {
      site.clock.at += 3_600_000;
      await site.dispatch.round();
    }
    expect(await all(site.simulated.storeUrl, 'QuestionnaireResponse')).toHaveLength(1);
    // It is all in our own store meanwhile.
    expect(await site.dispatch.records.read('QuestionnaireResponse', id)).toMatchObject({
      status: 'completed',
    });
    // By hand, while still nobody may look: tried, and still unknown.
    const { entry } = await site.ports.delivery.retry(id);
    expect([entry.state, entry.attempts > 1]).toEqual(['unknown', true]);
    expect(await all(site.simulated.storeUrl, 'QuestionnaireResponse')).toHaveLength(1);
    site.dispatch.outbox.drop(id, 'found in the EHR by hand');
    expect(site.dispatch.outbox.counts()).toMatchObject({ queued: 0, unknown: 0, refused: 0 });
  });
});
