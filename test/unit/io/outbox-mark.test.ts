/** What a page asks every few seconds: other than before whenever the outbox changed, and otherwise the same. */
import { afterEach, expect, test } from '@jest/globals';
import { Database, migrate } from '../../../src/io/database.js';
import { DiskOutbox } from '../../../src/io/outbox.js';
import type { Result } from '../../../src/io/outbox-rows.js';
import { OUTBOX_STEPS } from '../../../src/io/outbox-schema.js';
import type { NewEntry } from '../../../src/operations/ports.js';

let database: Database | undefined;
afterEach(() => {
  database?.close();
  database = undefined;
});

const entry = (responseId: string, more: Partial<NewEntry> = {}): NewEntry => ({
  ...{
    responseId,
    kind: 'response',
    version: 1,
    contentHash: responseId,
    subject: 'Patient/p1',
    alert: null,
  },
  payload: {
    transaction: { resourceType: 'Bundle', type: 'transaction' },
    ...{ document: null, isPatientKnown: true, replaces: null },
  },
  ...more,
});

const result = (state: Result['state']): Result => ({
  ...{ state, nextAttempt: state === 'queued' ? 1 : null, location: null, serverVersion: null },
  ...{ plan: null, issue: null },
});

test('moves with every step of an entry, and with nothing else', () => {
  database = new Database(':memory:');
  migrate(database, ':memory:', OUTBOX_STEPS);
  const outbox = new DiskOutbox(database, { now: () => new Date(0), owner: 'one' });
  const marks = [outbox.mark()];
  const step = (work: () => void) => {
    work();
    marks.push(outbox.mark());
  };
  let [a, b] = [0, 0];
  step(() => {
    a = outbox.put(entry('ra', { alert: 'stat' })).seq;
  });
  step(() => outbox.finish(a, result('written')));
  step(() => {
    b = outbox.put(entry('rb')).seq;
  });
  step(() => outbox.finish(b, result('refused')));
  step(() => outbox.drop('rb', 'not needed'));
  step(() => {
    outbox.put(entry('ra', { kind: 'task' }));
  });
  step(() => outbox.closeAlert('ra'));
  step(() => outbox.forget([b]));
  expect(new Set(marks).size).toBe(marks.length);
  expect(marks.every((mark) => /^[0-9a-f]{16}$/.test(mark))).toBe(true);
  // Reading, auditing and holding an entry are no news.
  database.run("INSERT INTO audit (id, json) VALUES ('x', '{}')");
  outbox.counts();
  outbox.list({ state: null, after: null, count: 9 });
  outbox.renew(a);
  expect(outbox.mark()).toBe(marks.at(-1));
});
