/** What is served where, what is said of the rest, and what every answer carries. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import { FHIR_JSON, faultsOf, send } from '../support/contract-http.js';
import { type App, raw, startApp } from '../support/http-app.js';
import { answers, outcome, PATIENT, server, useFhirServer } from '../support/http-fhir.js';

useFhirServer();
let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const ask = async (method: string, path: string) => {
  const reply = await fetch(app.root + path, { method });
  const body = (await reply.json()) as OperationOutcome;
  return { status: reply.status, headers: reply.headers, fault: faultsOf(body)[0] };
};

describe('nothing there: 404', () => {
  test.each([
    ['GET', '/nowhere'],
    ['GET', '/fhir'],
    ['GET', '/fhir/'],
    ['POST', '/fhir'],
    ['POST', '/fhir/'],
    ['GET', '/fhir/Nothing'],
    ['GET', '/fhir/Condition/c1'],
    ['POST', '/fhir/Condition'],
    ['GET', '/fhir/patient/p1'],
    ['GET', '/fhir/$everything'],
    ['GET', '/fhir/_history'],
    ['GET', '/metadata'],
    ['DELETE', '/nowhere'],
    ['GET', '/fhir/constructor'],
    ['GET', '/fhir/__proto__'],
    ['GET', '/%zz'],
    ['GET', '/.env'],
    ['GET', '/package.json'],
    ['GET', '/resources/README.md'],
  ])('%s %s', async (method, path) => {
    const { status, fault, headers } = await ask(method, path);
    expect([status, fault?.type, fault?.code]).toEqual([404, 'not-found', 'unknown-route']);
    expect(headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  });
});

describe('there, but not so: 405', () => {
  test.each([
    ['DELETE', '/fhir/QuestionnaireResponse/r1'],
    ['PATCH', '/fhir/QuestionnaireResponse/r1'],
    ['POST', '/fhir/Observation'],
    ['PUT', '/fhir/Observation/o1'],
    ['DELETE', '/fhir/Observation/o1'],
    ['GET', '/fhir/Observation/o1/_history'],
    ['PUT', '/fhir/Patient/p1'],
    ['POST', '/fhir/Patient'],
    ['DELETE', '/fhir/Patient'],
    ['POST', '/fhir/Provenance'],
    ['PUT', '/fhir/Observation/_search'],
    ['POST', '/fhir/Observation/_search/_search'],
    ['POST', '/fhir/Questionnaire'],
    ['PUT', '/fhir/Questionnaire/axspa-back-pain-screening'],
    ['DELETE', '/fhir/ValueSet/verdicts'],
  ])('%s %s', async (method, path) => {
    const { status, fault } = await ask(method, path);
    expect([status, fault?.type, fault?.code]).toEqual([405, 'not-supported', 'method-not-allowed']);
  });

  test('a PUT with an id of the client’s own', async () => {
    const body = { resourceType: 'QuestionnaireResponse', id: 'mine', status: 'completed' };
    const reply = await send<OperationOutcome>(`${app.fhir}/QuestionnaireResponse/mine`, {
      method: 'PUT',
      body,
    });
    const [fault] = faultsOf(reply.body);
    expect([reply.status, fault?.type, fault?.code]).toEqual([405, 'not-supported', 'client-id-not-allowed']);
  });

  test('Allow says what would be (RFC 9110 §15.5.6)', async () => {
    const { headers } = await ask('DELETE', '/fhir/Observation/o1');
    expect(headers.get('allow')?.split(/, */)).toContain('GET');
  });
});

