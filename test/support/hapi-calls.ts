/** Bare HTTP to a FHIR server, and the smallest resources to write there. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { Bundle, BundleEntry, FhirResource, OperationOutcome, QuestionnaireResponse } from 'fhir/r4.js';

export const FORM = 'https://example.org/Questionnaire/q|1.0.0';

export type Reply = { status: number; body: unknown };
export type Fhir = (
  method: string,
  path: string,
  body?: FhirResource,
  headers?: Record<string, string>,
) => Promise<Reply>;

/** Every call within 30 s; `path` may be a whole URL, as in a `next` link. */
export function fhirAt(baseUrl: string): Fhir {
  return async (method, path, body, headers = {}) => {
    const url = path.startsWith('http') ? path : `${baseUrl}${path === '' ? '' : `/${path}`}`;
    const reply = await fetch(url, {
      method,
      headers: { 'content-type': 'application/fhir+json', ...headers },
      signal: AbortSignal.timeout(30_000),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) };
  };
}

export const response = (id: string | undefined, more: Partial<QuestionnaireResponse> = {}) =>
  ({
    resourceType: 'QuestionnaireResponse',
    ...(id === undefined ? {} : { id }),
    status: 'completed',
    questionnaire: FORM,
    subject: { reference: 'Patient/p' },
    ...more,
  }) satisfies QuestionnaireResponse;

export const put = (
  resource: FhirResource,
  condition: { ifMatch?: string; ifNoneMatch?: string } = {},
): BundleEntry => ({
  resource,
  request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ...condition },
});

export const transaction = (...entry: BundleEntry[]): Bundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry,
});

/** What the server says in words: the diagnostics of its OperationOutcome. */
export function words(reply: Reply): string {
  const outcome = reply.body as OperationOutcome;
  return (outcome.issue ?? []).map((issue) => issue.diagnostics ?? '').join(' ');
}

/** The resource of an answer; the type is what the test put there. */
export const resourceOf = <T extends FhirResource>(reply: Reply): T => reply.body as T;

export const statusesOf = (reply: Reply): (string | undefined)[] =>
  (resourceOf<Bundle>(reply).entry ?? []).map((entry) => entry.response?.status);

export const idsOf = (reply: Reply): (string | undefined)[] =>
  (resourceOf<Bundle>(reply).entry ?? []).map((entry) => entry.resource?.id);

export type Call = { method: string; url: string; headers: IncomingHttpHeaders; body: string; at: number };
export type Ear = { url: string; calls: Call[]; close(): Promise<void> };

/** A door on loopback that writes down who knocks, and answers `status` at once. */
export async function listen(status = 200): Promise<Ear> {
  const calls: Call[] = [];
  const server: Server = createServer((request, reply) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      calls.push({ method, url, headers, body, at: Date.now() });
      reply.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Asks again every 50 ms until there is an answer; throws after `withinMs`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${withinMs} ms`);
}
