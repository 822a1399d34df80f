import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.js';
import { Database } from '../../src/io/database.js';
import { idsOf, type Json, send } from '../support/embedded-fixture.js';
import { writeVersion1 } from '../support/embedded-version-1.js';

const WRITTEN = new Date('2026-05-01T08:00:00.000Z');
const meta = (versionId: number) => ({ versionId: String(versionId), lastUpdated: WRITTEN.toISOString() });

let dataDir: string;
let server: EmbeddedServer;
const get = async (path: string) => (await send(server.url + path, {})).body;
const ids = async (path: string) => idsOf(await get(path)).join(' ');
const start = () => createEmbeddedServer({ dataDir, port: 0, now: () => new Date('2026-06-01T00:00:00Z') });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'embedded-migration-'));
  const patient = (versionId: number, more: Json = {}) => ({
    json: { resourceType: 'Patient', id: 'p1', meta: meta(versionId), name: [{ family: 'Old' }], ...more },
  });
  writeVersion1(dataDir, WRITTEN, [
    patient(1),
    {
      json: {
        resourceType: 'Task',
        id: 't1',
        meta: meta(1),
        status: 'requested',
        intent: 'order',
        priority: 'urgent',
        for: { reference: 'http://127.0.0.1:45678/fhir/Patient/p1' },
        note: [{ text: 'x', authorReference: { reference: 'Organization/org' } }],
      },
      tokens: [{ index: 'Task.status', code: 'requested' }],
    },
    { json: { resourceType: 'Organization', id: 'org', meta: meta(1), name: 'Zed' } },
    patient(2, { active: true, birthDate: '1980-05-04' }),
    { json: { resourceType: 'Device', id: 'd1', meta: meta(1), constructor: 5 } },
  ]);
  server = await start();
});
afterAll(async () => {
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('a store of the first version keeps its resources and their versions', async () => {
  expect(await get('/Patient/p1')).toMatchObject({ active: true, meta: meta(2) });
  expect(await get('/Patient/p1/_history/1')).not.toHaveProperty('active');
  expect((await get('/Patient/p1/_history')).total).toBe(2);
  const all = await get('/_history');
  expect(all.entry.map(({ request }: Json) => `${request.method} ${request.url}`)).toEqual([
    'PUT Device/d1',
    'PUT Patient/p1',
    'PUT Organization/org',
    'PUT Task/t1',
    'PUT Patient/p1',
  ]);
});

test('what it has is found by old and new parameters, and sorted', async () => {
  expect(await ids('/Task?status=requested')).toBe('t1');
  expect(await ids('/Task?priority=urgent')).toBe('t1');
  expect(await ids('/Task?patient=p1')).toBe('t1');
  expect(await ids('/Patient?family=old&active=true&birthdate=1980')).toBe('p1');
  expect(await ids('/Patient?_lastUpdated=2026-05-01&_sort=-birthdate')).toBe('p1');
  expect(await ids('/Device')).toBe('d1');
  const database = new Database(join(dataDir, 'fhir.db'));
  expect(database.get('PRAGMA user_version')).toMatchObject({ user_version: 3 });
  expect(database.get("SELECT name FROM resource WHERE id = 'org'")).toMatchObject({ name: 'zed' });
  database.close();
});

test('its references are known to a delete', async () => {
  const remove = async (path: string) => (await send(server.url + path, { method: 'DELETE' })).status;
  expect(await remove('/Organization/org')).toBe(409);
  expect(await remove('/Patient/p1')).toBe(409);
  expect(await remove('/Task/t1')).toBe(204);
  expect(await remove('/Organization/org')).toBe(204);
  expect(await remove('/Patient/p1')).toBe(204);
});

test('it opens again', async () => {
  await server.close();
  server = await start();
  expect((await send(`${server.url}/Patient/p1`, {})).status).toBe(410);
  expect(await ids('/Device')).toBe('d1');
});
