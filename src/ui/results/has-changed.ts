import type { Parameters, Task } from 'fhir/r4.js';
import { getFhir } from '../parts/fhir-client.js';
import { type Delivery, readDelivery } from './delivery.js';
import type { Alert } from './load-alert.js';
import { bodyOf } from './load-result.js';
import { stateOf } from './task-state.js';

/** As much of a screening as tells whether it is still what is shown; it holds no answers. */
export interface Look {
  readonly delivery: Delivery;
  /** null where there was none to look at, or it could not be read. */
  readonly task: Task | null;
}

/** What a page shows, of the same. */
export interface ShownState {
  readonly versionId: string | undefined;
  readonly delivery: Delivery | null;
  readonly alert: Alert;
}

/** null when nobody knows. */
export async function look(id: string, { alert }: Pick<ShownState, 'alert'>): Promise<Look | null> {
  const place = `QuestionnaireResponse/${encodeURIComponent(id)}`;
  const task = alert.state === 'read' ? `Task/${encodeURIComponent(alert.task.id ?? '')}` : null;
  const [delivery, found] = await Promise.all([
    getFhir<Parameters>(`${place}/$delivery-status`).then(bodyOf),
    task === null ? null : getFhir<Task>(task).then(bodyOf),
  ]);
  return delivery && { delivery: readDelivery(delivery), task: found };
}

/** `answers`: there is another version of the response. `beside`: its delivery or its alert has changed. */
export function whatChanged(shown: ShownState, now: Look): 'answers' | 'beside' | 'nothing' {
  const { version } = now.delivery;
  if (version !== null && String(version) !== shown.versionId) return 'answers';
  const isDelivered = JSON.stringify(now.delivery) === JSON.stringify(shown.delivery);
  const before = shown.alert.state === 'read' ? stateOf(shown.alert.task) : null;
  const isSameTask = now.task === null || before === null || stateOf(now.task) === before;
  return isDelivered && isSameTask ? 'nothing' : 'beside';
}
