/** Responses that an EHR or a portal stores on the server itself: scored where they stand. */
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import type { Bundle, Observation, OperationOutcome, Parameters, Subscription, Task } from 'fhir/r4.js';
import { read, resourcesOf, send, shortCode, until } from '../../support/contract-http.js';
import { worked } from '../../support/contract-responses.js';
import {
  all,
  type Body,
  body,
  observationsOn,
  patientId,
  provenancesOn,
  type Response,
  server,
  statusesOf,
  there,
} from './calls.js';
import { differs, figure } from './report.js';
import { SECRET, world } from './world.js';

const LONG = 90_000;
const SCORED_WITHIN_MS = 60_000;
const FLAG = { 'red-flag-emergency': ['saddle-numbness'] };

const hook = () => `${world().service.url}/subscription-hook`;
export const notificationsOf = (service = world().service) =>
  service.log().filter(({ route, status }) => route === '/subscription-hook' && status === 200);

/** Stores a response on the server: under its id, or under one that the server chooses. */
export async function store(response: Body): Promise<string> {
  const { id } = response;
  const path = id === undefined ? 'QuestionnaireResponse' : `QuestionnaireResponse/${id}`;
  const reply = await server<Response>(path, { method: id === undefined ? 'POST' : 'PUT', body: response });
  if (reply.status !== 200 && reply.status !== 201) throw new Error(`${path}: ${reply.status} ${reply.text}`);
  return reply.body.id ?? id ?? '';
}

export const withoutIdentifier = ({ identifier: _, ...rest }: Response): Body => rest;

/** Milliseconds until there were so many Observations, or why there never were. */
async function scored(id: string, count: number): Promise<number | string> {
  const begun = performance.now();
  try {
    await until(SCORED_WITHIN_MS, async () => (await observationsOn(id)).length >= count);
    return Math.round(performance.now() - begun);
  } catch (error) {
    return `${id}: ${error instanceof Error ? error.message : error}`;
  }
}

type Stored = { id: string; ms: Promise<number | string> };
const stored = new Map<string, Stored>();

/** What is stored at first, all at once: name → the response, how many Observations it gets. */
const AT_FIRST: Record<string, [Body, number]> = {
  'PUT, with an identifier': [{ ...body(worked('D1'), 'in put'), id: patientId('in-put') }, 40],
  'PUT, without an identifier': [
    { ...withoutIdentifier(body(worked('D4'), '-')), id: patientId('in-bare') },
    40,
  ],
  'POST, under an id that the server chooses': [withoutIdentifier(body(worked('D9'), '-')), 30],
  'PUT, under a UUID': [{ ...body(worked('D2'), 'in uuid'), id: randomUUID() }, 40],
  'an emergency in a draft': [
    { ...body(FLAG, 'in flag', { status: 'in-progress' }), id: patientId('in-flag') },
    1,
  ],
};

const ILL: Body = {
  ...body({ ...worked('D1'), 'eye-symptoms-now': 'perhaps' }, 'in ill'),
  id: patientId('in-ill'),
};
const OTHER: Body = {
  ...withoutIdentifier(body(worked('D1'), '-')),
  id: patientId('in-other'),
  questionnaire: 'https://example.org/Questionnaire/other|1.0.0',
};

async function waitFor(name: string): Promise<{ id: string; found: Observation[]; took: number | string }> {
  const { id, ms } = stored.get(name) ?? { id: '', ms: 'it was not stored' };
  const took = await ms;
  expect(typeof took === 'string' ? took : 'scored').toBe('scored');
  return { id, took, found: await observationsOn(id) };
}

/** What `$delivery-status?status=refused` says of a response; nothing when it is not listed. */
async function refusalOf(id: string): Promise<string | undefined> {
  const list = await read<Bundle>(`${world().service.fhir}/$delivery-status?status=refused&_count=500`);
  const about = resourcesOf<Parameters>(list, 'Parameters').find(({ parameter }) =>
    parameter?.some((one) => one.valueReference?.reference === `QuestionnaireResponse/${id}`),
  );
  const outcome = about?.parameter?.find(({ name }) => name === 'outcome')?.resource as OperationOutcome;
  return outcome?.issue[0]?.details?.coding?.[0]?.code;
}

async function changedInPlace(): Promise<void> {
  const { id, found } = await waitFor('PUT, with an identifier');
  const { 'onset-age': _, ...blank } = worked('D1');
  const changed = { ...body(blank, 'in put', { status: 'amended' }), id };
  await store(changed);
  const begun = performance.now();
  await until(SCORED_WITHIN_MS, async () => statusesOf(await observationsOn(id)).includes('amended'));
  figure(`changed on the server: Observations amended after ${Math.round(performance.now() - begun)} ms`);
  const after = await observationsOn(id);
  expect(after.map((one) => one.id)).toEqual(found.map((one) => one.id));
  const withdrawn = after.filter(({ status }) => status === 'entered-in-error');
  expect([withdrawn.map(shortCode), statusesOf(after)]).toEqual([
    ['onset-age'],
    ['amended', 'entered-in-error'],
  ]);
  expect(await there<Response>(`QuestionnaireResponse/${id}`)).toMatchObject({ item: changed.item });
  await store({ ...changed, status: 'entered-in-error' });
  await until(
    SCORED_WITHIN_MS,
    async () => statusesOf(await observationsOn(id)).join() === 'entered-in-error',
  );
  expect((await observationsOn(id)).map((one) => one.id)).toEqual(found.map((one) => one.id));
  expect(await provenancesOn(id)).toHaveLength(3);
}

