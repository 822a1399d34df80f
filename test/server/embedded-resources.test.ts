import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, type Json, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;
beforeAll(async () => {
  server = await startFixture();
  await server.put({ resourceType: 'Patient', id: 'p1', name: [{ family: 'Müller' }] });
});
afterAll(() => server.stop());

const observation = (id: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  ...more,
});

describe('create', () => {
  test('POST chooses the id and ignores the one in the body', async () => {
    const { status, body, headers } = await server.send('POST', '/Patient', {
      resourceType: 'Patient',
      id: 'mine',
      meta: { versionId: '9', lastUpdated: '1999-01-01T00:00:00Z', profile: ['http://p'] },
      birthDate: '1980-02-29',
    });
    expect(status).toBe(201);
    expect(body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(body).toEqual({
      resourceType: 'Patient',
      id: body.id,
      meta: { versionId: '1', lastUpdated: '2026-06-01T12:00:00.000Z', profile: ['http://p'] },
      birthDate: '1980-02-29',
    });
    expect(headers.get('Location')).toBe(`${server.url}/Patient/${body.id}/_history/1`);
    expect(headers.get('ETag')).toBe('W/"1"');
    expect(headers.get('Last-Modified')).toBe('Mon, 01 Jun 2026 12:00:00 GMT');
    expect(headers.get('Content-Type')).toBe('application/fhir+json; charset=utf-8');
  });

  test('PUT creates too, under any id that FHIR allows', async () => {
    for (const id of ['123', 'A-b.c', 'x'.repeat(64)]) {
      const { status, body, headers } = await server.put({ resourceType: 'Organization', id });
      expect([status, body.id, body.meta.versionId]).toEqual([201, id, '1']);
      expect(headers.get('Location')).toBe(`${server.url}/Organization/${id}/_history/1`);
    }
  });

  test('what is read is what was sent, text in any script included', async () => {
    const sent = observation('as-sent', {
      valueString: 'ä 漢字 \u{1f9b4} "quoted" \\ \n',
      extension: [{ url: 'http://x', valueBoolean: false }],
      component: [{ code: { text: 'zero' }, valueInteger: 0 }],
      _status: { id: 's' },
    });
    await server.put(sent);
    const { body } = await server.get('/Observation/as-sent');
    const { meta, ...rest } = body;
    expect(rest).toEqual(sent);
    expect(meta).toEqual({ versionId: '1', lastUpdated: '2026-06-01T12:00:00.000Z' });
  });
});

describe('update', () => {
  test('counts versions; every version stays readable', async () => {
    await server.put(observation('v', { valueInteger: 1 }));
    server.clock.now = new Date('2026-06-02T08:00:00.000Z');
    const second = await server.put(observation('v', { valueInteger: 2 }));
    expect([second.status, second.headers.get('ETag')]).toEqual([200, 'W/"2"']);
    expect(second.headers.get('Location')).toBe(`${server.url}/Observation/v/_history/2`);
    const read = async (path: string) => (await server.get(path)).body;
    expect(await read('/Observation/v/_history/1')).toMatchObject({
      valueInteger: 1,
      meta: { versionId: '1' },
    });
    expect(await read('/Observation/v/_history/2')).toMatchObject({ valueInteger: 2 });
    expect(await read('/Observation/v')).toMatchObject({
      valueInteger: 2,
      meta: { versionId: '2', lastUpdated: '2026-06-02T08:00:00.000Z' },
    });
  });

  test('of equal content changes nothing, whatever the order of keys and the server part of meta', async () => {
    await server.put(observation('same', { meta: { tag: [{ code: 't' }] }, valueInteger: 1 }));
    const { status, body, headers } = await server.put({
      valueInteger: 1,
      ...observation('same'),
      meta: { versionId: '7', lastUpdated: '2001-01-01T00:00:00Z', tag: [{ code: 't' }] },
    });
    expect([status, body.meta.versionId, headers.get('ETag')]).toEqual([200, '1', 'W/"1"']);
    expect((await server.get('/Observation/same/_history/2')).status).toBe(404);
    expect((await server.put(observation('same', { valueInteger: 1 }))).body.meta.versionId).toBe('2');
  });

  test('with If-Match needs the current version', async () => {
    await server.put(observation('locked', { valueInteger: 1 }));
    const put = async (value: number, etag: string) => {
      const { status, body } = await server.put(observation('locked', { valueInteger: value }), {
        'If-Match': etag,
      });
      return [status, body.issue?.[0].details.coding[0].code];
    };
    expect(await put(2, 'W/"1"')).toEqual([200, undefined]);
    for (const etag of ['W/"1"', 'W/"3"', '"x"', '*', '2', 'W/"02"', 'W/"2']) {
      expect(await put(3, etag)).toEqual([412, 'version-mismatch']);
    }
    expect(await put(3, '"2"')).toEqual([200, undefined]);
    const absent = await server.put(observation('absent'), { 'If-Match': 'W/"1"' });
    expect(absent.status).toBe(412);
    expect((await server.get('/Observation/absent')).status).toBe(404);
  });

  test('with If-None-Match: * only creates', async () => {
    const put = () => server.put(observation('new'), { 'If-None-Match': '*' });
    expect([(await put()).status, (await put()).status]).toEqual([201, 412]);
  });
});

describe('references', () => {
  test.each([
    ['to nothing', { subject: { reference: 'Patient/nobody' } }, 'Observation.subject'],
    ['to a type that is not served', { subject: { reference: 'Spaceship/1' } }, 'Observation.subject'],
    ['to another server', { subject: { reference: 'https://x.test/Patient/p1' } }, 'Observation.subject'],
    ['by urn', { subject: { reference: 'urn:uuid:0189' } }, 'Observation.subject'],
    ['by search', { subject: { reference: 'Patient?name=x' } }, 'Observation.subject'],
    ['without a type', { subject: { reference: 'p1' } }, 'Observation.subject'],
    [
      'in a list',
      { hasMember: [{ display: 'x' }, { reference: 'Observation/none' }] },
      'Observation.hasMember[1]',
    ],
    [
      'in an extension',
      { extension: [{ url: 'u', valueReference: { reference: 'Device/none' } }] },
      'Observation.extension[0].valueReference',
    ],
  ])('%s are refused', async (_, more, expression) => {
    const { status, body } = await server.put(observation('dangling', more));
    expect(status).toBe(400);
    expect(body.issue).toMatchObject([
      { details: { coding: [{ code: 'reference-not-found' }] }, expression: [expression] },
    ]);
    expect((await server.get('/Observation/dangling')).status).toBe(404);
  });

  test('that are logical, contained, canonical or to what is here are accepted', async () => {
    const { status } = await server.put(
      observation('well-linked', {
        subject: { reference: 'Patient/p1' },
        focus: [{ reference: `${server.url}/Patient/p1` }, { reference: 'Patient/p1/_history/1' }],
        device: { identifier: { system: 'urn:x', value: 'y' } },
        performer: [{ reference: '#me' }],
        contained: [{ resourceType: 'Practitioner', id: 'me' }],
        derivedFrom: [{ reference: 'Observation/well-linked' }],
        meta: { profile: ['http://nowhere/profile'] },
      }),
    );
    expect(status).toBe(201);
  });
});

test('metadata says what is served', async () => {
  const { status, body } = await server.get('/metadata');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    kind: 'instance',
    description: expect.stringContaining('without authentication'),
    implementation: { url: server.url },
    rest: [
      {
        mode: 'server',
        interaction: [{ code: 'transaction' }, { code: 'batch' }, { code: 'history-system' }],
      },
    ],
  });
  expect(body.format).toContain('application/fhir+json');
  const resources: Json[] = body.rest[0].resource;
  for (const { type, updateCreate, searchParam, searchInclude, searchRevInclude } of resources) {
    expect(updateCreate).toBe(true);
    for (const { name, type: kind } of searchParam) {
      const value = kind === 'date' ? '2026' : 'x';
      expect([type, name, (await server.get(`/${type}?${name}=${value}`)).status]).toEqual([type, name, 200]);
    }
    for (const include of searchInclude ?? []) {
      expect([include, (await server.get(`/${type}?_include=${include}`)).status]).toEqual([include, 200]);
    }
    const all = searchRevInclude.map((include: string) => `_revinclude=${include}`).join('&');
    expect([type, (await server.get(`/${type}?${all}`)).status]).toEqual([type, 200]);
  }
});

test('a restart keeps everything, and the server may be stopped twice', async () => {
  const before = await server.get('/Observation/v');
  await server.restart();
  const after = await server.get('/Observation/v');
  expect(after.body).toEqual(before.body);
  expect((await server.get('/Observation/v/_history/1')).status).toBe(200);
  expect((await server.put(observation('v', { valueInteger: 3 }))).body.meta.versionId).toBe('3');
});
