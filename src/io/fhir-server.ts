import type { Bundle, CapabilityStatement, FhirResource } from 'fhir/r4.js';
import { Client } from 'fhir-kit-client';
import { withFullUrls } from '../fhir/bundle.js';
import { Problem } from '../fhir/outcome.js';
import { Withheld } from '../fhir/withheld.js';
import type { Credentials } from '../operations/credentials.js';
import type { FhirServer, Looked, Sent } from '../operations/ports.js';
import type { SingleWrite } from '../operations/single-write.js';
import { isBundle, isResourceOf, networkReason, responseIn } from './fhir-answer.js';
import { withToken } from './fhir-token.js';
import { readSent, readTransactionSent, readWriteError, toWriteHeaders } from './sent.js';

/** How long readiness waits for the FHIR server. */
const REACHABLE_MS = 2000;

/** A redirect would hand the patient, and later the token, to whomever the server names. */
const IN_PLACE = { redirect: 'manual' } as const;

/** HAPI answers a search from its cache for a minute unless told not to. */
const FRESH = { 'cache-control': 'no-cache' };

const FHIR_JSON = { 'content-type': 'application/fhir+json' };

export interface FhirServerOptions {
  readonly baseUrl: string;
  /** For each request. */
  readonly timeoutMs: number;
  /** Whose token goes along; null, or absent, for a server that asks for none. */
  readonly credentials?: Credentials | null;
  /** They are those of somebody who may see less than we do. */
  readonly isPerson?: boolean;
}

/**
 * fhir-kit-client behind our own small type; its errors end here. It has no timeout of its own, and takes an
 * empty 200 for success, so both are looked after in this file.
 */
export function createFhirServer(options: FhirServerOptions): FhirServer {
  const { baseUrl, timeoutMs, credentials = null } = options;
  const client = new Client({ baseUrl });
  const request: Send = (path, { method, body, headers, ms = timeoutMs }) =>
    client.request(path, {
      method,
      ...(body && { body }),
      options: { ...IN_PLACE, headers, signal: AbortSignal.timeout(ms) },
    });
  const open = credentials ? withToken(request, credentials) : request;
  const send = options.isPerson ? asPerson(open) : open;
  const get = (path: string, ms?: number) => send(path, { method: 'GET', headers: FRESH, ...(ms && { ms }) });
  const follow = (path: string) => readBundle(get(path));
  const pages = (type: string, query: string) =>
    pagesOf(() => follow(`${type}?${query}`), { baseUrl, follow });
  return {
    baseUrl,
    read: async (type, id) => (isDots(id) ? null : readOne(get(`${type}/${id}`), type, id)),
    vread: async (type, id, versionId) =>
      isDots(id) || isDots(versionId) ? null : readOne(get(`${type}/${id}/_history/${versionId}`), type, id),
    search: (type, query) => follow(query ? `${type}?${query}` : type),
    follow,
    pages,
    look: (type, query) => look(pages(type, query)),
    capabilities: () => readCapabilities(get('metadata')),
    transact: (transaction) =>
      send('', { method: 'POST', body: withFullUrls(transaction, baseUrl), headers: FHIR_JSON }).then(
        (answer) => readTransactionSent(answer, transaction),
        readWriteError,
      ),
    write: (write) => writeOne(write, send),
    isReachable: () =>
      get('metadata', Math.min(timeoutMs, REACHABLE_MS)).then(
        (found) => isResourceOf('CapabilityStatement', found),
        () => false,
      ),
    as: (others) => createFhirServer({ ...options, credentials: others, isPerson: true }),
  };
}

/** Ids that FHIR allows and a URL reads as another folder. */
function isDots(id: string): boolean {
  return id === '.' || id === '..';
}

interface Sending {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Record<string, string>;
  readonly body?: FhirResource;
  readonly ms?: number;
}

type Send = (path: string, sending: Sending) => Promise<unknown>;

