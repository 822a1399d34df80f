import type { Bundle, Task } from 'fhir/r4.js';
import { getFhir, nextOf, type Reply, resourcesIn } from '../parts/fhir-client.js';
import { search } from '../parts/fhir-search.js';
import { isOurs, isWaiting, TASK_IDENTIFIER, WAITING_STATUSES } from '../parts/task.js';
import { responsesIn, type Troubles } from '../parts/troubles.js';
import { responseOf } from './alert.js';

export interface Tasks {
  readonly list: readonly Task[];
  /** There are more than these; every emergency is among them. */
  readonly isCut: boolean;
}

const COUNT = 50;

/** Pages that are read: of emergencies all, as far as anybody can see to them; of the others the newest. */
const MOST_STAT = 40;
const MOST_OTHERS = 4;

/** What the service raised and nobody has seen to: emergencies, then the rest; null when they cannot be read. */
export async function loadTasks(): Promise<Tasks | null> {
  const [stat, others] = await Promise.all([
    loadPages({ priority: ['stat'] }, MOST_STAT),
    loadPages({}, MOST_OTHERS),
  ]);
  if (!stat || !others || stat.isCut) return null;
  // One that moved to a later page while they were read is there once.
  const list = new Map([...stat.list, ...others.list].map((task) => [task.id, task]));
  return {
    list: [...list.values()],
    isCut: others.isCut,
  };
}

async function loadPages(
  by: Readonly<Record<string, readonly string[]>>,
  most: number,
): Promise<Tasks | null> {
  const query = { ...by, status: WAITING_STATUSES, _sort: ['-authored-on'], _count: [`${COUNT}`] };
  const ours = `Task?${search({ ...query, identifier: [`${TASK_IDENTIFIER}|`] })}`;
  let reply: Reply<Bundle<Task>> = await getFhir(ours);
  // Not every server knows all identifiers of one system; what others put there is left out below as well.
  if (reply.state === 'refused') reply = await getFhir(`Task?${search(query)}`);
  const list: Task[] = [];
  for (let page = 1; reply.state === 'done'; page += 1) {
    list.push(...resourcesIn(reply.body).filter((task) => isOurs(task) && isWaiting(task)));
    const next = nextOf(reply.body);
    if (next === null || page === most) return { list, isCut: next !== null };
    reply = await getFhir(next);
  }
  return null;
}

/**
 * The Tasks with what is on its way to them: each that may have changed, or was just raised, is read by its id, which
 * a search does not see.
 */
export async function withChanges(tasks: readonly Task[], troubles: Troubles | null): Promise<Task[]> {
  if (!troubles) return [...tasks];
  const alerted = troubles.list.filter(({ alert }) => alert !== null).map(({ response }) => response);
  const listed = tasks.map(responseOf);
  const changed = responsesIn(troubles).filter((id) => listed.includes(id));
  const ids = [...new Set([...changed, ...alerted])];
  const read = await Promise.all(ids.map(async (id) => [`${id}.task`, await loadTaskOf(id)] as const));
  return refreshTasks(tasks, new Map(read.flatMap(([id, task]) => (task === undefined ? [] : [[id, task]]))));
}

/** The Task of a response as it was changed last; null when it has none that waits, undefined when nobody knows. */
async function loadTaskOf(response: string): Promise<Task | null | undefined> {
  const reply = await getFhir<Task>(`Task/${response}.task`);
  if (reply.state !== 'done') return reply.state === 'refused' && reply.status === 404 ? null : undefined;
  return isWaiting(reply.body) ? reply.body : null;
}

/** One that was completed just now waits no more; one that was raised just now waits too. */
export function refreshTasks(tasks: readonly Task[], now: ReadonlyMap<string, Task | null>): Task[] {
  const kept = tasks.flatMap((task) => {
    const changed = now.get(task.id ?? '');
    return changed === undefined ? task : (changed ?? []);
  });
  const known = tasks.map(({ id }) => id);
  return [...kept, ...[...now.values()].flatMap((task) => (task && !known.includes(task.id) ? task : []))];
}
