/** A disk that takes nothing: refused before anything was accepted, accepted for good from then on. */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Problem } from '../../src/fhir/outcome.js';
import { Database, migrate } from '../../src/io/database.js';
import { createDispatch, type Dispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import type { Ports } from '../../src/operations/ports.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { freePorts } from '../support/contract-service.js';
import { type Answer, type Json, send } from '../support/embedded-fixture.js';
import { type App, createPorts, startApp } from '../support/http-app.js';
import { keepOutput } from '../support/service-log.js';
import { HAPI_LIKE } from '../support/simulated-rows.js';
import { type Simulated, startSimulated } from '../support/simulated-server.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

let base: Ports;
beforeAll(async () => {
  base = await createPorts();
});

const JSON_HEADERS = { 'content-type': 'application/fhir+json' };

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-unavailable-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

type Site = { app: App; simulated: Simulated; database: Database; dispatch: Dispatch; clock: { at: number } };

/** The service over HTTP on a file, before a simulated server. */
async function startSite(): Promise<Site> {
  const simulated = await startSimulated(HAPI_LIKE);
  closers.push(() => simulated.close());
  await send(`${simulated.storeUrl}/Patient/p1`, {
    method: 'PUT',
    headers: JSON_HEADERS,
    body: JSON.stringify({ resourceType: 'Patient', id: 'p1', birthDate: '1970-03-02' }),
  });
  const file = join(tempFolder(), 'outbox.db');
  const database = new Database(file);
  migrate(database, file, OUTBOX_STEPS);
  const clock = { at: Date.parse('2026-05-04T08:00:00.000Z') };
  const now = () => new Date(clock.at);
  const server = createFhirServer({ baseUrl: simulated.url, timeoutMs: 5000 });
  const dispatch = createDispatch({
    database,
    server,
    store: null,
    override: { name: 'full' },
    alertUrl: null,
    alertSecret: null,
    retainDeliveredDays: 30,
    now,
    random: () => 0.5,
    warn: () => undefined,
  });
  closers.push(async () => {
    await dispatch.stop();
    database.close();
  });
  const { outbox, delivery, records } = dispatch;
  const app = await startApp({ ports: { ...base, fhirServer: server, outbox, delivery, records, now } });
  closers.push(() => app.close());
  return { app, simulated, database, dispatch, clock };
}

const post = ({ app }: Site, key: string): Promise<Answer> =>
  send(`${app.fhir}/QuestionnaireResponse`, {
    method: 'POST',
    headers: JSON_HEADERS,
    body: JSON.stringify(toResponse(worked('D4'), key)),
  });

/** No page more than there is now: SQLite says SQLITE_FULL to whatever needs one. */
function fill(database: Database): void {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const pages = database.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
  database.exec(`PRAGMA max_page_count = ${pages}`);
}

const empty = (database: Database) => database.exec('PRAGMA max_page_count = 1073741823');

/** Fills what is left of the pages that there are, so that the next row needs a new one. */
function fillUp(database: Database): void {
  fill(database);
  // Into the ledger, of no entry: its own pages have no room left either.
  const insert =
    "INSERT INTO ledger (seq, key, request_hash, outcome, at) VALUES (0, hex(randomblob(?)), '', 'filler', 0)";
  for (const size of [2000, 200, 20, 1, 0]) {
    const insertAll = () => {
      for (let row = 0; row < 100_000; row += 1) database.run(insert, size);
    };
    expect(insertAll).toThrow(Problem);
  }
}

const tablesOf = (database: Database) =>
  ['entry', 'ledger WHERE seq > 0', 'alert'].map(
    (table) => database.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? -1,
  );

const countOf = async ({ simulated }: Site, type: string): Promise<number> => {
  const { status, body } = await send(`${simulated.storeUrl}/${type}?_summary=count`, {});
  expect(status).toBe(200);
  return (body as Json).total;
};
const contents = (site: Site) =>
  Promise.all(
    ['QuestionnaireResponse', 'Observation', 'Provenance', 'Task'].map((type) => countOf(site, type)),
  );

describe('the disk is full', () => {
  test('before a response is accepted: 503, nothing half-written; accepted when there is room again', async () => {
    const site = await startSite();
    expect((await post(site, 'before')).status).toBe(201);
    const before = {
      tables: tablesOf(site.database),
      server: await contents(site),
      writes: site.simulated.writes,
    };
    fillUp(site.database);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { status, body } = await post(site, 'full');
      expect([status, body.issue?.[0]?.details.coding[0].code]).toEqual([503, 'store-unavailable']);
      expect(body.issue[0].code).toBe('transient');
    }
    expect({
      tables: tablesOf(site.database),
      server: await contents(site),
      writes: site.simulated.writes,
    }).toEqual(before);
    expect((await post(site, 'before')).status).toBe(200);
    empty(site.database);
    expect((await post(site, 'full')).status).toBe(201);
    expect((await contents(site))[0]).toBe(2);
  });

  test.each(['begin', 'end'] as const)(
    'from the %s of the sending on: 202, and nothing is lost or doubled later',
    async (moment) => {
      const site = await startSite();
      const { database, simulated, dispatch, clock } = site;
      // Full the moment that the entry is on disk: before the ledger is begun, or once the server has it all.
      const put = dispatch.outbox.put.bind(dispatch.outbox);
      let isFull = false;
      if (moment === 'begin') {
        dispatch.outbox.put = (entry) => {
          const held = put(entry);
          isFull = true;
          fillUp(database);
          return held;
        };
      } else {
        simulated.onRequest = (_index, phase, method) => {
          if (phase !== 'after' || method !== 'POST') return;
          isFull = true;
          fillUp(database);
        };
      }
      const { status, headers, body: answer } = await post(site, 'amid');
      dispatch.outbox.put = put;
      simulated.onRequest = null;
      expect(isFull).toBe(true);
      expect([status, headers.get('content-location'), answer]).toEqual([
        202,
        expect.stringMatching(/\$delivery-status$/),
        expect.anything(),
      ]);
      // A round while it is still full does no harm.
      clock.at += 40_000;
      await dispatch.round();
      empty(database);
      clock.at += 40_000;
      await dispatch.round();
      expect(dispatch.outbox.counts()).toMatchObject({ queued: 0, refused: 0, unknown: 0 });
      const after = await contents(site);
      expect([after[0], after[2]]).toEqual([1, 1]);
      const id = dispatch.outbox.list({ state: 'written', after: null, count: 9 })[0]?.responseId;
      const { body } = await send(`${simulated.storeUrl}/QuestionnaireResponse/${id}/_history`, {});
      expect(body.total).toBe(1);
      expect((await post(site, 'amid')).status).toBe(200);
      expect(await contents(site)).toEqual(after);
    },
  );
});

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Nobody: the user that owns nothing. */
const NOBODY = 65_534;