/** What a person may not read is told apart from what cannot be read now. */
function asPerson(send: Send): Send {
  return (path, sending) =>
    send(path, sending).catch((error: unknown) => {
      if (sending.method !== 'GET' || responseIn(error).status !== 403) throw error;
      throw new Withheld({ code: 'fhir-server-unreachable', text: unreadText('HTTP 403') });
    });
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

function writeOne(write: SingleWrite, send: Send): Promise<Sent> {
  const { method, url, resource } = write;
  const headers = { ...FHIR_JSON, ...toWriteHeaders(write) };
  return send(url, { method, body: resource, headers }).then(
    (answer) => readSent(answer, resource),
    readWriteError,
  );
}

/** Further pages of a search are read as far as this; who has more of a kind cannot be looked through. */
const MOST_PAGES = 20;

/** Everything that a search finds, over all its pages. */
async function look(pages: AsyncIterable<readonly FhirResource[]>): Promise<Looked> {
  try {
    const resources: FhirResource[] = [];
    let count = 0;
    for await (const page of pages) {
      // What was not seen decides nothing.
      if (count === MOST_PAGES) return { state: 'refused' };
      resources.push(...page);
      count += 1;
    }
    return { state: 'found', resources };
  } catch (error) {
    return error instanceof OffServer ? { state: 'refused' } : lookError(error);
  }
}

/** A link to the next page that leads off the server. */
class OffServer extends Problem {}

async function* pagesOf(
  first: () => Promise<Bundle>,
  { baseUrl, follow }: { baseUrl: string; follow: (path: string) => Promise<Bundle> },
): AsyncGenerator<readonly FhirResource[]> {
  let page = await first();
  for (;;) {
    yield (page.entry ?? []).flatMap(({ resource }) => (isFhirResource(resource) ? [resource] : []));
    const next = page.link?.find(({ relation }) => relation === 'next')?.url;
    if (next === undefined) return;
    const path = next.startsWith(`${baseUrl}/`) ? next.slice(baseUrl.length + 1) : next.replace(baseUrl, '');
    if (!/^[A-Za-z]*\?/.test(path)) {
      const text = 'The FHIR server’s link to the next page leads off the server.';
      throw new OffServer({ code: 'fhir-server-unreachable', text });
    }
    page = await follow(path);
  }
}

/** A server that does not let us search decides nothing; one that is away may, later. */
function lookError(error: unknown): Looked {
  if (!(error instanceof Problem)) throw error;
  const [{ code, text }] = error.issues;
  const status = Number(/HTTP (\d{3})/.exec(text)?.[1] ?? 0);
  const isRefused = code === 'unknown-parameter' || [401, 403, 404, 405, 410, 422].includes(status);
  return isRefused ? { state: 'refused' } : { state: 'retryable', reason: 'it could not be searched' };
}

/** Not the server's word on what it takes: our credentials, or its state. */
const TRY_LATER = [401, 403, 408, 429];

async function readCapabilities(reading: Promise<unknown>): Promise<CapabilityStatement | null> {
  try {
    const found = await reading;
    return isResourceOf<CapabilityStatement>('CapabilityStatement', found) ? found : null;
  } catch (error) {
    const { status } = responseIn(error);
    // It is there, and has nothing to say of itself.
    if (status !== undefined && status >= 400 && status < 500 && !TRY_LATER.includes(status)) return null;
    throw asProblem(error);
  }
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
  return new Problem({ code: 'fhir-server-unreachable', text: unreadText(reason) });
}

function unreadText(reason: string): string {
  return `The FHIR server could not be read: ${reason}.`;
}

/** No such resource, in the words of a FHIR server: a proxy's 404 says nothing about the resource. */
function isGone(error: unknown): boolean {
  const { status, data } = responseIn(error);
  return (status === 404 || status === 410) && isResourceOf('OperationOutcome', data);
}

function isFhirResource(resource: unknown): resource is FhirResource {
  return typeof resource === 'object' && resource !== null && 'resourceType' in resource;
}
