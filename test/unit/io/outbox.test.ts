/** The outbox on a real database, with a clock that the test moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Problem } from '../../../src/fhir/outcome.js';
import { Database, migrate } from '../../../src/io/database.js';
import { DiskOutbox } from '../../../src/io/outbox.js';
import { LEASE_MS, type Result } from '../../../src/io/outbox-rows.js';
import { OUTBOX_STEPS } from '../../../src/io/outbox-schema.js';
import type { ListedEntry, ListPlace, NewEntry } from '../../../src/operations/ports.js';

const DAY = 86_400_000;
const A = `r${'a'.repeat(31)}`;
const B = `r${'b'.repeat(31)}`;

const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0).reverse()) one();
});

function tempFile(name = 'outbox.db'): string {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-unit-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

function open(file: string): Database {
  const database = new Database(file);
  undo.push(() => database.close());
  migrate(database, file, OUTBOX_STEPS);
  return database;
}

const START = Date.parse('2026-05-04T08:00:00.000Z');
const clockAt = () => ({ at: START });

function outboxOn(database: Database, clock: { at: number }, owner = 'one') {
  return new DiskOutbox(database, { now: () => new Date(clock.at), owner });
}

const entry = (responseId: string, version: number, more: Partial<NewEntry> = {}): NewEntry => ({
  responseId,
  kind: 'response',
  version,
  contentHash: `${responseId}${version}`,
  subject: 'Patient/p1',
  payload: {
    transaction: { resourceType: 'Bundle', type: 'transaction' },
    document: null,
    isPatientKnown: true,
    replaces: null,
  },
  alert: null,
  ...more,
});

const queued = (nextAttempt: number): Result => ({
  state: 'queued',
  nextAttempt,
  location: null,
  serverVersion: null,
  plan: 'full',
  issue: { code: 'fhir-server-unreachable', text: 'away' },
});
const written: Result = {
  state: 'written',
  nextAttempt: null,
  location: `QuestionnaireResponse/${A}`,
  serverVersion: '1',
  plan: 'full',
  issue: null,
};
const parked = (state: 'refused' | 'unknown'): Result => ({ ...queued(0), state, nextAttempt: null });

/** One outbox in memory. */
function memory() {
  const clock = clockAt();
  const database = open(':memory:');
  return { clock, database, outbox: outboxOn(database, clock) };
}

describe('order and lease', () => {
  test('an entry that was just put is held: nobody else gets it before the lease is over', () => {
    const clock = clockAt();
    const file = tempFile();
    const mine = outboxOn(open(file), clock, 'one');
    const theirs = outboxOn(open(file), clock, 'two');
    const { seq, attempts } = mine.put(entry(A, 1));
    expect(attempts).toBe(1);
    expect([theirs.due(9), theirs.claim(seq), mine.claim(seq)]).toEqual([[], undefined, undefined]);
    clock.at += LEASE_MS - 1;
    expect([theirs.due(9), theirs.claim(seq)]).toEqual([[], undefined]);
    clock.at += 1;
    expect(theirs.due(9)).toEqual([seq]);
    expect(theirs.claim(seq)).toMatchObject({ seq, attempts: 2, state: 'queued' });
    // Who was too slow records nothing, and keeps no hold of it.
    expect([mine.renew(seq), mine.finish(seq, written)]).toEqual([false, false]);
    expect(mine.entriesOf(A)[0]?.state).toBe('queued');
    expect(theirs.finish(seq, written)).toBe(true);
    expect(mine.entriesOf(A)).toMatchObject([{ state: 'written', location: written.location, attempts: 2 }]);
  });

  test('a lease that is renewed lasts as long as the attempt', () => {
    const { clock, database, outbox } = memory();
    const other = outboxOn(database, clock, 'two');
    const { seq } = outbox.put(entry(A, 1));
    for (let renewal = 0; renewal < 9; renewal += 1) {
      clock.at += LEASE_MS / 3;
      expect([outbox.renew(seq), other.claim(seq)]).toEqual([true, undefined]);
    }
    clock.at += LEASE_MS;
    expect(other.claim(seq)?.seq).toBe(seq);
  });

  test('version 2 is not to be had before version 1 is written, whatever its time', () => {
    const { clock, outbox } = memory();
    const one = outbox.put(entry(A, 1));
    const two = outbox.put(entry(A, 2));
    const other = outbox.put(entry(B, 1));
    outbox.finish(one.seq, queued(clock.at + 50_000));
    outbox.release(two.seq);
    outbox.finish(other.seq, queued(clock.at));
    expect(outbox.due(9)).toEqual([other.seq]);
    expect(outbox.claim(two.seq)).toBeUndefined();
    clock.at += 50_000;
    expect(outbox.due(9)).toEqual([other.seq, one.seq]);
    expect(outbox.claim(one.seq)?.version).toBe(1);
    outbox.finish(one.seq, written);
    // The first was the caller's, who has his answer: it counts, though another had to go first.
    expect(outbox.claim(two.seq)).toMatchObject({ version: 2, attempts: 2 });
    expect(outbox.predecessorOf(two)).toMatchObject({ version: 1, serverVersion: '1' });
  });

  test.each(['refused', 'unknown'] as const)(
    'what is %s holds up what comes after it, until dropped',
    (state) => {
      const { clock, outbox } = memory();
      const one = outbox.put(entry(A, 1));
      outbox.finish(one.seq, parked(state));
      const two = outbox.put(entry(A, 2));
      outbox.finish(two.seq, queued(clock.at));
      clock.at += 365 * DAY;
      expect(outbox.due(9)).toEqual([]);
      expect(outbox.firstOpen(A)?.seq).toBe(one.seq);
      expect(outbox.counts()).toMatchObject({ queued: 1, refused: 0, unknown: 0, [state]: 1 });
    },
  );

  test('a dead process holds nothing at the next start; a living one keeps what it has', () => {
    const { clock, database, outbox } = memory();
    const mine = outbox.put(entry(A, 1));
    const dead = outboxOn(database, clock, 'dead').put(entry(B, 1));
    outbox.releaseDead((owner) => owner === 'one');
    expect(outbox.due(9)).toEqual([dead.seq]);
    expect(outbox.claim(mine.seq)).toBeUndefined();
    expect(outbox.claim(dead.seq)?.attempts).toBe(2);
  });
});

