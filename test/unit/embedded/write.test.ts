import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase, readCurrent, type Store } from '../../../src/embedded/store.js';
import { Terms } from '../../../src/embedded/terms.js';
import { type Write, writeAll } from '../../../src/embedded/write.js';
import { Problem } from '../../../src/fhir/outcome.js';

let dataDir: string;
let store: Store;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'embedded-write-'));
  const database = openDatabase(dataDir);
  const now = () => new Date('2026-06-01T12:00:00Z');
  store = { database, terms: new Terms(database), base: 'http://127.0.0.1:1/fhir', now };
});
afterEach(() => {
  store.database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const write = (id: string, system: string, text = ''): Write => ({
  method: 'PUT',
  type: 'Patient',
  id,
  at: 'Patient',
  resource: { resourceType: 'Patient', id, identifier: [{ system, value: '1' }], text },
});
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.issues[0].code;
    throw error;
  }
  return 'none';
};

test('a full disk stores nothing of a transaction, and writing goes on when there is room', () => {
  writeAll(store, [write('p1', 'urn:a')]);
  store.database.exec('PRAGMA max_page_count = 60');
  const attempt = () => writeAll(store, [write('p2', 'urn:b'), write('p3', 'urn:c', 'x'.repeat(1_000_000))]);
  expect(codeOf(attempt)).toBe('store-unavailable');
  expect(readCurrent(store, { type: 'Patient', id: 'p2' })).toBeUndefined();
  store.database.exec('PRAGMA max_page_count = 100000');
  expect(attempt().map(({ outcome }) => outcome)).toEqual(['created', 'created']);
  // The numbers of urn:b and urn:c were rolled back with the first attempt; they must be stored anew.
  expect(store.database.all('SELECT text FROM term WHERE text LIKE ?', 'urn:%')).toHaveLength(3);
});

test('a read-only store answers so, and is still read', () => {
  writeAll(store, [write('p1', 'urn:a')]);
  store.database.exec('PRAGMA query_only = ON');
  expect(codeOf(() => writeAll(store, [write('p2', 'urn:a')]))).toBe('store-unavailable');
  expect(readCurrent(store, { type: 'Patient', id: 'p1' })?.number).toBe(1);
});

test('every write is on disk before it is answered', () => {
  expect(store.database.get('PRAGMA journal_mode')).toMatchObject({ journal_mode: 'wal' });
  expect(store.database.get('PRAGMA synchronous')).toMatchObject({ synchronous: 2 });
});
