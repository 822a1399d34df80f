import type { Response } from 'express';
import { type Issue, Problem, statusOf, toOperationOutcome } from '../fhir/outcome.js';
import { isObject } from './json.js';
import { Refusal } from './refusal.js';
import type { Version } from './store.js';

/** What a handler returns; only `send` touches the response. */
export interface Reply {
  readonly status: number;
  /** JSON text, or something to make it of; absent where there is nothing to say. */
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

export function send(response: Response, { status, body, headers = {} }: Reply): void {
  response.status(status).set(headers);
  if (body === undefined) {
    response.end();
    return;
  }
  response.set('Content-Type', 'application/fhir+json; charset=utf-8');
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** ETag and Last-Modified of a version. */
export function toVersionHeaders({ number, updated }: Version): Record<string, string> {
  return { ETag: `W/"${number}"`, 'Last-Modified': new Date(updated).toUTCString() };
}

/** body-parser's words for what is wrong with a body. */
const BODY_FAULTS: ReadonlyMap<string, Issue> = new Map([
  ['entity.too.large', { code: 'body-too-long', text: 'The body is longer than 5 MiB.' }],
  ['encoding.unsupported', { code: 'media-type', text: 'The Content-Encoding is not supported.' }],
  ['request.aborted', { code: 'not-json', text: 'The body ended early.' }],
  ['request.size.invalid', { code: 'not-json', text: 'The body does not have the stated length.' }],
]);

function toIssues(error: unknown): readonly Issue[] {
  if (error instanceof Problem) return error.issues;
  const { type, status } = isObject(error) ? error : {};
  const bodyFault = typeof type === 'string' ? BODY_FAULTS.get(type) : undefined;
  if (bodyFault) return [bodyFault];
  // zlib on a body that is not what Content-Encoding says, and percent signs that are no encoding.
  if (error instanceof URIError) return [{ code: 'unknown-route', text: 'The path cannot be decoded.' }];
  if (status === 400) return [{ code: 'not-json', text: 'The body cannot be read.' }];
  return [{ code: 'exception', text: 'The embedded FHIR server failed; this is a fault of the program.' }];
}

export function toErrorReply(error: unknown): Reply {
  if (error instanceof Refusal) {
    const { status, headers = {} } = error.reason;
    return { status, headers, body: error.toOutcome() };
  }
  const issues = toIssues(error);
  return { status: statusOf(issues), body: toOperationOutcome(issues) };
}
