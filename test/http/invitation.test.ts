/** Invitations over HTTP: the link, who gets in by it and to what, and what becomes of its Task. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { SignJWT } from 'jose';
import { DiskOutbox } from '../../src/io/outbox.js';
import { faultsOf, type Reply, resourcesOf, responseId, send } from '../support/contract-http.js';
import { CANONICAL, toResponse, worked } from '../support/contract-responses.js';
import { PUBLIC_URL } from '../support/http-app.js';
import {
  answersTo,
  CLINICIAN,
  DAY,
  INTAKE,
  type Inviting,
  startInviting,
  type Visitor,
} from '../support/inviting.js';
import { type Closers, closeAll } from '../support/site.js';

const closers: Closers = [];
afterEach(() => closeAll(closers));
const start = (options?: { isRequired?: boolean; isPartial?: boolean }) => startInviting(closers, options);

const RESPONSE = '/fhir/QuestionnaireResponse';
const codeOf = ({ body }: Reply<unknown>) => faultsOf(body as OperationOutcome)[0]?.code;
const told = (reply: Reply<unknown>) => [reply.status, codeOf(reply)];

/** Through the link to the questions. */
async function come(world: Inviting, link: string): Promise<{ patient: Visitor; location: string }> {
  const patient = world.visitor();
  const reply = await patient.open(link);
  expect([reply.status, patient.cookie?.split('=')[0]]).toEqual([200, '__Host-axspa']);
  return { patient, location: reply.body.location };
}

const idIn = (location: string) =>
  responseId(INTAKE, new URL(location, PUBLIC_URL).searchParams.get('intake') ?? '');

describe('from the invitation to the answers', () => {
  test('a link, a draft, the answers: the Task follows, and has them as its output', async () => {
    const world = await start();
    const { task, link, expires } = await world.invite();
    expect(expires).toBe('2026-05-18T08:00:00.000Z');
    expect(link).toMatch(/^https:\/\/screening\.example\.org\/axspa\/invitation#[\w-]+\.[\w-]+\.[\w-]+$/);
    const [, secret = ''] = link.split('#');
    const claims = JSON.parse(Buffer.from(secret.split('.')[1] ?? '', 'base64url').toString());
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'jti', 'sub']);
    expect(await world.task(task)).toMatchObject({
      status: 'requested',
      for: { reference: 'Patient/p1' },
      input: [{ valueCanonical: CANONICAL }],
      restriction: { period: { end: expires } },
    });

    const { patient, location } = await come(world, link);
    expect(location).toMatch(/^\/screen\?subject=Patient%2Fp1&intake=[0-9a-f-]{36}&questionnaire=/);
    const draft = answersTo(location, { status: 'in-progress' }, { 'red-flag-emergency': ['none'] });
    const created = await patient.send<QuestionnaireResponse>(RESPONSE, { body: draft });
    expect([created.status, created.body.id]).toEqual([201, idIn(location)]);
    await world.round();
    expect((await world.task(task)).status).toBe('in-progress');

    const done = { ...answersTo(location), id: idIn(location) };
    const headers = { 'if-match': 'W/"1"' };
    const put = await patient.send(`${RESPONSE}/${done.id}`, { method: 'PUT', body: done, headers });
    expect(put.status).toBe(200);
    await world.round();
    const completed = await world.task(task);
    expect([completed.status, completed.output?.[0]?.valueReference]).toEqual([
      'completed',
      { reference: `QuestionnaireResponse/${done.id}` },
    ]);
    expect(completed.meta?.versionId).toBe('3');

    const amended = { ...done, status: 'amended' };
    const again = { method: 'PUT', body: amended, headers: { 'if-match': 'W/"2"' } };
    expect((await patient.send(`${RESPONSE}/${done.id}`, again)).status).toBe(200);
    await world.round();
    expect(await world.task(task)).toEqual(completed);
  });

  test('the same browser comes back to what it began, with no second cookie; another is told', async () => {
    const world = await start();
    const { link } = await world.invite();
    const { patient, location } = await come(world, link);
    const before = patient.cookie;
    expect((await patient.open(link)).body.location).toBe(location);
    await patient.send(RESPONSE, { body: answersTo(location) });
    const back = await patient.open(link);
    expect([back.status, back.body.location]).toEqual([
      200,
      `/screen?subject=Patient%2Fp1&response=${idIn(location)}`,
    ]);
    expect(patient.cookie).toBe(before);
    const other = world.visitor();
    expect(told(await other.open(link))).toEqual([403, 'invitation-used']);
    expect(other.cookie).toBeNull();
  });

  test('another Questionnaire than the usual one, for so many days', async () => {
    const world = await start();
    const asked = [
      { name: 'days', valuePositiveInt: 1 },
      { name: 'questionnaire', valueCanonical: CANONICAL.split('|')[0] ?? '' },
    ];
    const { task, expires } = await world.invite('p2', asked);
    expect(expires).toBe('2026-05-05T08:00:00.000Z');
    expect((await world.task(task)).input?.[0]?.valueCanonical).toBe(CANONICAL);
  });

  test('before anybody knows what the FHIR server takes: the Task is where the records will be', async () => {
    const world = await start({ isPartial: true });
    const { task, link } = await world.invite();
    const { patient, location } = await come(world, link);
    const draft = answersTo(location, { status: 'in-progress' });
    const saved = await patient.send<QuestionnaireResponse>(RESPONSE, { body: draft });
    expect([201, 202]).toContain(saved.status);
    await world.round();
    await world.round();
    expect((await world.task(task)).status).toBe('in-progress');
    expect((await patient.send(`${RESPONSE}/${idIn(location)}`)).status).toBe(200);
  });

  test('where nothing is guarded the link works as well', async () => {
    const world = await start({ isRequired: false });
    const { task, link } = await world.invite();
    const { patient, location } = await come(world, link);
    expect((await patient.send(RESPONSE, { body: answersTo(location) })).status).toBe(201);
    await world.round();
    expect((await world.task(task)).status).toBe('completed');
  });
});

