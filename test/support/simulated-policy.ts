/** Whether a simulated server takes a request: its row's policy against one request, and what the store holds. */
import type { Json } from './embedded-fixture.js';
import { isSearchable, typePolicyOf } from './simulated-capability.js';
import type { Interaction, Policy, TypePolicy } from './simulated-rows.js';

/** One request, or one entry of a transaction. */
export interface Asked {
  readonly method: string;
  /** Below the base, without a slash in front and without the query. */
  readonly path: string;
  /** After the `?`, still encoded. */
  readonly query: string;
  /** The body when it is a JSON object. */
  readonly resource: Json | null;
  readonly ifMatch: string | undefined;
}

export interface Refused {
  readonly status: number;
  /** R4 issue type. */
  readonly code: string;
  readonly text: string;
}

/** How many resources of a type a search finds in the store. */
export type Count = (type: string, query: string) => Promise<number>;

type Verdict = Refused | null;

const refused = (status: number, code: string, text: string): Refused => ({ status, code, text });

/** `Type/…` → what is asked of that type; null for a path that FHIR does not have. */
export function interactionOf({ method, path }: Pick<Asked, 'method' | 'path'>): Interaction | null {
  const [, id, history, version, ...more] = path.split('/');
  if (more.length > 0) return null;
  if (id === undefined) return OF_TYPE[method] ?? null;
  if (id === '_search' && history === undefined) return method === 'POST' ? 'search-type' : null;
  if (id === '_history' && history === undefined) return isRead(method) ? 'history-type' : null;
  if (history === undefined) return OF_INSTANCE[method] ?? null;
  if (history !== '_history' || !isRead(method)) return null;
  return version === undefined ? 'history-instance' : 'vread';
}

const OF_TYPE: Readonly<Record<string, Interaction>> = {
  GET: 'search-type',
  HEAD: 'search-type',
  POST: 'create',
  PUT: 'update',
  DELETE: 'delete',
};
const OF_INSTANCE: Readonly<Record<string, Interaction>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'update',
  DELETE: 'delete',
};

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Whether a request changes anything: what faults count as a write. */
export function isWrite(method: string, path: string): boolean {
  return !isRead(method) && !/\/_search(\?|$)/.test(path);
}

/** Why a server with this policy does not take what is asked; null when it takes it. */
export async function judge(policy: Policy, asked: Asked, count: Count): Promise<Verdict> {
  if (asked.path !== '') return judgeOne(policy, asked, count);
  if (asked.method !== 'POST') return null;
  if (!policy.transaction) return refused(405, 'not-supported', 'No Bundle is taken here.');
  for (const entry of entriesOf(asked.resource)) {
    const verdict = await judgeOne(policy, toAsked(entry), count);
    if (verdict) return verdict;
  }
  return null;
}

async function judgeOne(policy: Policy, asked: Asked, count: Count): Promise<Verdict> {
  const type = asked.path.split('/')[0] ?? '';
  const served = typePolicyOf(policy, type);
  const interaction = interactionOf(asked);
  if (!served || !interaction) return refused(404, 'not-found', `${type} is not served.`);
  if (interaction === 'update' && !asked.path.includes('/') && !policy.conditionalUpdate) {
    return refused(400, 'not-supported', 'An update needs an id in its URL.');
  }
  if (!served.interactions.includes(interaction)) {
    return refused(405, 'not-supported', `There is no ${interaction} of ${type}.`);
  }
  if (interaction === 'search-type') return judgeSearch(policy, type, asked);
  if (interaction === 'update') {
    return judgeContent(served, asked.resource) ?? judgeUpdate(policy, type, asked, count);
  }
  if (interaction !== 'create') return null;
  return judgeContent(served, asked.resource) ?? judgeCreate(policy, type, asked, count);
}

