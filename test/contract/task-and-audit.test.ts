/** contract.md §2, §7, issue 4: the Task of urgent red flags, the alert, and who is said to have read and written what. */

import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Bundle, OperationOutcome, Reference, Task } from 'fhir/r4.js';
import {
  faultsOf,
  putPatient,
  type Reply,
  read,
  resourcesOf,
  responseId,
  send,
  until,
} from '../support/contract-http.js';
import { CLINIC, toResponse, worked } from '../support/contract-responses.js';
import { freePorts, type Service, START_TIMEOUT, startService } from '../support/contract-service.js';

const SECRET = 'a secret for this test';
const NAME = 'Mrs Canary';
const idOf = (name: string) => responseId(CLINIC, name);
const codesOf = (reply: Reply<unknown>) =>
  faultsOf(reply.body as OperationOutcome).map(({ code, expression }) => [code, expression]);

type Alert = { text: string; signature: string | undefined };
let service: Service;
let pager: Server;
const alerts: Alert[] = [];
const alertsOf = (name: string) => alerts.filter(({ text }) => text.includes(idOf(name)));

beforeAll(async () => {
  const [port] = await freePorts(1);
  pager = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const signature = request.headers['x-signature-256'];
      alerts.push({ text: Buffer.concat(chunks).toString(), signature: signature?.toString() });
      response.end();
    });
  });
  await new Promise<void>((resolve) => pager.listen(port, '127.0.0.1', resolve));
  const ALERT_URL = `http://127.0.0.1:${port}/alert`;
  service = await startService({ ALERT_URL, ALERT_SECRET: SECRET });
  await putPatient(service.embeddedUrl, 'p1', { name: [{ text: NAME }] });
}, START_TIMEOUT);

afterAll(async () => {
  await service?.kill();
  pager?.closeAllConnections();
  await new Promise((resolve) => pager?.close(resolve));
}, 30_000);

const post = (name: string, answers: Record<string, string | string[] | number>, more: object = {}) =>
  send(`${service.fhir}/QuestionnaireResponse`, { body: toResponse(answers, name, more) });
const taskUrl = (name: string) => `${service.fhir}/Task/${idOf(name)}.task`;
const putTask = (name: string, body: object, headers: Record<string, string> = {}) =>
  send<Task>(taskUrl(name), { method: 'PUT', body, headers });

describe('a Task', () => {
  test.each([
    ['a draft with an emergency', { 'red-flag-emergency': ['saddle-numbness'] }, 'in-progress', 'stat'],
    ['a stopped one with an emergency', { 'red-flag-emergency': ['leg-weakness'] }, 'stopped', 'stat'],
    ['a same-day eye', { 'eye-symptoms-now': ['yes'] }, 'in-progress', 'urgent'],
  ])('%s: one, with what it is about', async (name, answers, status, priority) => {
    expect((await post(name, answers, { status })).status).toBe(201);
    const task = await read<Task>(taskUrl(name));
    expect(task).toMatchObject({
      id: `${idOf(name)}.task`,
      status: 'requested',
      priority,
      focus: { reference: `Observation/${idOf(name)}.red-flag-urgency` },
      for: { reference: 'Patient/p1' },
    });
  });

  test('none without an urgent red flag', async () => {
    expect((await post('calm', worked('D1'))).status).toBe(201);
    expect((await send(taskUrl('calm'))).status).toBe(404);
  });

  test('is found by its search parameters, and by nothing else', async () => {
    await post('found', { 'red-flag-emergency': ['saddle-numbness'] }, { status: 'in-progress' });
    const id = `${idOf('found')}.task`;
    const focus = `Observation/${idOf('found')}.red-flag-urgency`;
    for (const query of [
      `_id=${id}`,
      `identifier=${id}`,
      `focus=${focus}`,
      'patient=p1&status=requested&priority=stat',
      'subject=Patient/p1',
    ]) {
      const bundle = await read<Bundle>(`${service.fhir}/Task?${query}&_count=100`);
      expect([query, resourcesOf<Task>(bundle, 'Task').some((task) => task.id === id)]).toEqual([
        query,
        true,
      ]);
      for (const { fullUrl } of bundle.entry ?? [])
        expect(fullUrl?.startsWith(`${service.fhir}/Task/`)).toBe(true);
    }
    const done = await read<Bundle>(`${service.fhir}/Task?_id=${id}&status=completed`);
    expect(done.entry ?? []).toEqual([]);
    expect((await send(`${service.fhir}/Task?owner=Practitioner/1`)).status).toBe(400);
  });

  test('PUT changes its status and nothing else', async () => {
    const name = 'put';
    await post(name, { 'red-flag-emergency': ['saddle-numbness'] }, { status: 'in-progress' });
    const task = await read<Task>(taskUrl(name));
    for (const [more, code, expression] of [
      [{ priority: 'routine' }, 'identity-changed', 'Task.priority'],
      [{ for: { reference: 'Patient/p2' } }, 'identity-changed', 'Task.for'],
      [{ owner: { reference: 'Practitioner/1' } }, 'identity-changed', 'Task.owner'],
      [{ status: 'failed' }, 'status-change', 'Task.status'],
    ] as const) {
      const reply = await putTask(name, { ...task, status: 'accepted', ...more });
      expect([reply.status, codesOf(reply)]).toEqual([422, [[code, expression]]]);
    }
    expect((await putTask(name, { ...task, status: 'accepted' }, { 'if-match': 'W/"9"' })).status).toBe(412);
    expect(await read<Task>(taskUrl(name))).toEqual(task);
    const accepted = await putTask(name, { ...task, status: 'accepted' });
    expect([accepted.status, accepted.body.status]).toEqual([200, 'accepted']);
    const completed = await putTask(name, { resourceType: 'Task', id: task.id, status: 'completed' });
    expect([completed.status, (await read<Task>(taskUrl(name))).status]).toEqual([200, 'completed']);
    expect(await read<Task>(taskUrl(name))).toMatchObject({ focus: task.focus, for: task.for });
    expect((await putTask(name, { ...task, status: 'accepted' })).status).toBe(422);
    expect((await send(`${service.fhir}/Task/mine`, { method: 'PUT', body: task })).status).toBe(404);
    for (const method of ['DELETE', 'PATCH']) {
      expect((await send(taskUrl(name), { method, body: task })).status).toBe(405);
    }
    expect((await send(`${service.fhir}/Task`, { body: task })).status).toBe(405);
  });
});

