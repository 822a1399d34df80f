import { Console } from 'node:console';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Patient } from 'fhir/r4.js';
import { createLogger } from '../../src/logger.js';
import { FHIR_JSON, responseId, send } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { createPorts, raw, startApp } from '../support/http-app.js';
import {
  answers,
  hasNoResponse,
  outcome,
  searchset,
  server,
  takesTransaction,
  useFhirServer,
} from '../support/http-fhir.js';

useFhirServer();

/** winston writes to the console's own stream; this one is ours. */
let written = '';
const real = globalThis.console;
beforeEach(() => {
  written = '';
  const stream = new PassThrough();
  stream.on('data', (chunk) => {
    written += String(chunk);
  });
  globalThis.console = new Console(stream, stream);
});
afterEach(() => {
  globalThis.console = real;
});

async function lines(): Promise<Record<string, unknown>[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return written
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const ALLOWED = 'level message timestamp requestId method route status ms code stack url state'.split(' ');

describe('what leaves', () => {
  test('the allowed fields, as one line of JSON', async () => {
    const fields = {
      requestId: 'id',
      method: 'GET',
      route: '/fhir/Patient/:id',
      status: 200,
      ms: 3,
      code: 'c',
      stack: 'Error\n    at x',
      url: 'http://127.0.0.1:3000',
      state: 'written',
    };
    createLogger('info').info('request', fields);
    const [line, ...more] = await lines();
    expect(more).toEqual([]);
    expect(line).toEqual({ level: 'info', message: 'request', timestamp: expect.any(String), ...fields });
    expect(Number.isNaN(Date.parse(String(line?.timestamp)))).toBe(false);
  });

  test('no other field, wherever it comes from', async () => {
    const logger = createLogger('info');
    const canary = {
      body: 'canary',
      query: 'canary',
      headers: { authorization: 'canary' },
      subject: 'canary',
    };
    logger.info('one', canary as object);
    logger.info('two', Object.assign(new Error('x'), canary) as object);
    logger.warn('three', { ...canary, meta: canary } as object);
    logger.child(canary).error('four', canary as object);
    logger.log({ level: 'info', message: 'five', ...canary });
    expect((await lines()).map(({ message }) => message)).toHaveLength(5);
    expect(written).not.toContain('canary');
    for (const line of await lines()) {
      expect(Object.keys(line).filter((name) => !ALLOWED.includes(name))).toEqual([]);
    }
  });

  test.each([
    ['error', ['error']],
    ['warn', ['warn', 'error']],
    ['info', ['info', 'warn', 'error']],
  ])('level %s: %j', async (level, expected) => {
    const logger = createLogger(level);
    logger.info('info');
    logger.warn('warn');
    logger.error('error');
    expect((await lines()).map(({ message }) => message)).toEqual(expected);
  });
});

describe('the log of a service at work', () => {
  const SUBJECT = 'canary-subject-1';
  const CANARY = /canary/i;
  const headers = {
    authorization: 'Bearer canary-token',
    cookie: 'session=canary',
    'x-request-id': 'canary-request',
    'user-agent': 'canary-agent',
    'if-none-exist': 'identifier=canary-condition',
  };
  const body = toResponse(worked('D1'), 'canary-identifier', {
    subject: { reference: `Patient/${SUBJECT}`, display: 'canary-display' },
    extension: [{ url: 'https://clinic.example.org/x', valueString: 'canary-free-text' }],
    author: { reference: 'Practitioner/canary-author' },
  });
  const id = responseId(body.identifier?.system ?? '', 'canary-identifier');

  /** One of everything: written, refused, away, invalid, unreadable, unknown, searched, and a bug. */
  async function story(): Promise<number[]> {
    const failing = () => {
      throw new TypeError('a bug');
    };
    const { fhirServer } = await createPorts();
    const app = await startApp({ logger: createLogger('debug') });
    const buggy = await startApp({
      logger: createLogger('debug'),
      ports: { fhirServer: { ...fhirServer, vread: failing } },
    });
    const patient: Patient = { resourceType: 'Patient', id: SUBJECT, name: [{ text: 'canary-name' }] };
    const url = `${app.fhir}/QuestionnaireResponse`;
    const statuses: number[] = [];
    const ask = async (path: string, init: RequestInit = {}) => {
      statuses.push((await fetch(path, { ...init, headers: { ...headers, ...init.headers } })).status);
    };
    const post = async (sent: unknown) => {
      statuses.push(
        (await send(url, { body: sent, headers: { authorization: headers.authorization } })).status,
      );
    };
    try {
      hasNoResponse(id);
      answers(`Patient/${SUBJECT}`, 200, patient);
      takesTransaction();
      await post(body);
      for (const status of [422, 500]) {
        hasNoResponse(id);
        answers(`Patient/${SUBJECT}`, 404, outcome('not-found'));
        await post(body);
        hasNoResponse(id);
        answers(`Patient/${SUBJECT}`, 200, patient);
        server().post('/fhir/').reply(status, outcome('canary'));
        await post(body);
      }
      await ask(`${url}/${id}`);
      await ask(`${url}/${id}/$delivery-status`);
      await post({ ...body, canaryElement: 'canary', status: 'canary-status' });
      await post('{"canary": canary');
      await ask(url, { method: 'POST', body: 'canary', headers: { 'content-type': 'text/canary' } });
      answers('QuestionnaireResponse?identifier=canary-condition&_count=2', 200, searchset([body]));
      await ask(url, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': FHIR_JSON } });
      answers(`Patient/${SUBJECT}`, 200, patient);
      await ask(`${app.fhir}/Patient/${SUBJECT}`);
      answers('Patient?name=canary-query', 200, searchset([patient]));
      await ask(`${app.fhir}/Patient?name=canary-query`);
      await ask(`${app.fhir}/Patient?canary=canary`);
      await ask(`${app.fhir}/Patient/canary%2Fslash`);
      await ask(`${app.fhir}/Canary/canary?canary`);
      await ask(`${app.root}/canary`);
      await ask(`${app.fhir}/Observation/canary`, { method: 'DELETE' });
      await ask(`${buggy.fhir}/QuestionnaireResponse/canary/_history/canary`);
      statuses.push((await raw(app, ['GET /fhir/Patient/%zzcanary HTTP/1.1'])).status);
    } finally {
      await app.close();
      await buggy.close();
    }
    return statuses;
  }

  test('has no subject, identifier, text, query, header or body in it', async () => {
    const statuses = await story();
    expect(statuses).toEqual([
      201, 422, 422, 422, 202, 200, 200, 400, 400, 415, 200, 200, 200, 400, 404, 404, 404, 405, 500, 404,
    ]);
    const logged = await lines();
    expect(logged.filter(({ message }) => message === 'request')).toHaveLength(statuses.length);
    expect(logged.filter(({ message }) => message === 'bug')).toHaveLength(1);
    expect(written.split('\n').filter((line) => CANARY.test(line))).toEqual([]);
    expect(written).not.toContain(id);
    for (const line of logged) {
      expect(Object.keys(line).filter((name) => !ALLOWED.includes(name))).toEqual([]);
      expect(String(line.route ?? '')).not.toContain('?');
    }
  });

  test('says why a request failed, by the first details code, and whether it was answered', async () => {
    const app = await startApp({ logger: createLogger('info') });
    try {
      answers('Patient/p1', 200, { resourceType: 'Patient', id: 'p1' });
      answers('Patient/p2', 404, outcome('not-found'));
      answers('Patient/p3', 500, outcome('exception'));
      const url = `${app.fhir}/QuestionnaireResponse`;
      await send(`${app.fhir}/Patient/p1`);
      await send(`${app.fhir}/Patient/p2`);
      await send(`${app.fhir}/Patient/p3`);
      await send(`${app.fhir}/nowhere`);
      await send(`${app.fhir}/Observation?x=1`);
      await send(url, { body: '{' });
      const faulty = { ...body, item: [{ linkId: 'nowhere' }], authored: '2026', subject: { display: 'x' } };
      const reply = await send<OperationOutcome>(`${url}/$extract`, { body: faulty });
      expect(reply.body.issue.length).toBeGreaterThan(2);
      const first = reply.body.issue[0]?.details?.coding?.[0]?.code;
      const told = (await lines()).map(({ status, code, state }) => [status, code, state]);
      expect(told).toEqual([
        [200, undefined, 'answered'],
        [404, 'resource-not-found', 'answered'],
        [503, 'fhir-server-unreachable', 'answered'],
        [404, 'unknown-route', 'answered'],
        [400, 'unknown-parameter', 'answered'],
        [400, 'not-json', 'answered'],
        [422, first, 'answered'],
      ]);
    } finally {
      await app.close();
    }
  });

  test('tells a caller who hung up from one who was answered', async () => {
    const app = await startApp({ logger: createLogger('info') });
    try {
      server().get('/fhir/Patient/p1').delay(60_000).reply(200, {});
      const hangUp = new AbortController();
      const asked = fetch(`${app.fhir}/Patient/p1`, { signal: hangUp.signal });
      setTimeout(() => hangUp.abort(), 100);
      await expect(asked).rejects.toThrow();
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await lines()).toEqual([
        expect.objectContaining({ message: 'request', route: '/fhir/Patient/:id', state: 'aborted' }),
      ]);
    } finally {
      await app.close();
    }
  });

  test('names the route by its pattern, whether it goes well or not', async () => {
    const app = await startApp({ logger: createLogger('info') });
    try {
      answers('Patient/p1', 200, { resourceType: 'Patient', id: 'p1' });
      answers('Patient/p2', 404, outcome('not-found'));
      await fetch(`${app.fhir}/Patient/p1`);
      await fetch(`${app.fhir}/Patient/p2`);
      await fetch(`${app.fhir}/nowhere`);
    } finally {
      await app.close();
    }
    const routes = (await lines()).map(({ route, status, method }) => [method, route, status]);
    expect(routes).toEqual([
      ['GET', '/fhir/Patient/:id', 200],
      ['GET', '/fhir/Patient/:id', 404],
      ['GET', 'none', 404],
    ]);
  });
});
