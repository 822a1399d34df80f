import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { Problem } from '../fhir/outcome.js';
import { type Reply, send } from './reply.js';
import { rememberRoute } from './request-log.js';

const JSON_TYPES = ['application/fhir+json', 'application/json'];

/** Reads a JSON body. Other media types are refused, so that a browser form can never post here. */
export function createBodyReader(limit: number): RequestHandler[] {
  const parse = express.json({ type: JSON_TYPES, limit, strict: false });
  return [
    (req, _res, next) => {
      if (!req.is(JSON_TYPES) && hasBody(req)) {
        throw new Problem({ code: 'media-type', text: `The body must be ${JSON_TYPES.join(' or ')}.` });
      }
      next();
    },
    (req, res, next) => {
      parse(req, res, (error?: unknown) => next(error === undefined ? undefined : unreadable(error)));
    },
  ];
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
        text: 'The body must be UTF-8, uncompressed or gzip, deflate or br.',
      });
    default:
      return new Problem({ code: 'not-json', text: 'The body is not JSON, or not compressed as it says.' });
  }
}

function hasBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

/** Turns a function that returns a reply into a handler. */
export function handle(work: (req: Request) => Reply | Promise<Reply>): RequestHandler {
  return async (req: Request, res: Response, _next: NextFunction) => {
    const pattern: unknown = req.route?.path;
    if (typeof pattern === 'string') rememberRoute(`${req.baseUrl}${pattern}`, res);
    send(await work(req), res);
  };
}

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

/** The query as it was sent: Express's own parser would lose repeated parameters and modifiers. */
export function queryOf(req: Request): URLSearchParams {
  const begin = req.originalUrl.indexOf('?');
  return new URLSearchParams(begin < 0 ? '' : req.originalUrl.slice(begin + 1));
}

/** A path parameter. */
export function pathPart(req: Request, name: string): string {
  const value = req.params[name];
  return typeof value === 'string' ? value : '';
}

/** The response in the body of an operation: bare, or as a parameter of a Parameters resource. */
export function operationInput(body: unknown): unknown {
  const parameters = parametersIn(body);
  if (parameters === null) return body;
  const input = INPUT_NAMES.map((name) => parameters.get(name)).find((resource) => resource !== undefined);
  if (input !== undefined) return input;
  throw new Problem({
    code: 'missing-element',
    text: `Parameters needs a parameter named ${INPUT_NAMES.join(' or ')}, with a resource.`,
    expression: 'Parameters.parameter',
  });
}

/** What SDC calls the response, and what FHIR's own `$validate` does. */
const INPUT_NAMES = ['questionnaire-response', 'resource'];

/** Resources of a Parameters by the name of their parameter; null for any other body. */
export function parametersIn(body: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof body !== 'object' || body === null || !('resourceType' in body)) return null;
  if (body.resourceType !== 'Parameters') return null;
  const list: readonly unknown[] = 'parameter' in body && Array.isArray(body.parameter) ? body.parameter : [];
  const named = list.flatMap((one): [string, unknown][] =>
    typeof one === 'object' && one !== null && 'name' in one && 'resource' in one
      ? [[String(one.name), one.resource]]
      : [],
  );
  return new Map(named);
}