describe('every answer', () => {
  const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

  test('has an X-Request-Id of its own, which the log knows', async () => {
    const ids = new Set<string>();
    for (const path of ['/livez', '/fhir/metadata', '/fhir/Nothing', '/fhir/Observation?x=1', '/%zz']) {
      const { headers } = await fetch(app.root + path, { headers: { 'x-request-id': 'mine' } });
      const id = headers.get('x-request-id') ?? '';
      expect(id).toMatch(UUID);
      ids.add(id);
    }
    expect(ids.size).toBe(5);
    expect(app.lines.map(({ requestId }) => requestId)).toEqual(expect.arrayContaining([...ids]));
  });

  test('tells nothing of what is behind it', async () => {
    const { headers } = await fetch(`${app.fhir}/metadata`);
    expect([headers.get('x-powered-by'), headers.get('server'), headers.get('etag')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  test.each(['text/html', 'application/fhir+xml', 'application/xml', '*/*', 'x', '', 'application/pdf;q=0'])(
    'is FHIR JSON, whatever Accept says (%j)',
    async (accept) => {
      const { status, headers } = await fetch(`${app.fhir}/Questionnaire?_format=xml`, {
        headers: { accept },
      });
      expect([status, headers.get('content-type')]).toEqual([200, 'application/fhir+json; charset=utf-8']);
    },
  );

  test('Retry-After comes with a 503 and with nothing else', async () => {
    const retryAfter = async (status: number) => {
      answers('Patient/p1', status, status === 200 ? PATIENT : outcome('x'));
      const { headers, status: answered } = await fetch(`${app.fhir}/Patient/p1`);
      return [answered, headers.get('retry-after')];
    };
    expect(await retryAfter(200)).toEqual([200, null]);
    expect(await retryAfter(404)).toEqual([404, null]);
    for (const fault of [400, 403, 500]) {
      const [status, seconds] = await retryAfter(fault);
      expect([fault, status]).toEqual([fault, 503]);
      expect(Number(seconds)).toBeGreaterThan(0);
    }
  });
});

describe('the name it is called by', () => {
  let named: App;
  beforeAll(async () => {
    named = await startApp({ hosts: ['localhost', '127.0.0.1', '[::1]', 'screening.example.org'] });
  });
  afterAll(() => named.close());
  const called = (host: string, at = named, path = '/livez') =>
    raw(at, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);

  test.each(['localhost', 'LocalHost:3000', '127.0.0.1:1', '[::1]:3000', '[::1]', 'Screening.example.org'])(
    '%s: one of its own',
    async (host) => {
      expect((await called(host)).status).toBe(200);
    },
  );

  test.each([
    'evil.test',
    'localhost.evil.test',
    'evil.test:3000',
    '127.0.0.2',
    'screening.example.org.evil.test',
    'localhost@evil.test',
    '__proto__',
  ])('%s: somebody else’s, 404 on every path, nothing asked of the server', async (host) => {
    for (const path of ['/livez', '/readyz', '/fhir/metadata', '/fhir/Patient/p1', '/nowhere']) {
      const { status, body } = await called(host, named, path);
      expect([path, status, ...faultsOf(JSON.parse(body)).map(({ code }) => code)]).toEqual([
        path,
        404,
        'unknown-route',
      ]);
    }
  });

  test('a forwarded name counts for nothing', async () => {
    const forwarded = (host: string, other: string) =>
      raw(named, ['GET /livez HTTP/1.1', `Host: ${host}`, `X-Forwarded-Host: ${other}`]);
    expect((await forwarded('evil.test', 'localhost')).status).toBe(404);
    expect((await forwarded('localhost', 'evil.test')).status).toBe(200);
  });

  test('without a list, any name will do', async () => {
    expect((await called('evil.test', app)).status).toBe(200);
  });

  test('no name at all is none of its own', async () => {
    expect((await called('')).status).toBe(404);
  });
});

describe('HEAD', () => {
  test.each([
    ['/fhir/metadata', 200],
    ['/fhir/Questionnaire/axspa-back-pain-screening', 200],
    ['/livez', 200],
    ['/fhir/Nothing', 404],
    ['/fhir/Questionnaire/nowhere', 404],
  ])('%s: as GET, without a body', async (path, status) => {
    const get = await raw(app, [`GET ${path} HTTP/1.1`]);
    const head = await raw(app, [`HEAD ${path} HTTP/1.1`]);
    expect([get.status, head.status, head.body]).toEqual([status, status, '']);
    const length = /^content-length: (\d+)/im;
    expect(length.exec(head.head)?.[1]).toBe(length.exec(get.head)?.[1]);
    expect(Number(length.exec(head.head)?.[1])).toBe(Buffer.byteLength(get.body));
  });

  test('of a resource asks the server as GET does', async () => {
    answers('Patient/p1', 200, { ...PATIENT, meta: { versionId: '3' } });
    const { status, headers } = await fetch(`${app.fhir}/Patient/p1`, { method: 'HEAD' });
    expect([status, headers.get('etag')]).toEqual([200, 'W/"3"']);
  });
});

describe('livez and readyz', () => {
  const json = async (path: string) => {
    const reply = await fetch(app.root + path);
    return [
      reply.status,
      /^application\/json/.test(reply.headers.get('content-type') ?? ''),
      await reply.json(),
    ];
  };

  test('alive without asking anybody', async () => {
    expect(await json('/livez')).toEqual([200, true, { status: 'alive' }]);
  });

  test.each<[string, number, object | string, string]>([
    ['reachable', 200, { resourceType: 'CapabilityStatement' }, 'reachable'],
    ['another resource', 200, { resourceType: 'Patient' }, 'unreachable'],
    ['a login page', 200, '<html>', 'unreachable'],
    ['an empty answer', 200, '', 'unreachable'],
    ['down', 503, '', 'unreachable'],
    ['locked', 401, '', 'unreachable'],
  ])('ready all the same, and told when the server is %s', async (_name, status, body, fhirServer) => {
    server().get('/fhir/metadata').reply(status, body);
    const outbox = { queued: 0, refused: 0, unknown: 0, oldestQueued: null };
    const ready = { status: 'ready', fhirServer, outbox, openAlerts: 0 };
    expect(await json('/readyz')).toEqual([200, true, ready]);
  });
});

test('a caller who hangs up in the middle of a body is no bug and leaves the service up', async () => {
  const start = `POST /fhir/QuestionnaireResponse HTTP/1.1\r\nHost: x\r\nContent-Type: ${FHIR_JSON}`;
  await new Promise<void>((resolve, reject) => {
    const socket = connect(app.port, '127.0.0.1', () => {
      socket.write(`${start}\r\nContent-Length: 900\r\n\r\n{"resourceType"`, () => {
        setTimeout(() => socket.resetAndDestroy(), 50);
      });
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await fetch(`${app.root}/livez`)).status).toBe(200);
  expect(app.lines.filter(({ message }) => message === 'bug')).toEqual([]);
});
