import { createHash, randomBytes } from 'node:crypto';
import { memberOf } from '../fhir/member.js';
import type { Launches, TakenLaunch } from '../operations/smart-port.js';
import { type CookieRules, readCookies, setCookie } from './cookies.js';
import type { Database } from './database.js';
import type { Seal } from './seal.js';

export interface LaunchesOptions {
  readonly database: Database;
  readonly seal: Seal;
  readonly cookie: CookieRules;
  readonly now: () => Date;
}

const COOKIE = '__Host-axspa-launch';
const PURPOSE = { cookie: 'launch-cookie', row: 'launch' };
const LIFE_S = 600;

/** What a row holds, sealed. */
interface Kept extends TakenLaunch {
  readonly browser: string;
}

/** Rows of `launch` in `sessions.db`: taken out by the first answer that names their state, whoever brings it. */
export function createLaunches({ database, seal, cookie, now }: LaunchesOptions): Launches {
  const browserIn = async (cookieHeader: string | undefined): Promise<string | null> => {
    const opened = readCookies(cookieHeader, COOKIE).map((value) => seal.open(PURPOSE.cookie, value));
    const browsers = (await Promise.all(opened)).map((content) => memberOf(content, 'browser'));
    return browsers.find((one) => typeof one === 'string') ?? null;
  };
  return {
    begin: async (launch, cookieHeader) => {
      const browser = (await browserIn(cookieHeader)) ?? random();
      const [state, nonce, verifier] = [random(), random(), random()];
      const kept: Kept = { ...launch, nonce, verifier, browser };
      const sealed = await seal.close(PURPOSE.row, kept);
      const at = now().getTime();
      database.transaction(() => {
        database.run('DELETE FROM launch WHERE gone_at <= ?', at);
        const sql = 'INSERT INTO launch (id, sealed, gone_at) VALUES (?, ?, ?)';
        database.run(sql, hash(state, 'hex'), sealed, at + LIFE_S * 1000);
      });
      const value = await seal.close(PURPOSE.cookie, { browser });
      return {
        state,
        nonce,
        challenge: hash(verifier, 'base64url'),
        cookie: setCookie(COOKIE, value, { ...cookie, maxAge: LIFE_S }),
      };
    },
    take: async (state, cookieHeader) => {
      const sql = 'DELETE FROM launch WHERE id = ? RETURNING sealed, gone_at';
      const row = database.transaction(() =>
        database.get<{ sealed: string; gone_at: number }>(sql, hash(state, 'hex')),
      );
      if (!row || row.gone_at <= now().getTime()) return null;
      // What opens was written by `begin`, hence the cast.
      const kept = (await seal.open(PURPOSE.row, row.sealed)) as Kept | null;
      return kept && kept.browser === (await browserIn(cookieHeader)) ? kept : null;
    },
  };
}

/** 256 bits; as a verifier, the 43 letters that RFC 7636 asks for at least. */
function random(): string {
  return randomBytes(32).toString('base64url');
}

function hash(text: string, encoding: 'hex' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}
