/** contract.md §2, §8: a POST and a read while the FHIR server is away, slow, wrong, or says no. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Parameters, QuestionnaireResponse } from 'fhir/r4.js';
import type { Body, Interceptor, ReplyHeaders } from 'nock';
import { faultsOf, type Reply, responseId, send } from '../support/contract-http.js';
import { CLINIC, toResponse, worked } from '../support/contract-responses.js';
import { type App, NOW, PUBLIC_URL, startApp } from '../support/http-app.js';
import {
  answers,
  hasNoResponse,
  hasPatient,
  outcome,
  readBundle,
  SECRET,
  searchset,
  server,
  takesTransaction,
  toTransactionResponse,
  useFhirServer,
} from '../support/http-fhir.js';

useFhirServer();
/** One for each test: the outbox remembers what was accepted. */
let app: App;
beforeEach(async () => {
  app = await startApp({ timeoutMs: 3000 });
});
afterEach(() => app.close());

const BODY = toResponse(worked('D1'), 'one');
const ID = responseId(CLINIC, 'one');
const LOCATION = `${PUBLIC_URL}/fhir/QuestionnaireResponse/${ID}`;
const post = (body: unknown = BODY): Promise<Reply<OperationOutcome>> =>
  send(`${app.fhir}/QuestionnaireResponse`, { body });
const said = ({ status, headers, body }: Reply<OperationOutcome>) => [
  status,
  faultsOf(body)[0]?.type,
  faultsOf(body)[0]?.code,
  headers.get('retry-after') !== null,
];

/** Nothing that the server said in words may come out, in the answer or in the log. */
function expectNoSecret(reply: Reply<unknown>, { lines }: App = app): void {
  const told = JSON.stringify([reply.text, [...reply.headers], lines]);
  for (const word of ['Secret', 'MRN']) expect(told).not.toContain(word);
}

const AWAY = [503, 'transient', 'fhir-server-unreachable', true];
const REFUSED = [422, 'business-rule', 'refused-by-server', false];

/** What `$delivery-status` says, by name. */
async function statusOf(): Promise<Record<string, unknown>> {
  const { text, body } = await send<Parameters>(`${app.fhir}/QuestionnaireResponse/${ID}/$delivery-status`);
  for (const word of ['Secret', 'MRN']) expect(text).not.toContain(word);
  const codeOf = (one: object) => faultsOf(one as OperationOutcome)[0]?.code;
  const entries = (body.parameter ?? []).map(({ name, resource, ...value }) => [
    name,
    resource ? codeOf(resource) : Object.values(value)[0],
  ]);
  return Object.fromEntries(entries);
}

/** contract.md §2: 202, and from then on it is there, whatever becomes of the server. */
async function expectAccepted(reply: Reply<unknown>): Promise<void> {
  const { status, headers, body } = reply;
  const told = ['location', 'etag', 'content-location', 'retry-after'].map((name) => headers.get(name));
  expect([status, ...told]).toEqual([
    202,
    `${LOCATION}/_history/1`,
    'W/"1"',
    `${LOCATION}/$delivery-status`,
    null,
  ]);
  expect(body).toEqual({ ...BODY, id: ID, meta: { versionId: '1' } });
  expectNoSecret(reply);
  const there = await send<QuestionnaireResponse>(`${app.fhir}/QuestionnaireResponse/${ID}`);
  expect([there.status, there.headers.get('etag')]).toEqual([200, 'W/"1"']);
  expect(there.body).toEqual({ ...BODY, id: ID, meta: { versionId: '1', lastUpdated: NOW } });
  const { nextAttempt, ...delivery } = await statusOf();
  expect(delivery).toMatchObject({
    status: 'queued',
    version: 1,
    attempts: 1,
    queuedAt: NOW,
    outcome: 'fhir-server-unreachable',
  });
  expect(Date.parse(String(nextAttempt))).toBeGreaterThan(Date.parse(NOW));
  hasPatient();
  const again = await post();
  expect([again.status, again.headers.get('etag')]).toEqual([200, 'W/"1"']);
}

