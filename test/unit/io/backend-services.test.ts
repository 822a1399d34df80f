/** The service's own token: whatever the authorization server does, and however often somebody asks. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { createBackendServices } from '../../../src/io/backend-services.js';
import { createKeys, type Keys } from '../../../src/io/keys.js';
import { createSafeFetch } from '../../../src/io/safe-fetch.js';

const START = Date.parse('2026-05-04T08:00:00.000Z');
const SCOPE = 'system/QuestionnaireResponse.cruds system/Patient.rs';

type Scripted = { status?: number; body?: unknown };

let folder: string;
let keys: Keys;
let at: number;
let warned: string[];
/** Bodies of the requests to the token endpoint. */
let forms: URLSearchParams[];
let tokens: (count: number) => Scripted;
let configuration: Scripted;
let server: Server;
let origin: string;
const now = () => new Date(at);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'backend-'));
  const file = join(folder, 'keys.json');
  const pairs = await Promise.all(
    ['ES384', 'RS384'].map((alg) => generateKeyPair(alg, { extractable: true })),
  );
  const jwks = await Promise.all(pairs.map(({ privateKey }) => exportJWK(privateKey)));
  writeFileSync(file, JSON.stringify({ keys: jwks }));
  keys = await createKeys({ file, folder, now });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  [at, warned, forms] = [START, [], []];
  tokens = (count) => ({
    body: { access_token: `t${count}`, token_type: 'bearer', expires_in: 300, scope: SCOPE },
  });
  server = createServer(async (request, response) => {
    const { status = 200, body } = await answer(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  origin = `http://127.0.0.1:${address.port}`;
  configuration = { body: { token_endpoint: `${origin}/token` } };
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function answer(request: IncomingMessage): Promise<Scripted> {
  if (request.url === '/fhir/.well-known/smart-configuration') return configuration;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  forms.push(new URLSearchParams(Buffer.concat(chunks).toString()));
  return tokens(forms.length);
}

const create = (tokenUrl: string | null = null, scope = SCOPE) =>
  createBackendServices({
    client: { clientId: 'screening', scope, tokenUrl },
    baseUrl: `${origin}/fhir`,
    keys,
    fetch: createSafeFetch({ configured: [origin], timeoutMs: 2000 }),
    now,
    random: () => 1,
    warn: (_message, { code }) => warned.push(code),
  });

/** Requests that nobody waits for come in: bounded. */
async function requests(count: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (forms.length < count && Date.now() < deadline) await pause(5);
  expect(forms).toHaveLength(count);
}

describe('the request', () => {
  test('says what SMART Backend Services asks for, signed for this endpoint', async () => {
    expect(await create().token()).toBe('t1');
    const { client_assertion: assertion = '', ...form } = Object.fromEntries(forms[0] ?? []);
    expect(form).toEqual({
      grant_type: 'client_credentials',
      scope: SCOPE,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    const audience = `${origin}/token`;
    const keySet = createLocalJWKSet(await keys.publicSet());
    const { payload } = await jwtVerify(assertion, keySet, { audience, currentDate: now() });
    expect([payload.iss, payload.sub, Number(payload.exp) - START / 1000]).toEqual([
      'screening',
      'screening',
      240,
    ]);
  });

  test.each([
    [undefined, 'ES384'],
    [['RS384'], 'RS384'],
    [['RS384', 'ES384'], 'ES384'],
    [['PS512'], 'ES384'],
    ['RS384', 'ES384'],
  ])('where %j is supported it is signed with %s', async (supported, alg) => {
    const body = {
      token_endpoint: `${origin}/token`,
      token_endpoint_auth_signing_alg_values_supported: supported,
    };
    configuration = { body };
    await create().token();
    const [header = ''] = (forms[0]?.get('client_assertion') ?? '').split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString()).alg).toBe(alg);
  });

  test('goes where FHIR_TOKEN_URL says, whatever else the server names, or nothing', async () => {
    configuration = { body: { token_endpoint: 'https://elsewhere.example/token' } };
    expect(await create(`${origin}/token`).token()).toBe('t1');
    configuration = { status: 404, body: '' };
    expect(await create(`${origin}/token`).token()).toBe('t2');
    expect(warned).toEqual([]);
  });
});

describe('no token', () => {
  test.each<[string, () => void, string]>([
    [
      'nothing is configured there',
      () => {
        configuration = { status: 404, body: {} };
      },
      'HTTP 404',
    ],
    [
      'it names no endpoint',
      () => {
        configuration = { body: {} };
      },
      'no-token-endpoint',
    ],
    [
      'it is no JSON',
      () => {
        configuration = { body: '<html>' };
      },
      'no-token-endpoint',
    ],
    [
      'it leads to our networks',
      () => {
        configuration = { body: { token_endpoint: 'https://10.0.0.5/token' } };
      },
      'address',
    ],
    [
      'it leads off https',
      () => {
        configuration = { body: { token_endpoint: 'http://login.example/token' } };
      },
      'url',
    ],
    [
      'we are not known',
      () => {
        tokens = () => ({ status: 401, body: { error: 'invalid_client', error_description: 'Mr Secret' } });
      },
      'HTTP 401, invalid_client',
    ],
    [
      'the error is no code',
      () => {
        tokens = () => ({ status: 400, body: { error: 'Mr Secret' } });
      },
      'HTTP 400',
    ],
    [
      'it is away',
      () => {
        tokens = () => ({ status: 503, body: '' });
      },
      'HTTP 503',
    ],
    [
      'it sends us on',
      () => {
        tokens = () => ({ status: 302, body: '' });
      },
      'redirect',
    ],
    [
      'it answers with a page',
      () => {
        tokens = () => ({ body: '<html>' });
      },
      'no-token',
    ],
    [
      'the token is of another kind',
      () => {
        tokens = () => ({ body: { access_token: 'x', token_type: 'mac' } });
      },
      'no-token',
    ],
    [
      'the token could not stand in a header',
      () => {
        tokens = () => ({ body: { access_token: 'x\r\ny', token_type: 'bearer' } });
      },
      'no-token',
    ],
  ])('%s: null, told once', async (_name, arrange, code) => {
    arrange();
    const credentials = create();
    expect(await credentials.token()).toBeNull();
    at += 120_000;
    expect(await credentials.token()).toBeNull();
    expect(await credentials.renew('old')).toBeNull();
    expect(warned).toEqual([code]);
  });

  test('nobody listens', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await create().token()).toBeNull();
    expect(warned).toEqual(['ECONNREFUSED']);
    server.listen(0);
  });

  test('is asked for less and less often, and at once when the wait is over', async () => {
    tokens = () => ({ status: 503, body: '' });
    const credentials = create();
    const askFor = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await Promise.all([credentials.token(), credentials.token(), credentials.renew('old')]);
        at += 1000;
      }
    };
    await askFor(600);
    // 1, 2, 4 … 32 seconds, then every minute.
    expect(forms.length).toBeGreaterThan(10);
    expect(forms.length).toBeLessThan(20);
    tokens = () => ({ body: { access_token: 'good', token_type: 'Bearer', expires_in: 300 } });
    at += 60_000;
    expect(await credentials.token()).toBe('good');
  });
});

