import express, { type Express, type Request } from 'express';
import { Problem } from '../fhir/outcome.js';
import { toCapabilityStatement } from './capability.js';
import { type Reply, send, toErrorReply, toVersionHeaders } from './reply.js';
import { readBody, requireJson, shapeFaults } from './request-body.js';
import { search } from './search.js';
import { isServedType } from './search-parameters.js';
import { readCurrent, readVersion, type Store, type Version } from './store.js';
import { runTransaction } from './transaction.js';
import { writeAll } from './write.js';

type Handler = (store: Store, request: Request) => Reply;
type Method = 'get' | 'post' | 'put';

const BODY_LIMIT = 5 * 1024 * 1024;

/** Path below the base → method → handler. Any other method is answered 405, any other path 404. */
const ROUTES: readonly [path: string, handlers: Partial<Record<Method, Handler>>][] = [
  ['/', { post: transaction }],
  ['/metadata', { get: metadata }],
  ['/:type', { get: searchType, post: create }],
  ['/:type/:id', { get: read, put: update }],
  ['/:type/:id/_history', {}],
  ['/:type/:id/_history/:version', { get: vread }],
];

function metadata(store: Store): Reply {
  return { status: 200, body: toCapabilityStatement(store) };
}

function transaction(store: Store, request: Request): Reply {
  return { status: 200, body: runTransaction(store, readBody(request)) };
}

function searchType(store: Store, request: Request): Reply {
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?') + 1) : '';
  return { status: 200, body: search(store, parameter(request, 'type'), query) };
}

function create(store: Store, request: Request): Reply {
  if (request.get('If-None-Exist') !== undefined) {
    throw new Problem({
      code: 'unknown-parameter',
      text: 'Conditional create (If-None-Exist) is not served.',
    });
  }
  return write(store, request, null);
}

function update(store: Store, request: Request): Reply {
  return write(store, request, parameter(request, 'id'));
}

function write(store: Store, request: Request, id: string | null): Reply {
  const type = parameter(request, 'type');
  const resource = readBody(request);
  Problem.throwIfAny(shapeFaults(resource, type, id, type));
  const [ifMatch, ifNoneMatch] = [request.get('If-Match'), request.get('If-None-Match')];
  const [written] = writeAll(store, [
    {
      type,
      resource,
      at: type,
      ...(id === null ? {} : { id }),
      ...(ifMatch === undefined ? {} : { ifMatch }),
      ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    },
  ]);
  if (!written) throw new Error('writeAll answers one result for each write');
  const Location = `${store.base}/${type}/${written.id}/_history/${written.number}`;
  return {
    status: written.outcome === 'created' ? 201 : 200,
    body: written.json,
    headers: { Location, ...toVersionHeaders(written) },
  };
}

function read(store: Store, request: Request): Reply {
  const [type, id] = [parameter(request, 'type'), parameter(request, 'id')];
  return found(readCurrent(store, { type, id }), `${type}/${id}`);
}

function vread(store: Store, request: Request): Reply {
  const [type, id, version] = [
    parameter(request, 'type'),
    parameter(request, 'id'),
    parameter(request, 'version'),
  ];
  const number = /^\d{1,15}$/.test(version) ? Number(version) : 0;
  return found(readVersion(store, { type, id }, number), `${type}/${id}/_history/${version}`);
}

function found(version: Version | undefined, name: string): Reply {
  if (version) return { status: 200, body: version.json, headers: toVersionHeaders(version) };
  throw new Problem({ code: 'resource-not-found', text: `There is no ${name} on this server.` });
}

/** A path parameter. Express gives lists for wildcards, which no path here has. */
function parameter(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
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
  for (const [path, handlers] of ROUTES) {
    const route = router.route(path);
    for (const [method, handler] of Object.entries(handlers)) {
      const run: express.RequestHandler = (request, response) => send(response, handler(store, request));
      if (method === 'get') route.get(run);
      if (method === 'post') route.post(readType, readBytes, run);
      if (method === 'put') route.put(readType, readBytes, run);
    }
    const allowed = Object.keys(handlers).join(', ').toUpperCase();
    route.all((_request, response) => {
      response.set('Allow', allowed);
      throw new Problem({ code: 'method-not-allowed', text: `Served here: ${allowed || 'nothing'}.` });
    });
  }
  return router;
}

const readType: express.RequestHandler = (request, _response, next) => {
  requireJson(request);
  next();
};

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
