/**
 * A FHIR server that asks for tokens: our own from its authorization server (SMART Backend Services), and those of
 * people who are signed in. No answer is lost when either ends; and what it forbids a person is not done for them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { FULL } from '../../src/fhir/write-profile.js';
import { createBackendServices } from '../../src/io/backend-services.js';
import { Database, migrate } from '../../src/io/database.js';
import { createDispatch, type Dispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { createKeys } from '../../src/io/keys.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { createSafeFetch } from '../../src/io/safe-fetch.js';
import { amendResponse } from '../../src/operations/amend-response.js';
import type { Credentials } from '../../src/operations/credentials.js';
import { retryDelivery } from '../../src/operations/delivery-status.js';
import type { FhirServer, Ports } from '../../src/operations/ports.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { until } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { createPorts } from '../support/http-app.js';
import { serveKeySet } from '../support/key-set-server.js';
import { type SmartServer, startSmartServer } from '../support/smart-server.js';

const START = Date.parse('2026-05-04T08:00:00.000Z');
const DOCTOR = 'Practitioner/d1';
const US = 'client screening';

const closers: (() => unknown)[] = [];
let base: Ports;

beforeAll(async () => {
  base = await createPorts();
});

let ehr: SmartServer;
let at: number;
let warned: string[];
let server: FhirServer;
let dispatch: Dispatch;
let ports: Ports;
const now = () => new Date(at);

beforeEach(async () => {
  [at, warned] = [START, []];
  ehr = await startSmartServer({ now });
  closers.push(() => ehr.close());
  await ehr.put({ resourceType: 'Patient', id: 'p1', birthDate: '1970-03-02' });
  const credentials = await startCredentials();
  server = createFhirServer({ baseUrl: ehr.iss, timeoutMs: 5000, credentials });
  const database = new Database(':memory:');
  migrate(database, ':memory:', OUTBOX_STEPS);
  dispatch = createDispatch({
    database,
    server,
    store: null,
    override: FULL,
    alertUrl: null,
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
  const { outbox, delivery, records } = dispatch;
  ports = { ...base, fhirServer: server, outbox, delivery, records, now };
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startCredentials(): Promise<Credentials> {
  const folder = mkdtempSync(join(tmpdir(), 'backend-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'key.json');
  const { privateKey } = await generateKeyPair('ES384', { extractable: true });
  writeFileSync(file, JSON.stringify(await exportJWK(privateKey)));
  const keys = await createKeys({ file, folder, now });
  const keySet = await serveKeySet(keys);
  closers.push(() => keySet.close());
  ehr.register({ id: 'screening', auth: 'private_key_jwt', redirectUris: [], jwksUrl: keySet.url });
  return createBackendServices({
    client: { clientId: 'screening', scope: 'system/*.cruds', tokenUrl: null },
    baseUrl: ehr.iss,
    keys,
    fetch: createSafeFetch({ configured: [ehr.iss], timeoutMs: 5000 }),
    now,
    random: () => 1,
    warn: (_message, { code }) => warned.push(code),
  });
}

const asked = () => ehr.requests.filter((one) => one === 'POST token client_credentials').length;
const draft = (key: string) => toResponse(worked('D4'), key);
/** Who wrote, in order, and what came of it. */
const writers = () =>
  ehr.seen.filter(({ method }) => method !== 'GET').map(({ who, status }) => [who, status]);

/** What the relay does when minutes have gone by. */
async function later(minutes: number): Promise<void> {
  at += minutes * 60_000;
  await dispatch.round();
}

/** A token that the EHR gave somebody. */
function tokenOf(who: string): Credentials & { end(): void } {
  const token = `token-of-${who}`;
  const issued = { token, who, client: 'axspa', scope: 'user/*.cruds', expiresAt: START + 3_600_000 };
  ehr.tokens.set(token, { ...issued, isRevoked: false });
  return {
    token: async () => token,
    renew: async () => null,
    end: () => ehr.tokens.set(token, { ...issued, isRevoked: true }),
  };
}

const portsAs = (credentials: Credentials): Ports => ({
  ...ports,
  fhirServer: server.as(credentials),
  records: dispatch.records.as(credentials),
  delivery: dispatch.delivery.as(credentials),
});

const stateOf = (id = '') => ports.outbox.entriesOf(id).map(({ state }) => state);

