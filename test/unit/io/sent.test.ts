/** What each answer of a FHIR server to a write comes to: a real server that gives it, and the real client. */
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation } from 'fhir/r4.js';
import { createFhirServer } from '../../../src/io/fhir-server.js';
import { readWriteError } from '../../../src/io/sent.js';
import type { FhirServer } from '../../../src/operations/ports.js';
import type { SingleWrite } from '../../../src/operations/single-write.js';

const SECRET = 'Mrs Secret, born 1970';
const JSON_TYPE = { 'content-type': 'application/fhir+json' };
const HTML = { 'content-type': 'text/html' };
const LOGIN = '<html><body>Please log in</body></html>';

interface Answer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: object | string;
}
/** `silent`: never answers. `cut`: reads the request and closes. `half`: closes within the body. */
type Behaviour = Answer | 'silent' | 'cut' | 'half';

let behaviour: Behaviour;
let asked: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers'] }[] =
  [];
const sockets = new Set<Socket>();
let http: Server;
let base: string;
let server: FhirServer;

beforeAll(async () => {
  http = createServer((request, response) => {
    asked.push({ method: request.method, url: request.url, headers: request.headers });
    request.resume().on('end', () => {
      if (behaviour === 'silent') return;
      if (behaviour === 'cut') return request.socket.destroy();
      if (behaviour === 'half') {
        response.writeHead(201, { ...JSON_TYPE, 'content-length': '500' });
        return response.write('{"resourceType":', () => request.socket.destroy());
      }
      const { status, headers = {}, body } = behaviour;
      const text = typeof body === 'object' ? JSON.stringify(body) : body;
      return response
        .writeHead(status, { ...(typeof body === 'object' ? JSON_TYPE : {}), ...headers })
        .end(text);
    });
  });
  http.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  base = `http://127.0.0.1:${address.port}/fhir`;
  server = createFhirServer({ baseUrl: base, timeoutMs: 5000 });
});
beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  const closed = new Promise((resolve) => http.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
});

const OURS: Observation = {
  resourceType: 'Observation',
  id: 'r1.night-pain',
  status: 'final',
  code: { text: 'night pain' },
};
const { id: _id, ...UNNAMED } = OURS;
const PUT: SingleWrite = { method: 'PUT', url: 'Observation/r1.night-pain', resource: OURS };
const POST: SingleWrite = { method: 'POST', url: 'Observation', resource: UNNAMED };
const outcome = (...codes: unknown[]) => ({
  resourceType: 'OperationOutcome',
  issue: codes.map((code) => ({ severity: 'error', code, diagnostics: SECRET, details: { text: SECRET } })),
});

const write = (one: SingleWrite, answer: Behaviour) => {
  behaviour = answer;
  return server.write(one);
};
const writtenAt = (reference: string | null, versionId: string | null = null) => ({
  state: 'written',
  entries: [{ reference, versionId }],
});
const unconfirmed = {
  state: 'retryable',
  reason: 'its answer does not confirm the write',
  retryAfter: null,
  isUndone: false,
};

