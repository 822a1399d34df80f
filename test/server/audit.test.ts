/** AuditEvents from memory to disk to where they belong, against the embedded server and a real outbox file. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type AuditRecord, toAuditEvent } from '../../src/fhir/audit-event.js';
import { type AuditTrail, createAudit } from '../../src/io/audit.js';
import type { AuditTarget } from '../../src/io/audit-shipper.js';
import { Database, migrate } from '../../src/io/database.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import type { FhirServer, Sent } from '../../src/operations/ports.js';
import { type Fixture, startFixture } from '../support/embedded-fixture.js';

const SOFTWARE = { version: '1.0.0', ruleSetVersion: '1.0.0' };

const record = (changes: Partial<AuditRecord> = {}): AuditRecord => ({
  id: randomUUID(),
  at: new Date('2026-05-04T08:00:00.000Z'),
  interaction: 'read',
  type: 'Patient',
  reference: 'Patient/p1',
  patient: 'Patient/p1',
  status: 200,
  code: null,
  requestId: 'request-1',
  address: '127.0.0.1',
  who: null,
  ...changes,
});
const many = (count: number) => Array.from({ length: count }, () => record());

/** Counts the commits that put audit events on disk: each is one fsync. */
class CountingDatabase extends Database {
  commits = 0;
  override exec(sql: string): void {
    super.exec(sql);
    if (sql === 'COMMIT') this.commits += 1;
  }
}

let fixture: Fixture;
let folder: string;
let database: CountingDatabase;
let server: FhirServer;
let logged: string[];
const trails: AuditTrail[] = [];

beforeEach(async () => {
  fixture = await startFixture();
  await fixture.put({ resourceType: 'Patient', id: 'p1' });
  server = createFhirServer({ baseUrl: fixture.url, timeoutMs: 5000 });
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
  logged = [];
  open();
});
afterEach(async () => {
  for (const trail of trails.splice(0)) await trail.close();
  database.close();
  await fixture.stop();
  rmSync(folder, { recursive: true, force: true });
});

function open(): void {
  const file = join(folder, 'outbox.db');
  database = new CountingDatabase(file);
  migrate(database, file, OUTBOX_STEPS);
  database.commits = 0;
}

function start(target: AuditTarget): AuditTrail {
  const say = (message: string) => void logged.push(message);
  const log = { info: say, error: say };
  const trail = createAudit({ target, database, dataDir: folder, software: SOFTWARE, log });
  trails.push(trail);
  return trail;
}

const AWAY: Sent = { state: 'retryable', reason: 'HTTP 503', retryAfter: null, isUndone: true };

/** The embedded server, but for what the test changes. */
const serverWith = (changes: Partial<FhirServer>): AuditTarget => ({
  kind: 'fhir',
  server: { ...server, ...changes },
});
const away = () => serverWith({ transact: async () => AWAY });

const stored = () => database.all<{ id: string }>('SELECT id FROM audit ORDER BY seq').map(({ id }) => id);
const idsOf = (records: readonly AuditRecord[]) => records.map(({ id }) => id);
const linesOf = (name: string) => readFileSync(join(folder, name), 'utf8').split('\n');
const idsIn = (name: string): string[] => {
  const lines = linesOf(name);
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line).id);
};
const recordAll = (trail: AuditTrail, records: readonly AuditRecord[]) => {
  for (const one of records) trail.record(one);
};
const until = async (holds: () => boolean | Promise<boolean>) => {
  const end = Date.now() + 10_000;
  while (!(await holds()) && Date.now() < end) await sleep(10);
  expect(await holds()).toBe(true);
};

