/** A backup of DATA_DIR while a service writes to it, and a service that starts from what was restored. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { restoreBackup } from '../../src/cli/restore-backup.js';
import { writeBackup } from '../../src/cli/write-backup.js';
import { createEmbeddedServer } from '../../src/embedded/embedded-server.js';
import { Database } from '../../src/io/database.js';
import { type Json, putEntry, send } from '../support/embedded-fixture.js';

const CHILD = fileURLToPath(new URL('../support/embedded-child.mjs', import.meta.url));
const COMMANDS = fileURLToPath(new URL('../../dist/cli', import.meta.url));

let home: string;
let dataDir: string;
let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'backup-'));
  dataDir = join(home, 'data');
  folder = join(home, 'backup');
  mkdirSync(dataDir);
});
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
  rmSync(home, { recursive: true, force: true });
});

const backup = () => writeBackup({ dataDir, folder, begun: new Date() });
const restored = () => join(home, 'restored');
const restore = () => restoreBackup({ dataDir: restored(), folder });
/** Nothing half-made is left beside what was there. */
const leftovers = () => readdirSync(home).filter((name) => name.startsWith('.'));

/** A store of one row. */
function writeStore(name: string, value: string): void {
  const database = new Database(join(dataDir, name));
  database.exec('CREATE TABLE kept (value TEXT)');
  database.run('INSERT INTO kept VALUES (?)', value);
  database.close();
}

function readStore(path: string): string | undefined {
  const database = new Database(path);
  try {
    return database.get<{ value: string }>('SELECT value FROM kept')?.value;
  } finally {
    database.close();
  }
}

async function startChild(): Promise<string> {
  child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout!, 'data', { signal: AbortSignal.timeout(10_000) });
  return String(line).trim();
}

describe('while another process writes', () => {
  const PAIR = (n: number): Json[] => [
    { resourceType: 'Patient', id: `p${n}` },
    {
      resourceType: 'Observation',
      id: `o${n}`,
      status: 'final',
      code: { text: 'x'.repeat(500) },
      subject: { reference: `Patient/p${n}` },
    },
  ];

  test('every write acknowledged before the backup began is in it, and none is cut in two', async () => {
    const url = await startChild();
    let acknowledged = 0;
    let isOver = false;
    const write = async () => {
      while (!isOver) {
        const entry = PAIR(acknowledged + 1).map((resource) => putEntry(resource));
        const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
        const headers = { 'Content-Type': 'application/fhir+json' };
        const { status } = await send(url, { method: 'POST', headers, body });
        if (status !== 200) throw new Error(`the writer was answered ${status}`);
        acknowledged += 1;
      }
    };
    const writing = write();
    const before: number[] = [];
    for (let n = 1; n <= 3; n += 1) {
      const goal = acknowledged + 40;
      for (let waited = 0; acknowledged < goal && waited < 10_000; waited += 5) await sleep(5);
      before.push(acknowledged);
      await writeBackup({ dataDir, folder: `${folder}-${n}`, begun: new Date() });
    }
    const after = acknowledged;
    isOver = true;
    await writing;
    expect(before[0]).toBeGreaterThanOrEqual(40);
    for (const [index, count] of before.entries()) {
      const target = join(home, `restored-${index}`);
      await restoreBackup({ dataDir: target, folder: `${folder}-${index + 1}` });
      const server = await createEmbeddedServer({ dataDir: target, port: 0, now: () => new Date() });
      const total = async (path: string) => (await send(server.url + path, {})).body.total;
      const [patients, observations] = [
        await total('/Patient?_count=0'),
        await total('/Observation?_count=0'),
      ];
      const last = (await send(`${server.url}/Patient/p${count}`, {})).status;
      await server.close();
      expect([patients, last]).toEqual([observations, 200]);
      expect(patients).toBeGreaterThanOrEqual(count);
      expect(patients).toBeLessThanOrEqual(after + 1);
    }
    expect(leftovers()).toEqual([]);
  }, 60_000);
});

