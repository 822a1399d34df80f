import type { FhirResource, Task } from 'fhir/r4.js';
import { toPutBundle } from '../fhir/bundle.js';
import { resourcesOf } from '../fhir/delivery-plan.js';
import { canonicalJson, sha256 } from '../fhir/identity.js';
import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import { changeTask, isAcknowledged } from '../fhir/task.js';
import { Withheld } from '../fhir/withheld.js';
import { isOurId } from './accepted.js';
import type { Entry, Ports } from './ports.js';

export interface TaskChange {
  readonly task: Task;
  /** Accepted, and still on its way to the FHIR server. */
  readonly isQueued: boolean;
}

export interface TaskRequest {
  readonly id: string;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
  /** Who asks, `Type/{id}`; null when nobody is signed in. */
  readonly by: string | null;
}

/**
 * `PUT Task/{id}`, its status alone: completing it says that somebody has seen to the red flags, and ends the
 * reminders. Throws a Problem; then nothing was changed.
 */
export async function updateTask({ id, body, ifMatch, by }: TaskRequest, ports: Ports): Promise<TaskChange> {
  requireTask(body);
  const responseId = id.replace(/\.task$/, '');
  if (!id.endsWith('.task') || !isOurId(responseId)) throw noTask();
  return ports.delivery.inOrder(responseId, async () => {
    const stored = await readTask(id, ports);
    if (!stored) throw noTask();
    requireSeen(stored, ifMatch);
    const task = changed(changeTask(stored, body, { now: ports.now(), by }));
    if (task.status === stored.status) return { task: stored, isQueued: false };
    return deliver(responseId, task, ports);
  });
}

/** What `PUT Task/{id}` is sent. Throws a Problem for anything else. */
export function requireTask(body: unknown): asserts body is object {
  if (memberOf(body, 'resourceType') === 'Task') return;
  const text = 'The body must be a Task resource.';
  throw new Problem({ code: 'wrong-resource-type', text, expression: 'resourceType' });
}

/** Throws a Problem `version-mismatch` for a change of what stands there no more. */
export function requireSeen(stored: Task, ifMatch: string | undefined): void {
  const seen = ifMatch && /^(?:W\/)?"([^"]*)"$/.exec(ifMatch.trim())?.[1];
  if (ifMatch === undefined || seen === stored.meta?.versionId) return;
  const text = 'The Task is not at the version that If-Match names: read it again.';
  throw new Problem({ code: 'version-mismatch', text });
}

/** The changed Task. Throws a Problem for one that cannot be changed so. */
export function changed(change: ReturnType<typeof changeTask>): Task {
  if ('task' in change) return change.task;
  Problem.throwIfAny(change.issues);
  throw new Error('A Task that cannot be changed has an issue');
}

async function deliver(responseId: string, task: Task, ports: Ports): Promise<TaskChange> {
  const entries = ports.outbox.entriesOf(responseId);
  const { entry } = await ports.delivery.accept({
    responseId,
    kind: 'task',
    version: Math.max(1, ...entries.map(({ version }) => version)),
    contentHash: sha256(canonicalJson(task)),
    subject: task.for?.reference ?? null,
    payload: {
      transaction: toPutBundle([task]),
      document: null,
      isPatientKnown: true,
      replaces: null,
    },
    alert: null,
  });
  if (entry.state === 'refused' && entry.kind === 'task' && ports.outbox.takeBack(entry.seq)) {
    throw new Problem(entry.issue ?? { code: 'refused-by-server', text: 'The FHIR server did not take it.' });
  }
  if (isAcknowledged(task)) ports.outbox.closeAlert(responseId);
  return { task, isQueued: entry.state !== 'written' };
}

/** The Task as it was changed last, also while the change is on its way; null for none. */
export async function readTask(id: string, ports: Ports): Promise<Task | null> {
  const entries = ports.outbox.entriesOf(id.replace(/\.task$/, ''));
  const open = taskIn(entries.filter(({ state }) => state !== 'written'));
  if (open) return open;
  const found = await ports.records.read('Task', id).catch((error: unknown) => {
    // Away: what was delivered last can still be acknowledged.
    const kept = taskIn(entries);
    if (kept && error instanceof Problem && !(error instanceof Withheld)) return kept;
    throw error;
  });
  return found && isTask(found) ? found : null;
}

/** The last Task that these entries carry. */
function taskIn(entries: readonly Entry[]): Task | undefined {
  return entries
    .flatMap(({ payload }) => (payload ? resourcesOf(payload.transaction) : []))
    .filter((resource) => isTask(resource))
    .at(-1);
}

export function isTask(resource: FhirResource): resource is Task {
  return resource.resourceType === 'Task';
}

export function noTask(): Problem {
  return new Problem({ code: 'resource-not-found', text: 'There is no such Task of this service.' });
}
