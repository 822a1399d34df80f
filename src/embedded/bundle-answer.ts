import { STATUS_CODES } from 'node:http';
import { toVersionHeaders } from './reply.js';
import type { Version } from './store.js';

/** `entry.response` of a Bundle. */
export interface EntryResponse {
  readonly status: string;
  readonly location?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly outcome?: object;
}

export function toStatus(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trim();
}

/** What happened to one version, as a response says it. A deletion has no location. */
export function toResponse(base: string, status: number, version: Version & { type: string }): EntryResponse {
  const { type, id, number, updated } = version;
  const { ETag } = toVersionHeaders(version);
  if (number === 0 || ETag === undefined) return { status: toStatus(status) };
  return {
    status: toStatus(status),
    ...(status === 204 ? {} : { location: `${base}/${type}/${id}/_history/${number}` }),
    etag: ETag,
    lastModified: new Date(updated).toISOString(),
  };
}

interface AnswerEntry {
  readonly fullUrl?: string;
  /** JSON text: what is stored goes out as it is. */
  readonly resource?: string;
  readonly request?: object;
  readonly response: EntryResponse;
}

/** One entry of a Bundle as JSON text. */
export function toEntry({ fullUrl, resource, request, response }: AnswerEntry): string {
  const parts = [
    ...(fullUrl === undefined ? [] : [`"fullUrl":${JSON.stringify(fullUrl)}`]),
    ...(resource === undefined ? [] : [`"resource":${resource}`]),
    ...(request === undefined ? [] : [`"request":${JSON.stringify(request)}`]),
    `"response":${JSON.stringify(response)}`,
  ];
  return `{${parts.join(',')}}`;
}
