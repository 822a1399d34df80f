/** An issuer of tokens on loopback: discovery, a key set, and any token that a test wants, good or bad. */
import { createServer } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** For whom the tokens are meant, unless a test says otherwise: AUTH_AUDIENCE of the service under test. */
export const AUDIENCE = 'https://screening.example.org/fhir';

/** Claims of a token. What is left out is not in it; times are seconds since 1970. */
export type Claims = {
  scope?: string;
  patient?: string;
  fhirUser?: string;
  sub?: string;
  client_id?: string;
  aud?: string | string[];
  iss?: string;
  /** null: the token never ends. */
  exp?: number | null;
  nbf?: number;
};

export type TokenIssuer = {
  issuer: string;
  /** The value of AUTH_ISSUERS that trusts it. */
  trusted: string;
  /** Signed with its key; five minutes to live, for AUDIENCE. */
  mint: (claims: Claims) => Promise<string>;
  /** The same with a key that it does not publish, under the name of the one that it does. */
  forge: (claims: Claims) => Promise<string>;
  /** What it signs with, and what everybody knows of it. */
  keys: { privateKey: CryptoKey; publicKey: CryptoKey; publicJwk: JWK };
  close: () => Promise<void>;
};

/** The one key that it publishes. */
export const KEY_ID = 'issuer-key-1';
const LIFETIME = 300;
export const seconds = () => Math.floor(Date.now() / 1000);

/** Listens on a free port until it is closed. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const [{ privateKey, publicKey }, other] = await Promise.all([
    generateKeyPair('ES256'),
    generateKeyPair('ES256'),
  ]);
  const publicJwk = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'ES256', use: 'sig' };
  let issuer = '';
  const server = createServer((request, response) => {
    const pages: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/jwks` },
      '/jwks': { keys: [publicJwk] },
    };
    const page = pages[request.url ?? ''];
    response.writeHead(page ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(page ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  issuer = `http://127.0.0.1:${address.port}`;
  const sign = ({ exp = seconds() + LIFETIME, ...claims }: Claims, key: CryptoKey) =>
    new SignJWT({
      iss: issuer,
      aud: AUDIENCE,
      sub: 'user-1',
      client_id: 'test-client',
      iat: seconds(),
      ...claims,
      ...(exp !== null && { exp }),
    })
      .setProtectedHeader({ alg: 'ES256', kid: KEY_ID, typ: 'JWT' })
      .sign(key);
  return {
    issuer,
    trusted: JSON.stringify([{ issuer }]),
    mint: (claims) => sign(claims, privateKey),
    forge: (claims) => sign(claims, other.privateKey),
    keys: { privateKey, publicKey, publicJwk },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
