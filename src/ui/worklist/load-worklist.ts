import type { Patient, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { type Failure, search } from '../parts/fhir-search.js';
import { idsOnTheirWay, type Listed, readNow, toListed, urgencyOf } from '../parts/listed.js';
import { loadPatients, loadResponses, type ResponsePage } from '../parts/load-screenings.js';
import { patientId } from '../parts/screening.js';
import { loadTroubles, responsesIn, type Trouble, type Troubles } from '../parts/troubles.js';
import type { Query } from './address.js';
import { type Alert, responseOf, toAlerts } from './alert.js';
import { findPeople, type People } from './find-people.js';
import { loadTasks, withChanges } from './load-tasks.js';

export interface Page {
  readonly rows: readonly Listed[];
  /** How many of them the search found: what it cannot see yet comes beside them. */
  readonly found: number;
  readonly patients: ReadonlyMap<string, Patient> | null;
  /** Where the list goes on; null at its end. */
  readonly next: string | null;
  /** Why the list is not there; null when it is. */
  readonly failure: string | null;
}

/** The beginning of the list, and what stands above it. */
export interface FirstPage extends Page {
  readonly alerts: { readonly list: readonly Alert[]; readonly isCut: boolean };
  /** Else these are only the alerts of what waits here: the others could not be read. */
  readonly areAlertsKnown: boolean;
  readonly troubles: Troubles | null;
  /** Changes that have not arrived and were not looked at. */
  readonly unseen: number;
  /** More people have this name than are looked at. */
  readonly isNameCut: boolean;
}

export const COUNT = 25;

/** So many of the newest that have not arrived are read one by one, beside all with red flags. */
const MOST_WAITING = 25;

/**
 * The newest `wanted` screenings and all that waits for somebody. However many screenings there are, the same few
 * requests, in four rounds.
 */
export async function loadFirstPage(query: Query, wanted: number): Promise<FirstPage> {
  const people = findPeople(query.name);
  const [scope, troubles, tasks, page] = await Promise.all([
    people,
    loadTroubles(),
    loadTasks(),
    loadFound(query, people, wanted),
  ]);
  const list = troubles?.list ?? [];
  const also = waitingIds(list, query);
  const found = 'failure' in page ? [] : page.responses;
  const [now, open] = await Promise.all([
    readNow({ found, also, troubles: list }),
    withChanges(tasks?.list ?? [], troubles),
  ]);
  const rows = now.filter((one) => found.some(({ id }) => id === one.id) || isWanted(one, scope));
  const [rest, alerts] = await Promise.all([
    toRows(rows, list, open),
    toAlerts(open, { responses: now, onTheirWay: idsOnTheirWay(list) }),
  ]);
  const failure = 'failure' in page ? page.failure : null;
  const isBlind = query.filter === 'delivery' && troubles === null;
  return {
    ...rest,
    found: found.length,
    next: 'failure' in page ? null : page.next,
    failure: isBlind ? 'What is on its way to the record server is not known.' : failure,
    alerts: { list: alerts, isCut: tasks?.isCut ?? false },
    areAlertsKnown: tasks !== null && troubles !== null,
    troubles,
    unseen: (troubles?.unseen ?? 0) + unread(list, now),
    isNameCut: scope !== null && !('failure' in scope) && scope.isCut,
  };
}

/** The page that a link leads to. */
export async function loadNextPage(next: string, troubles: readonly Trouble[]): Promise<Page> {
  const page = await loadResponses(next);
  if ('failure' in page) return { rows: [], found: 0, patients: new Map(), next, failure: page.failure };
  const now = await readNow({ found: page.responses, also: [], troubles });
  const rest = await toRows(now, troubles, []);
  return { ...rest, found: page.responses.length, next: page.next, failure: null };
}

/** As many pages as it takes. What has delivery problems is read by its id alone. */
async function loadFound(
  { filter }: Query,
  asked: Promise<People | Failure | null>,
  wanted: number,
): Promise<ResponsePage | Failure> {
  const people = await asked;
  if (people && 'failure' in people) return people;
  if (people?.ids.length === 0 || filter === 'delivery') return { responses: [], next: null };
  const query = search({
    _sort: ['-authored'],
    _count: [`${wanted}`],
    ...(people && { patient: people.ids }),
    ...(filter === 'drafts' && { status: ['in-progress'] }),
  });
  const responses: QuestionnaireResponse[] = [];
  let next: string | null = `QuestionnaireResponse?${query}`;
  while (next !== null && responses.length < wanted) {
    const page: ResponsePage | Failure = await loadResponses(next);
    if ('failure' in page) return page;
    responses.push(...page.responses);
    next = page.next;
  }
  return { responses, next };
}

/** Everything with red flags, and the newest of the rest. */
function waitingIds(troubles: readonly Trouble[], { filter }: Query): string[] {
  const ids = responsesIn({ list: troubles });
  const alerted = new Set(troubles.filter(({ alert }) => alert !== null).map(({ response }) => response));
  return filter === 'delivery' ? ids : ids.slice(0, alerted.size + MOST_WAITING);
}

function unread(troubles: readonly Trouble[], read: readonly QuestionnaireResponse[]): number {
  const known = new Set(read.map(({ id }) => id));
  return responsesIn({ list: troubles }).filter((id) => !known.has(id)).length;
}

function isWanted({ subject }: QuestionnaireResponse, people: People | Failure | null): boolean {
  if (people === null || 'failure' in people) return people === null;
  return people.ids.includes(patientId(subject?.reference) ?? '');
}

async function toRows(
  responses: readonly QuestionnaireResponse[],
  troubles: readonly Trouble[],
  tasks: readonly Task[],
): Promise<Pick<Page, 'rows' | 'patients'>> {
  const about = [...responses.map(({ subject }) => subject), ...tasks.map((task) => task.for)];
  const [rows, patients] = await Promise.all([
    toListed(responses, troubles),
    loadPatients(about.map((subject) => patientId(subject?.reference))),
  ]);
  return { rows: rows.map((row) => withTask(row, tasks)), patients };
}

/** Where no Observation says how urgent it is, the Task does. */
function withTask(row: Listed, tasks: readonly Task[]): Listed {
  const { screening, isOnItsWay } = row;
  const task = tasks.find((one) => responseOf(one) === screening.id);
  if (!task || (screening.redFlags !== null && !isOnItsWay)) return row;
  return { ...row, screening: { ...screening, redFlags: { urgency: urgencyOf(task.priority), flags: [] } } };
}
