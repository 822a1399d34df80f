import compression from 'compression';
import express, { type Express, type Request, type Response } from 'express';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { type DetailsCode, Problem } from './fhir/outcome.js';
import { changes, metadata, metrics, readyz } from './http/about.js';
import { createAuditTrail } from './http/audit.js';
import { contentReply } from './http/content.js';
import { deliver, deliveryList, deliveryPlan, deliveryStatus, drop, putTask } from './http/delivery.js';
import { createErrorHandler } from './http/errors.js';
import { allowOrigins, type PageOptions, servePages } from './http/pages.js';
import { type Reply, resourceReply } from './http/reply.js';
import { allow, createBodyReader, guardHost, handle, pathPart, queryOf, type Work } from './http/request.js';
import { createRequestLog } from './http/request-log.js';
import { advise, explain, extract, postResponse, putResponse, validate } from './http/responses.js';
import { SUBSCRIPTION_HOOK, subscriptionHook } from './http/subscription-hook.js';
import type { Logger } from './logger.js';
import type { Ports } from './operations/ports.js';
import { CONTENT_TYPES, searchContent } from './operations/read-content.js';
import { READABLE, readResource, searchResources } from './operations/read-resources.js';
import { readHistory, readVersion } from './operations/read-versions.js';

/** What the app is made with beside its ports. */
export interface AppOptions {
  /** Bytes. */
  readonly bodyLimit: number;
  readonly logger: Logger;
  /** Host names it answers to, in small letters; null for any. */
  readonly hosts: readonly string[] | null;
  /** Origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  /** null: the API alone. */
  readonly pages: PageOptions | null;
}

/** Every middleware and every route, one line each. Does not listen. */
export function createApp(ports: Ports, options: AppOptions): Express {
  const { bodyLimit, logger, hosts, corsOrigins, pages } = options;
  const app = express();
  app.enable('case sensitive routing');
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(createRequestLog(logger));
  app.use(createAuditTrail(ports.audit, ports.now));
  app.use(guardHost(hosts));
  if (corsOrigins.length > 0) app.use(['/fhir', '/ui'], allowOrigins(corsOrigins));
  app.use(compression({ filter: isWorthPacking }));
  if (pages) app.use(servePages(pages));

  const routes: Route[] = [
    ['get', '/livez', () => ({ status: 200, body: { status: 'alive' }, type: 'application/json' })],
    ['get', '/readyz', () => readyz(ports)],
    ['get', '/metrics', () => metrics(ports)],
    ...(pages ? [['get', '/ui/changes', () => changes(ports)] satisfies Route] : []),
    ...fhirRoutes(ports).map(([method, path, work]): Route => [method, `/fhir${path}`, work]),
  ];
  const { intake } = ports;
  if (intake)
    app.post(
      SUBSCRIPTION_HOOK,
      handle((req) => subscriptionHook(req, intake)),
    );
  const body = createBodyReader(bodyLimit);
  for (const [method, path, work] of routes) {
    app[method](path, ...(method === 'get' ? [] : body), handle(work));
  }
  for (const type of [...CONTENT_TYPES, ...READABLE]) {
    const methods = ['GET', 'HEAD', ...(WRITABLE[type] ?? [])].join(', ');
    app.all([`/fhir/${type}`, `/fhir/${type}/*path`], allow(methods), handle(notAllowed));
  }
  app.use(handle(refuse('unknown-route', 'There is nothing at this path.')));
  app.use(
    createErrorHandler((requestId, error) => {
      logger.error('bug', { requestId, ...(error instanceof Error && { stack: framesOf(error) }) });
    }),
  );
  return app;
}

/** What is read, not what is written: the answer to a write is short, or says what was just sent. */
function isWorthPacking(req: Request, res: Response): boolean {
  return req.method === 'GET' && compression.filter(req, res);
}

type Route = readonly [method: 'get' | 'post' | 'put', path: string, work: Work];

/** The facade, below `/fhir`. Operations come before `:id`, which would match them too. */
function fhirRoutes(ports: Ports): Route[] {
  const found = (resource: Promise<FhirResource>) => resource.then((one) => resourceReply(one));
  const bundle = async (search: Bundle | Promise<Bundle>): Promise<Reply> => ({
    status: 200,
    body: await search,
  });
  const id = (req: Request) => pathPart(req, 'id');
  const version = (req: Request) => pathPart(req, 'version');
  const response = '/QuestionnaireResponse';
  return [
    ['get', '/metadata', () => metadata(ports)],
    ['post', response, (req) => postResponse(req, ports)],
    ['put', `${response}/:id`, (req) => putResponse(req, ports)],
    ['put', '/Task/:id', (req) => putTask(req, ports)],
    ['get', '/$delivery-status', (req) => deliveryList(req, ports)],
    ['post', `${response}/$delivery-plan`, (req) => deliveryPlan(req, ports)],
    ['get', `${response}/:id/$delivery-status`, (req) => deliveryStatus(req, ports)],
    ['post', `${response}/:id/$deliver`, (req) => deliver(req, ports)],
    ['post', `${response}/:id/$drop`, (req) => drop(req, ports)],
    ['post', `${response}/$validate`, (req) => validate(req, ports)],
    ['post', `${response}/$extract`, (req) => extract(req, ports)],
    ['post', `${response}/$explain`, (req) => explain(req, ports)],
    ['post', `${response}/$advice`, (req) => advise(req, ports)],
    ...(['get', 'post'] as const).flatMap((method): Route[] => [
      [method, `${response}/:id/$extract`, (req) => extract(req, ports)],
      [method, `${response}/:id/$explain`, (req) => explain(req, ports)],
      [method, `${response}/:id/$advice`, (req) => advise(req, ports)],
    ]),
    ['get', `${response}/:id/_history`, (req) => bundle(readHistory(id(req), ports))],
    ['get', `${response}/:id/_history/:version`, (req) => found(readVersion(id(req), version(req), ports))],
    ...CONTENT_TYPES.flatMap((type): Route[] => [
      ['get', `/${type}`, (req) => bundle(searchContent(type, queryOf(req), ports))],
      ['get', `/${type}/:id`, (req) => contentReply(type, req, ports)],
    ]),
    ...READABLE.flatMap((type): Route[] => [
      ['get', `/${type}`, (req) => bundle(searchResources(type, queryOf(req), ports))],
      ['get', `/${type}/:id`, (req) => found(readResource(type, id(req), ports))],
    ]),
  ];
}

const notAllowed = refuse('method-not-allowed', 'This interaction is not served here.');

/** What may be written through the facade, beside what may be read. */
const WRITABLE: Readonly<Record<string, readonly string[]>> = {
  QuestionnaireResponse: ['POST', 'PUT'],
  Task: ['PUT'],
};

function refuse(code: DetailsCode, text: string): () => never {
  return () => {
    throw new Problem({ code, text });
  };
}

/** Where a bug is, without its message: a library may quote what it was given. */
function framesOf({ name, stack = '' }: Error): string {
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return [name, ...frames].join('\n');
}