describe('one resource: written', () => {
  const kept = { ...UNNAMED, id: '7', meta: { versionId: '3' } };
  test.each<[string, SingleWrite, Answer, object]>([
    ['201 with the resource', POST, { status: 201, body: kept }, writtenAt('Observation/7', '3')],
    [
      '201 with the resource, a Location and an ETag, which is the newer word',
      POST,
      {
        status: 201,
        headers: { location: '/fhir/Observation/7/_history/4', etag: 'W/"5"' },
        body: kept,
      },
      writtenAt('Observation/7', '5'),
    ],
    [
      '201 with a resource without id: the Location says where',
      POST,
      { status: 201, headers: { location: '/fhir/Observation/8' }, body: UNNAMED },
      writtenAt('Observation/8'),
    ],
    [
      'empty 201 with a relative Location (Epic)',
      POST,
      { status: 201, headers: { location: 'Observation/eZ.9-A' } },
      writtenAt('Observation/eZ.9-A'),
    ],
    [
      'empty 201 with an absolute Location and its version',
      POST,
      { status: 201, headers: { location: 'https://ehr.example.org/r4/Observation/9/_history/2' } },
      writtenAt('Observation/9', '2'),
    ],
    [
      'empty 201 with a Location that ends in a slash',
      POST,
      { status: 201, headers: { location: '/fhir/Observation/9/' } },
      writtenAt('Observation/9'),
    ],
    [
      'empty 201 with Location and a strong ETag',
      POST,
      { status: 201, headers: { location: '/fhir/Observation/9', etag: '"6"' } },
      writtenAt('Observation/9', '6'),
    ],
    [
      '201 with an OperationOutcome and a Location',
      POST,
      { status: 201, headers: { location: '/fhir/Observation/9' }, body: outcome('informational') },
      writtenAt('Observation/9'),
    ],
    [
      'empty 200 with an ETag, for an id of ours',
      PUT,
      { status: 200, headers: { etag: 'W/"2"' } },
      writtenAt('Observation/r1.night-pain', '2'),
    ],
    ['200 with the resource', PUT, { status: 200, body: OURS }, writtenAt('Observation/r1.night-pain')],
  ])('%s', async (_name, one, answer, expected) => {
    expect(await write(one, answer)).toEqual(expected);
    expect(asked).toHaveLength(1);
  });
});

describe('one resource: not confirmed, and perhaps written', () => {
  test.each<[string, SingleWrite, Answer]>([
    ['empty 200', PUT, { status: 200 }],
    ['empty 200 for a create', POST, { status: 200 }],
    ['empty 201 without a Location', POST, { status: 201 }],
    ['empty 200 with an ETag, which may be a proxy’s', POST, { status: 200, headers: { etag: '"2"' } }],
    ['an ETag that is no version', PUT, { status: 200, headers: { etag: 'W/"a b"' } }],
    ['a Location that names no resource', POST, { status: 201, headers: { location: '/login' } }],
    ['an OperationOutcome alone', PUT, { status: 200, body: outcome('informational') }],
    ['another resource', PUT, { status: 200, body: { resourceType: 'Patient', id: '1' } }],
    ['JSON that is none of FHIR', PUT, { status: 200, body: { ok: true } }],
  ])('%s', async (_name, one, answer) => {
    expect(await write(one, answer)).toEqual(unconfirmed);
  });

  test.each<[string, OutgoingHttpHeaders]>([
    ['HTML', {}],
    ['HTML with a Location and an ETag', { location: '/fhir/Observation/1', etag: '"1"' }],
  ])('%s', async (_name, headers) => {
    const page = { status: 200, headers: { ...HTML, ...headers }, body: LOGIN };
    const expected = { state: 'retryable', reason: 'HTTP 200', retryAfter: null, isUndone: false };
    expect(await write(PUT, page)).toEqual(expected);
    expect(await server.transact({ resourceType: 'Bundle', type: 'transaction' })).toEqual(expected);
  });
});

