import { Problem } from '../fhir/outcome.js';
import { type Call, queryOf, readWishes } from './call.js';
import { toCapabilityStatement } from './capability.js';
import { history } from './history.js';
import { Refusal } from './refusal.js';
import { type Reply, toVersionHeaders } from './reply.js';
import { search } from './search.js';
import { isServedType } from './search-parameters.js';
import { isDeletion, readCurrent, readVersion, type Store, type Version } from './store.js';

export type Handler = (store: Store, call: Call) => Reply;

/** Everything that only reads: path below the base → handler, the first that fits. */
export const READS: readonly [path: string, handler: Handler][] = [
  ['/metadata', (store) => ({ status: 200, body: toCapabilityStatement(store) })],
  ['/_history', (store, { query }) => ({ status: 200, body: history(store, {}, query) })],
  ['/:type', searchType],
  ['/:type/_history', (store, { type, query }) => ({ status: 200, body: history(store, { type }, query) })],
  ['/:type/:id', read],
  ['/:type/:id/_history', instanceHistory],
  ['/:type/:id/_history/:version', vread],
];

/** `GET Type?…`, and `POST Type/_search` with the parameters in the body, in the URL or in both. */
export function searchType(store: Store, call: Call): Reply {
  const form = Buffer.isBuffer(call.bytes) ? call.bytes.toString('utf8') : '';
  const query = [call.query, form].filter((part) => part !== '').join('&');
  return { status: 200, body: search(store, call.type, query, readWishes(call).isLenient) };
}

function read(store: Store, call: Call): Reply {
  const { type, id } = call;
  const reply = found(readCurrent(store, { type, id }), `${type}/${id}`);
  const isKnown = call.header('If-None-Match')?.trim() === reply.headers?.ETag;
  return isKnown ? { status: 304, headers: reply.headers ?? {} } : reply;
}

function vread(store: Store, { type, id, version }: Call): Reply {
  const number = /^\d{1,15}$/.test(version) ? Number(version) : 0;
  return found(readVersion(store, { type, id }, number), `${type}/${id}/_history/${version}`);
}

function instanceHistory(store: Store, { type, id, query }: Call): Reply {
  const current = readCurrent(store, { type, id });
  if (!current) found(current, `${type}/${id}`);
  return { status: 200, body: history(store, { type, id }, query) };
}

function found(version: Version | undefined, name: string): Reply {
  if (!version) {
    throw new Problem({ code: 'resource-not-found', text: `There is no ${name} on this server.` });
  }
  const headers = toVersionHeaders(version);
  if (!isDeletion(version)) return { status: 200, body: version.json, headers };
  throw new Refusal({ status: 410, code: 'deleted', text: `${name} was deleted.`, headers });
}

/** `/:type/:id` and `Patient/1` → the values of the parameters; undefined when they do not fit. */
function match(pattern: string, path: string): Record<string, string> | undefined {
  const names = pattern.slice(1).split('/');
  const parts = path.split('/');
  const fits = (name: string, index: number) => name.startsWith(':') || name === parts[index];
  if (names.length !== parts.length || !names.every(fits)) return undefined;
  return Object.fromEntries(names.map((name, index) => [name.slice(1), parts[index] ?? '']));
}

/** A GET that is an entry of a Bundle; `url` is relative to the base. */
export function answerGet(store: Store, url: string, header: Call['header']): Reply {
  const path = url.split('?')[0] ?? '';
  for (const [pattern, handler] of READS) {
    const params = match(pattern, path);
    if (!params) continue;
    const { type = '', id = '', version = '' } = params;
    if (type !== '' && !isServedType(type)) break;
    return handler(store, { type, id, version, query: queryOf(url), bytes: undefined, header });
  }
  throw new Problem({ code: 'unknown-route', text: 'This server has no such path or resource type.' });
}
