/** Legal erasure of one patient while the server has the store open: rows, index, and the bytes on the disk. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eraseFromStore } from '../../src/embedded/erase.js';
import { openDatabase } from '../../src/embedded/store.js';
import { Database, migrate } from '../../src/io/database.js';
import { openSessions } from '../../src/io/open-sessions.js';
import { DiskOutbox } from '../../src/io/outbox.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { createSeal, loadSealKey } from '../../src/io/seal.js';
import { SessionRows } from '../../src/io/session-rows.js';
import { type Fixture, type Json, startFixture } from '../support/embedded-fixture.js';

/** Stands in everything of patient p1 that could tell who it was. */
const CANARY = 'Canary7f3a';
const SYSTEM = `urn:${CANARY}:system`;
const ERASE = fileURLToPath(new URL('../../dist/cli/erase.js', import.meta.url));

let store: Fixture;
beforeEach(async () => {
  store = await startFixture();
});
afterEach(() => store.stop());

const filesWithCanary = () =>
  readdirSync(store.dataDir, { withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ name }) => name)
    .filter((name) =>
      readFileSync(join(store.dataDir, name)).toString('latin1').toLowerCase().includes(CANARY.toLowerCase()),
    );

const to = (...references: string[]) => references.map((reference) => ({ reference }));
const patient = (id: string, more: Json = {}): Json => ({ resourceType: 'Patient', id, ...more });
const observation = (id: string, subject: string | null, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  ...(subject && { subject: { reference: `Patient/${subject}`, display: `${CANARY} of ${subject}` } }),
  ...more,
});
const provenance = (id: string, ...targets: string[]): Json => ({
  resourceType: 'Provenance',
  id,
  recorded: '2026-06-01T12:00:00Z',
  target: to(...targets),
  agent: [{ who: { display: CANARY } }],
});
const auditEvent = (id: string, what: string): Json => ({
  resourceType: 'AuditEvent',
  id,
  type: { code: 'rest' },
  recorded: '2026-06-01T12:00:00Z',
  agent: [{ requestor: true, who: { display: 'x' } }],
  source: { observer: { display: 'x' } },
  entity: [{ what: { reference: what } }],
});
const P1 = patient('p1', { identifier: [{ system: SYSTEM, value: '1' }], name: [{ family: CANARY }] });

async function put(...resources: Json[]): Promise<void> {
  for (const resource of resources) {
    const { status, body } = await store.put(resource);
    if (status > 201) throw new Error(`${resource.resourceType}/${resource.id}: ${JSON.stringify(body)}`);
  }
}

/** What only patient p1 has. */
async function putRecord(): Promise<void> {
  await put(
    P1,
    { ...P1, name: [{ family: 'Other', given: [CANARY] }] },
    {
      resourceType: 'Encounter',
      id: 'e1',
      status: 'finished',
      class: { code: 'AMB' },
      subject: to('Patient/p1')[0],
    },
    {
      resourceType: 'QuestionnaireResponse',
      id: 'r1',
      status: 'completed',
      subject: to('Patient/p1')[0],
      item: [{ linkId: 'a', answer: [{ valueString: CANARY }] }],
    },
    observation('r1.a', 'p1', { derivedFrom: to('QuestionnaireResponse/r1') }),
    observation('no-subject', null, {
      derivedFrom: to('QuestionnaireResponse/r1'),
      note: [{ text: CANARY }],
    }),
    observation('gone', 'p1'),
    {
      resourceType: 'Binary',
      id: 'b1',
      contentType: 'text/plain',
      data: Buffer.from(CANARY).toString('base64'),
    },
    { resourceType: 'Binary', id: 'b2', contentType: 'text/plain', data: 'QQ==' },
    {
      resourceType: 'DocumentReference',
      id: 'd1',
      status: 'current',
      subject: to('Patient/p1')[0],
      content: [{ attachment: { url: 'Binary/b1' } }, { attachment: { url: 'Binary/b2' } }],
    },
    provenance('r1.v1', 'QuestionnaireResponse/r1', 'Observation/r1.a'),
    {
      resourceType: 'Task',
      id: 'r1.task',
      status: 'requested',
      intent: 'order',
      focus: to('Observation/r1.a')[0],
    },
  );
  expect((await store.send('DELETE', '/Observation/gone')).status).toBe(204);
}
const RECORD = [
  'Binary/b1',
  'DocumentReference/d1',
  'Encounter/e1',
  'Observation/gone',
  'Observation/no-subject',
  'Observation/r1.a',
  'Patient/p1',
  'Provenance/r1.v1',
  'QuestionnaireResponse/r1',
  'Task/r1.task',
];

