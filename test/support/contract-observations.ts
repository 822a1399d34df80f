/** Short ways to read what contract.md §3–§5 put into an Observation. */
import type { CodeableConcept, Observation, ObservationComponent, Quantity } from 'fhir/r4.js';
import { system } from './contract-responses.js';

export const DATA_ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
export const UCUM = 'http://unitsofmeasure.org';

/** `[system, code]` of a concept's first coding. */
export const first = (concept: CodeableConcept | undefined) => [
  concept?.coding?.[0]?.system,
  concept?.coding?.[0]?.code,
];
export const verdict = (code: string) => [system('verdicts'), code];
export const absent = (code: string) => [DATA_ABSENT, code];

export const scoreOf = (quantity: Quantity | undefined) => [
  quantity?.system,
  quantity?.code,
  quantity?.value,
];
export const score = (value: number | null) => [UCUM, '{score}', value];

export function component(observation: Observation, code: string): ObservationComponent | undefined {
  return observation.component?.find((part) => part.code.coding?.[0]?.code === code);
}

/** What is there to read: a verdict code, a score, or why nothing is. */
export function told(
  part: ObservationComponent | Observation | undefined,
): (string | number | null | undefined)[] {
  if (part?.valueQuantity) return scoreOf(part.valueQuantity);
  if (part?.valueCodeableConcept) return first(part.valueCodeableConcept);
  return first(part?.dataAbsentReason);
}

export const toldFinding = ({ finding, reason }: { finding: string; reason: string | null }) =>
  finding === 'unknown' ? absent(reason ?? 'unknown') : verdict(finding);
