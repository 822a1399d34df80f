import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { Client } from 'fhir-kit-client';
import { Problem } from '../fhir/outcome.js';
import type { FhirServer, Written } from '../operations/ports.js';

/** How long readiness waits for the FHIR server. */
const REACHABLE_MS = 2000;

/** A redirect would hand the patient, and later the token, to whomever the server names. */
const IN_PLACE = { redirect: 'manual' } as const;

/** HAPI answers a search from its cache for a minute unless told not to. */
const FRESH = { 'cache-control': 'no-cache' };

const FHIR_JSON = { 'content-type': 'application/fhir+json' };

/**
 * fhir-kit-client behind our own small type; its errors end here. It has no timeout of its own, and takes an
 * empty 200 for success, so both are looked after in this file.
 */
export function createFhirServer({ baseUrl, timeoutMs }: { baseUrl: string; timeoutMs: number }): FhirServer {
  const client = new Client({ baseUrl });
  const send = (path: string, { method, body, headers, ms = timeoutMs }: Sending): Promise<unknown> =>
    client.request(path, {
      method,
      ...(body && { body }),
      options: { ...IN_PLACE, headers, signal: AbortSignal.timeout(ms) },
    });
  const get = (path: string, ms?: number) => send(path, { method: 'GET', headers: FRESH, ...(ms && { ms }) });
  const follow = (path: string) => readBundle(get(path));
  return {
    baseUrl,
    read: (type, id) => readOne(get(`${type}/${id}`), type, id),
    vread: (type, id, versionId) => readOne(get(`${type}/${id}/_history/${versionId}`), type, id),
    search: (type, query) => follow(query ? `${type}?${query}` : type),
    follow,
    transact: (transaction) =>
      send('', { method: 'POST', body: transaction, headers: FHIR_JSON }).then(
        (answer) => readTransactionResponse(answer, transaction),
        readWriteError,
      ),
    isReachable: () =>
      get('metadata', Math.min(timeoutMs, REACHABLE_MS)).then(
        (found) => isResourceOf('CapabilityStatement', found),
        () => false,
      ),
  };
}

interface Sending {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: Bundle;
  readonly ms?: number;
}

/** The resource that was asked for, or null when the server says that there is none. */
async function readOne(reading: Promise<unknown>, type: string, id: string): Promise<FhirResource | null> {
  try {
    const found = await reading;
    if (isResourceOf(type, found) && found.id === id) return found;
    throw unreachable('it answered with something else than the resource');
  } catch (error) {
    if (isGone(error)) return null;
    throw asProblem(error);
  }
}

async function readBundle(reading: Promise<unknown>): Promise<Bundle> {
  try {
    const found = await reading;
    if (isBundle(found)) return found;
    throw unreachable('it answered with something else than a Bundle');
  } catch (error) {
    throw asSearchProblem(error);
  }
}

/** A transaction succeeded only if every entry says so. */
function readTransactionResponse(answer: unknown, { entry: sent = [] }: Bundle): Written {
  const entries = isBundle(answer) ? (answer.entry ?? []) : [];
  const done = entries.filter(({ response }) => isSuccess(response?.status));
  if (done.length === sent.length) return { state: 'written' };
  return { state: 'retryable', reason: 'its answer does not confirm every entry' };
}

/** `201 Created`; what is no text is no status. */
function isSuccess(status: unknown): boolean {
  return typeof status === 'string' && status.startsWith('2');
}

/** Away, slow, busy or not speaking FHIR: worth another try. Other 4xx: refused. */
function readWriteError(error: unknown): Written {
  const { status, data } = responseIn(error);
  if (status === undefined) return { state: 'retryable', reason: networkReason(error) };
  if (status < 400 || status >= 500 || status === 408 || status === 429) {
    return { state: 'retryable', reason: `HTTP ${status}` };
  }
  if (status === 409 || status === 412) return { state: 'conflict', reason: `HTTP ${status}` };
  return { state: 'refused', reason: [`HTTP ${status}`, ...issueCodes(data)].join(', ') };
}

/** Codes only: what a server writes in words may quote the patient's data. */
function issueCodes(data: unknown): string[] {
  if (!isResourceOf<OperationOutcome>('OperationOutcome', data) || !Array.isArray(data.issue)) return [];
  return [...new Set(data.issue.map((issue) => String(issue?.code)))].filter((code) =>
    /^[a-z-]{1,40}$/.test(code),
  );
}

/** A read that failed: our credentials, its state, its answers: all of it is the server's, none the caller's. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { status } = responseIn(error);
  return unreachable(status === undefined ? networkReason(error) : `HTTP ${status}`);
}

/** A search that the server calls bad is one that the caller can mend. */
function asSearchProblem(error: unknown): Problem {
  if (responseIn(error).status !== 400) return asProblem(error);
  return new Problem({
    code: 'unknown-parameter',
    text: 'The FHIR server does not understand a value of this search.',
  });
}

function unreachable(reason: string): Problem {
  return new Problem({
    code: 'fhir-server-unreachable',
    text: `The FHIR server could not be read: ${reason}.`,
  });
}

/** No such resource, in the words of a FHIR server: a proxy's 404 says nothing about the resource. */
function isGone(error: unknown): boolean {
  const { status, data } = responseIn(error);
  return (status === 404 || status === 410) && isResourceOf('OperationOutcome', data);
}

/** The response that fhir-kit-client hangs on its errors; neither field for a failure of the network. */
function responseIn(error: unknown): { status?: number; data?: unknown } {
  if (typeof error !== 'object' || error === null || !('response' in error)) return {};
  const { response } = error;
  if (typeof response !== 'object' || response === null || !('status' in response)) return {};
  return { status: Number(response.status), data: 'data' in response ? response.data : undefined };
}

/** The system's error code; a message could carry a URL with a query. */
function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return 'network error';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'network error';
}

/** A Bundle as far as it is read here: lists of objects, links with a URL. */
function isBundle(value: unknown): value is Bundle {
  if (!isResourceOf<Bundle>('Bundle', value)) return false;
  const { entry = [], link = [] } = value;
  const isObject = (one: unknown) => typeof one === 'object' && one !== null;
  return (
    Array.isArray(entry) &&
    entry.every(isObject) &&
    Array.isArray(link) &&
    link.every((one) => isObject(one) && typeof one.url === 'string' && typeof one.relation === 'string')
  );
}

/** Whether JSON from the server is the resource that was asked for. */
function isResourceOf<T extends FhirResource>(type: string, value: unknown): value is T {
  return (
    typeof value === 'object' && value !== null && 'resourceType' in value && value.resourceType === type
  );
}
