/** The Subscription on the FHIR server: one, kept alive, with the secret of today. */
import { afterEach, expect, test } from '@jest/globals';
import { toSubscription } from '../../src/fhir/subscription.js';
import { Settings } from '../../src/io/settings.js';
import { createSubscriber } from '../../src/io/subscriber.js';
import { type Json, send } from '../support/embedded-fixture.js';
import * as rows from '../support/simulated-rows.js';
import { type Closers, closeAll, ENDPOINT, put, SECRET, type Site, startSite } from '../support/site.js';

const closers: Closers = [];
afterEach(() => closeAll(closers));

const QUESTIONNAIRES = ['https://example.org/Questionnaire/x', 'https://example.org/Questionnaire/x|1'];

/** As a service that was just started. */
function start({ server, database }: Site, secret = SECRET) {
  const told: string[] = [];
  const settings = new Settings(database);
  const memory = { get: () => settings.get('it'), set: (id: string) => settings.set('it', id) };
  const subscription = toSubscription(ENDPOINT, secret, QUESTIONNAIRES);
  const subscriber = createSubscriber({ server, subscription, memory, tell: (state) => told.push(state) });
  return { ...subscriber, told };
}

async function there({ simulated }: Site): Promise<Json[]> {
  const { body } = await send(`${simulated.storeUrl}/Subscription`, {});
  return (body.entry ?? []).map(({ resource }: Json) => resource);
}

test('is made once, tells nothing of a patient, and is left alone while it lives', async () => {
  const site = await startSite({}, closers);
  const subscriber = start(site);
  for (let check = 0; check < 3; check += 1) expect(await subscriber.check()).toBe('active');
  expect(await there(site)).toMatchObject([
    {
      meta: { versionId: '1' },
      status: 'requested',
      criteria: `QuestionnaireResponse?questionnaire=${QUESTIONNAIRES.map(encodeURIComponent).join(',')}`,
      channel: { type: 'rest-hook', endpoint: ENDPOINT, header: [`Authorization: Bearer ${SECRET}`] },
    },
  ]);
  expect((await there(site))[0]?.channel).not.toHaveProperty('payload');
  expect(subscriber.told).toEqual(['active']);
});

test('is the same one at the next start, with the secret that is in force then', async () => {
  const site = await startSite({}, closers);
  await start(site).check();
  await start(site, 'another-secret-of-today').check();
  const found = await there(site);
  expect(found).toHaveLength(1);
  expect(found[0]?.channel.header).toEqual(['Authorization: Bearer another-secret-of-today']);
});

test.each(['off', 'error'])('is put on again when it is %s', async (status) => {
  const site = await startSite({}, closers);
  const subscriber = start(site);
  await subscriber.check();
  const [found] = await there(site);
  await put(`${site.simulated.storeUrl}/Subscription/${found?.id}`, { ...found, status });
  await subscriber.check();
  expect(await there(site)).toMatchObject([{ id: found?.id, status: 'requested' }]);
});

test('is made again when it was deleted', async () => {
  const site = await startSite({}, closers);
  const subscriber = start(site);
  await subscriber.check();
  const [found] = await there(site);
  await send(`${site.simulated.storeUrl}/Subscription/${found?.id}`, { method: 'DELETE' });
  await subscriber.check();
  expect(await there(site)).toHaveLength(1);
});

test('a server whose search does not show it gets one all the same, not one a minute', async () => {
  const site = await startSite({}, closers);
  const blind = { ...site.server, look: async () => ({ state: 'found', resources: [] }) as const };
  for (let began = 0; began < 3; began += 1) {
    const subscriber = start({ ...site, server: blind });
    for (let check = 0; check < 3; check += 1) expect(await subscriber.check()).toBe('active');
  }
  expect(await there(site)).toHaveLength(1);
});

test('criteria that the server encodes in another way are the same', async () => {
  const site = await startSite({}, closers);
  const subscriber = start(site);
  await subscriber.check();
  const [found] = await there(site);
  const criteria = decodeURIComponent(found?.criteria);
  await put(`${site.simulated.storeUrl}/Subscription/${found?.id}`, { ...found, criteria });
  await subscriber.check();
  expect(await there(site)).toMatchObject([{ criteria, meta: { versionId: '2' } }]);
});

test('a server without Subscriptions is not asked for one', async () => {
  const site = await startSite({ row: rows.EPIC_LIKE }, closers);
  const subscriber = start(site);
  expect(await subscriber.check()).toBe('unsupported');
  expect(await there(site)).toEqual([]);
});

test('a server that is away is asked again', async () => {
  const site = await startSite({ timeoutMs: 500 }, closers);
  const away = { ...site.server, capabilities: () => Promise.reject(new Error('away')) };
  const subscriber = start({ ...site, server: away });
  expect(await subscriber.check()).toBe('unreachable');
  expect(await start(site).check()).toBe('active');
});
