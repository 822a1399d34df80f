import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, idsOf, type Json, putEntry, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;

const codeable = (system: string, code: string): Json => ({ coding: [{ system, code }] });
const observation = (id: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: codeable('urn:s', 'c1'),
  subject: { reference: 'Patient/p1' },
  ...more,
});
const response = (id: string, more: Json = {}): Json => ({
  resourceType: 'QuestionnaireResponse',
  id,
  status: 'completed',
  subject: { reference: 'Patient/p1' },
  ...more,
});

const RESOURCES: Json[] = [
  {
    resourceType: 'Patient',
    id: 'p1',
    identifier: [{ system: 'urn:mrn', value: '1' }],
    name: [{ family: 'Müller', given: ['Ana', 'Sofía'] }],
    birthDate: '1980-05-04',
  },
  {
    resourceType: 'Patient',
    id: 'p2',
    identifier: [{ system: 'urn:other', value: '1' }, { value: 'bare' }],
    name: [{ text: "O'Neil, Zoë" }],
    birthDate: '1990',
  },
  { resourceType: 'Practitioner', id: 'dr', name: [{ family: 'Ng' }] },
  {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: 'Patient/p1' },
    period: { start: '2026-05-01', end: '2026-05-10' },
  },
  response('r1', {
    identifier: { system: 'urn:r', value: 'a|b,c' },
    questionnaire: 'http://q/one|1.0.0',
    authored: '2026-05-04T09:30:00+02:00',
    author: { reference: 'Practitioner/dr' },
    encounter: { reference: 'Encounter/e1' },
  }),
  response('r2', {
    status: 'in-progress',
    questionnaire: 'http://q/one|2.0.0',
    authored: '2026-05-05',
    subject: { reference: 'Patient/p2' },
  }),
  response('r3', { status: 'entered-in-error', questionnaire: 'http://q/two', authored: '2026-06' }),
  observation('o1', {
    effectiveDateTime: '2026-05-04T00:30:00+02:00',
    category: [codeable('urn:cat', 'survey')],
    derivedFrom: [{ reference: 'QuestionnaireResponse/r1' }],
    encounter: { reference: 'Encounter/e1' },
  }),
  observation('o2', {
    code: codeable('urn:s', 'c2'),
    effectiveDateTime: '2026-05-20T12:00:00Z',
    category: [codeable('urn:cat', 'laboratory')],
  }),
  observation('o3', {
    status: 'amended',
    code: codeable('urn:t', 'c1'),
    effectiveDateTime: '2026-05',
    subject: { reference: 'Patient/p2' },
  }),
  observation('o4', { code: { coding: [{ code: 'c1' }] }, effectiveDateTime: '2025', subject: undefined }),
  observation('panel', {
    code: codeable('urn:s', 'panel'),
    hasMember: [{ reference: 'Observation/o1' }, { reference: 'Observation/o2' }],
    derivedFrom: [{ reference: 'QuestionnaireResponse/r1' }],
  }),
  {
    resourceType: 'Provenance',
    id: 'v1',
    recorded: '2026-05-04T08:00:00.500Z',
    target: [{ reference: 'QuestionnaireResponse/r1' }, { reference: 'Observation/o1' }],
    agent: [{ who: { identifier: { value: 'software' } } }],
  },
];

beforeAll(async () => {
  server = await startFixture();
  expect((await server.transaction(...RESOURCES.map((resource) => putEntry(resource)))).status).toBe(200);
});
afterAll(() => server.stop());

