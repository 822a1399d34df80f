import { randomBytes } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { Problem } from '../fhir/outcome.js';
import type { Database } from './database.js';
import { Settings } from './settings.js';

/** What the link of an invitation says. */
export interface InvitationClaims {
  /** Of the Task. */
  readonly id: string;
  /** Of this one link. */
  readonly tokenId: string;
}

/** A key of ours alone signs and checks, so nothing but one algorithm is ever taken (RFC 8725 §3.1, §3.11). */
const ALGORITHM = 'HS256';
const TYPE = 'axspa-invitation+jwt';
const AUDIENCE = 'axspa-screening/invitation';

const KEY_NAME = 'invitation-key';
const KEY_BYTES = 32;

/** Signs the links of invitations, and reads them again; with a key that is kept beside what they are about. */
export class InvitationTokens {
  readonly #key: Uint8Array;
  readonly #now: () => Date;

  constructor(database: Database, now: () => Date) {
    this.#key = keyIn(database);
    this.#now = now;
  }

  sign({ id, tokenId }: InvitationClaims, expires: Date): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setSubject(id)
      .setJti(tokenId)
      .setAudience(AUDIENCE)
      .setExpirationTime(Math.floor(expires.getTime() / 1000))
      .sign(this.#key);
  }

  /** Rejects with a Problem `invitation-invalid`, or `invitation-expired` for one that was ours. */
  async read(token: string): Promise<InvitationClaims> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'jti', 'exp'],
        currentDate: this.#now(),
      });
      return { id: String(payload.sub), tokenId: String(payload.jti) };
    } catch (error) {
      throw error instanceof errors.JWTExpired ? expired() : invalid();
    }
  }
}

/** Of two processes that make one, the first is kept. */
function keyIn(database: Database): Uint8Array {
  const made = randomBytes(KEY_BYTES).toString('base64url');
  const sql = 'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING';
  const settings = new Settings(database);
  if (settings.get(KEY_NAME) === undefined) database.run(sql, KEY_NAME, made);
  return Buffer.from(settings.get(KEY_NAME) ?? made, 'base64url');
}

export function invalid(): Problem {
  const text = 'This is no link of an invitation, or not all of it.';
  return new Problem({ code: 'invitation-invalid', text });
}

function expired(): Problem {
  return new Problem({ code: 'invitation-expired', text: 'This link has expired; ask for a new one.' });
}
