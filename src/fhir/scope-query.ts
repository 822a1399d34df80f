import type { Coding, FhirResource, QuestionnaireResponse } from 'fhir/r4.js';

/** What the query of a scope may ask, by type and search parameter: the tokens that a resource has for it. */
const TOKENS: Readonly<Record<string, (resource: FhirResource) => readonly Coding[]>> = {
  'Observation?category': (one) =>
    one.resourceType === 'Observation' ? (one.category ?? []).flatMap(({ coding = [] }) => coding) : [],
  'Observation?code': (one) => (one.resourceType === 'Observation' ? (one.code.coding ?? []) : []),
  'Observation?status': (one) => (one.resourceType === 'Observation' ? [{ code: one.status }] : []),
  'QuestionnaireResponse?status': (one) =>
    one.resourceType === 'QuestionnaireResponse' ? [{ code: one.status }] : [],
  'QuestionnaireResponse?questionnaire': (one) =>
    one.resourceType === 'QuestionnaireResponse' ? canonicals(one.questionnaire) : [],
  'QuestionnaireResponse?identifier': (one) =>
    one.resourceType === 'QuestionnaireResponse' ? identifierIn(one) : [],
  'Task?status': (one) => (one.resourceType === 'Task' ? [{ code: one.status }] : []),
  'Task?priority': (one) => (one.resourceType === 'Task' && one.priority ? [{ code: one.priority }] : []),
};

/**
 * Whether a resource matches what a scope is restricted to (`?category=…`). A parameter that is not known here
 * matches nothing: a restriction that cannot be held is not passed over.
 */
export function matchesScope(resource: FhirResource, query: URLSearchParams): boolean {
  return [...query].every(([name, wanted]) => {
    const tokens = TOKENS[`${resource.resourceType}?${name}`]?.(resource) ?? [];
    const isSame = name === 'questionnaire' ? isCanonical : isToken;
    return wanted.split(',').some((one) => one !== '' && tokens.some((token) => isSame(token, one)));
  });
}

/** Whether a restriction can be held: it asks for nothing but what is known here of the type. */
export function isKnownQuery(type: string, query: URLSearchParams): boolean {
  return query.size > 0 && [...query.keys()].every((name) => Object.hasOwn(TOKENS, `${type}?${name}`));
}

/** A code that holds a bar itself, as a canonical does, must not pass for a system and a code. */
function isCanonical({ code }: Coding, wanted: string): boolean {
  return code === wanted;
}

/** `system|code`, `|code` or `code` (R4 search, token). */
function isToken({ system = '', code = '' }: Coding, wanted: string): boolean {
  const bar = wanted.indexOf('|');
  if (bar < 0) return code === wanted;
  return system === wanted.slice(0, bar) && code === wanted.slice(bar + 1);
}

/** With its version and without. */
function canonicals(canonical: string | undefined): Coding[] {
  if (!canonical) return [];
  return [{ code: canonical }, { code: canonical.split('|')[0] ?? '' }];
}

function identifierIn({ identifier: { system, value } = {} }: QuestionnaireResponse): Coding[] {
  return value === undefined ? [] : [{ ...(system && { system }), code: value }];
}
