import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

/** What the log is told of a request: the route's pattern, never the path or the query. */
export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** Details code of a failure, the first of several. */
  readonly code?: string;
  /** `aborted` when the caller hung up first. */
  readonly state: 'answered' | 'aborted';
}

/** Gives every request an id (`X-Request-Id`) and logs one line when it is over. */
export function createRequestLog(log: { info(message: string, line: RequestLine): void }): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    const requestId = randomUUID();
    res.setHeader('X-Request-Id', requestId);
    res.on('close', () => {
      log.info('request', {
        requestId,
        method: req.method,
        route: routeOf(res),
        status: res.statusCode,
        ms: Math.round(performance.now() - started),
        ...codeOf(res),
        state: res.writableFinished ? 'answered' : 'aborted',
      });
    });
    next();
  };
}

/** Remembers the pattern that matched: Express forgets where the router was mounted once a handler fails. */
export function rememberRoute(pattern: string, res: Response): void {
  res.locals.route = pattern;
}

function routeOf(res: Response): string {
  const route: unknown = res.locals.route;
  return typeof route === 'string' ? route : 'none';
}

/** Remembers why a request failed, in a code of ours. */
export function rememberCode(code: string, res: Response): void {
  res.locals.code = code;
}

/** Remembers whose data a request turned out to be about: `Patient/{id}`; anything else is not remembered. */
export function rememberPatient(patient: string | null, res: Response): void {
  if (patient !== null && /^Patient\/[A-Za-z0-9\-.]{1,64}$/.test(patient)) res.locals.patient = patient;
}

/** Remembers who asked: a reference or the id of a client, never a name. */
export function rememberWho(who: string, res: Response): void {
  res.locals.who = who;
}

function codeOf(res: Response): { code?: string } {
  const code: unknown = res.locals.code;
  return typeof code === 'string' ? { code } : {};
}
