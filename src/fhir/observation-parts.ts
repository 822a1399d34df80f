import type {
  CodeableConcept,
  Coding,
  ObservationComponent,
  Quantity,
  QuestionnaireResponse,
  Reference,
} from 'fhir/r4.js';
import type { AbsentReason } from '../scoring/absence.js';
import type { Finding } from '../scoring/finding.js';
import {
  DATA_ABSENT_REASON,
  FINDINGS,
  INTERPRETATION,
  SOFTWARE_IDENTIFIER,
  UCUM,
  VERDICTS,
} from './systems.js';

/** The display of a code in one of our CodeSystems. Throws on a code that is not in it: a fault of ours. */
export type Display = (system: string, code: string) => string;

/** The response as it will be stored: what Observations refer to and copy from. */
export interface Source {
  readonly id: string;
  readonly response: QuestionnaireResponse;
  readonly subject: Reference;
}

/** What computed it. */
export interface Software {
  readonly version: string;
  readonly ruleSetVersion: string;
}

/** A logical reference: no Device resource is needed, or written, on the FHIR server. */
export function softwareReference({ version }: Software): Reference {
  return {
    identifier: { system: SOFTWARE_IDENTIFIER, value: `axspa-screening|${version}` },
    display: `axspa-screening ${version}`,
  };
}

/**
 * A reference of the response, as an element of another resource. Only what is literal and relative can go
 * along, and without a version: `#p1` is contained in the response alone, an absolute URL is refused by FHIR
 * servers. What is left, an identifier or a display, still says who is meant; with nothing left, no element.
 */
export function copied<Name extends string>(name: Name, source?: Reference): { [key in Name]?: Reference } {
  const { reference, ...rest } = source ?? {};
  const literal = reference?.replace(/\/_history\/[^/]*$/, '');
  const isLocal = literal !== undefined && /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(literal);
  const copy: Reference = { ...(isLocal && { reference: literal }), ...rest };
  const element: { [key in Name]?: Reference } = {};
  if (Object.keys(copy).some((key) => key !== 'type')) element[name] = copy;
  return element;
}

const ABSENT_DISPLAY: Readonly<Record<AbsentReason | 'not-applicable', string>> = {
  'asked-unknown': 'Asked But Unknown',
  'not-performed': 'Not Performed',
  unknown: 'Unknown',
  'not-asked': 'Not Asked',
  'not-applicable': 'Not Applicable',
};

const INTERPRETATION_DISPLAY = {
  POS: 'Positive',
  NEG: 'Negative',
  IND: 'Indeterminate',
  AA: 'Critical abnormal',
  A: 'Abnormal',
} as const;

export function conceptOf(system: string, code: string, display: Display): CodeableConcept {
  return { coding: [codingOf(system, code, display)] };
}

export function codingOf(system: string, code: string, display: Display): Coding {
  return { system, code, display: display(system, code) };
}

export function absentConcept(reason: AbsentReason | 'not-applicable'): CodeableConcept {
  return { coding: [{ system: DATA_ABSENT_REASON, code: reason, display: ABSENT_DISPLAY[reason] }] };
}

export function interpretationOf(code: keyof typeof INTERPRETATION_DISPLAY): CodeableConcept[] {
  return [{ coding: [{ system: INTERPRETATION, code, display: INTERPRETATION_DISPLAY[code] }] }];
}

/** A count of criteria: UCUM's arbitrary unit `{score}`. */
export function scoreQuantity(value: number): Quantity {
  return { value, unit: '{score}', system: UCUM, code: '{score}' };
}

export function verdictComponent(code: string, verdict: string, display: Display): ObservationComponent {
  return {
    code: conceptOf(FINDINGS, code, display),
    valueCodeableConcept: conceptOf(VERDICTS, verdict, display),
  };
}

/** A criterion, gate or arm: met, not-met, or why it is not known. */
export function findingComponent(
  code: string,
  finding: Finding,
  reason: AbsentReason | null,
  display: Display,
): ObservationComponent {
  if (finding !== 'unknown') return verdictComponent(code, finding, display);
  return { code: conceptOf(FINDINGS, code, display), dataAbsentReason: absentConcept(reason ?? 'unknown') };
}

export function scoreComponent(code: string, value: number, display: Display): ObservationComponent {
  return { code: conceptOf(FINDINGS, code, display), valueQuantity: scoreQuantity(value) };
}
