/** A response is sent, once and again. */
import { expect, test } from '@jest/globals';
import type { Observation, Patient, Task } from 'fhir/r4.js';
import { read, send, shortCode } from '../../support/contract-http.js';
import { CLINIC, worked } from '../../support/contract-responses.js';
import {
  body,
  codes,
  countOf,
  delivery,
  facade,
  identifierOf,
  idOf,
  observationsOn,
  patientId,
  post,
  provenancesOn,
  type Response,
  said,
  server,
  statusesOf,
  there,
  versionsOn,
} from './calls.js';
import { differs, figure } from './report.js';
import { world } from './world.js';

const PANEL = 'axspa-screening-panel';
const FLAG = { 'red-flag-emergency': ['saddle-numbness'] };

async function submitted(): Promise<void> {
  const sent = body(worked('D1'), 'new');
  const begun = performance.now();
  const reply = await post(sent);
  figure(`one submission: ${Math.round(performance.now() - begun)} ms`);
  const id = idOf('new');
  expect(said(reply)).toEqual([201, 'W/"1"']);
  expect(reply.headers.get('location')).toBe(`${facade()}/${id}/_history/1`);
  const stored = await there<Response>(`QuestionnaireResponse/${id}`);
  for (const key of ['identifier', 'questionnaire', 'status', 'subject', 'authored', 'item'] as const) {
    expect([key, stored[key]]).toEqual([key, sent[key]]);
  }
  const found = await observationsOn(id);
  expect(found).toHaveLength(40);
  expect(statusesOf(found)).toEqual(['final']);
  for (const one of found) {
    expect(one.derivedFrom).toEqual([{ reference: `QuestionnaireResponse/${id}` }]);
    expect(one.id?.startsWith(`${id}.`)).toBe(true);
  }
  const named = found.filter((one) => shortCode(one) !== PANEL).map((one) => `Observation/${one.id}`);
  const panel = found.find((one) => shortCode(one) === PANEL);
  expect(panel?.hasMember?.map(({ reference }) => reference).sort()).toEqual(named);
  const [provenance, ...more] = await provenancesOn(id);
  expect([provenance?.id, more]).toEqual([`${id}.v1`, []]);
  expect(provenance?.target.map(({ reference }) => reference).sort()).toEqual(
    [`QuestionnaireResponse/${id}`, `Observation/${panel?.id}`, ...named].sort(),
  );
}

async function isNotThere(name: string): Promise<void> {
  expect((await send(`${facade()}/${idOf(name)}`)).status).toBe(404);
  expect((await server(`QuestionnaireResponse/${idOf(name)}`)).status).toBe(404);
  const identifier = encodeURIComponent(`${CLINIC}|${identifierOf(name)}`);
  expect(await countOf(`QuestionnaireResponse?identifier=${identifier}`)).toBe(0);
}

/** A patient whose id is digits alone: the id. */
async function patientOfDigits(): Promise<string> {
  const digits = String(Date.now());
  const patient: Patient = { resourceType: 'Patient', birthDate: '1970-03-02' };
  const made = await server<Patient>(`Patient/${digits}`, {
    method: 'PUT',
    body: { ...patient, id: digits },
  });
  const isOther = differs('digits-id', world().kind);
  expect(made.status).toBe(isOther ? 400 : 201);
  if (!isOther) return digits;
  const chosen = await server<Patient>('Patient', { method: 'POST', body: patient });
  expect(chosen.status).toBe(201);
  return chosen.body.id ?? '';
}

export function submitting(): void {
  test('new: response, panel, members and Provenance are on the server', submitted);

  test('again: 200, nothing is written', async () => {
    const sent = body(worked('D4'), 'again');
    expect(said(await post(sent))).toEqual([201, 'W/"1"']);
    const before = await versionsOn(idOf('again'));
    expect(said(await post(sent))).toEqual([200, 'W/"1"']);
    expect(await versionsOn(idOf('again'))).toEqual(before);
    expect(before.filter((one) => !one.endsWith('/1'))).toEqual([]);
  });

  test('other content under the same identifier: 409, nothing is written', async () => {
    expect((await post(body(worked('D1'), 'taken'))).status).toBe(201);
    const before = await versionsOn(idOf('taken'));
    const reply = await post(body(worked('D5'), 'taken'));
    expect([reply.status, codes(reply)]).toEqual([409, ['identifier-in-use']]);
    expect(await versionsOn(idOf('taken'))).toEqual(before);
  });

  test('If-None-Exist: 201, then 200', async () => {
    const query = `identifier=${encodeURIComponent(`${CLINIC}|${identifierOf('conditional')}`)}`;
    const sent = body(worked('U1'), 'conditional');
    expect(said(await post(sent, { 'if-none-exist': query }))).toEqual([201, 'W/"1"']);
    expect(said(await post(sent, { 'if-none-exist': query }))).toEqual([200, 'W/"1"']);
  });

  test('a patient that is not there: 422, nothing is written', async () => {
    const subject = { reference: `Patient/${patientId('nobody')}` };
    const reply = await post(body(worked('D1'), 'nobody', { subject }));
    expect([reply.status, codes(reply)]).toEqual([422, ['subject-not-found']]);
    await isNotThere('nobody');
  });

  test('a patient whose id is digits', async () => {
    const subject = { reference: `Patient/${await patientOfDigits()}` };
    expect(said(await post(body(worked('D2'), 'digits', { subject })))).toEqual([201, 'W/"1"']);
    const found = await observationsOn(idOf('digits'));
    expect([...new Set(found.map((one) => one.subject?.reference))]).toEqual([subject.reference]);
  });

  test('an emergency in a draft: a preliminary red flag, and a Task', async () => {
    expect((await post(body(FLAG, 'emergency', { status: 'in-progress' }))).status).toBe(201);
    const id = idOf('emergency');
    const [flag, ...more] = await observationsOn(id);
    expect([flag?.id, flag?.status, more]).toEqual([`${id}.red-flag-urgency`, 'preliminary', []]);
    expect(await there<Task>(`Task/${id}.task`)).toMatchObject({
      status: 'requested',
      priority: 'stat',
      focus: { reference: `Observation/${id}.red-flag-urgency` },
      for: { reference: `Patient/${patientId('one')}` },
    });
    const theirs = await read<{ entry?: { resource: Task }[] }>(
      `${world().service.fhir}/Task?patient=${patientId('one')}&status=requested&priority=stat`,
    );
    expect(theirs.entry?.map(({ resource }) => resource.id)).toContain(`${id}.task`);
  });

  test('$delivery-status: written, under the full write profile', async () => {
    expect((await post(body(worked('P4'), 'told'))).status).toBe(201);
    const told = await delivery('told');
    expect(told).toMatchObject({ status: 'written', version: 1, plan: 'full' });
    expect((await read<Observation>(told.location ?? '')).id).toBe(idOf('told'));
  });
}
