import compression from 'compression';
import express, { type Express, type Request, type Response } from 'express';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { type DetailsCode, Problem } from './fhir/outcome.js';
import { changes, metadata, metrics, readyz } from './http/about.js';
import { createAuditTrail } from './http/audit.js';
import { contentReply } from './http/content.js';
import { deliver, deliveryList, deliveryPlan, deliveryStatus, drop, putTask } from './http/delivery.js';
import { createErrorHandler } from './http/errors.js';
import { createGuard, type GuardedWork, type SignIn } from './http/guard.js';
import { invite, openLink } from './http/invitation.js';
import { keySet, type PublicSet } from './http/key-set.js';
import { dataPolicy } from './http/page-policy.js';
import { allowOrigins, type PageOptions, servePages } from './http/pages.js';
import { createRateLimit } from './http/rate-limit.js';
import { type Reply, resourceReply } from './http/reply.js';
import {
  allow,
  createBodyReader,
  createFormReader,
  guardHost,
  handle,
  pathPart,
  unstored,
} from './http/request.js';
import { createRequestLog } from './http/request-log.js';
import { advise, explain, extract, postResponse, putResponse, validate } from './http/responses.js';
import * as rules from './http/rules.js';
import { refuseOtherSites } from './http/same-origin.js';
import { serveSmart } from './http/smart.js';
import { SUBSCRIPTION_HOOK, subscriptionHook } from './http/subscription-hook.js';
import type { Logger } from './logger.js';
import { INVITATION_PAGE } from './operations/invite-patient.js';
import type { Ports } from './operations/ports.js';
import { CONTENT_TYPES, searchContent } from './operations/read-content.js';
import { READABLE, readResource, searchResources } from './operations/read-resources.js';
import { readHistory, readVersion } from './operations/read-versions.js';
import type { EhrSignIn } from './operations/smart-port.js';

/** What the app is made with beside its ports. */
export interface AppOptions {
  /** Bytes. */
  readonly bodyLimit: number;
  readonly logger: Logger;
  /** Requests per minute and client; null for any number. */
  readonly rateLimit: number | null;
  /** Host names it answers to, in small letters; null for any. */
  readonly hosts: readonly string[] | null;
  /** Origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  /** null: the API alone. */
  readonly pages: PageOptions | null;
  /** null: nobody signs in, and nothing is guarded. */
  readonly signIn: SignIn | null;
  /** Absent or null: nobody signs in from an EHR. */
  readonly ehrSignIn?: EhrSignIn | null;
  /** Our own keys, their public parts; absent: none are shown. */
  readonly publicSet?: PublicSet;
}

/** Every middleware and every route, one line each. Does not listen. */
export function createApp(ports: Ports, options: AppOptions): Express {
  const { bodyLimit, rateLimit, logger, hosts, corsOrigins, pages, signIn, ehrSignIn, publicSet } = options;
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
  const guard = createGuard(ports, signIn);
  app.use(['/fhir', '/ui'], guard.identify);
  if (rateLimit !== null) app.use(createRateLimit(rateLimit, guard.clientOf));
  app.use(refuseOtherSites(ports.publicUrl, corsOrigins));
  if (ehrSignIn) app.use(serveSmart(ehrSignIn, ports, pages?.frameAncestors ?? []));
  app.use(dataPolicy());

  const routes: Route[] = [
    [
      'get',
      '/livez',
      rules.PUBLIC,
      () => ({ status: 200, body: { status: 'alive' }, type: 'application/json' }),
    ],
    ['get', '/readyz', rules.PUBLIC, () => readyz(ports)],
    ['get', '/metrics', rules.PUBLIC, () => metrics(ports)],
    ...(pages ? [['get', '/ui/changes', rules.changes, () => changes(ports)] satisfies Route] : []),
    ...(publicSet ? [['get', JWKS, rules.PUBLIC, () => keySet(publicSet)] satisfies Route] : []),
    ...fhirRoutes().map(([method, path, rule, work]): Route => [method, `/fhir${path}`, rule, work]),
  ];
  const sessions = signIn?.sessions;
  if (sessions) routes.push(['post', INVITATION_PAGE, rules.PUBLIC, (req) => openLink(req, ports, sessions)]);
  const { intake } = ports;
  if (intake)
    app.post(
      SUBSCRIPTION_HOOK,
      handle((req) => subscriptionHook(req, intake)),
    );
  const body = createBodyReader(bodyLimit);
  const form = createFormReader(bodyLimit);
  for (const [method, path, rule, work] of routes) {
    const read = method === 'get' ? [] : isSearch(path) ? form : body;
    const keep = rule === rules.PUBLIC ? [] : [unstored];
    app[method](path, ...keep, ...read, handle(guard.wrap(rule, work)));
  }
  for (const type of [...CONTENT_TYPES, ...READABLE]) {
    const methods = ['GET', 'HEAD', ...(WRITABLE[type] ?? [])].join(', ');
    app.all(
      [`/fhir/${type}`, `/fhir/${type}/*path`],
      allow(methods),
      handle(guard.wrap(rules.SIGNED_IN, notAllowed)),
    );
  }
  app.use('/fhir', handle(guard.wrap(rules.SIGNED_IN, nothingHere)));
  app.use(handle(nothingHere));
  app.use(
    createErrorHandler((requestId, error) => {
      logger.error('bug', { requestId, ...(error instanceof Error && { stack: framesOf(error) }) });
    }),
  );
  return app;
}

