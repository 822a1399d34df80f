/** The embedded FHIR server behind a simulated one, and the way to it and back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedServer } from '../../src/embedded/embedded-server.js';
import { capabilitiesOf } from './simulated-capability.js';
import { asHapiAnswers, asHapiReads } from './simulated-conditions.js';
import { type Asked, isWrite, judge, type Refused, unsupportedIn } from './simulated-policy.js';
import type { Policy, SimulatedRow } from './simulated-rows.js';

export interface Call {
  readonly method: string;
  /** Below the base, with its query, without a slash in front. */
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Backend {
  readonly storeUrl: string;
  /**
   * What the server of the row answers under `url`, the base that clients see; what it takes is committed when the
   * promise is fulfilled.
   */
  answer(call: Call, url: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Stands in every refusal's words: what a server writes about a patient must get no further than here. */
export const CANARY = 'Mrs Secret';

const FHIR_JSON = { 'content-type': 'application/fhir+json; charset=utf-8' };
const SENT = ['accept', 'content-type', 'prefer', 'if-match', 'if-none-match', 'if-none-exist'];
const KEPT = ['content-type', 'location', 'etag', 'last-modified', 'allow'];
const STORE_WITHIN_MS = 20_000;

/** A failure in the server's own words. */
export function toRefusal({ status, code, text }: Refused): Answer {
  const issue = [{ severity: 'error', code, diagnostics: `${text} (${CANARY})` }];
  return { status, headers: FHIR_JSON, body: JSON.stringify({ resourceType: 'OperationOutcome', issue }) };
}

function readResource(body: Buffer): Asked['resource'] {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function headerOf({ headers }: Call, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function toAsked(call: Call): Asked {
  const [path = '', ...query] = call.path.split('?');
  return {
    method: call.method,
    path,
    query: query.join('?'),
    resource: readResource(call.body),
    ifMatch: headerOf(call, 'if-match'),
  };
}

/** The query without what such a server does not search by. */
function toQuery(policy: Policy, { method, path, query }: Asked): string {
  const unsupported = method === 'GET' ? unsupportedIn(policy, path.split('/')[0] ?? '', query) : [];
  if (path.includes('/') || path === '' || unsupported.length === 0) return query;
  const kept = new URLSearchParams(query);
  for (const name of unsupported) kept.delete(name);
  return kept.toString();
}

/** A write's answer, as this server gives it. */
function toAnswer({ answer }: Policy, asked: Asked, given: Answer, url: string): Answer {
  const isStored = asked.path !== '' && isWrite(asked.method, asked.path) && given.status < 300;
  if (answer === 'resource' || !isStored) return given;
  const { location = '', etag } = given.headers;
  const absolute = location.replace(/\/_history\/.*$/, '');
  if (answer === 'absolute location') {
    return { ...given, headers: { location: absolute, ...(etag ? { etag } : {}) }, body: '' };
  }
  return { ...given, headers: { location: absolute.slice(url.length + 1) }, body: '' };
}

/** Replaces one base by the other, wherever it stands and however it is encoded. */
function rebase(text: string, from: string, to: string): string {
  return text.replaceAll(from, to).replaceAll(encodeURIComponent(from), encodeURIComponent(to));
}

interface Passage {
  readonly row: SimulatedRow;
  /** The base that clients see. */
  readonly url: string;
  readonly storeUrl: string;
}

function fetchStore({ storeUrl }: Passage, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(path === '' || path.startsWith('?') ? `${storeUrl}${path}` : `${storeUrl}/${path}`, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(STORE_WITHIN_MS),
  });
}

/** How many the store finds, on its first page; none by a search that it refuses. */
async function count(passage: Passage, type: string, query: string): Promise<number> {
  const found = await fetchStore(passage, `${type}?${rebase(query, passage.url, passage.storeUrl)}`);
  const bundle = readResource(Buffer.from(await found.arrayBuffer()));
  return found.status === 200 && Array.isArray(bundle?.entry) ? bundle.entry.length : 0;
}

/** Sends a call on to the store, and brings its answer back with the base that clients see. */
async function passOn(passage: Passage, call: Call, asked: Asked): Promise<Answer> {
  const { row, url, storeUrl } = passage;
  const inward = (text: string) => rebase(text, url, storeUrl);
  const outward = (text: string) => rebase(text, storeUrl, url);
  const names = row.policy.conditionalCreate ? SENT : SENT.filter((name) => name !== 'if-none-exist');
  const headers = names.flatMap((name): [string, string][] => {
    const value = headerOf(call, name);
    return value === undefined ? [] : [[name, inward(value)]];
  });
  const query = toQuery(row.policy, asked);
  const body = call.body.includes(url) ? Buffer.from(inward(call.body.toString())) : call.body;
  const reply = await fetchStore(passage, inward(query === '' ? asked.path : `${asked.path}?${query}`), {
    method: call.method,
    headers,
    ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
  });
  const kept = [...reply.headers].filter(([name]) => KEPT.includes(name));
  return {
    status: reply.status,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, outward(value)])),
    body: outward(await reply.text()),
  };
}

async function serve(passage: Passage, call: Call): Promise<Answer> {
  const { row, url } = passage;
  const asked = toAsked(call);
  if (asked.path === 'metadata' && call.method === 'GET') {
    return { status: 200, headers: FHIR_JSON, body: JSON.stringify(capabilitiesOf(row, url)) };
  }
  const verdict = await judge(row.policy, asked, (type, query) => count(passage, type, query));
  if (verdict) return toRefusal(verdict);
  if (row.policy.conditions === 'standard') {
    return toAnswer(row.policy, asked, await passOn(passage, call, asked), url);
  }
  const isThere = async (path: string) => (await fetchStore(passage, path)).status === 200;
  const read = await asHapiReads(call, isThere);
  return toAnswer(row.policy, asked, asHapiAnswers(await passOn(passage, read, asked)), url);
}

/** Starts the store of a server of that row, in a directory of its own. */
export async function startBackend(row: SimulatedRow): Promise<Backend> {
  const dataDir = mkdtempSync(join(tmpdir(), 'simulated-'));
  const store = await createEmbeddedServer({ dataDir, port: 0, now: () => new Date() });
  let writing: Promise<unknown> = Promise.resolve();
  return {
    storeUrl: store.url,
    answer: (call, url) => {
      const passage: Passage = { row, url, storeUrl: store.url };
      if (!isWrite(call.method, call.path)) return serve(passage, call);
      // One write after another: between what is looked up and what is written comes nothing else.
      const done = writing.then(() => serve(passage, call));
      writing = done.catch(() => undefined);
      return done;
    },
    close: async () => {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
