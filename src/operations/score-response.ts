import type { FhirResource, Observation, Patient, QuestionnaireResponse, Reference } from 'fhir/r4.js';
import { readAnswers } from '../fhir/answers.js';
import { toStored } from '../fhir/bundle.js';
import { isScored } from '../fhir/content.js';
import { ageBetween } from '../fhir/dates.js';
import { inDocumentOrder } from '../fhir/document-order.js';
import type { Form } from '../fhir/form.js';
import { type Head, type HeadContext, readHead, relativeReference } from '../fhir/head.js';
import { type Identity, identify } from '../fhir/identity.js';
import { toObservations } from '../fhir/observations.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { type Score, score } from '../scoring/score.js';
import type { Ports } from './ports.js';

/** A response that has been understood. */
export interface ScoredResponse {
  readonly identity: Identity;
  readonly stored: QuestionnaireResponse;
  /** null only for what was entered in error without a Questionnaire. */
  readonly form: Form | null;
  /** null for a Questionnaire that no rule is about: its responses are checked and stored, and give nothing more. */
  readonly score: Score | null;
  readonly observations: readonly Observation[];
  /** What is worth saying though it stops nothing. */
  readonly warnings: readonly Issue[];
}

/** What the FHIR server says of the patient: `unknown` when it could not be asked. */
export type PatientLookup = Patient | 'missing' | 'unknown';

/** Body → QuestionnaireResponse with a relative subject, and its identity. Throws a Problem on bad structure. */
export function readResponse(
  body: unknown,
  ports: Pick<Ports, 'readShape' | 'fhirServer'>,
): { response: QuestionnaireResponse; identity: Identity } {
  const shaped = ports.readShape(body);
  if ('issues' in shaped) {
    Problem.throwIfAny(shaped.issues);
    throw new Error('A body that is not a response must have an issue');
  }
  const response = withRelativeReferences(shaped.response, ports.fhirServer.baseUrl);
  return { response, identity: identify(response) };
}

/** References to the FHIR server's own resources, by whatever name: the server takes them relative alone. */
function withRelativeReferences(response: QuestionnaireResponse, fhirBaseUrl: string): QuestionnaireResponse {
  const relative = (one: Reference): Reference =>
    one.reference === undefined ? one : { ...one, reference: relativeReference(one.reference, fhirBaseUrl) };
  const { subject, encounter, author, source, basedOn, partOf } = response;
  return {
    ...response,
    ...(subject && { subject: relative(subject) }),
    ...(encounter && { encounter: relative(encounter) }),
    ...(author && { author: relative(author) }),
    ...(source && { source: relative(source) }),
    ...(basedOn && { basedOn: basedOn.map(relative) }),
    ...(partOf && { partOf: partOf.map(relative) }),
  };
}

/** The patient a response is about, asked once; an unreachable server leaves it open. */
export async function lookUpPatient(
  { subject }: Pick<Head, 'subject'>,
  { fhirServer }: Pick<Ports, 'fhirServer'>,
): Promise<PatientLookup> {
  const id = subject?.split('/')[1];
  if (!id) return 'unknown';
  try {
    const patient = await fhirServer.read('Patient', id);
    return isPatient(patient) ? patient : 'missing';
  } catch (error) {
    if (error instanceof Problem) return 'unknown';
    throw error;
  }
}

/** How strict to be: `$explain` takes what is not yet about anybody. */
export type Strictness = Pick<HeadContext, 'missing'>;

export function headOf(response: QuestionnaireResponse, strictness: Strictness, ports: Ports): Head {
  const { content, fhirServer } = ports;
  return readHead(response, { forms: content.forms, fhirBaseUrl: fhirServer.baseUrl, ...strictness });
}

/**
 * The product: a response in, Observations out. Used by submit, extract and explain alike.
 * Throws one Problem with everything that is wrong, in document order.
 */
export function scoreResponse(
  { response, identity }: { response: QuestionnaireResponse; identity: Identity },
  patient: PatientLookup,
  strictness: Strictness,
  ports: Ports,
): ScoredResponse {
  const head = headOf(response, strictness, ports);
  const { form } = head;
  const age = ageOf(patient, response);
  const reading = form && readAnswers(response, { form, oldestAge: age?.max ?? null });
  const issues = inDocumentOrder(
    [...head.issues, ...patientIssues(patient, strictness), ...(reading?.issues ?? [])],
    response,
  );
  Problem.throwIfAny(issues);
  const stored = toStored(response, identity, head.subject);
  const scored = form && reading && isScored(form) ? score(ports.rules, reading.answers, age) : null;
  const source = { id: identity.id, response: stored, subject: stored.subject ?? {} };
  const maker = { display: ports.content.display, software: ports.software };
  const observations = scored ? toObservations(source, scored, maker) : [];
  return {
    identity,
    stored,
    form,
    score: scored,
    observations,
    warnings: issues,
  };
}

function patientIssues(patient: PatientLookup, { missing }: Strictness): Issue[] {
  if (patient !== 'missing') return [];
  const text = 'The patient does not exist on the FHIR server; patients are created there, not here.';
  return [
    { code: 'subject-not-found', text, expression: 'QuestionnaireResponse.subject', severity: missing },
  ];
}

function ageOf(patient: PatientLookup, { authored }: QuestionnaireResponse) {
  if (typeof patient === 'string' || !patient.birthDate || !authored) return null;
  return ageBetween(patient.birthDate, authored);
}

function isPatient(resource: FhirResource | null): resource is Patient {
  return resource?.resourceType === 'Patient';
}
