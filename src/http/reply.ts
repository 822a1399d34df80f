import type { Response } from 'express';
import type { FhirResource } from 'fhir/r4.js';

/** What a handler gives back; `send` and the error handler are the only ones that write it. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text goes as it is, anything else as JSON. */
  readonly body?: object | string;
  /** `application/fhir+json` unless said otherwise. */
  readonly type?: string;
  /** For the audit: who signed in or out by it, and about which `Patient/{id}`. */
  readonly signed?: { readonly who: string; readonly patient: string | null };
}

export const FHIR_JSON = 'application/fhir+json; charset=utf-8';

export function send(reply: Reply, res: Response): void {
  res.status(reply.status);
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  if (reply.body === undefined) {
    res.end();
    return;
  }
  const text = Buffer.from(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  res.setHeader('Content-Type', reply.type ?? FHIR_JSON);
  res.setHeader('Content-Length', text.length);
  res.end(text);
}

/** A resource as read, with its version as ETag. */
export function resourceReply(resource: FhirResource, status = 200): Reply {
  const { versionId, lastUpdated } = resource.meta ?? {};
  return {
    status,
    headers: {
      ...(isVersion(versionId) && { ETag: `W/"${versionId}"` }),
      ...(lastUpdated &&
        !Number.isNaN(Date.parse(lastUpdated)) && { 'Last-Modified': new Date(lastUpdated).toUTCString() }),
    },
    body: resource,
  };
}

/** R4 `id`: what may stand in a header. */
function isVersion(versionId: unknown): versionId is string {
  return typeof versionId === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(versionId);
}
