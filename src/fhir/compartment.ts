import type { CodeableConcept, FhirResource } from 'fhir/r4.js';
import { RED_FLAG_URGENCY } from './observations.js';
import { FINDINGS, SDC_TEMPORARY } from './systems.js';

/** `Patient/{id}` in whose compartment a resource says it is; null for nobody's, and where it does not say. */
export function compartmentOf(resource: FhirResource): string | null {
  switch (resource.resourceType) {
    case 'Patient':
      return resource.id === undefined ? null : `Patient/${resource.id}`;
    case 'QuestionnaireResponse':
    case 'Observation':
      return patientIn(resource.subject?.reference);
    case 'Task':
      return patientIn(resource.for?.reference);
    default:
      return null;
  }
}

function patientIn(reference: unknown): string | null {
  return typeof reference === 'string' && /^Patient\/[A-Za-z0-9\-.]{1,64}$/.test(reference)
    ? reference
    : null;
}

/**
 * Whether patients may see it in their own compartment: themselves, their answers, how soon to see somebody, and what
 * they are asked to answer. Never what the answers come to in any criteria set (service.md: no verdict for patients).
 */
export function isForPatients(resource: FhirResource): boolean {
  switch (resource.resourceType) {
    case 'Patient':
    case 'QuestionnaireResponse':
      return true;
    case 'Observation':
      return hasCode(resource.code, FINDINGS, RED_FLAG_URGENCY);
    case 'Task':
      return hasCode(resource.code, SDC_TEMPORARY, 'complete-questionnaire');
    default:
      return false;
  }
}

function hasCode(concept: CodeableConcept | undefined, system: string, code: string): boolean {
  return concept?.coding?.some((one) => one.system === system && one.code === code) === true;
}
