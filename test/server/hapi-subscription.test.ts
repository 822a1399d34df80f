/**
 * HAPI FHIR's rest-hook Subscriptions and its data directory, as the product meets them: what a notification
 * looks like, what causes one, what survives a stop and a loss of power.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { QuestionnaireResponse, Subscription } from 'fhir/r4.js';
import { describeWithHapi, HAPI_START_TIMEOUT, type Hapi, startHapi } from '../support/hapi.js';
import {
  type Ear,
  type Fhir,
  FORM,
  fhirAt,
  listen,
  resourceOf,
  response,
  until,
  words,
} from '../support/hapi-calls.js';

const JSON_PAYLOAD = 'application/fhir+json';
/** Some rounds of the 5 s in which HAPI works through its queue of changes. */
const LONG = 120_000;

describeWithHapi('HAPI FHIR: Subscriptions and restarts', () => {
  let hapi: Hapi | undefined;
  let fhir: Fhir;
  let ear: Ear;
  let data: string;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'axspa-hapi-'));
    ear = await listen();
    await start();
    await fhir('PUT', 'Patient/p', { resourceType: 'Patient', id: 'p' });
  }, HAPI_START_TIMEOUT);

  afterAll(async () => {
    await hapi?.stop();
    await ear?.close();
    await rm(data, { recursive: true, force: true });
  }, 30_000);

  const start = async () => {
    hapi = await startHapi({ data });
    fhir = fhirAt(hapi.baseUrl);
  };

  const subscription = (
    id: string,
    criteria: string,
    channel: Partial<Subscription['channel']> = {},
  ): Subscription => ({
    resourceType: 'Subscription',
    id,
    status: 'requested',
    reason: 'test',
    criteria,
    channel: { type: 'rest-hook', endpoint: `${ear.url}/${id}`, ...channel },
  });

  const activate = async (wanted: Subscription) => {
    const begun = Date.now();
    const asked = await fhir('PUT', `Subscription/${wanted.id}`, wanted);
    await until(`${wanted.id} active`, async () => {
      const found = resourceOf<Subscription>(await fhir('GET', `Subscription/${wanted.id}`));
      return found.status === 'active' ? found : undefined;
    });
    process.stdout.write(`Subscription ${wanted.id}: active after ${Date.now() - begun} ms\n`);
    return asked;
  };

  const store = (id: string, more: Partial<QuestionnaireResponse> = {}) =>
    fhir('PUT', `QuestionnaireResponse/${id}`, response(id, more));

  const toldAt = (id: string, since: number) =>
    ear.calls
      .slice(since)
      .map((call) => call.url)
      .filter((url) => url === `/${id}` || url.startsWith(`/${id}/`));

  /** A write, and the first call that it causes at each of these Subscriptions. */
  const tells = async (write: () => Promise<unknown>, ...ids: string[]) => {
    const since = ear.calls.length;
    const begun = Date.now();
    await write();
    for (const id of ids) await until(`a call at ${id}`, () => toldAt(id, since)[0]);
    process.stdout.write(`notified after ${Date.now() - begun} ms\n`);
    return ear.calls.slice(since);
  };

  test(
    'is requested, and active some seconds later; a wrong one is 422',
    async () => {
      const url = FORM.slice(0, FORM.indexOf('|'));
      const asked = await Promise.all([
        activate(subscription('canonical', `QuestionnaireResponse?questionnaire=${FORM}`)),
        activate(subscription('every', 'QuestionnaireResponse?', { header: ['X-Subscription-Secret: s'] })),
        activate(
          subscription('full', `QuestionnaireResponse?questionnaire=${url}`, { payload: JSON_PAYLOAD }),
        ),
      ]);
      for (const reply of asked) {
        expect([reply.status, resourceOf<Subscription>(reply).status]).toEqual([201, 'requested']);
      }
      for (const criteria of ['QuestionnaireResponse', 'QuestionnaireResponse?nonsense=1']) {
        const refused = await fhir('PUT', 'Subscription/wrong', subscription('wrong', criteria));
        expect([criteria, refused.status]).toEqual([criteria, 422]);
        expect(words(refused)).toContain('riteria');
      }
    },
    LONG,
  );

  test(
    'a notification: an empty POST with the headers of the channel, or a PUT with the resource',
    async () => {
      const calls = await tells(() => store('n1'), 'canonical', 'every', 'full');
      const empty = calls.find((call) => call.url === '/every');
      expect(empty).toMatchObject({ method: 'POST', body: '', headers: { 'x-subscription-secret': 's' } });
      // Not FHIR, and not JSON: a door that insists on either would turn HAPI away.
      expect(empty?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
      const full = calls.find((call) => call.url.startsWith('/full'));
      expect(full).toMatchObject({ method: 'PUT', url: '/full/QuestionnaireResponse/n1' });
      expect(JSON.parse(full?.body ?? '')).toMatchObject({ resourceType: 'QuestionnaireResponse', id: 'n1' });
    },
    LONG,
  );

  test(
    'changed content is told; the same content again, a deletion and another form are not',
    async () => {
      const since = ear.calls.length;
      await tells(() => store('n1', { status: 'amended' }), 'full', 'canonical');
      await store('n1', { status: 'amended' });
      await fhir('DELETE', 'QuestionnaireResponse/n1');
      await store('n2', { questionnaire: 'https://example.org/Questionnaire/other|1.0.0' });
      // Changes are told in their order: what has not come before this one does not come.
      await tells(() => store('n3'), 'full', 'canonical');
      expect(toldAt('full', since)).toEqual([
        '/full/QuestionnaireResponse/n1',
        '/full/QuestionnaireResponse/n3',
      ]);
      expect(toldAt('canonical', since)).toHaveLength(2);
    },
    LONG,
  );

  test(
    'a call that is answered 500: with the resource it is made again, an empty one is not',
    async () => {
      const deaf = await listen(500);
      const callsAt = (path: string) => deaf.calls.filter((call) => call.url.startsWith(path));
      try {
        await Promise.all([
          activate(subscription('deaf', 'QuestionnaireResponse?', { endpoint: `${deaf.url}/empty` })),
          activate(
            subscription('deaf-full', 'QuestionnaireResponse?', {
              endpoint: `${deaf.url}/full`,
              payload: JSON_PAYLOAD,
            }),
          ),
        ]);
        await store('n4');
        // HAPI waits a second, and each time a tenth longer, for a minute.
        await until('the third attempt', () => callsAt('/full')[2]);
        expect(callsAt('/empty')).toHaveLength(1);
        for (const id of ['deaf', 'deaf-full']) {
          expect(resourceOf<Subscription>(await fhir('GET', `Subscription/${id}`)).status).toBe('active');
          await fhir('DELETE', `Subscription/${id}`);
        }
      } finally {
        await deaf.close();
      }
    },
    LONG,
  );

  test(
    'turned off it is silent; asked for again it is active again',
    async () => {
      const wanted = subscription('every', 'QuestionnaireResponse?');
      await fhir('PUT', 'Subscription/every', { ...wanted, status: 'off' });
      await until('silence', async () => {
        const since = ear.calls.length;
        await tells(() => store(`off-${since}`), 'canonical');
        return toldAt('every', since).length === 0 ? true : undefined;
      });
      expect((await activate(wanted)).status).toBe(200);
      await tells(() => store('n6'), 'every');
    },
    LONG,
  );

  test(
    'stopped and started again: all is there, and the Subscription tells on',
    async () => {
      await hapi?.stop();
      await start();
      expect((await fhir('GET', 'QuestionnaireResponse/n6')).status).toBe(200);
      expect(resourceOf<Subscription>(await fhir('GET', 'Subscription/every')).status).toBe('active');
      await tells(() => store('n7'), 'every', 'full');
    },
    HAPI_START_TIMEOUT,
  );

  test(
    'killed right after a write: it is there, and is told of at the next start',
    async () => {
      const calls = await tells(async () => {
        await store('n8');
        await hapi?.kill();
        await start();
      }, 'full');
      expect(calls.map((call) => call.url)).toContain('/full/QuestionnaireResponse/n8');
      expect((await fhir('GET', 'QuestionnaireResponse/n8')).status).toBe(200);
    },
    HAPI_START_TIMEOUT,
  );
});
