import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.js';

/** Just enough of FHIR to read the answers in a test. */
export interface Json {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  [key: string]: any;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** An embedded server in a directory of its own, with a clock that the test sets. */
export interface Fixture {
  readonly url: string;
  readonly dataDir: string;
  readonly clock: { now: Date };
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  put(resource: Json, headers?: Record<string, string>): Promise<Answer>;
  transaction(...entries: Json[]): Promise<Answer>;
  /** Ids of the matches of a search, in order. */
  ids(path: string): Promise<string[]>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const JSON_HEADERS = { 'Content-Type': 'application/fhir+json' };

export function putEntry(resource: Json, request: Json = {}): Json {
  return { resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ...request } };
}

export function idsOf(bundle: Json, mode = 'match'): string[] {
  const entries: Json[] = bundle.entry ?? [];
  return entries.filter(({ search }) => search.mode === mode).map(({ resource }) => resource.id);
}

export async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}

export async function startFixture(): Promise<Fixture> {
  const dataDir = mkdtempSync(join(tmpdir(), 'embedded-'));
  const clock = { now: new Date('2026-06-01T12:00:00.000Z') };
  const start = () => createEmbeddedServer({ dataDir, port: 0, now: () => clock.now });
  let server: EmbeddedServer = await start();
  const fixture: Fixture = {
    get url() {
      return server.url;
    },
    dataDir,
    clock,
    send: (method, path, body, headers = {}) =>
      send(server.url + path, {
        method,
        headers: { ...JSON_HEADERS, ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    get: (path) => send(server.url + path, {}),
    put: (resource, headers) =>
      fixture.send('PUT', `/${resource.resourceType}/${resource.id}`, resource, headers),
    transaction: (...entry) =>
      fixture.send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry }),
    ids: async (path) => {
      const { status, body } = await fixture.get(path);
      return status === 200 ? idsOf(body) : [`${status} ${body.issue[0].details.text}`];
    },
    restart: async () => {
      await server.close();
      server = await start();
    },
    stop: async () => {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return fixture;
}
