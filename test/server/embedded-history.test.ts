import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fixture, type Json, putEntry, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;
beforeEach(async () => {
  server = await startFixture();
});
afterEach(() => server.stop());

const patient = (id: string, more: Json = {}): Json => ({ resourceType: 'Patient', id, ...more });
const observation = (id: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'urn:s', code: 'c1' }] },
  subject: { reference: 'Patient/p1' },
  ...more,
});
const remove = (path: string, headers?: Record<string, string>) =>
  server.send('DELETE', path, undefined, headers);
const outcomeOf = ({ status, body }: { status: number; body: Json }) => [
  status,
  body.resourceType,
  body.issue?.[0].severity,
  body.issue?.[0].code,
];

describe('delete', () => {
  test('answers 204 with the version of the deletion; a read is then 410', async () => {
    await server.put(patient('p1', { active: true }));
    const { status, headers, body } = await remove('/Patient/p1');
    expect([status, headers.get('ETag'), headers.get('Location'), body]).toEqual([204, 'W/"2"', null, {}]);
    const read = await server.get('/Patient/p1');
    expect(outcomeOf(read)).toEqual([410, 'OperationOutcome', 'error', 'deleted']);
    expect(read.headers.get('ETag')).toBe('W/"2"');
    expect(outcomeOf(await server.get('/Patient/p1/_history/2'))).toEqual([
      410,
      'OperationOutcome',
      'error',
      'deleted',
    ]);
    expect((await server.get('/Patient/p1/_history/1')).body.active).toBe(true);
    expect((await server.get('/Patient/p1/_history/3')).status).toBe(404);
  });

  test('of what is not there, or not there any more, changes nothing', async () => {
    const absent = await remove('/Patient/p1');
    expect([absent.status, absent.headers.get('ETag')]).toEqual([204, null]);
    await server.put(patient('p1'));
    await remove('/Patient/p1');
    const again = await remove('/Patient/p1');
    expect([again.status, again.headers.get('ETag')]).toEqual([204, 'W/"2"']);
    expect((await server.get('/Patient/p1/_history')).body.total).toBe(2);
    expect((await server.get('/Patient/absent')).status).toBe(404);
  });

  test('answers an OperationOutcome to whom prefers one', async () => {
    await server.put(patient('p1'));
    const answer = await remove('/Patient/p1', { Prefer: 'return=OperationOutcome' });
    expect(outcomeOf(answer)).toEqual([200, 'OperationOutcome', 'information', 'informational']);
    expect(answer.headers.get('ETag')).toBe('W/"2"');
  });

  test('with If-Match needs the current version', async () => {
    await server.put(patient('p1'));
    expect((await remove('/Patient/p1', { 'If-Match': 'W/"2"' })).status).toBe(412);
    expect((await server.get('/Patient/p1')).status).toBe(200);
    expect((await remove('/Patient/p1', { 'If-Match': 'W/"1"' })).status).toBe(204);
    expect((await remove('/Patient/p1', { 'If-Match': 'W/"2"' })).status).toBe(412);
  });

  test('takes a resource out of every search', async () => {
    await server.put(patient('p1'));
    await server.put(patient('p2'));
    await server.put(observation('o1', { effectiveDateTime: '2026-05-04', hasMember: undefined }));
    await remove('/Observation/o1');
    for (const query of ['', '?_id=o1', '?code=c1', '?patient=p1', '?date=2026', '?_lastUpdated=gt2000']) {
      expect([query, await server.ids(`/Observation${query}`)]).toEqual([query, []]);
    }
    await remove('/Patient/p1');
    expect(await server.ids('/Patient')).toEqual(['p2']);
    expect((await server.get('/Patient?_summary=count')).body.total).toBe(1);
  });

  test('is undone by an update, with the next version', async () => {
    await server.put(patient('p1', { active: true }));
    await remove('/Patient/p1');
    const { status, headers, body } = await server.put(patient('p1', { active: true }));
    expect([status, headers.get('ETag'), body.meta.versionId]).toEqual([201, 'W/"3"', '3']);
    expect(headers.get('Location')).toBe(`${server.url}/Patient/p1/_history/3`);
    expect((await server.get('/Patient/p1')).status).toBe(200);
    expect(await server.ids('/Patient?active=true')).toEqual(['p1']);
    expect((await server.put(patient('p1'), { 'If-None-Match': '*' })).status).toBe(412);
    await remove('/Patient/p1');
    expect((await server.put(patient('p1'), { 'If-None-Match': '*' })).status).toBe(201);
  });
});