describe('what the link reaches', () => {
  test('the patient, the own answers and advice; nothing older, of others, or for clinicians', async () => {
    const world = await start();
    const older = toResponse(worked('D2'), 'older');
    const kept = await send<QuestionnaireResponse>(`${world.app().fhir}/QuestionnaireResponse`, {
      body: older,
      headers: CLINICIAN,
    });
    const { link, task } = await world.invite();
    const { patient, location } = await come(world, link);
    const own = await patient.send<QuestionnaireResponse>(RESPONSE, { body: answersTo(location) });
    const status = async (path: string, sent = {}) => (await patient.send(path, sent)).status;
    const person = await patient.send('/fhir/Patient/p1');
    expect([person.status, person.body]).toEqual([200, { resourceType: 'Patient', id: 'p1' }]);
    expect(await status(`${RESPONSE}/${own.body.id}`)).toBe(200);
    expect(await status(`${RESPONSE}/${own.body.id}/$advice`)).toBe(200);
    const found = await patient.send<Bundle>(`${RESPONSE}?subject=Patient/p1`);
    expect(resourcesOf(found.body, 'QuestionnaireResponse').map(({ id }) => id)).toEqual([own.body.id]);

    const refused = [
      '/fhir/Patient/p2',
      `${RESPONSE}/${kept.body.id}`,
      `${RESPONSE}/${own.body.id}/$explain`,
      `/fhir/Observation/${own.body.id}.nice-ng65`,
      '/fhir/Observation?patient=p1',
      `/fhir/${task}`,
      '/fhir/Task?patient=p1',
      '/fhir/Provenance?target=QuestionnaireResponse/x',
      '/fhir/$delivery-status',
    ];
    for (const path of refused) expect([path, await status(path)]).toEqual([path, 403]);
    const bodies = [
      toResponse(worked('D1'), 'another', { author: { reference: 'Patient/p1' } }),
      { ...answersTo(location), subject: { reference: 'Patient/p2' } },
      { ...answersTo(location), author: { reference: 'Practitioner/doc-1' } },
      { ...answersTo(location), questionnaire: 'https://example.org/Questionnaire/other|1' },
    ];
    for (const body of bodies) expect(await status(RESPONSE, { body })).toBe(403);
    const invited = { body: { resourceType: 'Parameters' } };
    expect(await status('/fhir/Patient/p1/$invite', invited)).toBe(403);
    const taken = { method: 'PUT', body: { ...(await world.task(task)), status: 'cancelled' } };
    expect(await status(`/fhir/${task}`, taken)).toBe(403);
  });

  test('nobody else invites: no token, a patient, and who may see another patient alone', async () => {
    const { app } = await start();
    const attempt = async (id: string, token?: string) => {
      const headers = token ? { authorization: `Bearer ${token}` } : {};
      return (await send(`${app().fhir}/Patient/${id}/$invite`, { method: 'POST', headers })).status;
    };
    expect(await attempt('p1')).toBe(401);
    expect(await attempt('p1', 'patient')).toBe(403);
    expect(await attempt('p2', 'one-patient-alone')).toBe(403);
    expect(await attempt('p1', 'one-patient-alone')).toBe(200);
  });
});

