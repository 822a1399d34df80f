import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memberOf } from '../fhir/member.js';
import { BadKey, generateJwk, type KeyPair, readJwk } from './key-pair.js';
import type { InUse } from './keys.js';

const DAY_MS = 24 * 3_600_000;
/** A new pair is made a day before the old one is 90 days old: who caches our keys has seen it when it signs. */
const RENEW_MS = 89 * DAY_MS;
const PUBLISHED_BEFORE_MS = DAY_MS;
/** For what was signed last, and for whoever looks it up late. */
const PUBLISHED_AFTER_MS = 7 * DAY_MS;

const FILE = 'keys.json';

/** Keys that were made together: one on P-384 and one of RSA, because a server may know only one of the two. */
interface Generation {
  /** Milliseconds since 1970. */
  readonly made: number;
  /** With their private parts, as they are kept. */
  readonly jwks: readonly unknown[];
  readonly pairs: readonly KeyPair[];
}

/**
 * Keys that this service makes for itself, in `keys.json` of the folder, for its user's eyes alone. Looked after
 * whenever they are asked for: replaced after 90 days, the new ones published for a day before they sign, the old
 * ones for 7 days after they have stopped. Rejects when the file cannot be read, or not be written the first time;
 * later the keys that are there go on.
 */
export async function createOwnKeys(folder: string, now: () => Date): Promise<() => Promise<InUse>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, FILE);
  let generations = await readGenerations(path);
  if (generations.length === 0) generations = await store(path, [await generate(now())]);
  let renewing: Promise<void> | null = null;
  const renew = async () => {
    const at = now();
    const kept = standing(generations, at.getTime());
    generations = await store(path, [...kept, await generate(at)]);
  };
  return async () => {
    const at = now().getTime();
    if (isOld(generations, at)) {
      // One at a time; a disk that takes nothing leaves the keys as they are, until the next time.
      renewing ??= renew()
        .catch(() => undefined)
        .finally(() => {
          renewing = null;
        });
      await renewing;
    }
    return inUse(generations, now().getTime());
  };
}

function isOld(generations: readonly Generation[], at: number): boolean {
  const newest = generations.at(-1);
  return !newest || at - newest.made >= RENEW_MS;
}

function inUse(generations: readonly Generation[], at: number): InUse {
  const published = standing(generations, at);
  const signing = published.filter((one) => signsFrom(one) <= at).at(-1) ?? published[0];
  return { signing: signing?.pairs ?? [], published: published.flatMap(({ pairs }) => pairs) };
}

/** Without those that stopped signing long enough ago: when the one after them began to. */
function standing(generations: readonly Generation[], at: number): Generation[] {
  return generations.filter((_, index) => {
    const next = generations[index + 1];
    return !next || at < signsFrom(next) + PUBLISHED_AFTER_MS;
  });
}

/** The very first does not wait for it (`inUse`): nothing is there before it. */
function signsFrom({ made }: Generation): number {
  return made + PUBLISHED_BEFORE_MS;
}

async function generate(at: Date): Promise<Generation> {
  const jwks = await Promise.all([generateJwk('ES384'), generateJwk('RS384')]);
  return { made: at.getTime(), jwks, pairs: await Promise.all(jwks.map(readJwk)) };
}

/** None where there is no file yet. */
async function readGenerations(path: string): Promise<Generation[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (memberOf(error, 'code') === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return [];
  const stored: unknown = JSON.parse(text);
  if (!Array.isArray(stored)) throw new BadKey('is not what was written there');
  return Promise.all(stored.map(readGeneration));
}

async function readGeneration(stored: unknown): Promise<Generation> {
  const made = Date.parse(String(memberOf(stored, 'made')));
  const jwks = memberOf(stored, 'keys');
  if (Number.isNaN(made) || !Array.isArray(jwks)) throw new BadKey('is not what was written there');
  const pairs = await Promise.all(jwks.map(readJwk));
  if (pairs.length === 0 || pairs.some(({ key }) => key === null)) throw new BadKey('lacks a private key');
  return { made, jwks, pairs };
}

/** On disk, whole or not at all, when it resolves. */
async function store(path: string, generations: Generation[]): Promise<Generation[]> {
  const content = generations.map(({ made, jwks }) => ({ made: new Date(made).toISOString(), keys: jwks }));
  const staged = `${path}.new`;
  await writeFile(staged, `${JSON.stringify(content)}\n`, { mode: 0o600, flush: true });
  // A file that was there keeps the mode that it had.
  await chmod(staged, 0o600);
  await rename(staged, path);
  return generations;
}
