import type { ErrorRequestHandler, Request, Response } from 'express';
import { type Issue, Problem, statusOf, toOperationOutcome } from '../fhir/outcome.js';
import { send } from './reply.js';
import { rememberCode } from './request-log.js';

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
    rememberCode(told[0]?.code ?? 'exception', res);
    send({ status: statusOf(told), headers: headersFor(told), body: toOperationOutcome(told) }, res);
  };
}

/** Faults of the request; null for a bug. */
function issuesOf(error: unknown): readonly Issue[] | null {
  if (error instanceof Problem) return error.issues;
  return error instanceof URIError ? [{ code: 'unknown-route', text: 'The path cannot be decoded.' }] : null;
}

function headersFor(issues: readonly Issue[]): Record<string, string> {
  const has = (wanted: Issue['code']) => issues.some(({ code }) => code === wanted);
  return {
    ...(has('fhir-server-unreachable') && { 'Retry-After': '5' }),
    // RFC 6750 §3: what a client may do about it.
    ...(has('token-invalid') && { 'WWW-Authenticate': 'Bearer' }),
    ...(has('scope-missing') && { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' }),
  };
}
