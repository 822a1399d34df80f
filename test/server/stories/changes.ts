/** A response is completed, amended, withdrawn; by us, and by somebody else on the server. */
import { expect, test } from '@jest/globals';
import type { Bundle, Observation } from 'fhir/r4.js';
import { read, resourcesOf, shortCode } from '../../support/contract-http.js';
import { worked } from '../../support/contract-responses.js';
import {
  body,
  codes,
  facade,
  idOf,
  observationsOn,
  post,
  provenancesOn,
  put,
  type Response,
  said,
  server,
  statusesOf,
  there,
} from './calls.js';

const ids = (all: Observation[]) => all.map(({ id }) => id).sort();

async function amended(): Promise<void> {
  const id = idOf('amended');
  const { 'onset-age': _, ...blank } = worked('D1');
  expect((await post(body(worked('D1'), 'amended'))).status).toBe(201);
  const before = await observationsOn(id);
  expect(said(await put(id, body(blank, 'amended', { status: 'amended' }), 1))).toEqual([200, 'W/"2"']);
  const after = await observationsOn(id);
  expect(ids(after)).toEqual(ids(before));
  const withdrawn = after.filter(({ status }) => status === 'entered-in-error');
  expect(withdrawn.map(shortCode)).toEqual(['onset-age']);
  const value = (all: Observation[]) => all.find((one) => shortCode(one) === 'onset-age')?.valueQuantity;
  expect(value(after)).toEqual(value(before));
  expect(statusesOf(after)).toEqual(['amended', 'entered-in-error']);
  const panel = after.find((one) => shortCode(one) === 'axspa-screening-panel');
  const members = panel?.hasMember?.map(({ reference }) => reference) ?? [];
  expect(members).toHaveLength(after.length - 2);
  expect(members).not.toContain(`Observation/${id}.onset-age`);
  const first = await there<Observation>(`Observation/${id}.onset-age/_history/1`);
  expect(first.status).toBe('final');
  expect((await provenancesOn(id)).map((one) => one.id).sort()).toEqual([`${id}.v1`, `${id}.v2`]);
}

async function versionsRead(): Promise<void> {
  const id = idOf('versions');
  const one = body(worked('D1'), 'versions');
  const two = body(worked('D2'), 'versions', { status: 'amended' });
  expect((await post(one)).status).toBe(201);
  expect((await put(id, two, 1)).status).toBe(200);
  expect(await read<Response>(`${facade()}/${id}`)).toMatchObject({ ...two, id, meta: { versionId: '2' } });
  expect(await read<Response>(`${facade()}/${id}/_history/1`)).toMatchObject({
    ...one,
    meta: { versionId: '1' },
  });
  const history = await read<Bundle>(`${facade()}/${id}/_history`);
  expect([history.type, history.total]).toEqual(['history', 2]);
  const shown = resourcesOf<Response>(history, 'QuestionnaireResponse');
  expect(shown.map(({ meta, status }) => [meta?.versionId, status])).toEqual([
    ['2', 'amended'],
    ['1', 'completed'],
  ]);
  for (const version of shown) {
    const url = `${facade()}/${id}/_history/${version.meta?.versionId}`;
    expect(await read<Response>(url)).toEqual(version);
  }
}

/** Changed on the server, past the service, by somebody who knows what stands there. */
async function changedByAnother(name: string): Promise<Response> {
  const path = `QuestionnaireResponse/${idOf(name)}`;
  const theirs = { ...(await there<Response>(path)), authored: '2026-05-05T09:30:00+02:00' };
  expect((await server(path, { method: 'PUT', body: theirs })).status).toBe(200);
  return theirs;
}

export function changes(): void {
  test('a draft is completed', async () => {
    const id = idOf('draft');
    const { 'onset-age': age = 0 } = worked('D1');
    const draft = body({ 'pain-location': ['low-back'], 'onset-age': age }, 'draft', {
      status: 'in-progress',
    });
    expect(said(await post(draft))).toEqual([201, 'W/"1"']);
    expect(await observationsOn(id)).toEqual([]);
    expect(said(await put(id, body(worked('D1'), 'draft'), 1))).toEqual([200, 'W/"2"']);
    const found = await observationsOn(id);
    expect([found.length, statusesOf(found)]).toEqual([40, ['final']]);
    expect(await there<Response>(`QuestionnaireResponse/${id}`)).toMatchObject({ status: 'completed' });
  });

  test('an answer is withdrawn: its Observation is entered in error, all ids stay', amended);

  test('a stale If-Match: 412, nothing is changed', async () => {
    const id = idOf('stale');
    await post(body(worked('D1'), 'stale'));
    expect((await put(id, body(worked('D2'), 'stale', { status: 'amended' }), 1)).status).toBe(200);
    const late = await put(id, body(worked('D4'), 'stale', { status: 'amended' }), 1);
    expect([late.status, codes(late)]).toEqual([412, ['version-mismatch']]);
    const stored = await there<Response>(`QuestionnaireResponse/${id}`);
    expect(stored.item).toEqual(body(worked('D2'), 'stale').item);
  });

  test('changed on the server by somebody else: 412, theirs stays', async () => {
    await post(body(worked('D1'), 'touched'));
    const theirs = await changedByAnother('touched');
    const reply = await put(idOf('touched'), body(worked('D4'), 'touched', { status: 'amended' }), 1);
    expect([reply.status, codes(reply)]).toEqual([412, ['version-mismatch']]);
    const stored = await there<Response>(`QuestionnaireResponse/${idOf('touched')}`);
    expect([stored.authored, stored.item]).toEqual([theirs.authored, theirs.item]);
  });

  test('withdrawn: everything is entered in error', async () => {
    const id = idOf('withdrawn');
    await post(body(worked('D1'), 'withdrawn'));
    const before = await observationsOn(id);
    const wrong = body(worked('D1'), 'withdrawn', { status: 'entered-in-error' });
    expect(said(await put(id, wrong, 1))).toEqual([200, 'W/"2"']);
    const after = await observationsOn(id);
    expect([ids(after), statusesOf(after)]).toEqual([ids(before), ['entered-in-error']]);
    expect(await there<Response>(`QuestionnaireResponse/${id}`)).toMatchObject({
      status: 'entered-in-error',
    });
    const again = await put(id, body(worked('D1'), 'withdrawn', { status: 'amended' }), 2);
    expect([again.status, codes(again)]).toEqual([422, ['status-change']]);
  });

  test('read, vread and history through the facade', versionsRead);
}