const found: [query: string, ids: string][] = [
  ['Observation?_id=o1', 'o1'],
  ['Observation?_id=o2,o1,none,p1', 'o1 o2'],
  // identifier
  ['Patient?identifier=urn:mrn|1', 'p1'],
  ['Patient?identifier=1', 'p1 p2'],
  ['Patient?identifier=|bare', 'p2'],
  ['Patient?identifier=|1', ''],
  ['Patient?identifier=urn:mrn|', 'p1'],
  ['Patient?identifier=urn:unheard-of|', ''],
  ['Patient?identifier=urn:unheard-of|bare', ''],
  ['Patient?identifier=urn:mrn|1,|bare', 'p1 p2'],
  ['QuestionnaireResponse?identifier=urn:r|a\\|b\\,c', 'r1'],
  // reference
  ['Observation?patient=p1', 'o1 o2 panel'],
  ['Observation?patient=Patient/p1', 'o1 o2 panel'],
  ['Observation?subject=BASE/Patient/p1', 'o1 o2 panel'],
  ['Observation?subject=Patient/p1,Patient/p2', 'o1 o2 o3 panel'],
  ['Observation?patient=http://elsewhere/Patient/p1', ''],
  ['Observation?patient=Practitioner/dr', ''],
  ['Observation?patient=nobody', ''],
  ['Observation?derived-from=QuestionnaireResponse/r1', 'o1 panel'],
  ['Observation?derived-from=r1', 'o1 panel'],
  ['Observation?has-member=Observation/o2', 'panel'],
  ['Observation?encounter=Encounter/e1', 'o1'],
  ['QuestionnaireResponse?encounter=e1', 'r1'],
  ['QuestionnaireResponse?author=Practitioner/dr', 'r1'],
  ['Provenance?target=QuestionnaireResponse/r1', 'v1'],
  ['Provenance?target=o1', 'v1'],
  ['Provenance?target=o2', ''],
  // token
  ['Observation?code=urn:s|c1', 'o1'],
  ['Observation?code=c1', 'o1 o3 o4'],
  ['Observation?code=|c1', 'o4'],
  ['Observation?code=C1', ''],
  ['Observation?code=c2,urn:t|c1', 'o2 o3'],
  ['Observation?category=urn:cat|survey', 'o1'],
  ['Observation?category=laboratory', 'o2'],
  ['Observation?status=amended', 'o3'],
  ['QuestionnaireResponse?status=entered-in-error', 'r3'],
  ['QuestionnaireResponse?status=completed,in-progress', 'r1 r2'],
  // canonical
  ['QuestionnaireResponse?questionnaire=http://q/one', 'r1 r2'],
  ['QuestionnaireResponse?questionnaire=http://q/one|1.0.0', 'r1'],
  ['QuestionnaireResponse?questionnaire=http://q/one|3', ''],
  ['QuestionnaireResponse?questionnaire=http://q/two,http://q/one|2.0.0', 'r2 r3'],
  // name
  ['Patient?name=mull', 'p1'],
  ['Patient?name=MÜLL', 'p1'],
  ['Patient?name=sofia', 'p1'],
  ['Patient?name=o%27neil\\, z', 'p2'],
  ['Patient?name=uller', ''],
  ['Patient?name=an,o', 'p1 p2'],
  ['Patient?name=%25', ''],
  ['Practitioner?name=ng', 'dr'],
  // several parameters: all must hold
  ['Observation?patient=p1&code=c1', 'o1'],
  ['Observation?code=c1&status=final&subject=Patient/p1&category=survey&date=2026-05-04', 'o1'],
  ['Observation?code=c1&code=c2', ''],
  ['Observation?code=c1&date=ge2026&date=lt2026-05-05', 'o1 o3'],
  // date: o1 is 4 May by the clock on its wall, o2 20 May, o3 some day of May, o4 some day of 2025
  ['Observation?date=2026-05', 'o1 o2 o3'],
  ['Observation?date=eq2026-05-04', 'o1'],
  ['Observation?date=2026-05-03', ''],
  ['Observation?date=2026-05-03T22:30:00Z', 'o1'],
  ['Observation?date=2026-05-04T00:30:00%2B02:00', 'o1'],
  ['Observation?date=2026-05-04T00:30:00+02:00', 'o1'],
  ['Observation?date=ne2026-05', 'o4'],
  ['Observation?date=gt2026-05-04', 'o2 o3'],
  ['Observation?date=lt2026-05-04', 'o3 o4'],
  ['Observation?date=ge2026-05-04', 'o1 o2 o3'],
  ['Observation?date=le2026-05-04', 'o1 o3 o4'],
  ['Observation?date=ge2026-05-20T12:00:00Z', 'o2 o3'],
  ['Observation?date=gt2026-05-20T12:00:00Z', 'o3'],
  ['Observation?date=sa2026-05-04', 'o2'],
  ['Observation?date=sa2025', 'o1 o2 o3'],
  ['Observation?date=eb2026', 'o4'],
  ['Observation?date=eb2026-05-20', 'o1 o4'],
  ['Observation?date=ap2026-05-20', 'o2 o3'],
  ['Observation?date=2025,2026-05-20', 'o2 o4'],
  ['QuestionnaireResponse?authored=2026-05-04', 'r1'],
  ['QuestionnaireResponse?authored=ge2026-05-05', 'r2 r3'],
  ['Provenance?recorded=2026-05-04T08:00:00.500Z', 'v1'],
  ['Provenance?recorded=2026-05-04T08:00:00Z', 'v1'],
  ['Provenance?recorded=gt2026-05-04T08:00:00.499Z', 'v1'],
  ['Patient?birthdate=1980-05-04', 'p1'],
  ['Patient?birthdate=1980', 'p1'],
  ['Patient?birthdate=gt1985', 'p2'],
  ['Encounter?date=2026-05-05', ''],
  ['Encounter?date=ap2026-05-05', 'e1'],
  // sort
  ['Observation?_sort=date', 'panel o4 o3 o1 o2'],
  ['Observation?_sort=-date', 'o2 o1 o3 o4 panel'],
  ['Observation?_sort=-_id', 'panel o4 o3 o2 o1'],
  ['Observation?_sort=_lastUpdated', 'o1 o2 o3 o4 panel'],
  ['QuestionnaireResponse?_sort=-authored', 'r3 r2 r1'],
  ['Patient?_sort=name', 'p1 p2'],
  ['Patient?_sort=-name', 'p2 p1'],
  ['Patient?_sort=-birthdate,_id', 'p2 p1'],
  // nothing to select by: everything, entered-in-error too
  ['QuestionnaireResponse', 'r1 r2 r3'],
  ['Task', ''],
];

