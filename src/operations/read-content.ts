import type { Bundle, FhirResource } from 'fhir/r4.js';
import { languagesOf, localize } from '../fhir/localize.js';
import { Problem } from '../fhir/outcome.js';
import type { Ports } from './ports.js';

const PARAMETERS = ['_id', 'url', 'version', 'status', 'name', 'title'] as const;
const RESULT_PARAMETERS = ['_format', '_pretty', '_count', '_summary'];

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
  const found = content.resources.filter(
    (resource) => resource.resourceType === type && matches(resource, query),
  );
  const base = `${publicUrl}/fhir/${type}`;
  const search = query.toString();
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [{ relation: 'self', url: search ? `${base}?${search}` : base }],
    entry: found.map((resource) => ({
      fullUrl: `${base}/${resource.id}`,
      resource,
      search: { mode: 'match' },
    })),
  };
}

/** Strings match from their beginning, case aside; everything else matches whole (R4 search). */
function matches(resource: FhirResource, query: URLSearchParams): boolean {
  return PARAMETERS.every((name) => {
    const value: unknown = Reflect.get(resource, name === '_id' ? 'id' : name);
    const text = typeof value === 'string' ? value : '';
    const begins = name === 'name' || name === 'title';
    return query
      .getAll(name)
      .every((wanted) =>
        wanted
          .split(',')
          .some((one) =>
            begins ? text.toLowerCase().startsWith(one.toLowerCase()) : text === tokenCode(one, name),
          ),
      );
  });
}

/** A token may come as `system|code`; the systems of status and version are FHIR's own. */
function tokenCode(wanted: string, name: string): string {
  return name === 'status' || name === 'version' ? (wanted.split('|').at(-1) ?? wanted) : wanted;
}
