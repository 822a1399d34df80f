import type { CapabilityStatementRestResource } from 'fhir/r4.js';

/**
 * What each resource type can be searched by: the data that indexing, search, `_include` and the
 * CapabilityStatement all read. A type that is not here is not served.
 *
 * A path is an element path; `a | b` are the spellings of a choice element. The first path names the index, so
 * two parameters over one path (`patient`, `subject`) share it. Changing a path needs a schema step that indexes
 * anew. At most one date and one string path per type: they are also its sort keys.
 */
export interface SearchParameter {
  readonly kind: 'token' | 'canonical' | 'reference' | 'date' | 'string';
  readonly path: string;
  /** Only references to this type (`patient` over `subject`). */
  readonly only?: string;
}

const token = (path: string): SearchParameter => ({ kind: 'token', path });
const canonical = (path: string): SearchParameter => ({ kind: 'canonical', path });
const date = (path: string): SearchParameter => ({ kind: 'date', path });
const string = (path: string): SearchParameter => ({ kind: 'string', path });
const reference = (path: string): SearchParameter => ({ kind: 'reference', path });
const patient = (path: string): SearchParameter => ({ kind: 'reference', path, only: 'Patient' });

type Parameters = Readonly<Record<string, SearchParameter>>;

const common: Parameters = { identifier: token('identifier') };
const status: Parameters = { status: token('status') };
const subject: Parameters = { patient: patient('subject'), subject: reference('subject') };
const encounter: Parameters = { encounter: reference('encounter') };
const category: Parameters = { category: token('category') };
const code: Parameters = { code: token('code') };
const humanName = string('name.family | name.given | name.text');

const TABLE = {
  Appointment: { ...status, patient: patient('participant.actor'), actor: reference('participant.actor') },
  AuditEvent: {
    action: token('action'),
    type: token('type'),
    agent: reference('agent.who'),
    date: date('recorded'),
    entity: reference('entity.what'),
  },
  CarePlan: { ...status, ...subject, ...encounter, ...category },
  CareTeam: { ...status, ...subject, ...encounter, ...category },
  Communication: { ...status, ...subject, ...encounter, ...category },
  CommunicationRequest: { ...status, ...subject, ...encounter, ...category },
  Condition: { ...subject, ...encounter, ...category, ...code, 'clinical-status': token('clinicalStatus') },
  Consent: { ...status, ...category, patient: patient('patient'), date: date('dateTime') },
  Device: { ...status, patient: patient('patient') },
  DiagnosticReport: {
    ...status,
    ...subject,
    ...encounter,
    ...category,
    ...code,
    date: date('effectiveDateTime | effectivePeriod'),
    result: reference('result'),
  },
  DocumentReference: {
    ...status,
    ...subject,
    ...category,
    author: reference('author'),
    date: date('date'),
    encounter: reference('context.encounter'),
    related: reference('context.related'),
    type: token('type'),
  },
  Encounter: { ...status, ...subject, date: date('period') },
  EpisodeOfCare: { ...status, patient: patient('patient') },
  Flag: { ...status, ...subject, ...encounter, ...category, ...code },
  Group: { member: reference('member.entity'), type: token('type') },
  Location: { ...status, name: string('name') },
  Observation: {
    ...status,
    ...subject,
    ...encounter,
    ...category,
    ...code,
    date: date('effectiveDateTime | effectivePeriod | effectiveInstant'),
    'derived-from': reference('derivedFrom'),
    'has-member': reference('hasMember'),
    performer: reference('performer'),
  },
  Organization: { name: string('name'), partof: reference('partOf') },
  Patient: { birthdate: date('birthDate'), gender: token('gender'), name: humanName },
  Practitioner: { name: humanName },
  PractitionerRole: { practitioner: reference('practitioner'), organization: reference('organization') },
  Procedure: { ...status, ...subject, ...encounter, ...category, ...code },
  Provenance: {
    agent: reference('agent.who'),
    entity: reference('entity.what'),
    patient: patient('target'),
    recorded: date('recorded'),
    target: reference('target'),
  },
  QuestionnaireResponse: {
    ...status,
    ...subject,
    ...encounter,
    author: reference('author'),
    authored: date('authored'),
    'based-on': reference('basedOn'),
    'part-of': reference('partOf'),
    questionnaire: canonical('questionnaire'),
    source: reference('source'),
  },
  RelatedPerson: { name: humanName, patient: patient('patient'), birthdate: date('birthDate') },
  ServiceRequest: { ...status, ...subject, ...encounter, ...category, ...code, authored: date('authoredOn') },
  Task: {
    ...status,
    ...code,
    ...encounter,
    'authored-on': date('authoredOn'),
    'based-on': reference('basedOn'),
    focus: reference('focus'),
    owner: reference('owner'),
    patient: patient('for'),
    requester: reference('requester'),
    subject: reference('for'),
  },
} satisfies Partial<Record<CapabilityStatementRestResource['type'], Parameters>>;

/** Type → parameter name → parameter. Maps, so that a type called `constructor` is simply unknown. */
export const SEARCH_PARAMETERS: ReadonlyMap<string, ReadonlyMap<string, SearchParameter>> = new Map(
  Object.entries<Parameters>(TABLE).map(([type, own]) => [
    type,
    new Map(Object.entries({ ...common, ...own })),
  ]),
);

export function isServedType(type: string): boolean {
  return SEARCH_PARAMETERS.has(type);
}

/** The spellings of a parameter's path. */
export function pathsOf(parameter: SearchParameter): readonly string[] {
  return parameter.path.split(' | ');
}

/** The text whose `term` number scopes a parameter's index entries. */
export function indexNameOf(type: string, parameter: SearchParameter): string {
  return `${type}.${pathsOf(parameter)[0]}`;
}
