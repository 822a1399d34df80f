/** Links of invitations that are forged, stolen, used again or used for more than they are for. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Bundle, QuestionnaireResponse } from 'fhir/r4.js';
import { generateKeyPair, SignJWT } from 'jose';
import {
  type Answered,
  createLedger,
  NO_TOKEN,
  NOT_KNOWN,
  NOT_YOURS,
  type Refusal,
} from '../support/adversary.js';
import { send } from '../support/contract-http.js';
import { CLINIC, toResponse, worked } from '../support/contract-responses.js';
import { CLINICIAN, DAY, INTAKE, startInviting, type Visitor } from '../support/inviting.js';
import { type Closers, closeAll } from '../support/site.js';

const ledger = createLedger('invitations');
const INVALID: Refusal = [403, 'invitation-invalid'];
const USED: Refusal = [403, 'invitation-used'];
const MISSING: Refusal = [400, 'missing-element'];
const closers: Closers = [];
let world: Awaited<ReturnType<typeof startInviting>>;

beforeAll(async () => {
  world = await startInviting(closers);
});
afterAll(async () => {
  ledger.print();
  await closeAll(closers);
});

const tokenOf = (link: string) => link.split('#')[1] ?? '';
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const keyOf = () =>
  Buffer.from(
    world.database().get<{ value: string }>("SELECT value FROM setting WHERE name = 'invitation-key'")
      ?.value ?? '',
    'base64url',
  );
/** `POST /invitation` of a browser that has nothing. */
const open = (body: unknown, visitor = world.visitor()): Promise<Answered> =>
  visitor.send('/invitation', { body });
const plain = () => ledger.stillAnswers(`${world.app().fhir}/Patient/p1`, CLINICIAN);

/** Somebody who came by a link, and the identifier that their answers have. */
async function come(): Promise<{ patient: Visitor; intake: string; link: string; task: string }> {
  const { link, task } = await world.invite();
  const patient = world.visitor();
  const { body } = await patient.open(link);
  const intake = new URL(`https://ours.example.org${body.location}`).searchParams.get('intake') ?? '';
  return { patient, intake, link, task };
}
const answers = (intake: string, more: object = {}) =>
  ({ ...toResponse(worked('D1'), 'x'), identifier: { system: INTAKE, value: intake }, ...more }) as object;