async function startToExit(dataDir: string, uid: number | undefined) {
  const [port, embeddedPort] = await freePorts(2);
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN], {
      cwd: tmpdir(),
      env: {
        PATH: process.env.PATH ?? '',
        DATA_DIR: dataDir,
        PORT: String(port),
        EMBEDDED_FHIR_PORT: String(embeddedPort),
        SEED_DEMO: 'false',
        LOG_LEVEL: 'info',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid, gid: uid }),
    });
    keepOutput(child);
    let output = '';
    const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output += String(chunk);
      });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(late);
      resolve({ code, output });
    });
  });
}

describe('DATA_DIR cannot be written', () => {
  const isRoot = process.getuid?.() === 0;
  const uid = isRoot ? NOBODY : undefined;

  test.each([
    ['a folder that is read-only', (folder: string) => folder],
    ['a folder in one that is read-only', (folder: string) => join(folder, 'data')],
  ])('%s: refuses to start, says why, writes nothing', async (_name, dirIn) => {
    const folder = tempFolder();
    if (isRoot) chownSync(folder, NOBODY, NOBODY);
    chmodSync(folder, 0o500);
    closers.push(() => chmodSync(folder, 0o700));
    const { code, output } = await startToExit(dirIn(folder), uid);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('DATA_DIR') });
    expect(output).not.toMatch(/\bat .*\.js:\d+/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('an outbox that is read-only: refuses to start, and leaves it as it is', async () => {
    const folder = tempFolder();
    const file = join(folder, 'outbox.db');
    const database = new Database(file);
    migrate(database, file, OUTBOX_STEPS);
    database.close();
    if (isRoot) for (const path of [folder, file]) chownSync(path, NOBODY, NOBODY);
    const before = readdirSync(folder);
    chmodSync(file, 0o400);
    chmodSync(folder, 0o500);
    closers.push(() => chmodSync(folder, 0o700));
    const { code, output } = await startToExit(folder, uid);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('DATA_DIR') });
    // The driver lets go of its side files when it likes; nothing is added.
    expect(before).toEqual(expect.arrayContaining(readdirSync(folder)));
  });

  test.each([
    ['sessions.db', 'sessions.db cannot be opened'],
    ['keys/session.key', 'is not a key of 32 bytes'],
  ])('%s is none: refuses to start, and says that sign-ins alone are lost with it', async (name, why) => {
    const folder = tempFolder();
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'x'.repeat(5000));
    if (isRoot) for (const path of [folder, dirname(file), file]) chownSync(path, NOBODY, NOBODY);
    const { code, output } = await startToExit(folder, uid);
    expect(code).toBe(2);
    expect(output).toContain(`DATA_DIR: nobody could sign in, because`);
    expect(output).toContain(why);
    expect(output).toContain('made anew');
  });
});
