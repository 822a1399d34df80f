import type { CapabilityStatementRestResource } from 'fhir/r4.js';
import {
  canonical,
  date,
  type Parameters,
  patient,
  reference,
  string,
  token,
  uri,
} from './search-parameter.js';

const identifier: Parameters = { identifier: token('identifier') };
const status: Parameters = { status: token('status') };
const subject: Parameters = { patient: patient('subject'), subject: reference('subject') };
const encounter: Parameters = { encounter: reference('encounter') };
const category: Parameters = { category: token('category') };
const code: Parameters = { code: token('code') };
/** Of most of a patient's resources. */
const clinical: Parameters = { ...identifier, ...status, ...subject };
const event: Parameters = { ...clinical, ...encounter, ...category };
const request: Parameters = {
  'based-on': reference('basedOn'),
  intent: token('intent'),
  priority: token('priority'),
  requester: reference('requester'),
};
const medication: Parameters = {
  code: token('medicationCodeableConcept'),
  medication: reference('medicationReference'),
};
/** Of all names, and the parts by themselves. */
const humanName: Parameters = {
  name: string('name.family | name.given | name.text'),
  family: { kind: 'string', path: 'name.family', index: 'family' },
  given: string('name.given'),
};

/**
 * What each resource type can be searched by: the data that indexing, search, `_include` and the
 * CapabilityStatement all read. A type that is not here is not served.
 *
 * Changing a path needs a schema step that indexes anew. The first date and the first string of a type are also
 * what it can be sorted by.
 */
export const SEARCH_TABLE = {
  AllergyIntolerance: {
    ...identifier,
    ...category,
    ...code,
    'clinical-status': token('clinicalStatus'),
    criticality: token('criticality'),
    date: date('recordedDate'),
    patient: patient('patient'),
    type: token('type'),
    'verification-status': token('verificationStatus'),
  },
  Appointment: {
    ...identifier,
    ...status,
    patient: patient('participant.actor'),
    actor: reference('participant.actor'),
    date: date('start'),
  },
  AuditEvent: {
    action: token('action'),
    type: token('type'),
    agent: reference('agent.who'),
    date: date('recorded'),
    entity: reference('entity.what'),
    outcome: token('outcome'),
    patient: { ...patient('agent.who | entity.what'), index: 'patient' },
    source: reference('source.observer'),
    subtype: token('subtype'),
  },
  Binary: {},
  CarePlan: { ...event },
  CareTeam: { ...event },
  Communication: {
    ...event,
    'based-on': reference('basedOn'),
    recipient: reference('recipient'),
    sender: reference('sender'),
    sent: date('sent'),
  },
  CommunicationRequest: { ...event },
  Condition: {
    ...identifier,
    ...subject,
    ...encounter,
    ...category,
    ...code,
    'clinical-status': token('clinicalStatus'),
    'onset-date': date('onsetDateTime | onsetPeriod'),
    'recorded-date': date('recordedDate'),
    'verification-status': token('verificationStatus'),
  },
  Consent: { ...identifier, ...status, ...category, patient: patient('patient'), date: date('dateTime') },
  Device: {
    ...identifier,
    ...status,
    'device-name': string('deviceName.name'),
    manufacturer: string('manufacturer'),
    patient: patient('patient'),
    type: token('type'),
  },
  DiagnosticReport: {
    ...event,
    ...code,
    'based-on': reference('basedOn'),
    date: date('effectiveDateTime | effectivePeriod'),
    performer: reference('performer'),
    result: reference('result'),
  },
  DocumentReference: {
    identifier: token('identifier | masterIdentifier'),
    ...status,
    ...subject,
    ...category,
    author: reference('author'),
    date: date('date'),
    encounter: reference('context.encounter'),
    related: reference('context.related'),
    type: token('type'),
  },
  Encounter: {
    ...clinical,
    class: token('class'),
    date: date('period'),
    participant: reference('participant.individual'),
    'service-provider': reference('serviceProvider'),
    type: token('type'),
  },
  EpisodeOfCare: { ...identifier, ...status, patient: patient('patient') },
  FamilyMemberHistory: {
    ...identifier,
    ...status,
    code: token('condition.code'),
    date: date('date'),
    patient: patient('patient'),
    relationship: token('relationship'),
    sex: token('sex'),
  },
  Flag: { ...event, ...code, date: date('period') },
  Group: { ...identifier, member: reference('member.entity'), type: token('type') },
  Location: { ...identifier, ...status, name: string('name') },
  MedicationRequest: { ...event, ...request, ...medication, authoredon: date('authoredOn') },
  MedicationStatement: {
    ...clinical,
    ...category,
    ...medication,
    context: reference('context'),
    effective: date('effectiveDateTime | effectivePeriod'),
    source: reference('informationSource'),
  },
  Observation: {
    ...event,
    ...code,
    'based-on': reference('basedOn'),
    date: date('effectiveDateTime | effectivePeriod | effectiveInstant'),
    'derived-from': reference('derivedFrom'),
    focus: reference('focus'),
    'has-member': reference('hasMember'),
    performer: reference('performer'),
    'value-concept': token('valueCodeableConcept'),
  },
  Organization: {
    ...identifier,
    active: token('active'),
    name: string('name'),
    partof: reference('partOf'),
    type: token('type'),
  },
  Patient: {
    ...identifier,
    ...humanName,
    active: token('active'),
    birthdate: date('birthDate'),
    gender: token('gender'),
    'general-practitioner': reference('generalPractitioner'),
    organization: reference('managingOrganization'),
    telecom: token('telecom'),
  },
  Practitioner: { ...identifier, ...humanName, active: token('active'), telecom: token('telecom') },
  PractitionerRole: {
    ...identifier,
    active: token('active'),
    organization: reference('organization'),
    practitioner: reference('practitioner'),
    role: token('code'),
    specialty: token('specialty'),
  },
  Procedure: { ...event, ...code },
  Provenance: {
    agent: reference('agent.who'),
    entity: reference('entity.what'),
    patient: patient('target'),
    recorded: date('recorded'),
    target: reference('target'),
  },
  Questionnaire: {
    ...identifier,
    ...status,
    code: token('item.code'),
    date: date('date'),
    name: string('name'),
    title: string('title'),
    url: uri('url'),
    version: token('version'),
  },
  QuestionnaireResponse: {
    ...clinical,
    ...encounter,
    author: reference('author'),
    authored: date('authored'),
    'based-on': reference('basedOn'),
    'part-of': reference('partOf'),
    questionnaire: canonical('questionnaire'),
    source: reference('source'),
  },
  RelatedPerson: { ...identifier, ...humanName, patient: patient('patient'), birthdate: date('birthDate') },
  ServiceRequest: {
    ...event,
    ...code,
    ...request,
    authored: date('authoredOn'),
    performer: reference('performer'),
  },
  Subscription: {
    ...status,
    criteria: string('criteria'),
    payload: token('channel.payload'),
    type: token('channel.type'),
    url: uri('channel.endpoint'),
  },
  Task: {
    ...identifier,
    ...status,
    ...code,
    ...encounter,
    ...request,
    'authored-on': date('authoredOn'),
    focus: reference('focus'),
    modified: date('lastModified'),
    owner: reference('owner'),
    'part-of': reference('partOf'),
    patient: patient('for'),
    subject: reference('for'),
  },
} satisfies Partial<Record<CapabilityStatementRestResource['type'], Parameters>>;
