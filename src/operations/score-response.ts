import type { FhirResource, Observation, Patient, QuestionnaireResponse, Reference } from 'fhir/r4.js';
import { readAnswers } from '../fhir/answers.js';
import { toStored } from '../fhir/bundle.js';
import { isScored } from '../fhir/content.js';
import { ageBetween, isDate } from '../fhir/dates.js';
import { inDocumentOrder } from '../fhir/document-order.js';
import type { Form } from '../fhir/form.js';
import { type Head, type HeadContext, readHead, relativeReference } from '../fhir/head.js';
import { type Identity, identify } from '../fhir/identity.js';
import { toObservations } from '../fhir/observations.js';
import { type Issue, Problem } from '../fhir/outcome.js';
import { type Score, score } from '../scoring/score.js';
import type { Ports } from './ports.js';

/** A response as it came: what it is about and who it is, its answers not yet read. */
export interface ReadResponse {
  readonly response: QuestionnaireResponse;
  readonly identity: Identity;
  readonly head: Head;
  /** How a missing subject or authored is told: an error for everything but `$explain`. */
  readonly missing: HeadContext['missing'];
}

/** A response that has been understood. */
export interface ScoredResponse {
  readonly identity: Identity;
  readonly stored: QuestionnaireResponse;
  /** null only for what was entered in error without a Questionnaire. */
  readonly form: Form | null;
  /** null for a Questionnaire that no rule is about: its responses are checked and stored, and give nothing more. */
  readonly score: Score | null;
  /** What is worth saying though it stops nothing. */
  readonly warnings: readonly Issue[];
}

/** What the FHIR server says of the patient: `unknown` when it could not be asked. */
export type PatientLookup = Patient | 'missing' | 'unknown';

/** Which response: one that is sent, or one that is stored under an id already. */
export interface Input {
  readonly body: unknown;
  readonly storedId: string | null;
}

/** Body → QuestionnaireResponse with relative references, its identity and head. Throws a Problem on bad structure. */
export function readResponse(
  { body, storedId }: Input,
  missing: HeadContext['missing'],
  ports: Ports,
): ReadResponse {
  const fhirBaseUrl = ports.fhirServer.baseUrl;
  const response = withRelativeReferences(readShaped(body, ports), fhirBaseUrl);
  const identity = { ...identify(response), ...(storedId !== null && { id: storedId }) };
  const head = readHead(response, { forms: ports.content.forms, fhirBaseUrl, missing });
  return { response, identity, head, missing };
}

/** Body → QuestionnaireResponse, its answers not yet looked at. Throws a Problem with every fault of its structure. */
export function readShaped(body: unknown, ports: Ports): QuestionnaireResponse {
  const shaped = ports.readShape(body);
  if ('response' in shaped) return shaped.response;
  Problem.throwIfAny(shaped.issues);
  throw new Error('A body that is not a response must have an issue');
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
export async function lookUpPatient({ head }: ReadResponse, { fhirServer }: Ports): Promise<PatientLookup> {
  const id = head.subject?.split('/')[1];
  if (!id) return 'unknown';
  try {
    const patient = await fhirServer.read('Patient', id);
    return isPatient(patient) ? patient : 'missing';
  } catch (error) {
    if (error instanceof Problem) return 'unknown';
    throw error;
  }
}

/**
 * The product: a response in, a score out. Used by submit, extract, explain and validate alike. Throws one
 * Problem with everything that is wrong, `known` faults among it, in document order.
 */
export function scoreResponse(
  { response, identity, head, missing }: ReadResponse,
  patient: PatientLookup,
  ports: Ports,
  known: readonly Issue[] = [],
): ScoredResponse {
  const { form } = head;
  const isOurs = form !== null && isScored(form);
  const age = ageOf(patient, response);
  const reading = form && readAnswers(response, { form, oldestAge: isOurs && age ? age.max : null });
  const found = [...known, ...head.issues, ...patientIssues(patient, missing), ...(reading?.issues ?? [])];
  const issues = inDocumentOrder(found, response);
  Problem.throwIfAny(issues);
  const stored = toStored(response, identity, head.subject);
  const scored = isOurs && reading ? score(ports.rules, reading.answers, age) : null;
  return { identity, stored, form, score: scored, warnings: issues };
}

/** The Observations of a scored response; none where no rule is about it. */
export function observationsOf({ identity, stored, score }: ScoredResponse, ports: Ports): Observation[] {
  const { subject } = stored;
  if (!score || !subject) return [];
  const maker = { display: ports.content.display, software: ports.software };
  return toObservations({ id: identity.id, response: stored, subject }, score, maker);
}

function patientIssues(patient: PatientLookup, severity: HeadContext['missing']): Issue[] {
  if (patient !== 'missing') return [];
  const text = 'The patient does not exist on the FHIR server; patients are created there, not here.';
  return [{ code: 'subject-not-found', text, expression: 'QuestionnaireResponse.subject', severity }];
}

function ageOf(patient: PatientLookup, { authored }: QuestionnaireResponse) {
  if (typeof patient === 'string' || !authored) return null;
  const { birthDate } = patient;
  return typeof birthDate === 'string' && isDate(birthDate) ? ageBetween(birthDate, authored) : null;
}

function isPatient(resource: FhirResource | null): resource is Patient {
  return resource?.resourceType === 'Patient';
}
