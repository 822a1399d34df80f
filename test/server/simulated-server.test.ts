/** The simulated servers do what their rows and faults say, so that a test against them proves something. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Answer, type Json, putEntry, send } from '../support/embedded-fixture.js';
import { capabilitiesOf } from '../support/simulated-capability.js';
import { type Fault, writesOnly } from '../support/simulated-faults.js';
import * as rows from '../support/simulated-rows.js';
import { type Simulated, startSimulated } from '../support/simulated-server.js';
import { CANARY } from '../support/simulated-store.js';

const started: Simulated[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

/** Fails when it does not come about within five seconds. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not come about within five seconds.');
    await pause(10);
  }
}

const HEADERS = { 'Content-Type': 'application/fhir+json' };
type Headers = Record<string, string>;

function ask(url: string, method: string, path: string, body?: Json, headers: Headers = {}): Promise<Answer> {
  const init: RequestInit = { method, headers: { ...HEADERS, ...headers } };
  return send(path === '' ? url : `${url}/${path}`, body ? { ...init, body: JSON.stringify(body) } : init);
}

/** A server of that row with Patient/p1 and Encounter/e1 in it. */
async function start(row: rows.SimulatedRow): Promise<Simulated> {
  const simulated = await startSimulated(row);
  started.push(simulated);
  await ask(simulated.storeUrl, 'PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1' });
  await ask(simulated.storeUrl, 'PUT', 'Encounter/e1', {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    class: { code: 'AMB' },
    subject,
  });
  return simulated;
}

const subject = { reference: 'Patient/p1' };
const identifier = (value: string) => ({ system: 'urn:x:ids', value });
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const observation = (value: string, category = 'survey', more: Json = {}): Json => ({
  resourceType: 'Observation',
  identifier: [identifier(value)],
  status: 'final',
  category: [{ coding: [{ system: CATEGORY, code: category }] }],
  code: { text: 'x' },
  subject,
  ...more,
});
const documentOf = (value: string, contentType = 'text/plain', more: Json = {}): Json => ({
  resourceType: 'DocumentReference',
  masterIdentifier: identifier(value),
  status: 'current',
  subject,
  content: [{ attachment: { contentType, data: 'aGVsbG8=' } }],
  ...more,
});
const answersOf = (more: Json = {}): Json => ({
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  subject,
  ...more,
});
const task: Json = { resourceType: 'Task', status: 'requested', intent: 'order', for: subject };
const transaction = (...entry: Json[]): Json => ({ resourceType: 'Bundle', type: 'transaction', entry });

const stored = async ({ storeUrl }: Simulated, search: string): Promise<Json[]> => {
  const { status, body } = await ask(storeUrl, 'GET', search);
  expect(status).toBe(200);
  return (body.entry ?? []).map(({ resource }: Json) => resource);
};
const countOf = async (simulated: Simulated, search = 'Observation') =>
  (await stored(simulated, search)).length;
const issueOf = ({ body }: Answer) => [body.resourceType, body.issue?.[0]?.code];

describe('hapi-like', () => {
  test('takes transactions, own ids and conditions; says nothing of updateCreate', async () => {
    const server = await start(rows.HAPI_LIKE);
    const { body } = await ask(server.url, 'GET', 'metadata');
    expect(body).toEqual(JSON.parse(JSON.stringify(capabilitiesOf(rows.HAPI_LIKE, server.url))));
    expect(body.rest[0].interaction).toContainEqual({ code: 'transaction' });
    expect(body.rest[0].resource.some((one: Json) => 'updateCreate' in one)).toBe(false);
    const bundle = transaction(
      putEntry(observation('a', 'survey', { id: 'o1' })),
      putEntry({ ...task, id: 't1' }),
    );
    expect((await ask(server.url, 'POST', '', bundle)).status).toBe(200);
    const condition = { 'If-None-Exist': 'identifier=urn:x:ids|a' };
    expect((await ask(server.url, 'POST', 'Observation', observation('a'), condition)).status).toBe(200);
    const sameAgain = await ask(
      server.url,
      'PUT',
      'Observation?identifier=urn:x:ids|a',
      observation('a', 'exam'),
    );
    expect([sameAgain.status, sameAgain.body.id]).toEqual([200, 'o1']);
    expect([await countOf(server), await countOf(server, 'Task?_id=t1')]).toEqual([1, 1]);
  });

  test('speaks of itself by its own base, everywhere', async () => {
    const server = await start(rows.HAPI_LIKE);
    const absolute = observation('a', 'survey', { subject: { reference: `${server.url}/Patient/p1` } });
    const created = await ask(server.url, 'POST', 'Observation', absolute);
    expect(created.headers.get('location')).toMatch(`${server.url}/Observation/`);
    const found = await ask(
      server.url,
      'GET',
      `Observation?subject=${encodeURIComponent(`${server.url}/Patient/p1`)}`,
    );
    expect(found.body.entry).toHaveLength(1);
    expect(JSON.stringify(found.body)).not.toContain(server.storeUrl);
    expect(found.body.entry[0].fullUrl).toBe(`${server.url}/Observation/${created.body.id}`);
  });

  test('pages by the links that it gives', async () => {
    const server = await start(rows.HAPI_LIKE);
    for (const value of ['a', 'b', 'c']) await ask(server.url, 'POST', 'Observation', observation(value));
    const first = await ask(server.url, 'GET', 'Observation?_count=2');
    const next = first.body.link.find(({ relation }: Json) => relation === 'next').url;
    expect(next.startsWith(server.url)).toBe(true);
    expect((await send(next, {})).body.entry).toHaveLength(1);
  });
});

