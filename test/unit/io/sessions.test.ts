/** Sessions and what seals them: real SQLite in memory, real encryption, a clock that the test sets. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readCookies } from '../../../src/io/cookies.js';
import type { Database } from '../../../src/io/database.js';
import { openSessions } from '../../../src/io/open-sessions.js';
import { createSeal, loadSealKey, type Seal } from '../../../src/io/seal.js';
import { SessionRows } from '../../../src/io/session-rows.js';
import { createSessionTokens } from '../../../src/io/session-tokens.js';
import { createSessions } from '../../../src/io/sessions.js';
import type { NewSession, Renewed, Sessions, Tokens } from '../../../src/operations/session-port.js';

const ISS = 'https://ehr.example/fhir';
const OTHER_ISS = 'https://other.example/fhir';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let folder: string;
let database: Database;
let now: Date;
let sessions: Sessions;
let renewals: string[];
let revoked: string[];
let answer: () => Renewed | Promise<Renewed>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  database = openSessions(folder);
  now = new Date('2026-05-04T08:00:00.000Z');
  renewals = [];
  revoked = [];
  answer = () => ({ state: 'refused' });
  sessions = make(createSeal(loadSealKey(folder)));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

function make(seal: Seal, isses = [ISS, OTHER_ISS], ownIss: string | null = ISS): Sessions {
  const rows = new SessionRows(database, seal);
  const renew = async (iss: string, refreshToken: string) => {
    renewals.push(`${iss} ${refreshToken}`);
    return answer();
  };
  return createSessions({
    rows,
    seal,
    tokens: createSessionTokens({ rows, renew, now: () => now }),
    revoke: async (iss, token) => void revoked.push(`${iss} ${token}`),
    isses,
    ownIss,
    cookie: { isFramed: false },
    now: () => now,
  });
}

const later = (by: number) => {
  now = new Date(now.getTime() + by);
};
const tokensFor = (by: number, more: Partial<Tokens> = {}): Tokens => ({
  accessToken: 'at-1',
  expiresAt: new Date(now.getTime() + by),
  refreshToken: 'rt-1',
  ...more,
});
const begin = async (more: Partial<NewSession> = {}): Promise<string> => {
  const cookie = await sessions.begin({
    kind: 'smart',
    scope: 'user/*.rs',
    access: {
      patient: null,
      person: 'Practitioner/d1',
      isPatient: false,
      who: 'Practitioner/d1',
      client: 'c',
    },
    iss: ISS,
    encounter: null,
    tokens: tokensFor(HOUR),
    endsAt: new Date(now.getTime() + 12 * HOUR),
    idleMs: HOUR,
    ...more,
  });
  return cookie.split(';')[0] ?? '';
};
const count = () => database.get<{ n: number }>('SELECT count(*) AS n FROM session')?.n;

describe('a session', () => {
  test('is found by its cookie, among others', async () => {
    const cookie = await begin({ encounter: 'Encounter/e1' });
    const found = await sessions.find(`a=b; ${cookie}; c=d`);
    expect(found).toMatchObject({ kind: 'smart', iss: ISS, encounter: 'Encounter/e1', isLapsed: false });
    expect(found?.access).toEqual({
      grants: [{ level: 'user', type: '*', permissions: ['r', 's'], query: null }],
      patient: null,
      person: 'Practitioner/d1',
      isPatient: false,
      who: 'Practitioner/d1',
      client: 'c',
    });
    expect(await found?.credentials?.token()).toBe('at-1');
  });

  test('is found by the second of two cookies of its name', async () => {
    const cookie = await begin();
    expect(await sessions.find(`__Host-axspa=stale; ${cookie}`)).not.toBeNull();
  });

  test.each([undefined, '', '__Host-axspa', '__Host-axspa=', '__Host-axspa-launch=x', 'x__Host-axspa=x'])(
    'is not found by %p',
    async (header) => {
      await begin();
      expect(await sessions.find(header)).toBeNull();
    },
  );

  test('opens with its own key alone', async () => {
    const cookie = await begin();
    expect(await make(createSeal(new Uint8Array(32).fill(7))).find(cookie)).toBeNull();
  });

  test('ends with the patient who is erased: their own, and those about them', async () => {
    const access = { isPatient: false, who: 'x', client: 'c' };
    const own = await begin({ access: { ...access, patient: null, person: 'Patient/p1' } });
    const about = await begin({ access: { ...access, patient: 'Patient/p1', person: 'Practitioner/d1' } });
    const other = await begin({ access: { ...access, patient: 'Patient/p11', person: 'Practitioner/d1' } });
    const rows = new SessionRows(database, createSeal(loadSealKey(folder)));
    expect(await rows.removeAbout('Patient/p1')).toBe(2);
    expect([await sessions.find(own), await sessions.find(about)]).toEqual([null, null]);
    expect(await sessions.find(other)).not.toBeNull();
  });

  test('leaves nothing in the file that can be read', async () => {
    const cookie = await begin({
      tokens: tokensFor(HOUR, { accessToken: 'SECRET-at', refreshToken: 'SECRET-rt' }),
    });
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const file = readFileSync(join(folder, 'sessions.db')).toString('latin1');
    for (const secret of ['SECRET', 'Practitioner', 'ehr.example', cookie])
      expect(file).not.toContain(secret);
  });

  test('of another EHR than the FHIR server’s has no credentials for it', async () => {
    const cookie = await begin({ iss: OTHER_ISS });
    expect((await sessions.find(cookie))?.credentials).toBeNull();
  });

  test('of an EHR that was taken off the list is none any more, and nothing is asked there', async () => {
    const cookie = await begin({ iss: OTHER_ISS });
    later(59.5 * MINUTE);
    const restarted = make(createSeal(loadSealKey(folder)), [ISS]);
    expect([await restarted.find(cookie), count(), renewals]).toEqual([null, 0, []]);
  });

  test('without an EHR stays until its own end, in a cookie that stays as long', async () => {
    const endsAt = new Date(now.getTime() + 24 * HOUR);
    const line = await sessions.begin({
      kind: 'invitation',
      scope: 'patient/QuestionnaireResponse.cru',
      access: { patient: 'Patient/p1', person: 'Patient/p1', isPatient: true, who: 'Task/t1', client: 't1' },
      iss: null,
      encounter: null,
      tokens: null,
      endsAt,
      idleMs: null,
    });
    expect(line).toContain(`; Max-Age=${25 * 3600}`);
    later(24 * HOUR - 1);
    expect(await sessions.find(line)).toMatchObject({
      kind: 'invitation',
      credentials: null,
      isLapsed: false,
    });
    later(1);
    expect(await sessions.find(line)).toMatchObject({ isLapsed: true });
    later(HOUR);
    expect(await sessions.find(line)).toBeNull();
    expect(count()).toBe(0);
  });

  test('is gone when it was ended, and the EHR is told of its refresh token', async () => {
    const cookie = await begin();
    const found = await sessions.find(cookie);
    if (!found) throw new Error('not found');
    expect(await sessions.end(found)).toBe(
      '__Host-axspa=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0',
    );
    expect([await sessions.find(cookie), revoked]).toEqual([null, [`${ISS} rt-1`]]);
  });

  test('takes the place of the one before', async () => {
    const before = await begin();
    await sessions.begin(
      {
        kind: 'smart',
        scope: '',
        access: { patient: null, person: null, isPatient: true, who: 'x', client: 'x' },
        iss: null,
        encounter: null,
        tokens: null,
        endsAt: new Date(now.getTime() + HOUR),
        idleMs: null,
      },
      before,
    );
    expect([await sessions.find(before), count()]).toEqual([null, 1]);
  });

  test('that nobody came back for is swept away', async () => {
    await begin();
    later(13 * HOUR);
    await begin();
    expect(count()).toBe(1);
  });

  test('is not kept by a page that asks by itself', async () => {
    const cookie = await begin({ tokens: tokensFor(20 * HOUR) });
    for (let at = 0; at < 6; at += 1) {
      later(10 * MINUTE - 1);
      expect((await sessions.find(cookie, true))?.isLapsed).toBe(false);
    }
    later(10);
    expect((await sessions.find(cookie, true))?.isLapsed).toBe(true);
  });

  test('lapses after an hour in which nothing was asked, and after twelve whatever was', async () => {
    const cookie = await begin({ tokens: tokensFor(20 * HOUR) });
    for (let minutes = 0; minutes < 12 * 60; minutes += 45) {
      expect((await sessions.find(cookie))?.isLapsed).toBe(false);
      later(45 * MINUTE);
    }
    expect((await sessions.find(cookie))?.isLapsed).toBe(true);
    const other = await begin({ tokens: tokensFor(20 * HOUR) });
    later(HOUR);
    expect((await sessions.find(other))?.isLapsed).toBe(true);
    // Asking does not bring it back.
    expect((await sessions.find(other))?.isLapsed).toBe(true);
    expect(await (await sessions.find(other))?.credentials?.token()).toBeNull();
  });
});

describe('its token', () => {
  const renewed = (n: number, life = HOUR): Renewed => ({
    state: 'renewed',
    tokens: tokensFor(life, { accessToken: `at-${n}`, refreshToken: `rt-${n}` }),
    scope: null,
  });

  test('is renewed a minute before its end, and kept', async () => {
    const cookie = await begin();
    answer = () => renewed(2);
    later(59 * MINUTE - 1);
    expect(await (await sessions.find(cookie))?.credentials?.token()).toBe('at-1');
    later(1);
    expect(await (await sessions.find(cookie))?.credentials?.token()).toBe('at-2');
    expect(renewals).toEqual([`${ISS} rt-1`]);
    expect(await (await make(createSeal(loadSealKey(folder))).find(cookie))?.credentials?.token()).toBe(
      'at-2',
    );
  });

  test('of a short life is renewed in its last quarter', async () => {
    const cookie = await begin({ tokens: tokensFor(40_000) });
    answer = () => renewed(2);
    later(30_000 - 1);
    await sessions.find(cookie);
    expect(renewals).toEqual([]);
    later(1);
    await sessions.find(cookie);
    expect(renewals).toHaveLength(1);
  });

  test('is asked for once by many', async () => {
    const cookie = await begin();
    later(59.5 * MINUTE);
    answer = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return renewed(2);
    };
    const found = await Promise.all(Array.from({ length: 20 }, () => sessions.find(cookie)));
    expect(await Promise.all(found.map((one) => one?.credentials?.token()))).toEqual(Array(20).fill('at-2'));
    expect(renewals).toHaveLength(1);
  });

  test('that a server does not take is renewed at once, though it would live on', async () => {
    const cookie = await begin();
    const { credentials } = (await sessions.find(cookie)) ?? {};
    answer = () => renewed(2);
    expect(await credentials?.renew('at-1')).toBe('at-2');
    // Somebody who found out later is given the new one.
    expect(await credentials?.renew('at-1')).toBe('at-2');
    expect(renewals).toHaveLength(1);
  });

  test('that a server does not take, and that cannot be renewed, ends the session', async () => {
    const cookie = await begin({ tokens: tokensFor(HOUR, { refreshToken: null }) });
    const { credentials } = (await sessions.find(cookie)) ?? {};
    expect(await credentials?.renew('at-1')).toBeNull();
    expect(await sessions.find(cookie)).toMatchObject({ isLapsed: true });
    later(HOUR);
    expect(await sessions.find(cookie)).toBeNull();
  });

  test('is used to its end when it cannot be renewed', async () => {
    const cookie = await begin();
    later(59.5 * MINUTE);
    expect(await (await sessions.find(cookie))?.credentials?.token()).toBe('at-1');
    await sessions.find(cookie);
    // It was told once that there is no other.
    expect(renewals).toHaveLength(1);
    later(MINUTE);
    expect((await sessions.find(cookie))?.isLapsed).toBe(true);
  });

  test('is asked for again, but not at once, where the server was away', async () => {
    const cookie = await begin();
    answer = () => ({ state: 'later' });
    later(58 * MINUTE);
    await sessions.find(cookie);
    later(3 * MINUTE);
    expect((await sessions.find(cookie))?.isLapsed).toBe(true);
    expect((await sessions.find(cookie))?.isLapsed).toBe(true);
    expect(renewals).toHaveLength(1);
    later(5_000);
    answer = () => renewed(2);
    expect((await sessions.find(cookie))?.isLapsed).toBe(false);
  });

  test('is asked for again, too, when the clock was put back meanwhile', async () => {
    const cookie = await begin();
    answer = () => ({ state: 'later' });
    later(59.5 * MINUTE);
    await sessions.find(cookie);
    later(-6_000);
    answer = () => renewed(2);
    expect(await (await sessions.find(cookie))?.credentials?.token()).toBe('at-2');
  });

  test('with fewer scopes: the session has no more', async () => {
    const cookie = await begin();
    later(59.5 * MINUTE);
    answer = () => ({ ...renewed(2), scope: 'user/Patient.r system/*.cruds' }) as Renewed;
    await sessions.find(cookie);
    expect((await sessions.find(cookie))?.access.grants).toHaveLength(1);
    expect((await sessions.find(cookie))?.access.grants[0]?.type).toBe('Patient');
  });

  test('is none, rather than a failure, where the disk cannot be read', async () => {
    const found = await sessions.find(await begin());
    database.close();
    expect([await found?.credentials?.token(), await found?.credentials?.renew('at-1')]).toEqual([
      null,
      null,
    ]);
  });

  test('that comes when the session was ended brings nothing back', async () => {
    const cookie = await begin();
    const found = await sessions.find(cookie);
    later(59.5 * MINUTE);
    answer = async () => {
      if (found) await sessions.end(found);
      return renewed(2);
    };
    await found?.credentials?.token();
    expect([await sessions.find(cookie), count()]).toEqual([null, 0]);
  });
});

describe('the seal', () => {
  test('opens what it closed, for the same purpose alone', async () => {
    const seal = createSeal(new Uint8Array(32).fill(1));
    const sealed = await seal.close('a', { x: 1 });
    expect(await seal.open('a', sealed)).toEqual({ x: 1 });
    expect(await seal.open('b', sealed)).toBeNull();
    expect(await createSeal(new Uint8Array(32).fill(2)).open('a', sealed)).toBeNull();
    expect(await seal.open('a', `${sealed}A`)).toBeNull();
    expect(await seal.close('a', { x: 1 })).not.toBe(sealed);
  });

  test('has a key that stays, for its user’s eyes alone', () => {
    const first = loadSealKey(join(folder, 'keys'));
    expect(Buffer.from(loadSealKey(join(folder, 'keys')))).toEqual(Buffer.from(first));
    expect(statSync(join(folder, 'keys', 'session.key')).mode & 0o777).toBe(0o600);
  });

  test('has a key that appears whole: what a crash left of one is written anew', () => {
    const keys = join(folder, 'keys');
    mkdirSync(keys);
    writeFileSync(join(keys, 'session.key.new'), 'half', { mode: 0o644 });
    expect(loadSealKey(keys)).toHaveLength(32);
    expect(statSync(join(keys, 'session.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(keys)).toEqual(['session.key']);
  });

  test('does not make do with half a key', () => {
    writeFileSync(join(folder, 'session.key'), 'short');
    expect(() => loadSealKey(folder)).toThrow('is not a key of 32 bytes');
  });
});

test('cookies are read by their whole name, and no more than a few', () => {
  expect(readCookies('a=1; b=2;a=3;a=', 'a')).toEqual(['1', '3', '']);
  expect(readCookies(Array(50).fill('a=1').join('; '), 'a')).toHaveLength(3);
  expect(readCookies(undefined, 'a')).toEqual([]);
});
