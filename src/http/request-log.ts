import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

/** What the log is told of a request: the route's pattern, never the path or the query. */
export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

/** Gives every request an id (`X-Request-Id`) and logs one line when it is answered. */
export function createRequestLog(log: { info(message: string, line: RequestLine): void }): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    const requestId = randomUUID();
    res.setHeader('X-Request-Id', requestId);
    res.on('finish', () => {
      const pattern = req.route?.path;
      log.info('request', {
        requestId,
        method: req.method,
        route: typeof pattern === 'string' ? `${req.baseUrl}${pattern}` : 'none',
        status: res.statusCode,
        ms: Math.round(performance.now() - started),
      });
    });
    next();
  };
}
