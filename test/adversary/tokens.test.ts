/** Tokens that are not what they say: none opens anything, and none makes the service ask anybody but its issuer. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLedger, NO_TOKEN, toAnswered } from '../support/adversary.js';
import { startWorld, type World } from '../support/authorization-world.js';
import { send } from '../support/contract-http.js';
import { START_TIMEOUT } from '../support/contract-service.js';
import { type Forgery, forgeries } from '../support/forged-tokens.js';
import { raw } from '../support/http-app.js';
import { AUDIENCE } from '../support/token-issuer.js';

const ledger = createLedger('tokens');
/** Reads everything, so that only what is wrong with a token keeps it out. */
const EVERYTHING = { scope: 'system/*.cruds' };

let world: World;
let trap: Server;
/** What was asked of the attacker's own server. */
const caught: string[] = [];
let attacker = '';

beforeAll(async () => {
  trap = createServer((request, response) => {
    caught.push(`${request.method} ${request.url}`);
    response.end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  const address = trap.address();
  attacker = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
  world = await startWorld();
}, START_TIMEOUT);

afterAll(async () => {
  ledger.print();
  trap.closeAllConnections();
  trap.close();
  await world?.stop();
}, 30_000);

const headersOf = (token: string, scheme = 'Bearer') => ({ authorization: `${scheme} ${token}` });
const own = () => `${world.service.fhir}/QuestionnaireResponse/${world.names.own}`;

/** By reading and by writing: both are refused alike. */
async function attack(name: string, headers: Record<string, string>): Promise<void> {
  const body = { method: 'POST', path: 'QuestionnaireResponse', body: 'new p1' };
  const { url, sent } = world.toSent({ ...body, isConditional: false } as never, world.names);
  ledger.refused(`${name}, reading`, await send(own(), { headers }), NO_TOKEN);
  ledger.refused(
    `${name}, writing`,
    await send(url, { ...sent, headers: { ...sent.headers, ...headers } }),
    NO_TOKEN,
  );
  // What is open to everybody is not to somebody who lies.
  ledger.refused(`${name}, metadata`, await send(`${world.service.fhir}/metadata`, { headers }), NO_TOKEN);
}

describe('a token that is forged', () => {
  let all: Forgery[];
  beforeAll(async () => {
    all = await forgeries(world.issuer, EVERYTHING, attacker);
  });

  test('the same claims, signed, open everything', async () => {
    const token = await world.issuer.mint(EVERYTHING);
    expect((await send(own(), { headers: headersOf(token) })).status).toBe(200);
    // The scheme is named in any letters (RFC 9110 §11.1), and `aud` may be a list (RFC 7519 §4.1.3).
    expect((await send(own(), { headers: headersOf(token, 'bEARER') })).status).toBe(200);
    const listed = await world.issuer.mint({ ...EVERYTHING, aud: ['https://x.example.org', AUDIENCE] });
    expect((await send(own(), { headers: headersOf(listed) })).status).toBe(200);
  });

  test('is refused, nothing is written, and the attacker is asked nothing', async () => {
    const before = await world.state();
    for (const { name, token } of all) await attack(name, headersOf(token));
    expect(await world.state()).toBe(before);
    expect(caught).toEqual([]);
    await ledger.stillAnswers(own(), headersOf(await world.issuer.mint(EVERYTHING)));
  }, 120_000);
});

describe('a good token, sent as none is sent', () => {
  const path = () => `/fhir/QuestionnaireResponse/${world.names.own}`;
  const byBytes = async (lines: string[], target = path()) => {
    const port = Number(new URL(world.service.url).port);
    return toAnswered(await raw({ port }, [`GET ${target} HTTP/1.1`, ...lines]));
  };

  test('in a header that is not quite one: 401', async () => {
    const token = await world.issuer.mint(EVERYTHING);
    const lines: Record<string, string[]> = {
      'an empty header': ['Authorization:'],
      'the scheme alone': ['Authorization: Bearer'],
      'the token alone': [`Authorization: ${token}`],
      'no space': [`Authorization: Bearer${token}`],
      'a tab': [`Authorization: Bearer\t${token}`],
      'a colon': [`Authorization: Bearer: ${token}`],
      'an equals sign': [`Authorization: Bearer=${token}`],
      quotes: [`Authorization: Bearer "${token}"`],
      'Basic in front': [`Authorization: Basic ${token}`],
      'DPoP in front': [`Authorization: DPoP ${token}`],
      'Token in front': [`Authorization: Token ${token}`],
      'a bearer of another kind': [`Authorization: Bearer2 ${token}`],
      'a letter of Cyrillic': [`Authorization: Be\u0430rer ${token}`],
      'a soft hyphen behind it': [`Authorization: Bearer ${token}\u00ad`],
      'a no-break space': [`Authorization: Bearer\u00a0${token}`],
      'two tokens': [`Authorization: Bearer ${token} ${token}`],
      'two tokens and a comma': [`Authorization: Bearer ${token}, Bearer ${token}`],
      'a parameter behind it': [`Authorization: Bearer ${token}; realm=x`],
      'a parameter in front': [`Authorization: Bearer token=${token}`],
      'two headers, the first good': [`Authorization: Bearer ${token}`, 'Authorization: Bearer x.y.z'],
      'two headers, the second good': ['Authorization: Bearer x.y.z', `Authorization: Bearer ${token}`],
      'two headers, both good': [`Authorization: Bearer ${token}`, `authorization: Bearer ${token}`],
      'Proxy-Authorization': [`Proxy-Authorization: Bearer ${token}`],
      'X-Authorization': [`X-Authorization: Bearer ${token}`],
      'a cookie': [`Cookie: access_token=${token}; Authorization=Bearer ${token}; __Host-axspa=${token}`],
    };
    for (const [name, headers] of Object.entries(lines)) {
      ledger.refused(name, await byBytes(headers), NO_TOKEN, [token]);
    }
    await ledger.stillAnswers(own(), headersOf(token));
  });

  test('in the address or in a body, where logs and histories keep it: 401 (RFC 6750 §5.3)', async () => {
    const token = await world.issuer.mint(EVERYTHING);
    for (const query of [`access_token=${token}`, `Authorization=Bearer%20${token}`, `token=${token}`]) {
      ledger.refused(`?${query.slice(0, 12)}`, await byBytes([], `${path()}?${query}`), NO_TOKEN, [token]);
    }
    const credentials = path().replace('/fhir', `http://bearer:${token}@127.0.0.1/fhir`);
    ledger.refused('user information', await byBytes([], credentials), NO_TOKEN, [token]);
    const url = `${world.service.fhir}/QuestionnaireResponse`;
    const inBody = { resourceType: 'QuestionnaireResponse', access_token: token };
    ledger.refused('a member', await send(url, { body: inBody }), NO_TOKEN, [token]);
    const form = { method: 'POST', body: `access_token=${token}` };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    // Told before anything is read: no form is taken here.
    ledger.refused('a form', await send(url, { ...form, headers }), [415, 'media-type'], [token]);
    expect(world.service.output()).not.toContain(token.slice(-20));
    await ledger.stillAnswers(own(), headersOf(token));
  });

  test('too long for any header: 431, and the next is answered', async () => {
    const { status } = await send(own(), { headers: headersOf('a'.repeat(40_000)) }).catch(() => ({
      status: 431,
    }));
    ledger.harmless('40,000 letters', status, 431);
    await ledger.stillAnswers(own(), headersOf(await world.issuer.mint(EVERYTHING)));
  });
});
