/** Stored while nobody looked: the service stopped, the line cut, the server itself off. Nothing is missed. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../support/contract-http.js';
import { worked } from '../../support/contract-responses.js';
import {
  body,
  delivered,
  idOf,
  makePatients,
  observationsOn,
  patientId,
  post,
  provenancesOn,
  versionsOn,
} from './calls.js';
import { notificationsOf, store } from './intake.js';
import { type Line, startLine } from './line.js';
import { figure } from './report.js';
import type { Service } from './service.js';
import { type Alone, anotherService, atTheEnd, SECRET, standAlone, world } from './world.js';

const TEN = Array.from({ length: 10 }, (_, index) => index);
const LONG = 240_000;
/** Two looks of the service. */
const TWO_ROUNDS_MS = 11_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Ten responses, stored on the server itself: their ids. */
const storeTen = (name: string) =>
  Promise.all(
    TEN.map((index) =>
      store({
        ...body(worked('D1'), `${name} ${index}`),
        id: patientId(`${name}-${index}`.replaceAll(' ', '-')),
      }),
    ),
  );

/** All are scored, and once. */
async function areScored(ids: string[]): Promise<number> {
  const begun = performance.now();
  for (const id of ids) {
    await until(90_000, async () => (await observationsOn(id)).length === 40);
    const [first, ...more] = await provenancesOn(id);
    expect([id, first?.id?.endsWith('.v1'), more]).toEqual([id, true, []]);
    expect((await versionsOn(id)).filter((one) => !one.endsWith('/1'))).toEqual([]);
  }
  return Math.round(performance.now() - begun);
}

export function restarts(): void {
  let alone: Alone;
  let line: Line;
  let service: Service;

  const env = () => ({ FHIR_BASE_URL: line.url, SUBSCRIPTION_SECRET: SECRET });

  beforeAll(async () => {
    alone = await standAlone();
    await makePatients('one');
    line = await startLine(world().base);
    atTheEnd(line.close);
    service = await anotherService(env());
    // It has looked once, and remembers how far.
    await areScored([await store({ ...body(worked('D1'), 'first look'), id: patientId('first-look') })]);
  }, LONG);

  afterEach(() => {
    line.state = 'open';
  });

  afterAll(async () => {
    await service?.stop();
    await alone?.restore();
  }, 120_000);

  test(
    'ten while the service is stopped',
    async () => {
      await service.stop();
      const ids = await storeTen('stopped');
      expect(await observationsOn(ids[0] ?? '')).toEqual([]);
      service = await anotherService(env(), service.place);
      figure(`10 stored while the service was stopped: scored ${await areScored(ids)} ms after its start`);
    },
    LONG,
  );

  test(
    'ten while the service cannot reach the server',
    async () => {
      line.state = 'cut';
      const ids = await storeTen('unreachable');
      await pause(TWO_ROUNDS_MS);
      expect(await observationsOn(ids[0] ?? '')).toEqual([]);
      line.state = 'open';
      figure(`10 stored while the line was cut: scored ${await areScored(ids)} ms after it was back`);
    },
    LONG,
  );

  // Somebody else's server is not ours to stop.
  const whereItCanBe = process.env.STORIES_SERVER === 'url' ? test.skip : test;
  whereItCanBe(
    'the server is stopped while responses are sent, and started again',
    async () => {
      const { power } = alone;
      if (!power) throw new Error('this server cannot be stopped by a test');
      const before = await storeTen('before the stop');
      await power.off();
      const stopped = performance.now();
      const names = TEN.map((index) => `while off ${index}`);
      for (const name of names) {
        const reply = await post(body(worked('D1'), name), {}, `${service.fhir}/QuestionnaireResponse`);
        expect([name, reply.status]).toEqual([name, 202]);
      }
      await power.on();
      const off = Math.round(performance.now() - stopped);
      const begun = performance.now();
      for (const name of names) await delivered(name, service.fhir);
      const sent = Math.round(performance.now() - begun);
      await areScored([...before, ...names.map(idOf)]);
      figure(
        `server off for ${off} ms: 10 responses that were sent meanwhile, and 10 stored just before, are all there once; the last was sent ${sent} ms after the server was back`,
      );
    },
    LONG,
  );

  test(
    'and its Subscription still tells',
    async () => {
      const heard = notificationsOf(service).length;
      const begun = performance.now();
      await areScored([await store({ ...body(worked('D1'), 'after'), id: patientId('after') })]);
      figure(`stored after the restarts: scored after ${Math.round(performance.now() - begun)} ms`);
      if (world().hapi) await until(30_000, async () => notificationsOf(service).length > heard);
      else if (world().kind === 'embedded') expect(notificationsOf(service)).toEqual([]);
    },
    LONG,
  );
}
