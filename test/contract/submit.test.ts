/** contract.md §1, §2: what a POST of a response is answered, and what is stored. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FhirResource, Observation, OperationOutcome, QuestionnaireResponse } from 'fhir/r4.js';
import {
  canonical,
  count,
  deliveryOf,
  type Fault,
  faultsOf,
  observationsOf,
  putPatient,
  type Reply,
  read,
  responseId,
  type Sent,
  send,
  sha256,
  shortCode,
  until,
} from '../support/contract-http.js';
import { absent, component, first, told, verdict } from '../support/contract-observations.js';
import { type FhirProxy, startProxy } from '../support/contract-proxy.js';
import { BASE, CLINIC, system, toResponse, without, worked } from '../support/contract-responses.js';
import { makeDataDir, type Service, START_TIMEOUT, startService } from '../support/contract-service.js';

type Answer = Reply<QuestionnaireResponse>;
type Body = Partial<QuestionnaireResponse>;

let service: Service;

const base = () => `${service.fhir}/QuestionnaireResponse`;
const post = (body: Body, headers: Record<string, string> = {}): Promise<Answer> =>
  send<QuestionnaireResponse>(base(), { body, headers });
const idOf = (name: string) => responseId(CLINIC, name);
const locationOf = (id: string, version = 1) =>
  `${service.url}/fhir/QuestionnaireResponse/${id}/_history/${version}`;
const observed = (name: string) => observationsOf(service.embeddedUrl, idOf(name));
const faults = (reply: Reply<unknown>): Fault[] => faultsOf(reply.body as OperationOutcome);

/** Status, Location and ETag in one comparison. */
const said = (reply: Answer) => [reply.status, reply.headers.get('location'), reply.headers.get('etag')];
const versions = (resources: FhirResource[]) => [...new Set(resources.map(({ meta }) => meta?.versionId))];

beforeAll(async () => {
  service = await startService();
  await putPatient(service.embeddedUrl, 'p1');
}, START_TIMEOUT);

afterAll(() => service?.kill(), 30_000);

describe('a new response', () => {
  test('201 with Location and ETag; readable at once as sent', async () => {
    const body = toResponse(worked('D1'), 'new');
    const reply = await post(body);
    expect(said(reply)).toEqual([201, locationOf(idOf('new')), 'W/"1"']);
    const stored = await read<QuestionnaireResponse>(`${base()}/${idOf('new')}`);
    expect(stored).toMatchObject({ ...body, id: idOf('new') });
    expect(stored.meta?.versionId).toBe('1');
  });

  test('an id in the body is ignored', async () => {
    const reply = await post(toResponse(worked('U1'), 'own id', { id: 'mine' }));
    expect(said(reply)).toEqual([201, locationOf(idOf('own id')), 'W/"1"']);
    expect((await send(`${base()}/mine`)).status).toBe(404);
  });

  test('without an identifier one is made from the content, and a resend is recognised', async () => {
    const body = without(toResponse(worked('D9'), '-'), 'identifier');
    const value = sha256(canonical(body));
    const id = responseId(`${BASE}/response`, value);
    const reply = await post(body);
    expect(said(reply)).toEqual([201, locationOf(id), 'W/"1"']);
    expect(reply.body.identifier).toEqual({ system: `${BASE}/response`, value });
    expect(said(await post(body))).toEqual([200, locationOf(id), 'W/"1"']);
    expect(said(await post(reply.body))).toEqual([200, locationOf(id), 'W/"1"']);
  });

  test.each<[string, (reply: Answer) => unknown, unknown]>([
    ['return=minimal', (reply) => reply.text, ''],
    ['return=representation', (reply) => reply.body?.resourceType, 'QuestionnaireResponse'],
    ['return=OperationOutcome', (reply) => reply.body?.resourceType, 'OperationOutcome'],
  ])('Prefer: %s', async (prefer, actual, expected) => {
    const reply = await post(toResponse(worked('U1'), `prefer ${prefer}`), { prefer });
    expect(said(reply)).toEqual([201, locationOf(idOf(`prefer ${prefer}`)), 'W/"1"']);
    expect(actual(reply)).toBe(expected);
  });

  test('extensions, contained resources, text and _element siblings are stored as sent', async () => {
    const extension = [{ url: 'https://clinic.example.org/tablet', valueString: 'tablet 4' }];
    const more = {
      extension,
      contained: [{ resourceType: 'Basic' as const, id: 'b', code: { text: 'kept' } }],
      text: { status: 'generated' as const, div: '<div xmlns="http://www.w3.org/1999/xhtml">kept</div>' },
      _authored: { extension },
    };
    const reply = await post(toResponse(worked('U1'), 'extended', more));
    expect(reply.status).toBe(201);
    expect(await read<QuestionnaireResponse>(`${base()}/${idOf('extended')}`)).toMatchObject(more);
  });
});

