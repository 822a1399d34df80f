import type { ErrorRequestHandler, Request, Response } from 'express';
import { type Issue, Problem, statusOf, toOperationOutcome } from '../fhir/outcome.js';
import { send } from './reply.js';

/** Told of every failure that is a bug of ours. */
export type OnBug = (requestId: string, error: unknown) => void;

/** Every failure leaves as an OperationOutcome; a bug leaves no detail beyond the request id. */
export function createErrorHandler(onBug: OnBug): ErrorRequestHandler {
  return (error: unknown, _req: Request, res: Response, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const requestId = String(res.getHeader('X-Request-Id') ?? '');
    const issues = issuesOf(error);
    if (!issues) onBug(requestId, error);
    const told = issues ?? [
      { code: 'exception', text: `Something went wrong here (request ${requestId}).` } as const,
    ];
    send({ status: statusOf(told), headers: headersFor(told), body: toOperationOutcome(told) }, res);
  };
}

/** Faults of the request, ours or of the body parser; null for a bug. */
function issuesOf(error: unknown): readonly Issue[] | null {
  if (error instanceof Problem) return error.issues;
  const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
  switch (type) {
    case 'entity.too.large':
      return [{ code: 'body-too-long', text: 'The body is longer than this service takes (BODY_LIMIT).' }];
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return [{ code: 'media-type', text: 'The body must be UTF-8, uncompressed or gzip, deflate or br.' }];
    case 'entity.parse.failed':
    case 'entity.verify.failed':
    case 'request.aborted':
    case 'request.size.invalid':
      return [{ code: 'not-json', text: 'The body is not JSON.' }];
    default:
      return undecodable(error);
  }
}

/** A path, or a compressed body, that is not what it says; neither comes with a type. */
function undecodable(error: unknown): readonly Issue[] | null {
  if (error instanceof URIError) return [{ code: 'unknown-route', text: 'The path cannot be decoded.' }];
  const isCallers = typeof error === 'object' && error !== null && 'status' in error && error.status === 400;
  return isCallers ? [{ code: 'not-json', text: 'The body cannot be decoded.' }] : null;
}

function headersFor(issues: readonly Issue[]): Record<string, string> {
  return issues.some(({ code }) => code === 'fhir-server-unreachable') ? { 'Retry-After': '5' } : {};
}
