/** The keys that say who we are to authorization servers, and what is signed with them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
} from 'jose';
import { createClientAssertion } from '../../../src/io/client-assertion.js';
import { createKeys, type Keys } from '../../../src/io/keys.js';

const DAY = 24 * 3_600_000;
const START = Date.parse('2026-01-01T00:00:00.000Z');

let folder: string;
let at: number;
const now = () => new Date(at);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keys-'));
  at = START;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function privateJwk(alg: string, more: JWK | object = {}): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), ...more };
}

function fileWith(content: unknown): string {
  const file = join(folder, 'mine.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const fromFile = (content: unknown) => createKeys({ file: fileWith(content), folder, now });
const own = () => createKeys({ file: null, folder: join(folder, 'keys'), now });
const kidOf = async (keys: Keys) => (await keys.signing(['ES384'])).kid;
const published = async (keys: Keys) => (await keys.publicSet()).keys.map(({ kid }) => kid);

describe('keys of a file', () => {
  test('one key signs, and its public part alone is published', async () => {
    const jwk = await privateJwk('ES384', { kid: 'mine' });
    const keys = await fromFile(jwk);
    expect(await keys.signing(null)).toMatchObject({ kid: 'mine', alg: 'ES384' });
    const { kty, crv, x, y } = jwk;
    expect(await keys.publicSet()).toEqual({
      keys: [{ kty, crv, x, y, kid: 'mine', alg: 'ES384', use: 'sig', key_ops: ['verify'] }],
    });
  });

  test('of a set the first signs, or the first that the server knows; all are published', async () => {
    const [first, second] = [
      await privateJwk('ES384', { kid: 'a' }),
      await privateJwk('RS384', { kid: 'b' }),
    ];
    const { d: _secret, ...old } = await privateJwk('ES384', { kid: 'c' });
    const keys = await fromFile({ keys: [first, second, old] });
    const kids = [null, ['RS384'], ['ES384', 'RS384'], ['PS512'], []].map(
      async (algorithms) => (await keys.signing(algorithms)).kid,
    );
    expect(await Promise.all(kids)).toEqual(['a', 'b', 'a', 'a', 'a']);
    const { keys: all } = await keys.publicSet();
    expect(all.map(({ kid, alg }) => [kid, alg])).toEqual([
      ['a', 'ES384'],
      ['b', 'RS384'],
      ['c', 'ES384'],
    ]);
    const secret = /"(d|p|q|dp|dq|qi|k)"/;
    expect(JSON.stringify(first)).toMatch(secret);
    expect(JSON.stringify(all)).not.toMatch(secret);
  });

  test('without a kid it is named by its thumbprint', async () => {
    const keys = await fromFile(await privateJwk('ES384'));
    expect(await kidOf(keys)).toMatch(/^[\w-]{43}$/);
  });

  const wrong: [string, () => unknown, string][] = [
    ['no JSON', () => '{', 'is not JSON'],
    ['an empty file', () => '', 'is not JSON'],
    ['no object', () => 'null', 'is no JWK'],
    ['no key', () => ({ keys: [] }), 'must begin with a private key'],
    ['a secret that both sides know', () => ({ kty: 'oct', k: 'c2VjcmV0' }), 'is no JWK of an RSA key'],
    ['P-256', () => privateJwk('ES256'), 'is neither on P-384 nor RSA of 2048 bits or more'],
    ['another alg', () => privateJwk('ES384', { alg: 'RS384' }), 'is for ES384, and says another "alg"'],
    ['a kid that is no text', () => privateJwk('ES384', { kid: 7 }), 'has a "kid" that is no text'],
    [
      'a public key',
      async () => ({ ...(await privateJwk('ES384')), d: undefined }),
      'must begin with a private key',
    ],
    ['half a key', async () => ({ ...(await privateJwk('RS384')), q: undefined }), 'is no JWK of an RSA key'],
    [
      'one kid for two',
      async () => ({
        keys: [await privateJwk('ES384', { kid: 'a' }), await privateJwk('RS384', { kid: 'a' })],
      }),
      'has two keys of one "kid"',
    ],
  ];

  test.each(wrong)('%s is refused, without a word of what it holds', async (_name, make, reason) => {
    const content = await make();
    const error = await fromFile(content).catch((one: Error) => one);
    expect(String(error)).toContain(`mine.json ${reason}`);
    const secret = typeof content === 'object' && content !== null && 'd' in content ? content.d : undefined;
    if (typeof secret === 'string') expect(String(error)).not.toContain(secret);
  });

  test('a file that is not there is refused', async () => {
    const keys = createKeys({ file: join(folder, 'none.json'), folder, now });
    await expect(keys).rejects.toThrow('none.json cannot be read or written (ENOENT)');
  });
});

describe('keys of our own', () => {
  const file = () => join(folder, 'keys', 'keys.json');

  test('are made once, of both kinds, for our eyes alone', async () => {
    const keys = await own();
    const { keys: all } = await keys.publicSet();
    expect(all.map(({ kty, alg, use, key_ops }) => [kty, alg, use, key_ops])).toEqual([
      ['EC', 'ES384', 'sig', ['verify']],
      ['RSA', 'RS384', 'sig', ['verify']],
    ]);
    expect(all.flatMap((one) => Object.keys(one)).filter((name) => /^(d|p|q|dp|dq|qi)$/.test(name))).toEqual(
      [],
    );
    expect((await keys.signing(null)).alg).toBe('ES384');
    expect((await keys.signing(['RS384'])).alg).toBe('RS384');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'keys')).mode & 0o777).toBe(0o700);
    expect(await published(await own())).toEqual(await published(keys));
  });

  test('are replaced: published a day before they sign, and seven days after they have stopped', async () => {
    const keys = await own();
    const first = await kidOf(keys);
    const [isFirst, isBoth] = [
      async () => (await published(keys)).length === 2,
      async () => (await published(keys)).length === 4,
    ];
    at = START + 89 * DAY - 1;
    expect([(await kidOf(keys)) === first, await isFirst()]).toEqual([true, true]);
    at = START + 89 * DAY;
    expect([(await kidOf(keys)) === first, await isBoth()]).toEqual([true, true]);
    at = START + 90 * DAY - 1;
    expect(await kidOf(keys)).toBe(first);
    at = START + 90 * DAY;
    const second = await kidOf(keys);
    expect(second).not.toBe(first);
    at = START + 97 * DAY - 1;
    expect(await published(keys)).toContain(first);
    at = START + 97 * DAY;
    expect(await published(keys)).not.toContain(first);
    expect(await kidOf(keys)).toBe(second);
    // What was replaced is gone from the disk with the next ones.
    at = START + (89 + 89) * DAY;
    expect(await published(keys)).toHaveLength(4);
    expect(readFileSync(file(), 'utf8')).not.toContain('"2026-01-01');
  });

  test('are known when they sign to whoever has read them a day before', async () => {
    const keys = await own();
    for (let day = 0; day < 200; day += 1) {
      at = START + day * DAY;
      const read = await published(keys);
      at += DAY;
      expect([day, read.includes(await kidOf(keys))]).toEqual([day, true]);
    }
  });

  test('that lay for a year sign on for a day; whoever asks at once gets the same new ones', async () => {
    const first = await kidOf(await own());
    at = START + 365 * DAY;
    const keys = await own();
    const sets = await Promise.all([1, 2, 3, 4, 5].map(() => published(keys)));
    expect(new Set(sets.map((one) => one.join())).size).toBe(1);
    expect(sets[0]).toHaveLength(4);
    expect(await kidOf(keys)).toBe(first);
    at += DAY;
    expect(await kidOf(keys)).not.toBe(first);
    expect(await published(await own())).toEqual(sets[0]);
  });

  test('go on when the clock is put back', async () => {
    const keys = await own();
    const first = await kidOf(keys);
    at = START - 400 * DAY;
    expect([await kidOf(keys), (await published(keys)).length]).toEqual([first, 2]);
  });

  test('go on when the disk takes no new ones', async () => {
    const keys = await own();
    const first = await kidOf(keys);
    rmSync(join(folder, 'keys'), { recursive: true });
    at = START + 100 * DAY;
    expect([await kidOf(keys), (await published(keys)).length]).toEqual([first, 2]);
  });

  test.each([
    '{',
    '{}',
    '[{"made":"2026-01-01T00:00:00.000Z","keys":[]}]',
    '[{"made":"?","keys":[]}]',
    '[1]',
  ])('are not made anew over a file that says %s', async (content) => {
    mkdirSync(join(folder, 'keys'));
    writeFileSync(file(), content);
    await expect(own()).rejects.toThrow(/keys (is|lacks) /);
    expect(readFileSync(file(), 'utf8')).toBe(content);
  });

  test('need a folder that can be written', async () => {
    writeFileSync(join(folder, 'keys'), 'a file');
    await expect(own()).rejects.toThrow(/cannot be read or written \((EEXIST|ENOTDIR)\)/);
  });
});

describe('a client assertion', () => {
  const audience = 'https://ehr.example/token';
  const sign = async (keys: Keys, algorithms: string[] | null = null) =>
    createClientAssertion({ clientId: 'screening', audience, keys, now, algorithms });

  test('says who we are, for whom, for a short time, once', async () => {
    const keys = await own();
    const assertion = await sign(keys);
    const keySet = createLocalJWKSet(await keys.publicSet());
    const { payload, protectedHeader } = await jwtVerify(assertion, keySet, { audience, currentDate: now() });
    expect(protectedHeader).toEqual({ alg: 'ES384', kid: await kidOf(keys), typ: 'JWT' });
    const iat = START / 1000;
    const jti = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(payload).toEqual({ iss: 'screening', sub: 'screening', aud: audience, iat, exp: iat + 240, jti });
    const { payload: other } = await jwtVerify(await sign(keys), keySet, { currentDate: now() });
    expect(other.jti).not.toBe(payload.jti);
  });

  test('is signed with what the server knows', async () => {
    const assertion = await sign(await own(), ['RS384']);
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'RS384', typ: 'JWT' });
  });
});
