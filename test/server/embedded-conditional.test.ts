import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fixture, type Json, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;
beforeEach(async () => {
  server = await startFixture();
  for (const id of ['twin-1', 'twin-2']) await server.put(patient('twin', { id }));
  await server.put(patient('one', { id: 'p1' }));
});
afterEach(() => server.stop());

const patient = (value: string, more: Json = {}): Json => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:mrn', value }],
  ...more,
});
const codeOf = (body: Json) => body.issue?.[0].details.coding?.[0].code;
const total = async () => (await server.get('/Patient?_summary=count')).body.total;

describe('create with If-None-Exist', () => {
  const create = (criteria: string, resource = patient('new')) =>
    server.send('POST', '/Patient', resource, { 'If-None-Exist': criteria });

  test('creates when nothing matches, and answers what is there the next time', async () => {
    const first = await create('identifier=urn:mrn|new');
    const second = await create('identifier=urn:mrn|new', patient('other'));
    expect([first.status, second.status]).toEqual([201, 200]);
    for (const name of ['Location', 'ETag']) expect(second.headers.get(name)).toBe(first.headers.get(name));
    expect(second.body).toEqual(first.body);
    expect(await total()).toBe(4);
  });

  test('takes the whole URL of a search too', async () => {
    const { status, headers } = await create(`${server.url}/Patient?identifier=urn:mrn|one`);
    expect([status, headers.get('Location')]).toEqual([200, `${server.url}/Patient/p1/_history/1`]);
  });

  test('is refused when more than one matches, or the condition is none', async () => {
    const twins = await create('identifier=urn:mrn|twin');
    expect([twins.status, codeOf(twins.body)]).toEqual([412, 'multiple-matches']);
    for (const criteria of ['', '_count=1', 'colour=blue', 'birthdate=x']) {
      const { status, body } = await create(criteria);
      expect([criteria, status, codeOf(body)]).toEqual([criteria, 400, 'unknown-parameter']);
    }
    expect(await total()).toBe(3);
  });

  test('does not see what was deleted', async () => {
    await server.send('DELETE', '/Patient/p1');
    expect((await create('identifier=urn:mrn|one')).status).toBe(201);
  });
});

describe('update of Type?…', () => {
  const update = (criteria: string, resource: Json, headers = {}) =>
    server.send('PUT', `/Patient?${criteria}`, resource, headers);

  test('creates when nothing matches, under the id of the body or a new one', async () => {
    const chosen = await update('identifier=urn:mrn|new', patient('new', { id: 'mine' }));
    expect([chosen.status, chosen.body.id]).toEqual([201, 'mine']);
    const given = await update('identifier=urn:mrn|newer', patient('newer'));
    expect([given.status, given.body.id.length]).toEqual([201, 36]);
  });

  test('under an id that is taken is a conflict', async () => {
    const { status, body } = await update('identifier=urn:mrn|new', patient('new', { id: 'p1' }));
    expect([status, body.issue[0].code, body.issue[0].expression]).toEqual([409, 'conflict', ['Patient.id']]);
  });

  test('updates the one that matches, with or without its id', async () => {
    const first = await update('identifier=urn:mrn|one', patient('one', { active: true }));
    expect([first.status, first.body.id, first.headers.get('ETag')]).toEqual([200, 'p1', 'W/"2"']);
    const again = await update('identifier=urn:mrn|one', patient('one', { active: true }));
    expect(again.headers.get('ETag')).toBe('W/"2"');
    const second = await update('identifier=urn:mrn|one', patient('one', { id: 'p1' }));
    expect([second.status, second.headers.get('ETag')]).toEqual([200, 'W/"3"']);
    const stale = await update('identifier=urn:mrn|one', patient('one'), { 'If-Match': 'W/"1"' });
    expect(stale.status).toBe(412);
  });

  test('is refused for another id, more than one match, or no condition', async () => {
    const other = await update('identifier=urn:mrn|one', patient('one', { id: 'p2' }));
    expect([other.status, codeOf(other.body), other.body.issue[0].expression]).toEqual([
      400,
      'wrong-json-type',
      ['Patient.id'],
    ]);
    const twins = await update('identifier=urn:mrn|twin', patient('twin'));
    expect([twins.status, codeOf(twins.body)]).toEqual([412, 'multiple-matches']);
    expect((await server.send('PUT', '/Patient', patient('x'))).status).toBe(400);
    expect(await total()).toBe(3);
  });
});

describe('delete of Type?…', () => {
  const remove = (criteria: string) => server.send('DELETE', `/Patient?${criteria}`);

  test('deletes one, none or says that there are more', async () => {
    expect((await remove('identifier=urn:mrn|none')).status).toBe(204);
    const twins = await remove('identifier=urn:mrn|twin');
    expect([twins.status, codeOf(twins.body)]).toEqual([412, 'multiple-matches']);
    const one = await remove('identifier=urn:mrn|one');
    expect([one.status, one.headers.get('ETag')]).toEqual([204, 'W/"2"']);
    expect((await server.get('/Patient/p1')).status).toBe(410);
    expect((await remove('_count=1')).status).toBe(400);
    expect(await total()).toBe(2);
  });
});

describe('read with If-None-Match', () => {
  test('of the current version is 304', async () => {
    const read = (etag: string) => server.send('GET', '/Patient/p1', undefined, { 'If-None-Match': etag });
    const known = await read('W/"1"');
    expect([known.status, known.body, known.headers.get('ETag')]).toEqual([304, {}, 'W/"1"']);
    expect((await read('W/"2"')).status).toBe(200);
  });
});

describe('Prefer: return=', () => {
  const put = (prefer: string) => server.put(patient('x', { id: 'preferred' }), { Prefer: prefer });

  test.each([
    ['minimal', undefined],
    ['representation', 'Patient'],
    ['OperationOutcome', 'OperationOutcome'],
    ['nonsense', 'Patient'],
  ])('%s', async (prefer, type) => {
    for (const status of [201, 200]) {
      const answer = await put(`return=${prefer}`);
      expect([answer.status, answer.body.resourceType]).toEqual([status, type]);
      expect(answer.headers.get('ETag')).toBe('W/"1"');
      expect(answer.headers.get('Location')).toBe(`${server.url}/Patient/preferred/_history/1`);
    }
  });
});