describe('an alert', () => {
  test('is told within a tick, signed, without the patient; open until the Task is completed', async () => {
    const name = 'alarm';
    await post(name, { 'red-flag-emergency': ['saddle-numbness'] }, { status: 'in-progress' });
    await until(5_000, async () => alertsOf(name).length > 0);
    const [{ text, signature } = { text: '', signature: '' }] = alertsOf(name);
    expect(signature).toBe(`sha256=${createHmac('sha256', SECRET).update(text).digest('hex')}`);
    expect(JSON.parse(text)).toMatchObject({ priority: 'stat', task: `Task/${idOf(name)}.task` });
    for (const word of ['Patient', 'p1', NAME, 'saddle']) expect(text).not.toContain(word);
    const open = async () => {
      const { text: metrics } = await send(`${service.url}/metrics`);
      return Number(/axspa_open_alerts (\d+)/.exec(metrics)?.[1]);
    };
    const before = await open();
    expect(before).toBeGreaterThan(0);
    await putTask(name, { resourceType: 'Task', status: 'completed' });
    expect(await open()).toBe(before - 1);
  });
});

describe('the audit', () => {
  const events = async (query: string) =>
    resourcesOf<AuditEvent>(
      await read<Bundle>(`${service.embeddedUrl}/AuditEvent?${query}&_count=500`),
      'AuditEvent',
    );
  /** What was refused may not be there, so it is named without a link. */
  const named = (what: Reference | undefined) => what?.reference ?? what?.identifier?.value;
  const actionsOf = async (reference: string) =>
    (await events('_sort=_id'))
      .filter(({ entity = [] }) => entity.some(({ what }) => named(what) === reference))
      .map(({ action, subtype = [], outcome }) => [subtype[0]?.code, action, outcome])
      .sort();

  test('says who did what to which resource, and how it went; never what is in it', async () => {
    const name = 'audited';
    const reference = `QuestionnaireResponse/${idOf(name)}`;
    const url = `${service.fhir}/${reference}`;
    expect((await post(name, worked('D1'))).status).toBe(201);
    expect((await send(url)).status).toBe(200);
    expect((await send(`${url}/_history/1`)).status).toBe(200);
    expect((await send(`${url}/_history`)).status).toBe(200);
    const body = toResponse(worked('D2'), name, { status: 'amended' });
    expect((await send(url, { method: 'PUT', body, headers: { 'if-match': 'W/"1"' } })).status).toBe(200);
    expect((await send(url, { method: 'PUT', body })).status).toBe(412);
    const expected = [
      ['create', 'C', '0'],
      ['history-instance', 'R', '0'],
      ['read', 'R', '0'],
      ['update', 'U', '0'],
      ['update', 'U', '4'],
      ['vread', 'R', '0'],
    ];
    await until(5_000, async () => (await actionsOf(reference)).length >= expected.length);
    expect(await actionsOf(reference)).toEqual(expected);
    const told = JSON.stringify(await events('_sort=_id'));
    expect(told).toContain('Patient/p1');
    for (const word of [NAME, 'Canary', 'onset', 'saddle', 'linkId', 'item'])
      expect(told).not.toContain(word);
  });

  test('of a patient who was read and searched for: no name', async () => {
    expect((await send(`${service.fhir}/Patient/p1`)).status).toBe(200);
    expect((await send(`${service.fhir}/Patient?name=Canary`)).status).toBe(200);
    await until(5_000, async () => (await actionsOf('Patient/p1')).some(([code]) => code === 'read'));
    expect(JSON.stringify(await events('_sort=_id'))).not.toContain('Canary');
  });
});
