import { type DetailsCode, type Issue, Problem } from '../fhir/outcome.js';
import { queryOf } from './call.js';
import { isObject, type JsonObject, ownValue } from './json.js';
import { shapeFaults } from './request-body.js';
import { isServedType } from './search-parameters.js';
import type { Write } from './write.js';

/** An entry that only reads. */
export interface Get {
  readonly method: 'GET';
  /** Relative to the base. */
  readonly url: string;
  readonly ifNoneMatch?: string;
  readonly requestAt: string;
}

/** What one entry asks for, or what is wrong with it. */
export type Ask = Write | Get | { readonly faults: readonly Issue[] };

const MAX_ENTRIES = 5000;

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

const CONDITIONS = ['ifMatch', 'ifNoneMatch'] as const;

function fault(code: DetailsCode, text: string, expression: string): { faults: Issue[] } {
  return { faults: [{ code, text, expression }] };
}

function readRequest(request: JsonObject, base: string, at: string) {
  const [method, url] = [ownValue(request, 'method'), ownValue(request, 'url')];
  if (typeof method !== 'string') return fault('missing-element', 'The method is missing.', `${at}.method`);
  if (typeof url !== 'string') return fault('missing-element', 'The url is missing.', `${at}.url`);
  const known = METHODS.find((name) => name === method);
  if (!known) return fault('method-not-allowed', `Served here: ${METHODS.join(', ')}.`, `${at}.method`);
  return {
    method: known,
    url: url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url.replace(/^\//, ''),
  };
}

/** What a write's `request.url` names: `Type`, `Type/id` or `Type?criteria`. */
function readTarget(method: Exclude<Method, 'GET'>, request: JsonObject, url: string, at: string) {
  const [type = '', id, ...more] = (url.split('?')[0] ?? '').split('/');
  if (!isServedType(type)) return fault('unknown-route', 'This resource type is not served.', `${at}.url`);
  const ifNoneExist = ownValue(request, 'ifNoneExist');
  const query = queryOf(url);
  const isConditional = query !== '';
  const isFit = method === 'POST' ? id === undefined && !isConditional : isConditional === (id === undefined);
  if (more.length > 0 || !isFit) {
    return fault(
      'unknown-route',
      'The url must be Type for POST, and Type/id or Type?… for PUT and DELETE.',
      `${at}.url`,
    );
  }
  if (ifNoneExist !== undefined && (method !== 'POST' || typeof ifNoneExist !== 'string')) {
    return fault('wrong-json-type', 'ifNoneExist is a search, for POST only.', `${at}.ifNoneExist`);
  }
  const criteria = isConditional ? query : ifNoneExist;
  return {
    type,
    ...(id === undefined ? {} : { id }),
    ...(criteria === undefined ? {} : { criteria: String(criteria) }),
  };
}

/** The `If-…` conditions of an entry. One of a wrong JSON type must not pass for none. */
function readConditions(request: JsonObject): Partial<Record<(typeof CONDITIONS)[number], string>> {
  const found = CONDITIONS.map((name) => [name, ownValue(request, name)] as const);
  return Object.fromEntries(
    found
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value : '']),
  );
}

/** One entry of a batch or a transaction; `at` is its FHIRPath. */
export function readEntry(entry: unknown, base: string, at: string): Ask {
  if (!isObject(entry)) return fault('wrong-json-type', 'An entry must be an object.', at);
  const [request, resource] = [ownValue(entry, 'request'), ownValue(entry, 'resource')];
  if (!isObject(request)) return fault('missing-element', 'The entry needs a request.', `${at}.request`);
  const read = readRequest(request, base, `${at}.request`);
  if ('faults' in read) return read;
  const { method, url } = read;
  const common = { ...readConditions(request), requestAt: `${at}.request` };
  if (method === 'GET') return { method, url, ...common };
  const target = readTarget(method, request, url, `${at}.request`);
  if ('faults' in target) return target;
  const write = { method, ...target, ...common, at: `${at}.resource` };
  if (method === 'DELETE') return write;
  if (!isObject(resource)) return fault('missing-element', 'The entry needs a resource.', `${at}.resource`);
  const faults = shapeFaults(resource, target.type, target.id ?? null, `${at}.resource`);
  if (faults.length > 0) return { faults };
  const fullUrl = ownValue(entry, 'fullUrl');
  return { ...write, resource, ...(typeof fullUrl === 'string' ? { fullUrl } : {}) };
}

/** The entries of a batch or transaction Bundle. Throws when it is none. */
export function readBundle(bundle: JsonObject): { isBatch: boolean; entries: readonly unknown[] } {
  const [type, entries] = [ownValue(bundle, 'type'), ownValue(bundle, 'entry') ?? []];
  const refuse = (code: DetailsCode, text: string, expression: string): never => {
    throw new Problem({ code, text, expression });
  };
  if (ownValue(bundle, 'resourceType') !== 'Bundle') {
    refuse('wrong-resource-type', 'The body must be a Bundle.', 'Bundle');
  }
  if (type !== 'transaction' && type !== 'batch') {
    refuse('wrong-json-type', 'The type must be transaction or batch.', 'Bundle.type');
  }
  const list = Array.isArray(entries) && entries.length <= MAX_ENTRIES ? entries : undefined;
  if (list) return { isBatch: type === 'batch', entries: list };
  return refuse('wrong-json-type', `entry must be an array of at most ${MAX_ENTRIES}.`, 'Bundle.entry');
}