describe('to disk', () => {
  test('500 records are one commit, in their order', async () => {
    const trail = start(away());
    const records = many(500);
    recordAll(trail, records);
    expect(stored()).toEqual([]);
    await trail.flush();
    expect(stored()).toEqual(idsOf(records));
    expect(database.commits).toBe(1);
    await trail.flush();
    expect(database.commits).toBe(1);
  });

  test('by itself, in few commits, while records keep coming', async () => {
    const trail = start(away());
    const records = many(500);
    for (const [index, one] of records.entries()) {
      trail.record(one);
      if (index % 10 === 9) await sleep(1);
    }
    await until(() => stored().length === 500);
    expect(stored()).toEqual(idsOf(records));
    expect(database.commits).toBeLessThanOrEqual(10);
  });

  test('records that keep coming do not put the commit off', async () => {
    const trail = start(away());
    for (let count = 0; count < 150 && stored().length === 0; count += 1) {
      trail.record(record());
      await sleep(10);
    }
    expect(stored().length).toBeGreaterThan(0);
  });

  test('recorded inside a transaction of the outbox, it goes its own way', async () => {
    const trail = start(away());
    const records = many(300);
    expect(() =>
      database.transaction(() => {
        recordAll(trail, records);
        throw new Error('rolled back');
      }),
    ).toThrow('rolled back');
    await until(() => stored().length === 300);
  });

  test('a record that comes twice is one event', async () => {
    const trail = start(away());
    const one = record();
    recordAll(trail, [one, record(), one]);
    await trail.flush();
    trail.record(one);
    await trail.flush();
    expect(stored()).toHaveLength(2);
  });

  test('what is on disk survives the process, and the next one ships it by itself', async () => {
    const records = many(150);
    const first = start(away());
    recordAll(first, records);
    await first.close();
    database.close();
    open();
    expect(stored()).toEqual(idsOf(records));
    start({ kind: 'fhir', server });
    await until(() => stored().length === 0);
    expect((await fixture.get('/AuditEvent?_summary=count')).body.total).toBe(150);
  });
});

describe('a full disk', () => {
  const pages = () => database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;

  test('fails nobody; what was recorded is kept and stored later', async () => {
    const trail = start(away());
    database.exec(`PRAGMA max_page_count = ${pages()}`);
    const records = many(400);
    recordAll(trail, records);
    await trail.flush();
    await trail.flush();
    expect(stored()).toEqual([]);
    expect(trail.counts()).toEqual({ waiting: 400, refused: 0, lost: 0 });
    expect(logged).toEqual(['audit events cannot be stored; they are kept in memory']);
    database.exec('PRAGMA max_page_count = 100000');
    await until(() => stored().length === 400);
    expect(stored()).toEqual(idsOf(records));
    expect(logged).toContain('audit events are stored again');
  });

  test('memory is bounded, and what is lost is counted and told', async () => {
    const trail = start(away());
    database.exec(`PRAGMA max_page_count = ${pages()}`);
    const records = many(10_025);
    recordAll(trail, records);
    await trail.flush();
    expect(trail.counts()).toEqual({ waiting: 10_000, refused: 0, lost: 25 });
    database.exec('PRAGMA max_page_count = 100000');
    await trail.flush();
    expect(stored()).toEqual(idsOf(records.slice(0, 10_000)));
    const lost = logged.flatMap((line) => /^(\d+) audit events were lost/.exec(line)?.[1] ?? []);
    expect(lost.reduce((sum, count) => sum + Number(count), 0)).toBe(25);
    expect(lost).toHaveLength(2);
  });

  test('that stays full until the end: what is lost is told then', async () => {
    const trail = start(away());
    database.exec(`PRAGMA max_page_count = ${pages()}`);
    recordAll(trail, many(400));
    await trail.close();
    expect(logged).toContain('400 audit events were lost: the disk took nothing for too long');
  });
});