describe('the same response again', () => {
  const body = toResponse(worked('D4'), 'again');

  test('200, the current Location and ETag, nothing written', async () => {
    expect((await post(body)).status).toBe(201);
    const before = await observed('again');
    expect(said(await post(body))).toEqual([200, locationOf(idOf('again')), 'W/"1"']);
    const after = await observed('again');
    expect(after).toEqual(before);
    expect(versions(after)).toEqual(['1']);
    const stored = await read<Observation>(`${service.embeddedUrl}/Observation/${idOf('again')}.nice-ng65`);
    expect(stored.meta?.versionId).toBe('1');
  });

  test.each<[string, Body]>([
    ['another order of the keys', Object.fromEntries(Object.entries(body).reverse())],
    ['an id, meta and text', { ...body, id: 'x', meta: { tag: [{ code: 'again' }] } }],
  ])('%s is the same content', async (_name, again) => {
    await post(body);
    expect(said(await post(again))).toEqual([200, locationOf(idOf('again')), 'W/"1"']);
    expect(versions(await observed('again'))).toEqual(['1']);
  });

  test('other content with that identifier: 409, nothing overwritten', async () => {
    await post(body);
    const before = await observed('again');
    const reply = await post(toResponse(worked('D5'), 'again'));
    expect(reply.status).toBe(409);
    expect(faults(reply)).toEqual([
      expect.objectContaining({ type: 'conflict', code: 'identifier-in-use', system: system('issues') }),
    ]);
    expect(await observed('again')).toEqual(before);
    const stored = await read<QuestionnaireResponse>(`${base()}/${idOf('again')}`);
    expect(stored.item).toEqual(body.item);
    expect(stored.meta?.versionId).toBe('1');
  });

  test('ten at once: one is created, one set is stored', async () => {
    const parallel = toResponse(worked('D1'), 'parallel');
    const replies = await Promise.all(Array.from({ length: 10 }, () => post(parallel)));
    expect(replies.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
    expect([...new Set(replies.map((reply) => said(reply).slice(1).join(' ')))]).toEqual([
      `${locationOf(idOf('parallel'))} W/"1"`,
    ]);
    const stored = await observed('parallel');
    expect(new Set(stored.map(({ id }) => id)).size).toBe(stored.length);
    expect(versions(stored)).toEqual(['1']);
    const found = await read<{ total?: number; entry?: unknown[] }>(
      `${service.embeddedUrl}/QuestionnaireResponse?identifier=${encodeURIComponent(`${CLINIC}|parallel`)}`,
    );
    expect(found.entry).toHaveLength(1);
  });

  test('two contents for one identifier at once: one wins whole, the others are 409', async () => {
    const bodies = ['D1', 'D2', 'D1', 'D2', 'D1', 'D2'].map((name) => toResponse(worked(name), 'race'));
    const replies = await Promise.all(bodies.map((each) => post(each)));
    const stored = await read<QuestionnaireResponse>(`${base()}/${idOf('race')}`);
    for (const [index, reply] of replies.entries()) {
      const isWinner = canonical(bodies[index]?.item) === canonical(stored.item);
      expect(isWinner ? [200, 201] : [409]).toContain(reply.status);
    }
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(versions(await observed('race'))).toEqual(['1']);
  });
});

describe('If-None-Exist', () => {
  const header = (query: string) => ({ 'if-none-exist': query });
  const query = (name: string) => `identifier=${encodeURIComponent(`${CLINIC}|${name}`)}`;

  test('none: 201; one: 200', async () => {
    const body = toResponse(worked('U1'), 'conditional');
    expect((await post(body, header(query('conditional')))).status).toBe(201);
    expect(said(await post(body, header(query('conditional'))))).toEqual([
      200,
      locationOf(idOf('conditional')),
      'W/"1"',
    ]);
  });

  test('takes only identifier=', async () => {
    const reply = await post(
      toResponse(worked('U1'), 'conditional status'),
      header('status=completed&subject=Patient/p1'),
    );
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
    expect(faults(reply)).not.toEqual([]);
    expect((await send(`${base()}/${idOf('conditional status')}`)).status).toBe(404);
  });
});

describe('subject', () => {
  const rows: [string, QuestionnaireResponse['subject'] & object, string][] = [
    ['a patient that does not exist', { reference: 'Patient/nobody' }, 'subject-not-found'],
    ['another type', { reference: 'Group/g1' }, 'subject-not-literal'],
    ['only an identifier', { identifier: { system: CLINIC, value: '1' } }, 'subject-not-literal'],
    [
      'a patient of another server',
      { reference: 'https://other.example.org/fhir/Patient/p1' },
      'subject-not-literal',
    ],
  ];
  test.each(rows)('%s: 422, nothing stored', async (name, subject, code) => {
    const reply = await post(toResponse(worked('D1'), name, { subject }));
    expect(reply.status).toBe(422);
    expect(faults(reply)).toEqual([
      expect.objectContaining({ severity: 'error', type: 'business-rule', code, system: system('issues') }),
    ]);
    expect(faults(reply)[0]?.expression).toMatch(/^QuestionnaireResponse\.subject/);
    expect((await send(`${base()}/${idOf(name)}`)).status).toBe(404);
    expect(await observed(name)).toEqual([]);
  });

  test('an absolute reference under the FHIR base is made relative', async () => {
    const subject = { reference: `${service.embeddedUrl}/Patient/p1` };
    expect((await post(toResponse(worked('D2'), 'absolute', { subject }))).status).toBe(201);
    const stored = await read<QuestionnaireResponse>(`${base()}/${idOf('absolute')}`);
    expect(stored.subject?.reference).toBe('Patient/p1');
    const subjects = (await observed('absolute')).map((observation) => observation.subject?.reference);
    expect([...new Set(subjects)]).toEqual(['Patient/p1']);
  });
});

describe('status', () => {
  const codes = async (name: string) => (await observed(name)).map(shortCode);
  const statuses = async (name: string) => [...new Set((await observed(name)).map(({ status }) => status))];

  test('in-progress without a red flag: stored, no Observation', async () => {
    const reply = await post(
      toResponse({ 'pain-location': ['low-back'] }, 'begun', { status: 'in-progress' }),
    );
    expect(said(reply)).toEqual([201, locationOf(idOf('begun')), 'W/"1"']);
    expect(await observed('begun')).toEqual([]);
  });

  test('in-progress with a red flag: one preliminary red-flag Observation', async () => {
    const begun = { 'red-flag-emergency': ['urine-incontinence'] };
    const reply = await post(toResponse(begun, 'alarm', { status: 'in-progress' }));
    expect(reply.status).toBe(201);
    const [flag, ...more] = await observed('alarm');
    expect(more).toEqual([]);
    expect(flag).toMatchObject({ id: `${idOf('alarm')}.red-flag-urgency`, status: 'preliminary' });
    expect(told(flag)).toEqual(verdict('emergency'));
    expect(flag && told(component(flag, 'urine-incontinence'))).toEqual(verdict('emergency'));
  });

  test('stopped with nothing answered: final Observations, red flags unknown', async () => {
    const reply = await post(toResponse({}, 'stopped', { status: 'stopped' }));
    expect(reply.status).toBe(201);
    expect(await statuses('stopped')).toEqual(['final']);
    expect(await codes('stopped')).toHaveLength(13);
    const flags = (await observed('stopped')).find((each) => shortCode(each) === 'red-flag-urgency');
    expect(told(flags)).toEqual(absent('unknown'));
    expect(flags?.note?.[0]?.text).toContain('safety questions not fully answered');
  });

  test('amended at first arrival: amended Observations', async () => {
    expect((await post(toResponse(worked('D1'), 'amended', { status: 'amended' }))).status).toBe(201);
    expect(await statuses('amended')).toEqual(['amended']);
    expect(await codes('amended')).toContain('axspa-screening-panel');
  });

  test('entered-in-error at first arrival: stored without Observations', async () => {
    const reply = await post(toResponse(worked('D1'), 'wrong', { status: 'entered-in-error' }));
    expect(reply.status).toBe(201);
    const stored = await read<QuestionnaireResponse>(`${base()}/${idOf('wrong')}`);
    expect(stored.status).toBe('entered-in-error');
    expect(await observed('wrong')).toEqual([]);
  });
});

describe('a FHIR server that fails', () => {
  let other: Service;
  let proxy: FhirProxy;
  const sendTo = (body: Body, sent: Sent = {}) =>
    send<QuestionnaireResponse>(`${other.fhir}/QuestionnaireResponse`, { body, ...sent });
  const totals = async () => [
    await count(service.embeddedUrl, 'QuestionnaireResponse'),
    await count(service.embeddedUrl, 'Observation'),
  ];

  beforeAll(async () => {
    proxy = await startProxy(service.embeddedUrl);
    other = await startService({ FHIR_BASE_URL: proxy.url, FHIR_TIMEOUT_MS: '3000' });
  }, START_TIMEOUT);

  afterAll(async () => {
    await other?.kill();
    await proxy?.close();
  }, 30_000);

  test.each<[string, FhirProxy['mode']]>([
    ['away', 'hang up'],
    ['500', 500],
    ['503', 503],
    ['429', 429],
  ])(
    '%s: 202, there at once, and written once it is back',
    async (name, mode) => {
      const body = toResponse(worked('D1'), `server ${name}`);
      const id = idOf(`server ${name}`);
      const at = `${other.url}/fhir/QuestionnaireResponse/${id}`;
      const before = await totals();
      proxy.mode = mode;
      try {
        const reply = await sendTo(body);
        expect(said(reply)).toEqual([202, `${at}/_history/1`, 'W/"1"']);
        expect(reply.headers.get('content-location')).toBe(`${at}/$delivery-status`);
        expect(reply.body).toMatchObject({ ...body, id, meta: { versionId: '1' } });
        expect(await read<QuestionnaireResponse>(at)).toMatchObject({
          ...body,
          id,
          meta: { versionId: '1' },
        });
        expect(said(await sendTo(body))).toEqual([200, `${at}/_history/1`, 'W/"1"']);
        const different = await sendTo(toResponse(worked('D5'), `server ${name}`));
        expect([different.status, faults(different)[0]?.code]).toEqual([409, 'identifier-in-use']);
        expect(await deliveryOf(other.fhir, id)).toMatchObject({ status: 'queued', version: 1 });
        expect(await totals()).toEqual(before);
      } finally {
        proxy.mode = 'pass';
      }
      await until(30_000, async () => (await deliveryOf(other.fhir, id)).status === 'written');
      expect(versions(await observationsOf(service.embeddedUrl, id))).toEqual(['1']);
      expect(await read<QuestionnaireResponse>(at)).toMatchObject({ ...body, id, meta: { versionId: '1' } });
    },
    60_000,
  );

  test('refuses (422): nothing is kept, and sending again is a new attempt', async () => {
    const body = toResponse(worked('D1'), 'server refuses');
    const id = idOf('server refuses');
    const before = await totals();
    proxy.mode = 422;
    const reply = await sendTo(body);
    proxy.mode = 'pass';
    expect(reply.status).toBe(422);
    expect(faults(reply)[0]).toMatchObject({
      severity: 'error',
      type: 'business-rule',
      code: 'refused-by-server',
      system: system('issues'),
    });
    expect(reply.text).not.toContain('Secret');
    expect(await totals()).toEqual(before);
    expect((await send(`${other.fhir}/QuestionnaireResponse/${id}/$delivery-status`)).status).toBe(404);
    const again = await sendTo(body);
    expect(said(again)).toEqual([201, `${other.url}/fhir/QuestionnaireResponse/${id}/_history/1`, 'W/"1"']);
    expect(versions(await observationsOf(service.embeddedUrl, id))).toEqual(['1']);
  });

  test('an absolute subject under FHIR_BASE_URL is made relative', async () => {
    const subject = { reference: `${proxy.url}/Patient/p1` };
    expect((await sendTo(toResponse(worked('U1'), 'proxied', { subject }))).status).toBe(201);
    const stored = await read<QuestionnaireResponse>(
      `${other.fhir}/QuestionnaireResponse/${idOf('proxied')}`,
    );
    expect(stored.subject?.reference).toBe('Patient/p1');
  });
});

describe('a restart', () => {
  const started: Service[] = [];
  let DATA_DIR: string;
  beforeAll(async () => {
    DATA_DIR = await makeDataDir();
  });
  afterAll(async () => {
    await Promise.all(started.map((each) => each.kill()));
    await rm(DATA_DIR, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }, 30_000);

  test(
    'exits 0 on SIGTERM, and the next start has everything',
    async () => {
      const one = await startService({ DATA_DIR });
      started.push(one);
      await putPatient(one.embeddedUrl, 'p1');
      const body = toResponse(worked('D5'), 'kept');
      const sent = await send<QuestionnaireResponse>(`${one.fhir}/QuestionnaireResponse`, { body });
      expect(sent.status).toBe(201);
      const before = await observationsOf(one.embeddedUrl, idOf('kept'));
      expect(before.length).toBeGreaterThan(11);
      expect(await one.stop()).toBe(0);

      const two = await startService({ DATA_DIR });
      started.push(two);
      const stored = await read<QuestionnaireResponse>(`${two.fhir}/QuestionnaireResponse/${idOf('kept')}`);
      expect(stored).toMatchObject({ ...body, meta: { versionId: '1' } });
      expect(await observationsOf(two.embeddedUrl, idOf('kept'))).toEqual(before);
      const again = await send<QuestionnaireResponse>(`${two.fhir}/QuestionnaireResponse`, { body });
      expect([again.status, again.headers.get('etag')]).toEqual([200, 'W/"1"']);
      expect(first(before[0]?.category?.[0])[1]).toBe('survey');
    },
    2 * START_TIMEOUT,
  );
});
