import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Fixture, type Json, putEntry, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;
beforeEach(async () => {
  server = await startFixture();
});
afterEach(() => server.stop());

const patient = { resourceType: 'Patient', id: 'p1' };
const observation = (id: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: 'Patient/p1' },
  ...more,
});
const codesOf = (body: Json) => body.issue.map((issue: Json) => issue.details.coding[0].code);

test('writes every entry and answers in their order', async () => {
  const { status, body } = await server.transaction(
    putEntry(observation('o1', { hasMember: [{ reference: 'Observation/o2' }] })),
    {
      resource: { resourceType: 'Organization', name: 'x' },
      request: { method: 'POST', url: 'Organization' },
    },
    putEntry(patient),
    putEntry(observation('o2')),
  );
  expect([status, body.resourceType, body.type]).toEqual([200, 'Bundle', 'transaction-response']);
  expect(body.entry.map(({ response }: Json) => response.status)).toEqual(Array(4).fill('201 Created'));
  expect(body.entry[0].response).toEqual({
    status: '201 Created',
    location: `${server.url}/Observation/o1/_history/1`,
    etag: 'W/"1"',
    lastModified: '2026-06-01T12:00:00.000Z',
  });
  const organization = body.entry[1].response.location.replace(server.url, '').replace('/_history/1', '');
  expect((await server.get(organization)).body.name).toBe('x');
  expect(await server.ids('/Observation?patient=p1')).toEqual(['o1', 'o2']);
});

test('sent again it changes nothing; changed in part it writes that part', async () => {
  const send = (value: number) =>
    server.transaction(putEntry(patient), putEntry(observation('o1', { valueInteger: value })));
  await send(1);
  const responses = ({ body }: { body: Json }) =>
    body.entry.map(({ response }: Json) => [response.status, response.etag]);
  expect(responses(await send(1))).toEqual(Array(2).fill(['200 OK', 'W/"1"']));
  expect(responses(await send(2))).toEqual([
    ['200 OK', 'W/"1"'],
    ['200 OK', 'W/"2"'],
  ]);
});

test('without entries is answered without entries', async () => {
  const { status, body } = await server.transaction();
  expect([status, body]).toEqual([200, { resourceType: 'Bundle', type: 'transaction-response' }]);
});

