/** Every way that we know of to make a token that its issuer never gave (RFC 8725 §2 and what came after it). */
import { createHmac } from 'node:crypto';
import { EncryptJWT, exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { AUDIENCE, type Claims, KEY_ID, seconds, type TokenIssuer } from './token-issuer.js';

export type Forgery = { name: string; token: string };
type Json = Record<string, unknown>;

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const HEADER = { alg: 'ES256', kid: KEY_ID, typ: 'JWT' };

export async function forgeries(issuer: TokenIssuer, claims: Claims, attacker: string): Promise<Forgery[]> {
  const groups = await Promise.all([
    wrongClaims(issuer, claims),
    withoutSignature(issuer, claims),
    symmetric(issuer, claims),
    wrongKeys(issuer, claims, attacker),
    critical(issuer, claims),
    encrypted(issuer, claims),
    cutAndPasted(issuer, claims),
  ]);
  return groups.flat();
}

/** Signed by the issuer, and not for us, not now, or not by whom it says. */
async function wrongClaims({ mint, issuer }: TokenIssuer, claims: Claims): Promise<Forgery[]> {
  const now = seconds();
  const wrong: Record<string, Json> = {
    'expired a minute ago': { exp: now - 60 },
    'expired in 1970': { exp: 1 },
    'ends never': { exp: null },
    'ends at a text': { exp: `${now + 300}` },
    'ends at a list': { exp: [now + 300] },
    'begins in an hour': { nbf: now + 3600 },
    'begins at a text': { nbf: 'tomorrow' },
    'for another service': { aud: 'https://other.example.org/fhir' },
    'for nobody': { aud: undefined },
    'for an empty name': { aud: '' },
    'for an empty list': { aud: [] },
    'for a list of others': { aud: ['https://a.example.org', 'https://b.example.org'] },
    'for a list in a list': { aud: [[AUDIENCE]] },
    'for our name with a slash': { aud: `${AUDIENCE}/` },
    'for our name in capitals': { aud: AUDIENCE.toUpperCase() },
    'for a longer name': { aud: `${AUDIENCE}.example.com` },
    'for two names in one text': { aud: `${AUDIENCE} https://other.example.org` },
    'of another issuer': { iss: 'https://issuer.example.org' },
    'of the issuer with a slash': { iss: `${issuer}/` },
    'of the issuer in capitals': { iss: issuer.toUpperCase() },
    'of the issuer by another name': { iss: issuer.replace('127.0.0.1', 'localhost') },
    'of a longer issuer': { iss: `${issuer}.example.com` },
    'of the issuer and a path': { iss: `${issuer}/realms/other` },
    'of a list of issuers': { iss: [issuer] },
    'of an object': { iss: { toString: issuer } },
    'of no issuer': { iss: undefined },
    'of an empty issuer': { iss: '' },
    'of __proto__': { iss: '__proto__' },
  };
  return Promise.all(
    Object.entries(wrong).map(async ([name, more]) => ({
      name,
      token: await mint({ ...claims, ...more } as Claims),
    })),
  );
}

async function withoutSignature({ mint }: TokenIssuer, claims: Claims): Promise<Forgery[]> {
  const [, payload = '', signature = ''] = (await mint(claims)).split('.');
  const algorithms = [
    'none',
    'None',
    'NONE',
    'nOnE',
    ' none',
    'none ',
    '',
    null,
    0,
    [],
    ['none'],
    'ES256\0none',
  ];
  return algorithms.flatMap((alg) => [
    { name: `alg ${JSON.stringify(alg)}, no signature`, token: `${encode({ ...HEADER, alg })}.${payload}.` },
    {
      name: `alg ${JSON.stringify(alg)}, that of another token`,
      token: `${encode({ ...HEADER, alg })}.${payload}.${signature}`,
    },
  ]);
}

/** The public key, which everybody has, taken for a shared secret. */
async function symmetric({ mint, keys }: TokenIssuer, claims: Claims): Promise<Forgery[]> {
  const [, payload = ''] = (await mint(claims)).split('.');
  const pem = await exportSPKI(keys.publicKey);
  const { kid: _kid, alg: _alg, use: _use, ...bare } = keys.publicJwk;
  const secrets: Record<string, string | Buffer> = {
    'the PEM': pem,
    'the PEM and a line': `${pem}\n`,
    'the DER': Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64'),
    'the JWK': JSON.stringify(keys.publicJwk),
    'the bare JWK': JSON.stringify(bare),
    x: Buffer.from(`${keys.publicJwk.x}`, 'base64url'),
    nothing: '',
  };
  return Object.entries(secrets).flatMap(([name, secret]) =>
    (['256', '384', '512'] as const).map((size) => {
      const signed = `${encode({ ...HEADER, alg: `HS${size}` })}.${payload}`;
      const signature = createHmac(`sha${size}`, secret).update(signed).digest('base64url');
      return { name: `HS${size} with ${name}`, token: `${signed}.${signature}` };
    }),
  );
}

/** Signed with a key of the attacker's, under every name that might make somebody take it. */
async function wrongKeys({ issuer }: TokenIssuer, claims: Claims, attacker: string): Promise<Forgery[]> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: KEY_ID };
  const headers: Record<string, Json> = {
    'the published kid': {},
    'no kid': { kid: undefined },
    'an unknown kid': { kid: 'attacker' },
    'a kid that is a number': { kid: 1 },
    'a kid that is an object': { kid: { kid: KEY_ID } },
    'a kid that climbs': { kid: '../../../../dev/null' },
    'a kid of the keys of the disk': { kid: 'file:///proc/self/environ' },
    'a kid of SQL': { kid: `' UNION SELECT '${KEY_ID}' --` },
    'a kid of a shell': { kid: '| curl attacker' },
    'a kid of __proto__': { kid: '__proto__' },
    'a kid that is a URL': { kid: `${attacker}/kid` },
    'jku to the attacker': { jku: `${attacker}/jku` },
    'jku behind our issuer': { jku: `${issuer}@${attacker.slice('http://'.length)}/jku` },
    'x5u to the attacker': { x5u: `${attacker}/x5u` },
    'the key in the header': { jwk },
    'the key in the header alone': { jwk, kid: undefined },
    'a certificate in the header': { x5c: ['MIIB'] },
    'all of them': { jku: `${attacker}/jku`, x5u: `${attacker}/x5u`, jwk, kid: 'attacker' },
  };
  return Promise.all(
    Object.entries(headers).map(async ([name, more]) => ({
      name: `another key, with ${name}`,
      token: await new SignJWT(genuine(issuer, claims))
        .setProtectedHeader({ ...HEADER, ...more } as never)
        .sign(privateKey),
    })),
  );
}

