/** Requests that two readers could understand in two ways: byte by byte, past whatever tidies them on the way. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLedger, NO_TOKEN, NOT_YOURS, type Refusal, toAnswered } from '../support/adversary.js';
import { startWorld, type World } from '../support/authorization-world.js';
import { START_TIMEOUT } from '../support/contract-service.js';
import { raw } from '../support/http-app.js';

const ledger = createLedger('smuggling');
const UNKNOWN: Refusal = [404, 'unknown-route'];
const NO_METHOD: Refusal = [405, 'method-not-allowed'];
let world: World;
let port: number;
/** The line of a patient's token, and of one who sees all. */
let patient: string;
let staff: string;

beforeAll(async () => {
  world = await startWorld();
  port = Number(new URL(world.service.url).port);
  const one = { scope: 'patient/*.cruds', patient: 'p1', fhirUser: 'Patient/p1' };
  patient = `Authorization: Bearer ${await world.issuer.mint(one)}`;
  staff = `Authorization: Bearer ${await world.issuer.mint({ scope: 'system/*.cruds' })}`;
}, START_TIMEOUT);
afterAll(async () => {
  ledger.print();
  await world?.stop();
}, 30_000);

const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_all, name: string) => `${world.names[name]}`);
const bytes = (start: string, lines: string[] = [], body = '') =>
  raw({ port }, [fill(start), ...lines], body);
const get = async (target: string, lines: string[] = []) =>
  toAnswered(await bytes(`GET ${target} HTTP/1.1`, lines));
const plain = () => ledger.stillAnswers(`${world.service.fhir}/metadata`);

describe('headers that say who or what a request is', () => {
  const CLAIMS = [
    'X-Forwarded-User: admin',
    'X-Forwarded-Access-Token: x.y.z',
    'X-Remote-User: Practitioner/d1',
    'Remote-User: Practitioner/d1',
    'X-Auth-Request-User: Practitioner/d1',
    'X-Authenticated-Userid: d1',
    'X-Client-Cert: MIIB',
    'X-SSL-Client-Verify: SUCCESS',
    'X-Forwarded-For: 127.0.0.1',
    'X-Real-IP: 127.0.0.1',
    'Forwarded: for=127.0.0.1;host=localhost;proto=https',
    'X-Original-URL: /fhir/metadata',
    'X-Rewrite-URL: /fhir/metadata',
    'X-Forwarded-Prefix: /fhir/metadata',
    'X-HTTP-Method-Override: OPTIONS',
    'X-HTTP-Method: HEAD',
    'X-Method-Override: OPTIONS',
    'Connection: Authorization',
    'X-Scope: system/*.cruds',
    'Cookie: __Host-axspa=x; __Host-axspa=y',
    'Cookie: __Host-axspa=; role=admin; isRequired=false',
    'Via: 1.1 localhost',
    'Sec-Fetch-Site: same-origin',
    'Origin: null',
  ];
  test('without a token: 401', async () => {
    for (const line of CLAIMS) {
      ledger.refused(line, await get('/fhir/QuestionnaireResponse/{other}', [line]), NO_TOKEN);
    }
    await plain();
  });

  test('with a patient’s token: nobody else’s', async () => {
    const more = [
      'X-Patient: p2',
      'X-HTTP-Method-Override: PUT',
      'X-FHIR-User: Practitioner/d1',
      'Prefer: patient=p2',
    ];
    for (const line of [...CLAIMS, ...more]) {
      ledger.refused(line, await get('/fhir/QuestionnaireResponse/{other}', [patient, line]), NOT_YOURS);
    }
    await plain();
  });

  test('a method is what it is', async () => {
    const before = await world.state();
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method']) {
      for (const method of ['PUT', 'DELETE', 'PATCH', 'POST']) {
        const { status, text } = await get(`/fhir/QuestionnaireResponse/{own}?_method=${method}`, [
          staff,
          `${name}: ${method}`,
        ]);
        ledger.harmless(`${name}: ${method}`, [status, text.includes(`${world.names.own}`)], [200, true]);
      }
    }
    expect(await world.state()).toBe(before);
  });

  test('links lead to PUBLIC_URL, whatever the request calls us', async () => {
    const lines = [
      'X-Forwarded-Host: evil.example.org',
      'X-Forwarded-Proto: gopher',
      'X-Forwarded-Port: 1',
      'X-Host: evil.example.org',
      'Forwarded: host=evil.example.org',
    ];
    const { text } = await get('/fhir/QuestionnaireResponse?_count=1', [staff, ...lines]);
    ledger.harmless(
      'links',
      [text.includes('evil.example'), text.includes(`"url":"${world.service.fhir}/`)],
      [false, true],
    );
  });
});