describe('no-update-create', () => {
  let server: Simulated;
  beforeEach(async () => {
    server = await start(rows.NO_UPDATE_CREATE);
  });

  test('says so, and makes nothing by an id that a client chose', async () => {
    const { body } = await ask(server.url, 'GET', 'metadata');
    const stated = body.rest[0].resource.map((one: Json) => [one.updateCreate, one.conditionalUpdate]);
    expect(new Set(stated.map(String))).toEqual(new Set(['false,true']));
    const one = { ...observation('a'), id: 'mine' };
    const answer = await ask(server.url, 'PUT', 'Observation/mine', one);
    expect([answer.status, ...issueOf(answer)]).toEqual([405, 'OperationOutcome', 'not-supported']);
    expect((await ask(server.url, 'POST', '', transaction(putEntry(one)))).status).toBe(405);
    expect((await ask(server.url, 'PUT', 'Observation?identifier=urn:x:ids|a', one)).status).toBe(405);
    expect(await countOf(server)).toBe(0);
  });

  test('chooses the id of a conditional update, keeps it, and updates by it', async () => {
    const path = 'Observation?identifier=urn:x:ids|a';
    const made = await ask(server.url, 'PUT', path, observation('a'));
    const again = await ask(server.url, 'PUT', path, observation('a', 'exam'));
    expect([made.status, again.status, again.body.id]).toEqual([201, 200, made.body.id]);
    const byId = { ...observation('a', 'therapy'), id: made.body.id };
    expect((await ask(server.url, 'PUT', `Observation/${made.body.id}`, byId)).status).toBe(200);
    expect(
      (await ask(server.url, 'POST', 'Observation', { ...observation('b'), id: 'mine' })).body.id,
    ).not.toBe('mine');
    expect(await countOf(server)).toBe(2);
  });

  test('resolves urn:uuid references within a transaction, again and again', async () => {
    const fullUrl = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a';
    const bundle = transaction(
      {
        fullUrl,
        resource: answersOf({ identifier: identifier('r') }),
        request: { method: 'PUT', url: 'QuestionnaireResponse?identifier=urn:x:ids|r' },
      },
      {
        resource: observation('a', 'survey', { derivedFrom: [{ reference: fullUrl }] }),
        request: { method: 'PUT', url: 'Observation?identifier=urn:x:ids|a' },
      },
    );
    expect((await ask(server.url, 'POST', '', bundle)).status).toBe(200);
    expect((await ask(server.url, 'POST', '', bundle)).status).toBe(200);
    const [response] = await stored(server, 'QuestionnaireResponse');
    const [made, ...more] = await stored(server, 'Observation');
    expect(made?.derivedFrom).toEqual([{ reference: `QuestionnaireResponse/${response?.id}` }]);
    expect(more).toEqual([]);
  });
});

