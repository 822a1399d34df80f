import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import { parseJson } from './json.js';
import { type Reply, send } from './reply.js';
import { rememberPatient, rememberRoute, rememberWho } from './request-log.js';

const JSON_TYPES = ['application/fhir+json', 'application/json'];
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Reads a JSON body. Other media types are refused, so that a browser form can never post here. */
export function createBodyReader(limit: number): RequestHandler[] {
  const read = express.raw({ type: JSON_TYPES, limit });
  return [
    (req, _res, next) => {
      if (!req.is(JSON_TYPES) && hasBody(req)) {
        throw new Problem({ code: 'media-type', text: `The body must be ${JSON_TYPES.join(' or ')}.` });
      }
      requireUtf8(req);
      next();
    },
    (req, res, next) => {
      read(req, res, (error?: unknown) => next(error === undefined ? undefined : unreadable(error)));
    },
    (req, _res, next) => {
      if (Buffer.isBuffer(req.body)) req.body = req.body.length > 0 ? parseJson(req.body) : undefined;
      next();
    },
  ];
}

/**
 * Reads a form, as a search may be posted (R4 http.html, search): what is searched for then stands in no address. It
 * becomes a URLSearchParams, for `queryOf`.
 */
export function createFormReader(limit: number): RequestHandler[] {
  const read = express.raw({ type: FORM_TYPE, limit });
  return [
    (req, _res, next) => {
      if (!req.is(FORM_TYPE) && hasBody(req)) {
        throw new Problem({ code: 'media-type', text: `The body of a search must be ${FORM_TYPE}.` });
      }
      requireUtf8(req);
      next();
    },
    (req, res, next) => {
      read(req, res, (error?: unknown) => next(error === undefined ? undefined : unreadable(error)));
    },
    (req, _res, next) => {
      if (Buffer.isBuffer(req.body)) req.body = new URLSearchParams(req.body.toString('utf8'));
      next();
    },
  ];
}

function requireUtf8(req: Request): void {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(req.get('content-type') ?? '') ?? [];
  if (!/^utf-?8$/i.test(charset)) {
    throw new Problem({ code: 'media-type', text: 'The body must be UTF-8.' });
  }
}

/** What the body reader throws is the caller's fault, whatever it calls it. */
function unreadable(error: unknown): Problem {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : '';
  switch (type) {
    case 'entity.too.large':
      return new Problem({
        code: 'body-too-long',
        text: 'The body is longer than this service takes (BODY_LIMIT).',
      });
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new Problem({
        code: 'media-type',
        text: 'The body must come uncompressed, or as gzip, deflate or br.',
      });
    default:
      return new Problem({ code: 'not-json', text: 'The body could not be read as it says it is sent.' });
  }
}

function hasBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/** What answers a request. */
export type Work = (req: Request) => Reply | Promise<Reply>;

/** Turns a function that returns a reply into a handler. */
export function handle(work: Work): RequestHandler {
  return async (req: Request, res: Response, _next: NextFunction) => {
    const pattern: unknown = req.route?.path;
    if (typeof pattern === 'string') rememberRoute(`${req.baseUrl}${pattern}`, res);
    rememberPatient(subjectOf(req.body), res);
    const reply = await work(req);
    rememberPatient(reply.signed?.patient ?? subjectOf(reply.body), res);
    if (reply.signed) rememberWho(reply.signed.who, res);
    send(reply, res);
  };
}

/** Whom a resource is about, for the audit; the audit checks that it is a patient. */
function subjectOf(resource: unknown): string | null {
  const subject = memberOf(resource, 'subject') ?? memberOf(resource, 'for');
  const reference = memberOf(subject, 'reference');
  return typeof reference === 'string' ? reference : null;
}

/** For no cache, neither the browser's, which the next one at the desk would read from, nor one on the way. */
export const unstored: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};

/** Says which methods would do, before another is refused (RFC 9110 §15.5.6). */
export function allow(methods: string): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('Allow', methods);
    next();
  };
}

/** The body, which an operation must have. */
export function bodyOf(req: Request): unknown {
  if (req.body === undefined) throw new Problem({ code: 'not-json', text: 'The request has no JSON body.' });
  return req.body;
}

/**
 * The query as it was sent, with what a posted search adds to it: Express's own parser would lose repeated parameters
 * and modifiers.
 */
export function queryOf(req: Request): URLSearchParams {
  const begin = req.originalUrl.indexOf('?');
  const query = new URLSearchParams(begin < 0 ? '' : req.originalUrl.slice(begin + 1));
  if (req.body instanceof URLSearchParams) for (const [name, value] of req.body) query.append(name, value);
  return query;
}

/** A path parameter. */
export function pathPart(req: Request, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}

/**
 * Without sign-in, on loopback, a name that is not ours is a web page whose own name was pointed at this machine:
 * it would read everything from the browser of whoever sits here (DNS rebinding).
 */
export function guardHost(hosts: readonly string[] | null): RequestHandler {
  return (req, _res, next) => {
    // An empty Host header leaves it undefined, whatever the types say.
    const name = `${req.hostname}`.toLowerCase();
    if (hosts !== null && !hosts.includes(name)) {
      throw new Problem({ code: 'unknown-route', text: 'This service is not known by that host name.' });
    }
    next();
  };
}
