/** The server that the stories are told on, and the service in front of it: one of each for a whole run. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CapabilityStatement } from 'fhir/r4.js';
import { read } from '../../support/contract-http.js';
import { freePorts } from '../../support/contract-service.js';
import { type Hapi, type HapiOptions, startHapi } from '../../support/hapi.js';
import type { Kind } from './differences.js';
import { figure, tellServer } from './report.js';
import { type Env, type Service, startService } from './service.js';

/** Patients and identifiers of this run begin with it: a server that outlives the run may hold those of others. */
export const RUN = randomBytes(3).toString('hex');
export const SECRET = `secret-${randomBytes(12).toString('hex')}`;

const ENV: Env = { SUBSCRIPTION_SECRET: SECRET, LOG_LEVEL: 'info', FHIR_TIMEOUT_MS: '10000' };

export type World = {
  kind: Kind;
  /** FHIR base of the server. */
  base: string;
  /** What serves the stories; it looks for responses that others store. */
  service: Service;
  /** Only where this run started it: it can be stopped and started again. */
  hapi: Hapi | null;
};

type Closer = () => Promise<unknown>;
const closers: Closer[] = [];
let current: World | undefined;
let hapiOptions: HapiOptions = {};

export function world(): World {
  if (!current) throw new Error('the server was not started');
  return current;
}

/** To be closed at the end of the run, the last first. */
export function atTheEnd(close: Closer): void {
  closers.push(close);
}

export async function closeWorld(): Promise<void> {
  const failed: unknown[] = [];
  for (const close of closers.splice(0).reverse()) await close().catch((error) => failed.push(error));
  current = undefined;
  if (failed.length > 0) throw new AggregateError(failed, 'not everything could be closed');
}

/** A service that is removed at the end, wherever the story that started it ended. */
export async function anotherService(env: Env, place?: Service['place']): Promise<Service> {
  const service = await startService({ FHIR_TIMEOUT_MS: '3000', LOG_LEVEL: 'info', ...env }, place);
  atTheEnd(service.remove);
  return service;
}

/** STORIES_SERVER: `embedded`, `hapi`, or `url` for the one at FHIR_BASE_URL. */
export async function openWorld(): Promise<World> {
  const wanted = process.env.STORIES_SERVER ?? 'embedded';
  const hapi = wanted === 'hapi' ? await openHapi() : null;
  const remote = hapi?.baseUrl ?? (wanted === 'url' ? process.env.FHIR_BASE_URL : undefined);
  const service = await anotherService({
    ...ENV,
    ...(remote === undefined ? {} : { FHIR_BASE_URL: remote }),
  });
  const base = remote ?? service.embeddedUrl;
  const { software } = await read<CapabilityStatement>(`${base}/metadata`);
  tellServer(wanted === 'embedded' ? wanted : `${software?.name ?? base} ${software?.version ?? ''}`.trim());
  const kind = wanted === 'embedded' ? wanted : /hapi/i.test(software?.name ?? '') ? 'hapi' : 'other';
  current = { kind, base, service, hapi };
  return current;
}

async function openHapi(): Promise<Hapi> {
  const data = await mkdtemp(join(tmpdir(), 'axspa-stories-'));
  atTheEnd(() => rm(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const [port = 0] = await freePorts(1);
  hapiOptions = { data, port };
  const hapi = await startHapi(hapiOptions);
  figure(`HAPI ready after ${hapi.startedInMs} ms`);
  atTheEnd(() => current?.hapi?.stop() ?? hapi.stop());
  return hapi;
}

/** The main service, started again with what it had. */
async function restartService(): Promise<void> {
  const { base, service } = world();
  world().service = await anotherService({ ...ENV, FHIR_BASE_URL: base }, service.place);
}

/** A server that nobody takes responses from, and that can be switched off; `power` is null where it cannot. */
export type Alone = { power: { off: Closer; on: Closer } | null; restore: Closer };

/**
 * Until `restore`, the world is a server alone. Ours would end with its service, so another one takes its place;
 * any other stays, and the main service is stopped.
 */
export async function standAlone(): Promise<Alone> {
  const before = world();
  if (before.kind === 'embedded') return alone(before);
  await before.service.stop();
  const power = {
    off: async () => world().hapi?.stop(),
    on: async () => {
      world().hapi = await startHapi(hapiOptions);
    },
  };
  return { power: before.hapi ? power : null, restore: restartService };
}

async function alone(before: World): Promise<Alone> {
  let host = await anotherService({});
  current = { ...before, base: host.embeddedUrl, service: host };
  const power = {
    off: () => host.stop(),
    on: async () => {
      host = await anotherService({}, host.place);
    },
  };
  const restore = async () => {
    await host.stop();
    current = before;
  };
  return { power, restore };
}
