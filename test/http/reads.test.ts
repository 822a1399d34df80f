/** service.md "HTTP": reads and searches through the facade; contract.md §2: every link begins with PUBLIC_URL/fhir. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  Bundle,
  CapabilityStatement,
  FhirResource,
  Observation,
  OperationOutcome,
  Questionnaire,
} from 'fhir/r4.js';
import { faultsOf, type Reply, send } from '../support/contract-http.js';
import { type App, PUBLIC_URL, raw, reach, startApp } from '../support/http-app.js';
import { answers, FHIR_BASE, PATIENT, searchset, server, useFhirServer } from '../support/http-fhir.js';

useFhirServer();
let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const FACADE = `${PUBLIC_URL}/fhir`;
const get = <T>(path: string): Promise<Reply<T>> => send<T>(`${app.fhir}/${path}`);
const codes = ({ body }: Reply<unknown>) => faultsOf(body as OperationOutcome).map(({ code }) => code);
const linksOf = ({ link = [] }: Bundle) =>
  Object.fromEntries(link.map(({ relation, url }) => [relation, url]));

const OBSERVATION: Observation = {
  resourceType: 'Observation',
  id: 'o1',
  meta: { versionId: '7', lastUpdated: '2026-05-04T10:00:00.000+02:00' },
  status: 'final',
  code: { text: 'pain' },
  subject: { reference: 'Patient/p1' },
};

describe('a read', () => {
  test('the resource as it is, its version as ETag, its time as Last-Modified', async () => {
    answers('Observation/o1', 200, OBSERVATION);
    const { status, headers, body } = await get('Observation/o1');
    expect([status, headers.get('etag'), headers.get('last-modified'), headers.get('content-type')]).toEqual([
      200,
      'W/"7"',
      'Mon, 04 May 2026 08:00:00 GMT',
      'application/fhir+json; charset=utf-8',
    ]);
    expect(body).toEqual(OBSERVATION);
  });

  test('a resource without meta has neither', async () => {
    answers('Patient/p1', 200, PATIENT);
    const { status, headers } = await get('Patient/p1');
    expect([status, headers.get('etag'), headers.get('last-modified')]).toEqual([200, null, null]);
  });

  test.each([
    ['Observation/o1', OBSERVATION],
    ['Observation?patient=p1', searchset([OBSERVATION])],
    ['Observation/gone', undefined],
  ])('%s is kept by no cache: the next one at the desk would read it there', async (path, body) => {
    answers(path, body ? 200 : 404, body);
    expect((await get(path)).headers.get('cache-control')).toBe('no-store');
  });

  test('what is nobody’s may be kept', async () => {
    expect((await get('CodeSystem/findings')).headers.get('cache-control')).toBeNull();
  });

  test.each<[string, object | string | null]>([
    ['a number', { versionId: 7, lastUpdated: 7 }],
    ['a list', { versionId: ['7'], lastUpdated: {} }],
    ['a line break', { versionId: '1\r\nX: 1', lastUpdated: 'now\r\nX: 1' }],
    ['a quote', { versionId: '1"', lastUpdated: 'yesterday' }],
    ['another script', { versionId: '一', lastUpdated: '一' }],
    ['nothing', { versionId: '', lastUpdated: '' }],
    ['meta that is null', null],
    ['meta that is a text', 'x'],
  ])('%s for a version breaks no header: no ETag', async (_name, meta) => {
    answers('Observation/o1', 200, JSON.stringify({ ...OBSERVATION, meta }));
    const { status, headers } = await get('Observation/o1');
    expect([status, headers.get('etag'), headers.get('x')]).toEqual([200, null, null]);
  });

  test('an old version', async () => {
    const response = {
      resourceType: 'QuestionnaireResponse',
      id: 'r1',
      meta: { versionId: '2' },
    } as FhirResource;
    answers('QuestionnaireResponse/r1/_history/2', 200, response);
    const { status, headers, body } = await get('QuestionnaireResponse/r1/_history/2');
    expect([status, headers.get('etag'), body]).toEqual([200, 'W/"2"', response]);
  });

  test('the server is asked for what is there now, in FHIR JSON', async () => {
    const asked: unknown[] = [];
    server()
      .get('/fhir/Patient/p1')
      .reply(function answer() {
        asked.push(
          this.req.headers.accept,
          this.req.headers['cache-control'],
          this.req.headers.authorization,
        );
        return [200, PATIENT];
      });
    await send(`${app.fhir}/Patient/p1`, {
      headers: { authorization: 'Bearer of-the-caller', accept: 'text/html' },
    });
    expect(asked).toEqual(['application/fhir+json', 'no-cache', undefined]);
  });
});

describe('an id that is none never reaches the server', () => {
  test.each([
    '/fhir/Patient/..',
    '/fhir/Patient/.',
    '/fhir/Patient/%2e%2e',
    '/fhir/Patient/%2E',
    '/fhir/Patient/...',
    '/fhir/Patient/%2e%2e%2fObservation%2fo1',
    '/fhir/Patient/..%5cObservation',
    '/fhir/Patient/a%2fb',
    '/fhir/Patient/a%3fb',
    '/fhir/Patient/a%23b',
    '/fhir/Patient/a%00',
    '/fhir/Patient/a%0d%0aX:1',
    '/fhir/Patient/a%20',
    '/fhir/Patient/a%0a',
    '/fhir/Patient/%c3%a4',
    '/fhir/Patient/a_b',
    '/fhir/Patient/a;b',
    '/fhir/Patient/$everything',
    '/fhir/Patient/%zz',
    '/fhir/Patient/%c3',
    `/fhir/Patient/${'a'.repeat(65)}`,
    '/fhir/Patient/../Observation/o1',
    '/fhir/Patient//o1',
    '/fhir/Patient/p1/../../metadata',
    '/fhir/Observation/..',
    '/fhir/Provenance/%2e%2e',
    '/fhir/QuestionnaireResponse/..',
    '/fhir/QuestionnaireResponse/../$extract',
    '/fhir/QuestionnaireResponse/%2e%2e/$explain',
    '/fhir/QuestionnaireResponse/r1/_history/..',
    '/fhir/QuestionnaireResponse/r1/_history/%2e%2e',
    '/fhir/QuestionnaireResponse/r1/_history/1%2f2',
    '/fhir/QuestionnaireResponse/%2e/_history/1',
    '/fhir/../fhir/Patient',
    '//fhir/Patient/p1',
  ])('%s', async (path) => {
    const { status, body } = await raw(app, [`GET ${path} HTTP/1.1`]);
    expect([404, 405]).toContain(status);
    expect(JSON.parse(body)).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  test('64 characters of every kind do', async () => {
    const id = `A-z.09${'b'.repeat(58)}`;
    answers(`Patient/${id}`, 200, { ...PATIENT, id });
    expect((await get(`Patient/${id}`)).status).toBe(200);
  });
});

describe('a search', () => {
  test('every link and fullUrl is ours; the rest is as the server said it', async () => {
    const included: FhirResource = { ...OBSERVATION, id: 'o2' };
    const found: Bundle = {
      resourceType: 'Bundle',
      type: 'searchset',
      id: 'page-1',
      meta: { lastUpdated: '2026-05-04T08:00:00Z' },
      total: 7,
      link: [{ relation: 'self', url: `${FHIR_BASE}/Observation?patient=p1` }],
      entry: [
        {
          fullUrl: `${FHIR_BASE}/Observation/o1`,
          resource: OBSERVATION,
          search: { mode: 'match', score: 1 },
        },
        { fullUrl: `${FHIR_BASE}/Observation/o2`, resource: included, search: { mode: 'include' } },
        { fullUrl: 'urn:uuid:6f0f2a4e-6a0b-4b0e-9d1c-0a3a1f6c2b11', search: { mode: 'outcome' } },
      ],
    };
    answers('Observation?patient=p1&_count=2', 200, found);
    const { status, body } = await get<Bundle>('Observation?patient=p1&_count=2');
    expect(status).toBe(200);
    expect(body).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      total: 7,
      link: [{ relation: 'self', url: `${FACADE}/Observation?patient=p1&_count=2` }],
      entry: [
        { fullUrl: `${FACADE}/Observation/o1`, resource: OBSERVATION, search: { mode: 'match', score: 1 } },
        { fullUrl: `${FACADE}/Observation/o2`, resource: included, search: { mode: 'include' } },
      ],
    });
  });

  test('nothing found, without links: as bare', async () => {
    answers('Patient', 200, { resourceType: 'Bundle', type: 'searchset', total: 0 });
    expect((await get('Patient')).body).toEqual({ resourceType: 'Bundle', type: 'searchset', total: 0 });
  });

  test.each([
    'Observation?date=ge2026-01-01&date=lt2027-01-01',
    'Observation?code=x&code=a%7Cb%2Cc%7Cd',
    'Observation?_include=Observation:has-member&_sort=-date&_count=5',
    'Observation?derived-from=QuestionnaireResponse%2Fr1&_summary=count',
    'Provenance?target=QuestionnaireResponse%2Fr1',
    'Patient?name=%C3%84nne+Marie&birthdate=1970-03-02',
    'QuestionnaireResponse?identifier=https%3A%2F%2Fclinic.example.org%7C1&status=completed',
    'QuestionnaireResponse?identifier=urn%3Aa%3Fb%7C1',
    'QuestionnaireResponse?identifier=urn:a?b|1',
  ])('%s: the server is asked the same', async (path) => {
    const [type = '', ...rest] = path.split('?');
    const asked: string[][] = [];
    server()
      .get(`/fhir/${type}`)
      .query(true)
      .reply((uri) => {
        asked.push(...new URLSearchParams(uri.slice(uri.indexOf('?'))));
        return [200, searchset([])];
      });
    expect((await get(path)).status).toBe(200);
    expect(asked).toEqual([...new URLSearchParams(rest.join('?'))]);
  });

  test.each([
    'Observation?performer=x',
    'Observation?patient=p1&_has:Condition:evidence:code=x',
    'Observation?_revinclude=Provenance:target',
    'Observation?_elements=code',
    'Observation?code:not=x',
    'Observation?code:=x',
    'Observation?subject:Patient.name=x',
    'Observation?subject:Patient=p1',
    'Patient?name:exact=x',
    'QuestionnaireResponse?subject.name=x',
    'QuestionnaireResponse?author:missing=true',
    'Observation?_include=*',
    'Observation?_include=Observation:subject',
    'Observation?_include=Observation:has-member:Patient',
    'Observation?_include=Observation:has-member&_include=Observation:subject',
    'Observation?_include:iterate=Observation:has-member',
    'Patient?_include=Observation:has-member',
    'QuestionnaireResponse?_include=QuestionnaireResponse:subject',
    'Observation?_filter=x',
    'Observation?patient.name=x',
    'Observation?=x',
    'Observation?_id=1&__proto__=x',
    'Patient?address=x',
    'Provenance?agent=x',
    'QuestionnaireResponse?item=x',
    'Questionnaire?publisher=x',
    'ValueSet?_page=x',
  ])('%s: 400, every unknown parameter named, nothing asked', async (path) => {
    const reply = await get(path);
    expect([reply.status, ...codes(reply)]).toEqual([400, 'unknown-parameter']);
  });

  test('_format and _pretty are the facade’s: not forwarded', async () => {
    answers('Observation?code=x', 200, searchset([]));
    expect((await get('Observation?_format=json&code=x&_pretty=true')).status).toBe(200);
    answers('Observation', 200, searchset([]));
    expect((await get('Observation?_format=json')).status).toBe(200);
  });

  test('a long parameter name is not thrown back whole', async () => {
    const reply = await get(`Observation?${'x'.repeat(5000)}=1`);
    expect(reply.status).toBe(400);
    expect(reply.text).not.toContain('x'.repeat(65));
  });
});

describe('the next page', () => {
  const NEXT = `${FHIR_BASE}?_getpages=6f0f2a4e&_getpagesoffset=20&_count=20&_bundletype=searchset`;
  const withNext = (...urls: string[]) =>
    searchset([OBSERVATION], { link: urls.map((url) => ({ relation: 'next', url })) });

  test.each([
    ['HAPI', NEXT, /^\/fhir\/?\?_getpages=6f0f2a4e&_getpagesoffset=20&_count=20&_bundletype=searchset$/],
    [
      'ours and others',
      `${FHIR_BASE}/Observation?code=x&_cursor=abc`,
      /^\/fhir\/Observation\?code=x&_cursor=abc$/,
    ],
    ['a link relative to the base', 'Observation?code=x&_page=2', /^\/fhir\/Observation\?code=x&_page=2$/],
    ['HAPI, relative to the base', '?_getpages=6f0f2a4e', /^\/fhir\/?\?_getpages=6f0f2a4e$/],
  ])(
    'in the form of %s: becomes a link of ours, and following it asks the server for it',
    async (_n, url, asked) => {
      answers('Observation?code=x', 200, withNext(url));
      const { body } = await get<Bundle>('Observation?code=x');
      const { next = '' } = linksOf(body);
      expect(next).toMatch(/^https:\/\/screening\.example\.org\/axspa\/fhir\/Observation\?_page=[\w-]+$/);
      server()
        .get(asked)
        .reply(200, searchset([{ ...OBSERVATION, id: 'o21' }]));
      const page = await send<Bundle>(reach(app, next));
      expect(page.status).toBe(200);
      expect(page.body.entry?.map(({ fullUrl }) => fullUrl)).toEqual([`${FACADE}/Observation/o21`]);
      expect(linksOf(page.body).next).toBeUndefined();
    },
  );

  test('first, previous and last are ours too', async () => {
    const link = ['first', 'previous', 'last'].map((relation) => ({ relation, url: NEXT }));
    answers('Observation', 200, searchset([], { link }));
    const { body } = await get<Bundle>('Observation');
    expect(body.link).toHaveLength(3);
    for (const { url } of body.link ?? []) expect(url.startsWith(`${FACADE}/Observation?_page=`)).toBe(true);
  });

  const foreign = [
    'http://evil.test/fhir/Observation?page=2',
    'http://evil.test/fhir?_getpages=1',
    'http://fhir.test.evil.test/fhir?_getpages=1',
    'http://fhir.test@evil.test/fhir?_getpages=1',
    'http://fhir.test:8080/fhir?_getpages=1',
    'https://fhir.test/fhir?_getpages=1',
    '//evil.test/fhir?_getpages=1',
    'http://fhir.test/other?_getpages=1',
    'http://fhir.test/fhirs?_getpages=1',
    'http://fhir.test/fhirObservation?page=2',
    'http://fhir.test/fhir/../admin?_getpages=1',
    'http://fhir.test/fhir/Observation/$purge?x=1',
    'http://fhir.test/fhir/Observation/o1',
    'http://fhir.test/fhir/',
    'javascript:alert(1)?x',
    '/fhir/Observation?page=2',
    '../fhir/Observation?page=2',
    '',
  ];

  test.each(foreign)('to %s: 503, so that no search seems to end here', async (url) => {
    answers('Observation', 200, withNext(url));
    const reply = await get('Observation');
    expect([reply.status, ...codes(reply)]).toEqual([503, 'fhir-server-unreachable']);
    expect(reply.text).not.toContain('evil');
  });

  test.each(foreign)('any other link to %s is dropped', async (url) => {
    const link = ['first', 'previous', 'last', 'alternate'].map((relation) => ({ relation, url }));
    answers('Observation', 200, searchset([OBSERVATION], { link }));
    const reply = await get<Bundle>('Observation');
    expect([reply.status, reply.body.link, reply.body.entry?.length]).toEqual([200, undefined, 1]);
    expect(reply.text).not.toContain('evil');
  });

  test('a _page stands alone: what is beside it would count for nothing', async () => {
    const page = `_page=${Buffer.from('Observation?code=x&_cursor=abc').toString('base64url')}`;
    for (const query of [`${page}&code=x`, `_count=5&${page}`, `${page}&_format=json`, `${page}&${page}`]) {
      const reply = await get(`Observation?${query}`);
      expect([query, reply.status, ...codes(reply)]).toEqual([query, 400, 'unknown-parameter']);
    }
  });

  const forged: [string, string][] = [
    ['another type', 'Patient?name=x'],
    ['another type that begins alike', 'ObservationDefinition?x=1'],
    ['an absolute URL', 'http://evil.test/fhir/Observation?x=1'],
    ['a URL without a scheme', '//evil.test/Observation?x=1'],
    ['up and over', '../admin?x=1'],
    ['up from the type', 'Observation/../../admin?x=1'],
    ['a resource', 'Observation/o1?x=1'],
    ['a backslash', 'Observation\\..\\admin?x=1'],
    ['a backslash in the query', 'Observation?x=\\'],
    ['a fragment', 'Observation?x=1#y'],
    ['a space', 'Observation?x=1 HTTP/1.1'],
    ['a line break', 'Observation?x=1\r\nX: 1'],
    ['no query', 'Observation'],
    ['nothing', ''],
    ['case', 'observation?x=1'],
    ['a leading slash', '/Observation?x=1'],
    ['the whole system', '?_type=Condition,Patient'],
    ['the whole system by id', '?_id=p1'],
  ];
  test.each(forged)('a forged _page is refused: %s', async (_name, path) => {
    const reply = await get(`Observation?_page=${Buffer.from(path).toString('base64url')}`);
    expect([reply.status, ...codes(reply)]).toEqual([400, 'unknown-parameter']);
  });

  test('a _page in the clear is refused', async () => {
    for (const page of ['Observation?x=1', '%3F_getpages=1', 'x', '%00']) {
      const reply = await get(`Observation?_page=${encodeURIComponent(page)}`);
      expect([reply.status, ...codes(reply)]).toEqual([400, 'unknown-parameter']);
    }
  });
});

describe('authored content', () => {
  const names = ({ entry = [] }: Bundle) => entry.map(({ resource }) => resource?.id);

  test.each([
    ['Questionnaire', ['axspa-back-pain-screening']],
    [
      'Questionnaire?url=https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening',
      ['axspa-back-pain-screening'],
    ],
    ['Questionnaire?version=1.0.0&status=active,draft', ['axspa-back-pain-screening']],
    ['Questionnaire?version=2.0.0', []],
    ['Questionnaire?url=https://w3id.org/axspa-screening/Questionnaire/AXSPA-back-pain-screening', []],
    ['CodeSystem?_id=answers,verdicts', ['answers', 'verdicts']],
    ['CodeSystem?_id=answers&_id=verdicts', []],
    ['ValueSet?_id=nowhere', []],
    ['ValueSet?url=nowhere', []],
  ])('%s', async (path, ids) => {
    const { status, body } = await get<Bundle>(path);
    expect([status, names(body), body.total]).toEqual([200, ids, ids.length]);
    for (const { fullUrl, resource } of body.entry ?? []) {
      expect(fullUrl).toBe(`${FACADE}/${resource?.resourceType}/${resource?.id}`);
    }
    for (const { url } of body.link ?? []) expect(url.startsWith(`${FACADE}/`)).toBe(true);
  });

  test('url and version in one', async () => {
    const url = 'https://w3id.org/axspa-screening/Questionnaire/axspa-back-pain-screening';
    const found = async (wanted: string) =>
      names((await get<Bundle>(`Questionnaire?url=${encodeURIComponent(wanted)}`)).body);
    expect(await found(`${url}|1.0.0`)).toEqual(['axspa-back-pain-screening']);
    expect(await found(`${url}|2.0.0`)).toEqual([]);
    expect(await found(`${url}|`)).toEqual([]);
    expect(await found(`nowhere,${url}|1.0.0`)).toEqual(['axspa-back-pain-screening']);
  });

  test('a page at a time, each with a link to the next', async () => {
    const all = (await get<Bundle>('CodeSystem')).body;
    expect(names(all).length).toBeGreaterThan(2);
    const pages: (string | undefined)[][] = [];
    let link: string | undefined = `${FACADE}/CodeSystem?_count=2`;
    while (link !== undefined && pages.length < 50) {
      const { status, body }: Reply<Bundle> = await send<Bundle>(reach(app, link));
      expect([status, body.total, linksOf(body).self]).toEqual([200, all.total, link]);
      pages.push(names(body));
      link = linksOf(body).next;
    }
    expect(pages.flat()).toEqual(names(all));
    expect(pages.slice(0, -1).every((page) => page.length === 2)).toBe(true);
    expect(pages.at(-1)?.length).toBeGreaterThan(0);
  });

  test('only how many there are', async () => {
    const { total } = (await get<Bundle>('CodeSystem')).body;
    for (const query of ['_summary=count', '_count=0', '_count=0&_offset=1', '_summary=count&_count=2']) {
      const { status, body } = await get<Bundle>(`CodeSystem?${query}`);
      expect([query, status, body.total, body.entry, linksOf(body).next]).toEqual([
        query,
        200,
        total,
        undefined,
        undefined,
      ]);
    }
    const past = await get<Bundle>('CodeSystem?_offset=999');
    expect([past.status, past.body.total, past.body.entry]).toEqual([200, total, undefined]);
  });

  test.each(['_count=x', '_count=-1', '_count=', '_count=1.5', '_offset=x', '_offset=-2', '_count=1e3'])(
    '%s: 400',
    async (query) => {
      const reply = await get(`CodeSystem?${query}`);
      expect([reply.status, ...codes(reply)]).toEqual([400, 'unknown-parameter']);
    },
  );

  test('_format and _pretty change nothing, modifiers are refused', async () => {
    expect(names((await get<Bundle>('CodeSystem?_format=json&_pretty=true&_id=answers')).body)).toEqual([
      'answers',
    ]);
    for (const query of ['title:contains=a', 'name:exact=a', '_id:not=a', '_include=x']) {
      const reply = await get(`CodeSystem?${query}`);
      expect([query, reply.status, ...codes(reply)]).toEqual([query, 400, 'unknown-parameter']);
    }
  });

  test('a title is found by its beginning, case aside', async () => {
    const { body } = await get<Bundle<Questionnaire>>('Questionnaire');
    const title = body.entry?.[0]?.resource?.title ?? '';
    expect(title.length).toBeGreaterThan(3);
    const start = encodeURIComponent(title.slice(0, 6).toUpperCase());
    expect(names((await get<Bundle>(`Questionnaire?title=${start}`)).body)).toHaveLength(1);
    const middle = encodeURIComponent(title.slice(2));
    expect(names((await get<Bundle>(`Questionnaire?title=${middle}`)).body)).toHaveLength(0);
  });

  test('a read, and what is not there', async () => {
    const { status, body } = await get<FhirResource>('Questionnaire/axspa-back-pain-screening');
    expect([status, body.resourceType, body.id]).toEqual([200, 'Questionnaire', 'axspa-back-pain-screening']);
    for (const path of [
      'Questionnaire/answers',
      'CodeSystem/axspa-back-pain-screening',
      'ValueSet/__proto__',
    ]) {
      const reply = await get(path);
      expect([reply.status, ...codes(reply)]).toEqual([404, 'resource-not-found']);
    }
  });
});

describe('metadata', () => {
  test('says what this instance is', async () => {
    const { status, headers, body } = await get<CapabilityStatement>('metadata');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/fhir+json; charset=utf-8']);
    expect(body).toMatchObject({
      resourceType: 'CapabilityStatement',
      kind: 'instance',
      fhirVersion: '4.0.1',
      software: { name: 'axspa-screening', version: '1.0.0' },
      implementation: { url: FACADE },
    });
    expect(body.format).toContain('application/fhir+json');
    expect(body.format?.join()).not.toMatch(/xml|turtle/);
  });

  test('what it lists is served: reads, searches and each of their parameters', async () => {
    server()
      .persist()
      .get(/^\/fhir\/[A-Z]\w+\?/)
      .reply(200, searchset([]));
    const { rest = [] } = (await get<CapabilityStatement>('metadata')).body;
    for (const { type, searchParam = [], interaction = [] } of rest[0]?.resource ?? []) {
      const can = interaction.map(({ code }) => code);
      const unread = await get(`${type}/_`);
      expect([type, can.includes('read'), unread.status, ...codes(unread)]).toEqual([
        type,
        true,
        404,
        'resource-not-found',
      ]);
      expect([type, can.includes('search-type')]).toEqual([type, true]);
      for (const { name } of searchParam) {
        expect([type, name, (await get(`${type}?${name}=x`)).status]).toEqual([type, name, 200]);
      }
      const created = await send(`${app.fhir}/${type}`, { body: {} });
      expect([type, created.status]).toEqual([type, can.includes('create') ? 400 : 405]);
    }
  });
});