const genuine = (issuer: string, claims: Claims) =>
  ({
    iss: issuer,
    aud: AUDIENCE,
    sub: 'user-1',
    client_id: 'test-client',
    exp: seconds() + 300,
    ...claims,
  }) as Json;

/** Signed by the issuer, with a header that says what we do not understand (RFC 7515 §4.1.11, RFC 7797). */
async function critical({ issuer, keys }: TokenIssuer, claims: Claims): Promise<Forgery[]> {
  const sign = (header: Json) =>
    new SignJWT(genuine(issuer, claims))
      .setProtectedHeader({ ...HEADER, ...header } as never)
      .sign(keys.privateKey, { crit: { x: true, 'http://a.example.org/x': true } } as never);
  const [, payload = '', signature = ''] = (await sign({})).split('.');
  const broken = [[], ['exp'], 'exp', [1], {}, ['alg'], ['b64']].map((crit) => ({
    name: `crit ${JSON.stringify(crit)} put in afterwards`,
    token: `${encode({ ...HEADER, crit })}.${payload}.${signature}`,
  }));
  return [
    { name: 'crit that nobody knows', token: await sign({ crit: ['x'], x: 1 }) },
    {
      name: 'crit of a URL',
      token: await sign({ crit: ['http://a.example.org/x'], 'http://a.example.org/x': 1 }),
    },
    ...broken,
  ];
}

/** A JWE is no signed token, whoever could make it. */
async function encrypted({ issuer, keys, mint }: TokenIssuer, claims: Claims): Promise<Forgery[]> {
  const box = () => new EncryptJWT(genuine(issuer, claims));
  const head = { enc: 'A256GCM', kid: KEY_ID, typ: 'JWT' } as const;
  const { kty = 'EC', crv = '', x = '', y = '' } = keys.publicJwk;
  const published = await importJWK({ kty, crv, x, y }, 'ECDH-ES');
  const { publicKey: another } = await generateKeyPair('ECDH-ES');
  const inner = await mint(claims);
  const [, payload = ''] = inner.split('.');
  return [
    {
      name: 'encrypted to the published key',
      token: await box()
        .setProtectedHeader({ ...head, alg: 'ECDH-ES' })
        .encrypt(published),
    },
    {
      name: 'encrypted to another key',
      token: await box()
        .setProtectedHeader({ ...head, alg: 'ECDH-ES+A256KW' })
        .encrypt(another),
    },
    {
      name: 'encrypted with a key of zeros',
      token: await box()
        .setProtectedHeader({ ...head, alg: 'dir' })
        .encrypt(new Uint8Array(32)),
    },
    {
      name: 'a JWE with a payload in the clear',
      token: `${encode({ ...head, alg: 'dir' })}..${payload}.${payload}.`,
    },
    { name: 'a token in a token', token: `${encode({ ...HEADER, cty: 'JWT' })}.${encode(inner)}.` },
  ];
}

/** A genuine token, changed. */
async function cutAndPasted({ mint, issuer }: TokenIssuer, claims: Claims): Promise<Forgery[]> {
  const token = await mint({ scope: 'patient/Patient.r', patient: 'p1' });
  const [header = '', payload = '', signature = ''] = token.split('.');
  const wanted = encode(genuine(issuer, claims));
  const flipped = Buffer.from(signature, 'base64url');
  flipped[10] = (flipped[10] ?? 0) ^ 1;
  return Object.entries({
    'other claims under its signature': `${header}.${wanted}.${signature}`,
    'a bit of its signature flipped': `${header}.${payload}.${flipped.toString('base64url')}`,
    'a signature of zeros': `${header}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
    'half a signature': `${header}.${payload}.${signature.slice(0, 40)}`,
    'no signature': `${header}.${payload}.`,
    'two parts': `${header}.${payload}`,
    'one part': header,
    'four parts': `${token}.${signature}`,
    'five parts': `${token}.${payload}.${signature}`,
    dots: '..',
    'a word': 'token',
    'a payload that is no JSON': `${header}.${Buffer.from('{').toString('base64url')}.${signature}`,
    'a payload that is a list': `${header}.${encode([])}.${signature}`,
    'a payload that is null': `${header}.${encode(null)}.${signature}`,
    'a header that is null': `${encode(null)}.${payload}.${signature}`,
    'a header that is a text': `${encode('ES256')}.${payload}.${signature}`,
    'ten thousand letters': 'a'.repeat(10_000),
    'a signature of ten thousand letters': `${header}.${payload}.${'A'.repeat(10_000)}`,
    'a header nested two thousand deep': `${Buffer.from(`${'['.repeat(2000)}${']'.repeat(2000)}`).toString('base64url')}.${payload}.${signature}`,
  }).map(([name, one]) => ({ name, token: one }));
}
