/** Questionnaires in a few words, loaded by the intake's engine. */
import type { Extension, Questionnaire, QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4.js';
import { type Form, loadQuestionnaire, type Question } from '../../src/ui/engine/load.js';

export const CANONICAL = 'https://clinic.example.org/Questionnaire/q|1';
export const CODES = 'https://clinic.example.org/codes';
export const UCUM = 'http://unitsofmeasure.org';

export const core = (name: string, value: Omit<Extension, 'url'>): Extension => ({
  url: `http://hl7.org/fhir/StructureDefinition/${name}`,
  ...value,
});

export const translated = (...texts: [language: string, text: string][]) => ({
  extension: texts.map(([valueCode, valueString]) =>
    core('translation', {
      extension: [
        { url: 'lang', valueCode },
        { url: 'content', valueString },
      ],
    }),
  ),
});

export const control = (code: string): Extension =>
  core('questionnaire-itemControl', {
    valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code }] },
  });

export const EXCLUSIVE = core('questionnaire-optionExclusive', { valueBoolean: true });

/** Red and green, and none of them, which stands alone. */
export const COLOURS: NonNullable<QuestionnaireItem['answerOption']> = [
  { valueCoding: { system: CODES, code: 'red', display: 'Red', _display: translated(['de', 'Rot']) } },
  { valueCoding: { system: CODES, code: 'green', display: 'Green' } },
  { valueCoding: { system: CODES, code: 'none', display: 'None' }, extension: [EXCLUSIVE] },
];

export const item = (
  linkId: string,
  type: QuestionnaireItem['type'],
  more: Partial<QuestionnaireItem> = {},
): QuestionnaireItem => ({ linkId, type, text: `What about ${linkId}?`, ...more });

export const choice = (linkId: string, more: Partial<QuestionnaireItem> = {}): QuestionnaireItem =>
  item(linkId, 'choice', { answerOption: COLOURS, ...more });

export const questionnaire = (...items: QuestionnaireItem[]): Questionnaire => ({
  resourceType: 'Questionnaire',
  url: 'https://clinic.example.org/Questionnaire/q',
  version: '1',
  status: 'active',
  language: 'en',
  item: items,
});

export function formOf(...items: QuestionnaireItem[]): Form {
  const loaded = loadQuestionnaire(questionnaire(...items));
  if ('faults' in loaded) throw new Error(loaded.faults.join(' '));
  return loaded.form;
}

export function questionOf(source: QuestionnaireItem): Question {
  const [question] = formOf(source).questions;
  if (!question) throw new Error('no question');
  return question;
}

export const coded = (code: string, display?: string) => ({
  valueCoding: { system: CODES, code, ...(display && { display }) },
});

export const BASE: QuestionnaireResponse = {
  resourceType: 'QuestionnaireResponse',
  questionnaire: CANONICAL,
  status: 'completed',
};