/** An entry of a Bundle as a request of its own. */
function toAsked({ request = {}, resource = null }: Json): Asked {
  const url = String(request.url ?? '').replace(/^(https?:\/\/[^/]+\/fhir)?\//, '');
  const [path = '', query = ''] = url.split('?');
  return { method: String(request.method), path, query, resource, ifMatch: request.ifMatch };
}

function entriesOf(bundle: Json | null): Json[] {
  return Array.isArray(bundle?.entry) ? bundle.entry : [];
}

/** The parameters that such a server leaves out of a search. */
export function unsupportedIn(policy: Policy, type: string, query: string): string[] {
  return [...new URLSearchParams(query).keys()].filter((name) => !isSearchable(policy, type, name));
}

/** Parameters that say how, not what: a search by these alone would be one for everything. */
const HOW = /^_(?!id\b|lastUpdated\b)/;

function judgeSearch(policy: Policy, type: string, { query, method }: Asked): Verdict {
  const { searchGranted, unsupportedSearch } = policy;
  if (searchGranted && !searchGranted.includes(type)) {
    return refused(403, 'forbidden', `${type} may not be searched.`);
  }
  // What a form asks for is not looked into, so only a server that searches by everything takes one.
  if (method === 'POST' && !policy.searchByIdentifier) return refused(405, 'not-supported', 'No _search.');
  const unsupported = unsupportedIn(policy, type, query);
  if (unsupported.length === 0) return null;
  const names = [...new URLSearchParams(query).keys()];
  const isLeft = names.some((name) => !unsupported.includes(name) && !HOW.test(name));
  if (unsupportedSearch === 'ignored' && isLeft) return null;
  return refused(400, 'not-supported', `${type} is not searched by ${unsupported.join(', ')}.`);
}

function judgeContent({ categories, formats }: TypePolicy, resource: Json | null): Verdict {
  if (categories && !categories.some((category) => codesOf(resource?.category).includes(category))) {
    return refused(400, 'business-rule', `The category must be one of ${categories.join(', ')}.`);
  }
  if (!formats) return null;
  const contents: Json[] = Array.isArray(resource?.content) ? resource.content : [];
  const isFit = contents.every(
    ({ attachment }) =>
      formats.includes(String(attachment?.contentType).split(';')[0]?.trim() ?? '') &&
      typeof attachment?.data === 'string',
  );
  if (contents.length > 0 && isFit) return null;
  return refused(400, 'business-rule', `The attachment must hold data as ${formats.join(', ')}.`);
}

/** Codes of CodeableConcepts. */
function codesOf(concepts: unknown): unknown[] {
  const list: Json[] = Array.isArray(concepts) ? concepts : [];
  return list.flatMap(({ coding }) => (Array.isArray(coding) ? coding.map((one: Json) => one?.code) : []));
}

async function judgeCreate(
  policy: Policy,
  type: string,
  { resource }: Asked,
  count: Count,
): Promise<Verdict> {
  if (
    policy.needsEncounter &&
    type === 'DocumentReference' &&
    !resource?.context?.encounter?.[0]?.reference
  ) {
    return refused(400, 'required', 'A DocumentReference must name its encounter.');
  }
  if (!policy.refusesDuplicates) return null;
  const identifiers: Json[] = [resource?.masterIdentifier, resource?.identifier].flat().filter(Boolean);
  for (const { system = '', value = '' } of identifiers) {
    const token = [system, value].map((part) => String(part).replace(/[\\$,|]/g, '\\$&')).join('|');
    if ((await count(type, `identifier=${encodeURIComponent(token)}`)) > 0) {
      return refused(400, 'duplicate', 'There is one with this identifier already.');
    }
  }
  return null;
}

async function judgeUpdate(policy: Policy, type: string, asked: Asked, count: Count): Promise<Verdict> {
  if (policy.needsIfMatch && asked.ifMatch === undefined) {
    return refused(412, 'conflict', 'An update must name the version that it replaces.');
  }
  if (policy.updateCreate) return null;
  const [, id] = asked.path.split('/');
  // R4, conditional update: an id in the body of what no search finds is an update that creates.
  if (id === undefined && asked.resource?.id === undefined) return null;
  const search = id === undefined ? asked.query : `_id=${encodeURIComponent(id)}`;
  if ((await count(type, search)) > 0) return null;
  return refused(405, 'not-supported', `${type} is not made by an update: its id is the server's.`);
}
