import type { Bundle, Parameters } from 'fhir/r4.js';
import { getFhir, nextOf, resourcesIn } from './fhir-client.js';

/** A change that has not arrived on the FHIR server. */
export interface Trouble {
  /** Id of the response. */
  readonly response: string;
  /** What was changed: the response, or the Task that it raised. */
  readonly kind: 'response' | 'task';
  readonly state: 'queued' | 'refused' | 'unknown';
  /** How urgent its red flags are, while nobody has acknowledged them. */
  readonly alert: 'stat' | 'urgent' | null;
}

export interface Troubles {
  /** Every one with red flags that nobody has acknowledged, and the newest of the others. */
  readonly list: readonly Trouble[];
  /** How many more there are. */
  readonly unseen: number;
}

const STATES = ['refused', 'unknown', 'queued'] as const;

/** On a page; and how many pages are read for the sake of those with red flags. */
const COUNT = 100;
const MOST_PAGES = 20;

/** null when it cannot be read, or not all that must be seen. */
export async function loadTroubles(): Promise<Troubles | null> {
  const loaded = await Promise.all(STATES.map(loadState));
  if (loaded.some((one) => one === null)) return null;
  const known = loaded.flatMap((one) => one ?? []);
  return {
    list: known.flatMap(({ list }) => list),
    unseen: known.reduce((sum, { unseen }) => sum + unseen, 0),
  };
}

/** Those with red flags come first: the list is read until one has none. */
async function loadState(state: Trouble['state']): Promise<Troubles | null> {
  const found: Parameters[] = [];
  let total = 0;
  let next: string | null = `$delivery-status?status=${state}&_count=${COUNT}`;
  for (let page = 0; next !== null; page += 1) {
    const reply: Awaited<ReturnType<typeof getFhir<Bundle<Parameters>>>> = await getFhir(next);
    if (reply.state !== 'done' || page === MOST_PAGES) return null;
    found.push(...resourcesIn(reply.body));
    total = reply.body.total ?? found.length;
    const last = found.at(-1);
    next = last && alertIn(last) !== null ? nextOf(reply.body) : null;
  }
  return {
    list: found.flatMap((one) => toTrouble(one, state) ?? []),
    unseen: Math.max(0, total - found.length),
  };
}

/** A Task is of the response that it is named after; null for anything else. */
export function toTrouble(status: Parameters, state: Trouble['state']): Trouble | null {
  const reference =
    status.parameter?.find(({ name }) => name === 'response')?.valueReference?.reference ?? '';
  const [, response, ofTask] = /^(?:QuestionnaireResponse\/(.+)|Task\/(.+)\.task)$/.exec(reference) ?? [];
  const alert = alertIn(status);
  if (response) return { response, kind: 'response', state, alert };
  return ofTask ? { response: ofTask, kind: 'task', state, alert } : null;
}

function alertIn({ parameter = [] }: Parameters): Trouble['alert'] {
  const alert = parameter.find(({ name }) => name === 'alert')?.valueCode;
  return alert === 'stat' || alert === 'urgent' ? alert : null;
}

/** Ids of the responses with anything on its way, each once: those with red flags first. */
export function responsesIn({ list }: Pick<Troubles, 'list'>): string[] {
  const first = list.filter(({ alert }) => alert !== null);
  return [...new Set([...first, ...list].map(({ response }) => response))];
}

/** Whether somebody has to do something: what waits will be tried again by itself. */
export function needsSomebody({ state }: Trouble): boolean {
  return state !== 'queued';
}

export function troubleWord({ state }: Trouble): string {
  return {
    queued: 'Waiting for the record server',
    refused: 'Refused by the record server',
    unknown: 'Not known whether it arrived',
  }[state];
}
