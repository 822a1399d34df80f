import type { Observation, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { loadAll, loadByIds, search } from '../parts/fhir-search.js';
import { urgencyOf } from '../parts/listed.js';
import { patientId, toRedFlags } from '../parts/screening.js';
import { urgencyRank } from '../parts/words.js';

/** A Task that waits: red flags that nobody has seen to. */
export interface Alert {
  readonly task: Task;
  /** Id of the response. */
  readonly response: string;
  readonly patient: string | null;
  /** A code of CodeSystem `verdicts`. */
  readonly urgency: string;
  /** Names of the red flags; empty when they could not be read, or are on their way. */
  readonly flags: readonly string[];
  /** When the Task was raised, and when the questions were answered: FHIR dateTimes; null when it is not said. */
  readonly raised: string | null;
  readonly answered: string | null;
  /** The answers were entered in error; that nobody is in danger is for a person to say. */
  readonly isWithdrawn: boolean;
}

/** What is read beside the Tasks. */
export interface Beside {
  /** Responses as they are now, as far as they were read already. */
  readonly responses: readonly QuestionnaireResponse[];
  /** Ids of responses whose Observations are not of the answers as they are now. */
  readonly onTheirWay: ReadonlySet<string>;
}

/** The most urgent first; among equals the newest. */
export async function toAlerts(tasks: readonly Task[], { responses, onTheirWay }: Beside): Promise<Alert[]> {
  const known = new Map(responses.map((one) => [one.id ?? '', one]));
  const arrived = tasks.filter((task) => !onTheirWay.has(responseOf(task)));
  const [observations, others] = await Promise.all([
    loadIds<Observation>(
      'Observation',
      arrived.flatMap((task) => focusOf(task) ?? []),
    ),
    loadIds<QuestionnaireResponse>(
      'QuestionnaireResponse',
      tasks.map(responseOf).filter((id) => !known.has(id)),
    ),
  ]);
  for (const one of others) known.set(one.id ?? '', one);
  const alerts = tasks.map((task) => {
    const observation = observations.find(({ id }) => id === focusOf(task));
    return toAlert(task, observation, known.get(responseOf(task)));
  });
  return alerts.sort(
    (a, b) => urgencyRank(a.urgency) - urgencyRank(b.urgency) || compare(b.raised ?? '', a.raised ?? ''),
  );
}

/** What cannot be read is left out: the alert stands without it. */
async function loadIds<T extends Observation | QuestionnaireResponse>(
  type: T['resourceType'],
  ids: readonly string[],
): Promise<T[]> {
  const query = (some: readonly string[]) => search({ _id: some, _count: [`${some.length}`] });
  return (await loadByIds(ids, (some) => loadAll<T>(`${type}?${query(some)}`))) ?? [];
}

/** How urgent it is says the Task; the Observation, which flags; the response, whether it is withdrawn. */
export function toAlert(task: Task, observation?: Observation, response?: QuestionnaireResponse): Alert {
  const { authoredOn = null, priority } = task;
  const redFlags = observation?.status === 'entered-in-error' ? null : toRedFlags(observation);
  return {
    task,
    response: responseOf(task),
    patient: patientId(task.for?.reference),
    urgency: urgencyOf(priority),
    flags: redFlags?.flags ?? [],
    raised: authoredOn,
    answered: response?.authored ?? observation?.effectiveDateTime ?? null,
    isWithdrawn: response?.status === 'entered-in-error',
  };
}

/** A Task is named after its response. */
export function responseOf({ id = '' }: Task): string {
  return id.replace(/\.task$/, '');
}

function focusOf({ focus }: Task): string | null {
  return /^Observation\/(.+)$/.exec(focus?.reference ?? '')?.[1] ?? null;
}

function compare(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b) || 0;
}