const HTML: ReplyHeaders = { 'content-type': 'text/html' };
const LOGIN = `<html><title>Sign in</title><p>${SECRET}</p></html>`;

type Faulty = (transaction: Interceptor) => unknown;
const replies = (status: number, body?: Body, headers?: ReplyHeaders): Faulty => {
  return (transaction) => transaction.reply(status, body, headers);
};
/** The right answer, spoiled. */
const spoiled = (spoil: (answer: Bundle) => unknown): Faulty => {
  return (transaction) =>
    transaction.reply((_uri, body) => [200, JSON.stringify(spoil(toTransactionResponse(readBundle(body))))]);
};
const withStatus = (status: unknown) =>
  spoiled(({ entry = [], ...answer }) => ({
    ...answer,
    entry: [...entry.slice(1), { response: { status } }],
  }));

describe('a POST that may be sent again: accepted, sent once', () => {
  test.each<[string, Faulty]>([
    ['refuses connections', (at) => at.replyWithError(networkError('ECONNREFUSED'))],
    ['resets the connection', (at) => at.replyWithError(networkError('ECONNRESET'))],
    ['has no address', (at) => at.replyWithError(networkError('ENOTFOUND'))],
    ['never answers', (at) => at.delay(60_000).reply(200, {})],
    ['answers 500', replies(500, outcome('exception'))],
    ['answers 502 in HTML', replies(502, LOGIN, HTML)],
    ['answers 503', replies(503, outcome('transient'))],
    ['answers 504 without a body', replies(504)],
    ['answers 429', replies(429, outcome('throttled'))],
    ['answers 408', replies(408)],
    ['answers 200 with a login page', replies(200, LOGIN, HTML)],
    ['answers 200 with nothing', replies(200, '')],
    ['answers 204', replies(204)],
    ['answers 200 with null', replies(200, 'null')],
    ['answers 200 with a number', replies(200, '1')],
    ['answers 200 with an OperationOutcome', replies(200, outcome('informational'))],
    ['answers 200 with a Bundle without entries', spoiled(({ entry: _, ...answer }) => answer)],
    [
      'confirms one entry less',
      spoiled(({ entry = [], ...answer }) => ({ ...answer, entry: entry.slice(1) })),
    ],
    ['answers 404 for one entry', withStatus('404 Not Found')],
    ['answers 500 for one entry', withStatus('500')],
    ['answers an entry without a status', withStatus(undefined)],
    ['answers a number for a status', withStatus(201)],
    [
      'answers null for an entry',
      spoiled(({ entry = [], ...answer }) => ({ ...answer, entry: [null, ...entry.slice(1)] })),
    ],
    ['answers 304', replies(304)],
  ])('the server %s', async (_name, faulty) => {
    hasNoResponse(ID);
    hasPatient();
    faulty(server().post('/fhir/'));
    await expectAccepted(await post());
  });

  test('it asks to be left alone: nothing else is sent before that', async () => {
    hasNoResponse(ID);
    hasPatient();
    server().post('/fhir/').reply(429, outcome('throttled'), { 'retry-after': '120' });
    await expectAccepted(await post());
    const wait = Date.parse(String((await statusOf()).nextAttempt)) - Date.parse(NOW);
    expect(wait).toBeGreaterThanOrEqual(120_000);
    hasNoResponse(responseId(CLINIC, 'two'));
    hasPatient();
    expect((await post(toResponse(worked('D1'), 'two'))).status).toBe(202);
  });

  test('the key cannot be looked up: sent on the condition that nothing stands there', async () => {
    answers(`QuestionnaireResponse/${ID}`, 500, outcome('exception'));
    hasPatient();
    const sent = takesTransaction();
    expect((await post()).status).toBe(201);
    const conditions = (sent[0]?.entry ?? []).map(({ request }) => [request?.url, request?.ifNoneMatch]);
    expect(conditions.filter(([, condition]) => condition !== undefined)).toEqual([
      [`QuestionnaireResponse/${ID}`, '*'],
    ]);
  });

  test('the versions of a known key cannot be looked up: accepted on that condition, and not decided', async () => {
    answers(`QuestionnaireResponse/${ID}`, 200, { ...BODY, id: ID });
    hasPatient();
    const provenances = `Provenance?target=QuestionnaireResponse/${ID}&_count=200`;
    answers(provenances, 503, outcome('transient'));
    server().post('/fhir/').reply(412, outcome('conflict'));
    answers(`QuestionnaireResponse/${ID}`, 200, { ...BODY, id: ID });
    answers(provenances, 503, outcome('transient'));
    await expectAccepted(await post());
  });

  test('everything that is wrong with the response is told all the same', async () => {
    answers(`QuestionnaireResponse/${ID}`, 500, outcome('exception'));
    hasPatient();
    const reply = await post({ ...BODY, item: [{ linkId: 'nowhere' }], authored: '2026' });
    expect([reply.status, ...faultsOf(reply.body).map(({ code }) => code)]).toEqual(
      expect.arrayContaining([422, 'unknown-link-id', 'element-required']),
    );
  });
});

