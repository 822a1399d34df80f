import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Answer, type Fixture, type Json, putEntry, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;
beforeEach(async () => {
  server = await startFixture();
  await server.put(patient('old', 'old'));
});
afterEach(() => server.stop());

const patient = (id: string, value: string, more: Json = {}): Json => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'urn:mrn', value }],
  ...more,
});
const observation = (subject: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: subject },
  ...more,
});
const post = (resource: Json, more: Json = {}, request: Json = {}): Json => ({
  resource,
  request: { method: 'POST', url: resource.resourceType, ...request },
  ...more,
});
const ask = (method: string, url: string, more: Json = {}): Json => ({ request: { method, url, ...more } });
const batch = (...entry: Json[]) => server.send('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
const statuses = ({ body }: Answer): string[] => body.entry.map(({ response }: Json) => response.status);
const codeOf = ({ body }: Answer) => body.issue?.[0].details.coding?.[0].code;
const A = 'urn:uuid:11111111-1111-4111-8111-111111111111';
const B = 'urn:uuid:22222222-2222-4222-8222-222222222222';

describe('a batch', () => {
  test('does each entry on its own and answers in its place', async () => {
    const answer = await batch(
      putEntry(patient('p1', 'one')),
      putEntry({ ...observation('Patient/nobody'), id: 'o1' }),
      putEntry({ ...observation('Patient/p1'), id: 'o2' }),
      ask('DELETE', 'Patient/absent'),
      ask('DELETE', 'Patient/p1'),
      ask('GET', 'Patient/p1'),
      ask('GET', 'Patient/nobody'),
      ask('GET', 'Observation?patient=p1'),
      ask('GET', 'Patient/p1/_history'),
      ask('GET', 'metadata'),
      ask('GET', 'Spaceship/1'),
      ask('PATCH', 'Patient/p1'),
      { resource: { resourceType: 'Patient' } },
      putEntry({ resourceType: 'Patient', id: 'p3', colour: 'blue' }),
      post(patient('x', 'three')),
      ask('GET', 'Patient?name=', {}),
    );
    expect([answer.status, answer.body.type]).toEqual([200, 'batch-response']);
    expect(
      statuses(answer)
        .map((status) => status.slice(0, 3))
        .join(' '),
    ).toBe('201 400 201 204 409 200 404 200 200 200 404 405 400 400 201 400');
    const { entry } = answer.body;
    expect(entry[1].response.outcome).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ expression: ['Bundle.entry[1].resource.subject'] }],
    });
    expect(entry[1].resource).toBeUndefined();
    expect(entry[5].resource).toMatchObject({ resourceType: 'Patient', id: 'p1' });
    expect(entry[5].response).toEqual({
      status: '200 OK',
      etag: 'W/"1"',
      lastModified: '2026-06-01T12:00:00.000Z',
    });
    expect(entry[7].resource).toMatchObject({ type: 'searchset', total: 1 });
    expect(entry[8].resource).toMatchObject({ type: 'history', total: 1 });
    expect(entry[13].response.outcome.issue[0].expression).toEqual(['Bundle.entry[13].resource.colour']);
    expect((await server.get('/Observation/o2')).status).toBe(200);
    expect((await server.get('/Observation/o1')).status).toBe(404);
  });

  test('has conditional interactions, and no references between entries', async () => {
    const answer = await batch(
      post(patient('x', 'old'), {}, { ifNoneExist: 'identifier=urn:mrn|old' }),
      ask('DELETE', 'Patient?identifier=urn:mrn|none'),
      { resource: patient('old', 'old', { active: true }), ...ask('PUT', 'Patient?identifier=urn:mrn|old') },
      ask('GET', 'Patient/old', { ifNoneMatch: 'W/"2"' }),
      post(patient('x', 'new'), { fullUrl: A }),
      post(observation(A)),
      putEntry(patient('old', 'old'), { ifMatch: 'W/"1"' }),
    );
    expect(
      statuses(answer)
        .map((status) => status.slice(0, 3))
        .join(' '),
    ).toBe('200 204 200 304 201 400 412');
  });

  test('may be empty', async () => {
    expect((await batch()).body).toEqual({ resourceType: 'Bundle', type: 'batch-response' });
  });
});

