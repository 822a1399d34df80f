/** Questionnaire and response through everything that reads them, as the service does. */
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import { type Reading, readAnswers } from '../../src/fhir/answers.js';
import { type Form, readQuestionnaire } from '../../src/fhir/form.js';
import { createQuestionnaireReader, createShapeReader } from '../../src/fhir/shape.js';
import { TERMINOLOGY } from './property-form.js';

export const shapeOfQuestionnaire = createQuestionnaireReader();
export const shapeOfResponse = createShapeReader();

/** A Questionnaire that must be read without fault. */
export function formFrom(questionnaire: Questionnaire): Form {
  const shaped = shapeOfQuestionnaire(questionnaire);
  if ('issues' in shaped) throw new Error(`not a Questionnaire: ${JSON.stringify(shaped.issues)}`);
  const read = readQuestionnaire(shaped.questionnaire, TERMINOLOGY);
  if ('faults' in read) throw new Error(`cannot be read: ${JSON.stringify(read.faults)}`);
  return read.form;
}

/** Both of the right shape; what is said of the answers. */
export function readPair(questionnaire: Questionnaire, response: QuestionnaireResponse): Reading {
  const form = formFrom(questionnaire);
  const shaped = shapeOfResponse(response);
  if ('issues' in shaped) throw new Error(`not a response: ${JSON.stringify(shaped.issues)}`);
  return readAnswers(shaped.response, { form, oldestAge: null });
}