describe('a POST that the server refuses: 422, its code and none of its words', () => {
  test.each([
    [400, 'invalid'],
    [401, 'login'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [410, 'deleted'],
    [413, 'too-long'],
    [422, 'processing'],
  ])('HTTP %i, %s', async (status, code) => {
    hasNoResponse(ID);
    hasPatient();
    server().post('/fhir/').reply(status, outcome(code));
    const reply = await post();
    expect(said(reply)).toEqual(REFUSED);
    expect(reply.body.issue[0]?.details?.text).toContain(`HTTP ${status}, ${code}`);
    expectNoSecret(reply);
  });

  test.each<[string, Body | undefined]>([
    ['a page', LOGIN],
    ['nothing', undefined],
    ['an OperationOutcome without issues', { resourceType: 'OperationOutcome', issue: null }],
    ['an issue that is null', { resourceType: 'OperationOutcome', issue: [null] }],
    ['words for a code', { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: SECRET }] }],
    ['another resource', { resourceType: 'Patient', issue: [{ code: 'secret' }] }],
  ])('HTTP 400 with %s', async (_name, body) => {
    hasNoResponse(ID);
    hasPatient();
    server().post('/fhir/').reply(400, body);
    const reply = await post();
    expect(said(reply)).toEqual(REFUSED);
    expect(reply.body.issue[0]?.details?.text).toMatch(/\(HTTP 400(, (null|undefined))?\)/);
    expectNoSecret(reply);
  });

  test('it is forgotten: the same response again is a new attempt', async () => {
    for (const status of [422, 400]) {
      hasNoResponse(ID);
      hasPatient();
      server().post('/fhir/').reply(status, outcome('processing'));
      expect((await post()).status).toBe(422);
      hasNoResponse(ID);
      const delivery = await send(`${app.fhir}/QuestionnaireResponse/${ID}/$delivery-status`);
      expect(delivery.status).toBe(404);
    }
    hasNoResponse(ID);
    hasPatient();
    takesTransaction();
    expect((await post()).status).toBe(201);
  });
});

