/** What must never happen to an accepted response on its way: operations, outbox and relay on a real server. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { Problem } from '../../../src/fhir/outcome.js';
import { amendResponse } from '../../../src/operations/amend-response.js';
import { submitResponse } from '../../../src/operations/submit-response.js';
import { type Answers, QUESTIONNAIRE, toResponse, worked } from '../../support/contract-responses.js';
import { type Json, send } from '../../support/embedded-fixture.js';
import { EPIC_LIKE_ENCOUNTER, HAPI_LIKE, NO_DEDUPE, NO_DEDUPE_BLIND } from '../../support/simulated-rows.js';
import { type Closers, closeAll, put, type Site, startSite as startSiteOf } from '../../support/site.js';

const closers: Closers = [];
afterEach(() => closeAll(closers));

const startSite = (row = HAPI_LIKE) => startSiteOf({ row }, closers);

const SAFE: Answers = { ...worked('D4'), 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'] };
const FLAGGED: Answers = { ...SAFE, 'red-flag-emergency': ['saddle-numbness'] };
const first = (answers = SAFE, more: Partial<QuestionnaireResponse> = {}) =>
  toResponse(answers, 'deliver', more);
const amended = (more: Partial<QuestionnaireResponse> = {}, answers: Answers = SAFE) =>
  toResponse({ ...answers, 'pain-intensity': 9 }, 'deliver', { status: 'amended', ...more });

async function submit({ ports }: Site, body: unknown = first()): Promise<string> {
  const { response } = await submitResponse(body, ports);
  return response.id ?? '';
}
const amend = ({ ports }: Site, id: string, body: unknown, ifMatch: string | undefined = 'W/"1"') =>
  amendResponse({ id, body, ifMatch }, ports);

async function codesOf(asking: Promise<unknown>): Promise<string[]> {
  const error = await asking.catch((caught: unknown) => caught);
  if (!(error instanceof Problem)) throw new Error(`no Problem: ${String(error)}`);
  return error.issues.map(({ code, expression }) => (expression ? `${code} ${expression}` : code));
}

const there = async ({ simulated }: Site, path: string): Promise<Json> =>
  (await send(`${simulated.storeUrl}/${path}`, {})).body;
const countOf = async (site: Site, type: string): Promise<number> =>
  (await there(site, `${type}?_summary=count`)).total;

/** Somebody else writes to the FHIR server. */
async function writeThere({ simulated }: Site, id: string, author: string): Promise<void> {
  const response = { ...first(), id, author: { display: author } };
  expect((await put(`${simulated.storeUrl}/QuestionnaireResponse/${id}`, response)).status).toBeLessThan(300);
}

describe('a change', () => {
  test.each<[name: string, ifMatch: string | undefined, code: string]>([
    ['no', undefined, 'version-required'],
    ['an older', 'W/"1"', 'version-mismatch'],
    ['a later', 'W/"3"', 'version-mismatch'],
    ['a senseless', '2', 'version-mismatch'],
  ])('with %s version in If-Match: refused, nothing changed', async (_name, ifMatch, code) => {
    const site = await startSite();
    const id = await submit(site);
    await amend(site, id, amended());
    const before = site.simulated.writes;
    const changed = first(SAFE, { status: 'amended' });
    expect(await codesOf(amendResponse({ id, body: changed, ifMatch }, site.ports))).toEqual([code]);
    expect([site.simulated.writes - before, site.outbox.entriesOf(id).length]).toEqual([0, 2]);
  });

  test.each<[string, Partial<QuestionnaireResponse>, string]>([
    ['another patient', { subject: { reference: 'Patient/p2' } }, 'subject'],
    ['another identifier', { identifier: { system: 'urn:other', value: '1' } }, 'identifier'],
    ['another questionnaire', { questionnaire: `${QUESTIONNAIRE}-other|1.0.0` }, 'questionnaire'],
  ])('to %s: refused, nothing changed', async (_name, more, element) => {
    const site = await startSite();
    const id = await submit(site);
    expect(await codesOf(amend(site, id, amended(more)))).toContain(
      `identity-changed QuestionnaireResponse.${element}`,
    );
    expect(site.outbox.entriesOf(id)).toHaveLength(1);
    expect(await there(site, `QuestionnaireResponse/${id}`)).toMatchObject({
      status: 'completed',
      subject: { reference: 'Patient/p1' },
    });
  });

  test('of a completed response to a draft: refused', async () => {
    const site = await startSite();
    const id = await submit(site);
    const draft = amended({ status: 'in-progress' });
    expect(await codesOf(amend(site, id, draft))).toEqual(['status-change QuestionnaireResponse.status']);
  });

  test('of what somebody else has changed there: refused, theirs stays', async () => {
    const site = await startSite();
    const id = await submit(site);
    await writeThere(site, id, 'another program');
    expect(await codesOf(amend(site, id, amended()))).toEqual(['version-mismatch']);
    expect(await there(site, `QuestionnaireResponse/${id}`)).toMatchObject({
      author: { display: 'another program' },
      meta: { versionId: '2' },
    });
  });
});

