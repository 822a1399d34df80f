/** What the stories ask of the facade and of the server behind it. */
import type {
  Bundle,
  FhirResource,
  Observation,
  OperationOutcome,
  Provenance,
  QuestionnaireResponse,
} from 'fhir/r4.js';
import {
  type DeliveryTold,
  deliveryOf,
  faultsOf,
  putPatient,
  type Reply,
  resourcesOf,
  responseId,
  send,
  until,
} from '../../support/contract-http.js';
import { type Answers, CLINIC, toResponse } from '../../support/contract-responses.js';
import { RUN, world } from './world.js';

export type Response = QuestionnaireResponse;
export type Body = Partial<Response>;
export type Answer = Reply<Response>;

/** HAPI answers a search from its cache for a minute unless told not to. */
const FRESH = { 'cache-control': 'no-cache' };
const DELIVERED_WITHIN_MS = 60_000;

export const patientId = (name: string) => `s${RUN}-${name}`;
export const identifierOf = (name: string) => `${RUN} ${name}`;
export const idOf = (name: string) => responseId(CLINIC, identifierOf(name));

/** A completed response of patient `one`. */
export const body = (answers: Answers, name: string, more: Body = {}): Response =>
  toResponse(answers, identifierOf(name), { subject: { reference: `Patient/${patientId('one')}` }, ...more });

export const facade = () => `${world().service.fhir}/QuestionnaireResponse`;

export const post = (sent: Body, headers: Record<string, string> = {}, at = facade()): Promise<Answer> =>
  send<Response>(at, { body: sent, headers });

export const put = (id: string, sent: Body, version: number, at = facade()): Promise<Answer> =>
  send<Response>(`${at}/${id}`, { method: 'PUT', body: sent, headers: { 'if-match': `W/"${version}"` } });

/** Status and ETag. */
export const said = (reply: Answer) => [reply.status, reply.headers.get('etag')];
export const codes = (reply: Reply<unknown>) =>
  faultsOf(reply.body as OperationOutcome).map(({ code }) => code);

export const delivery = (name: string, fhir = world().service.fhir): Promise<DeliveryTold> =>
  deliveryOf(fhir, idOf(name));

export const delivered = (name: string, fhir = world().service.fhir) =>
  until(DELIVERED_WITHIN_MS, async () => (await delivery(name, fhir)).status === 'written');

/** The server itself, past the service. */
export const server = <T>(path: string, sent: { method?: string; body?: unknown } = {}): Promise<Reply<T>> =>
  send<T>(path.startsWith('http') ? path : `${world().base}/${path}`, { ...sent, headers: FRESH });

/** What stands on the server; throws when it does not. */
export async function there<T>(path: string): Promise<T> {
  const reply = await server<T>(path);
  if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status} ${reply.text.slice(0, 300)}`);
  return reply.body;
}

/** Everything of a type that a search on the server finds, over all its pages. */
export async function all<T extends FhirResource>(type: T['resourceType'], query: string): Promise<T[]> {
  const found: T[] = [];
  let next: string | undefined = `${type}?${query}&_count=50`;
  for (let pages = 0; next !== undefined && pages < 2_000; pages += 1) {
    const bundle: Bundle = await there<Bundle>(next);
    found.push(...resourcesOf<T>(bundle, type));
    next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return found;
}

/** How many a search on the server finds. */
export const countOf = async (search: string): Promise<number> =>
  (await there<Bundle>(`${search}${search.includes('?') ? '&' : '?'}_summary=count`)).total ?? Number.NaN;

export async function observationsOn(id: string): Promise<Observation[]> {
  const found = await all<Observation>('Observation', `derived-from=QuestionnaireResponse/${id}`);
  return found.sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1));
}

export const provenancesOn = (id: string) =>
  all<Provenance>('Provenance', `target=QuestionnaireResponse/${id}`);

/** Response, Observations and Provenances of a response on the server, each with its version there. */
export async function versionsOn(id: string): Promise<string[]> {
  const response = await there<Response>(`QuestionnaireResponse/${id}`);
  return [response, ...(await observationsOn(id)), ...(await provenancesOn(id))]
    .map((one) => `${one.resourceType}/${one.id}/${one.meta?.versionId}`)
    .sort();
}

export const statusesOf = (observations: Observation[]) =>
  [...new Set(observations.map(({ status }) => status))].sort();

/** Patients of this run. */
export async function makePatients(...names: string[]): Promise<void> {
  for (const name of names) await putPatient(world().base, patientId(name));
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** `work` for every one of `items`, so many at a time. */
export async function eachOf<T>(
  items: T[],
  atATime: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