describe('a POST that somebody else was faster with: read back and compared', () => {
  const path = `QuestionnaireResponse/${ID}`;
  const provenances = `Provenance?target=${path}&_count=200`;
  const stored: QuestionnaireResponse = { ...BODY, id: ID, meta: { versionId: '1' } };
  const conflict = (status: number) => {
    hasNoResponse(ID);
    hasPatient();
    server().post('/fhir/').reply(status, outcome('conflict'));
  };

  test.each([409, 412])('HTTP %i, the same content there: 200, known', async (status) => {
    conflict(status);
    answers(path, 200, stored);
    answers(provenances, 200, searchset([]));
    const reply = await post();
    expect([reply.status, reply.headers.get('etag'), reply.body]).toEqual([200, 'W/"1"', stored]);
    expect((await statusOf()).status).toBe('written');
  });

  test.each([409, 412])('HTTP %i, other content there: 409', async (status) => {
    conflict(status);
    answers(path, 200, { ...toResponse(worked('D2'), 'one'), id: ID, meta: { versionId: '1' } });
    answers(provenances, 200, searchset([]));
    const reply = await post();
    expect(said(reply)).toEqual([409, 'conflict', 'identifier-in-use', false]);
    expectNoSecret(reply);
    answers(path, 404, outcome('not-found'));
    const delivery = await send(`${app.fhir}/QuestionnaireResponse/${ID}/$delivery-status`);
    expect(delivery.status).toBe(404);
  });

  test.each([409, 412])('HTTP %i, nothing there: accepted, to be sent again', async (status) => {
    conflict(status);
    hasNoResponse(ID);
    await expectAccepted(await post());
  });

  test('its versions cannot be looked up now: accepted, and not decided', async () => {
    conflict(412);
    answers(path, 200, stored);
    answers(provenances, 503, outcome('transient'));
    await expectAccepted(await post());
  });

  test('the server does not search for versions: the content decides', async () => {
    conflict(412);
    answers(path, 200, stored);
    answers(provenances, 400, outcome('invalid'));
    expect((await post()).status).toBe(200);
  });

  test('it cannot be read back: accepted, and not decided', async () => {
    conflict(412);
    answers(path, 500, outcome('exception'));
    await expectAccepted(await post());
  });
});

