import type { Bundle, FhirResource } from 'fhir/r4.js';
import { languagesOf, localize } from '../fhir/localize.js';
import { Problem } from '../fhir/outcome.js';
import type { Ports } from './ports.js';

const PARAMETERS = ['_id', 'url', 'version', 'status', 'name', 'title'] as const;
const RESULT_PARAMETERS = ['_format', '_pretty', '_count', '_offset', '_summary'];

/** Types of the authored content that callers may read. */
export const CONTENT_TYPES = [
  'Questionnaire',
  'CodeSystem',
  'ValueSet',
  'StructureDefinition',
  'OperationDefinition',
];

/** Chooses among languages, most wanted of the caller; undefined when none will do. */
export type ChooseLanguage = (languages: readonly string[]) => string | undefined;

/** One authored resource, a Questionnaire in the language the caller wants most. Throws `resource-not-found`. */
export function readInLanguage(
  type: string,
  id: string,
  choose: ChooseLanguage,
  ports: Pick<Ports, 'content'>,
): FhirResource {
  const found = readContentResource(type, id, ports);
  if (found.resourceType !== 'Questionnaire') return found;
  const language = choose(languagesOf(found));
  return language === undefined || language === found.language ? found : localize(found, language);
}

/** One authored resource. Throws a Problem `resource-not-found`. */
function readContentResource(type: string, id: string, { content }: Pick<Ports, 'content'>): FhirResource {
  const found = content.resources.find((resource) => resource.resourceType === type && resource.id === id);
  if (!found) throw new Problem({ code: 'resource-not-found', text: `There is no such ${type}.` });
  return found;
}

/** Search of the authored content; all of it fits on one page. Throws a Problem `unknown-parameter`. */
export function searchContent(
  type: string,
  query: URLSearchParams,
  { content, publicUrl }: Pick<Ports, 'content' | 'publicUrl'>,
): Bundle {
  const known: readonly string[] = [...PARAMETERS, ...RESULT_PARAMETERS];
  const unknown = [...new Set(query.keys())].filter((name) => !known.includes(name));
  Problem.throwIfAny(
    unknown.map((name) => ({
      code: 'unknown-parameter',
      text: `${type} cannot be searched by "${name.slice(0, 64)}" here; known are: ${known.join(', ')}.`,
    })),
  );
  const matching = content.resources.filter(
    (resource) => resource.resourceType === type && matches(resource, query),
  );
  const page = pageOf(matching, query);
  const base = `${publicUrl}/fhir/${type}`;
  const url = (asked: URLSearchParams) => (asked.size > 0 ? `${base}?${asked}` : base);
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matching.length,
    link: [
      { relation: 'self', url: url(query) },
      ...(page.next === null ? [] : [{ relation: 'next', url: url(withOffset(query, page.next)) }]),
    ],
    ...(page.resources.length > 0 && {
      entry: page.resources.map((resource) => ({
        fullUrl: `${base}/${resource.id}`,
        resource,
        search: { mode: 'match' },
      })),
    }),
  };
}

/** The stretch that `_count` and our own `_offset` ask for; only the total for `_count=0` and `_summary=count`. */
function pageOf(matching: readonly FhirResource[], query: URLSearchParams) {
  const number = (name: string, fallback: number) => {
    const text = query.get(name);
    if (text === null) return fallback;
    if (/^\d{1,6}$/.test(text)) return Number(text);
    throw new Problem({ code: 'unknown-parameter', text: `${name} must be a whole number.` });
  };
  const begin = number('_offset', 0);
  const count = query.get('_summary') === 'count' ? 0 : number('_count', matching.length);
  const end = begin + count;
  return {
    resources: matching.slice(begin, end),
    next: count > 0 && end < matching.length ? end : null,
  };
}

function withOffset(query: URLSearchParams, offset: number): URLSearchParams {
  const next = new URLSearchParams(query);
  next.set('_offset', String(offset));
  return next;
}

/** Strings match from their beginning, case aside; everything else matches whole (R4 search). */
function matches(resource: FhirResource, query: URLSearchParams): boolean {
  return PARAMETERS.every((name) => {
    const told = textOf(resource, name === '_id' ? 'id' : name);
    const one = (wanted: string): boolean => {
      if (name === 'name' || name === 'title') return told.toLowerCase().startsWith(wanted.toLowerCase());
      if (name === 'url') return wanted === told || wanted === `${told}|${textOf(resource, 'version')}`;
      // A token may come as `system|code`; the systems of status and version are FHIR's own.
      return told === (name === '_id' ? wanted : wanted.split('|').at(-1));
    };
    return query.getAll(name).every((wanted) => wanted.split(',').some(one));
  });
}

function textOf(resource: FhirResource, name: string): string {
  const value: unknown = Reflect.get(resource, name);
  return typeof value === 'string' ? value : '';
}
