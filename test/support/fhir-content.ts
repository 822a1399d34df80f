/** The authored content, read as the service reads it at start, and Observations made with it. */
import { readdirSync, readFileSync } from 'node:fs';
import type {
  CodeableConcept,
  CodeSystem,
  FhirResource,
  Observation,
  Questionnaire,
  QuestionnaireResponse,
} from 'fhir/r4.js';
import { readAnswers } from '../../src/fhir/answers.js';
import { type Content, readContent } from '../../src/fhir/content.js';
import type { Form } from '../../src/fhir/form.js';
import { toObservations } from '../../src/fhir/observations.js';
import type { Age } from '../../src/scoring/criteria/warnings.js';
import { createRuleSet } from '../../src/scoring/rule-set.js';
import { score } from '../../src/scoring/score.js';
import { type Answers, CANONICAL, toItems } from './contract-responses.js';

const FOLDER = new URL('../../resources/', import.meta.url);

export const rules = createRuleSet('strict');
export const software = { version: '9.8.7', ruleSetVersion: '6.5.4' };

/** Fresh copies, to be taken apart. */
export function authoredResources(): FhirResource[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name): FhirResource => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));
}

export function questionnaireIn(resources: readonly FhirResource[]): Questionnaire {
  const found = resources.find(({ resourceType }) => resourceType === 'Questionnaire');
  if (found?.resourceType !== 'Questionnaire') throw new Error('no Questionnaire');
  return found;
}

export function codeSystemIn(resources: readonly FhirResource[], id: string): CodeSystem {
  const found = resources.find((one) => one.resourceType === 'CodeSystem' && one.id === id);
  if (found?.resourceType !== 'CodeSystem') throw new Error(`no CodeSystem ${id}`);
  return found;
}

export function authoredContent(): Content {
  const read = readContent(authoredResources(), rules);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  return read.content;
}

export function authoredForm(): Form {
  const [form] = authoredContent().forms;
  if (!form) throw new Error('no Questionnaire');
  return form;
}

const content = authoredContent();

/** The display that the CodeSystems give a code. */
export const display = content.display;

interface More extends Partial<QuestionnaireResponse> {
  readonly age?: Age;
}

/** The Observations of a response with these answers, which must be without fault. */
export function observationsOf(answers: Answers, { age, ...more }: More = {}): Observation[] {
  const [form] = content.forms;
  if (!form) throw new Error('no Questionnaire');
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    id: 'r1',
    questionnaire: CANONICAL,
    status: 'completed',
    subject: { reference: 'Patient/p1' },
    authored: '2026-05-04T09:30:00.5+02:00',
    item: toItems(answers),
    ...more,
  };
  const reading = readAnswers(response, { form, oldestAge: age?.max ?? null });
  if (reading.issues.length > 0) throw new Error(JSON.stringify(reading.issues));
  return toObservations(
    { id: 'r1', response, subject: { reference: 'Patient/p1', display: 'Pat' } },
    score(rules, reading.answers, age ?? null),
    { display, software },
  );
}

/** The one Observation with this code of ours. */
export function one(observations: readonly Observation[], code: string): Observation {
  const [found, another] = observations.filter(({ id }) => id === `r1.${code}`);
  if (!found || another) throw new Error(`not one Observation ${code}`);
  return found;
}

export function codeOf(concept: CodeableConcept | undefined): string | undefined {
  return concept?.coding?.[0]?.code;
}

/** An element's value, or `?reason` for an absent one. */
export function said(
  part: Pick<Observation, 'valueQuantity' | 'valueCodeableConcept' | 'valueInteger' | 'dataAbsentReason'>,
): string | number | undefined {
  if (part.dataAbsentReason) return `?${codeOf(part.dataAbsentReason)}`;
  return part.valueQuantity?.value ?? part.valueInteger ?? codeOf(part.valueCodeableConcept);
}

/** Components as `code: value`, in their order. */
export function components(observation: Observation): string[] {
  return (observation.component ?? []).map((part) => `${codeOf(part.code)}: ${said(part)}`);
}

export function noteOf({ note }: Observation): string {
  if (note?.length !== 1 || note[0] === undefined) throw new Error('not one note');
  return note[0].text;
}
