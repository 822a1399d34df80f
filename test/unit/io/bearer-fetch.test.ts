/** Where the keys of a token's issuer are looked for: where it says, but not wherever it leads us. */
import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { toReadToken } from '../../../src/io/bearer-tokens.js';

const AUDIENCE = 'https://screening.example.org/fhir';
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** An issuer on loopback whose metadata and key set are as `pages` makes them; a number is a redirect to /jwks. */
async function ask(pages: (issuer: string) => Record<string, unknown>) {
  const { publicKey, privateKey } = await generateKeyPair('ES384');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1' }];
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const page = pages(issuer)[url] ?? (url === '/jwks' ? { keys } : null);
    if (typeof page === 'number') return response.writeHead(page, { location: '/jwks' }).end();
    return response.writeHead(page ? 200 : 404).end(JSON.stringify(page));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const issuer = `http://127.0.0.1:${address.port}`;
  const token = await new SignJWT({ scope: 'system/*.rs', sub: 'client' })
    .setProtectedHeader({ alg: 'ES384', kid: 'k1' })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setExpirationTime('5m')
    .sign(privateKey);
  const authIssuers = [{ issuer, jwksUri: null }];
  const readToken = toReadToken({ authIssuers, authAudience: AUDIENCE }, () => new Date());
  const outcome = await readToken?.(token).then(
    ({ grants }) => grants.length,
    (error: { issues?: { code: string }[] }) => error.issues?.[0]?.code,
  );
  return { outcome, asked };
}

const metadata = (named: (issuer: string) => unknown) => (issuer: string) => ({
  '/.well-known/openid-configuration': { issuer, jwks_uri: named(issuer) },
});

test('a token is read with the keys that its issuer names', async () => {
  const { outcome, asked } = await ask(metadata((issuer) => `${issuer}/jwks`));
  expect([outcome, asked]).toEqual([1, ['/.well-known/openid-configuration', '/jwks']]);
});

test.each([
  'https://169.254.169.254/jwks',
  'https://10.0.0.5/jwks',
  'https://[::1]/jwks',
  'http://keys.example/jwks',
])('keys at %s are not asked for', async (url) => {
  const { outcome, asked } = await ask(metadata(() => url));
  expect([outcome, asked]).toEqual(['fhir-server-unreachable', ['/.well-known/openid-configuration']]);
});

test('a redirect is not followed, of the keys or of the metadata', async () => {
  const keys = await ask((issuer) => ({ ...metadata((one) => `${one}/keys`)(issuer), '/keys': 302 }));
  expect([keys.outcome, keys.asked]).toEqual([
    'fhir-server-unreachable',
    ['/.well-known/openid-configuration', '/keys'],
  ]);
  const found = await ask(() => ({ '/.well-known/openid-configuration': 302 }));
  expect([found.outcome, found.asked.includes('/jwks')]).toEqual(['fhir-server-unreachable', false]);
});
