import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { serviceUrl } from './service.js';

/** One issue of an OperationOutcome, in the service's words. */
export interface Issue {
  /** A details code of the service, such as `version-mismatch`; else FHIR's issue type. */
  readonly code: string;
  readonly text: string;
  /** FHIRPath, such as `QuestionnaireResponse.item[0].answer[0]`. */
  readonly expressions: readonly string[];
}

/**
 * What became of a request: `done`; `refused`, with the reasons; or `unreachable`, when nobody knows (no
 * connection, no answer in time, or a server that asks to be asked later). Never rejects.
 */
export type Reply<T> =
  | { readonly state: 'done'; readonly status: number; readonly body: T; readonly etag: string | null }
  | { readonly state: 'refused'; readonly status: number; readonly issues: readonly Issue[] }
  | { readonly state: 'unreachable' };

/** Milliseconds; the service itself waits up to 10 s for the FHIR server. */
const PATIENCE = 20_000;

/** `path` below `/fhir`, such as `Observation?patient=p1`; or the URL of a next page, which must be the service's. */
export function getFhir<T extends object = FhirResource>(path: string): Promise<Reply<T>> {
  return request(path, { method: 'GET' });
}

export function postFhir<T extends object = FhirResource>(path: string, body: object): Promise<Reply<T>> {
  return request(path, { method: 'POST', body: JSON.stringify(body) });
}

/** A search whose parameters stand in no address, and so in no log and no history: for what people are called. */
export function searchFhir<T extends FhirResource>(
  type: T['resourceType'],
  parameters: Readonly<Record<string, string>>,
): Promise<Reply<Bundle<T>>> {
  return request(`${type}/_search`, {
    method: 'POST',
    body: new URLSearchParams(parameters).toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  });
}

/**
 * `etag` as it was read: the write is refused with 412 when somebody was faster. null writes whatever stands there:
 * for what has no version yet.
 */
export function putFhir<T extends object = FhirResource>(
  path: string,
  body: object,
  etag: string | null,
): Promise<Reply<T>> {
  const headers: Record<string, string> = etag === null ? {} : { 'If-Match': etag };
  return request(path, { method: 'PUT', body: JSON.stringify(body), headers });
}

/** The resources of one page of a search, in order. */
export function resourcesIn<T extends FhirResource>({ entry = [] }: Bundle<T>): T[] {
  return entry.flatMap(({ resource }) => resource ?? []);
}

/** Where a search goes on; null on its last page. */
export function nextOf({ link = [] }: Bundle): string | null {
  return link.find(({ relation }) => relation === 'next')?.url ?? null;
}

async function request<T extends object>(path: string, init: RequestInit): Promise<Reply<T>> {
  const base = new URL('fhir/', serviceUrl);
  const url = new URL(path, base);
  if (!url.href.startsWith(base.href)) return { state: 'unreachable' };
  try {
    const response = await fetch(url, {
      ...init,
      // In the Questionnaire's own words, with its translations: the page draws every language itself.
      headers: { Accept: JSON_TYPE, 'Accept-Language': 'en', ...bodyType(init), ...init.headers },
      cache: 'no-store',
      // What is sent while the page is left still arrives; browsers limit how much.
      keepalive: typeof init.body === 'string' && init.body.length < MOST_KEPT_ALIVE,
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (LATER.includes(response.status)) return { state: 'unreachable' };
    const body = await response.json();
    // Something in between answered, not the service.
    if (typeof body !== 'object' || body === null) return { state: 'unreachable' };
    if (!response.ok) return { state: 'refused', status: response.status, issues: issuesIn(body) };
    return { state: 'done', status: response.status, body, etag: response.headers.get('ETag') };
  } catch {
    return { state: 'unreachable' };
  }
}

/** Characters; browsers allow 64 KiB for all that is on its way. */
const MOST_KEPT_ALIVE = 20_000;

const JSON_TYPE = 'application/fhir+json';

/** Statuses that say nothing about the request itself. */
const LATER = [408, 429, 502, 503, 504];

function bodyType({ body }: RequestInit): Record<string, string> {
  return body ? { 'Content-Type': JSON_TYPE } : {};
}

function issuesIn({ issue = [] }: Partial<OperationOutcome>): Issue[] {
  return issue.map(({ code, details, diagnostics, expression = [] }) => ({
    code: details?.coding?.[0]?.code ?? code,
    text: details?.text ?? diagnostics ?? '',
    expressions: expression,
  }));
}
