/** The service over stub ports, its routes, and what it would write: for the tests of what it says of itself. */
import type { Express } from 'express';
import type { Bundle, FhirResource, Observation, Provenance, QuestionnaireResponse } from 'fhir/r4.js';
import { createApp } from '../../src/app.js';
import type { Delivery, FhirServer, Ports } from '../../src/operations/ports.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { toResponse, worked } from './contract-responses.js';
import { type App, createPorts, startApp } from './http-app.js';

/** The one response that the stub FHIR server holds. */
export const STORED: QuestionnaireResponse = { ...toResponse(worked('D1'), 'stored'), id: 'stored' };

const fhirServer: FhirServer = {
  baseUrl: 'http://fhir.test/fhir',
  read: async (type, id) => {
    if (type === 'QuestionnaireResponse') return id === STORED.id ? STORED : null;
    return { resourceType: type, id } as FhirResource;
  },
  vread: async () => STORED,
  search: async () => ({ resourceType: 'Bundle', type: 'searchset', total: 0 }),
  follow: async () => ({ resourceType: 'Bundle', type: 'searchset', total: 0 }),
  transact: async () => ({ state: 'written' }),
  isReachable: async () => true,
};

function deliveryTo(sent: Bundle[]): Delivery {
  return {
    inOrder: (_id, work) => work(),
    deliver: async (bundle) => {
      sent.push(bundle);
      return { state: 'written' };
    },
  };
}

async function stubPorts(sent: Bundle[] = []): Promise<Ports> {
  return { ...(await createPorts()), fhirServer, delivery: deliveryTo(sent) };
}

/** The app on a free port. */
export async function startStubApp(): Promise<App> {
  return startApp({ ports: await stubPorts() });
}

/** Everything but the response that submitting it writes. */
export async function writtenFor(response: QuestionnaireResponse): Promise<(Observation | Provenance)[]> {
  const sent: Bundle[] = [];
  await submitResponse(response, await stubPorts(sent));
  const resources = sent.flatMap(({ entry = [] }) => entry.map(({ resource }) => resource));
  return resources.filter(
    (one): one is Observation | Provenance =>
      one?.resourceType === 'Observation' || one?.resourceType === 'Provenance',
  );
}

interface Layer {
  readonly route?: { readonly path: string | string[]; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** `GET /Questionnaire/:id`, of every route below the FHIR base and beside it; `all`, which refuses, is left out. */
export async function routes(): Promise<string[]> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const app: Express = createApp(await stubPorts(), { bodyLimit: 1000, hosts: null, logger: silent });
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