describe('a link that opens nothing', () => {
  test('of many who come at once one gets in', async () => {
    const world = await start();
    const { link } = await world.invite();
    const visitors = Array.from({ length: 12 }, () => world.visitor());
    const replies = await Promise.all(visitors.map((one) => one.open(link)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(11).fill(403)]);
    expect(visitors.filter(({ cookie }) => cookie !== null)).toHaveLength(1);
  });

  test('whose answer was lost opens for the same page again, for ten minutes, and for no other', async () => {
    const world = await start();
    const { link } = await world.invite();
    const [page, other] = ['page-0123456789abcdef', 'else-0123456789abcdef'];
    expect((await world.visitor().open(link, page)).status).toBe(200);
    expect(told(await world.visitor().open(link, other))).toEqual([403, 'invitation-used']);
    expect((await world.visitor().open(link, page)).status).toBe(200);
    world.clock.at += 11 * 60_000;
    expect(told(await world.visitor().open(link, page))).toEqual([403, 'invitation-used']);
  });

  test('is told from one that has expired, before and after its use', async () => {
    const world = await start();
    const [{ link: unused }, { link }] = [await world.invite(), await world.invite()];
    const { patient, location } = await come(world, link);
    world.clock.at += 14 * DAY - 1000;
    expect((await patient.send(RESPONSE, { body: answersTo(location) })).status).toBe(201);
    world.clock.at += 1001;
    expect(told(await world.visitor().open(unused))).toEqual([403, 'invitation-expired']);
    expect(told(await patient.open(link))).toEqual([403, 'invitation-expired']);
    expect((await patient.send(`${RESPONSE}/${idIn(location)}`)).status).toBe(401);
  });

  test('forged: another key, no signature, other claims, another task, garbage', async () => {
    const world = await start();
    const [first, second] = [await world.invite(), await world.invite('p2')];
    const [header = '', payload = '', signature = ''] = (first.link.split('#')[1] ?? '').split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const sign = (more: object, key: string, typ = 'axspa-invitation+jwt') =>
      new SignJWT({ ...claims, ...more })
        .setProtectedHeader({ alg: 'HS256', typ })
        .sign(Buffer.from(key, 'base64url'));
    const key = world
      .database()
      .get<{ value: string }>("SELECT value FROM setting WHERE name = 'invitation-key'");
    const ours = key?.value ?? '';
    const other = second.task.replace('Task/', '');
    const forged = [
      await sign({}, 'A'.repeat(43)),
      `${encoded({ alg: 'none', typ: 'axspa-invitation+jwt' })}.${payload}.`,
      `${header}.${encoded({ ...claims, sub: other })}.${signature}`,
      `${header}.${encoded({ ...claims, exp: claims.exp + 1 })}.${signature}`,
      await sign({ sub: other }, ours),
      await sign({ jti: undefined }, ours),
      await sign({ exp: undefined }, ours),
      await sign({ aud: 'somebody else' }, ours),
      await sign({}, ours, 'JWT'),
      `${header}.${payload}.`,
      `${header}.${payload}`,
      'garbage',
      '',
    ];
    for (const token of forged) {
      const visitor = world.visitor();
      const reply = await visitor.open(`#${token}`);
      expect([token, ...told(reply), visitor.cookie]).toEqual([token, 403, 'invitation-invalid', null]);
      expect(reply.text).not.toMatch(/p1|p2|Patient/);
    }
    console.log(`forged links refused ${forged.length} of ${forged.length}`);
    expect((await world.visitor().open(`#${await sign({}, ours)}`)).status).toBe(200);
  });

  test.each(['before it is used', 'after'])('withdrawn %s: not the link, not the session', async (when) => {
    const world = await start();
    const { link, task } = await world.invite();
    const visitor = world.visitor();
    if (when === 'after') await visitor.open(link);
    const { fhir } = world.app();
    const stood = await world.task(task);
    const change = { method: 'PUT', body: { ...stood, status: 'cancelled' }, headers: CLINICIAN };
    const reply = await send<Task>(`${fhir}/${task}`, change);
    expect([reply.status, reply.body.status]).toEqual([200, 'cancelled']);
    expect((await world.task(task)).status).toBe('cancelled');
    expect(told(await world.visitor().open(link))).toEqual([403, 'invitation-withdrawn']);
    expect(told(await visitor.open(link))).toEqual([403, 'invitation-withdrawn']);
    expect((await visitor.send('/fhir/Patient/p1')).status).toBe(401);
    expect((await send(`${fhir}/${task}`, { ...change, body: reply.body })).status).toBe(200);
  });

  test('withdrawn on the FHIR server itself', async () => {
    const world = await start();
    const { link, task } = await world.invite();
    const stood = await world.task(task);
    await send(`${world.url}/${task}`, { method: 'PUT', body: { ...stood, status: 'rejected' } });
    expect(told(await world.visitor().open(link))).toEqual([403, 'invitation-withdrawn']);
  });

  test('only cancelling is a change, and not of what is over', async () => {
    const world = await start();
    const { link, task } = await world.invite();
    const { patient, location } = await come(world, link);
    const change = async (status: string, headers = {}) => {
      const body = { ...(await world.task(task)), status };
      return send(`${world.app().fhir}/${task}`, {
        method: 'PUT',
        body,
        headers: { ...CLINICIAN, ...headers },
      });
    };
    expect(told(await change('completed'))).toEqual([422, 'status-change']);
    expect(told(await change('cancelled', { 'if-match': 'W/"9"' }))).toEqual([412, 'version-mismatch']);
    await patient.send(RESPONSE, { body: answersTo(location) });
    await world.round();
    expect(told(await change('cancelled'))).toEqual([422, 'status-change']);
    expect((await patient.send('/fhir/Patient/p1')).status).toBe(200);
  });

  test('asked for by a page of somebody else', async () => {
    const world = await start();
    const { link } = await world.invite();
    const token = link.split('#')[1];
    const attempt = (headers: Record<string, string>) =>
      send(`${world.app().root}/invitation`, { body: { token }, headers });
    expect((await attempt({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await attempt({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await attempt({})).status).toBe(403);
    expect((await attempt({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });
});

test('a patient who is erased: the link is none any more, nor is the session', async () => {
  const world = await start();
  const { link } = await world.invite();
  const { patient } = await come(world, link);
  const { link: ofAnother } = await world.invite('p2');
  const outbox = new DiskOutbox(world.database(), { now: () => new Date(world.clock.at), owner: 'erase' });
  outbox.erase('Patient/p1');
  expect(told(await patient.open(link))).toEqual([403, 'invitation-invalid']);
  expect((await patient.send('/fhir/Patient/p1')).status).toBe(401);
  await world.round();
  expect((await world.visitor().open(ofAnother)).status).toBe(200);
});

describe('the FHIR server away', () => {
  test('nobody is invited by a Task that may stand, and it is cancelled', async () => {
    const world = await start();
    world.answers.areLost = true;
    const reply = await send(`${world.app().fhir}/Patient/p1/$invite`, {
      method: 'POST',
      headers: CLINICIAN,
    });
    expect(told(reply)).toEqual([503, 'fhir-server-unreachable']);
    world.answers.areLost = false;
    const statuses = async () => {
      const { body } = await send<Bundle>(`${world.url}/Task?patient=p1`);
      return resourcesOf<Task>(body, 'Task').map(({ status }) => status);
    };
    expect(await statuses()).toEqual(['requested']);
    await world.round(2);
    expect(await statuses()).toEqual(['cancelled']);
  });

  test('nobody is invited while nobody can be looked up', async () => {
    const world = await start();
    await world.stopFhir();
    const reply = await send(`${world.app().fhir}/Patient/p1/$invite`, {
      method: 'POST',
      headers: CLINICIAN,
    });
    expect(told(reply)).toEqual([503, 'fhir-server-unreachable']);
    await world.startFhir();
    const found = await send<Bundle>(`${world.url}/Task?patient=p1`);
    expect(found.body.total).toBe(0);
  });

  test.each(['the service goes on', 'the service starts again in between'])(
    'when the answers come, %s: the Task is completed later',
    async (how) => {
      const world = await start();
      const { link, task } = await world.invite();
      const { patient, location } = await come(world, link);
      await world.stopFhir();
      expect((await patient.send(RESPONSE, { body: answersTo(location) })).status).toBe(202);
      await world.round();
      if (how.includes('again')) await world.restart();
      await world.round();
      await world.startFhir();
      expect((await world.task(task)).status).toBe('requested');
      // The answers are written in one round, and the Task, which refers to them, in that or the next.
      for (let round = 0; round < 3; round += 1) await world.round(30);
      const { status, output } = await world.task(task);
      expect([status, output?.[0]?.valueReference?.reference]).toEqual([
        'completed',
        `QuestionnaireResponse/${idIn(location)}`,
      ]);
      expect((await patient.send(`${RESPONSE}/${idIn(location)}`)).status).toBe(200);
    },
  );

  test('between the answers and the Task: it is told when it is back', async () => {
    const world = await start();
    const { link, task } = await world.invite();
    const { patient, location } = await come(world, link);
    expect((await patient.send(RESPONSE, { body: answersTo(location) })).status).toBe(201);
    await world.stopFhir();
    await world.round();
    await world.restart();
    await world.round();
    await world.startFhir();
    expect((await world.task(task)).status).toBe('requested');
    await world.round();
    expect((await world.task(task)).status).toBe('completed');
  });

  test('the link opens all the same: the answers wait', async () => {
    const world = await start();
    const { link } = await world.invite();
    await world.stopFhir();
    await come(world, link);
    await world.startFhir();
  });
});

describe('$invite', () => {
  const parameters = (...parameter: unknown[]) => ({ resourceType: 'Parameters', parameter });
  test.each<[string, unknown, unknown[]]>([
    ['days beyond 90', parameters({ name: 'days', valuePositiveInt: 91 }), [422, 'out-of-range']],
    ['no day', parameters({ name: 'days', valueInteger: 0 }), [422, 'out-of-range']],
    ['half a day', parameters({ name: 'days', valuePositiveInt: 1.5 }), [422, 'out-of-range']],
    ['days as a text', parameters({ name: 'days', valueString: '3' }), [400, 'unknown-parameter']],
    [
      'days twice',
      parameters({ name: 'days', valueInteger: 1 }, { name: 'days', valueInteger: 2 }),
      [400, 'unknown-parameter'],
    ],
    ['what it does not know', parameters({ name: 'toString', valueString: 'x' }), [400, 'unknown-parameter']],
    ['no list', { resourceType: 'Parameters', parameter: {} }, [400, 'unknown-parameter']],
    ['a Patient', { resourceType: 'Patient' }, [400, 'wrong-resource-type']],
    [
      'a Questionnaire of somebody else',
      parameters({ name: 'questionnaire', valueCanonical: 'https://example.org/q|1' }),
      [422, 'questionnaire-unknown'],
    ],
    [
      'a version that is not served',
      parameters({ name: 'questionnaire', valueCanonical: `${CANONICAL}.9` }),
      [422, 'questionnaire-version-unknown'],
    ],
  ])('%s is refused, and no Task is made', async (_name, body, expected) => {
    const world = await start();
    const reply = await send(`${world.app().fhir}/Patient/p1/$invite`, { body, headers: CLINICIAN });
    expect(told(reply)).toEqual(expected);
    expect((await send<Bundle>(`${world.url}/Task`)).body.total).toBe(0);
  });

  test('of a patient who is not there', async () => {
    const world = await start();
    const attempt = async (id: string) =>
      told(await send(`${world.app().fhir}/Patient/${id}/$invite`, { method: 'POST', headers: CLINICIAN }));
    expect(await attempt('nobody')).toEqual([422, 'subject-not-found']);
    expect(await attempt('a%20b')).toEqual([422, 'subject-not-found']);
  });

  test.each([
    ['no token', {}],
    ['a number', { token: 1 }],
    ['a claim too short', { token: 'x', claim: 'short' }],
    ['a claim of another kind', { token: 'x', claim: 7 }],
  ])('and a link without %s is no request', async (_name, body) => {
    const world = await start();
    expect(told(await world.visitor().send('/invitation', { body }))).toEqual([400, 'missing-element']);
  });
});