describe('a clock that jumps', () => {
  test.each([
    ['back a day', -DAY],
    ['back a year', -365 * DAY],
    ['forward a day', DAY],
    ['forward a year', 365 * DAY],
  ])('%s: what waits, and what was held, is to be had within a minute', (_name, jump) => {
    const { clock, database, outbox } = memory();
    const waiting = outbox.put(entry(A, 1));
    outbox.finish(waiting.seq, queued(clock.at + 60_000));
    outboxOn(database, clock, 'gone').put(entry(B, 1));
    clock.at += jump;
    const due = new Set<number>();
    for (let second = 0; second <= 60; second += 1) {
      for (const seq of outbox.due(9)) due.add(seq);
      clock.at += 1000;
    }
    expect(due.size).toBe(2);
    expect(outbox.claim(waiting.seq)?.seq).toBe(waiting.seq);
  });
});

describe('by hand', () => {
  test('drop keeps the payload and lets what was accepted after it go by', () => {
    const { clock, outbox } = memory();
    const one = outbox.put(entry(A, 1));
    outbox.finish(one.seq, parked('refused'));
    outbox.drop(A, 'sent on paper');
    const [dropped] = outbox.entriesOf(A);
    expect(dropped).toMatchObject({ state: 'refused', isDropped: true, nextAttempt: null });
    expect(dropped?.payload).toEqual(one.payload);
    expect(dropped?.issue?.text).toContain('sent on paper');
    expect([outbox.counts().refused, outbox.due(9)]).toEqual([0, []]);
    const two = outbox.put(entry(A, 2));
    outbox.finish(two.seq, queued(clock.at));
    expect(outbox.due(9)).toEqual([two.seq]);
    // What was given up stays so while something newer is on its way, and once that is written.
    outbox.revive(A);
    expect(outbox.due(9)).toEqual([two.seq]);
    outbox.claim(two.seq);
    outbox.finish(two.seq, written);
    outbox.revive(A);
    expect(outbox.due(9)).toEqual([]);
  });

  test('revive brings back what was given up last', () => {
    const { outbox } = memory();
    const one = outbox.put(entry(A, 1));
    outbox.finish(one.seq, parked('refused'));
    outbox.drop(A, 'by mistake');
    outbox.revive(A);
    expect(outbox.due(9)).toEqual([one.seq]);
    expect(outbox.claim(one.seq)).toMatchObject({ state: 'queued', isDropped: false });
  });

  test('revive keeps what is unknown unknown: it is looked for before it is sent', () => {
    const { outbox } = memory();
    const one = outbox.put(entry(A, 1));
    outbox.finish(one.seq, parked('unknown'));
    expect(outbox.due(9)).toEqual([]);
    outbox.revive(A);
    expect(outbox.claim(one.seq)?.state).toBe('unknown');
  });

  test('forget takes the entry, its ledger and the alert that nobody was told; not one that was told', () => {
    const { database, outbox } = memory();
    const one = outbox.put(entry(A, 1, { alert: 'stat' }));
    const two = outbox.put(entry(B, 1, { alert: 'stat' }));
    const ledger =
      "INSERT INTO ledger (seq, key, request_hash, outcome, at) VALUES (?, 'k', '', 'sending', 0)";
    database.run(ledger, one.seq);
    database.run(ledger, two.seq);
    database.run('UPDATE alert SET attempts = 1 WHERE response_id = ?', B);
    outbox.forget([one.seq, two.seq]);
    expect(database.all('SELECT seq FROM entry UNION SELECT seq FROM ledger')).toEqual([]);
    expect(database.all('SELECT response_id FROM alert')).toEqual([{ response_id: B }]);
  });

  test('hasten makes due what waits for the server, and nothing that waits for a person', () => {
    const { clock, outbox } = memory();
    const one = outbox.put(entry(A, 1));
    const two = outbox.put(entry(B, 1));
    outbox.finish(one.seq, queued(clock.at + 60_000));
    outbox.finish(two.seq, parked('unknown'));
    expect(outbox.due(9)).toEqual([]);
    outbox.hasten();
    expect(outbox.due(9)).toEqual([one.seq]);
  });
});

