import type { FhirResource, Observation, Patient, QuestionnaireResponse } from 'fhir/r4.js';
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
  readonly form: Form;
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
  const { subject } = shaped.response;
  const relative = subject?.reference && relativeReference(subject.reference, ports.fhirServer.baseUrl);
  const response = relative
    ? { ...shaped.response, subject: { ...subject, reference: relative } }
    : shaped.response;
  return { response, identity: identify(response) };
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
  const issues = [...head.issues, ...patientIssues(patient, strictness), ...(reading?.issues ?? [])];
  Problem.throwIfAny(inDocumentOrder(issues, response));
  if (!form || !reading) throw new Error('A response without a Questionnaire must have an issue');
  const stored = head.subject ? toStored(response, identity, head.subject) : response;
  const scored = isScored(form) ? score(ports.rules, reading.answers, age) : null;
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