describe('names that we are not known by', () => {
  test.each([
    'evil.example.org',
    '127.0.0.1.evil.example.org',
    'localhost.evil.example.org',
    'localhost@evil.example.org',
    'evil.example.org#localhost',
    'evil.example.org/localhost',
    'evil.example.org?localhost',
    'evil.example.org,localhost',
    'localhost,evil.example.org',
    'localhost evil.example.org',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0.0.0.0',
    '[::ffff:127.0.0.1]',
    'localhost.',
    '169.254.169.254',
    '',
  ])('Host: %j', async (host) => {
    for (const line of [staff, 'X-No: token']) {
      const answer = await get('/fhir/QuestionnaireResponse/{own}', [
        `Host: ${host}`,
        line,
        'X-Forwarded-Host: localhost',
      ]);
      ledger.refused(`Host: ${host}`, answer, UNKNOWN);
    }
    await plain();
  });
});

/** Each with nobody’s token and with a patient’s: [target, without, with]. */
const TARGETS: [target: string, without: Refusal, patient: Refusal][] = [
  ['//fhir/QuestionnaireResponse/{other}', UNKNOWN, UNKNOWN],
  ['///fhir/QuestionnaireResponse/{other}', UNKNOWN, UNKNOWN],
  ['/fhir//QuestionnaireResponse/{other}', NO_TOKEN, UNKNOWN],
  ['/fhir/QuestionnaireResponse//{other}', NO_TOKEN, NO_METHOD],
  ['/fhir/QuestionnaireResponse/{other}/', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/{other}//', NO_TOKEN, NO_METHOD],
  ['/fhir/../fhir/QuestionnaireResponse/{other}', NO_TOKEN, UNKNOWN],
  ['/livez/../fhir/QuestionnaireResponse/{other}', UNKNOWN, UNKNOWN],
  ['/ui/../fhir/QuestionnaireResponse/{other}', UNKNOWN, UNKNOWN],
  ['/fhir/metadata/../QuestionnaireResponse/{other}', NO_TOKEN, UNKNOWN],
  ['/fhir/Questionnaire/../QuestionnaireResponse/{other}', NO_TOKEN, NO_METHOD],
  ['/fhir/Questionnaire/%2e%2e/QuestionnaireResponse/{other}', NO_TOKEN, NO_METHOD],
  [
    '/fhir/Questionnaire/..%2fQuestionnaireResponse%2f{other}',
    [404, 'resource-not-found'],
    [404, 'resource-not-found'],
  ],
  ['/fhir/QuestionnaireResponse/{own}%2f..%2f{other}', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/{own}/../{other}', NO_TOKEN, NO_METHOD],
  ['/fhir/QuestionnaireResponse/{own}%00{other}', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/{other}%00', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/{other};jsessionid=x', NO_TOKEN, NOT_YOURS],
  ['/fhir;x/QuestionnaireResponse/{other}', UNKNOWN, UNKNOWN],
  ['/fhir/QuestionnaireResponse/{other}.json', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/{other}.', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/{other}%20', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/..', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/%2e%2e', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/..%2fPatient%2fp2', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/%', UNKNOWN, UNKNOWN],
  ['/fhir/QuestionnaireResponse/%ff', UNKNOWN, UNKNOWN],
  ['/fhir/%51uestionnaireResponse/{other}', NO_TOKEN, UNKNOWN],
  ['/FHIR/QuestionnaireResponse/{other}', UNKNOWN, UNKNOWN],
  ['/Fhir/QuestionnaireResponse/{other}', UNKNOWN, UNKNOWN],
  ['/fhir/questionnaireresponse/{other}', NO_TOKEN, UNKNOWN],
  ['/fhir/QUESTIONNAIRERESPONSE/{other}', NO_TOKEN, UNKNOWN],
  ['/%66hir/QuestionnaireResponse/{other}', UNKNOWN, UNKNOWN],
  ['/fhir\\QuestionnaireResponse\\{other}', UNKNOWN, UNKNOWN],
  ['/fhir/QuestionnaireResponse\\{other}', NO_TOKEN, UNKNOWN],
  ['/fhir/./QuestionnaireResponse/{other}', NO_TOKEN, UNKNOWN],
  ['/fhir/QuestionnaireResponse/{other}#/metadata', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/{other}?/metadata', NO_TOKEN, NOT_YOURS],
  ['/fhir/QuestionnaireResponse/{other}?_format=xml', NO_TOKEN, NOT_YOURS],
  ['http://127.0.0.1/fhir/QuestionnaireResponse/{other}', NO_TOKEN, NOT_YOURS],
  ['http://evil.example.org/fhir/QuestionnaireResponse/{other}', NO_TOKEN, NOT_YOURS],
  ['https://evil.example.org:443/fhir/QuestionnaireResponse/{other}', NO_TOKEN, NOT_YOURS],
  ['file:///fhir/QuestionnaireResponse/{other}', NO_TOKEN, NOT_YOURS],
  ['/fhir', NO_TOKEN, UNKNOWN],
  ['/fhir/', NO_TOKEN, UNKNOWN],
  ['/fhir/$export', NO_TOKEN, UNKNOWN],
  ['/fhir/_history', NO_TOKEN, UNKNOWN],
  ['/fhir/QuestionnaireResponse/_history', NO_TOKEN, NOT_YOURS],
  ['/fhir/Patient/p2/$everything', NO_TOKEN, NO_METHOD],
  ['/fhir/Patient/p2/Observation', NO_TOKEN, NO_METHOD],
  ['/fhir/Patient/p2/_history', NO_TOKEN, NO_METHOD],
  ['/fhir/Observation/{other}.nice-ng65/_history/1', NO_TOKEN, NO_METHOD],
  ['/fhir/Bundle', NO_TOKEN, UNKNOWN],
  ['/fhir/Binary/1', NO_TOKEN, UNKNOWN],
  ['/fhir/AuditEvent', NO_TOKEN, UNKNOWN],
  ['/fhir/__proto__', NO_TOKEN, UNKNOWN],
  ['/fhir/constructor', NO_TOKEN, UNKNOWN],
  ['/fhir/Patient/__proto__', NO_TOKEN, NOT_YOURS],
  ['/ui/changes', NO_TOKEN, NOT_YOURS],
  ['/ui/../data/outbox.db', UNKNOWN, UNKNOWN],
  ['/ui/%2e%2e/%2e%2e/package.json', UNKNOWN, UNKNOWN],
  ['/ui/..%2f..%2fpackage.json', UNKNOWN, UNKNOWN],
  ['/ui/..%5c..%5cpackage.json', UNKNOWN, UNKNOWN],
  ['/ui/%00', UNKNOWN, UNKNOWN],
  ['/ui/.env', UNKNOWN, UNKNOWN],
  ['/.env', UNKNOWN, UNKNOWN],
  ['/outbox.db', UNKNOWN, UNKNOWN],
  ['/session.key', UNKNOWN, UNKNOWN],
];

describe('paths that lead around', () => {
  test.each(TARGETS)('%s', async (target, without, withPatient) => {
    ledger.refused(`nobody: ${target}`, await get(target), without);
    ledger.refused(`a patient: ${target}`, await get(target, [patient]), withPatient);
  });

  test('other methods', async () => {
    const before = await world.state();
    for (const method of [
      'DELETE',
      'PATCH',
      'TRACE',
      'OPTIONS',
      'PROPFIND',
      'COPY',
      'MOVE',
      'LOCK',
      'SEARCH',
      'PURGE',
      'LINK',
    ]) {
      for (const line of ['X-No: token', patient, staff]) {
        const answer = toAnswered(
          await bytes(`${method} /fhir/QuestionnaireResponse/{other} HTTP/1.1`, [line]),
        );
        ledger.refused(
          `${method}, ${line.slice(0, 5)}`,
          answer,
          line === 'X-No: token' ? NO_TOKEN : NO_METHOD,
        );
      }
    }
    const head = await bytes('HEAD /fhir/QuestionnaireResponse/{other} HTTP/1.1', [patient]);
    ledger.harmless(
      'HEAD',
      [head.status, head.body, /etag|last-modified|location/i.test(head.head)],
      [403, '', false],
    );
    const none = await bytes('HEAD /fhir/QuestionnaireResponse/{other} HTTP/1.1');
    ledger.harmless('HEAD of nobody', [none.status, none.body, /etag/i.test(none.head)], [401, '', false]);
    expect(await world.state()).toBe(before);
    await plain();
  });
});
