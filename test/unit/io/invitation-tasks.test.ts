/** Tasks of invitations, told from an outbox on disk; the FHIR server is a map. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { FhirResource, Task } from 'fhir/r4.js';
import type { Database } from '../../../src/io/database.js';
import { InvitationTasks } from '../../../src/io/invitation-tasks.js';
import { DiskInvitations } from '../../../src/io/invitations.js';
import { openOutbox } from '../../../src/io/open-outbox.js';
import type { Invitation } from '../../../src/operations/invitation-port.js';
import type { FhirServer } from '../../../src/operations/ports.js';

let folder: string;
let database: Database;
let now: Date;
let there: Map<string, FhirResource>;
let broken: string[];
let tasks: InvitationTasks;
let invitations: DiskInvitations;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'invitation-tasks-'));
  database = openOutbox(folder);
  now = new Date('2026-05-04T08:00:00.000Z');
  there = new Map();
  broken = [];
  const records: Pick<FhirServer, 'read' | 'write'> = {
    read: async (type, id) => {
      if (broken.includes(id)) throw new TypeError('a bug');
      return there.get(`${type}/${id}`) ?? null;
    },
    write: async ({ url, resource }) => {
      there.set(url, resource);
      return { state: 'written', entries: [{ reference: url, versionId: null }] };
    },
  };
  tasks = new InvitationTasks({
    database,
    records: records as FhirServer,
    now: () => now,
    random: () => 1,
    warn: () => undefined,
  });
  invitations = new DiskInvitations(database, tasks, () => now);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const later = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};
const round = () => tasks.round(() => false);
const prepare = () =>
  invitations.prepare({
    patient: 'Patient/p1',
    questionnaire: 'https://q.example|1',
    expires: new Date('2026-05-18T08:00:00.000Z'),
  });
function putTask({ id }: Invitation): void {
  const task: Task = { resourceType: 'Task', id, status: 'requested', intent: 'order' };
  there.set(`Task/${id}`, task);
}
const statusOf = ({ id }: Invitation) => (there.get(`Task/${id}`) as Task).status;

/** Its response was accepted and written. */
function write({ responseId }: Invitation): void {
  const id = responseId;
  const sql = `INSERT INTO entry (response_id, kind, version, content_hash, state, queued_at)
    VALUES (?, 'response', 1, 'hash', 'written', 1)`;
  database.run(sql, id);
  there.set(`QuestionnaireResponse/${id}`, {
    resourceType: 'QuestionnaireResponse',
    id,
    status: 'completed',
  });
}

test('a Task that was looked for before a slow server had written it is told all the same', async () => {
  const invitation = prepare();
  later(61);
  await round();
  putTask(invitation);
  invitations.release(invitation.id);
  write(invitation);
  await round();
  expect(statusOf(invitation)).toBe('completed');
});

test('one that cannot be told, for a fault of ours, holds up no other', async () => {
  const [stuck, other] = [prepare(), prepare()];
  for (const one of [stuck, other]) {
    putTask(one);
    invitations.release(one.id);
    write(one);
  }
  // The first in line.
  database.run('UPDATE invitation SET next_attempt = -1 WHERE id = ?', stuck.id);
  broken = [stuck.id];
  await expect(round()).rejects.toThrow('a bug');
  await round();
  expect([statusOf(stuck), statusOf(other)]).toEqual(['requested', 'completed']);
  broken = [];
  later(60);
  await round();
  expect(statusOf(stuck)).toBe('completed');
});
