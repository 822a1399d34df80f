import type { Bundle, Observation, Task } from 'fhir/r4.js';
import { getFhir, nextOf, putFhir, type Reply, resourcesIn } from '../parts/fhir-client.js';
import { loadAll, search } from '../parts/load-screenings.js';
import { patientId, toRedFlags } from '../parts/screening.js';
import { urgencyRank } from '../parts/words.js';

/** An open Task: red flags that nobody has seen to. */
export interface Alert {
  readonly task: Task;
  /** Id of the response. */
  readonly response: string;
  readonly patient: string | null;
  /** A code of CodeSystem `verdicts`. */
  readonly urgency: string;
  /** Names of the red flags; empty when they could not be read. */
  readonly flags: readonly string[];
  /** When the Task was raised, and when the questions were answered: FHIR dateTimes; null when it is not said. */
  readonly raised: string | null;
  readonly answered: string | null;
}

export interface Alerts {
  readonly list: readonly Alert[];
  /** There are more than these. */
  readonly isCut: boolean;
}

/** Statuses in which nobody has seen to it yet. */
const OPEN: readonly Task['status'][] = ['requested', 'received', 'accepted', 'in-progress'];

/** At most this many at once. */
const COUNT = 50;

/** Every open Task, with the red flags that it is about, in two requests; null when they cannot be read. */
export async function loadTasks(): Promise<{ tasks: Task[]; isCut: boolean } | null> {
  const query = search({ status: OPEN, _sort: ['-authored-on'], _count: [`${COUNT}`] });
  const reply = await getFhir<Bundle<Task>>(`Task?${query}`);
  if (reply.state !== 'done') return null;
  return { tasks: resourcesIn(reply.body), isCut: nextOf(reply.body) !== null };
}

/** The Task of a response as it was changed last; null when it has none that is open, undefined when nobody knows. */
export async function loadTaskOf(response: string): Promise<Task | null | undefined> {
  const reply = await getFhir<Task>(`Task/${response}.task`);
  if (reply.state !== 'done') return reply.state === 'refused' && reply.status === 404 ? null : undefined;
  return OPEN.includes(reply.body.status) ? reply.body : null;
}

/** Tasks with what is on its way to them: one that was completed just now is not open any more. */
export function refreshTasks(tasks: readonly Task[], now: ReadonlyMap<string, Task | null>): Task[] {
  const kept = tasks.flatMap((task) => {
    const changed = now.get(task.id ?? '');
    return changed === undefined ? task : (changed ?? []);
  });
  const known = tasks.map(({ id }) => id);
  return [...kept, ...[...now.values()].flatMap((task) => (task && !known.includes(task.id) ? task : []))];
}

/** The most urgent first; among equals the newest. */
export async function toAlerts(tasks: readonly Task[]): Promise<Alert[]> {
  const focus = tasks.flatMap((task) => focusOf(task) ?? []);
  const query = search({ _id: focus, _count: [`${focus.length}`] });
  const found = focus.length > 0 ? await loadAll<Observation>(`Observation?${query}`) : [];
  const alerts = tasks.map((task) =>
    toAlert(
      task,
      found?.find(({ id }) => id === focusOf(task)),
    ),
  );
  return alerts.sort(
    (a, b) => urgencyRank(a.urgency) - urgencyRank(b.urgency) || compare(b.raised ?? '', a.raised ?? ''),
  );
}

/** How urgent it is says the Task; the Observation, which flags. */
export function toAlert(task: Task, observation: Observation | undefined): Alert {
  const { id = '', authoredOn = null, priority } = task;
  const redFlags = observation?.status === 'entered-in-error' ? null : toRedFlags(observation);
  return {
    task,
    response: id.replace(/\.task$/, ''),
    patient: patientId(task.for?.reference),
    urgency: priority === 'stat' ? 'emergency' : 'same-day',
    flags: redFlags?.flags ?? [],
    raised: authoredOn,
    answered: observation?.effectiveDateTime ?? null,
  };
}

/** Completes the Task, as it was read: somebody is seeing to the red flags, and the reminders end. */
export function acknowledge({ task }: Alert): Promise<Reply<Task>> {
  const completed: Task = { ...task, status: 'completed' };
  return putFhir<Task>(`Task/${task.id}`, completed, `W/"${task.meta?.versionId ?? ''}"`);
}

function focusOf({ focus }: Task): string | null {
  return /^Observation\/(.+)$/.exec(focus?.reference ?? '')?.[1] ?? null;
}

function compare(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b) || 0;
}
