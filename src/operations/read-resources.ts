import type { Bundle, BundleLink, FhirResource, QuestionnaireResponse } from 'fhir/r4.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { asShown, findAccepted, responseIdOf } from './accepted.js';
import { readTask } from './change-task.js';
import type { FhirServer, Ports } from './ports.js';
import { withVersions } from './read-versions.js';
import { isResourceId, notFound } from './resource-id.js';

/** What may be searched for through the facade. Anything else is refused, never ignored. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  QuestionnaireResponse: [
    '_id',
    'identifier',
    'questionnaire',
    'status',
    'subject',
    'patient',
    'author',
    'authored',
  ],
  Observation: [
    '_id',
    'identifier',
    'patient',
    'subject',
    'code',
    'category',
    'status',
    'date',
    'derived-from',
  ],
  Provenance: ['_id', 'target'],
  Task: ['_id', 'identifier', 'status', 'priority', 'patient', 'subject', 'focus'],
  Patient: ['_id', 'identifier', 'name', 'birthdate'],
};

const RESULT_PARAMETERS = ['_sort', '_count', '_include', '_summary', '_total'];

/** About the form of the answer, which is JSON: for the facade, not for the server behind it. */
const FORM_PARAMETERS = ['_format', '_pretty'];

/** Where the rest of a search is: a link of the FHIR server, below its base. */
export const PAGE = '_page';

/** Types that the facade reads from the FHIR server. */
export const READABLE = Object.keys(PARAMETERS);

/** Patients are on the FHIR server; what we write is where it is all kept. */
function serverOf(type: string, { fhirServer, records }: Ports): FhirServer {
  return type === 'Patient' ? fhirServer : records;
}

/**
 * A resource as it is now, also while it is on its way. Throws a Problem `resource-not-found`, or `Withheld`; to be
 * changed, a response need not be shown (`isToChange`).
 */
export async function readResource(
  type: string,
  id: string,
  ports: Ports,
  isToChange = false,
): Promise<FhirResource> {
  if (!isResourceId(id)) notFound(type);
  if (type === 'QuestionnaireResponse' && responseIdOf(id, ports) !== null) {
    return (await readOurs(id, ports, isToChange)) ?? notFound(type);
  }
  if (type === 'Task') return (await readTask(id, ports)) ?? notFound(type);
  return (await serverOf(type, ports).read(type, id)) ?? notFound(type);
}

async function readOurs(
  id: string,
  ports: Ports,
  isToChange: boolean,
): Promise<QuestionnaireResponse | null> {
  const accepted = await findAccepted(id, ports);
  if (!accepted) return null;
  if (accepted.withheld && !isToChange) throw accepted.withheld;
  const { current, version, entries, serverVersion, isOurs } = accepted;
  if (!isOurs) return current;
  // The FHIR server says when it took it; until then, when we did.
  return asShown(current, version, serverVersion === null ? entries.at(-1)?.queuedAt : undefined);
}

/**
 * A search on the FHIR server, with every link made ours. Throws a Problem `unknown-parameter` for what the
 * facade does not search by.
 */
export async function searchResources(type: string, query: URLSearchParams, ports: Ports): Promise<Bundle> {
  const found = query.has(PAGE)
    ? await serverOf(type, ports).follow(pathIn(query, type))
    : await search(type, query, ports);
  return toFacade(await withVersions(found, ports), type, query, ports);
}

async function search(type: string, query: URLSearchParams, ports: Ports): Promise<Bundle> {
  const known = [...(PARAMETERS[type] ?? []), ...RESULT_PARAMETERS, ...FORM_PARAMETERS];
  Problem.throwIfAny(includeIssues(type, query));
  const unknown = [...new Set(query.keys())].filter((name) => !known.includes(name));
  Problem.throwIfAny(
    unknown.map((name) => ({
      code: 'unknown-parameter',
      text: `${type} cannot be searched by "${name.slice(0, 64)}" here; known are: ${known.join(', ')}.`,
    })),
  );
  const asked = new URLSearchParams(query);
  for (const name of FORM_PARAMETERS) asked.delete(name);
  return serverOf(type, ports).search(type, asked.toString());
}