describe('keeping', () => {
  test('purge empties what was written long enough ago, and nothing else; its hash stays', () => {
    const { clock, outbox } = memory();
    const old = outbox.put(entry(A, 1));
    outbox.finish(old.seq, written);
    const waiting = outbox.put(entry(B, 1));
    outbox.finish(waiting.seq, parked('refused'));
    clock.at += 30 * DAY;
    const fresh = outbox.put(entry(A, 2));
    outbox.finish(fresh.seq, { ...written, serverVersion: '2' });
    expect(outbox.purge(new Date(clock.at - 30 * DAY))).toBe(0);
    clock.at += 1;
    expect(outbox.purge(new Date(clock.at - 30 * DAY))).toBe(1);
    expect(outbox.purge(new Date(clock.at - 30 * DAY))).toBe(0);
    expect(outbox.entriesOf(A)).toMatchObject([
      { payload: null, contentHash: old.contentHash, state: 'written' },
      { payload: fresh.payload },
    ]);
    expect(outbox.entriesOf(B)[0]?.payload).toEqual(waiting.payload);
  });

  test('counts what is open, and since when', () => {
    const { clock, outbox } = memory();
    expect(outbox.counts()).toEqual({
      queued: 0,
      refused: 0,
      unknown: 0,
      oldestQueued: null,
      openAlerts: 0,
    });
    outbox.put(entry(A, 1, { alert: 'urgent' }));
    clock.at += 5000;
    outbox.put(entry(B, 1));
    expect(outbox.counts()).toEqual({
      queued: 2,
      refused: 0,
      unknown: 0,
      oldestQueued: new Date(START),
      openAlerts: 1,
    });
    outbox.closeAlert(A);
    expect(outbox.counts().openAlerts).toBe(0);
  });

  test('lists first what nobody has acknowledged; a page later each entry has come once, whatever was done meanwhile', () => {
    const { clock, outbox } = memory();
    const ids = ['a', 'b', 'c', 'd', 'e'].map((letter) => `r${letter.repeat(31)}`);
    const [a = '', b = '', , d = ''] = ids;
    for (const id of ids) outbox.put(entry(id, 1, { alert: id === a ? 'stat' : id === b ? 'urgent' : null }));
    clock.at += 1000;
    const all: string[] = [];
    let after: ListPlace | null = null;
    for (let page = 0; page < 9; page += 1) {
      const [one]: ListedEntry[] = outbox.list({ state: 'queued', after, count: 1 });
      if (!one) break;
      all.push(`${one.responseId.charAt(1)} ${one.alert}`);
      after = one.place;
      clock.at += 1000;
      // One that was shown is acknowledged; one that is still to come raises an alert; one more is accepted.
      if (page === 0) outbox.closeAlert(b);
      if (page === 2) outbox.put(entry(d, 2, { alert: 'stat' }));
    }
    expect(all).toEqual(['b urgent', 'a stat', 'e null', 'd stat', 'c null']);
    const now = outbox.list({ state: 'queued', after: null, count: 9 });
    expect(now.map(({ responseId, version, alert }) => `${responseId.charAt(1)}${version} ${alert}`)).toEqual(
      [...['d2 stat', 'd1 stat', 'a1 stat'], ...['e1 null', 'c1 null', 'b1 null']],
    );
  });

  test('lists page by page, by state, without payloads; versions of several responses at once', () => {
    const { clock, outbox } = memory();
    const seqs = [entry(A, 1), entry(A, 2), entry(B, 1)].map((one) => outbox.put(one).seq);
    outbox.finish(seqs[2] ?? 0, { ...written, location: `QuestionnaireResponse/${B}` });
    outbox.put(entry(A, 2, { kind: 'task' }));
    const first = outbox.list({ state: null, after: null, count: 2 });
    expect(first).toMatchObject([{ kind: 'task', payload: null }, { seq: seqs[2] }]);
    const rest = outbox.list({ state: null, after: first[1]?.place ?? null, count: 9 });
    expect(rest.map(({ seq }) => seq)).toEqual([seqs[1], seqs[0]]);
    expect(outbox.list({ state: 'written', after: null, count: 9 })).toMatchObject([
      { seq: seqs[2], payload: null, writtenAt: new Date(clock.at) },
    ]);
    expect([outbox.total(null), outbox.total('queued'), outbox.total('written')]).toEqual([4, 3, 1]);
    const versions = outbox.versionsOf([A, B, 'nobody']);
    expect([...versions].map(([id, entries]) => [id, entries.map(({ version }) => version)])).toEqual([
      [A, [1, 2]],
      [B, [1]],
    ]);
  });

  test('one version of a response is accepted once, also by two processes', () => {
    const { clock, database, outbox } = memory();
    outbox.put(entry(A, 1));
    expect(() => outboxOn(database, clock, 'two').put(entry(A, 1))).toThrow();
    expect(outbox.entriesOf(A)).toHaveLength(1);
    expect(database.all('SELECT * FROM alert')).toEqual([]);
  });

  test('erase takes everything of the patient, unless it is being sent', () => {
    const { clock, outbox } = memory();
    const { seq } = outbox.put(entry(A, 1, { alert: 'stat' }));
    outbox.put(entry(B, 1, { subject: 'Patient/p2' }));
    expect(() => outbox.erase('Patient/p1')).toThrow(Problem);
    expect(outbox.entriesOf(A)).toHaveLength(1);
    outbox.finish(seq, queued(clock.at));
    expect(outbox.erase('Patient/p1')).toEqual({ responseIds: [A] });
    expect([outbox.entriesOf(A), outbox.counts().openAlerts, outbox.entriesOf(B).length]).toEqual([[], 0, 1]);
  });
});