test.each(found)('%s', async (query, ids) => {
  expect((await server.ids(`/${query.replace('BASE', server.url)}`)).join(' ')).toBe(ids);
});

test('the answer is a searchset with full URLs, an exact total and a link to itself', async () => {
  const { body } = await server.get(
    '/Observation?code=c1,c2&_count=2&_sort=_id&_total=accurate&_format=json',
  );
  expect([body.resourceType, body.type, body.total]).toEqual(['Bundle', 'searchset', 4]);
  expect(body.entry[0]).toMatchObject({
    fullUrl: `${server.url}/Observation/o1`,
    resource: { resourceType: 'Observation', id: 'o1', meta: { versionId: '1' } },
    search: { mode: 'match' },
  });
  const self = body.link.find(({ relation }: Json) => relation === 'self').url;
  expect((await server.get(self.replace(server.url, ''))).body).toEqual(body);
});

test.each(['_count=0', '_summary=count'])('%s asks for the total only', async (parameter) => {
  const { body } = await server.get(`/Observation?patient=p1&${parameter}`);
  expect([body.total, body.entry, body.link.length]).toEqual([3, undefined, 1]);
});

test('_count is at most 500', async () => {
  expect((await server.get('/Observation?_count=999999')).status).toBe(200);
});

test('400 values are not too many for the database, as alternatives or all together', async () => {
  const many = (separator: string) => Array(398).fill('status=final').join(separator);
  const or = many(',').replaceAll(',status=', ',');
  for (const query of [or, many('&'), or.replaceAll('status=', 'subject=').replaceAll('final', 'p1')]) {
    expect((await server.get(`/Observation?${query}&_sort=-date&_count=1`)).status).toBe(200);
  }
  const dates = Array(398).fill('date=ap2026').join('&');
  expect((await server.get(`/Observation?${dates}&_sort=-date&_count=1`)).body.total).toBe(4);
});

