import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet } from 'jose';
import { memberOf } from '../fhir/member.js';
import { type Algorithm, BadKey, type KeyPair, readJwk } from './key-pair.js';
import { createOwnKeys } from './own-keys.js';

/** The keys that say who we are to authorization servers. */
export interface Keys {
  /** What signs now: for one of `algorithms` if there is such a key, else the first. null: any will do. */
  signing(algorithms: readonly string[] | null): Promise<SigningKey>;
  /** What `GET /.well-known/jwks.json` serves: the public parts alone. Never rejects. */
  publicSet(): Promise<JSONWebKeySet>;
}

export interface SigningKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly key: KeyObject;
}

export interface KeysOptions {
  /** A private JWK, or `{"keys":[…]}`: the first that fits signs, all are published. null for keys of our own. */
  readonly file: string | null;
  /** Where keys of our own are kept. */
  readonly folder: string;
  readonly now: () => Date;
}

/** Rejects with a `BadKeyFile` when there are no keys to be had. */
export async function createKeys({ file, folder, now }: KeysOptions): Promise<Keys> {
  const current =
    file === null
      ? await asKeyFile(folder, createOwnKeys(folder, now))
      : await fixed(await readKeyFile(file));
  return {
    signing: async (algorithms) => choose((await current()).signing, algorithms),
    publicSet: async () => ({ keys: (await current()).published.map(({ published }) => published) }),
  };
}

/** Where nobody has to be told who we are. */
export const NO_KEYS: Keys = {
  signing: async () => choose([], null),
  publicSet: async () => ({ keys: [] }),
};

/** What is in use at a moment. */
export interface InUse {
  /** First choice first; each has its private key. */
  readonly signing: readonly KeyPair[];
  readonly published: readonly KeyPair[];
}

/** The message names the file and the fault, never a key. */
export class BadKeyFile extends Error {}

function fixed(pairs: readonly KeyPair[]): () => Promise<InUse> {
  const inUse = { signing: pairs.filter(({ key }) => key !== null), published: pairs };
  return async () => inUse;
}

function choose(pairs: readonly KeyPair[], algorithms: readonly string[] | null): SigningKey {
  const one = pairs.find(({ alg }) => algorithms?.includes(alg)) ?? pairs[0];
  if (!one?.key) throw new Error('There is no key that signs');
  return { kid: one.kid, alg: one.alg, key: one.key };
}

async function readKeyFile(file: string): Promise<KeyPair[]> {
  return asKeyFile(file, readAll(file));
}

async function readAll(file: string): Promise<KeyPair[]> {
  const content: unknown = JSON.parse(await readFile(file, 'utf8'));
  const isSet = typeof content === 'object' && content !== null && 'keys' in content;
  const jwks = isSet && Array.isArray(content.keys) ? content.keys : [content];
  const pairs = await Promise.all(jwks.map(readJwk));
  if (!pairs[0]?.key) throw new BadKey('must begin with a private key');
  if (new Set(pairs.map(({ kid }) => kid)).size < pairs.length) throw new BadKey('has two keys of one "kid"');
  return pairs;
}

async function asKeyFile<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new BadKeyFile(`${path} ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof BadKey) return error.message;
  if (error instanceof SyntaxError) return 'is not JSON';
  return `cannot be read or written (${String(memberOf(error, 'code') ?? 'unknown')})`;
}
