/** contract.md §2, §7: what was accepted gets to the FHIR server, whatever happens to either of them. */

import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Parameters, QuestionnaireResponse, Task } from 'fhir/r4.js';
import {
  count,
  deliveryIn,
  deliveryOf,
  faultsOf,
  observationsOf,
  putPatient,
  type Reply,
  read,
  resourcesOf,
  responseId,
  send,
  until,
} from '../support/contract-http.js';
import { type FhirProxy, startProxy } from '../support/contract-proxy.js';
import { CLINIC, toResponse, worked } from '../support/contract-responses.js';
import { makeDataDir, type Service, START_TIMEOUT, startService } from '../support/contract-service.js';

type Body = Partial<QuestionnaireResponse>;

const idOf = (name: string) => responseId(CLINIC, name);
const codeOf = (reply: Reply<unknown>) => faultsOf(reply.body as OperationOutcome)[0]?.code;
const reason = (text: string) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'reason', valueString: text }],
});

/** The FHIR server, what stands before it, and the service in front of both. */
let remote: Service;
let proxy: FhirProxy;
let service: Service;
const base = () => `${service.fhir}/QuestionnaireResponse`;
const post = (body: Body) => send<QuestionnaireResponse>(base(), { body });
const put = (id: string, body: Body, version: number) =>
  send<QuestionnaireResponse>(`${base()}/${id}`, {
    method: 'PUT',
    body,
    headers: { 'if-match': `W/"${version}"` },
  });
const operate = (name: string, operation: string, body: object = {}) =>
  send<Parameters>(`${base()}/${idOf(name)}/$${operation}`, { body });
const delivery = (name: string) => deliveryOf(service.fhir, idOf(name));
const written = (name: string) => until(30_000, async () => (await delivery(name)).status === 'written');

beforeAll(async () => {
  remote = await startService();
  await putPatient(remote.embeddedUrl, 'p1');
  proxy = await startProxy(remote.embeddedUrl);
  service = await startService({ FHIR_BASE_URL: proxy.url, FHIR_TIMEOUT_MS: '3000' });
}, 2 * START_TIMEOUT);

afterEach(() => {
  proxy.mode = 'pass';
});

afterAll(async () => {
  await service?.kill();
  await proxy?.close();
  await remote?.kill();
}, 30_000);

