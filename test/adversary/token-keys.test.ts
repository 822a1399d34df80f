/** Issuers that are down, lie, flood, or change their keys: nobody comes in, and the service is not brought down. */
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answered, createLedger, NO_TOKEN, type Refusal } from '../support/adversary.js';
import { send } from '../support/contract-http.js';
import { type Service, START_TIMEOUT, startService } from '../support/contract-service.js';
import {
  createKey,
  DISCOVERY,
  type HostileIssuer,
  json,
  type Key,
  startHostileIssuer,
} from '../support/hostile-issuer.js';
import { AUDIENCE } from '../support/token-issuer.js';

const ledger = createLedger('token-keys');
const NOT_NOW: Refusal = [503, 'fhir-server-unreachable'];

/** What an issuer does instead of answering with its keys: at which path, and what the bearer is told. */
type Behaviour = {
  path: string;
  page: (issuer: HostileIssuer, key: Key) => RequestListener;
  refusal: Refusal;
};

const garbage =
  (text: string, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(text);
  };
const flood: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"keys":[{"kty":"');
  const chunk = Buffer.alloc(64 * 1024, 'a');
  const pour = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', pour);
  };
  response.on('error', () => undefined);
  pour();
};
const elsewhere =
  (issuer: HostileIssuer, key: Key, to: string): RequestListener =>
  (_request, response) => {
    issuer.pages.set('/elsewhere', json(to === DISCOVERY ? {} : { keys: [key.publicJwk] }));
    response.writeHead(302, { location: `${issuer.issuer}/elsewhere` });
    response.end();
  };

const BEHAVIOURS: Record<string, Behaviour> = {
  'keys: 500': { path: '/jwks', page: () => garbage('{}', 500), refusal: NOT_NOW },
  'keys: 404': { path: '/jwks', page: () => garbage('{}', 404), refusal: NOT_NOW },
  'keys: HTML': { path: '/jwks', page: () => garbage('<html>'), refusal: NOT_NOW },
  'keys: nothing': { path: '/jwks', page: () => garbage(''), refusal: NOT_NOW },
  'keys: null': { path: '/jwks', page: () => json(null), refusal: NOT_NOW },
  'keys: a list': { path: '/jwks', page: () => json([]), refusal: NOT_NOW },
  'keys: a number for the list': { path: '/jwks', page: () => json({ keys: 1 }), refusal: NOT_NOW },
  'keys: a list of numbers': { path: '/jwks', page: () => json({ keys: [1, null] }), refusal: NOT_NOW },
  'keys: none': { path: '/jwks', page: () => json({ keys: [] }), refusal: NO_TOKEN },
  'keys: half of one': {
    path: '/jwks',
    page: (_issuer, { publicJwk: { y: _, ...half } }) => json({ keys: [half] }),
    refusal: NOT_NOW,
  },
  'keys: symmetric ones': {
    path: '/jwks',
    page: (_issuer, { kid }) => json({ keys: [{ kty: 'oct', k: 'AAAA', kid }] }),
    refusal: NO_TOKEN,
  },
  'keys: without end': { path: '/jwks', page: () => flood, refusal: NOT_NOW },
  'keys: never': { path: '/jwks', page: () => () => undefined, refusal: NOT_NOW },
  'keys: elsewhere': {
    path: '/jwks',
    page: (issuer, key) => elsewhere(issuer, key, '/jwks'),
    refusal: NOT_NOW,
  },
  'metadata: 500': { path: DISCOVERY, page: () => garbage('', 500), refusal: NOT_NOW },
  'metadata: HTML': { path: DISCOVERY, page: () => garbage('<html>'), refusal: NOT_NOW },
  'metadata: without end': { path: DISCOVERY, page: () => flood, refusal: NOT_NOW },
  'metadata: elsewhere': {
    path: DISCOVERY,
    page: (issuer, key) => elsewhere(issuer, key, DISCOVERY),
    refusal: NOT_NOW,
  },
  'metadata: of another issuer': {
    path: DISCOVERY,
    page: ({ issuer }) => json({ issuer: 'https://issuer.example.org', jwks_uri: `${issuer}/jwks` }),
    refusal: NOT_NOW,
  },
  'metadata: keys in a file': {
    path: DISCOVERY,
    page: ({ issuer }) => json({ issuer, jwks_uri: 'file:///etc/passwd' }),
    refusal: NOT_NOW,
  },
  'metadata: keys in itself': {
    path: DISCOVERY,
    page: ({ issuer }, { publicJwk }) =>
      json({
        issuer,
        jwks_uri: `data:application/json,${encodeURIComponent(JSON.stringify({ keys: [publicJwk] }))}`,
      }),
    refusal: NOT_NOW,
  },
  'metadata: keys on the link-local network': {
    path: DISCOVERY,
    page: ({ issuer }) => json({ issuer, jwks_uri: 'http://169.254.169.254/latest/meta-data/' }),
    refusal: NOT_NOW,
  },
};

