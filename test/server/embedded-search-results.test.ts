import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, idsOf, type Json, send, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;

const observation = (id: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'urn:s', code: 'c1' }] },
  subject: { reference: 'Patient/p1' },
  ...more,
});

beforeAll(async () => {
  server = await startFixture();
  const put = async (day: string, ...resources: Json[]) => {
    server.clock.now = new Date(`${day}T10:00:00.000Z`);
    for (const resource of resources) expect((await server.put(resource)).status).toBe(201);
  };
  await put(
    '2026-06-01',
    { resourceType: 'Patient', id: 'p1', name: [{ family: 'Müller', given: ['Ana'], use: 'official' }] },
    { resourceType: 'Patient', id: 'p2', name: [{ family: 'müllerin' }], active: true },
    { resourceType: 'Organization', id: 'org', name: 'North Clinic' },
  );
  await put('2026-06-02', observation('o1', { effectiveDateTime: '2026-05-01', valueInteger: 3 }));
  await put(
    '2026-06-03',
    observation('o2', { derivedFrom: [{ reference: 'Observation/o1' }], valueString: 'x' }),
    {
      resourceType: 'Provenance',
      id: 'v1',
      recorded: '2026-06-03T00:00:00Z',
      target: [{ reference: 'Observation/o1' }, { reference: 'Observation/o2' }],
      agent: [{ who: { display: 'x' } }],
    },
    {
      resourceType: 'Task',
      id: 't1',
      status: 'requested',
      intent: 'order',
      focus: { reference: 'Observation/o1' },
    },
  );
});
afterAll(() => server.stop());

test.each([
  ['Observation?_lastUpdated=2026-06-02', 'o1'],
  ['Observation?_lastUpdated=gt2026-06-02', 'o2'],
  ['Observation?_lastUpdated=ge2026-06-02&_lastUpdated=lt2026-06-03', 'o1'],
  ['Observation?_lastUpdated=2026-06-02T10:00:00Z,2026-06-03', 'o1 o2'],
  ['Observation?_lastUpdated=2026-06-02T12:00:00%2B02:00', 'o1'],
  ['Observation?_lastUpdated=eb2026-06-02', ''],
  ['Observation?code=c1&_lastUpdated=ne2026-06-02', 'o2'],
  ['Patient?name:contains=LLER', 'p1 p2'],
  ['Patient?name:contains=na,lin', 'p1'],
  ['Patient?family:contains=erin', 'p2'],
  ['Patient?name:exact=Müller', 'p1'],
  ['Patient?name:exact=müller', ''],
  ['Patient?name:exact=Mü', ''],
  ['Patient?name:exact=official', ''],
  ['Patient?given:exact=Ana,Eva', 'p1'],
  ['Patient?active=true&family:exact=müllerin', 'p2'],
  ['Organization?name:exact=North Clinic', 'org'],
  ['Organization?name:exact=North clinic', ''],
  ['Observation?date:missing=true', 'o2'],
  ['Observation?date:missing=false', 'o1'],
  ['Observation?derived-from:missing=true&code=c1', 'o1'],
  ['Patient?active:missing=true', 'p1'],
  ['Patient?family=müll&_sort=-name', 'p2 p1'],
  ['Observation?subject:missing=true', ''],
])('%s', async (query, ids) => {
  expect((await server.ids(`/${query}`)).join(' ')).toBe(ids);
});

describe('_revinclude', () => {
  test.each([
    ['Observation?_id=o1&_revinclude=Provenance:target', 'v1'],
    ['Observation?_id=o1&_revinclude=Observation:derived-from', 'o2'],
    ['Observation?_id=o1&_revinclude=Task:focus&_revinclude=Provenance:target', 't1 v1'],
    ['Observation?_revinclude=Observation:derived-from&_revinclude=Provenance:target', 'v1'],
    ['Patient?_id=p1&_revinclude=Observation:patient', 'o1 o2'],
    ['Patient?_id=p1&_revinclude=Observation:subject:Patient', 'o1 o2'],
    ['Patient?_id=p2&_revinclude=Observation:patient', ''],
    ['Observation?_id=o2&_revinclude=Provenance:target&_include=Observation:subject', 'p1 v1'],
  ])('%s', async (query, included) => {
    const { body } = await server.get(`/${query}`);
    expect(idsOf(body, 'include').sort().join(' ')).toBe(included);
    expect(body.total).toBe(idsOf(body).length);
  });
});

