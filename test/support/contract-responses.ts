/** QuestionnaireResponses as a client would write them, from the worked cases of clinical.md §11. */
import { readFileSync } from 'node:fs';
import type {
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4.js';

export const BASE = 'https://w3id.org/axspa-screening';
export const QUESTIONNAIRE = `${BASE}/Questionnaire/axspa-back-pain-screening`;
export const CANONICAL = `${QUESTIONNAIRE}|1.0.0`;
export const AUTHORED = '2026-05-04T09:30:00+02:00';
/** The identifier system of the clinic that sends the responses. */
export const CLINIC = 'https://clinic.example.org/screenings';

export const system = (name: string) => `${BASE}/CodeSystem/${name}`;

export type Answers = Record<string, string | string[] | number>;
export type SetId =
  | 'calin-1977'
  | 'asas-ibp-2009'
  | 'berlin-2006-8a'
  | 'berlin-2006-8b'
  | 'nice-ng65'
  | 'asas-referral-2015'
  | 'brandt-2007'
  | 'master'
  | 'radar-2of3'
  | 'cafaspa'
  | 'asas-axspa-2009';
export type Expected = {
  urgency: string;
  sets: Record<SetId, { verdict: string; decision: string | null; min: number | null; max: number | null }>;
};

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));

export const workedCases = fixture('worked-cases.json') as Record<string, Answers>;
export const expectedCases = fixture('worked-cases-expected.json') as Record<string, Expected>;

/** clinical.md §12: the groups, and in each its questions in order. */
export const GROUPS: Record<string, string[]> = {
  safety: ['red-flag-emergency', 'red-flag-urgent', 'eye-symptoms-now'],
  pain: [
    'pain-location',
    'pain-duration',
    'onset-age',
    'onset-speed',
    'morning-stiffness',
    'exercise-effect',
    'rest-effect',
    'night-waking',
    'night-rising-relief',
    'buttock-pain',
    'nsaid-response',
    'day-pattern',
    'pain-intensity',
  ],
  features: ['diagnosed-conditions', 'peripheral-features', 'family-first-degree', 'family-second-degree'],
  tests: ['hla-b27', 'crp-esr-raised', 'si-imaging'],
  other: ['other-symptoms'],
};

export const LINK_IDS = Object.values(GROUPS).flat();

export function worked(name: string): Answers {
  const answers = workedCases[name];
  if (!answers) throw new Error(`no worked case ${name}`);
  return answers;
}

export const coding = (code: string): QuestionnaireResponseItemAnswer => ({
  valueCoding: { system: system('answers'), code },
});

function toAnswers(value: string | string[] | number): QuestionnaireResponseItemAnswer[] {
  if (typeof value === 'number') return [{ valueInteger: value }];
  return [value].flat().map(coding);
}

/** Groups in order, questions in order, nothing for what is not answered. */
export function toItems(answers: Answers): QuestionnaireResponseItem[] {
  return Object.entries(GROUPS).flatMap(([linkId, questions]) => {
    const item = questions.flatMap((question) => {
      const value = answers[question];
      return value === undefined ? [] : [{ linkId: question, answer: toAnswers(value) }];
    });
    return item.length === 0 ? [] : [{ linkId, item }];
  });
}

/** A completed response of Patient/p1; `more` overrides or adds elements. */
export function toResponse(
  answers: Answers,
  identifier: string,
  more: Partial<QuestionnaireResponse> = {},
): QuestionnaireResponse {
  const item = toItems(answers);
  return {
    resourceType: 'QuestionnaireResponse',
    identifier: { system: CLINIC, value: identifier },
    questionnaire: CANONICAL,
    status: 'completed',
    subject: { reference: 'Patient/p1' },
    authored: AUTHORED,
    ...(item.length === 0 ? {} : { item }),
    ...more,
  };
}

/** A copy without some elements. */
export function without<T extends object>(resource: T, ...keys: (keyof T)[]): Partial<T> {
  const copy: Partial<T> = structuredClone(resource);
  for (const key of keys) delete copy[key];
  return copy;
}