test('no-transaction: no Bundle at the base; single writes by own ids and by conditions', async () => {
  const server = await start(rows.NO_TRANSACTION);
  const { body } = await ask(server.url, 'GET', 'metadata');
  expect('interaction' in body.rest[0]).toBe(false);
  const one = { ...observation('a'), id: 'mine' };
  expect((await ask(server.url, 'POST', '', transaction(putEntry(one)))).status).toBe(405);
  expect(await countOf(server)).toBe(0);
  expect((await ask(server.url, 'PUT', 'Observation/mine', one)).status).toBe(201);
  expect((await ask(server.url, 'PUT', 'Observation?identifier=urn:x:ids|a', one)).status).toBe(200);
  expect(await countOf(server, 'Observation?_id=mine')).toBe(1);
});

describe('epic-like', () => {
  let server: Simulated;
  beforeEach(async () => {
    server = await start(rows.EPIC_LIKE);
  });
  const post = (resource: Json, headers?: Headers) =>
    ask(server.url, 'POST', resource.resourceType, resource, headers);

  test('states what it is and serves', async () => {
    const { body } = await ask(server.url, 'GET', 'metadata');
    expect([body.fhirVersion, body.software.name, body.rest[0].interaction]).toEqual([
      '4.0.1',
      'Epic',
      undefined,
    ]);
    const served = body.rest[0].resource.map(({ type, interaction, updateCreate }: Json) => [
      type,
      interaction.map(({ code }: Json) => code).join(' '),
      updateCreate,
    ]);
    expect(served).toEqual([
      ['DocumentReference', 'read search-type create', false],
      ['Encounter', 'read search-type', false],
      ['Observation', 'read search-type create', false],
      ['Patient', 'read search-type', false],
      ['QuestionnaireResponse', 'read search-type', false],
    ]);
    const documents = body.rest[0].resource[0];
    expect([documents.conditionalCreate, documents.conditionalUpdate]).toEqual([false, false]);
    expect(documents.searchParam.map(({ name }: Json) => name)).not.toContain('identifier');
  });

  test('answers a create with 201, a relative Location and nothing else', async () => {
    const answer = await post(documentOf('d1'));
    const location = answer.headers.get('location') ?? '';
    expect([answer.status, answer.body, answer.headers.get('etag')]).toEqual([201, {}, null]);
    expect(location).toMatch(/^DocumentReference\/[A-Za-z0-9.-]+$/);
    expect((await ask(server.url, 'GET', location)).body.masterIdentifier.value).toBe('d1');
  });

  const refusals: [string, string, string, Json, number, string][] = [
    [
      'a transaction',
      'POST',
      '',
      transaction(putEntry({ ...observation('a', 'vital-signs'), id: 'o' })),
      405,
      'not-supported',
    ],
    ['a survey Observation', 'POST', 'Observation', observation('a'), 400, 'business-rule'],
    ['a response', 'POST', 'QuestionnaireResponse', answersOf(), 405, 'not-supported'],
    ['a Task', 'POST', 'Task', task, 404, 'not-found'],
    ['a Provenance', 'POST', 'Provenance', { resourceType: 'Provenance' }, 404, 'not-found'],
    ['an AuditEvent', 'POST', 'AuditEvent', { resourceType: 'AuditEvent' }, 404, 'not-found'],
    [
      'an update',
      'PUT',
      'Observation/o',
      { ...observation('a', 'vital-signs'), id: 'o' },
      405,
      'not-supported',
    ],
    [
      'a conditional update',
      'PUT',
      'Observation?identifier=urn:x:ids|a',
      observation('a', 'vital-signs'),
      400,
      'not-supported',
    ],
    ['a PDF', 'POST', 'DocumentReference', documentOf('d', 'application/pdf'), 400, 'business-rule'],
    [
      'a document that is elsewhere',
      'POST',
      'DocumentReference',
      documentOf('d', 'text/plain', {
        content: [{ attachment: { contentType: 'text/plain', url: 'http://x.example/d' } }],
      }),
      400,
      'business-rule',
    ],
    ['another patient', 'PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1' }, 405, 'not-supported'],
  ];
  test.each(refusals)('refuses %s', async (_, method, path, body, status, code) => {
    const answer = await ask(server.url, method, path, body);
    expect([answer.status, ...issueOf(answer)]).toEqual([status, 'OperationOutcome', code]);
    expect(JSON.stringify(answer.body)).toContain(CANARY);
    expect(await countOf(server)).toBe(0);
    expect(await countOf(server, 'DocumentReference')).toBe(0);
  });

  test('takes vital signs, and documents as text or HTML', async () => {
    expect((await post(observation('a', 'vital-signs'))).status).toBe(201);
    expect((await post(documentOf('d1', 'text/html; charset=utf-8'))).status).toBe(201);
    expect([await countOf(server), await countOf(server, 'DocumentReference')]).toEqual([1, 1]);
  });

  test('takes an identifier once, at once or later, whatever If-None-Exist says', async () => {
    const condition = { 'If-None-Exist': 'identifier=urn:x:ids|d1' };
    const both = await Promise.all([post(documentOf('d1')), post(documentOf('d1'))]);
    const third = await post(documentOf('d1'), condition);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 400]);
    expect([third.status, ...issueOf(third)]).toEqual([400, 'OperationOutcome', 'duplicate']);
    const inOther = documentOf('d2', 'text/plain', { identifier: [identifier('d1')] });
    expect((await post(inOther)).status).toBe(400);
    expect(await countOf(server, 'DocumentReference')).toBe(1);
  });

  test('searches by patient and id; leaves an identifier out of the search, or refuses to search by it alone', async () => {
    for (const value of ['d1', 'd2']) await post(documentOf(value));
    const search = (query: string) => ask(server.url, 'GET', `DocumentReference?${query}`);
    const byPatient = await search('patient=p1&identifier=urn:x:ids|d1');
    expect(byPatient.body.entry).toHaveLength(2);
    expect(byPatient.body.link[0].url).not.toContain('identifier');
    const [id] = (await stored(server, 'DocumentReference')).map((one) => one.id);
    expect((await search(`_id=${id}`)).body.entry).toHaveLength(1);
    expect((await search('identifier=urn:x:ids|d1')).status).toBe(400);
    expect((await search('identifier=urn:x:ids|d1&_count=5')).status).toBe(400);
    expect((await ask(server.url, 'GET', 'Patient?identifier=x')).status).toBe(200);
  });

  test('epic-like-encounter asks every document for its encounter', async () => {
    const strict = await start(rows.EPIC_LIKE_ENCOUNTER);
    const without = await ask(strict.url, 'POST', 'DocumentReference', documentOf('d1'));
    expect([without.status, ...issueOf(without)]).toEqual([400, 'OperationOutcome', 'required']);
    const context = { encounter: [{ reference: 'Encounter/e1' }] };
    const within = documentOf('d1', 'text/plain', { context });
    expect((await ask(strict.url, 'POST', 'DocumentReference', within)).status).toBe(201);
    expect((await post(documentOf('d1'))).status).toBe(201);
  });
});