describe('sent when the server is back', () => {
  test('a first version does not replace what somebody else wrote meanwhile', async () => {
    const site = await startSite();
    site.simulated.fault = { kind: 'down' };
    await site.simulated.settled();
    const id = await submit(site);
    await writeThere(site, id, 'another program');
    site.simulated.fault = null;
    await site.simulated.settled();
    await site.rounds(2);
    expect(site.outbox.entriesOf(id)).toMatchObject([
      { state: 'refused', issue: { code: 'identifier-in-use' }, isDropped: false },
    ]);
    expect(await there(site, `QuestionnaireResponse/${id}`)).toMatchObject({
      author: { display: 'another program' },
      meta: { versionId: '1' },
    });
  });

  test('an amendment does not either', async () => {
    const site = await startSite();
    const id = await submit(site);
    site.simulated.fault = { kind: 'down' };
    await site.simulated.settled();
    expect(await amend(site, id, amended())).toMatchObject({ isQueued: true });
    await writeThere(site, id, 'another program');
    site.simulated.fault = null;
    await site.simulated.settled();
    await site.rounds(2);
    expect(site.outbox.entriesOf(id)).toMatchObject([
      { state: 'written' },
      { state: 'refused', issue: { code: 'version-mismatch' } },
    ]);
    expect(await there(site, `QuestionnaireResponse/${id}`)).toMatchObject({
      author: { display: 'another program' },
      meta: { versionId: '2' },
    });
  });

  test('an amendment comes after its original, and replaces it', async () => {
    const site = await startSite();
    site.simulated.fault = { kind: 'down' };
    await site.simulated.settled();
    const id = await submit(site);
    await amend(site, id, amended());
    site.simulated.fault = null;
    await site.simulated.settled();
    await site.rounds(2);
    const { entry } = await there(site, `QuestionnaireResponse/${id}/_history`);
    expect(entry.map(({ resource }: Json) => resource.status)).toEqual(['amended', 'completed']);
  });
});

describe('refused at the first attempt', () => {
  test('is not kept: nothing is accepted, and the same again is a new attempt', async () => {
    const site = await startSite();
    site.simulated.fault = { kind: 'status', status: 422, only: (method) => method === 'POST' };
    expect(await codesOf(submitResponse(first(FLAGGED), site.ports))).toEqual(['refused-by-server']);
    expect(site.outbox.list({ state: null, after: null, count: 9 })).toEqual([]);
    site.simulated.fault = null;
    await site.rounds(3);
    expect([await countOf(site, 'QuestionnaireResponse'), site.pager.told]).toEqual([0, []]);
    expect(await submitResponse(first(FLAGGED), site.ports)).toMatchObject({
      outcome: 'created',
      isQueued: false,
    });
  });
});

describe('refused in part, when our own store has taken it', () => {
  test('is accepted, parked and told: the answer and the emergency are kept', async () => {
    const site = await startSite(EPIC_LIKE_ENCOUNTER);
    await site.ports.delivery.profile();
    // The server takes a document only with an encounter, and there is none.
    const submitted = await submitResponse(first(FLAGGED), site.ports);
    expect(submitted).toMatchObject({ outcome: 'created', isQueued: true });
    const id = submitted.response.id ?? '';
    expect(site.outbox.entriesOf(id)).toMatchObject([{ state: 'refused', plan: 'document-only' }]);
    expect((await site.ports.records.read('QuestionnaireResponse', id))?.id).toBe(id);
    await site.round();
    expect(site.pager.told).toMatchObject([{ priority: 'stat', task: `Task/${id}.task` }]);
  });
});

