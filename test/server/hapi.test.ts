/**
 * What HAPI FHIR does, where the product relies on it or has to go around it.
 * Each test states the answer of the real server; when one fails, HAPI changed, and so must its write profile.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type {
  Bundle,
  CapabilityStatement,
  FhirResource,
  Observation,
  Provenance,
  Resource,
} from 'fhir/r4.js';
import { describeWithHapi, HAPI_START_TIMEOUT, type Hapi, startHapi } from '../support/hapi.js';
import {
  type Fhir,
  FORM,
  fhirAt,
  idsOf,
  put,
  resourceOf,
  response,
  statusesOf,
  transaction,
  words,
} from '../support/hapi-calls.js';

const FRESH = { 'cache-control': 'no-cache' };

describeWithHapi('HAPI FHIR', () => {
  let hapi: Hapi | undefined;
  let fhir: Fhir;

  beforeAll(async () => {
    hapi = await startHapi();
    process.stdout.write(`HAPI ready after ${hapi.startedInMs} ms\n`);
    fhir = fhirAt(hapi.baseUrl);
    await fhir('PUT', 'Patient/p', { resourceType: 'Patient', id: 'p' });
  }, HAPI_START_TIMEOUT);

  afterAll(() => hapi?.stop(), 30_000);

  const observation = (id: string, more: Partial<Observation> = {}) =>
    ({
      resourceType: 'Observation',
      id,
      status: 'final',
      code: { text: 'x' },
      subject: { reference: 'Patient/p' },
      ...more,
    }) satisfies Observation;

  const send = (...entry: Parameters<typeof transaction>) => fhir('POST', '', transaction(...entry));
  const status = async (path: string) => (await fhir('GET', path)).status;
  const version = async (path: string) =>
    resourceOf<Resource & FhirResource>(await fhir('GET', path)).meta?.versionId;

  test('the capability statement: no word of updateCreate, though it is allowed', async () => {
    const { rest } = resourceOf<CapabilityStatement>(await fhir('GET', 'metadata'));
    const server = rest?.[0];
    expect(server?.interaction?.map(({ code }) => code)).toEqual(['transaction', 'history-system']);
    for (const type of ['QuestionnaireResponse', 'Observation', 'Subscription']) {
      const stated = server?.resource?.find((resource) => resource.type === type);
      expect(stated).toMatchObject({
        versioning: 'versioned-update',
        conditionalCreate: true,
        conditionalUpdate: true,
      });
      expect(stated).not.toHaveProperty('updateCreate');
    }
    expect((await fhir('PUT', 'QuestionnaireResponse/new', response('new'))).status).toBe(201);
  });

  test('If-None-Match: * does not keep anything from being overwritten', async () => {
    await fhir('PUT', 'QuestionnaireResponse/star', response('star'));
    const plain = await fhir('PUT', 'QuestionnaireResponse/star', response('star', { status: 'amended' }), {
      'if-none-match': '*',
    });
    expect(plain.status).toBe(200);
    expect(await version('QuestionnaireResponse/star')).toBe('2');
    const inside = await send(put(response('star', { status: 'stopped' }), { ifNoneMatch: '*' }));
    expect(statusesOf(inside)).toEqual(['200 OK']);
    expect(await version('QuestionnaireResponse/star')).toBe('3');
  });

  test('a stale version is 409, and nothing of the transaction stays', async () => {
    await fhir('PUT', 'QuestionnaireResponse/stale', response('stale'));
    await fhir('PUT', 'QuestionnaireResponse/stale', response('stale', { status: 'amended' }));
    const changed = response('stale', { status: 'stopped' });
    const plain = await fhir('PUT', 'QuestionnaireResponse/stale', changed, { 'if-match': 'W/"1"' });
    expect(plain.status).toBe(409);
    const refused = await send(put(changed, { ifMatch: 'W/"1"' }), put(observation('stale-o')));
    expect(refused.status).toBe(409);
    expect(words(refused)).toContain('HAPI-0989');
    expect(await status('Observation/stale-o')).toBe(404);
    const taken = await send(put(changed, { ifMatch: 'W/"2"' }), put(observation('stale-o')));
    expect(statusesOf(taken)).toEqual(['200 OK', '201 Created']);
    expect(resourceOf<Bundle>(taken).entry?.[0]?.response?.etag).toBe('3');
  });

  test('If-Match on what is not there creates it: W/"0" is "create, never overwrite"', async () => {
    const first = await send(put(response('zero'), { ifMatch: 'W/"0"' }));
    expect(statusesOf(first)).toEqual(['201 Created']);
    const same = await send(put(response('zero'), { ifMatch: 'W/"0"' }), put(observation('zero-o')));
    expect(same.status).toBe(409);
    expect(await status('Observation/zero-o')).toBe(404);
    const plain = await fhir('PUT', 'QuestionnaireResponse/zero', response('zero'), { 'if-match': 'W/"0"' });
    expect(plain.status).toBe(409);
    await fhir('DELETE', 'QuestionnaireResponse/zero');
    expect((await send(put(response('zero'), { ifMatch: 'W/"0"' }))).status).toBe(409);
  });

  test('the same content again makes no version', async () => {
    await fhir('PUT', 'QuestionnaireResponse/same', response('same'));
    const again = await fhir('PUT', 'QuestionnaireResponse/same', response('same'));
    expect(again.status).toBe(200);
    expect(await version('QuestionnaireResponse/same')).toBe('1');
  });

  test('a dangling reference is 400, and nothing of the transaction stays', async () => {
    const nobody = { reference: 'Patient/nobody' };
    const refused = await send(put(observation('left-o')), put(response('left', { subject: nobody })));
    expect(refused.status).toBe(400);
    expect(words(refused)).toContain('HAPI-1094');
    expect(await status('Observation/left-o')).toBe(404);
    expect(
      (await fhir('POST', 'QuestionnaireResponse', response(undefined, { subject: nobody }))).status,
    ).toBe(400);
    expect((await fhir('DELETE', 'Patient/p')).status).toBe(409);
  });

  test('an id of digits alone is 400', async () => {
    const refused = await fhir('PUT', 'Patient/123', { resourceType: 'Patient', id: '123' });
    expect(refused.status).toBe(400);
    expect(words(refused)).toContain('HAPI-0960');
  });

  test('a reference to a version is stored without the version', async () => {
    await fhir('PUT', 'QuestionnaireResponse/ref', response('ref'));
    const provenance: Provenance & { id: string } = {
      resourceType: 'Provenance',
      id: 'ref-p',
      target: [{ reference: 'QuestionnaireResponse/ref/_history/1' }],
      recorded: '2026-01-01T00:00:00Z',
      agent: [{ who: { display: 'x' } }],
    };
    await send(put(provenance));
    const stored = resourceOf<Provenance>(await fhir('GET', 'Provenance/ref-p'));
    expect(stored.target).toEqual([{ reference: 'QuestionnaireResponse/ref' }]);
    expect(stored.meta?.source).toMatch(/^#/);
  });

  test('a response is found by its questionnaire, with and without the version', async () => {
    const mine = 'https://example.org/Questionnaire/found';
    await fhir('PUT', 'QuestionnaireResponse/found', response('found', { questionnaire: `${mine}|1.0.0` }));
    const search = async (questionnaire: string) =>
      idsOf(await fhir('GET', `QuestionnaireResponse?questionnaire=${encodeURIComponent(questionnaire)}`));
    expect(await search(`${mine}|1.0.0`)).toEqual(['found']);
    expect(await search(mine)).toEqual(['found']);
    expect(await search(`${mine}|2.0.0`)).toEqual([]);
  });

  test('pages by _lastUpdated lose nothing; a repeated search is old for a minute unless no-cache', async () => {
    const since = new Date().toISOString();
    await send(...Array.from({ length: 120 }, (_, n) => put(response(`page-${n}`))));
    const search = `QuestionnaireResponse?_lastUpdated=ge${since}&_sort=_lastUpdated&_count=50`;
    const walk = async (headers: Record<string, string>) => {
      const found = new Set<string | undefined>();
      let pages = 0;
      for (let next: string | undefined = search; next !== undefined; pages += 1) {
        const page = await fhir('GET', next, undefined, pages === 0 ? headers : {});
        for (const id of idsOf(page)) found.add(id);
        next = resourceOf<Bundle>(page).link?.find((link) => link.relation === 'next')?.url;
      }
      return { found: found.size, pages };
    };
    expect(await walk({})).toEqual({ found: 120, pages: 3 });
    await fhir('PUT', 'QuestionnaireResponse/page-new', response('page-new'));
    expect((await walk({})).found).toBe(120);
    expect((await walk(FRESH)).found).toBe(121);
    expect(idsOf(await fhir('GET', 'QuestionnaireResponse?_count=1000'))).toHaveLength(50);
  });

  test.each([{}, { ifNoneMatch: '*' }, { ifMatch: 'W/"0"' }])(
    'twenty at once with the same ids and %j: written once, the others are told 409',
    async (condition) => {
      const id = `twenty-${Object.keys(condition).join() || 'bare'}`;
      const from = { derivedFrom: [{ reference: `QuestionnaireResponse/${id}` }] };
      const entries = Array.from({ length: 10 }, (_, n) => put(observation(`${id}-${n}`, from), condition));
      const begun = Date.now();
      const replies = await Promise.all(
        Array.from({ length: 20 }, () => send(put(response(id), condition), ...entries)),
      );
      process.stdout.write(`20 parallel transactions: ${Date.now() - begun} ms\n`);
      const statuses = replies.map((reply) => reply.status).sort();
      // A transaction that comes after the first has ended may find all as it wants it: the same content, 200.
      expect(statuses.filter((code) => code !== 200 && code !== 409)).toEqual([]);
      expect(statuses).toContain(200);
      expect(await version(`QuestionnaireResponse/${id}`)).toBe('1');
      const search = `Observation?derived-from=QuestionnaireResponse/${id}&_count=50`;
      expect(new Set(idsOf(await fhir('GET', search, undefined, FRESH))).size).toBe(10);
    },
  );

  test('_include and _revinclude bring what belongs to a response', async () => {
    const from = { derivedFrom: [{ reference: 'QuestionnaireResponse/with' }] };
    await send(put(response('with')), put(observation('with-o', from)));
    const search = 'QuestionnaireResponse?_id=with&_include=QuestionnaireResponse:subject';
    const found = await fhir('GET', `${search}&_revinclude=Observation:derived-from`);
    expect(idsOf(found).sort()).toEqual(['p', 'with', 'with-o']);
    expect(FORM).toBe(
      resourceOf<Bundle<ReturnType<typeof response>>>(found).entry?.[0]?.resource?.questionnaire,
    );
  });
});
