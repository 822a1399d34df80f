import type { Patient } from 'fhir/r4.js';
import { ageAt, nameOf } from '../parts/patient.js';

/** The name of whom a screening is about, as far as it could be read. */
export function personName(patients: ReadonlyMap<string, Patient>, id: string | null): string {
  const patient = id === null ? undefined : patients.get(id);
  if (patient) return nameOf(patient);
  return id === null ? 'No patient named' : `Patient ${id}`;
}

interface PersonFactsProps {
  readonly patient: Patient | undefined;
  /** FHIR dateTime for which the age is told; null: today. */
  readonly at: string | null;
}

/** "32 years, female"; what is not known is left out. */
export function PersonFacts({ patient, at }: PersonFactsProps) {
  if (!patient) return null;
  const age = ageAt(patient, at ?? new Date().toISOString());
  const facts = [age === null ? null : `${age} years`, patient.gender].filter(Boolean).join(', ');
  return facts ? <span class="facts">{facts}</span> : null;
}