describe('while the FHIR server is away', () => {
  test('versions are counted, read and answered from here; all arrive in order', async () => {
    proxy.mode = 'hang up';
    const first = toResponse(worked('D1'), 'queued');
    const second = toResponse(worked('D2'), 'queued', { status: 'amended' });
    expect((await post(first)).status).toBe(202);
    const changed = await put(idOf('queued'), second, 1);
    expect([changed.status, changed.headers.get('etag')]).toEqual([202, 'W/"2"']);
    expect(changed.headers.get('content-location')).toBe(`${base()}/${idOf('queued')}/$delivery-status`);
    expect((await put(idOf('queued'), second, 1)).status).toBe(412);
    expect(await read(`${base()}/${idOf('queued')}`)).toMatchObject({ ...second, meta: { versionId: '2' } });
    expect(await read(`${base()}/${idOf('queued')}/_history/1`)).toMatchObject({
      ...first,
      meta: { versionId: '1' },
    });
    const history = await read<Bundle>(`${base()}/${idOf('queued')}/_history`);
    expect(history.entry?.map(({ response }) => response?.etag)).toEqual(['W/"2"', 'W/"1"']);
    expect(await delivery('queued')).toMatchObject({
      status: 'queued',
      version: 2,
      outcome: 'fhir-server-unreachable',
    });
    const ready = await send<{ fhirServer: string; outbox: { queued: number } }>(`${service.url}/readyz`);
    expect([ready.status, ready.body.fhirServer]).toEqual([200, 'unreachable']);
    expect(ready.body.outbox.queued).toBeGreaterThanOrEqual(2);
    const metrics = await send(`${service.url}/metrics`);
    expect(Number(/axspa_outbox_entries\{state="queued"\} (\d+)/.exec(metrics.text)?.[1])).toBe(
      ready.body.outbox.queued,
    );

    proxy.mode = 'pass';
    await written('queued');
    const stored = await read<QuestionnaireResponse>(
      `${remote.embeddedUrl}/QuestionnaireResponse/${idOf('queued')}`,
    );
    expect([stored.status, stored.meta?.versionId]).toEqual(['amended', '2']);
    const found = await observationsOf(remote.embeddedUrl, idOf('queued'));
    expect([...new Set(found.map(({ status }) => status))]).not.toContain('final');
    const { location } = await delivery('queued');
    expect((await read<QuestionnaireResponse>(location ?? '')).id).toBe(idOf('queued'));
    expect(await read(`${base()}/${idOf('queued')}/_history/1`)).toMatchObject({
      ...first,
      meta: { versionId: '1' },
    });
  }, 60_000);

  test('$deliver tries at once, and says what came of it', async () => {
    proxy.mode = 503;
    expect((await post(toResponse(worked('D1'), 'now'))).status).toBe(202);
    const failed = deliveryIn((await operate('now', 'deliver')).body);
    expect(failed.status).toBe('queued');
    expect(failed.attempts).toBeGreaterThanOrEqual(2);
    proxy.mode = 'pass';
    const reply = await operate('now', 'deliver');
    expect([reply.status, deliveryIn(reply.body).status]).toEqual([200, 'written']);
    expect((await observationsOf(remote.embeddedUrl, idOf('now'))).length).toBeGreaterThan(11);
  });

  test('$drop needs a reason, keeps the response, and $deliver takes it up again', async () => {
    proxy.mode = 503;
    expect((await post(toResponse(worked('D1'), 'dropped'))).status).toBe(202);
    for (const body of [{}, reason(' '), reason('x'.repeat(501)), { resourceType: 'Parameters' }]) {
      expect((await operate('dropped', 'drop', body)).status).toBe(400);
    }
    const reply = await operate('dropped', 'drop', reason('sent by fax'));
    expect([reply.status, deliveryIn(reply.body).status]).toEqual([200, 'refused']);
    expect(reply.text).toContain('sent by fax');
    expect((await operate('dropped', 'drop', reason('again'))).status).toBe(422);
    proxy.mode = 'pass';
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect((await send(`${remote.embeddedUrl}/QuestionnaireResponse/${idOf('dropped')}`)).status).toBe(404);
    expect(await read(`${base()}/${idOf('dropped')}`)).toMatchObject({ status: 'completed' });
    expect(deliveryIn((await operate('dropped', 'deliver')).body).status).toBe('written');
  });
});

describe('refused after it was acknowledged', () => {
  test('the patient is missing: refused and told; the same content again is a new attempt', async () => {
    const body = toResponse(worked('D1'), 'no patient', { subject: { reference: 'Patient/late' } });
    proxy.mode = 'hang up';
    expect((await post(body)).status).toBe(202);
    proxy.mode = 'pass';
    await until(30_000, async () => (await delivery('no patient')).status === 'refused');
    expect(await delivery('no patient')).toMatchObject({ outcome: 'subject-not-found' });
    expect((await send(`${remote.embeddedUrl}/QuestionnaireResponse/${idOf('no patient')}`)).status).toBe(
      404,
    );
    expect((await read<QuestionnaireResponse>(`${base()}/${idOf('no patient')}`)).id).toBe(
      idOf('no patient'),
    );

    const again = await post(body);
    expect([again.status, codeOf(again)]).toEqual([422, 'subject-not-found']);
    await putPatient(remote.embeddedUrl, 'late');
    const third = await post(body);
    expect([third.status, third.headers.get('etag')]).toEqual([201, 'W/"1"']);
    expect((await delivery('no patient')).status).toBe('written');
    expect((await observationsOf(remote.embeddedUrl, idOf('no patient'))).length).toBeGreaterThan(11);
  }, 60_000);

  test('somebody else took the key meanwhile: theirs stays', async () => {
    proxy.mode = 'hang up';
    expect((await post(toResponse(worked('D1'), 'taken'))).status).toBe(202);
    const theirs = { ...toResponse(worked('D2'), 'taken'), id: idOf('taken') };
    const url = `${remote.embeddedUrl}/QuestionnaireResponse/${idOf('taken')}`;
    expect((await send(url, { method: 'PUT', body: theirs })).status).toBe(201);
    proxy.mode = 'pass';
    await until(30_000, async () => (await delivery('taken')).status === 'refused');
    expect(await delivery('taken')).toMatchObject({ outcome: 'identifier-in-use' });
    expect((await read<QuestionnaireResponse>(url)).item).toEqual(theirs.item);
    expect(await observationsOf(remote.embeddedUrl, idOf('taken'))).toEqual([]);
  }, 60_000);
});