/** What is not patient p1's, or not alone. */
async function putOthers(): Promise<void> {
  const member = (reference: string) => ({ entity: { reference, display: `name in ${reference}` } });
  await put(
    patient('p2', { name: [{ family: 'Kept' }], link: [{ other: to('Patient/p1')[0], type: 'seealso' }] }),
    patient('p2', { name: [{ family: 'Kept' }] }),
    observation('o2', 'p2', { performer: to('Patient/p1') }),
    observation('corrected', 'p1'),
    observation('corrected', 'p2'),
    provenance('shared', 'Observation/r1.a', 'Observation/o2'),
    {
      resourceType: 'Group',
      id: 'g',
      type: 'person',
      actual: true,
      member: ['Patient/p1', 'Patient/p2'].map(member),
    },
    {
      resourceType: 'DocumentReference',
      id: 'd2',
      status: 'current',
      subject: to('Patient/p2')[0],
      content: [{ attachment: { url: 'Binary/b2' } }],
    },
    auditEvent('a1', 'Patient/p1'),
  );
}

function eraseP1(...responseIds: string[]) {
  const database = openDatabase(store.dataDir);
  try {
    const { resources, blanked } = eraseFromStore(database, 'p1', responseIds);
    return { resources: [...resources].sort(), blanked: [...blanked].sort() };
  } finally {
    database.close();
  }
}

