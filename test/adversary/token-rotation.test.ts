/** Keys that an issuer takes back: what was signed with them opens nothing any more, and the new ones are taken. */
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { createBearerTokens } from '../../src/io/bearer-tokens.js';
import { createSafeFetch } from '../../src/io/safe-fetch.js';
import { createLedger, NO_TOKEN } from '../support/adversary.js';
import { send } from '../support/contract-http.js';
import {
  createKey,
  type HostileIssuer,
  json,
  type Key,
  startHostileIssuer,
} from '../support/hostile-issuer.js';
import { type App, startApp } from '../support/http-app.js';
import { AUDIENCE } from '../support/token-issuer.js';

const ledger = createLedger('token-rotation');
const MINUTE = 60_000;
/** Everything but the clock. */
const REAL = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

let old: Key;
let fresh: Key;
let issuer: HostileIssuer;
let app: App;

beforeAll(async () => {
  [old, fresh] = await Promise.all([createKey('old'), createKey('fresh')]);
  issuer = await startHostileIssuer([old]);
  const readToken = createBearerTokens({
    issuers: [{ issuer: issuer.issuer, jwksUri: null }],
    audience: AUDIENCE,
    fetch: createSafeFetch({ configured: [issuer.issuer], timeoutMs: 5000 }),
    now: () => new Date(),
  });
  app = await startApp({ signIn: { readToken, sessions: null, isRequired: true } });
});
afterEach(() => {
  jest.useRealTimers();
});
afterAll(async () => {
  ledger.print();
  await app?.close();
  await issuer?.close();
});

const status = () => `${app.fhir}/$delivery-status`;
const headersOf = async (key: Key) => ({ authorization: `Bearer ${await key.sign(issuer.issuer)}` });
const publish = (...keys: Key[]) =>
  issuer.pages.set('/jwks', json({ keys: keys.map(({ publicJwk }) => publicJwk) }));
const later = (ms: number) => jest.useFakeTimers({ doNotFake: [...REAL], now: Date.now() + ms });

test('a key is taken back: its tokens are refused when the keys are asked for again, ten minutes later', async () => {
  const headers = await headersOf(old);
  expect((await send(status(), { headers })).status).toBe(200);
  publish(fresh);
  later(11 * MINUTE);
  ledger.refused('the old key', await send(status(), { headers }), NO_TOKEN);
  await ledger.stillAnswers(status(), await headersOf(fresh));
});

test('a new key is taken at once, when the keys were not asked for just now', async () => {
  publish(fresh);
  later(12 * MINUTE);
  const next = await createKey('next');
  ledger.refused(
    'a key before it is published',
    await send(status(), { headers: await headersOf(next) }),
    NO_TOKEN,
  );
  publish(fresh, next);
  // Whoever sends unknown names cannot make us ask without a pause.
  ledger.refused(
    'a key within the pause',
    await send(status(), { headers: await headersOf(next) }),
    NO_TOKEN,
  );
  jest.useRealTimers();
  later(13 * MINUTE);
  await ledger.stillAnswers(status(), await headersOf(next));
});

test('a key of the same name with other content is another key', async () => {
  const impostor = await createKey('fresh');
  later(14 * MINUTE);
  ledger.refused('the same name', await send(status(), { headers: await headersOf(impostor) }), NO_TOKEN);
  await ledger.stillAnswers(status(), await headersOf(fresh));
});