describe('a backup', () => {
  test('has each file with its hash, for its owner alone, the outbox before the store', async () => {
    writeStore('fhir.db', 'store');
    writeStore('outbox.db', 'outbox');
    appendFileSync(join(dataDir, 'audit.ndjson'), '{"id":"1"}\n{"id":"2"}\n{"id":');
    for (const name of ['old.db-shm', 'old.db-wal', 'old.db-journal'])
      writeFileSync(join(dataDir, name), 'x');
    const manifest = await writeBackup({ dataDir, folder, begun: new Date('2026-06-01T12:00:00Z') });
    expect(manifest.files.map(({ name }) => name)).toEqual(['outbox.db', 'fhir.db', 'audit.ndjson']);
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toEqual(manifest);
    expect(manifest.begun).toBe('2026-06-01T12:00:00.000Z');
    expect(readdirSync(folder).sort()).toEqual(['audit.ndjson', 'fhir.db', 'manifest.json', 'outbox.db']);
    for (const { name, bytes, sha256 } of manifest.files) {
      const content = readFileSync(join(folder, name));
      expect([bytes, sha256]).toEqual([content.length, createHash('sha256').update(content).digest('hex')]);
    }
    const modes = readdirSync(folder).map((name) => statSync(join(folder, name)).mode & 0o777);
    expect([statSync(folder).mode & 0o777, ...modes]).toEqual([0o700, ...modes.map(() => 0o600)]);
    expect(readFileSync(join(folder, 'audit.ndjson'), 'utf8')).toBe('{"id":"1"}\n{"id":"2"}\n');
  });

  test('never overwrites, needs a store, and belongs outside of DATA_DIR', async () => {
    await expect(backup()).rejects.toThrow('holds no store');
    writeStore('fhir.db', 'x');
    await expect(writeBackup({ dataDir, folder: join(dataDir, 'b'), begun: new Date() })).rejects.toThrow(
      'lies in DATA_DIR',
    );
    await expect(writeBackup({ dataDir, folder: dataDir, begun: new Date() })).rejects.toThrow(
      'exists already',
    );
    await backup();
    const before = readFileSync(join(folder, 'manifest.json'), 'utf8');
    await expect(backup()).rejects.toThrow('exists already');
    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe(before);
    expect(leftovers()).toEqual([]);
  });

  test('leaves nothing when a store cannot be read', async () => {
    writeStore('outbox.db', 'x');
    writeFileSync(join(dataDir, 'fhir.db'), 'no SQLite file, but long enough to look like one '.repeat(200));
    await expect(backup()).rejects.toThrow();
    expect([existsSync(folder), leftovers()]).toEqual([false, []]);
  });
});

