/** Tokens of programs that may do one thing, used for another: reading by what writes, verdicts by what reads answers. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Bundle } from 'fhir/r4.js';
import { createLedger, NOT_YOURS, type Refusal } from '../support/adversary.js';
import { startWorld, type World } from '../support/authorization-world.js';
import { type Sent, send } from '../support/contract-http.js';
import { CLINIC, toResponse } from '../support/contract-responses.js';
import { START_TIMEOUT } from '../support/contract-service.js';
import type { Claims } from '../support/token-issuer.js';

const ledger = createLedger('narrow-scopes');
let world: World;

beforeAll(async () => {
  world = await startWorld();
}, START_TIMEOUT);
afterAll(async () => {
  ledger.print();
  await world?.stop();
}, 30_000);

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const STAFF = { fhirUser: 'Practitioner/d1' };
const CALM = { 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'no' };
const about = (patient: string, more: object = {}) =>
  ({ ...toResponse(CALM, 'narrow'), subject: { reference: `Patient/${patient}` }, ...more }) as object;

const ask = async (claims: Claims, path: string, sent: Sent = {}) => {
  const headers = { authorization: `Bearer ${await world.issuer.mint(claims)}`, ...sent.headers };
  const { names, service } = world;
  const url = `${service.fhir}/${path.replace(/\{(\w+)\}/g, (_all, name: string) => `${names[name]}`)}`;
  return send(url, { ...sent, headers });
};
const plain = async () => {
  const authorization = `Bearer ${await world.issuer.mint({ scope: 'system/*.cruds' })}`;
  await ledger.stillAnswers(`${world.service.fhir}/Patient/p2`, { authorization });
};

/** Who reads answers, and not what they come to. */
const BLIND: Record<string, Claims> = {
  'no Observations': { scope: 'user/QuestionnaireResponse.cruds', ...STAFF },
  'Observations of a laboratory': {
    scope: `user/QuestionnaireResponse.cruds user/Observation.cruds?category=${CATEGORY}|laboratory`,
    ...STAFF,
  },
  'Observations of one code': {
    scope: 'user/QuestionnaireResponse.cruds user/Observation.cruds?code=red-flag-urgency',
    ...STAFF,
  },
  'final Observations': {
    scope: 'user/QuestionnaireResponse.cruds user/Observation.cruds?status=final',
    ...STAFF,
  },
  'Observations of one patient': {
    scope: 'user/QuestionnaireResponse.cruds patient/Observation.cruds',
    patient: 'p1',
    ...STAFF,
  },
  'Observations of no patient': {
    scope: 'user/QuestionnaireResponse.cruds patient/Observation.cruds',
    ...STAFF,
  },
  'Observations to search, not to read': {
    scope: 'user/QuestionnaireResponse.cruds user/Observation.cuds',
    ...STAFF,
  },
  'Observations by a query of nobody’s': {
    scope: 'system/QuestionnaireResponse.cruds system/Observation.cruds?subject=Patient/p2',
  },
};

test.each(Object.entries(BLIND))('%s: no verdict of p2', async (name, claims) => {
  const body = about('p2');
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: body }] };
  for (const operation of ['$explain', '$extract']) {
    const stored = `QuestionnaireResponse/{other}/${operation}`;
    ledger.refused(`${name}: GET ${operation}`, await ask(claims, stored), NOT_YOURS);
    ledger.refused(`${name}: POST ${operation}`, await ask(claims, stored, { method: 'POST' }), NOT_YOURS);
    const sent = `QuestionnaireResponse/${operation}`;
    ledger.refused(`${name}: ${operation}`, await ask(claims, sent, { body }), NOT_YOURS);
    ledger.refused(
      `${name}: ${operation} in Parameters`,
      await ask(claims, sent, { body: parameters }),
      NOT_YOURS,
    );
  }
  await plain();
});

const PARAMETERS = {
  body: { resourceType: 'Parameters', parameter: [{ name: 'reason', valueString: 'x' }] },
};
const CHANGE = { method: 'PUT', body: about('p1', { status: 'amended' }), headers: { 'if-match': 'W/"1"' } };

