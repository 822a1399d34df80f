/** Who may say that there is something new, and what they are told. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Bundle } from 'fhir/r4.js';
import { Database, migrate } from '../../src/io/database.js';
import { createIntake, type RunningIntake } from '../../src/io/intake.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { type App, createPorts, startApp } from '../support/http-app.js';

const SECRET = 'sixteen-or-more-characters';

let database: Database;
let intake: RunningIntake;
let looks: number;
let app: App;
beforeEach(async () => {
  looks = 0;
  database = new Database(':memory:');
  migrate(database, ':memory:', OUTBOX_STEPS);
  const { fhirServer, audit } = await createPorts();
  intake = createIntake({
    server: {
      ...fhirServer,
      pages: async function* () {
        looks += 1;
        yield [];
      },
    },
    database,
    secret: SECRET,
    endpoint: null,
    questionnaires: [],
    adopt: async () => ({ state: 'gone', seen: null, issues: [] }),
    random: Math.random,
    audit,
    now: () => new Date(),
    log: () => undefined,
  });
  app = await startApp({ ports: { intake } });
});
afterEach(async () => {
  await intake.stop();
  await app.close();
  database.close();
});

const notify = (headers: Record<string, string>, init: RequestInit = {}) =>
  fetch(`${app.root}/subscription-hook`, { method: 'POST', headers, ...init });

async function looksAfter(round: () => Promise<unknown>): Promise<number> {
  const before = looks;
  await round();
  for (let wait = 0; wait < 100 && looks === before; wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return looks - before;
}

test('a notification with the secret is answered without a word, and a look follows', async () => {
  expect(await looksAfter(async () => intake.start())).toBeGreaterThan(0);
  const looked = await looksAfter(async () => {
    const reply = await notify({ authorization: `Bearer ${SECRET}` });
    expect([reply.status, await reply.text()]).toEqual([200, '']);
  });
  expect(looked).toBeGreaterThan(0);
});

test.each([
  ['a form, as HAPI calls its empty body', { 'content-type': 'application/x-www-form-urlencoded' }, ''],
  ['a resource', { 'content-type': 'application/fhir+json' }, '{"resourceType":"QuestionnaireResponse"}'],
  ['no JSON at all', { 'content-type': 'application/fhir+json' }, '{'],
])('whatever it carries is not read: %s', async (_name, headers, body) => {
  const reply = await notify({ ...headers, authorization: `Bearer ${SECRET}` }, { body });
  expect(reply.status).toBe(200);
});

test.each<[string, Record<string, string>]>([
  ['no secret', {}],
  ['another secret', { authorization: 'Bearer sixteen-or-more-charactert' }],
  ['a part of it', { authorization: 'Bearer sixteen' }],
  ['another scheme', { authorization: `Basic ${SECRET}` }],
  ['the bare secret', { authorization: SECRET }],
])('%s: 401, and nobody looks', async (_name, headers) => {
  const reply = await notify(headers);
  expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await reply.json()).toMatchObject({
    resourceType: 'OperationOutcome',
    issue: [{ code: 'login', details: { coding: [{ code: 'token-invalid' }] } }],
  });
  expect(looks).toBe(0);
  expect(JSON.stringify(app.lines)).not.toContain('sixteen');
});

test('where nobody asked for it, there is nothing at that path', async () => {
  const other = await startApp();
  const reply = await fetch(`${other.root}/subscription-hook`, { method: 'POST' });
  await other.close();
  expect(reply.status).toBe(404);
});

test('what could not be scored is listed where an operator looks for what was refused', async () => {
  const issues = [{ code: 'answer-required', text: 'An answer is missing.' }] as const;
  const reference = 'QuestionnaireResponse/bp-1';
  const shown = await startApp({
    ports: {
      intake: { ...intake, unscored: () => [{ reference, issues, at: new Date(0) }], countUnscored: () => 1 },
    },
  });
  const list = async (query: string) =>
    ((await (await fetch(`${shown.fhir}/$delivery-status${query}`)).json()) as Bundle).entry;
  const found = {
    resource: {
      parameter: [
        { name: 'status', valueCode: 'refused' },
        { name: 'queuedAt', valueInstant: '1970-01-01T00:00:00.000Z' },
        { name: 'outcome', resource: { issue: [{ details: { text: 'An answer is missing.' } }] } },
        { name: 'response', valueReference: { reference } },
      ],
    },
  };
  expect(await list('?status=refused')).toMatchObject([found]);
  expect(await list('')).toMatchObject([found]);
  expect(await list('?status=queued')).toEqual([]);
  const metrics = await (await fetch(`${shown.root}/metrics`)).text();
  expect(metrics).toContain('\naxspa_unscored_responses 1\n');
  await shown.close();
});
