import express, { type Express, type Request } from 'express';
import { Problem } from '../fhir/outcome.js';
import { type Call, readWishes, toCall } from './call.js';
import { type Handler, READS, searchType } from './reads.js';
import { type Reply, send, toErrorReply } from './reply.js';
import { readBody, requireForm, requireJson } from './request-body.js';
import { isServedType } from './search-parameters.js';
import type { Store } from './store.js';
import { runBundle } from './transaction.js';
import { conditionalRemove, conditionalUpdate, create, remove, update } from './writes.js';

type Method = 'get' | 'post' | 'put' | 'delete';

const BODY_LIMIT = 5 * 1024 * 1024;

/** What a search is sent as; everything else with a body is JSON. */
const FORM = '/:type/_search';

/** Path below the base → method → handler, beside READS. Any other method is answered 405, any other path 404. */
const WRITES: readonly [path: string, handlers: Partial<Record<Method, Handler>>][] = [
  ['/', { post: bundle }],
  [FORM, { post: searchType }],
  ['/:type', { post: create, put: conditionalUpdate, delete: conditionalRemove }],
  ['/:type/:id', { put: update, delete: remove }],
];

function bundle(store: Store, call: Call): Reply {
  return { status: 200, body: runBundle(store, readBody(call.bytes), readWishes(call)) };
}

/** Every path with all its methods, fixed names before parameters so that `_search` is no id. */
function toRoutes(): [path: string, handlers: Partial<Record<Method, Handler>>][] {
  const paths = new Set([...WRITES, ...READS].map(([path]) => path));
  const reads = new Map(READS);
  const writes = new Map(WRITES);
  const weight = (path: string) => path.replaceAll('/:', '/~');
  return [...paths]
    .sort((a, b) => (weight(a) < weight(b) ? -1 : 1))
    .map((path) => {
      const get = reads.get(path);
      return [path, { ...(get ? { get } : {}), ...writes.get(path) }];
    });
}

function unknownRoute(): never {
  throw new Problem({ code: 'unknown-route', text: 'This server has no such path or resource type.' });
}

/** A web page whose host name was pointed at 127.0.0.1 must not read the store through a browser. */
function requireLoopbackHost(request: Request): void {
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(request.get('Host') ?? '')) unknownRoute();
}

function createRouter(store: Store): express.Router {
  const router = express.Router();
  router.param('type', (_request, _response, next, type: string) => {
    if (!isServedType(type)) unknownRoute();
    next();
  });
  const readBytes = express.raw({ type: () => true, limit: BODY_LIMIT });
  for (const [path, handlers] of toRoutes()) {
    const route = router.route(path);
    const checkType = toMiddleware(path === FORM ? requireForm : requireJson);
    for (const [method, handler] of Object.entries(handlers)) {
      const run: express.RequestHandler = (request, response) =>
        send(response, handler(store, toCall(request)));
      if (method === 'get') route.get(run);
      if (method === 'post') route.post(checkType, readBytes, run);
      if (method === 'put') route.put(checkType, readBytes, run);
      if (method === 'delete') route.delete(run);
    }
    const allowed = Object.keys(handlers).join(', ').toUpperCase();
    route.all((_request, response) => {
      response.set('Allow', allowed);
      throw new Problem({ code: 'method-not-allowed', text: `Served here: ${allowed}.` });
    });
  }
  return router;
}

function toMiddleware(check: (request: Request) => void): express.RequestHandler {
  return (request, _response, next) => {
    check(request);
    next();
  };
}

/** The whole server as an Express application, below `/fhir`. */
export function createApp(store: Store): Express {
  const app = express();
  app.disable('etag').disable('x-powered-by');
  app.use((request, _response, next) => {
    requireLoopbackHost(request);
    next();
  });
  app.use('/fhir', createRouter(store));
  app.use(unknownRoute);
  const onError: express.ErrorRequestHandler = (error, _request, response, next) => {
    if (response.headersSent) next(error);
    else send(response, toErrorReply(error));
  };
  return app.use(onError);
}