describe('_include', () => {
  const included = async (query: string) => {
    const { body } = await server.get(query);
    const urls = (body.entry ?? []).map((entry: Json) => entry.fullUrl);
    expect(new Set(urls).size).toBe(urls.length);
    return [idsOf(body).join(' '), idsOf(body, 'include').sort().join(' '), body.total];
  };
  test.each([
    ['Observation?_id=panel&_include=Observation:has-member', 'panel', 'o1 o2', 1],
    ['Observation?_id=panel&_include=Observation:derived-from', 'panel', 'r1', 1],
    ['Observation?_id=panel,o1&_include=Observation:has-member', 'o1 panel', 'o2', 2],
    ['Observation?_id=o1,o3&_include=Observation:subject', 'o1 o3', 'p1 p2', 2],
    ['Observation?_id=o1,o2&_include=Observation:patient', 'o1 o2', 'p1', 2],
    ['Observation?_id=o1&_include=Observation:subject:Patient', 'o1', 'p1', 1],
    ['Observation?_id=o1&_include=Observation:subject:Group', 'o1', '', 1],
    [
      'Observation?_id=panel&_include=Observation:has-member&_include=Observation:patient',
      'panel',
      'o1 o2 p1',
      1,
    ],
    ['QuestionnaireResponse?_id=r2&_include=QuestionnaireResponse:subject', 'r2', 'p2', 1],
    ['Provenance?_include=Provenance:target', 'v1', 'o1 r1', 1],
    ['Observation?_id=o4&_include=Observation:subject', 'o4', '', 1],
  ])('%s', async (query, ...expected) => {
    expect(await included(`/${query}`)).toEqual(expected);
  });
});

test('a changed resource is found by what it is now, and only by that', async () => {
  await server.put(observation('moving', { code: codeable('urn:m', 'before'), effectiveDateTime: '2020' }));
  await server.put(
    observation('moving', {
      code: codeable('urn:m', 'after'),
      effectiveDateTime: '2021',
      subject: { reference: 'Patient/p2' },
    }),
  );
  expect(await server.ids('/Observation?code=before')).toEqual([]);
  expect(await server.ids('/Observation?date=2020')).toEqual([]);
  expect(await server.ids('/Observation?patient=p1&_id=moving')).toEqual([]);
  expect(await server.ids('/Observation?patient=p2&code=after&date=2021')).toEqual(['moving']);
});

describe('what is not understood is refused, never ignored', () => {
  test.each([
    'Observation?colour=blue',
    'Observation?code:text=x',
    'Observation?subject:Patient=p1',
    'Observation?name=x',
    'Patient?__proto__=x',
    'Patient?constructor=x',
    'Patient?_lastUpdated=gt',
    'Patient?_lastUpdated:missing=true',
    'Patient?_revinclude=Observation:code',
    'Patient?_revinclude=Observation:subject:Group',
    'Patient?_revinclude=Observation',
    'Patient?_revinclude=*',
    'Patient?_elements=colour',
    'Patient?_elements=name,',
    'Observation?subject.name=x',
    'Patient?_has:Observation:subject:code=x',
    'Observation?code:not=x',
    'Observation?code:missing=perhaps',
    'Observation?patient:missing=true',
    'Patient?name:missing=true',
    'Patient?name:sounds-like=x',
    'Observation?code:exact=x',
    'Patient?name=',
    'Patient?=x',
    'Observation?date=yesterday',
    'Observation?date=2026-02-31',
    'Observation?date=ge',
    'Observation?_sort=code',
    'Observation?_sort=name',
    'Observation?_sort=',
    'Observation?_sort=date&_sort=_id',
    'Observation?_count=-1',
    'Observation?_count=ten',
    'Observation?_count=1&_count=2',
    'Observation?_include=Observation:code',
    'Observation?_include=Patient:general-practitioner',
    'Observation?_include=Observation:subject:Patient:x',
    'Observation?_include=*',
    'Observation?_include:iterate=Observation:subject',
    'Observation?_summary=text',
    'Observation?_total=some',
    'Observation?_format=xml',
    'Observation?_cursor=x',
    'Observation?_cursor=WzEsMl0',
    'Observation?_sort=_id&_cursor=WzEsMiwzXQ',
    `Observation?code=${'a,'.repeat(500)}a`,
    `Observation?_sort=${'date,'.repeat(5)}date`,
  ])('%s', async (query) => {
    const { status, body } = await server.get(`/${query}`);
    expect([status, body.resourceType]).toEqual([400, 'OperationOutcome']);
    expect(body.issue).toMatchObject([
      { severity: 'error', details: { coding: [{ code: 'unknown-parameter' }] } },
    ]);
    expect(body.issue[0]).not.toHaveProperty('expression');
    expect(body.issue[0].details.text).toMatch(/^[A-Z_].{15}/);
  });
});