describe('a transaction', () => {
  const sent: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: ['a', 'b'].map((id) => ({
      resource: { ...OURS, id },
      request: { method: 'PUT', url: `Observation/${id}` },
    })),
  };
  const transact = (answer: Behaviour) => {
    behaviour = answer;
    return server.transact(sent);
  };
  const answerOf = (...responses: unknown[]) => ({
    resourceType: 'Bundle',
    type: 'transaction-response',
    entry: responses.map((response) => ({ ...(response !== undefined && { response }) })),
  });

  test('is written when every entry says so; where each is, as far as it says', async () => {
    const body = answerOf(
      { status: '201 Created', location: 'Observation/a/_history/1', etag: 'W/"1"' },
      { status: '200' },
    );
    expect(await transact({ status: 200, body })).toEqual({
      state: 'written',
      entries: [
        { reference: 'Observation/a', versionId: '1' },
        { reference: null, versionId: null },
      ],
    });
  });

  test.each<[string, Answer]>([
    ['an entry fewer', { status: 200, body: answerOf({ status: '201' }) }],
    ['an entry more', { status: 200, body: answerOf(...Array(3).fill({ status: '201' })) }],
    ['an entry that failed', { status: 200, body: answerOf({ status: '201' }, { status: '400' }) }],
    ['an entry without a response', { status: 200, body: answerOf({ status: '201' }, undefined) }],
    ['a status that is no text', { status: 200, body: answerOf({ status: '201' }, { status: 201 }) }],
    ['no entries', { status: 200, body: { resourceType: 'Bundle', type: 'transaction-response' } }],
    ['another resource', { status: 200, body: outcome('informational') }],
    ['nothing', { status: 200 }],
  ])('is not confirmed by %s', async (_name, answer) => {
    expect(await transact(answer)).toEqual({
      state: 'retryable',
      reason: 'its answer does not confirm every entry',
      retryAfter: null,
      isUndone: false,
    });
  });

  test('that fails is read like a single write', async () => {
    expect(await transact({ status: 422, body: outcome('invariant') })).toEqual({
      state: 'refused',
      reason: 'HTTP 422, invariant',
      isAboutUs: false,
    });
    expect(await transact('cut')).toMatchObject({ state: 'retryable', isUndone: false });
  });
});

describe('refused', () => {
  test.each<[Answer, string, boolean]>([
    [
      { status: 400, body: outcome('structure', 'required', 'structure') },
      'HTTP 400, structure, required',
      false,
    ],
    [{ status: 422 }, 'HTTP 422', false],
    [{ status: 404, headers: HTML, body: LOGIN }, 'HTTP 404', false],
    [{ status: 413 }, 'HTTP 413', false],
    [{ status: 401, body: outcome('login') }, 'HTTP 401, login', true],
    [{ status: 403 }, 'HTTP 403', true],
    [{ status: 422, body: { resourceType: 'OperationOutcome', issue: 'x' } }, 'HTTP 422', false],
    // What is no code may be anything, and it is logged.
    [{ status: 422, body: outcome(SECRET, { a: 1 }, 'value') }, 'HTTP 422, value', false],
  ])('%j', async (answer, reason, isAboutUs) => {
    const sent = await write(PUT, answer);
    expect(sent).toEqual({ state: 'refused', reason, isAboutUs });
    expect(JSON.stringify(sent)).not.toContain('Secret');
  });

  test.each([409, 412])('%d is a conflict: something else stands there', async (status) => {
    expect(await write(PUT, { status, body: outcome('conflict') })).toEqual({
      state: 'conflict',
      reason: `HTTP ${status}`,
    });
  });
});

