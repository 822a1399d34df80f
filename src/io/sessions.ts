import { createHash, randomBytes } from 'node:crypto';
import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import { type Grant, readScopes } from '../fhir/scopes.js';
import type { NewSession, Session, Sessions } from '../operations/session-port.js';
import { type CookieRules, clearCookie, readCookies, setCookie } from './cookies.js';
import type { Seal } from './seal.js';
import type { Kept, SessionRow, SessionRows } from './session-rows.js';
import { type SessionTokens, toKept } from './session-tokens.js';

export interface SessionsOptions {
  readonly rows: SessionRows;
  readonly seal: Seal;
  readonly tokens: SessionTokens;
  /** Tells the EHR that a token is not needed any more. Never rejects. */
  readonly revoke: (iss: string, token: string) => Promise<void>;
  /** FHIR bases of the EHRs that are configured. A session of any other is none: the operator took it off the list. */
  readonly isses: readonly string[];
  /** FHIR base of the EHR whose tokens the FHIR server takes; null for none. */
  readonly ownIss: string | null;
  readonly cookie: CookieRules;
  readonly now: () => Date;
}

const COOKIE = '__Host-axspa';
const PURPOSE = 'session-cookie';
/** What was being written when it ended may still be saved. */
const GRACE_MS = 60 * 60_000;
/** That it is in use is written down no more often. */
const TOUCH_MS = 30_000;

/** Sessions in `sessions.db`, each under the hash of a random id that only the browser's sealed cookie holds. */
export function createSessions(options: SessionsOptions): Sessions {
  const { rows, seal, revoke, cookie, now } = options;
  const load = createLook(options);
  rows.sweep(now().getTime());

  const open = async (cookieHeader: string | undefined): Promise<string[]> => {
    const opened = readCookies(cookieHeader, COOKIE).map((value) => seal.open(PURPOSE, value));
    return (await Promise.all(opened)).flatMap((content) => {
      const key = memberOf(content, 'key');
      return typeof key === 'string' ? [idOf(key)] : [];
    });
  };

  return {
    find: async (cookieHeader, isByItself = false) => {
      for (const id of await open(cookieHeader)) {
        const session = await load(id, isByItself);
        if (session) return session;
      }
      return null;
    },
    begin: async (session, before) => {
      const at = now();
      rows.sweep(at.getTime());
      for (const id of await open(before)) rows.remove(id);
      const key = randomBytes(32).toString('base64url');
      const goneAt = session.endsAt.getTime() + GRACE_MS;
      await rows.add(idOf(key), toKeptSession(session, at), { seenAt: at.getTime(), goneAt });
      const maxAge = session.idleMs === null ? Math.ceil((goneAt - at.getTime()) / 1000) : null;
      return setCookie(COOKIE, await seal.close(PURPOSE, { key }), { ...cookie, maxAge });
    },
    end: async ({ id }) => {
      const { iss = null, tokens: held = null } = (await rows.load(id))?.kept ?? {};
      rows.remove(id);
      // With the refresh token goes what was made of it (RFC 7009 §2.1); nobody waits for the EHR.
      if (iss !== null && held) void revoke(iss, held.refreshToken ?? held.accessToken);
      return clearCookie(COOKIE, cookie);
    },
  };
}

/** Id → what the session is now. One that is over for good is removed. */
function createLook({ rows, tokens, isses, ownIss, now }: SessionsOptions) {
  const load = async (id: string, isByItself: boolean): Promise<Session | null> => {
    const row = await rows.load(id);
    if (!row) return null;
    if (row.kept.iss !== null && !isses.includes(row.kept.iss)) {
      rows.remove(id);
      return null;
    }
    const at = now().getTime();
    const end = endOf(row);
    if (!isByItself && at < end && at - row.seenAt >= TOUCH_MS) rows.touch(id, at);
    // Also where the FHIR server is another: who may not go on at the EHR may not go on here.
    const token = row.kept.tokens && at < end ? await tokens.current(id) : null;
    const isLapsed = at >= end || (row.kept.tokens !== null && token === null);
    const lapsedAt = isLapsed ? Math.min(end, row.kept.lapsedAt ?? row.kept.tokens?.expiresAt ?? end) : at;
    if (at < lapsedAt + GRACE_MS) return toSession(id, row.kept, isLapsed);
    rows.remove(id);
    return null;
  };

  const toSession = (id: string, kept: Kept, isLapsed: boolean): Session => ({
    id,
    kind: kept.kind,
    access: { ...kept.access, grants: readScopes(kept.scope).filter(isForPersons) },
    iss: kept.iss,
    encounter: kept.encounter,
    isLapsed,
    credentials:
      kept.tokens && kept.iss === ownIss
        ? {
            token: async () => (isLapsed ? null : tokens.current(id).catch(none)),
            renew: async (refused) => (isLapsed ? null : tokens.current(id, refused).catch(none)),
          }
        : null,
  });

  return load;
}

/** A disk that cannot be read now: there is no token to be had, and nothing is sent. */
function none(error: unknown): null {
  if (error instanceof Problem) return null;
  throw error;
}

function idOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** An EHR may say others when it renews a token than when somebody signed in. */
function isForPersons({ level }: Grant): boolean {
  return level !== 'system';
}

/** When it lapses if nothing more is asked. */
function endOf({ kept, seenAt }: SessionRow): number {
  return kept.idleMs === null ? kept.endsAt : Math.min(kept.endsAt, seenAt + kept.idleMs);
}

function toKeptSession({ endsAt, tokens, ...session }: NewSession, now: Date): Kept {
  return {
    ...session,
    endsAt: endsAt.getTime(),
    tokens: tokens && toKept(tokens, now),
    lapsedAt: null,
  };
}