describe('oracle-like', () => {
  let server: Simulated;
  beforeEach(async () => {
    server = await start(rows.ORACLE_LIKE);
  });

  test.each([
    ['Observation', observation('a', 'laboratory'), 201],
    ['Observation', observation('a', 'vital-signs'), 201],
    ['Observation', observation('a', 'survey'), 400],
    ['DocumentReference', documentOf('d', 'application/pdf'), 201],
    ['DocumentReference', documentOf('d', 'text/html'), 201],
    ['DocumentReference', documentOf('d', 'image/png'), 400],
    ['QuestionnaireResponse', answersOf(), 405],
    ['Task', task, 404],
    ['', transaction(), 405],
  ])('POST %s %#', async (path, body, status) => {
    expect((await ask(server.url, 'POST', path, body)).status).toBe(status);
  });

  test('answers with an absolute Location and no body; an update needs the version', async () => {
    expect((await ask(server.url, 'GET', 'metadata')).body.software.name).toBe('Oracle Health Millennium');
    const made = await ask(server.url, 'POST', 'Observation', observation('a', 'laboratory'));
    const location = made.headers.get('location') ?? '';
    expect([made.status, made.body, made.headers.get('etag')]).toEqual([201, {}, 'W/"1"']);
    expect(location.startsWith(`${server.url}/Observation/`)).toBe(true);
    const path = location.slice(server.url.length + 1);
    expect(path.split('/')).toHaveLength(2);
    const changed = observation('a', 'laboratory', { id: path.split('/')[1], status: 'amended' });
    const put = (headers: Headers) => ask(server.url, 'PUT', path, changed, headers);
    const answers = [await put({}), await put({ 'If-Match': 'W/"7"' }), await put({ 'If-Match': 'W/"1"' })];
    expect(answers.map(({ status }) => status)).toEqual([412, 412, 200]);
    expect((await ask(server.url, 'GET', path)).body.status).toBe('amended');
  });

  test('is not searched by identifier, but by patient; takes the same twice', async () => {
    for (const _ of [1, 2]) await ask(server.url, 'POST', 'DocumentReference', documentOf('d1'));
    const search = (query: string) => ask(server.url, 'GET', `DocumentReference?${query}`);
    expect((await search('patient=p1')).body.entry).toHaveLength(2);
    expect((await search('identifier=urn:x:ids|d1')).status).toBe(400);
    expect((await search('patient=p1&identifier=urn:x:ids|d1')).status).toBe(400);
  });
});