describe('to restore', () => {
  beforeEach(() => {
    writeStore('fhir.db', 'store');
    writeStore('outbox.db', 'outbox');
    appendFileSync(join(dataDir, 'audit.ndjson'), '{"id":"1"}\n');
  });

  test('makes DATA_DIR as it was, whether it is there or not', async () => {
    await backup();
    for (const isThere of [false, true]) {
      rmSync(restored(), { recursive: true, force: true });
      if (isThere) mkdirSync(restored());
      await restore();
      expect(readdirSync(restored()).sort()).toEqual(['audit.ndjson', 'fhir.db', 'outbox.db']);
      const modes = ['.', ...readdirSync(restored())].map(
        (name) => statSync(join(restored(), name)).mode & 0o777,
      );
      expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
      expect(readStore(join(restored(), 'fhir.db'))).toBe('store');
      expect(readStore(join(restored(), 'outbox.db'))).toBe('outbox');
    }
    expect(leftovers()).toEqual([]);
  });

  test('moves the files in where the folder itself cannot be replaced', async () => {
    await backup();
    mkdirSync(join(restored(), 'lost+found'), { recursive: true });
    await restore();
    expect(readdirSync(restored()).sort()).toEqual(['audit.ndjson', 'fhir.db', 'lost+found', 'outbox.db']);
    expect(readStore(join(restored(), 'fhir.db'))).toBe('store');
  });

  test('is refused where there is data already, and changes none of it', async () => {
    await backup();
    mkdirSync(restored());
    writeFileSync(join(restored(), 'fhir.db'), 'mine');
    await expect(restore()).rejects.toThrow('move it away');
    expect(readFileSync(join(restored(), 'fhir.db'), 'utf8')).toBe('mine');
  });

  /** What is done to the backup → what is said of it. */
  const DAMAGES: [name: string, damage: () => void, said: string][] = [
    [
      'a byte changed',
      () => {
        const path = join(folder, 'fhir.db');
        const bytes = readFileSync(path);
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
        writeFileSync(path, bytes);
      },
      'SHA-256',
    ],
    ['a file cut', () => writeFileSync(join(folder, 'outbox.db'), ''), 'SHA-256'],
    ['a file lost', () => rmSync(join(folder, 'outbox.db')), 'outbox.db is missing'],
    ['the manifest lost', () => rmSync(join(folder, 'manifest.json')), 'not a backup'],
    [
      'the manifest cut',
      () => writeFileSync(join(folder, 'manifest.json'), '{"begun":"x","files":[{}]}'),
      'not a backup',
    ],
    [
      'a manifest that leads elsewhere',
      () => rewriteManifest((file) => ({ ...file, name: `../backup/${file.name}` })),
      'not a backup',
    ],
    [
      'a store that was no store when it was hashed',
      () => {
        const bytes = Buffer.from('no SQLite file, but long enough to look like one '.repeat(200));
        writeFileSync(join(folder, 'fhir.db'), bytes);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        rewriteManifest((file) =>
          file.name === 'fhir.db' ? { ...file, bytes: bytes.length, sha256 } : file,
        );
      },
      'no sound SQLite store',
    ],
  ];
  function rewriteManifest(change: (file: Json) => Json): void {
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...manifest, files: manifest.files.map(change) }));
  }

  test.each(DAMAGES)('is refused for %s', async (_name, damage, said) => {
    await backup();
    damage();
    await expect(restore()).rejects.toThrow(said);
    expect([existsSync(restored()), leftovers()]).toEqual([false, []]);
    mkdirSync(restored());
    await expect(restore()).rejects.toThrow(said);
    expect([readdirSync(restored()), leftovers()]).toEqual([[], []]);
  });

  test('commands: done is 0, failed 1, wrong arguments or configuration 2', async () => {
    const run = async (name: string, args: string[], env: Record<string, string>) => {
      const command = [join(COMMANDS, `${name}.js`), ...args];
      const one = spawn(process.execPath, command, {
        env: { PATH: process.env.PATH ?? '', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 20_000,
      });
      let [out, error] = ['', ''];
      one.stdout.on('data', (chunk) => {
        out += chunk;
      });
      one.stderr.on('data', (chunk) => {
        error += chunk;
      });
      const [code] = await once(one, 'close');
      return { code, out, error };
    };
    const [from, into] = [{ DATA_DIR: dataDir }, { DATA_DIR: restored() }];
    expect(await run('backup', [folder], from)).toMatchObject({ code: 0, error: '' });
    expect(await run('backup', [folder], from)).toMatchObject({ code: 1, out: '' });
    expect(await run('restore', [folder], into)).toMatchObject({ code: 0, error: '' });
    expect(await run('restore', [folder], into)).toMatchObject({ code: 1, out: '' });
    expect(readStore(join(restored(), 'fhir.db'))).toBe('store');
    for (const args of [[], ['--help'], [folder, folder]]) {
      const { code, error } = await run('backup', args, from);
      expect([code, error]).toEqual([2, expect.stringContaining('npm run backup -- <folder>')]);
    }
    expect(await run('restore', [folder], { ...into, PORT: 'x' })).toMatchObject({ code: 2, out: '' });
  }, 60_000);
});