const isSearch = (path: string) => path.endsWith('/_search');

/** What is read, not what is written: the answer to a write is short, or says what was just sent. */
function isWorthPacking(req: Request, res: Response): boolean {
  return (req.method === 'GET' || isSearch(req.path)) && compression.filter(req, res);
}

/** Where authorization servers read who we are. */
const JWKS = '/.well-known/jwks.json';

type Route = readonly [
  method: 'get' | 'post' | 'put',
  path: string,
  rule: rules.RouteRule | typeof rules.PUBLIC,
  work: GuardedWork,
];

/** The facade, below `/fhir`. Operations come before `:id`, which would match them too. */
function fhirRoutes(): Route[] {
  const found = (resource: Promise<FhirResource>) => resource.then((one) => resourceReply(one));
  const bundle = async (search: Bundle | Promise<Bundle>): Promise<Reply> => ({
    status: 200,
    body: await search,
  });
  const id = (req: Request) => pathPart(req, 'id');
  const version = (req: Request) => pathPart(req, 'version');
  const response = '/QuestionnaireResponse';
  return [
    ['get', '/metadata', rules.PUBLIC, (_req, { ports }) => metadata(ports)],
    ['post', response, rules.create, postResponse],
    ['put', `${response}/:id`, rules.update, putResponse],
    ['put', '/Task/:id', rules.changeTask, putTask],
    ['post', '/Patient/:id/$invite', rules.invite, invite],
    ['get', '/$delivery-status', rules.deliveryList, deliveryList],
    ['post', `${response}/$delivery-plan`, rules.plan, deliveryPlan],
    ['get', `${response}/:id/$delivery-status`, rules.deliveryStatus, deliveryStatus],
    ['post', `${response}/:id/$deliver`, rules.deliver, deliver],
    ['post', `${response}/:id/$drop`, rules.deliver, drop],
    ['post', `${response}/$validate`, rules.validate, validate],
    ['post', `${response}/$extract`, rules.score, extract],
    ['post', `${response}/$explain`, rules.score, explain],
    ['post', `${response}/$advice`, rules.advise, advise],
    ...(['get', 'post'] as const).flatMap((method): Route[] => [
      [method, `${response}/:id/$extract`, rules.scoreStored, extract],
      [method, `${response}/:id/$explain`, rules.scoreStored, explain],
      [method, `${response}/:id/$advice`, rules.adviseStored, advise],
    ]),
    [
      'get',
      `${response}/:id/_history`,
      rules.history,
      (req, { ports }) => bundle(readHistory(id(req), ports)),
    ],
    [
      'get',
      `${response}/:id/_history/:version`,
      rules.history,
      (req, { ports }) => found(readVersion(id(req), version(req), ports)),
    ],
    ...CONTENT_TYPES.flatMap((type): Route[] => [
      ...searches(type, rules.PUBLIC, (_req, { ports, query }) => bundle(searchContent(type, query, ports))),
      ['get', `/${type}/:id`, rules.PUBLIC, (req, { ports }) => contentReply(type, req, ports)],
    ]),
    ...READABLE.flatMap((type): Route[] => [
      ...searches(type, rules.search(type), (_req, { ports, query }) =>
        bundle(searchResources(type, query, ports)),
      ),
      [
        'get',
        `/${type}/:id`,
        rules.read(type),
        (req, { ports }) => found(readResource(type, id(req), ports)),
      ],
    ]),
  ];
}

/** By address, or with a form, so that names of people need not stand in addresses. */
function searches(type: string, rule: Route[2], work: GuardedWork): Route[] {
  return [
    ['get', `/${type}`, rule, work],
    ['post', `/${type}/_search`, rule, work],
  ];
}

const nothingHere = refuse('unknown-route', 'There is nothing at this path.');
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
