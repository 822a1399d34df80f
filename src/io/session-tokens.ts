import type { Renewed, Tokens } from '../operations/session-port.js';
import type { Kept, KeptTokens, SessionRows } from './session-rows.js';

/** The tokens behind the sessions, renewed in time. */
export interface SessionTokens {
  /**
   * An access token that is not about to expire, or null: then the session has lapsed. `refused`: one that a server
   * did not take, so that another is needed.
   */
  current(id: string, refused?: string): Promise<string | null>;
}

export interface SessionTokensOptions {
  readonly rows: Pick<SessionRows, 'load' | 'replace'>;
  /** Never rejects. */
  readonly renew: (iss: string, refreshToken: string) => Promise<Renewed>;
  readonly now: () => Date;
}

/** Renewed when less than this is left, or a quarter of its life. */
const EARLY_MS = 60_000;

/** An authorization server that is away is left alone for as long. */
const REST_MS = 5_000;

/** Many requests of one session find one token run out; one asks for another, the others wait for it. */
export function createSessionTokens({ rows, renew, now }: SessionTokensOptions): SessionTokens {
  const underWay = new Map<string, Promise<string | null>>();
  const restUntil = new Map<string, number>();

  const renewNow = async (id: string, refused?: string): Promise<string | null> => {
    const kept = (await rows.load(id))?.kept;
    if (!kept?.tokens || kept.lapsedAt !== null) return null;
    const { tokens } = kept;
    const at = now().getTime();
    if (isFresh(tokens, at, refused)) return tokens.accessToken;
    const alive = tokens.accessToken !== refused && tokens.expiresAt > at ? tokens.accessToken : null;
    const isOver = async (over: Partial<Kept>) => {
      await rows.replace(id, { ...kept, ...over, ...(alive === null && { lapsedAt: at }) });
      return alive;
    };
    if (tokens.refreshToken === null || kept.iss === null) return alive ?? isOver({});
    if (isResting(restUntil.get(id), at)) return alive;
    const renewed = await renew(kept.iss, tokens.refreshToken);
    if (renewed.state === 'refused') return isOver({ tokens: { ...tokens, refreshToken: null } });
    if (renewed.state === 'later') {
      forgetOver(restUntil, at);
      restUntil.set(id, at + REST_MS);
      return alive;
    }
    // On the disk before it is used: the one before may be worth nothing any more (rotation).
    const next = toKept(renewed.tokens, now());
    await rows.replace(id, { ...kept, tokens: next, scope: renewed.scope ?? kept.scope });
    return next.accessToken;
  };

  const once = (id: string, refused?: string): Promise<string | null> => {
    const asked = underWay.get(id) ?? renewNow(id, refused).finally(() => underWay.delete(id));
    underWay.set(id, asked);
    return asked;
  };

  return {
    current: async (id, refused) => {
      const kept = (await rows.load(id))?.kept;
      if (!kept?.tokens || kept.lapsedAt !== null) return null;
      if (isFresh(kept.tokens, now().getTime(), refused)) return kept.tokens.accessToken;
      const token = await once(id, refused);
      // Another request asked first, who had not found out that it is refused.
      return token !== null && token === refused ? once(id, refused) : token;
    },
  };
}

/** A longer rest than any was begun by a clock that has been put back since. */
function isResting(until: number | undefined, at: number): boolean {
  return until !== undefined && at < until && until - at <= REST_MS;
}

/** Nobody comes back for many of them. */
function forgetOver(restUntil: Map<string, number>, at: number): void {
  for (const [id, until] of restUntil) if (until <= at) restUntil.delete(id);
}

function isFresh({ accessToken, renewAt }: KeptTokens, at: number, refused?: string): boolean {
  return accessToken !== refused && at < renewAt;
}

export function toKept({ accessToken, expiresAt, refreshToken }: Tokens, now: Date): KeptTokens {
  const end = expiresAt.getTime();
  const early = Math.min(EARLY_MS, (end - now.getTime()) / 4);
  return { accessToken, expiresAt: end, renewAt: end - early, refreshToken };
}