/** One letter at a time: what it opens is not here. */
const LETTERS: Record<string, [path: string, sent?: Sent][]> = {
  c: [
    ['QuestionnaireResponse/{own}'],
    ['QuestionnaireResponse'],
    ['QuestionnaireResponse/_search', { method: 'POST' }],
    ['QuestionnaireResponse/{own}/_history'],
    ['QuestionnaireResponse/{own}/_history/1'],
    ['QuestionnaireResponse/{own}/$advice'],
    ['QuestionnaireResponse/{own}', CHANGE],
    ['QuestionnaireResponse/{own}/$drop', PARAMETERS],
    ['$delivery-status'],
  ],
  r: [
    ['QuestionnaireResponse'],
    ['QuestionnaireResponse/_search', { method: 'POST' }],
    ['QuestionnaireResponse', { body: about('p1') }],
    ['QuestionnaireResponse/$validate', { body: about('p1') }],
    ['QuestionnaireResponse/$delivery-plan', { body: about('p1') }],
    ['QuestionnaireResponse/{own}', CHANGE],
    ['QuestionnaireResponse/{own}/$deliver', { method: 'POST' }],
    ['QuestionnaireResponse/{own}/$drop', PARAMETERS],
    ['$delivery-status'],
    ['Task/{own}.task', { method: 'PUT', body: { resourceType: 'Task', status: 'completed' } }],
  ],
  u: [
    ['QuestionnaireResponse/{own}'],
    ['QuestionnaireResponse'],
    ['QuestionnaireResponse', { body: about('p1') }],
    ['QuestionnaireResponse/{own}/_history/1'],
    ['QuestionnaireResponse/{own}/$delivery-status'],
  ],
  d: [
    ['QuestionnaireResponse/{own}'],
    ['QuestionnaireResponse'],
    ['QuestionnaireResponse', { body: about('p1') }],
    ['QuestionnaireResponse/{own}', CHANGE],
    ['QuestionnaireResponse/{own}/$drop', PARAMETERS],
  ],
  s: [
    ['QuestionnaireResponse/{own}'],
    ['QuestionnaireResponse/{own}/_history'],
    ['QuestionnaireResponse', { body: about('p1') }],
    ['QuestionnaireResponse/{own}', CHANGE],
    ['QuestionnaireResponse/{own}/$delivery-status'],
    ['Observation?derived-from=QuestionnaireResponse/{own}'],
    ['Patient?name=Okafor'],
  ],
};

test.each(Object.entries(LETTERS))('.%s opens nothing else', async (letter, attacks) => {
  const before = await world.state();
  for (const level of ['user', 'system', 'patient']) {
    const claims = { scope: `${level}/QuestionnaireResponse.${letter}`, patient: 'p1', ...STAFF };
    for (const [path, sent] of attacks) {
      ledger.refused(
        `${claims.scope}: ${sent?.method ?? ''} ${path}`,
        await ask(claims, path, sent),
        NOT_YOURS,
      );
    }
  }
  expect(await world.state()).toBe(before);
  await plain();
});

test('a scope of one type opens no other', async () => {
  const paths = {
    QuestionnaireResponse: 'QuestionnaireResponse/{other}',
    Observation: 'Observation/{other}.nice-ng65',
    Patient: 'Patient/p2',
    Task: 'Task/{other}.task',
    Provenance: 'Provenance/{other}.v1',
  };
  for (const type of Object.keys(paths)) {
    for (const [another, path] of Object.entries(paths)) {
      if (another === type) continue;
      const claims = { scope: `user/${type}.cruds`, ...STAFF };
      ledger.refused(`${type}: ${path}`, await ask(claims, path), NOT_YOURS);
      ledger.refused(`${type}: ${another}`, await ask(claims, another), NOT_YOURS);
    }
  }
  await plain();
});

test('who may only create is shown nothing that was there before', async () => {
  const before = await world.state();
  const conditions = [`identifier=${CLINIC}|other`, 'identifier=other'];
  for (const level of ['user', 'system']) {
    const claims = { scope: `${level}/QuestionnaireResponse.c`, ...STAFF };
    for (const condition of conditions) {
      const headers = { 'if-none-exist': condition, prefer: 'return=representation' };
      const answer = await ask(claims, 'QuestionnaireResponse', { body: about('p2'), headers });
      ledger.harmless(`${level}: ${condition}`, [answer.status, answer.text], [200, '']);
    }
  }
  expect(await world.state()).toBe(before);
  await plain();
});

test('a scope with a query: only what matches is found, counted or changed', async () => {
  const draft = { scope: 'user/QuestionnaireResponse.cruds?status=in-progress', ...STAFF };
  const NEXT: Refusal = NOT_YOURS;
  for (const path of [
    'QuestionnaireResponse/{other}',
    'QuestionnaireResponse/{other}/_history',
    '$delivery-status',
  ]) {
    ledger.refused(`drafts: ${path}`, await ask(draft, path), NEXT);
  }
  ledger.refused('drafts: completed', await ask(draft, 'QuestionnaireResponse', { body: about('p2') }), NEXT);
  const { text } = await ask(draft, 'QuestionnaireResponse?_summary=count');
  ledger.harmless('drafts: how many', (JSON.parse(text) as Bundle).total, 1);
  ledger.refused('drafts: a change', await ask(draft, 'QuestionnaireResponse/{own}', CHANGE), NEXT);
  const done = { ...CHANGE, body: about('p1', { identifier: undefined }) };
  ledger.refused('drafts: completing one', await ask(draft, 'QuestionnaireResponse/{draft}', done), NEXT);
  await plain();
});