describe('while others refer to it, a resource', () => {
  beforeEach(async () => {
    await server.put(patient('p1'));
    await server.put(observation('o1'));
  });

  test('is not deleted, and the answer says who does', async () => {
    const answer = await remove('/Patient/p1');
    expect(outcomeOf(answer)).toEqual([409, 'OperationOutcome', 'error', 'conflict']);
    expect(answer.body.issue[0].details.text).toContain('Observation/o1');
    expect((await server.get('/Patient/p1')).body.meta.versionId).toBe('1');
    await remove('/Observation/o1');
    expect((await remove('/Patient/p1')).status).toBe(204);
  });

  test.each([
    [
      'an element that is no search parameter',
      { specimen: undefined, note: [{ text: 'x', authorReference: { reference: 'Patient/p9' } }] },
    ],
    ['an extension', { extension: [{ url: 'http://x', valueReference: { reference: 'Patient/p9' } }] }],
    [
      'a contained resource',
      {
        contained: [
          {
            resourceType: 'Group',
            id: 'g',
            type: 'person',
            actual: true,
            member: [{ entity: { reference: 'Patient/p9' } }],
          },
        ],
      },
    ],
    ['a version', { focus: [{ reference: 'Patient/p9/_history/1' }] }],
  ])('is found in %s', async (_, more) => {
    await server.put(patient('p9'));
    expect((await server.put(observation('o2', more))).status).toBe(201);
    expect((await remove('/Patient/p9')).status).toBe(409);
    await server.put(observation('o2'));
    expect((await remove('/Patient/p9')).status).toBe(204);
  });

  test('is deleted by itself when only it refers to itself', async () => {
    await server.put(observation('self', { derivedFrom: [{ reference: 'Observation/self' }] }));
    expect((await remove('/Observation/self')).status).toBe(204);
  });

  test('goes in one transaction with those who refer to it, in any order', async () => {
    const entry = (url: string) => ({ request: { method: 'DELETE', url } });
    expect((await server.transaction(entry('Patient/p1'))).status).toBe(409);
    const { status, body } = await server.transaction(entry('Patient/p1'), entry('Observation/o1'));
    expect([status, body.entry.map(({ response }: Json) => [response.status, response.etag])]).toEqual([
      200,
      [
        ['204 No Content', 'W/"2"'],
        ['204 No Content', 'W/"2"'],
      ],
    ]);
    expect((await server.get('/Observation/o1')).status).toBe(410);
  });

  test('is not referred to by what the same transaction writes', async () => {
    const { status, body } = await server.transaction(
      { request: { method: 'DELETE', url: 'Patient/p1' } },
      putEntry(observation('o1', { valueInteger: 1 })),
    );
    expect([status, body.issue[0].details.coding[0].code]).toEqual([400, 'reference-not-found']);
    expect((await server.get('/Patient/p1')).status).toBe(200);
  });
});

describe('history', () => {
  beforeEach(async () => {
    await server.put(patient('p1'));
    server.clock.now = new Date('2026-06-02T00:00:00.000Z');
    const created = await server.send('POST', '/Observation', observation('ignored'));
    await server.put({ ...created.body, valueInteger: 1 });
    server.clock.now = new Date('2026-06-03T00:00:00.000Z');
    await remove(`/Observation/${created.body.id}`);
    await server.put(patient('p1', { active: true }));
    await remove('/Patient/p1');
    await server.put(patient('p1'));
  });

  const told = (bundle: Json) =>
    bundle.entry.map(({ request, response, resource }: Json) => {
      const type = request.url.split('/')[0];
      return `${request.method} ${type} ${response.status.slice(0, 3)} ${resource?.meta.versionId ?? '-'}`;
    });

  test('of a resource tells every version, newest first', async () => {
    const { status, body } = await server.get('/Patient/p1/_history');
    expect([status, body.resourceType, body.type, body.total]).toEqual([200, 'Bundle', 'history', 4]);
    expect(told(body)).toEqual([
      'PUT Patient 201 4',
      'DELETE Patient 204 -',
      'PUT Patient 200 2',
      'PUT Patient 201 1',
    ]);
    expect(body.entry[1]).toEqual({
      fullUrl: `${server.url}/Patient/p1`,
      request: { method: 'DELETE', url: 'Patient/p1' },
      response: { status: '204 No Content', etag: 'W/"3"', lastModified: '2026-06-03T00:00:00.000Z' },
    });
    expect(body.entry[2].response.location).toBe(`${server.url}/Patient/p1/_history/2`);
    expect((await server.get('/Patient/nobody/_history')).status).toBe(404);
  });

  test('of a type and of everything tells all of them', async () => {
    const ofType = (await server.get('/Observation/_history')).body;
    expect(told(ofType)).toEqual([
      'DELETE Observation 204 -',
      'PUT Observation 200 2',
      'POST Observation 201 1',
    ]);
    expect(ofType.entry[2].request.url).toBe('Observation');
    const all = (await server.get('/_history')).body;
    expect([all.total, all.entry.length]).toEqual([7, 7]);
    expect((await server.get('/Task/_history')).body).toMatchObject({ type: 'history', total: 0 });
  });

  test('goes on page by page, and back to a time', async () => {
    const pages: string[][] = [];
    let path: string | undefined = '/_history?_count=3';
    while (path !== undefined) {
      const { body } = await server.get(path);
      expect(body.total).toBe(7 + (pages.length > 0 ? 1 : 0));
      pages.push(told(body));
      const next = body.link.find(({ relation }: Json) => relation === 'next');
      path = next?.url.replace(server.url, '');
      // Written meanwhile: it belongs to no later page.
      await server.put(patient('p2'));
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    const since = await server.get('/_history?_since=2026-06-03T00:00:00Z');
    expect(since.body.total).toBe(5);
    expect((await server.get('/Patient/p1/_history?_count=0')).body).toMatchObject({ total: 4 });
  });

  test.each(['_count=x', '_since=yesterday', '_at=2026', '_sort=x', '_cursor=x'])(
    '%s is refused',
    async (query) => {
      const { status, body } = await server.get(`/_history?${query}`);
      expect([status, body.issue[0].details.coding[0].code]).toEqual([400, 'unknown-parameter']);
    },
  );
});