describe('the record of one patient', () => {
  test('goes in every version, and its bytes with it, while the server has the store open', async () => {
    await putRecord();
    expect(filesWithCanary()).not.toEqual([]);
    expect(eraseP1()).toEqual({ resources: [...RECORD, 'Binary/b2'].sort(), blanked: [] });
    expect(filesWithCanary()).toEqual([]);
    for (const path of RECORD) {
      expect([path, (await store.get(`/${path}`)).status]).toEqual([path, 404]);
      expect([path, (await store.get(`/${path}/_history`)).status]).toEqual([path, 404]);
    }
    expect((await store.get('/_history')).body.total).toBe(0);
    expect(await store.ids(`/Patient?identifier=${SYSTEM}|1`)).toEqual([]);
    expect(await store.ids('/Observation?patient=p1')).toEqual([]);
  });

  test('leaves what is of others, or of nobody, without a word of the patient in its references', async () => {
    await putRecord();
    await putOthers();
    const { resources, blanked } = eraseP1();
    expect(resources).toEqual(RECORD);
    expect(blanked).toEqual([
      'Group/g',
      'Observation/corrected',
      'Observation/o2',
      'Patient/p2',
      'Provenance/shared',
    ]);
    const erased = { display: 'erased' };
    const body = async (path: string) => (await store.get(path)).body;
    expect((await body('/Group/g')).member).toEqual([
      { entity: erased },
      { entity: { reference: 'Patient/p2', display: 'name in Patient/p2' } },
    ]);
    expect((await body('/Provenance/shared')).target).toEqual([erased, { reference: 'Observation/o2' }]);
    expect((await body('/Observation/o2')).performer).toEqual([erased]);
    expect((await body('/Patient/p2/_history/1')).link[0].other).toEqual(erased);
    expect((await body('/Observation/corrected/_history/1')).subject).toEqual(erased);
    expect((await body('/Observation/corrected')).subject.reference).toBe('Patient/p2');
    expect(await store.ids('/Observation?patient=p2&_sort=_id')).toEqual(['corrected', 'o2']);
    expect((await store.get('/Binary/b2')).status).toBe(200);
    expect(await store.ids('/Group?member=p1')).toEqual([]);
    expect(await store.ids('/Provenance?target=Observation/o2')).toEqual(['shared']);
  });

  test('AuditEvents stay as they are, are found, and meet a patient who comes back', async () => {
    await putRecord();
    await putOthers();
    eraseP1();
    expect((await store.get('/AuditEvent/a1')).body.entity[0].what.reference).toBe('Patient/p1');
    expect(await store.ids('/AuditEvent?patient=p1')).toEqual(['a1']);
    const again = await store.put(patient('p1', { identifier: [{ system: SYSTEM, value: '2' }] }));
    expect([again.status, again.body.meta.versionId]).toEqual([201, '1']);
    expect(await store.ids('/AuditEvent?patient=p1')).toEqual(['a1']);
    expect((await store.get('/AuditEvent?_include=AuditEvent:entity')).body.entry).toHaveLength(2);
    expect((await store.get('/Patient/p1/_history')).body.total).toBe(1);
    await put(observation('o1', 'p1'));
    // The numbers of texts that were erased are not those of a server under way, nor of the one that comes after.
    const searches = async () => [
      await store.ids(`/Patient?identifier=${SYSTEM}|2`),
      await store.ids(`/Patient?identifier=${SYSTEM}|1`),
      await store.ids('/Observation?patient=p1'),
      await store.ids('/Observation?subject=Patient/p2&_sort=_id'),
    ];
    const found = [['p1'], [], ['o1'], ['corrected', 'o2']];
    expect(await searches()).toEqual(found);
    await store.restart();
    expect(await searches()).toEqual(found);
  });

  test('what was withdrawn without a subject goes by the id of its response', async () => {
    await put(
      patient('p1'),
      { resourceType: 'QuestionnaireResponse', id: 'r5', status: 'entered-in-error' },
      observation('r5.panel', null),
      observation('r50.panel', null),
      { resourceType: 'QuestionnaireResponse', id: 'r50', status: 'entered-in-error' },
    );
    expect(eraseP1('r5').resources).toEqual([
      'Observation/r5.panel',
      'Patient/p1',
      'QuestionnaireResponse/r5',
    ]);
    expect(eraseP1()).toEqual({ resources: [], blanked: [] });
    expect((await store.get('/_history')).body.total).toBe(2);
  });

  test('a page of a search under way shows nothing that was written since', async () => {
    await put(...['a', 'b', 'c'].map((id) => observation(id, null)), P1);
    const first = await store.get('/Observation?_count=2&_sort=_id');
    const next = first.body.link
      .find(({ relation }: Json) => relation === 'next')
      .url.slice(store.url.length);
    eraseP1();
    await put(observation('d', null));
    expect(await store.ids(next)).toEqual(['c']);
    expect(await store.ids('/Observation?_sort=_id')).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a reader who keeps the bytes is told of, and once it is gone the same again takes them', async () => {
    await putRecord();
    const reader = new Database(join(store.dataDir, 'fhir.db'));
    reader.exec('BEGIN');
    reader.get('SELECT count(*) FROM version');
    expect(() => eraseP1()).toThrow('run the same command again');
    reader.exec('COMMIT');
    reader.close();
    expect(filesWithCanary()).not.toEqual([]);
    expect(eraseP1().resources).toEqual([]);
    expect(filesWithCanary()).toEqual([]);
  });
});

