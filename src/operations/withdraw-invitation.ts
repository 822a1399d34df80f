import { INVITATION_STATUS } from '../fhir/invitation.js';
import { changeTask } from '../fhir/task.js';
import {
  changed,
  isTask,
  noTask,
  requireSeen,
  requireTask,
  type TaskChange,
  type TaskRequest,
} from './change-task.js';
import type { Ports } from './ports.js';

/**
 * `PUT Task/{id}` of an invitation, its status alone: `cancelled` takes it back. Its link opens nothing from then on,
 * whatever becomes of the FHIR server. Throws a Problem; then nothing was changed.
 */
export async function withdrawInvitation(
  { id, body, ifMatch }: Omit<TaskRequest, 'by'>,
  { records, invitations, now }: Ports,
): Promise<TaskChange> {
  requireTask(body);
  if (!invitations.find(id)) throw noTask();
  const stored = await records.read('Task', id);
  if (!stored || !isTask(stored)) throw noTask();
  requireSeen(stored, ifMatch);
  const task = changed(changeTask(stored, body, { now: now(), by: null, rule: INVITATION_STATUS }));
  if (task.status === stored.status) return { task: stored, isQueued: false };
  invitations.close(id);
  if (!(await invitations.tell(id))) return { task, isQueued: true };
  const written = await records.read('Task', id).catch(() => null);
  return { task: written && isTask(written) ? written : task, isQueued: false };
}