test('athena-like: reads a patient, and writes nothing', async () => {
  const server = await start(rows.ATHENA_LIKE);
  const { body } = await ask(server.url, 'GET', 'metadata');
  expect(body.software.name).toBe('athenahealth');
  const codes = body.rest[0].resource.flatMap(({ interaction }: Json) =>
    interaction.map(({ code }: Json) => code),
  );
  expect(new Set(codes)).toEqual(new Set(['read', 'search-type']));
  expect((await ask(server.url, 'GET', 'Patient/p1')).status).toBe(200);
  const writes = [
    observation('a', 'vital-signs'),
    answersOf(),
    task,
    { resourceType: 'Provenance' },
    documentOf('d'),
  ];
  const statuses = [];
  for (const one of writes) statuses.push((await ask(server.url, 'POST', one.resourceType, one)).status);
  expect(statuses).toEqual([405, 405, 404, 404, 405]);
  expect((await ask(server.url, 'PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1' })).status).toBe(
    405,
  );
});

describe('no-dedupe', () => {
  test('takes everything, as often as it is sent', async () => {
    const server = await start(rows.NO_DEDUPE);
    const condition = { 'If-None-Exist': 'identifier=urn:x:ids|a' };
    for (const _ of [1, 2]) {
      expect((await ask(server.url, 'POST', 'Observation', observation('a'), condition)).status).toBe(201);
    }
    const found = await ask(server.url, 'GET', 'Observation?identifier=urn:x:ids|a');
    expect(found.body.entry).toHaveLength(2);
    const { id } = found.body.entry[0].resource;
    const changed = { ...observation('a', 'exam'), id };
    expect((await ask(server.url, 'PUT', `Observation/${id}`, changed)).status).toBe(200);
    expect((await ask(server.url, 'PUT', 'Observation/new', { ...changed, id: 'new' })).status).toBe(405);
    expect(
      (await ask(server.url, 'PUT', 'Observation?identifier=urn:x:ids|b', observation('b'))).status,
    ).toBe(400);
    expect((await ask(server.url, 'POST', '', transaction())).status).toBe(405);
    expect((await ask(server.url, 'POST', 'Task', task)).status).toBe(201);
  });

  test('no-dedupe-blind: the same, but nothing is searched except patients', async () => {
    const server = await start(rows.NO_DEDUPE_BLIND);
    const made = await ask(server.url, 'POST', 'Observation', observation('a'));
    expect(made.status).toBe(201);
    const searches = ['Observation?identifier=urn:x:ids|a', 'Observation?patient=p1', 'Patient?_id=p1'];
    const answers = await Promise.all(searches.map((search) => ask(server.url, 'GET', search)));
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 200]);
    expect((await ask(server.url, 'POST', 'Observation/_search')).status).toBe(403);
    expect((await ask(server.url, 'GET', `Observation/${made.body.id}`)).status).toBe(200);
  });
});