describe('stores nothing when one entry is bad', () => {
  const bad: [string, Json, number, string, string][] = [
    [
      'reference',
      putEntry(observation('o1', { focus: [{ reference: 'Patient/none' }] })),
      400,
      'reference-not-found',
      'Bundle.entry[1].resource.focus[0]',
    ],
    [
      'urn reference',
      putEntry(observation('o1', { focus: [{ reference: 'urn:uuid:1' }] })),
      400,
      'reference-not-found',
      'Bundle.entry[1].resource.focus[0]',
    ],
    [
      'If-Match',
      putEntry(observation('o1'), { ifMatch: 'W/"1"' }),
      412,
      'version-mismatch',
      'Bundle.entry[1].request.ifMatch',
    ],
    [
      'If-Match of a wrong type',
      putEntry(observation('o1'), { ifMatch: 1 }),
      412,
      'version-mismatch',
      'Bundle.entry[1].request.ifMatch',
    ],
    [
      'If-None-Match',
      putEntry({ resourceType: 'Patient', id: 'old', active: true }, { ifNoneMatch: '*' }),
      412,
      'version-mismatch',
      'Bundle.entry[1].request.ifNoneMatch',
    ],
    [
      'type',
      putEntry(observation('o1'), { url: 'Task/o1' }),
      400,
      'wrong-resource-type',
      'Bundle.entry[1].resource',
    ],
    [
      'id',
      putEntry(observation('o1'), { url: 'Observation/o2' }),
      400,
      'wrong-json-type',
      'Bundle.entry[1].resource.id',
    ],
    [
      'missing id',
      putEntry({ resourceType: 'Task', status: 'draft', intent: 'order' }, { url: 'Task/t' }),
      400,
      'missing-element',
      'Bundle.entry[1].resource.id',
    ],
    ['impossible id', putEntry(observation('o_1')), 400, 'wrong-json-type', 'Bundle.entry[1].resource.id'],
    [
      'meta',
      putEntry(observation('o1', { meta: 'x' })),
      400,
      'wrong-json-type',
      'Bundle.entry[1].resource.meta',
    ],
    [
      'unknown type',
      putEntry({ resourceType: 'Spaceship', id: 's' }),
      404,
      'unknown-route',
      'Bundle.entry[1].request.url',
    ],
    [
      'PATCH',
      { request: { method: 'PATCH', url: 'Patient/p1' } },
      405,
      'method-not-allowed',
      'Bundle.entry[1].request.method',
    ],
    [
      'query on a POST',
      putEntry(observation('o1'), { method: 'POST', url: 'Observation?identifier=a|b' }),
      404,
      'unknown-route',
      'Bundle.entry[1].request.url',
    ],
    [
      'ifNoneExist of a PUT',
      putEntry(observation('o1'), { ifNoneExist: 'identifier=a' }),
      400,
      'wrong-json-type',
      'Bundle.entry[1].request.ifNoneExist',
    ],
    [
      'PUT without id',
      putEntry(observation('o1'), { url: 'Observation' }),
      404,
      'unknown-route',
      'Bundle.entry[1].request.url',
    ],
    [
      'POST with id',
      putEntry(observation('o1'), { method: 'POST' }),
      404,
      'unknown-route',
      'Bundle.entry[1].request.url',
    ],
    [
      'twice the same',
      putEntry({ ...patient, active: true }),
      400,
      'wrong-json-type',
      'Bundle.entry[1].request.url',
    ],
    ['no request', { resource: patient }, 400, 'missing-element', 'Bundle.entry[1].request'],
    [
      'no method',
      { resource: patient, request: { url: 'Patient/p1' } },
      400,
      'missing-element',
      'Bundle.entry[1].request.method',
    ],
    [
      'no url',
      { resource: patient, request: { method: 'PUT' } },
      400,
      'missing-element',
      'Bundle.entry[1].request.url',
    ],
    [
      'no resource',
      { request: { method: 'PUT', url: 'Patient/p2' } },
      400,
      'missing-element',
      'Bundle.entry[1].resource',
    ],
    [
      'prototype key',
      putEntry(observation('o1'), { url: 'constructor/o1' }),
      404,
      'unknown-route',
      'Bundle.entry[1].request.url',
    ],
  ];
  test.each(bad)('%s', async (_, entry, status, code, expression) => {
    await server.put({ resourceType: 'Patient', id: 'old' });
    const answer = await server.transaction(putEntry(patient), entry);
    expect(answer.body).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'error' }] });
    expect([answer.status, codesOf(answer.body), answer.body.issue[0].expression]).toEqual([
      status,
      [code],
      [expression],
    ]);
    expect((await server.get('/Patient/p1')).status).toBe(404);
    expect((await server.get('/Observation/o1')).status).toBe(404);
  });

  test('and what it had updated is as before', async () => {
    await server.put(patient);
    await server.put(observation('o1', { valueInteger: 1 }));
    const { status } = await server.transaction(
      putEntry(observation('o1', { valueInteger: 2, code: { coding: [{ code: 'new' }] } })),
      putEntry(observation('o2', { subject: { reference: 'Patient/none' } })),
    );
    expect(status).toBe(400);
    expect((await server.get('/Observation/o1')).body).toMatchObject({
      valueInteger: 1,
      meta: { versionId: '1' },
    });
    expect(await server.ids('/Observation?code=new')).toEqual([]);
    expect(await server.ids('/Observation?patient=p1')).toEqual(['o1']);
  });

  test('and says everything that is wrong at once', async () => {
    const { body } = await server.transaction(
      putEntry(observation('o1', { focus: [{ reference: 'Patient/a' }, { reference: 'Patient/b' }] })),
      putEntry(observation('o2', { focus: [{ reference: 'Patient/c' }] })),
      putEntry(patient),
    );
    expect(body.issue.map(({ expression }: Json) => expression[0])).toEqual([
      'Bundle.entry[0].resource.focus[0]',
      'Bundle.entry[0].resource.focus[1]',
      'Bundle.entry[1].resource.focus[0]',
    ]);
  });
});

test.each([
  ['a collection', { resourceType: 'Bundle', type: 'collection' }, 400, 'wrong-json-type'],
  ['no type', { resourceType: 'Bundle' }, 400, 'wrong-json-type'],
  ['another resource', { resourceType: 'Patient', id: 'p1' }, 400, 'wrong-resource-type'],
  ['entry not a list', { resourceType: 'Bundle', type: 'transaction', entry: {} }, 400, 'wrong-json-type'],
  ['entry of numbers', { resourceType: 'Bundle', type: 'transaction', entry: [1] }, 400, 'wrong-json-type'],
])('%s is refused', async (_, bundle, status, code) => {
  const answer = await server.send('POST', '/', bundle);
  expect([answer.status, codesOf(answer.body)]).toEqual([status, [code]]);
});