describe('$delivery-status of the outbox', () => {
  test('lists by status, a page at a time, every entry once', async () => {
    proxy.mode = 503;
    const names = ['list 1', 'list 2', 'list 3'];
    for (const name of names) expect((await post(toResponse(worked('U1'), name))).status).toBe(202);
    await operate('list 3', 'drop', reason('for the list'));
    const listed: string[] = [];
    let next: string | undefined = `${service.fhir}/$delivery-status?status=queued&_count=1`;
    for (let page = 0; next !== undefined && page < 50; page += 1) {
      const bundle: Bundle = await read<Bundle>(next);
      expect([bundle.type, (bundle.entry ?? []).length <= 1]).toEqual(['searchset', true]);
      for (const one of resourcesOf<Parameters>(bundle, 'Parameters')) {
        expect(deliveryIn(one).status).toBe('queued');
        listed.push(one.parameter?.find(({ name }) => name === 'response')?.valueReference?.reference ?? '');
      }
      next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
      if (next !== undefined) expect(next.startsWith(`${service.fhir}/$delivery-status?`)).toBe(true);
    }
    expect(new Set(listed).size).toBe(listed.length);
    const wanted = names.slice(0, 2).map((name) => `QuestionnaireResponse/${idOf(name)}`);
    expect(listed).toEqual(expect.arrayContaining(wanted));
    expect(listed).not.toContain(`QuestionnaireResponse/${idOf('list 3')}`);
    const refused = await send(`${service.fhir}/$delivery-status?status=refused&_count=500`);
    expect(refused.text).toContain(idOf('list 3'));
    expect(refused.text).not.toContain(idOf('list 1'));
  });

  test('what nobody has acknowledged comes first, with its priority; then the newest', async () => {
    proxy.mode = 503;
    const danger = { ...worked('D1'), 'red-flag-emergency': ['saddle-numbness'] };
    expect((await post(toResponse(danger, 'danger'))).status).toBe(202);
    expect((await post(toResponse(worked('U1'), 'newer 1'))).status).toBe(202);
    expect((await post(toResponse(worked('U1'), 'newer 2'))).status).toBe(202);
    const listed = async () => {
      const bundle = await read<Bundle>(`${service.fhir}/$delivery-status?status=queued&_count=500`);
      const all = resourcesOf<Parameters>(bundle, 'Parameters').map(({ parameter = [] }) => [
        parameter.find(({ name }) => name === 'response')?.valueReference?.reference?.split('/')[1],
        parameter.find(({ name }) => name === 'alert')?.valueCode,
      ]);
      expect(bundle.total).toBe(all.length);
      return all;
    };
    const before = await listed();
    expect(before[0]).toEqual([idOf('danger'), 'stat']);
    const others = before.filter(([, alert]) => alert === undefined).map(([id]) => id);
    expect(others.slice(0, 2)).toEqual([idOf('newer 2'), idOf('newer 1')]);
    const place = `${service.fhir}/Task/${idOf('danger')}.task`;
    const task = await read<Task>(place);
    expect((await send(place, { method: 'PUT', body: { ...task, status: 'completed' } })).status).toBe(202);
    expect((await listed()).find(([id]) => id === idOf('danger'))).toEqual([idOf('danger'), undefined]);
  });

  test.each(['status=away', '_count=x', 'patient=p1', '_count=-1', '_after=7'])('?%s: 400', async (query) => {
    const reply = await send(`${service.fhir}/$delivery-status?${query}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, 'unknown-parameter']);
  });

  test('of an id that was never accepted, or is none: 404, whatever is asked', async () => {
    const asked = proxy.paths.length;
    for (const id of [idOf('never'), 'mine', '..%2FPatient%2Fp1', '%2e%2e%2fPatient']) {
      const url = `${base()}/${id}`;
      const replies = await Promise.all([
        send(`${url}/$delivery-status`),
        send(`${url}/$deliver`, { body: {} }),
        send(`${url}/$drop`, { body: reason('x') }),
      ]);
      expect([id, ...replies.map(({ status }) => status)]).toEqual([id, 404, 404, 404]);
    }
    const paths = proxy.paths.slice(asked);
    expect(paths.filter((path) => !path.startsWith(`/fhir/QuestionnaireResponse/${idOf('never')}`))).toEqual(
      [],
    );
  });
});

describe('$delivery-plan', () => {
  test('says where each part would go, and writes nothing', async () => {
    const totals = () =>
      Promise.all(
        ['QuestionnaireResponse', 'Observation', 'Provenance', 'Task'].map((type) =>
          count(remote.embeddedUrl, type),
        ),
      );
    const before = await totals();
    const { writes } = proxy;
    const body = toResponse({ ...worked('D1'), 'red-flag-emergency': ['saddle-numbness'] }, 'planned');
    const reply = await send<Parameters>(`${base()}/$delivery-plan`, { body });
    expect([reply.status, deliveryIn(reply.body).plan]).toEqual([200, 'full']);
    const [step, ...more] = (reply.body.parameter ?? []).filter(({ name }) => name === 'step');
    expect(more).toEqual([]);
    const names = (step?.part ?? []).filter(({ name }) => name === 'resource').map((one) => one.valueString);
    const id = idOf('planned');
    expect(names).toEqual(
      expect.arrayContaining([`QuestionnaireResponse/${id}`, `Provenance/${id}.v1`, `Task/${id}.task`]),
    );
    expect(await totals()).toEqual(before);
    expect(proxy.writes).toBe(writes);
    expect((await send(`${base()}/${id}/$delivery-status`)).status).toBe(404);
    const invalid = await send(`${base()}/$delivery-plan`, { body: { ...body, item: [{ linkId: 'x' }] } });
    expect(invalid.status).toBe(422);
  });
});

describe('the service itself ends', () => {
  const started: Service[] = [];
  const servers: Server[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    for (const one of started.splice(0)) await one.kill();
    for (const one of servers.splice(0)) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
    for (const one of folders.splice(0)) {
      await rm(one, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }, 30_000);

  test(
    'killed right behind a 202: after a restart nothing is lost or doubled',
    async () => {
      const DATA_DIR = await makeDataDir();
      folders.push(DATA_DIR);
      const env = { DATA_DIR, FHIR_BASE_URL: proxy.url, FHIR_TIMEOUT_MS: '3000' };
      const one = await startService(env);
      started.push(one);
      proxy.mode = 503;
      const names = Array.from({ length: 10 }, (_, index) => `killed ${index}`);
      const replies = await Promise.all(
        names.map((name) =>
          send(`${one.fhir}/QuestionnaireResponse`, { body: toResponse(worked('D1'), name) }),
        ),
      );
      await one.kill();
      expect(replies.map(({ status }) => status)).toEqual(names.map(() => 202));
      proxy.mode = 'pass';
      const two = await startService(env);
      started.push(two);
      for (const name of names) {
        await until(30_000, async () => (await deliveryOf(two.fhir, idOf(name))).status === 'written');
        const found = await observationsOf(remote.embeddedUrl, idOf(name));
        expect(found.length).toBeGreaterThan(11);
        expect([...new Set(found.map(({ meta }) => meta?.versionId))]).toEqual(['1']);
      }
    },
    3 * START_TIMEOUT,
  );

  test(
    'SIGTERM while the FHIR server hangs: exit 0 within 10 s, and the entry is there at the next start',
    async () => {
      const DATA_DIR = await makeDataDir();
      folders.push(DATA_DIR);
      const hanging = createServer(() => undefined);
      servers.push(hanging);
      await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
      const address = hanging.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      const FHIR_BASE_URL = `http://127.0.0.1:${address.port}/fhir`;
      const one = await startService({ DATA_DIR, FHIR_BASE_URL, FHIR_TIMEOUT_MS: '1500' }, '/livez');
      started.push(one);
      const body = toResponse(worked('D1'), 'hanging');
      expect((await send(`${one.fhir}/QuestionnaireResponse`, { body })).status).toBe(202);
      expect(await one.stop()).toBe(0);
      const two = await startService({ DATA_DIR, FHIR_BASE_URL: proxy.url });
      started.push(two);
      await until(30_000, async () => (await deliveryOf(two.fhir, idOf('hanging'))).status === 'written');
    },
    3 * START_TIMEOUT,
  );
});
