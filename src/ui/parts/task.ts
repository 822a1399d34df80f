import type { Task } from 'fhir/r4.js';
import { putFhir, type Reply } from './fhir-client.js';

/** The identifier system of the Tasks that the service raises: on a shared FHIR server there are others. */
export const TASK_IDENTIFIER = 'https://w3id.org/axspa-screening/task';

/** Every status of R4, and whether somebody still has to see to it: anything that is not final, waits. */
const WAITS: Readonly<Record<Task['status'], boolean>> = {
  draft: true,
  requested: true,
  received: true,
  accepted: true,
  rejected: true,
  ready: true,
  cancelled: false,
  'in-progress': true,
  'on-hold': true,
  failed: true,
  completed: false,
  'entered-in-error': false,
};

/** To search for: the statuses in which nobody has seen to it yet. */
export const WAITING_STATUSES: readonly string[] = Object.entries(WAITS).flatMap(([status, waits]) =>
  waits ? status : [],
);

/** Whether nobody has seen to it yet. A status that is not known waits. */
export function isWaiting({ status }: Pick<Task, 'status'>): boolean {
  return WAITS[status] ?? true;
}

/** Whether the service raised it. */
export function isOurs({ identifier = [] }: Pick<Task, 'identifier'>): boolean {
  return identifier.some(({ system }) => system === TASK_IDENTIFIER);
}

/** Whom the record names for its status: a name, or else `Practitioner/{id}`; undefined for nobody. */
export function ownerOf({ owner }: Pick<Task, 'owner'>): string | undefined {
  return owner?.display ?? owner?.identifier?.value ?? owner?.reference;
}

/** Says that somebody is seeing to the red flags: reminders end. 412 when the Task was changed since it was read. */
export function completeTask(task: Task): Promise<Reply<Task>> {
  // One that is still on its way to the FHIR server has no version there, so none is asked for.
  const version = task.meta?.versionId;
  const etag = version === undefined ? null : `W/"${version}"`;
  return putFhir<Task>(`Task/${encodeURIComponent(task.id ?? '')}`, { ...task, status: 'completed' }, etag);
}
