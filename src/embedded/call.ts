import type { Request } from 'express';

/** One request as the handlers see it, whether it came by HTTP or as an entry of a Bundle. */
export interface Call {
  /** `type`, `id` and `version` of the path; '' where the path has none. */
  readonly type: string;
  readonly id: string;
  readonly version: string;
  /** After the `?`, still encoded. */
  readonly query: string;
  readonly bytes: unknown;
  header(name: string): string | undefined;
}

/** What a client would like (RFC 7240, R4 §3.1.0.6 and §3.1.1.2); unknown wishes are ignored. */
export interface Wishes {
  readonly answer: 'minimal' | 'representation' | 'OperationOutcome' | undefined;
  /** Ignore unknown search parameters, and say so, rather than refuse them. */
  readonly isLenient: boolean;
}

const ANSWERS = ['minimal', 'representation', 'OperationOutcome'] as const;

export function readWishes(call: Call): Wishes {
  const wishes = (call.header('Prefer') ?? '').split(/[,;]/).map((wish) => wish.trim().replaceAll('"', ''));
  const answer = ANSWERS.find((name) => wishes.includes(`return=${name}`));
  return { answer, isLenient: wishes.includes('handling=lenient') };
}

/** The query of a URL, without its `?`. */
export function queryOf(url: string): string {
  return url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
}

/** A path parameter. Express gives lists for wildcards, which no path here has. */
function parameter(request: Request, name: string): string {
  const value = request.params[name];
  return typeof value === 'string' ? value : '';
}

export function toCall(request: Request): Call {
  return {
    type: parameter(request, 'type'),
    id: parameter(request, 'id'),
    version: parameter(request, 'version'),
    query: queryOf(request.url),
    bytes: request.body,
    header: (name) => request.get(name),
  };
}