describe('npm run erase', () => {
  async function run(args: string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [ERASE, ...args], {
      env: { PATH: process.env.PATH ?? '', DATA_DIR: store.dataDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
      });
    const [code] = await once(child, 'close');
    return { code, text };
  }

  const now = () => new Date('2026-06-01T12:00:00Z');
  function openOutbox(): Database {
    const file = join(store.dataDir, 'outbox.db');
    const database = new Database(file);
    migrate(database, file, OUTBOX_STEPS);
    return database;
  }
  /** The sessions, with one of this patient. */
  async function openSession(person: string): Promise<Database> {
    const database = openSessions(store.dataDir);
    const rows = new SessionRows(database, createSeal(loadSealKey(join(store.dataDir, 'keys'))));
    const access = { patient: person, person, isPatient: true, who: person, client: 'c' };
    const kept = { kind: 'smart' as const, scope: '', access, iss: null, encounter: null, tokens: null };
    const times = { endsAt: now().getTime(), idleMs: null, lapsedAt: null };
    await rows.add('s1', { ...kept, ...times }, { seenAt: 0, goneAt: now().getTime() });
    return database;
  }
  const entry = (responseId: string, subject: string) => ({
    responseId,
    kind: 'response' as const,
    version: 1,
    contentHash: 'x',
    subject,
    payload: {
      transaction: { resourceType: 'Bundle' as const, type: 'transaction' as const, id: CANARY },
      document: null,
      isPatientKnown: true,
      replaces: null,
    },
    alert: null,
  });

  test('erases outbox and store, says what is elsewhere, and leaves an audit', async () => {
    await putRecord();
    const database = openOutbox();
    const outbox = new DiskOutbox(database, { now, owner: 'test' });
    const { seq } = outbox.put(entry('r1', 'Patient/p1'));
    outbox.finish(seq, {
      state: 'written',
      nextAttempt: null,
      location: 'QuestionnaireResponse/theirs-1',
      serverVersion: '1',
      plan: 'full',
      issue: null,
    });
    outbox.put({ ...entry('r2', 'Patient/p2'), contentHash: 'kept' });
    database.run('UPDATE entry SET payload = NULL WHERE response_id = ?', 'r2');
    expect(filesWithCanary().length).toBeGreaterThan(1);
    const sessions = await openSession('Patient/p1');
    const args = ['Patient/p1', '--reason', 'asked for by letter', '--yes'];
    const { code, text } = await run(args, { FHIR_BASE_URL: 'http://fhir.example/r4' });
    expect([code, text]).toEqual([0, expect.stringContaining('Patient/p1 is erased.')]);
    expect(text).toContain('Outbox: 1 responses.');
    expect(text).toContain('Sessions that were ended: 1.');
    expect(sessions.all('SELECT id FROM session')).toEqual([]);
    sessions.close();
    expect(text).toContain('3 Observation');
    expect(text).toContain('http://fhir.example/r4');
    expect(text).toContain('QuestionnaireResponse/theirs-1');
    expect(filesWithCanary()).toEqual([]);
    expect([outbox.entriesOf('r1').length, outbox.entriesOf('r2').length]).toEqual([0, 1]);
    const audits = database
      .all<{ json: string }>('SELECT json FROM audit')
      .map(({ json }) => JSON.parse(json));
    expect(audits).toHaveLength(1);
    expect(audits[0]).toMatchObject({
      action: 'D',
      outcome: '0',
      purposeOfEvent: [{ text: 'asked for by letter' }],
    });
    expect(JSON.stringify(audits[0].entity)).toContain('Patient/p1');
    database.close();
    expect((await store.get('/Patient/p1')).status).toBe(404);
    expect((await run(args)).code).toBe(0);
  });

  test('while a response of the patient is being sent, nothing is erased, and that is audited as well', async () => {
    await putRecord();
    const database = openOutbox();
    const outbox = new DiskOutbox(database, { now: () => new Date(), owner: 'the service' });
    outbox.put(entry('r1', 'Patient/p1'));
    const { code, text } = await run(['Patient/p1', '--reason', 'x', '--yes']);
    expect([code, text]).toEqual([1, expect.stringContaining('is being sent just now')]);
    expect(outbox.entriesOf('r1')).toHaveLength(1);
    expect((await store.get('/Patient/p1')).status).toBe(200);
    const audits = database
      .all<{ json: string }>('SELECT json FROM audit')
      .map(({ json }) => JSON.parse(json));
    expect(audits.map(({ outcome }) => outcome)).toEqual(['8']);
    database.close();
  });

  test('without a patient, a reason or --yes nothing happens', async () => {
    await put(P1);
    const wrong = [
      ['Patient/p1', '--reason', 'x'],
      ['Patient/p1', '--yes'],
      ['Patient/p1', '--reason', ' ', '--yes'],
      ['--reason', 'x', '--yes'],
      ['p1', '--reason', 'x', '--yes'],
      ['Patient/p1', 'Patient/p2', '--reason', 'x', '--yes'],
      ['Patient/p1', '--reason', 'x', '--yes', '--fast'],
    ];
    for (const args of wrong) {
      const { code, text } = await run(args);
      expect([args, code, text]).toEqual([args, 2, expect.stringContaining('npm run erase')]);
    }
    expect(readdirSync(store.dataDir)).not.toContain('outbox.db');
    expect((await store.get('/Patient/p1')).status).toBe(200);
  }, 60_000);
});