describe('a token', () => {
  test('goes on while it lives, when the next one cannot be had', async () => {
    const credentials = create();
    expect(await credentials.token()).toBe('t1');
    tokens = () => ({ status: 503, body: '' });
    at += 250_000;
    expect(await credentials.token()).toBe('t1');
    await requests(2);
    at += 49_000;
    expect(await credentials.token()).toBe('t1');
    at += 1_000;
    expect(await credentials.token()).toBeNull();
  });

  test.each([
    // Lives, and is renewed when so much is gone: seconds.
    [3600, 2880],
    [300, 240],
    [60, 30],
  ])('that lives %i s is renewed after %i s', async (life, when) => {
    tokens = (count) => ({ body: { access_token: `t${count}`, token_type: 'bearer', expires_in: life } });
    const credentials = create();
    await credentials.token();
    at += when * 1000;
    await credentials.token();
    // As long as a request would take to come in.
    await pause(100);
    expect(forms).toHaveLength(1);
    at += 1;
    await Promise.all([credentials.token(), credentials.token()]);
    await requests(2);
  });

  test('that was given before the clock was put back is not trusted', async () => {
    const credentials = create();
    await credentials.token();
    at -= 3_600_000;
    expect(await credentials.token()).toBe('t2');
  });

  test('that is refused is another one for all who ask; one that is old already is not asked for again', async () => {
    const credentials = create();
    await credentials.token();
    at += 100_000;
    const renewed = await Promise.all(Array.from({ length: 5 }, () => credentials.renew('t1')));
    expect(renewed).toEqual(Array(5).fill('t2'));
    expect(await credentials.renew('t1')).toBe('t2');
    expect(forms).toHaveLength(2);
  });

  test('that is given again is no other', async () => {
    tokens = () => ({ body: { access_token: 'same', token_type: 'bearer' } });
    const credentials = create();
    expect(await credentials.token()).toBe('same');
    expect(await credentials.renew('same')).toBeNull();
  });

  test('that is refused again and again is asked for less and less often', async () => {
    const credentials = create();
    for (let second = 0; second < 300; second += 1) {
      const token = await credentials.token();
      if (token !== null) await credentials.renew(token);
      at += 1000;
    }
    expect(forms.length).toBeLessThan(15);
    expect(warned).toEqual([]);
  });
});

describe('what is granted', () => {
  const ALL = 'system/*.cruds';

  test.each([
    [SCOPE, 'system/QuestionnaireResponse.rs system/Patient.rs', ['scope']],
    [SCOPE, 'system/QuestionnaireResponse.cruds', ['scope']],
    [SCOPE, 'system/QuestionnaireResponse.cruds system/Patient.rs?_id=1', ['scope']],
    [SCOPE, 'user/QuestionnaireResponse.cruds user/Patient.rs', ['scope']],
    [SCOPE, '', []],
    [SCOPE, 'system/*.*', []],
    [SCOPE, 'system/QuestionnaireResponse.* system/Patient.read launch', []],
    [ALL, 'system/*.read', ['scope']],
    [ALL, 'system/*.read system/*.write', []],
    ['system/Observation.rs?category=survey', 'system/Observation.rs?category=survey', []],
  ])('of %s: %s', async (asked, granted, told) => {
    tokens = () => ({ body: { access_token: 't', token_type: 'bearer', expires_in: 60, scope: granted } });
    const credentials = create(null, asked);
    for (let time = 0; time < 3; time += 1) {
      expect(await credentials.token()).toBe('t');
      at += 60_000;
    }
    expect([forms.length, warned]).toEqual([3, told]);
  });
});
