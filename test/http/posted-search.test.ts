/** R4 http.html, search: `POST Type/_search` with a form is the same search as `GET Type?…`. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome } from 'fhir/r4.js';
import type { AuditRecord } from '../../src/fhir/audit-event.js';
import { faultsOf, type Reply, send } from '../support/contract-http.js';
import { type App, BODY_LIMIT, PUBLIC_URL, startApp } from '../support/http-app.js';
import { answers, PATIENT, searchset, useFhirServer } from '../support/http-fhir.js';

useFhirServer();
const audited: AuditRecord[] = [];
let app: App;
beforeAll(async () => {
  app = await startApp({ ports: { audit: { record: (event) => void audited.push(event) } } });
});
afterAll(() => app.close());

const FORM = 'application/x-www-form-urlencoded';
const post = <T>(
  path: string,
  body: string | undefined,
  headers: Record<string, string> = { 'content-type': FORM },
) => send<T>(`${app.fhir}/${path}`, { method: 'POST', body, headers });
const said = ({ status, body }: Reply<unknown>) => [status, faultsOf(body as OperationOutcome)[0]?.code];

describe('the same answer as by address', () => {
  test.each<[string, string]>([
    [
      'Questionnaire',
      'url=https%3A%2F%2Fw3id.org%2Faxspa-screening%2FQuestionnaire%2Faxspa-back-pain-screening',
    ],
    ['CodeSystem', 'status=active&_count=2'],
    ['ValueSet', 'title=Back+pain'],
    ['StructureDefinition', ''],
  ])('%s %s', async (type, query) => {
    const { body: asked } = await send<Bundle>(`${app.fhir}/${type}?${query}`);
    const posted = await post<Bundle>(`${type}/_search`, query);
    expect([posted.status, posted.headers.get('content-type')]).toEqual([
      200,
      'application/fhir+json; charset=utf-8',
    ]);
    expect(posted.body).toEqual(asked);
  });

  test.each<[string, string]>([
    ['', 'name=M%C3%BCller&_count=2'],
    ['?_count=2', 'name=M%C3%BCller'],
    ['?name=M%C3%BCller&_count=2', ''],
  ])('of the FHIR server: address %j, form %j', async (address, form) => {
    const found = searchset([PATIENT]);
    const sent = new Set(['name=M%C3%BCller&_count=2', '_count=2&name=M%C3%BCller']);
    const asked =
      address.includes('name') || form.includes('_count')
        ? 'name=M%C3%BCller&_count=2'
        : '_count=2&name=M%C3%BCller';
    expect([...sent]).toContain(asked);
    answers(`Patient?${asked}`, 200, found);
    const { status, body } = await post<Bundle>(`Patient/_search${address}`, form);
    expect([status, body.entry?.[0]?.fullUrl]).toEqual([200, `${PUBLIC_URL}/fhir/Patient/p1`]);
  });

  test('a parameter that stands in both is two, as if it stood twice in one', async () => {
    answers('Observation?code=a&code=b', 200, searchset([]));
    expect((await post('Observation/_search?code=a', 'code=b')).status).toBe(200);
  });

  test('without a body or a type', async () => {
    answers('Patient?_count=1', 200, searchset([]));
    expect((await post('Patient/_search?_count=1', undefined, {})).status).toBe(200);
  });
});

describe('refused', () => {
  test.each<[string, string, Record<string, string>, [number, string]]>([
    ['JSON', '{"name":"x"}', { 'content-type': 'application/fhir+json' }, [415, 'media-type']],
    ['plain text', 'name=x', { 'content-type': 'text/plain' }, [415, 'media-type']],
    ['parts', 'name=x', { 'content-type': 'multipart/form-data; boundary=x' }, [415, 'media-type']],
    ['Latin-1', 'name=x', { 'content-type': `${FORM}; charset=iso-8859-1` }, [415, 'media-type']],
    [
      'packed as nobody packs',
      'name=x',
      { 'content-type': FORM, 'content-encoding': 'x' },
      [415, 'media-type'],
    ],
    ['too much', `name=${'x'.repeat(BODY_LIMIT)}`, { 'content-type': FORM }, [413, 'body-too-long']],
    ['what is not searched by', 'password=x', { 'content-type': FORM }, [400, 'unknown-parameter']],
    ['a page of ours beside more', '_page=eA&name=x', { 'content-type': FORM }, [400, 'unknown-parameter']],
  ])('%s', async (_name, body, headers, expected) => {
    expect(said(await post('Patient/_search', body, headers))).toEqual(expected);
  });

  test('a form that is larger than it looks', async () => {
    const reply = await fetch(`${app.fhir}/Patient/_search`, {
      method: 'POST',
      body: new Uint8Array(gzipSync(`name=${'x'.repeat(50 * BODY_LIMIT)}`)),
      headers: { 'content-type': FORM, 'content-encoding': 'gzip' },
    });
    expect([reply.status, faultsOf((await reply.json()) as OperationOutcome)[0]?.code]).toEqual([
      413,
      'body-too-long',
    ]);
  });

  test.each([
    'QuestionnaireResponse',
    'QuestionnaireResponse/$validate',
    'QuestionnaireResponse/r1/$explain',
  ])('a form for %s, which takes JSON', async (path) => {
    expect(said(await post(path, 'name=x'))).toEqual([415, 'media-type']);
  });

  test('a type that is not served', async () => {
    expect(said(await post('Condition/_search', 'name=x'))).toEqual([404, 'unknown-route']);
  });
});

test('the trail knows it as a search, and whom it was about', async () => {
  audited.length = 0;
  answers('Observation?patient=p1', 200, searchset([]));
  await post('Observation/_search', 'patient=p1');
  expect(audited).toEqual([
    expect.objectContaining({ interaction: 'search-type', type: 'Observation', patient: 'Patient/p1' }),
  ]);
});

test('the log says neither name nor value', async () => {
  answers('Patient?name=Zebrowski', 200, searchset([]));
  await post('Patient/_search', 'name=Zebrowski');
  expect(app.lines.at(-1)).toMatchObject({ method: 'POST', route: '/fhir/Patient/_search', status: 200 });
  expect(JSON.stringify(app.lines)).not.toContain('Zebrowski');
});