let key: Key;
let good: HostileIssuer;
let service: Service;
const issuers = new Map<string, HostileIssuer>();

beforeAll(async () => {
  key = await createKey('key-1');
  good = await startHostileIssuer([key]);
  for (const [name, { path, page }] of Object.entries(BEHAVIOURS)) {
    const issuer = await startHostileIssuer([key]);
    issuer.pages.set(path, page(issuer, key));
    issuers.set(name, issuer);
  }
  const trusted = [good, ...issuers.values()].map(({ issuer }) => ({ issuer }));
  service = await startService({
    AUTH_ISSUERS: JSON.stringify(trusted),
    AUTH_AUDIENCE: AUDIENCE,
    RATE_LIMIT: '1000000',
  });
}, START_TIMEOUT);

afterAll(async () => {
  ledger.print();
  await service?.kill();
  await Promise.all([good, ...issuers.values()].map((one) => one?.close()));
}, 30_000);

const patients = () => `${service.fhir}/Patient?_id=p1`;
const ask = async (issuer: HostileIssuer, claims?: object): Promise<Answered> => {
  const headers = { authorization: `Bearer ${await key.sign(issuer.issuer, claims)}` };
  return send(patients(), { headers });
};

test('the same token of an issuer that behaves is taken', async () => {
  expect((await ask(good)).status).toBe(200);
});

test.each(Object.entries(BEHAVIOURS))(
  '%s',
  async (name, { refusal }) => {
    const issuer = issuers.get(name);
    if (!issuer) throw new Error(name);
    ledger.refused(name, await ask(issuer), refusal);
    expect(issuer.asked).not.toContain('/elsewhere');
    await ledger.stillAnswers(patients(), { authorization: `Bearer ${await key.sign(good.issuer)}` });
  },
  60_000,
);

test('an issuer that is gone: 503, and Retry-After', async () => {
  const gone = issuers.get('keys: 500');
  if (!gone) throw new Error('no issuer');
  await gone.close();
  const answer = await ask(gone);
  ledger.refused('gone', answer, NOT_NOW);
  expect(answer.headers.get('retry-after')).toBe('5');
});

test('a hundred tokens with unknown keys do not make us ask a hundred times', async () => {
  const before = good.asked.length;
  const stranger = await createKey('stranger');
  const token = await stranger.sign(good.issuer);
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => send(patients(), { headers: { authorization: `Bearer ${token}` } })),
  );
  for (const answer of answers) ledger.refused('unknown kid', answer, NO_TOKEN);
  expect(good.asked.length - before).toBeLessThanOrEqual(1);
  await ledger.stillAnswers(patients(), { authorization: `Bearer ${await key.sign(good.issuer)}` });
});

test('a hundred tokens of an issuer that does not answer do not make us ask a hundred times', async () => {
  const silent = issuers.get('metadata: HTML');
  if (!silent) throw new Error('no issuer');
  const before = silent.asked.length;
  silent.pages.set(DISCOVERY, (_request, response) => {
    setTimeout(() => response.writeHead(500).end(), 300);
  });
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(silent)));
  for (const answer of answers) ledger.refused('silent issuer', answer, NOT_NOW);
  expect(silent.asked.length - before).toBeLessThanOrEqual(6);
}, 60_000);
