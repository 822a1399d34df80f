import { STATUS_CODES } from 'node:http';
import { type DetailsCode, type Issue, Problem } from '../fhir/outcome.js';
import { isObject, type JsonObject, ownValue } from './json.js';
import { toVersionHeaders } from './reply.js';
import { shapeFaults } from './request-body.js';
import { isServedType } from './search-parameters.js';
import type { Store } from './store.js';
import { type Write, type Written, writeAll } from './write.js';

/** Entries may create (`POST Type`) and update (`PUT Type/id`); nothing else is read into them. */
const MAX_ENTRIES = 5000;

function fault(code: DetailsCode, text: string, expression: string): { faults: Issue[] } {
  return { faults: [{ code, text, expression }] };
}

/** What `request.method` and `request.url` ask for. */
function readTarget(request: JsonObject, base: string, at: string) {
  const [method, url] = [ownValue(request, 'method'), ownValue(request, 'url')];
  if (typeof method !== 'string') return fault('missing-element', 'The method is missing.', `${at}.method`);
  if (typeof url !== 'string') return fault('missing-element', 'The url is missing.', `${at}.url`);
  if (method !== 'POST' && method !== 'PUT') {
    return fault('method-not-allowed', 'A transaction here may hold POST and PUT only.', `${at}.method`);
  }
  if (url.includes('?') || Object.hasOwn(request, 'ifNoneExist')) {
    return fault('method-not-allowed', 'Conditional creates and updates are not served.', `${at}.url`);
  }
  const path = url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url;
  const [type = '', id, ...more] = path.split('/');
  if (!isServedType(type)) return fault('unknown-route', 'This resource type is not served.', `${at}.url`);
  if (more.length > 0 || (id === undefined) !== (method === 'POST')) {
    return fault('unknown-route', 'The url must be Type for POST and Type/id for PUT.', `${at}.url`);
  }
  return { type, id };
}

/** An `If-…` condition of the entry. One of a wrong JSON type must not pass for none. */
function readCondition(request: JsonObject, name: 'ifMatch' | 'ifNoneMatch'): Partial<Write> {
  const value = ownValue(request, name);
  return value === undefined ? {} : { [name]: typeof value === 'string' ? value : '' };
}

function readEntry(entry: unknown, base: string, at: string): Write | { faults: Issue[] } {
  if (!isObject(entry)) return fault('wrong-json-type', 'An entry must be an object.', at);
  const [request, resource] = [ownValue(entry, 'request'), ownValue(entry, 'resource')];
  if (!isObject(request)) return fault('missing-element', 'The entry needs a request.', `${at}.request`);
  const target = readTarget(request, base, `${at}.request`);
  if ('faults' in target) return target;
  if (!isObject(resource)) return fault('missing-element', 'The entry needs a resource.', `${at}.resource`);
  const { type, id } = target;
  const faults = shapeFaults(resource, type, id ?? null, `${at}.resource`);
  if (faults.length > 0) return { faults };
  return {
    type,
    ...(id === undefined ? {} : { id }),
    resource,
    ...readCondition(request, 'ifMatch'),
    ...readCondition(request, 'ifNoneMatch'),
    at: `${at}.resource`,
    requestAt: `${at}.request`,
  };
}

/** Two entries for one resource would make the outcome depend on the order, which FHIR forbids. */
function duplicateFaults(writes: readonly Write[]): Issue[] {
  const seen = new Set<string>();
  return writes.flatMap(({ type, id, requestAt }) => {
    if (id === undefined) return [];
    const url = `${type}/${id}`;
    if (!seen.has(url)) {
      seen.add(url);
      return [];
    }
    return fault('wrong-json-type', `${url} is written twice in one transaction.`, `${requestAt}.url`).faults;
  });
}

function readTransaction(bundle: JsonObject, base: string): Write[] {
  const [type, entries] = [ownValue(bundle, 'type'), ownValue(bundle, 'entry') ?? []];
  if (ownValue(bundle, 'resourceType') !== 'Bundle') {
    throw new Problem({
      code: 'wrong-resource-type',
      text: 'The body must be a Bundle.',
      expression: 'Bundle',
    });
  }
  if (type !== 'transaction') {
    const code = type === 'batch' ? 'method-not-allowed' : 'wrong-json-type';
    throw new Problem({ code, text: 'Only a transaction is served here.', expression: 'Bundle.type' });
  }
  if (!Array.isArray(entries) || entries.length > MAX_ENTRIES) {
    const text = `entry must be an array of at most ${MAX_ENTRIES}.`;
    throw new Problem({ code: 'wrong-json-type', text, expression: 'Bundle.entry' });
  }
  const read = entries.map((entry, index) => readEntry(entry, base, `Bundle.entry[${index}]`));
  Problem.throwIfAny(read.flatMap((one) => ('faults' in one ? one.faults : [])));
  const writes = read.flatMap((one) => ('faults' in one ? [] : [one]));
  Problem.throwIfAny(duplicateFaults(writes));
  return writes;
}

function toEntry(base: string, { type, id, number, updated, outcome, json }: Written): string {
  const status = outcome === 'created' ? 201 : 200;
  const response = {
    status: `${status} ${STATUS_CODES[status]}`,
    location: `${base}/${type}/${id}/_history/${number}`,
    etag: toVersionHeaders({ id, number, updated, json }).ETag,
    lastModified: new Date(updated).toISOString(),
  };
  return `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"response":${JSON.stringify(response)}}`;
}

/** Writes every entry of a transaction Bundle or none → the transaction-response Bundle, as JSON text. */
export function runTransaction(store: Store, bundle: JsonObject): string {
  const written = writeAll(store, readTransaction(bundle, store.base));
  const entries = written.map((one) => toEntry(store.base, one));
  const entry = entries.length > 0 ? `,"entry":[${entries.join(',')}]` : '';
  return `{"resourceType":"Bundle","type":"transaction-response"${entry}}`;
}