async function notified(): Promise<void> {
  const wanted = await all<Subscription>('Subscription', `url=${encodeURIComponent(hook())}`);
  // A server of somebody else may have none, or not reach this machine: then they are looked for, as above.
  if (world().kind !== 'embedded' && !world().hapi) return;
  if (!differs('notified', world().kind)) {
    expect([wanted, notificationsOf()]).toEqual([[], []]);
    return;
  }
  expect(wanted.map(({ status, channel }) => [status, channel.type, channel.endpoint])).toEqual([
    ['active', 'rest-hook', hook()],
  ]);
  const before = notificationsOf().length;
  const begun = performance.now();
  const id = await store({ ...body(worked('U1'), 'in told'), id: patientId('in-told') });
  await until(SCORED_WITHIN_MS, async () => notificationsOf().length > before);
  figure(`a notification came after ${Math.round(performance.now() - begun)} ms`);
  expect(typeof (await scored(id, 10))).toBe('number');
}

export function intake(): void {
  beforeAll(async () => {
    for (const [name, [response, count]] of Object.entries(AT_FIRST)) {
      const id = await store(response);
      stored.set(name, { id, ms: scored(id, count) });
    }
    await store(ILL);
    await store(OTHER);
  }, 60_000);

  test.each([
    'PUT, with an identifier',
    'PUT, without an identifier',
    'PUT, under a UUID',
    'POST, under an id that the server chooses',
  ])(
    'by %s: scored, where it stands',
    async (name) => {
      const { id, found, took } = await waitFor(name);
      figure(`stored by ${name}: Observations after ${took} ms`);
      expect(statusesOf(found)).toEqual(['final']);
      expect(found.filter((one) => !/^r[0-9a-f]{31}\./.test(one.id ?? ''))).toEqual([]);
      const provenances = await provenancesOn(id);
      expect(provenances.map((one) => one.id)).toEqual([`${found[0]?.id?.split('.')[0]}.v1`]);
      expect((await there<Response>(`QuestionnaireResponse/${id}`)).meta?.versionId).toBe('1');
    },
    LONG,
  );

  test(
    'an emergency in a draft: a preliminary red flag, and a Task',
    async () => {
      const { id, found, took } = await waitFor('an emergency in a draft');
      figure(`a draft with an emergency: red flag after ${took} ms`);
      expect(found.map((one) => [shortCode(one), one.status])).toEqual([['red-flag-urgency', 'preliminary']]);
      const task = await there<Task>(`Task/${found[0]?.id?.split('.')[0]}.task`);
      expect(task).toMatchObject({
        priority: 'stat',
        focus: { reference: `Observation/${found[0]?.id}` },
        for: { reference: `Patient/${patientId('one')}` },
      });
      expect((await there<Response>(`QuestionnaireResponse/${id}`)).meta?.versionId).toBe('1');
    },
    LONG,
  );

  test('changed there: amended; withdrawn there: entered in error', changedInPlace, 3 * LONG);

  test('of another Questionnaire: left alone', async () => {
    expect(await observationsOn(OTHER.id ?? '')).toEqual([]);
    expect(await refusalOf(OTHER.id ?? '')).toBeUndefined();
  });

  test(
    'invalid: told, not scored; mended there: scored',
    async () => {
      const id = ILL.id ?? '';
      await until(SCORED_WITHIN_MS, async () => (await refusalOf(id)) !== undefined);
      expect([await refusalOf(id), await observationsOn(id)]).toEqual(['code-not-in-options', []]);
      await store({ ...body(worked('D1'), 'in ill'), id });
      await until(SCORED_WITHIN_MS, async () => (await observationsOn(id)).length === 40);
      // The Observations are there a moment before the service has written down that they are.
      await until(SCORED_WITHIN_MS, async () => (await refusalOf(id)) === undefined);
    },
    2 * LONG,
  );

  test('a Subscription tells of them, or they are looked for', notified, 2 * LONG);

  test('a notification is answered at once, and to nobody without the secret', async () => {
    const begun = performance.now();
    const headers = { authorization: `Bearer ${SECRET}` };
    expect((await send(hook(), { method: 'POST', headers })).status).toBe(200);
    figure(`a notification is answered within ${Math.round(performance.now() - begun)} ms`);
    for (const wrong of [{}, { authorization: 'Bearer wrong' }, { authorization: SECRET }]) {
      const reply = await send<OperationOutcome>(hook(), { method: 'POST', headers: wrong });
      expect([reply.status, reply.body.resourceType]).toEqual([401, 'OperationOutcome']);
    }
  });
}