describe('a fault', () => {
  let server: Simulated;
  beforeEach(async () => {
    server = await start(rows.HAPI_LIKE);
  });
  const put = (id: string) => ask(server.url, 'PUT', `Observation/${id}`, { ...observation(id), id });
  /** The status, or 'cut' when there was no whole answer. */
  const outcome = (answer: Promise<Answer>) =>
    answer.then(
      ({ status }) => status,
      () => 'cut' as const,
    );
  const statuses = () => server.requests.map(({ status }) => status);

  test.each([
    [{ kind: 'cut-before', times: 1 }, ['cut', 0, null]],
    [{ kind: 'cut-after', times: 1 }, ['cut', 1, null]],
    [{ kind: 'cut-middle', times: 1 }, ['cut', 1, null]],
    [{ kind: 'status', status: 500, times: 1 }, [500, 0, 500]],
    [{ kind: 'status', status: 401, times: 1 }, [401, 0, 401]],
  ] as const)(
    '%j: what the client sees, what is stored, what is recorded; then it heals',
    async (fault, seen) => {
      server.fault = fault;
      const first = await outcome(put('a'));
      expect([first, await countOf(server), statuses()[0]]).toEqual(seen);
      expect(server.fault).toBeNull();
      expect(await outcome(put('a'))).toBeLessThan(300);
      expect(await countOf(server)).toBe(1);
    },
  );

  test('cut-middle cuts an answer without a body as well, and leaves the status to be seen with one', async () => {
    const epic = await start(rows.EPIC_LIKE);
    epic.fault = { kind: 'cut-middle', times: 1 };
    expect(await outcome(ask(epic.url, 'POST', 'DocumentReference', documentOf('d')))).toBe('cut');
    expect(await countOf(epic, 'DocumentReference')).toBe(1);
    server.fault = { kind: 'cut-middle' };
    const answer = await fetch(`${server.url}/Patient/p1`, { signal: AbortSignal.timeout(5000) });
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  test('html and empty-200 say 200 to what never arrived', async () => {
    const url = `${server.url}/Observation/a`;
    const init = { method: 'PUT', headers: HEADERS, body: JSON.stringify({ ...observation('a'), id: 'a' }) };
    server.fault = { kind: 'html', times: 1 };
    const html = await fetch(url, init);
    expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await html.text()).toContain('<form');
    server.fault = { kind: 'empty-200', times: 1 };
    const empty = await fetch(url, init);
    expect([empty.status, await empty.text()]).toEqual([200, '']);
    expect(await countOf(server)).toBe(0);
  });

  test('slow and slow-answer differ in what is stored while the client waits', async () => {
    for (const [kind, during] of [
      ['slow', 0],
      ['slow-answer', 1],
    ] as const) {
      server.fault = { kind, ms: 900, times: 1 };
      const began = Date.now();
      const slow = put(kind);
      await pause(200);
      expect(await countOf(server, `Observation?_id=${kind}`)).toBe(during);
      expect((await slow).status).toBe(201);
      expect(Date.now() - began).toBeGreaterThanOrEqual(890);
      expect(await countOf(server, `Observation?_id=${kind}`)).toBe(1);
    }
  });

  test('what a client gave up for lost is passed on all the same', async () => {
    server.fault = { kind: 'slow', ms: 800 };
    const body = JSON.stringify({ ...observation('a'), id: 'a' });
    const given = { method: 'PUT', headers: HEADERS, body, signal: AbortSignal.timeout(50) };
    await expect(fetch(`${server.url}/Observation/a`, given)).rejects.toThrow();
    expect(await countOf(server)).toBe(0);
    await until(async () => (await countOf(server)) === 1);
    expect(statuses()).toEqual([null]);
  });

  test('flapping: every second request', async () => {
    server.fault = { kind: 'flapping' };
    for (const id of ['a', 'b', 'c', 'd']) await put(id);
    expect(statuses()).toEqual([201, 503, 201, 503]);
    expect((await stored(server, 'Observation')).map(({ id }) => id).sort()).toEqual(['a', 'c']);
  });

  test('too-many: who comes before Retry-After is over is turned away, and it is recorded', async () => {
    server.fault = { kind: 'too-many', retryAfter: 1, times: 1, only: writesOnly };
    const first = await put('a');
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await put('a')).status).toBe(429);
    expect((await ask(server.url, 'GET', 'Patient/p1')).status).toBe(200);
    await pause(1050);
    expect((await put('a')).status).toBe(201);
    expect(server.requests.map(({ tooEarly }) => tooEarly)).toEqual([false, true, false, false]);
    server.fault = { kind: 'too-many', retryAfter: 60, form: 'date' };
    const dated = (await put('b')).headers.get('retry-after') ?? '';
    expect(Math.abs(Date.parse(dated) - Date.now() - 60_000)).toBeLessThan(2000);
    server.fault = null;
    expect((await put('b')).status).toBe(201);
    expect(server.requests.at(-1)?.tooEarly).toBe(false);
  });

  const refusedBy = async (url: string) => {
    const error = await fetch(`${url}/metadata`).then(
      () => null,
      ({ cause }) => cause.code,
    );
    return error;
  };

  test('down: nobody listens, on the same port again afterwards', async () => {
    server.fault = { kind: 'down' };
    await server.settled();
    expect(await refusedBy(server.url)).toBe('ECONNREFUSED');
    expect((await ask(server.storeUrl, 'GET', 'Patient/p1')).status).toBe(200);
    server.fault = null;
    await server.settled();
    expect((await put('a')).status).toBe(201);
    server.fault = { kind: 'down', ms: 500 };
    expect(await refusedBy(server.url)).toBe('ECONNREFUSED');
    await until(() => server.fault === null);
    await server.settled();
    expect((await put('a')).status).toBe(200);
  });

  test('down: waits for its port when somebody else has it', async () => {
    server.fault = { kind: 'down' };
    await server.settled();
    const other = createServer();
    other.listen(Number(new URL(server.url).port), '127.0.0.1');
    await once(other, 'listening');
    server.fault = null;
    await pause(150);
    await new Promise((resolve) => other.close(resolve));
    await server.settled();
    expect((await put('a')).status).toBe(201);
  });

  test('down from the second write on', async () => {
    server.fault = { kind: 'down', from: 2 };
    expect(await outcome(put('a'))).toBe(201);
    expect((await ask(server.url, 'GET', 'Observation/a')).status).toBe(200);
    expect(await outcome(put('b'))).toBe('cut');
    expect(await refusedBy(server.url)).toBe('ECONNREFUSED');
    expect(await countOf(server)).toBe(1);
  });

  test('from, times and only say which requests', async () => {
    server.fault = { kind: 'cut-after', from: 2, times: 1 };
    const seen = [await outcome(put('a')), await outcome(put('b')), await outcome(put('c'))];
    expect([seen, server.writes, await countOf(server)]).toEqual([[201, 'cut', 201], 3, 3]);
    const only = (_: string, path: string) => path.startsWith('Observation/b');
    server.fault = { kind: 'status', status: 503, only };
    expect([await outcome(put('a')), await outcome(put('b'))]).toEqual([200, 503]);
  });

  test('onRequest sees each request before and after it is committed, and may cut it at either', async () => {
    const seen: unknown[] = [];
    server.onRequest = async (index, phase, method, path) => {
      seen.push([index, phase, method, path, server.writes, await countOf(server)]);
      return (index === 2 && phase === 'before') || (index === 3 && phase === 'after') ? 'cut' : 'go on';
    };
    await ask(server.url, 'GET', 'Patient?_id=p1');
    expect(await outcome(put('a'))).toBe('cut');
    expect(await outcome(put('b'))).toBe('cut');
    expect(seen).toEqual([
      [1, 'before', 'GET', 'Patient?_id=p1', 0, 0],
      [1, 'after', 'GET', 'Patient?_id=p1', 0, 0],
      [2, 'before', 'PUT', 'Observation/a', 1, 0],
      [3, 'before', 'PUT', 'Observation/b', 2, 0],
      [3, 'after', 'PUT', 'Observation/b', 2, 1],
    ]);
    expect(statuses()).toEqual([200, null, null]);
    server.onRequest = () => {
      server.fault = { kind: 'status', status: 500, times: 1 };
    };
    expect(await outcome(put('c'))).toBe(500);
  });
});

test('close ends what is under way, lets go of the port, and may come twice', async () => {
  const server = await start(rows.HAPI_LIKE);
  const faults: Fault[] = [
    { kind: 'slow', ms: 60_000 },
    { kind: 'slow-answer', ms: 60_000 },
  ];
  const waiting: Promise<string>[] = [];
  for (const fault of faults) {
    server.fault = { ...fault, times: 1 };
    waiting.push(
      ask(server.url, 'GET', 'metadata').then(
        () => 'answered',
        () => 'cut',
      ),
    );
    await until(() => server.fault === null);
  }
  await until(() => server.requests.length === 2);
  const began = Date.now();
  await Promise.all([server.close(), server.close()]);
  expect(Date.now() - began).toBeLessThan(3000);
  expect(await Promise.all(waiting)).toEqual(['cut', 'cut']);
  const port = Number(new URL(server.url).port);
  const next = await startSimulated(rows.HAPI_LIKE, { port });
  started.push(next);
  expect(next.url).toBe(server.url);
  await expect(startSimulated(rows.HAPI_LIKE, { port })).rejects.toThrow('is free');
});
