import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';

/** The two that SMART App Launch 2.2 asks every server to take. */
export type Algorithm = 'ES384' | 'RS384';

/** What RFC 7518 §3.3 asks for at least. */
const RSA_BITS = 2048;

export interface KeyPair {
  readonly kid: string;
  readonly alg: Algorithm;
  /** null: published, and signs nothing. */
  readonly key: KeyObject | null;
  /** Nothing in it is secret. */
  readonly published: JWK;
}

/** A key that cannot be used. The message says why, and nothing of the key. */
export class BadKey extends Error {}

/** A key that signs (with `d`) or only verifies. Throws `BadKey`. */
export async function readJwk(jwk: unknown): Promise<KeyPair> {
  if (typeof jwk !== 'object' || jwk === null) throw new BadKey('is no JWK');
  const { kid, alg: named } = memberTexts(jwk);
  const key = 'd' in jwk ? parse(jwk, createPrivateKey) : null;
  const open = key ? createPublicKey(key) : parse(jwk, createPublicKey);
  const alg = algorithmOf(open);
  if (named !== undefined && named !== alg) throw new BadKey(`is for ${alg}, and says another "alg"`);
  const bare: JWK = open.export({ format: 'jwk' });
  const name = kid ?? (await calculateJwkThumbprint(bare));
  return {
    kid: name,
    alg,
    key,
    published: { ...bare, kid: name, alg, use: 'sig', key_ops: ['verify'] },
  };
}

/** A new private key, as JWK. */
export async function generateJwk(alg: Algorithm): Promise<JsonWebKey> {
  const generate = promisify(generateKeyPair);
  const { privateKey } =
    alg === 'ES384'
      ? await generate('ec', { namedCurve: 'P-384' })
      : await generate('rsa', { modulusLength: 3072 });
  return privateKey.export({ format: 'jwk' });
}

function memberTexts(jwk: object): { kid?: string; alg?: string } {
  const text = (name: string, value: unknown) => {
    if (value === undefined) return {};
    if (typeof value === 'string' && value !== '') return { [name]: value };
    throw new BadKey(`has a "${name}" that is no text`);
  };
  return {
    ...text('kid', 'kid' in jwk ? jwk.kid : undefined),
    ...text('alg', 'alg' in jwk ? jwk.alg : undefined),
  };
}

/** A message of OpenSSL may quote what it was given. */
function parse(jwk: object, create: (input: { key: JsonWebKey; format: 'jwk' }) => KeyObject): KeyObject {
  try {
    return create({ key: { ...jwk }, format: 'jwk' });
  } catch {
    throw new BadKey('is no JWK of an RSA key or of one on P-384');
  }
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): Algorithm {
  if (type === 'ec' && details?.namedCurve === 'secp384r1') return 'ES384';
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= RSA_BITS) return 'RS384';
  throw new BadKey(`is neither on P-384 nor RSA of ${RSA_BITS} bits or more`);
}
