import type { Bundle, Patient, QuestionnaireResponse, Task } from 'fhir/r4.js';
import { getFhir, nextOf, resourcesIn } from '../parts/fhir-client.js';
import {
  type Failure,
  failureText,
  loadPatients,
  loadResponses,
  loadResults,
  type ResponsePage,
  search,
  searchText,
} from '../parts/load-screenings.js';
import { patientId, type Screening } from '../parts/screening.js';
import type { Query } from './address.js';
import { type Alerts, loadTaskOf, loadTasks, refreshTasks, toAlert, toAlerts } from './alert.js';
import type { Row } from './row.js';
import { loadTroubles, type Trouble, type Troubles } from './trouble.js';

export interface Page {
  readonly rows: readonly Row[];
  readonly patients: ReadonlyMap<string, Patient> | null;
  /** Where the list goes on; null at its end. */
  readonly next: string | null;
  /** Why the list is not there; null when it is. */
  readonly failure: string | null;
}

/** The first page, and what stands above it. */
export interface FirstPage extends Page {
  readonly alerts: Alerts;
  /** Else these are only the alerts of what waits here: the others could not be read. */
  readonly areAlertsKnown: boolean;
  readonly troubles: Troubles | null;
  /** When the last one of the page was answered; null when there is nothing after it. */
  readonly last: string | null;
  /** More people have this name than are looked at. */
  readonly isNameCut: boolean;
}

const COUNT = 25;

/** At most this many people of one name. */
const MOST_PEOPLE = 50;

/** At most this many responses that are not on the record server yet are read one by one. */
const MOST_WAITING = 10;

/** However many screenings there are, the same few requests, in three rounds. */
export async function loadFirstPage(query: Query): Promise<FirstPage> {
  const asked = { people: findPeople(query.name), troubles: loadTroubles() };
  const [people, troubles, tasks, page] = await Promise.all([
    asked.people,
    asked.troubles,
    loadTasks(),
    loadFound(query, asked),
  ]);
  const waiting = await loadWaiting(page, troubles, query);
  const inScope = waiting.responses.filter((one) => isWanted(one, people));
  const responses = 'failure' in page ? inScope : [...page.responses, ...inScope];
  const open = refreshTasks(tasks?.tasks ?? [], waiting.tasks);
  const [rest, list] = await Promise.all([toRows(responses, troubles?.list ?? [], open), toAlerts(open)]);
  return {
    ...rest,
    next: 'failure' in page ? null : page.next,
    failure: 'failure' in page ? page.failure : null,
    last: 'failure' in page || page.next === null ? null : (page.responses.at(-1)?.authored ?? null),
    alerts: { list, isCut: tasks?.isCut ?? false },
    areAlertsKnown: tasks !== null,
    troubles,
    isNameCut: people !== null && !('failure' in people) && people.isCut,
  };
}

/** The page that a link leads to. */
export async function loadNextPage(next: string, troubles: readonly Trouble[]): Promise<Page> {
  const page = await loadResponses(next);
  if ('failure' in page) return { rows: [], patients: new Map(), next, failure: page.failure };
  return { ...(await toRows(page.responses, troubles, [])), next: page.next, failure: null };
}

interface People {
  readonly ids: readonly string[];
  readonly isCut: boolean;
}

/** null for everybody. */
async function findPeople(name: string): Promise<People | Failure | null> {
  if (!name) return null;
  const reply = await getFhir<Bundle<Patient>>(
    `Patient?${search({ name: [searchText(name)], _count: [`${MOST_PEOPLE}`] })}`,
  );
  if (reply.state !== 'done') return { failure: failureText(reply) };
  const ids = resourcesIn(reply.body).flatMap(({ id }) => id ?? []);
  return { ids, isCut: nextOf(reply.body) !== null };
}

async function loadFound(
  { filter }: Query,
  asked: { people: Promise<People | Failure | null>; troubles: Promise<Troubles | null> },
): Promise<ResponsePage | Failure> {
  const people = await asked.people;
  if (people && 'failure' in people) return people;
  if (people?.ids.length === 0) return { responses: [], next: null };
  const troubles = filter === 'delivery' ? await asked.troubles : null;
  const ids = idsIn(troubles).slice(0, COUNT);
  if (filter === 'delivery' && troubles === null) return { failure: 'The deliveries could not be read.' };
  if (filter === 'delivery' && ids.length === 0) return { responses: [], next: null };
  const query = search({
    _sort: ['-authored'],
    _count: [`${COUNT}`],
    ...(people && { patient: people.ids }),
    ...(filter === 'drafts' && { status: ['in-progress'] }),
    ...(filter === 'delivery' && { _id: ids }),
  });
  return loadResponses(`QuestionnaireResponse?${query}`);
}

/**
 * What was accepted and is not all on the record server is read one by one, as it is now: the response where the
 * search did not find it, and the Task that it may have raised, by its id.
 */
async function loadWaiting(
  page: ResponsePage | Failure,
  troubles: Troubles | null,
  { filter }: Query,
): Promise<{ responses: QuestionnaireResponse[]; tasks: Map<string, Task | null> }> {
  const found = 'failure' in page ? [] : page.responses.map(({ id }) => id);
  const ids = idsIn(troubles).slice(0, filter === 'delivery' ? COUNT : MOST_WAITING);
  const [replies, tasks] = await Promise.all([
    Promise.all(
      ids
        .filter((id) => !found.includes(id))
        .map((id) => getFhir<QuestionnaireResponse>(`QuestionnaireResponse/${id}`)),
    ),
    Promise.all(ids.map(async (id) => [`${id}.task`, await loadTaskOf(id)] as const)),
  ]);
  return {
    responses: replies.flatMap((reply) => (reply.state === 'done' ? reply.body : [])),
    tasks: new Map(tasks.flatMap(([id, task]) => (task === undefined ? [] : [[id, task]]))),
  };
}

function idsIn(troubles: Troubles | null): string[] {
  return [...new Set(troubles?.list.map(({ response }) => response))];
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
  const [results, patients] = await Promise.all([
    loadResults(responses),
    loadPatients(about.map((subject) => patientId(subject?.reference))),
  ]);
  const rows = results.screenings.map((screening) => ({
    screening: withTask(screening, tasks),
    isUnknown: results.isUnknown,
    troubles: troubles.filter(({ response }) => response === screening.id),
  }));
  return { rows, patients };
}

/** While its Observations are on their way, the Task says how urgent it is. */
function withTask(screening: Screening, tasks: readonly Task[]): Screening {
  const task = tasks.find(({ id }) => id === `${screening.id}.task`);
  if (screening.redFlags !== null || !task) return screening;
  return { ...screening, redFlags: { urgency: toAlert(task, undefined).urgency, flags: [] } };
}