describe('our own token', () => {
  test('is asked for once by twenty who read at once', async () => {
    const reads = Array.from({ length: 20 }, () => server.read('Patient', 'p1'));
    const found = await Promise.all(reads);
    expect(found.map((one) => one?.id)).toEqual(Array(20).fill('p1'));
    expect(asked()).toBe(1);
    expect(new Set(ehr.seen.map(({ who, status }) => `${who} ${status}`))).toEqual(new Set([`${US} 200`]));
  });

  test('is renewed before it ends, while the old one goes on', async () => {
    ehr.expiresIn = 300;
    await server.read('Patient', 'p1');
    at += 239_000;
    await server.read('Patient', 'p1');
    expect(asked()).toBe(1);
    at += 2_000;
    await server.read('Patient', 'p1');
    await until(5000, async () => ehr.tokens.size === 2);
    at += 60_000;
    await server.read('Patient', 'p1');
    expect([asked(), ehr.seen.every(({ status }) => status === 200)]).toEqual([2, true]);
  });

  test('that is revoked is renewed once, and the request made again', async () => {
    await server.read('Patient', 'p1');
    ehr.revokeAll();
    const { response, isQueued } = await submitResponse(draft('revoked'), ports);
    expect([isQueued, stateOf(response.id)]).toEqual([false, ['written']]);
    expect(asked()).toBe(2);
    ehr.revokeAll();
    at += 600_000;
    const sent = await server.write({
      method: 'PUT',
      url: 'Patient/p2',
      resource: { resourceType: 'Patient', id: 'p2' },
    });
    expect(sent.state).toBe('written');
    expect(writers().slice(-2)).toEqual([
      [null, 401],
      [US, 201],
    ]);
  });

  test('cannot be had: what is sent meanwhile is taken, and delivered when it can', async () => {
    ehr.faults.isAway = true;
    const { response, isQueued } = await submitResponse(draft('away'), ports);
    expect([isQueued, stateOf(response.id)]).toEqual([true, ['queued']]);
    await later(1);
    expect(stateOf(response.id)).toEqual(['queued']);
    expect(await server.isReachable()).toBe(true);
    expect([writers(), warned]).toEqual([[], ['HTTP 503']]);
    ehr.faults.isAway = false;
    await later(2);
    expect(stateOf(response.id)).toEqual(['written']);
    expect(writers()).toEqual([[US, 200]]);
  });

  test('that the server never takes: what is sent waits, and nobody is hammered', async () => {
    await server.read('Patient', 'p1');
    for (let time = 0; time < 20; time += 1) {
      ehr.revokeAll();
      const sent = await server.transact({ resourceType: 'Bundle', type: 'transaction', entry: [] });
      if (time > 0)
        expect(sent).toMatchObject({ state: 'retryable', reason: 'no access token', isUndone: true });
    }
    expect(asked()).toBe(2);
  });

  test('follows no id out of its type', async () => {
    expect(await server.read('Patient', '..')).toBeNull();
    expect(await server.vread('Patient', '.', '1')).toBeNull();
    for (const url of [
      'https://elsewhere.example/Patient',
      '//elsewhere.example',
      '../auth/token',
      'Patient/../x',
    ]) {
      const resource = { resourceType: 'Patient' } as const;
      await expect(server.write({ method: 'POST', url, resource })).resolves.toMatchObject({
        isUndone: false,
      });
    }
    expect(ehr.seen).toEqual([]);
  });
});

describe('somebody who is signed in', () => {
  test('reads and writes in their own name', async () => {
    const doctor = portsAs(tokenOf(DOCTOR));
    const { response, isQueued } = await submitResponse(draft('mine'), doctor);
    await doctor.records.read('QuestionnaireResponse', response.id ?? '');
    expect(isQueued).toBe(false);
    expect(new Set(ehr.seen.map(({ who }) => who))).toEqual(new Set([DOCTOR]));
    expect(asked()).toBe(0);
  });

  test('whose token ends loses no answer: it is taken, and goes with our own', async () => {
    const credentials = tokenOf(DOCTOR);
    credentials.end();
    const { response, isQueued } = await submitResponse(draft('ended'), portsAs(credentials));
    expect([isQueued, stateOf(response.id)]).toEqual([true, ['queued']]);
    await later(1);
    expect(stateOf(response.id)).toEqual(['written']);
    expect(writers().at(-1)).toEqual([US, 200]);
  });

  test('whose token was renewed goes on under their name', async () => {
    const old = tokenOf(DOCTOR);
    old.end();
    const other = tokenOf('Practitioner/d2');
    const credentials = { token: old.token, renew: other.token };
    const { isQueued } = await submitResponse(draft('renewed'), portsAs(credentials));
    expect(isQueued).toBe(false);
    expect(writers()).toEqual([
      [null, 401],
      ['Practitioner/d2', 200],
    ]);
  });

  test.each([
    ['write', 'POST', ''],
    ['read the patient', 'GET', 'Patient/p1'],
  ])('may not %s: refused, and not done for them either', async (_name, method, path) => {
    ehr.faults.forbids = (one) => one.who === DOCTOR && one.method === method && one.path.startsWith(path);
    const submitting = submitResponse(draft('forbidden'), portsAs(tokenOf(DOCTOR)));
    await expect(submitting).rejects.toMatchObject({ issues: [{ code: 'refused-by-server' }] });
    expect(ports.outbox.total(null)).toBe(0);
    await later(5);
    expect(writers().filter(([, status]) => status !== 403)).toEqual([]);
  });

  test('what waits of others goes in our name, their own in theirs', async () => {
    ehr.faults.isAway = true;
    const { response } = await submitResponse(draft('both'), ports);
    ehr.faults.isAway = false;
    at += 120_000;
    const body = toResponse({ ...worked('D4'), 'pain-intensity': 3 }, 'both', { status: 'amended' });
    const change = { id: response.id ?? '', body, ifMatch: 'W/"1"' };
    const { isQueued } = await amendResponse(change, portsAs(tokenOf(DOCTOR)));
    expect([isQueued, stateOf(response.id)]).toEqual([false, ['written', 'written']]);
    expect(writers()).toEqual([
      [US, 200],
      [DOCTOR, 200],
    ]);
  });

  test('may hurry what waits, and stops nothing where they may not write', async () => {
    ehr.faults.isAway = true;
    const { response } = await submitResponse(draft('hurried'), ports);
    ehr.faults.forbids = ({ who }) => who === DOCTOR;
    const doctor = portsAs(tokenOf(DOCTOR));
    await retryDelivery(response.id ?? '', null, doctor);
    expect([stateOf(response.id), writers()]).toEqual([['queued'], []]);
    ehr.faults.forbids = ({ who, method }) => who === DOCTOR && method === 'POST';
    await retryDelivery(response.id ?? '', null, doctor);
    expect([stateOf(response.id), writers()]).toEqual([['queued'], [[DOCTOR, 403]]]);
    ehr.faults.forbids = () => false;
    await retryDelivery(response.id ?? '', null, doctor);
    expect([stateOf(response.id), writers().at(-1)]).toEqual([['written'], [DOCTOR, 200]]);
  });
});