describe('alerts', () => {
  const dueAt = (database: Database) =>
    database.get<{ next_attempt: number }>('SELECT next_attempt FROM alert')?.next_attempt;

  test('waits for the first attempt, and goes at once when the response is kept', () => {
    const { clock, database, outbox } = memory();
    const { seq } = outbox.put(entry(A, 1, { alert: 'stat' }));
    expect(dueAt(database)).toBe(clock.at + LEASE_MS);
    clock.at += 10;
    outbox.finish(seq, queued(clock.at + 1000));
    expect(dueAt(database)).toBe(clock.at);
  });

  test('a response that is refused at once lets nothing go', () => {
    const { database, outbox } = memory();
    const { seq } = outbox.put(entry(A, 1, { alert: 'stat' }));
    outbox.finish(seq, parked('refused'));
    expect(dueAt(database)).toBe(START + LEASE_MS);
  });

  test('a version that raises it again does so beside a closed one, and stands for an open one once accepted', () => {
    const { clock, database, outbox } = memory();
    const alerts = () => database.all('SELECT priority, attempts, closed_at FROM alert ORDER BY seq');
    const one = outbox.put(entry(A, 1, { alert: 'urgent' }));
    outbox.finish(one.seq, written);
    outbox.closeAlert(A);
    const two = outbox.put(entry(A, 2, { alert: 'urgent' }));
    outbox.finish(two.seq, { ...written, serverVersion: '2' });
    expect(outbox.counts().openAlerts).toBe(1);
    clock.at += 1000;
    const three = outbox.put(entry(A, 3, { alert: 'stat' }));
    // Not yet accepted: the one before is still to be heard.
    expect(outbox.counts().openAlerts).toBe(2);
    outbox.finish(three.seq, { ...written, serverVersion: '3' });
    expect(alerts()).toEqual([
      { priority: 'urgent', attempts: 0, closed_at: START },
      { priority: 'urgent', attempts: 0, closed_at: START + 1000 },
      { priority: 'stat', attempts: 0, closed_at: null },
    ]);
  });

  test('a version that is refused and forgotten leaves the alert of the one before as it was', () => {
    const { outbox } = memory();
    outbox.finish(outbox.put(entry(A, 1, { alert: 'urgent' })).seq, written);
    const two = outbox.put(entry(A, 2, { alert: 'stat' }));
    outbox.finish(two.seq, parked('refused'));
    outbox.forget([two.seq]);
    expect(outbox.counts().openAlerts).toBe(1);
  });
});