test('forged, of another use, of another key, of no key: 403, and no session', async () => {
  const [{ link }, second] = [await world.invite(), await world.invite('p2')];
  const token = tokenOf(link);
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const typ = 'axspa-invitation+jwt';
  const { privateKey } = await generateKeyPair('ES256');
  const sign = (more: object, head: object = {}, key: Uint8Array = keyOf()) =>
    new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'HS256', typ, ...head } as never).sign(key);
  const other = second.task.replace('Task/', '');
  const forged: Record<string, unknown> = {
    'of another key': await sign({}, {}, Buffer.alloc(32)),
    'of another algorithm': await sign({}, { alg: 'HS512' }),
    'of a key pair': await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ }).sign(privateKey),
    'of another type': await sign({}, { typ: 'JWT' }),
    'of no type': await sign({}, { typ: undefined }),
    'for another audience': await sign({ aud: 'axspa-screening/session' }),
    'for nobody': await sign({ aud: undefined }),
    'of another Task': await sign({ sub: other }),
    'of a Task by two names': await sign({ sub: [claims.sub, other] }),
    'of no Task': await sign({ sub: 'i00000000000000000000000000000000' }),
    'of no name': await sign({ sub: undefined }),
    'of __proto__': await sign({ sub: '__proto__' }),
    'of SQL': await sign({ sub: `${claims.sub}' OR '1'='1` }),
    'of another link': await sign({ jti: 'x' }),
    'of no link': await sign({ jti: undefined }),
    'without an end': await sign({ exp: undefined }),
    'with an end that is a text': await sign({}, {}).then(([...text]) => text.reverse().join('')),
    ...Object.fromEntries(
      ['none', 'None', 'NONE', '', null].flatMap((alg) => [
        [`alg ${alg}`, `${encode({ alg, typ })}.${payload}.`],
        [`alg ${alg}, signed`, `${encode({ alg, typ })}.${payload}.${signature}`],
      ]),
    ),
    'with other claims': `${header}.${encode({ ...claims, sub: other })}.${signature}`,
    'with a later end': `${header}.${encode({ ...claims, exp: claims.exp + 1 })}.${signature}`,
    'with its signature changed': `${header}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'without its signature': `${header}.${payload}.`,
    'of two parts': `${header}.${payload}`,
    'of four parts': `${token}.${signature}`,
    'that is the whole link': link,
    'of ten thousand letters': 'a'.repeat(10_000),
    empty: '',
    'a word': 'token',
  };
  for (const [name, one] of Object.entries(forged)) {
    ledger.refused(name, await open({ token: one }), INVALID, ['p1', 'p2', 'Patient']);
  }
  const session = (await come()).patient.cookie ?? '';
  ledger.refused('a session for a link', await open({ token: session.split('=')[1] }), INVALID);
  for (const cookie of [
    `__Host-axspa=${token}`,
    `__Host-axspa-launch=${token}`,
    session.replace('axspa', 'axspa-launch'),
  ]) {
    const answer = await send(`${world.app().fhir}/Patient/p1`, { headers: { cookie } });
    ledger.refused('a link for a session', answer, NO_TOKEN);
  }
  expect((await open({ token })).status).toBe(200);
  await plain();
}, 30_000);

test('what is no opening: 400, 403 or 415, and the link stays good', async () => {
  const { link } = await world.invite();
  const token = tokenOf(link);
  const bodies: unknown[] = [
    {},
    { token: [token] },
    { token: { token } },
    { token: 1 },
    { token: null },
    { Token: token },
    [token],
    [],
    token,
    { __proto__: { token } },
  ];
  for (const body of bodies) ledger.refused(JSON.stringify(body), await open(JSON.stringify(body)), MISSING);
  for (const claim of [
    '',
    'short',
    'a'.repeat(65),
    'a b c d e f g h i',
    1,
    [],
    { a: 1 },
    true,
    '../'.repeat(8),
  ]) {
    ledger.refused(`claim ${JSON.stringify(claim)}`, await open({ token, claim }), MISSING);
  }
  const elsewhere: Record<string, string>[] = [
    { origin: 'https://evil.example.org' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ];
  for (const headers of elsewhere) {
    const answer = await world.visitor().send('/invitation', { body: { token }, headers });
    ledger.refused(JSON.stringify(headers), answer, NOT_YOURS);
  }
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
    const sent = { body: JSON.stringify({ token }), headers: { 'content-type': type } };
    ledger.refused(type, await world.visitor().send('/invitation', sent), [415, 'media-type']);
  }
  const { status } = await world.visitor().send(`/invitation?token=${token}`);
  ledger.harmless('by a link scanner', status, 404);
  expect((await open({ token })).status).toBe(200);
  await plain();
});

test('twenty at once, and after that: one gets in', async () => {
  const { link } = await world.invite();
  const token = tokenOf(link);
  const claim = 'the-page-of-the-patient';
  const all = await Promise.all(
    Array.from({ length: 20 }, () =>
      open({ token, claim: `page-of-somebody-${Math.random()}`.replace('.', '') }),
    ),
  );
  const refused = all.filter(({ status }) => status !== 200);
  for (const answer of refused) ledger.refused('at once', answer, USED);
  ledger.harmless('twenty at once', refused.length, 19);
  for (const one of [null, claim, 'page-of-somebody-0123', undefined]) {
    ledger.refused(`again by ${one}`, await open({ token, ...(one !== undefined && { claim: one }) }), USED);
  }
  const lost = await world.invite();
  const first = { token: tokenOf(lost.link), claim };
  expect((await open(first)).status).toBe(200);
  world.clock.at += 11 * 60_000;
  ledger.refused('its own page, too late', await open(first), USED);
  const late = await world.invite();
  world.clock.at += 15 * DAY;
  ledger.refused('run out', await open({ token: tokenOf(late.link) }), [403, 'invitation-expired']);
  await plain();
});

test('who came by a link reaches nothing but its answers', async () => {
  const older = await send<QuestionnaireResponse>(`${world.app().fhir}/QuestionnaireResponse`, {
    body: toResponse(worked('D2'), 'older'),
    headers: CLINICIAN,
  });
  expect(older.status).toBe(201);
  const { patient, intake, task } = await come();
  const stranger = await come();
  const ours = (
    await patient.send<QuestionnaireResponse>('/fhir/QuestionnaireResponse', { body: answers(intake) })
  ).body.id;
  const theirs = (
    await stranger.patient.send<QuestionnaireResponse>('/fhir/QuestionnaireResponse', {
      body: answers(stranger.intake),
    })
  ).body.id;
  const id = older.body.id;
  const reads = [id, theirs].flatMap((one) => [
    `QuestionnaireResponse/${one}`,
    `QuestionnaireResponse/${one}/_history/1`,
    `QuestionnaireResponse/${one}/$advice`,
    `QuestionnaireResponse/${one}/$delivery-status`,
    `Observation/${one}.red-flag-urgency`,
    `Provenance/${one}.v1`,
  ]);
  const more = [
    `Observation/${ours}.nice-ng65`,
    `QuestionnaireResponse/${ours}/$explain`,
    'Patient/p2',
    'Observation',
    'Task',
    'Provenance',
    task,
    '$delivery-status',
    'Patient?_id=p2',
    'QuestionnaireResponse?patient=p2',
  ];
  for (const path of [...reads, ...more])
    ledger.refused(path, await patient.send(`/fhir/${path}`), NOT_YOURS);
  for (const query of [
    '',
    `?_id=${id}`,
    `?identifier=${CLINIC}|older`,
    `?identifier=${INTAKE}|`,
    `?identifier=${INTAKE}|${stranger.intake}`,
    '?_count=1',
    '?_summary=count',
  ]) {
    const { body, status } = await patient.send<Bundle>(`/fhir/QuestionnaireResponse${query}`);
    const found = (body.entry ?? []).map(({ resource }) => resource?.id).filter((one) => one !== ours);
    ledger.harmless(`search ${query}`, [status, found, (body.total ?? 0) <= 1], [200, [], true]);
  }
  const link = Buffer.from('QuestionnaireResponse?subject=Patient/p1&_count=1').toString('base64url');
  ledger.refused('a page', await patient.send(`/fhir/QuestionnaireResponse?_page=${link}`), NOT_KNOWN);

  const identifiers: unknown[] = [
    undefined,
    null,
    [],
    {},
    [{ system: INTAKE, value: intake }],
    { value: intake },
    { system: INTAKE },
    { system: CLINIC, value: intake },
    { system: INTAKE, value: `${intake},x` },
    { system: INTAKE, value: ` ${intake}` },
    { system: INTAKE, value: intake.toUpperCase() },
    { system: INTAKE, value: stranger.intake },
    { system: CLINIC, value: 'older' },
    { system: `${INTAKE}|${intake}`, value: '' },
  ];
  for (const identifier of identifiers) {
    const answer = await patient.send('/fhir/QuestionnaireResponse', {
      body: answers(intake, { identifier }),
    });
    ledger.refused(`identifier ${JSON.stringify(identifier)}`, answer, NOT_YOURS);
  }
  for (const changed of [
    { subject: { reference: 'Patient/p2' } },
    { subject: undefined },
    { author: { reference: 'Practitioner/doc-1' } },
    { source: { reference: 'Patient/p2' } },
  ]) {
    const answer = await patient.send('/fhir/QuestionnaireResponse', { body: answers(intake, changed) });
    ledger.refused(JSON.stringify(changed), answer, NOT_YOURS);
  }
  for (const one of [id, theirs, 'r00000000000000000000000000000000']) {
    const sent = {
      method: 'PUT',
      body: answers(intake, { status: 'amended' }),
      headers: { 'if-match': 'W/"1"' },
    };
    ledger.refused(`PUT ${one}`, await patient.send(`/fhir/QuestionnaireResponse/${one}`, sent), NOT_YOURS);
  }
  for (const condition of [`identifier=${CLINIC}|older`, `identifier=${INTAKE}|${stranger.intake}`]) {
    const sent = { body: answers(intake), headers: { 'if-none-exist': condition } };
    ledger.refused(condition, await patient.send('/fhir/QuestionnaireResponse', sent), NOT_YOURS);
  }
  expect(
    (
      await send<QuestionnaireResponse>(`${world.app().fhir}/QuestionnaireResponse/${theirs}`, {
        headers: CLINICIAN,
      })
    ).body.meta?.versionId,
  ).toBe('1');
  await plain();
}, 30_000);
