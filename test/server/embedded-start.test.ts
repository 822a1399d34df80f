import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.js';
import { Database } from '../../src/io/database.js';
import { send } from '../support/embedded-fixture.js';

let dataDir: string;
const servers: EmbeddedServer[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'embedded-start-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(port = 0): Promise<EmbeddedServer> {
  const server = await createEmbeddedServer({ dataDir, port, now: () => new Date() });
  servers.push(server);
  return server;
}

const put = (url: string, id: string) =>
  send(`${url}/Patient/${id}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Patient', id }),
  });

test('listens on loopback, and makes its directory', async () => {
  dataDir = join(dataDir, 'a', 'b');
  const { url } = await start();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/fhir$/);
  expect((await put(url, 'p1')).status).toBe(201);
});

test('says which port is taken, and can start elsewhere afterwards', async () => {
  const { url } = await start();
  const port = Number(new URL(url).port);
  await expect(start(port)).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
  expect((await put((await start()).url, 'p1')).status).toBe(201);
});

test('closes soon although a connection is kept alive, and may be closed again', async () => {
  const server = await start();
  await put(server.url, 'p1');
  const begin = Date.now();
  await server.close();
  await server.close();
  expect(Date.now() - begin).toBeLessThan(1500);
  await expect(fetch(server.url)).rejects.toThrow();
});

describe('a store file', () => {
  test('of a newer version is refused and left as it is', async () => {
    await (await start()).close();
    const database = new Database(join(dataDir, 'fhir.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(start()).rejects.toThrow(/fhir\.db was written by a newer version .*99.*knows 3/);
  });

  test('that is none is refused', async () => {
    writeFileSync(join(dataDir, 'fhir.db'), 'not a database at all; '.repeat(500));
    await expect(start()).rejects.toThrow();
  });

  test('in a place that is no directory is refused', async () => {
    writeFileSync(join(dataDir, 'file'), '');
    dataDir = join(dataDir, 'file');
    await expect(start()).rejects.toThrow();
    dataDir = join(dataDir, '..');
  });
});

test('a store that cannot be written answers 503, stores nothing, and recovers', async () => {
  const { url } = await start();
  await put(url, 'p1');
  const other = new Database(join(dataDir, 'fhir.db'));
  other.exec('BEGIN IMMEDIATE');
  const { status, body } = await put(url, 'p2');
  expect([status, body.issue[0].code, body.issue[0].details.coding[0].code]).toEqual([
    503,
    'transient',
    'store-unavailable',
  ]);
  expect((await send(`${url}/Patient/p1`, {})).status).toBe(200);
  other.exec('ROLLBACK');
  other.close();
  expect((await send(`${url}/Patient/p2`, {})).status).toBe(404);
  expect((await put(url, 'p2')).status).toBe(201);
});
