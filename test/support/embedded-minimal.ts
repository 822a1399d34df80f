import type { Json } from './embedded-fixture.js';

const concept = { text: 'x' };
const subject = { reference: 'Patient/subject' };
const coding = { system: 'urn:s', code: 'x' };
const medicationCodeableConcept = concept;

/** The least that R4 asks of each type that the embedded server serves, beside resourceType. */
const MINIMAL: Readonly<Record<string, Json>> = {
  AllergyIntolerance: { patient: subject },
  Appointment: { status: 'booked', participant: [{ status: 'accepted' }] },
  AuditEvent: {
    type: coding,
    recorded: '2026-05-04T08:00:00Z',
    agent: [{ requestor: true }],
    source: { observer: { display: 'x' } },
  },
  Binary: { contentType: 'text/plain' },
  CarePlan: { status: 'active', intent: 'plan', subject },
  CareTeam: { status: 'active' },
  Communication: { status: 'completed' },
  CommunicationRequest: { status: 'active' },
  Condition: { subject },
  Consent: { status: 'active', scope: concept, category: [concept] },
  Device: { status: 'active' },
  DiagnosticReport: { status: 'final', code: concept },
  DocumentReference: { status: 'current', content: [{ attachment: { title: 'x' } }] },
  Encounter: { status: 'finished', class: coding },
  EpisodeOfCare: { status: 'active', patient: subject },
  FamilyMemberHistory: { status: 'completed', patient: subject, relationship: concept },
  Flag: { status: 'active', code: concept, subject },
  Group: { type: 'person', actual: true },
  Location: { status: 'active' },
  MedicationRequest: { status: 'active', intent: 'order', medicationCodeableConcept, subject },
  MedicationStatement: { status: 'active', medicationCodeableConcept, subject },
  Observation: { status: 'final', code: concept },
  Organization: { active: true },
  Patient: { active: true },
  Practitioner: { active: true },
  PractitionerRole: { active: true },
  Procedure: { status: 'completed', subject },
  Provenance: { target: [subject], recorded: '2026-05-04T08:00:00Z', agent: [{ who: { display: 'x' } }] },
  Questionnaire: { status: 'active' },
  QuestionnaireResponse: { status: 'completed' },
  RelatedPerson: { patient: subject },
  ServiceRequest: { status: 'active', intent: 'order', subject },
  Subscription: {
    status: 'requested',
    reason: 'x',
    criteria: 'Observation?code=x',
    channel: { type: 'rest-hook' },
  },
  Task: { status: 'requested', intent: 'order' },
};

export const MINIMAL_TYPES = Object.keys(MINIMAL);

/** A resource that is valid, with little in it. Many of them refer to `Patient/subject`. */
export function minimal(type: string, more: Json = {}): Json {
  return { resourceType: type, ...MINIMAL[type], ...more };
}