describe('_elements', () => {
  test('leaves what is asked for, what is required and what names the resource', async () => {
    const { body } = await server.get('/Observation?_id=o1&_elements=value');
    expect(body.entry[0].resource).toEqual({
      resourceType: 'Observation',
      id: 'o1',
      meta: {
        versionId: '1',
        lastUpdated: '2026-06-02T10:00:00.000Z',
        tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }],
      },
      status: 'final',
      code: { coding: [{ system: 'urn:s', code: 'c1' }] },
      valueInteger: 3,
    });
    expect(body.link[0].url).toContain('_elements=value');
  });

  test('names several, and leaves what is included whole', async () => {
    const { body } = await server.get(
      '/Observation?_id=o1&_elements=effectiveDateTime,subject&_include=Observation:subject',
    );
    expect(Object.keys(body.entry[0].resource)).toEqual([
      'resourceType',
      'id',
      'meta',
      'status',
      'code',
      'subject',
      'effectiveDateTime',
    ]);
    expect(body.entry[1].resource).toMatchObject({ id: 'p1', name: [{ family: 'Müller' }] });
    expect(body.entry[1].resource.meta).not.toHaveProperty('tag');
  });
});

describe('POST _search', () => {
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    send(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });

  test('reads the parameters of the body, of the URL and of both', async () => {
    for (const [path, form] of [
      ['/Observation/_search', 'code=urn%3As%7Cc1&_id=o1'],
      ['/Observation/_search?_id=o1', 'code=c1'],
      ['/Observation/_search?_id=o1&code=c1', ''],
    ] as const) {
      const { status, body } = await post(path, form);
      expect([status, body.type, idsOf(body)]).toEqual([200, 'searchset', ['o1']]);
      const { url } = body.link.find(({ relation }: Json) => relation === 'self');
      expect(await server.ids(url.replace(server.url, ''))).toEqual(['o1']);
    }
  });

  test('refuses what a search refuses, and other bodies', async () => {
    expect((await post('/Observation/_search', 'colour=blue')).status).toBe(400);
    expect((await post('/Observation/_search', '{}', { 'Content-Type': 'application/json' })).status).toBe(
      415,
    );
    expect((await post('/Spaceship/_search', '')).status).toBe(404);
  });
});

describe('Prefer: handling=', () => {
  const get = (query: string, prefer: string) =>
    server.send('GET', `/Observation?${query}`, undefined, { Prefer: prefer });

  test('lenient ignores unknown parameters, and says so', async () => {
    const { status, body } = await get('colour=blue&_id=o1&size=2', 'handling=lenient');
    expect([status, body.total, idsOf(body)]).toEqual([200, 1, ['o1']]);
    expect(body.link[0].url).toBe(`${server.url}/Observation?_id=o1`);
    expect(body.entry[1].search.mode).toBe('outcome');
    expect(body.entry[1].resource).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(body.entry[1].resource.issue[0].severity).toBe('information');
    expect(body.entry[1].resource.issue[0].details.text).toContain('"colour", "size"');
  });

  test('lenient keeps nothing from being refused that FHIR says must be', async () => {
    expect((await get('code:not=x', 'handling=lenient')).status).toBe(400);
    expect((await get('date=yesterday', 'return=minimal, handling=lenient')).status).toBe(400);
  });

  test('strict, as without it, refuses them', async () => {
    expect((await get('colour=blue', 'handling=strict')).status).toBe(400);
    expect((await get('_id=o1', 'handling=lenient')).body.entry).toHaveLength(1);
  });
});