describe('a read', () => {
  const rows: [string, string][] = [
    ['Observation/o1', 'Observation/o1'],
    ['QuestionnaireResponse/r1', 'QuestionnaireResponse/r1'],
    ['QuestionnaireResponse/r1/_history/2', 'QuestionnaireResponse/r1/_history/2'],
    ['Provenance/v1', 'Provenance/v1'],
    ['Patient/p1', 'Patient/p1'],
    ['Observation?code=x', 'Observation?code=x'],
    ['Provenance?target=x', 'Provenance?target=x'],
    ['QuestionnaireResponse/r1/$extract', 'QuestionnaireResponse/r1'],
    ['QuestionnaireResponse/r1/$explain', 'QuestionnaireResponse/r1'],
  ];

  describe.each(rows)('of %s', (path, asked) => {
    const ask = () => send<OperationOutcome>(`${app.fhir}/${path}`);
    const serverReplies = (status: number, body?: Body, headers?: ReplyHeaders) =>
      server().get(`/fhir/${asked}`).reply(status, body, headers);

    test.each<[string, () => unknown]>([
      ['500', () => serverReplies(500, outcome('exception'))],
      ['429', () => serverReplies(429, outcome('throttled'))],
      ['408', () => serverReplies(408)],
      ['a login page', () => serverReplies(200, LOGIN, HTML)],
      ['an empty 200', () => serverReplies(200, '')],
      ['null', () => serverReplies(200, 'null')],
      [
        'another resource',
        () => serverReplies(200, { resourceType: 'Basic', id: 'o1', code: { text: SECRET } }),
      ],
      ['no connection', () => server().get(`/fhir/${asked}`).replyWithError(networkError('ECONNREFUSED'))],
    ])('%s: 503 with Retry-After', async (_name, given) => {
      given();
      const reply = await ask();
      expect(said(reply)).toEqual(AWAY);
      expectNoSecret(reply);
    });

    test.each([401, 403, 405, 409, 418, 422])(
      '%i: between the servers, not with the caller',
      async (status) => {
        serverReplies(status, outcome('invalid'));
        const reply = await ask();
        expect(said(reply)).toEqual(AWAY);
        expectNoSecret(reply);
      },
    );

    test('400: of a search, the caller can mend it', async () => {
      serverReplies(400, outcome('invalid'));
      const reply = await ask();
      expect(said(reply)).toEqual(
        asked.includes('?') ? [400, 'structure', 'unknown-parameter', false] : AWAY,
      );
      expectNoSecret(reply);
    });

    test.each<[string, Body | undefined]>([
      ['a page', LOGIN],
      ['nothing', undefined],
      ['another resource', { resourceType: 'Basic', code: { text: SECRET } }],
    ])('404 or 410 with %s is a proxy’s word: 503', async (_name, body) => {
      for (const status of [404, 410]) {
        serverReplies(status, body);
        const reply = await ask();
        expect([status, ...said(reply)]).toEqual([status, ...AWAY]);
        expectNoSecret(reply);
      }
    });
  });

  test.each<[string, object]>([
    ['an entry that is null', { entry: [null] }],
    ['an entry that is a text', { entry: ['x'] }],
    ['an entry that is a number', { entry: [1] }],
    ['entries that are no list', { entry: { resource: {} } }],
    ['entries that are null', { entry: null }],
    ['a link without a url', { link: [{ relation: 'next' }] }],
    ['a link without a relation', { link: [{ url: 'http://fhir.test/fhir?_getpages=1' }] }],
    ['a link whose url is a number', { link: [{ relation: 'self', url: 1 }] }],
    ['a link that is null', { link: [null] }],
    ['links that are no list', { link: 'x' }],
  ])('a Bundle with %s: 503', async (_name, part) => {
    answers('Observation?code=x', 200, JSON.stringify({ ...searchset([]), ...part }));
    expect(said(await send(`${app.fhir}/Observation?code=x`))).toEqual(AWAY);
  });

  test('a page that the server does not know any more with 404: 503', async () => {
    answers('Observation?code=x', 404, outcome('not-found'));
    expect(said(await send(`${app.fhir}/Observation?code=x`))).toEqual(AWAY);
  });

  test.each([404, 410])('%i: 404', async (status) => {
    for (const path of ['Observation/o1', 'QuestionnaireResponse/r1/_history/2']) {
      answers(path, status, outcome('not-found'));
      const reply = await send<OperationOutcome>(`${app.fhir}/${path}`);
      expect(said(reply)).toEqual([404, 'not-found', 'resource-not-found', false]);
      expectNoSecret(reply);
    }
  });

  test('a server that never answers: 503', async () => {
    server().get('/fhir/Observation/o1').delay(60_000).reply(200, {});
    expect(said(await send(`${app.fhir}/Observation/o1`))).toEqual(AWAY);
  });

  test('a Patient where an Observation was asked for: 503, not the Patient', async () => {
    answers('Observation/o1', 200, { resourceType: 'Patient', id: 'o1', name: [{ text: SECRET }] });
    const reply = await send<OperationOutcome>(`${app.fhir}/Observation/o1`);
    expect(said(reply)).toEqual(AWAY);
    expectNoSecret(reply);
  });

  test('another Observation than the one asked for: 503, not the other one', async () => {
    answers('Observation/o1', 200, {
      resourceType: 'Observation',
      id: 'o2',
      status: 'final',
      code: { text: SECRET },
    });
    const reply = await send<OperationOutcome>(`${app.fhir}/Observation/o1`);
    expect(said(reply)).toEqual(AWAY);
    expectNoSecret(reply);
  });

  test('a next page that is none', async () => {
    const link = [{ relation: 'next', url: 'http://fhir.test/fhir?_getpages=1' }];
    answers('Observation?code=x', 200, searchset([], { link }));
    const first = await send<Bundle>(`${app.fhir}/Observation?code=x`);
    const next = first.body.link?.find(({ relation }) => relation === 'next')?.url ?? '';
    server()
      .get(/^\/fhir\/?\?_getpages=1$/)
      .reply(410, outcome('not-found'));
    const reply = await send<OperationOutcome>(`${app.fhir}/Observation${new URL(next).search}`);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expectNoSecret(reply);
  });
});

function networkError(code: string): Error {
  return Object.assign(new Error(`connect ${code} for ${SECRET}`), { code });
}