describe('worth another try', () => {
  test.each<[status: number, isUndone: boolean]>([
    [408, false],
    [429, true],
    [500, false],
    [501, false],
    [502, false],
    // A server that says that it is not there has done nothing.
    [503, true],
    [504, false],
    [302, true],
    [307, true],
  ])('HTTP %d; certainly not done: %p', async (status, isUndone) => {
    const headers = status < 400 ? { location: `${base}/elsewhere` } : {};
    expect(await write(PUT, { status, headers, body: outcome('transient') })).toEqual({
      state: 'retryable',
      reason: `HTTP ${status}`,
      retryAfter: null,
      isUndone,
    });
    // Nobody is followed to where a redirect points.
    expect(asked).toHaveLength(1);
  });

  test.each<[string | undefined, number | null]>([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['999999999', 999_999_999_000],
    ['soon', null],
    ['', null],
    [undefined, null],
    // Long ago: at once.
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ])('Retry-After %j is %p ms', async (text, expected) => {
    const headers = text === undefined ? {} : { 'retry-after': text };
    for (const status of [429, 503]) {
      expect(await write(PUT, { status, headers })).toMatchObject({ retryAfter: expected });
    }
  });

  test('Retry-After as a date to come is as long as it takes until then', async () => {
    const at = Math.ceil(Date.now() / 1000) * 1000 + 60_000;
    const before = at - Date.now();
    const sent = await write(PUT, {
      status: 429,
      headers: { 'retry-after': new Date(at).toUTCString() },
    });
    if (sent.state !== 'retryable') throw new Error(sent.state);
    expect(sent.retryAfter).toBeLessThanOrEqual(before);
    expect(sent.retryAfter).toBeGreaterThanOrEqual(at - Date.now());
  });

  /** As Node's fetch gives them. Jest runs tests in a realm of their own, so those of the real one are no Errors here. */
  test.each<[code: string, isUndone: boolean]>([
    ['ECONNREFUSED', true],
    ['ENOTFOUND', true],
    ['EAI_AGAIN', true],
    ['EHOSTUNREACH', true],
    ['ENETUNREACH', true],
    ['UND_ERR_CONNECT_TIMEOUT', true],
    ['ECONNRESET', false],
    ['EPIPE', false],
    ['UND_ERR_SOCKET', false],
    ['UND_ERR_HEADERS_TIMEOUT', false],
    ['UND_ERR_BODY_TIMEOUT', false],
  ])('%s; certainly not done: %p', (code, isUndone) => {
    const cause = Object.assign(new Error(`connect ${SECRET}`), { code });
    expect(readWriteError(new TypeError('fetch failed', { cause }))).toEqual({
      state: 'retryable',
      reason: code,
      retryAfter: null,
      isUndone,
    });
  });

  test.each<[unknown, string]>([
    [Object.assign(new Error('aborted'), { name: 'TimeoutError' }), 'timeout'],
    [Object.assign(new Error('aborted'), { name: 'AbortError' }), 'timeout'],
    [new TypeError(`fetch failed ${SECRET}`), 'network error'],
    [SECRET, 'network error'],
    [null, 'network error'],
  ])('%p: perhaps done (%s)', (error, reason) => {
    expect(readWriteError(error)).toEqual({ state: 'retryable', reason, retryAfter: null, isUndone: false });
  });

  test.each(['cut', 'half'] as const)('a connection that ends (%s): perhaps done', async (how) => {
    const sent = await write(POST, how);
    expect(sent).toMatchObject({ state: 'retryable', retryAfter: null, isUndone: false });
    expect(asked).toHaveLength(1);
  });

  test('no answer in time: perhaps done', async () => {
    behaviour = 'silent';
    const hasty = createFhirServer({ baseUrl: base, timeoutMs: 200 });
    expect(await hasty.write(POST)).toMatchObject({ state: 'retryable', retryAfter: null, isUndone: false });
    expect(asked).toHaveLength(1);
  });
});

test('conditions go along as headers, and only when there are any', async () => {
  await write({ ...PUT, ifMatch: 'W/"3"' }, { status: 200, body: OURS });
  await write({ ...POST, ifNoneExist: 'identifier=a|b' }, { status: 201, body: OURS });
  await write(PUT, { status: 200, body: OURS });
  expect(
    asked.map(({ method, url, headers }) => [method, url, headers['if-match'], headers['if-none-exist']]),
  ).toEqual([
    ['PUT', '/fhir/Observation/r1.night-pain', 'W/"3"', undefined],
    ['POST', '/fhir/Observation', undefined, 'identifier=a|b'],
    ['PUT', '/fhir/Observation/r1.night-pain', undefined, undefined],
  ]);
});

test('an issue without a code adds no word to the reason', async () => {
  const issue = [null, {}, { code: null }];
  expect(await write(PUT, { status: 422, body: { resourceType: 'OperationOutcome', issue } })).toEqual({
    state: 'refused',
    reason: 'HTTP 422',
    isAboutUs: false,
  });
});

test.each(['/auth/login', 'https://ehr.example.org/sso/start', '/fhir/Patient/p1'])(
  'a Location that is not of the type that was sent (%s) confirms nothing',
  async (location) => {
    expect(await write(POST, { status: 201, headers: { location } })).toEqual(unconfirmed);
  },
);
