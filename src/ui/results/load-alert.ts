import type { Bundle, Observation, Task } from 'fhir/r4.js';
import { getFhir, resourcesIn } from '../parts/fhir-client.js';

/** Whether somebody was asked to see to red flags. `unread`: nobody knows, which is not the same as none. */
export type Alert =
  | { readonly state: 'none' }
  | { readonly state: 'unread' }
  | { readonly state: 'read'; readonly task: Task };

/**
 * The Task of a response. `isLikely`: there should be one, or there may be one that is still on its way to the
 * server, where a search does not find it.
 */
export async function loadAlert(name: string | null, isLikely: boolean): Promise<Alert> {
  if (name === null) return { state: 'unread' };
  const path = `Task/${encodeURIComponent(name)}`;
  const found = await getFhir<Bundle<Task>>(`Task?${new URLSearchParams({ _id: name })}`);
  const isThere = found.state === 'done' && resourcesIn(found.body).length > 0;
  if (found.state === 'done' && !isThere && !isLikely) return { state: 'none' };
  // Reading has the newest, also of what was changed just now.
  const read = await getFhir<Task>(path);
  if (read.state === 'done') return { state: 'read', task: read.body };
  const isNone = read.state === 'refused' && read.status === 404 && found.state === 'done' && !isThere;
  return { state: isNone ? 'none' : 'unread' };
}

/** As the service names a response. */
const OURS = /^r[0-9a-f]{31}$/;

/**
 * The Task has the name of the response. One that was found on the server has a name of its own there; the service's
 * is in those of its Observations. null where nobody knows it.
 */
export function taskName(id: string, observations: readonly Observation[] | null): string | null {
  const ending = '.red-flag-urgency';
  const raised = observations?.find(({ id: one = '' }) => one.endsWith(ending));
  if (raised?.id) return `${raised.id.slice(0, -ending.length)}.task`;
  return OURS.test(id) || observations !== null ? `${id}.task` : null;
}