/** What a search may bring along beside its matches. */
const INCLUDES: Readonly<Record<string, string>> = { Observation: 'Observation:has-member' };

function includeIssues(type: string, query: URLSearchParams): Issue[] {
  return query
    .getAll('_include')
    .filter((include) => include !== INCLUDES[type])
    .map(() => ({
      code: 'unknown-parameter',
      text: INCLUDES[type] ? `_include takes ${INCLUDES[type]} alone.` : `${type} has no _include here.`,
    }));
}

/** Bundle of the FHIR server → the same Bundle with links and fullUrls below PUBLIC_URL. */
function toFacade(found: Bundle, type: string, query: URLSearchParams, ports: Ports): Bundle {
  const base = `${ports.publicUrl}/fhir`;
  // Nothing but what was asked for leaves: no OperationOutcome in the server's own words, no other type.
  const asked = found.entry?.filter(({ resource }) => resource?.resourceType === type);
  const entry = asked?.map(({ resource, fullUrl: _, ...rest }) => ({
    ...(resource?.id && { fullUrl: `${base}/${resource.resourceType}/${resource.id}` }),
    ...(resource && { resource }),
    ...rest,
  }));
  const link = (found.link ?? []).flatMap((one) => toFacadeLink(one, type, query, ports));
  const { id: _id, meta: _meta, entry: _entry, link: _link, ...bundle } = found;
  return { ...bundle, ...(link.length > 0 && { link }), ...(entry && { entry }) };
}

function toFacadeLink(
  { relation, url }: BundleLink,
  type: string,
  query: URLSearchParams,
  ports: Ports,
): BundleLink[] {
  const base = `${ports.publicUrl}/fhir/${type}`;
  if (relation === 'self') {
    const search = query.toString();
    return [{ relation, url: search ? `${base}?${search}` : base }];
  }
  const path = below(url, serverOf(type, ports).baseUrl);
  if (path === null) return elsewhere(relation);
  return [{ relation, url: `${base}?${PAGE}=${Buffer.from(path).toString('base64url')}` }];
}

/**
 * A link off the server is not followed and not shown: it could lead a caller, or us, anywhere. But a search
 * whose next page is lost must not look like one that ends here.
 */
function elsewhere(relation: string): BundleLink[] {
  if (relation !== 'next') return [];
  const text =
    'The FHIR server’s link to the next page leads off the server; it may not know its own address.';
  throw new Problem({ code: 'fhir-server-unreachable', text });
}

/** The path and query of a link below the base, which may be relative to it; null for one that leads elsewhere. */
function below(url: string, baseUrl: string): string | null {
  const absolute = /^[A-Za-z]*\?/.test(url) ? `${baseUrl}/${url}` : url;
  const path = absolute.startsWith(baseUrl) ? absolute.slice(baseUrl.length) : '';
  return /^(\/[A-Za-z]*)?\?/.test(path) ? path.replace(/^\//, '') : null;
}

/** The link in a `_page`: of this type, or of no type at all, so that nothing else can be reached with it. */
function pathIn(query: URLSearchParams, type: string): string {
  const path = Buffer.from(query.get(PAGE) ?? '', 'base64url').toString();
  const isAlone = [...query.keys()].length === 1;
  // HAPI pages at its base, under a name that nobody can guess; anything else there would search every type.
  const isOurs = path.startsWith(`${type}?`) || path.startsWith('?_getpages=');
  if (isAlone && isOurs && !/[\s#\\]/.test(path)) return path;
  throw new Problem({ code: 'unknown-parameter', text: `"${PAGE}" is not a link that was given here.` });
}