/** `outbox.db` of the first release, letter by letter. */
const VERSION_1 = `
  CREATE TABLE entry (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, response_id TEXT NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL,
    content_hash TEXT NOT NULL, subject TEXT, state TEXT NOT NULL, dropped INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, queued_at INTEGER NOT NULL, next_attempt INTEGER, written_at INTEGER,
    location TEXT, server_version TEXT, plan TEXT, issue TEXT, lease_until INTEGER, lease_owner TEXT, payload TEXT
  );
  CREATE UNIQUE INDEX entry_version ON entry (response_id, version) WHERE kind = 'response';
  CREATE INDEX entry_response ON entry (response_id, seq);
  CREATE INDEX entry_open ON entry (state, next_attempt) WHERE state <> 'written';
  CREATE INDEX entry_kept ON entry (written_at) WHERE state = 'written' AND payload IS NOT NULL;
  CREATE INDEX entry_subject ON entry (subject);
  CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL,
    outcome TEXT NOT NULL, location TEXT, version_id TEXT, at INTEGER NOT NULL
  );
  CREATE INDEX ledger_entry ON ledger (seq, key);
  CREATE TABLE alert (
    seq INTEGER PRIMARY KEY, response_id TEXT NOT NULL, priority TEXT NOT NULL, raised_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER NOT NULL, closed_at INTEGER
  );
  CREATE INDEX alert_response ON alert (response_id);
  CREATE INDEX alert_open ON alert (next_attempt) WHERE closed_at IS NULL;
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE audit (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL);
  PRAGMA user_version = 1;
  INSERT INTO entry (response_id, kind, version, content_hash, subject, state, attempts, queued_at, written_at,
    location, server_version, plan, payload) VALUES ('${A}', 'response', 1, 'h1', 'Patient/p1', 'written', 1, 1, 2,
    'QuestionnaireResponse/${A}', '1', 'full', NULL);
  INSERT INTO entry (response_id, kind, version, content_hash, subject, state, attempts, queued_at, next_attempt,
    lease_until, lease_owner, payload) VALUES ('${A}', 'response', 2, 'h2', 'Patient/p1', 'queued', 7, 3, 4, 5, 'gone/1/1',
    '{"transaction":{"resourceType":"Bundle","type":"transaction"},"document":null,"isPatientKnown":true,"replaces":null}');
  INSERT INTO alert (seq, response_id, priority, raised_at, attempts, next_attempt) VALUES (1, '${A}', 'stat', 1, 2, 3);
`;

describe('the file', () => {
  test('one of version 1 is opened, and what waits in it is sent on', () => {
    const file = tempFile();
    const old = new Database(file);
    old.exec(VERSION_1);
    old.close();
    const clock = clockAt();
    const outbox = outboxOn(open(file), clock);
    outbox.releaseDead(() => false);
    expect(outbox.entriesOf(A)).toMatchObject([
      { version: 1, state: 'written', serverVersion: '1', payload: null },
      { version: 2, state: 'queued', attempts: 7, payload: { isPatientKnown: true } },
    ]);
    expect(outbox.counts()).toMatchObject({ queued: 1, openAlerts: 1, oldestQueued: new Date(3) });
    const [seq = 0] = outbox.due(9);
    expect(outbox.claim(seq)).toMatchObject({ version: 2, attempts: 8 });
    expect(outbox.finish(seq, { ...written, serverVersion: '2' })).toBe(true);
    expect(outbox.put(entry(B, 1)).seq).toBeGreaterThan(seq);
  });

  test('one of a newer version is left alone', () => {
    const file = tempFile();
    const newer = new Database(file);
    newer.exec(`PRAGMA user_version = ${OUTBOX_STEPS.length + 1}; CREATE TABLE future (x)`);
    newer.close();
    expect(() => open(file)).toThrow(/newer version of this program/);
    const after = new Database(file);
    undo.push(() => after.close());
    expect(after.all("SELECT name FROM sqlite_master WHERE type = 'table'")).toEqual([{ name: 'future' }]);
  });

  test('what was put is there after the file was closed without notice', () => {
    const file = tempFile();
    const clock = clockAt();
    const { seq } = outboxOn(open(file), clock).put(entry(A, 1));
    // A second connection sees what another process would after a kill: what is committed, nothing else.
    expect(outboxOn(open(file), clock, 'two').entriesOf(A)).toMatchObject([{ seq, state: 'queued' }]);
  });
});
