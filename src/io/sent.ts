import type { Bundle, BundleEntryResponse, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { Client } from 'fhir-kit-client';
import type { Sent, Stored } from '../operations/ports.js';
import type { SingleWrite } from '../operations/single-write.js';
import { isBundle, isResourceOf, NO_TOKEN, networkReason, responseIn } from './fhir-answer.js';

/** Failures before anything was sent, or of which the server did nothing. */
const UNSENT = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  NO_TOKEN,
];

export function toWriteHeaders({ ifMatch, ifNoneExist }: SingleWrite): Record<string, string> {
  return {
    ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    ...(ifNoneExist !== undefined && { 'if-none-exist': ifNoneExist }),
  };
}

/** A transaction succeeded only if every entry says so. */
export function readTransactionSent(answer: unknown, { entry: sent = [] }: Bundle): Sent {
  const entries = isBundle(answer) ? (answer.entry ?? []) : [];
  const done = entries.flatMap(({ response }) => (isSuccess(response?.status) ? [response] : []));
  if (done.length === sent.length) return { state: 'written', entries: done.map(storedAs) };
  const reason = 'its answer does not confirm every entry';
  return { state: 'retryable', reason, retryAfter: null, isUndone: false };
}

/** `201 Created`; what is no text is no status. */
function isSuccess(status: unknown): boolean {
  return typeof status === 'string' && status.startsWith('2');
}

function storedAs(response: BundleEntryResponse | undefined): Stored {
  return toStoredAs(response?.location, response?.etag);
}

/** `…/Type/id/_history/n` and `W/"n"` → where it is; a server may say either, both or nothing. */
function toStoredAs(location: unknown, etag: unknown): Stored {
  const [, reference = null, version = null] =
    /([A-Za-z]{1,64}\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?\/?$/.exec(
      `${location ?? ''}`,
    ) ?? [];
  const [, tag = null] = /^(?:W\/)?"([A-Za-z0-9\-.]{1,64})"$/.exec(`${etag ?? ''}`) ?? [];
  return { reference, versionId: tag ?? version };
}

/**
 * One resource: its answer must name where it is, or be the resource. An empty 200 confirms nothing; an empty 201
 * with a Location does (Epic).
 */
export function readSent(answer: unknown, { resourceType, id }: FhirResource): Sent {
  const headers = headersOf(answer);
  const said = toStoredAs(headers?.get('location'), headers?.get('etag'));
  // A Location of anything else is a gateway's, on the way to its login page.
  const isSaidOfIt = said.reference?.startsWith(`${resourceType}/`) === true;
  const stored = isSaidOfIt ? said : toStoredAs(null, headers?.get('etag'));
  if (isResourceOf<FhirResource>(resourceType, answer)) {
    const reference = typeof answer.id === 'string' ? `${resourceType}/${answer.id}` : stored.reference;
    return { state: 'written', entries: [{ reference, versionId: stored.versionId ?? versionIn(answer) }] };
  }
  const isSaid = isEmpty(answer) || isResourceOf('OperationOutcome', answer);
  // An ETag alone may be a proxy's; it says where something is only where the id is ours.
  const isPlaced = stored.reference !== null || (stored.versionId !== null && id !== undefined);
  if (isSaid && isPlaced) {
    const reference = stored.reference ?? (id === undefined ? null : `${resourceType}/${id}`);
    return { state: 'written', entries: [{ ...stored, reference }] };
  }
  return {
    state: 'retryable',
    reason: 'its answer does not confirm the write',
    retryAfter: null,
    isUndone: false,
  };
}

function versionIn({ meta }: FhirResource): string | null {
  return typeof meta?.versionId === 'string' ? meta.versionId : null;
}

function isEmpty(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && Object.keys(answer).length === 0;
}

/** fhir-kit-client keeps the response beside the body that it returns. */
function headersOf(answer: unknown): Headers | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  // Its types ask for a body with an index signature; it only looks for a symbol.
  const { response } = Client.httpFor(answer as Parameters<typeof Client.httpFor>[0]);
  return response?.headers;
}

/** Away, slow, busy or not speaking FHIR: worth another try. Other 4xx: refused. */
export function readWriteError(error: unknown): Sent {
  const { status, data, headers } = responseIn(error);
  if (status === undefined) {
    const reason = networkReason(error);
    return { state: 'retryable', reason, retryAfter: null, isUndone: UNSENT.includes(reason) };
  }
  if (status < 400 || status >= 500 || status === 408 || status === 429) {
    const isUndone = status === 429 || status === 503 || (status >= 300 && status < 400);
    return { state: 'retryable', reason: `HTTP ${status}`, retryAfter: retryAfterIn(headers), isUndone };
  }
  if (status === 409 || status === 412) return { state: 'conflict', reason: `HTTP ${status}` };
  const isAboutUs = status === 401 || status === 403;
  return { state: 'refused', reason: [`HTTP ${status}`, ...issueCodes(data)].join(', '), isAboutUs };
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110 §10.2.3). */
function retryAfterIn(headers: Headers | undefined): number | null {
  const text = headers?.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

/** Codes only: what a server writes in words may quote the patient's data. */
function issueCodes(data: unknown): string[] {
  if (!isResourceOf<OperationOutcome>('OperationOutcome', data) || !Array.isArray(data.issue)) return [];
  return [...new Set(data.issue.map((issue) => String(issue?.code ?? '')))].filter((code) =>
    /^[a-z-]{1,40}$/.test(code),
  );
}