describe('a transaction', () => {
  test('deletes, creates, updates and reads in that order, whatever the order of its entries', async () => {
    const { status, body } = await server.transaction(
      ask('GET', 'Patient?_sort=_id'),
      ask('GET', 'Patient/p1'),
      putEntry({ ...observation('Patient/p1'), id: 'o1' }),
      putEntry(patient('p1', 'one')),
      ask('DELETE', 'Patient/old'),
    );
    expect(status).toBe(200);
    expect(body.entry[0].resource.entry.map(({ resource }: Json) => resource.id)).toEqual(['p1']);
    expect(body.entry[1].resource.id).toBe('p1');
    expect((await server.get('/Patient/old')).status).toBe(410);
  });

  test('with a read that fails writes nothing', async () => {
    const answer = await server.transaction(putEntry(patient('p1', 'one')), ask('GET', 'Patient/nobody'));
    expect([answer.status, codeOf(answer)]).toEqual([404, 'resource-not-found']);
    expect((await server.get('/Patient/p1')).status).toBe(404);
  });

  test('makes references by fullUrl literal, wherever they are', async () => {
    const { body } = await server.transaction(
      post(
        observation(A, {
          extension: [{ url: 'http://x', valueReference: { reference: B } }],
          derivedFrom: [{ reference: B }],
          identifier: [{ system: 'urn:ietf:rfc:3986', value: A }],
          note: [{ text: A }],
        }),
        { fullUrl: 'urn:uuid:33333333-3333-4333-8333-333333333333' },
      ),
      post(patient('ignored', 'new'), { fullUrl: A }),
      putEntry({
        resourceType: 'DocumentReference',
        id: 'd1',
        status: 'current',
        content: [{ attachment: { url: B } }],
      }),
      post({ resourceType: 'Binary', contentType: 'text/plain', data: 'eA==' }, { fullUrl: B }),
    );
    const [made, person, , binary] = body.entry.map(({ response }: Json) =>
      response.location.replace(`${server.url}/`, '').replace('/_history/1', ''),
    );
    const { body: stored } = await server.get(`/${made}`);
    expect(stored).toMatchObject({
      subject: { reference: person },
      extension: [{ valueReference: { reference: binary } }],
      derivedFrom: [{ reference: binary }],
      identifier: [{ value: A }],
      note: [{ text: A }],
    });
    expect((await server.get('/DocumentReference/d1')).body.content[0].attachment.url).toBe(binary);
    expect((await server.get(`/Observation?subject=${person}&_summary=count`)).body.total).toBe(1);
  });

  test('may name by fullUrl what it updates, and what a condition found', async () => {
    const { status } = await server.transaction(
      post(observation(A)),
      { ...putEntry(patient('p1', 'one')), fullUrl: A },
      post(observation(B)),
      post(patient('x', 'old'), { fullUrl: B }, { ifNoneExist: 'identifier=urn:mrn|old' }),
    );
    expect(status).toBe(200);
    expect((await server.get('/Observation?subject=Patient/p1,Patient/old')).body.total).toBe(2);
    expect(await server.ids('/Patient?_sort=_id')).toEqual(['old', 'p1']);
  });

  test('makes conditional references literal', async () => {
    const { status } = await server.transaction(post(observation('Patient?identifier=urn:mrn|old')));
    expect(status).toBe(200);
    expect((await server.get('/Observation')).body.entry[0].resource.subject.reference).toBe('Patient/old');
  });

  test('has conditional updates and deletes', async () => {
    await server.put(patient('gone', 'gone'));
    const answer = await server.transaction(
      { resource: patient('old', 'old', { active: true }), ...ask('PUT', 'Patient?identifier=urn:mrn|old') },
      { resource: patient('made', 'made'), ...ask('PUT', 'Patient?identifier=urn:mrn|made') },
      ask('DELETE', 'Patient?identifier=urn:mrn|gone'),
      ask('DELETE', 'Patient?identifier=urn:mrn|none'),
    );
    expect(statuses(answer)).toEqual(['200 OK', '201 Created', '204 No Content', '204 No Content']);
    expect(await server.ids('/Patient?_sort=_id')).toEqual(['made', 'old']);
  });

  test('answers with resources or outcomes when they are preferred', async () => {
    const send = async (prefer: string) => {
      const entry = [putEntry(patient('p1', 'one')), ask('DELETE', 'Patient/none')];
      const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
      return (await server.send('POST', '', bundle, { Prefer: `return=${prefer}` })).body.entry;
    };
    expect((await send('representation'))[0].resource.id).toBe('p1');
    expect((await send('minimal'))[0].resource).toBeUndefined();
    const outcomes = await send('OperationOutcome');
    expect(outcomes.map(({ response }: Json) => response.outcome.issue[0].severity)).toEqual([
      'information',
      'information',
    ]);
  });

  const refused: [string, () => Json[], number, string, string | undefined][] = [
    [
      'a urn that no entry has',
      () => [post(observation(A))],
      400,
      'reference-not-found',
      'Bundle.entry[0].resource.subject',
    ],
    [
      'a conditional reference that matches nothing',
      () => [post(observation('Patient?identifier=urn:mrn|none'))],
      412,
      'multiple-matches',
      'Bundle.entry[0].resource.subject',
    ],
    [
      'a conditional reference that matches two',
      () => [
        putEntry(patient('p1', 'one')),
        post(observation('Patient?identifier=urn:mrn|old,urn:mrn|twin')),
      ],
      412,
      'multiple-matches',
      'Bundle.entry[1].resource.subject',
    ],
    [
      'a condition that matches two',
      () => [post(patient('x', 'y'), {}, { ifNoneExist: 'identifier=urn:mrn|old,urn:mrn|twin' })],
      412,
      'multiple-matches',
      'Bundle.entry[0].request.ifNoneExist',
    ],
    [
      'one fullUrl twice',
      () => [post(patient('x', 'a'), { fullUrl: A }), post(patient('x', 'b'), { fullUrl: A })],
      400,
      'wrong-json-type',
      'Bundle.entry[1].fullUrl',
    ],
    [
      'one resource updated and deleted',
      () => [putEntry(patient('old', 'old')), ask('DELETE', 'Patient/old')],
      400,
      'wrong-json-type',
      'Bundle.entry[1].request.url',
    ],
    [
      'one resource updated by id and by condition',
      () => [
        putEntry(patient('old', 'old')),
        { resource: patient('old', 'old'), ...ask('PUT', 'Patient?identifier=urn:mrn|old') },
      ],
      400,
      'wrong-json-type',
      'Bundle.entry[1].request.url',
    ],
    [
      'the same conditional update twice',
      () =>
        [1, 2].map(() => ({
          resource: { resourceType: 'Patient' },
          ...ask('PUT', 'Patient?identifier=urn:mrn|n'),
        })),
      400,
      'wrong-json-type',
      'Bundle.entry[1].request.url',
    ],
    [
      'an id chosen by condition and by URL',
      () => [
        putEntry(patient('n', 'n')),
        { resource: patient('n', 'n'), ...ask('PUT', 'Patient?identifier=urn:mrn|n') },
      ],
      400,
      'wrong-json-type',
      'Bundle.entry[1].request.url',
    ],
    [
      'the same conditional create twice',
      () => [1, 2].map(() => post(patient('x', 'n'), {}, { ifNoneExist: 'identifier=urn:mrn|n' })),
      400,
      'wrong-json-type',
      'Bundle.entry[1].request.url',
    ],
  ];
  test.each(refused)('is refused for %s', async (_, entries, status, code, expression) => {
    await server.put(patient('twin', 'twin'));
    const answer = await server.transaction(...entries());
    expect([answer.status, codeOf(answer), answer.body.issue[0].expression?.[0]]).toEqual([
      status,
      code,
      expression,
    ]);
    expect(await server.ids('/Patient?_sort=_id')).toEqual(['old', 'twin']);
    expect((await server.get('/_history')).body.total).toBe(2);
  });
});
