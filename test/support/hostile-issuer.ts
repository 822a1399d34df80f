/** An issuer on loopback whose two documents are whatever a test says, and who counts who asks for them. */
import { createServer, type RequestListener } from 'node:http';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { AUDIENCE, seconds } from './token-issuer.js';

export type Key = { kid: string; sign: (issuer: string, claims?: object) => Promise<string>; publicJwk: JWK };

export type HostileIssuer = {
  issuer: string;
  /** Paths that were asked for. */
  asked: string[];
  /** Each path that answers, and how; `/jwks` and `/.well-known/openid-configuration` are what is looked for. */
  pages: Map<string, RequestListener>;
  close: () => Promise<void>;
};

/** A page of JSON. */
export const json =
  (value: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };

export async function createKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return {
    kid,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' },
    sign: (issuer, claims = { scope: 'system/*.cruds' }) =>
      new SignJWT({ iss: issuer, aud: AUDIENCE, sub: 'user-1', exp: seconds() + 3600, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
        .sign(privateKey),
  };
}

/** Names itself and its keys, until a page is replaced. */
export async function startHostileIssuer(keys: readonly Key[]): Promise<HostileIssuer> {
  const asked: string[] = [];
  const pages = new Map<string, RequestListener>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    (pages.get(path) ?? json({}, 404))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const issuer = `http://127.0.0.1:${address.port}`;
  pages.set(DISCOVERY, json({ issuer, jwks_uri: `${issuer}/jwks` }));
  pages.set('/jwks', json({ keys: keys.map(({ publicJwk }) => publicJwk) }));
  return {
    issuer,
    asked,
    pages,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const DISCOVERY = '/.well-known/openid-configuration';