describe('an alert', () => {
  test('carries ids and a priority, and nothing of the patient', async () => {
    const site = await startSite();
    const id = await submit(site, first(FLAGGED));
    await site.rounds(1);
    expect(site.pager.told).toEqual([
      {
        event: 'red-flag',
        priority: 'stat',
        task: `Task/${id}.task`,
        focus: `Observation/${id}.red-flag-urgency`,
        response: `QuestionnaireResponse/${id}`,
        raised: '2026-05-04T08:00:00.000Z',
        sent: '2026-05-04T09:00:00.000Z',
        attempt: 1,
      },
    ]);
  });

  test.each([
    ['cannot be read', { kind: 'status', status: 500 } as const],
    ['is answered with a login page', { kind: 'html' } as const],
    ['is not there', null],
  ])('goes on while its Task %s, and ends when that is completed', async (_name, fault) => {
    const site = await startSite();
    const id = await submit(site, first(FLAGGED));
    await site.rounds(1);
    const url = `${site.simulated.storeUrl}/Task/${id}.task`;
    const { body: task } = await send(url, {});
    if (fault) site.simulated.fault = { ...fault, only: (_method, path) => path.startsWith('Task') };
    else expect((await send(url, { method: 'DELETE' })).status).toBeLessThan(300);
    await site.rounds(2);
    expect(site.pager.told.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    site.simulated.fault = null;
    const { meta: _meta, ...rest } = task;
    expect((await put(url, { ...rest, status: 'completed' })).status).toBeLessThan(300);
    await site.rounds(2);
    expect([site.pager.told.length, site.outbox.counts().openAlerts]).toEqual([3, 0]);
  });
});

describe('an emergency behind a version that waits', () => {
  test('is told at once, server or no server', async () => {
    const site = await startSite();
    site.simulated.fault = { kind: 'status', status: 503 };
    const id = await submit(site, first(SAFE, { status: 'in-progress' }));
    const submitted = await amend(site, id, first(FLAGGED));
    expect(submitted).toMatchObject({ outcome: 'updated', isQueued: true });
    expect(site.pager.told).toEqual([]);
    await site.round();
    expect(site.pager.told).toMatchObject([{ priority: 'stat', task: `Task/${id}.task` }]);
  });
});

describe('a server that takes everything twice', () => {
  test('is not asked before what may still arrive has had time to', async () => {
    const site = await startSite(NO_DEDUPE);
    await site.ports.delivery.profile();
    site.simulated.fault = { kind: 'cut-before', times: 1, only: (method) => method === 'POST' };
    const id = await submit(site);
    const posts = () => site.simulated.requests.filter(({ method }) => method === 'POST').length;
    expect([posts(), site.outbox.entriesOf(id)[0]?.state]).toEqual([1, 'unknown']);
    // A change, and an operator, in a hurry: neither makes it sent again.
    await amend(site, id, amended());
    await site.ports.delivery.retry(id);
    expect([posts(), await countOf(site, 'QuestionnaireResponse')]).toEqual([1, 0]);
    await site.rounds(3);
    expect(await countOf(site, 'QuestionnaireResponse')).toBe(1);
    expect(site.outbox.entriesOf(id).map(({ state }) => state)).toEqual(['written', 'written']);
  });
});

describe('a server that takes everything twice and lets nobody look', () => {
  test('is never sent again what may have arrived', async () => {
    const site = await startSite(NO_DEDUPE_BLIND);
    await site.ports.delivery.profile();
    site.simulated.fault = { kind: 'cut-after', times: 1, only: (method) => method === 'POST' };
    const id = await submit(site);
    await site.rounds(3);
    expect(site.outbox.entriesOf(id)).toMatchObject([{ state: 'unknown', nextAttempt: null }]);
    await site.ports.delivery.retry(id);
    expect(await countOf(site, 'QuestionnaireResponse')).toBe(1);
    // Unless an operator has looked, and says that it did not arrive.
    site.outbox.clearDoubt(id);
    expect((await site.ports.delivery.retry(id)).entry.state).toBe('written');
    expect(await countOf(site, 'QuestionnaireResponse')).toBe(2);
  });
});