describe('to a FHIR server', () => {
  test('soon, by itself; found by patient; nothing stays behind', async () => {
    const trail = start({ kind: 'fhir', server });
    const one = record();
    trail.record(one);
    const search = '/AuditEvent?patient=Patient/p1';
    await until(async () => (await fixture.ids(search)).length > 0);
    expect(await fixture.ids(search)).toEqual([one.id]);
    await until(() => stored().length === 0);
    expect(trail.counts()).toEqual({ waiting: 0, refused: 0, lost: 0 });
    expect(logged).toEqual([]);
  });

  test('oldest first, at most 100 at a time', async () => {
    const sent: string[][] = [];
    const trail = start(
      serverWith({
        transact: (bundle) => {
          sent.push((bundle.entry ?? []).map(({ request }) => request?.url ?? ''));
          return server.transact(bundle);
        },
      }),
    );
    const records = many(250);
    recordAll(trail, records);
    await trail.flush();
    await Promise.all([trail.ship(), trail.ship()]);
    expect(sent.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(sent.flat()).toEqual(idsOf(records).map((id) => `AuditEvent/${id}`));
    expect(stored()).toEqual([]);
  });

  test('an answer that is lost doubles nothing', async () => {
    let isCut = true;
    const trail = start(
      serverWith({
        transact: async (bundle) => {
          const sent = await server.transact(bundle);
          return isCut ? AWAY : sent;
        },
      }),
    );
    recordAll(trail, many(30));
    await trail.flush();
    await trail.ship();
    expect(stored()).toHaveLength(30);
    isCut = false;
    await trail.ship();
    expect(stored()).toEqual([]);
    const { body } = await fixture.get('/AuditEvent?_count=100');
    const versions: string[] = body.entry.map(
      ({ resource }: { resource: { meta: { versionId: string } } }) => resource.meta.versionId,
    );
    expect(versions).toEqual(Array(30).fill('1'));
  });

  test('what another process recorded meanwhile is not removed with what was sent', async () => {
    const late = record();
    const other = new Database(join(folder, 'outbox.db'));
    try {
      const trail = start(
        serverWith({
          transact: async (bundle) => {
            const ids = (bundle.entry ?? []).map(({ resource }) => resource?.id);
            if (ids.includes(late.id)) return AWAY;
            // The other process ships the same rows and empties the table, so that the next row gets their number.
            other.run('DELETE FROM audit');
            other.run(
              'INSERT INTO audit (id, json) VALUES (?, ?)',
              late.id,
              JSON.stringify(toAuditEvent(late, SOFTWARE)),
            );
            return server.transact(bundle);
          },
        }),
      );
      trail.record(record());
      await trail.flush();
      await trail.ship();
      expect(stored()).toEqual([late.id]);
    } finally {
      other.close();
    }
  });

  test('away: it waits, is told once, and is not asked for every record', async () => {
    let attempts = 0;
    const trail = start(
      serverWith({
        transact: async () => {
          attempts += 1;
          return AWAY;
        },
      }),
    );
    const end = Date.now() + 900;
    while (Date.now() < end) {
      recordAll(trail, many(210));
      await sleep(20);
    }
    expect(attempts).toBeGreaterThan(0);
    expect(attempts).toBeLessThanOrEqual(3);
    expect(logged).toEqual(['audit events cannot be delivered now; they wait on disk']);
  });

  test('back again: everything arrives by itself', async () => {
    let isAway = true;
    const trail = start(
      serverWith({ transact: (bundle) => (isAway ? Promise.resolve(AWAY) : server.transact(bundle)) }),
    );
    const records = many(20);
    recordAll(trail, records);
    await trail.flush();
    await trail.ship();
    isAway = false;
    await until(() => stored().length === 0);
    expect((await fixture.ids('/AuditEvent?_count=100')).sort()).toEqual(idsOf(records).sort());
    expect(logged).toEqual([
      'audit events cannot be delivered now; they wait on disk',
      'audit events are delivered again',
    ]);
  });
});

describe('what is refused', () => {
  /** As HAPI does: what is referred to must exist. */
  const enforcing = (): Partial<FhirServer> => {
    const isDangling = (resource: unknown) => JSON.stringify(resource).includes('"reference":"Patient/gone"');
    const refused: Sent = { state: 'refused', reason: 'HTTP 400, processing', isAboutUs: false };
    return {
      transact: async (bundle) => (isDangling(bundle) ? refused : server.transact(bundle)),
      write: async (write) => (isDangling(write.resource) ? refused : server.write(write)),
    };
  };

  test('for a link to what is not there: it is named without the link, and the others keep theirs', async () => {
    const trail = start(serverWith(enforcing()));
    const gone = record({ reference: 'Patient/gone', patient: 'Patient/gone' });
    const others = many(3);
    recordAll(trail, [...others, gone]);
    await trail.flush();
    await trail.ship();
    expect(stored()).toEqual([]);
    expect((await fixture.ids('/AuditEvent?patient=Patient/p1')).sort()).toEqual(idsOf(others).sort());
    const { body } = await fixture.get(`/AuditEvent/${gone.id}`);
    expect(body.entity[0].what).toEqual({ identifier: { value: 'Patient/gone' } });
    expect(trail.counts().refused).toBe(0);
  });

  test('our own store takes the link, and finds the event by a patient whom it does not hold', async () => {
    const trail = start({ kind: 'fhir', server });
    const elsewhere = record({ reference: 'Patient/elsewhere', patient: 'Patient/elsewhere' });
    trail.record(elsewhere);
    await trail.close();
    expect(await fixture.ids('/AuditEvent?patient=Patient/elsewhere')).toEqual([elsewhere.id]);
  });

  test('altogether: it is kept in a file, counted, told once, and holds up no other', async () => {
    const trail = start({ kind: 'fhir', server });
    // No R4 id, so that the server takes it neither way.
    const bad = [record({ id: 'not_an_id' }), record({ id: 'nor_this' })];
    const good = many(120);
    recordAll(trail, [...good.slice(0, 60), ...bad, ...good.slice(60)]);
    await trail.flush();
    await trail.ship();
    expect(stored()).toEqual([]);
    expect((await fixture.get('/AuditEvent?_summary=count')).body.total).toBe(120);
    expect(idsIn('audit-refused.ndjson')).toEqual(['not_an_id', 'nor_this']);
    expect(trail.counts()).toEqual({ waiting: 0, refused: 2, lost: 0 });
    expect(logged).toEqual(['audit events were refused; they are kept in audit-refused.ndjson of DATA_DIR']);
  });

  test('the server goes away in the middle: what was taken is not sent again, the rest waits', async () => {
    const written: string[] = [];
    const trail = start(
      serverWith({
        transact: async () => ({ state: 'refused', reason: 'HTTP 400', isAboutUs: false }),
        write: async (write) => {
          if (written.length === 2) return AWAY;
          written.push(write.url);
          return server.write(write);
        },
      }),
    );
    const records = many(5);
    recordAll(trail, records);
    await trail.flush();
    await trail.ship();
    expect(stored()).toEqual(idsOf(records.slice(2)));
    expect(written).toEqual(idsOf(records.slice(0, 2)).map((id) => `AuditEvent/${id}`));
  });
});

describe('to a file', () => {
  const target = (): AuditTarget => ({ kind: 'file', path: join(folder, 'audit.ndjson') });

  test('one line for each, in order, for nobody else to read', async () => {
    const trail = start(target());
    const records = many(250);
    recordAll(trail, records);
    await trail.flush();
    await trail.ship();
    expect(idsIn('audit.ndjson')).toEqual(idsOf(records));
    expect(stored()).toEqual([]);
    expect(statSync(join(folder, 'audit.ndjson')).mode & 0o777).toBe(0o600);
    const [line = ''] = linesOf('audit.ndjson');
    expect(JSON.parse(line)).toMatchObject({ resourceType: 'AuditEvent', action: 'R', outcome: '0' });
  });

  test('a line that a crash cut short is left behind, and the next one begins anew', async () => {
    const one = record();
    writeFileSync(join(folder, 'audit.ndjson'), '{"resourceType":"Audit');
    const trail = start(target());
    trail.record(one);
    await trail.close();
    const [torn, whole = ''] = linesOf('audit.ndjson');
    expect(torn).toBe('{"resourceType":"Audit');
    expect(JSON.parse(whole).id).toBe(one.id);
  });

  test('that cannot be written: the events wait on disk', async () => {
    mkdirSync(join(folder, 'audit.ndjson'));
    const trail = start(target());
    recordAll(trail, many(7));
    await trail.flush();
    await trail.ship();
    expect(trail.counts()).toEqual({ waiting: 7, refused: 0, lost: 0 });
    expect(logged).toEqual(['audit events cannot be delivered now; they wait on disk']);
    rmSync(join(folder, 'audit.ndjson'), { recursive: true });
    await trail.ship();
    expect(idsIn('audit.ndjson')).toHaveLength(7);
  });
});

describe('close', () => {
  test('flushes and ships what is left', async () => {
    const trail = start({ kind: 'fhir', server });
    const records = many(130);
    recordAll(trail, records);
    await trail.close();
    expect(stored()).toEqual([]);
    expect((await fixture.get('/AuditEvent?_summary=count')).body.total).toBe(130);
  });

  test('waits 2 s for a server that does not answer; the rest stays on disk, which is not touched any more', async () => {
    let answer: (sent: Sent) => void = () => undefined;
    const hanging = new Promise<Sent>((resolve) => {
      answer = resolve;
    });
    const trail = start(serverWith({ transact: () => hanging }));
    recordAll(trail, many(10));
    const began = Date.now();
    await trail.close();
    expect(Date.now() - began).toBeGreaterThanOrEqual(1900);
    expect(Date.now() - began).toBeLessThan(10_000);
    answer({ state: 'written', entries: [] });
    await sleep(20);
    expect(stored()).toHaveLength(10);
    expect(logged).toEqual([]);
  });

  test('may be called twice, and a late record still reaches the disk', async () => {
    const trail = start(away());
    await Promise.all([trail.close(), trail.close()]);
    trail.record(record());
    expect(stored()).toHaveLength(1);
  });
});
