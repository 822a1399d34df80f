/** The service over an embedded server, its routes, and what it would write: for the tests of what it says of itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import type { Bundle, FhirResource, Observation, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { createApp } from '../../src/app.js';
import { createEmbeddedServer } from '../../src/embedded/embedded-server.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import type { FhirServer, Ports, Sent } from '../../src/operations/ports.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { putPatient, responseId, send } from './contract-http.js';
import { CLINIC, toResponse, worked } from './contract-responses.js';
import { type App, createPorts, NOW, startApp } from './http-app.js';

const idOf = ({ identifier }: QuestionnaireResponse) => responseId(CLINIC, identifier?.value ?? '');
const withId = (response: QuestionnaireResponse) => ({ ...response, id: idOf(response) });

/** A response with an emergency, written: its Task is there as well. */
export const STORED = withId(
  toResponse({ ...worked('D1'), 'red-flag-emergency': ['saddle-numbness'] }, 'stored'),
);
/** A response that was accepted and cannot be written. */
export const QUEUED = withId(toResponse(worked('D2'), 'queued'));

/** Patient/p1 and STORED are on a FHIR server of its own, which does not take QUEUED. */
export async function startProfileApp(): Promise<App> {
  const dataDir = mkdtempSync(join(tmpdir(), 'axspa-profile-'));
  const embedded = await createEmbeddedServer({ dataDir, port: 0, now: () => new Date(NOW) });
  await putPatient(embedded.url, 'p1');
  const real = createFhirServer({ baseUrl: embedded.url, timeoutMs: 5000 });
  const app = await startApp({ ports: { fhirServer: awayFor(QUEUED.id, real) } });
  for (const [body, status] of [
    [STORED, 201],
    [QUEUED, 202],
  ] as const) {
    const reply = await send(`${app.fhir}/QuestionnaireResponse`, { body });
    if (reply.status !== status) throw new Error(`${reply.status} ${reply.text.slice(0, 500)}`);
  }
  return {
    ...app,
    close: async () => {
      await app.close();
      await embedded.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The server, but away whenever it is to take this one. */
function awayFor(id: string, server: FhirServer): FhirServer {
  const away: Sent = { state: 'retryable', reason: 'HTTP 503', retryAfter: null, isUndone: true };
  const isIn = ({ entry = [] }: Bundle) => entry.some(({ resource }) => resource?.id === id);
  return { ...server, transact: async (bundle) => (isIn(bundle) ? away : server.transact(bundle)) };
}

/** Everything but the response that submitting it writes. */
export async function writtenFor(response: QuestionnaireResponse): Promise<(Observation | Provenance)[]> {
  const sent: Bundle[] = [];
  await submitResponse(response, await createPorts({ ports: { fhirServer: recording(sent) } }));
  const resources = sent.flatMap(({ entry = [] }) => entry.map(({ resource }) => resource));
  return resources.filter(
    (one): one is Observation | Provenance =>
      one?.resourceType === 'Observation' || one?.resourceType === 'Provenance',
  );
}

/** Has every patient and no response, and takes everything. */
function recording(sent: Bundle[]): FhirServer {
  const nothing = { resourceType: 'Bundle', type: 'searchset', total: 0 } as const;
  const server: FhirServer = {
    baseUrl: 'http://fhir.test/fhir',
    read: async (type, id) => (type === 'Patient' ? ({ resourceType: type, id } as FhirResource) : null),
    vread: async () => null,
    search: async () => nothing,
    follow: async () => nothing,
    look: async () => ({ state: 'found', resources: [] }),
    pages: async function* () {
      yield [];
    },
    capabilities: async () => null,
    transact: async (bundle) => {
      sent.push(bundle);
      return { state: 'written', entries: [] };
    },
    write: async () => ({ state: 'written', entries: [] }),
    isReachable: async () => true,
    as: () => server,
  };
  return server;
}

interface Layer {
  readonly route?: { readonly path: string | string[]; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** `GET /Questionnaire/:id`, of every route below the FHIR base and beside it; `all`, which refuses, is left out. */
export async function routes(): Promise<string[]> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const ports: Ports = await createPorts();
  const app: Express = createApp(ports, {
    bodyLimit: 1000,
    rateLimit: null,
    hosts: null,
    logger: silent,
    corsOrigins: [],
    pages: null,
    signIn: null,
  });
  const stack: unknown = Reflect.get(app.router, 'stack');
  return routesIn(stack as readonly Layer[]);
}

function routesIn(stack: readonly Layer[]): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (!route) return routesIn(handle.stack ?? []);
    // Only what refuses every method has two paths: Express writes `app.all` out, method by method.
    const { path, methods } = route;
    if (typeof path !== 'string') return [];
    return Object.keys(methods).map(
      (method) => `${method.toUpperCase()} ${path.replace(/^\/fhir(?=\/)/, '')}`,
    );
  });
}
