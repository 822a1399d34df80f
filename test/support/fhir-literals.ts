/** Small literal Questionnaires and responses for the unit tests of src/fhir. */
import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4.js';
import { type ReadContext, type Reading, readAnswers } from '../../src/fhir/answers.js';
import { type Form, type Item, readQuestionnaire, type Terminology } from '../../src/fhir/form.js';

export const CODES = 'https://forms.example.org/codes';
export const FHIR = 'http://hl7.org/fhir/StructureDefinition';

/** No value set and no code system is anywhere. */
export const NO_TERMINOLOGY: Terminology = { valueSet: () => undefined, codeSystem: () => undefined };

export function questionnaireOf(...item: QuestionnaireItem[]): Questionnaire {
  return {
    resourceType: 'Questionnaire',
    url: 'https://forms.example.org/Questionnaire/small',
    version: '2',
    status: 'active',
    item,
  };
}

/** A Questionnaire that the reader must accept. */
export function formOf(...item: QuestionnaireItem[]): Form {
  const read = readQuestionnaire(questionnaireOf(...item), NO_TERMINOLOGY);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.form;
}

export function itemIn(form: Form, linkId: string): Item {
  const item = form.byLinkId.get(linkId);
  if (!item) throw new Error(`no item ${linkId}`);
  return item;
}

/** Options by code; `none!` is one that stands alone. */
export function optionsOf(...codes: string[]): QuestionnaireItemAnswerOption[] {
  return codes.map((code) => ({
    valueCoding: { system: CODES, code: code.replace('!', '') },
    ...(code.endsWith('!') && {
      extension: [{ url: `${FHIR}/questionnaire-optionExclusive`, valueBoolean: true }],
    }),
  }));
}

export function coded(code: string): QuestionnaireResponseItemAnswer {
  return { valueCoding: { system: CODES, code } };
}

export function responseWith(
  item: QuestionnaireResponseItem[],
  status: QuestionnaireResponse['status'] = 'completed',
): QuestionnaireResponse {
  return { resourceType: 'QuestionnaireResponse', status, item };
}

/** What is said of a response: `[details code, expression]` of every issue, in order. */
export function faultsIn(
  form: Form,
  item: QuestionnaireResponseItem[],
  { status, oldestAge = null }: { status?: QuestionnaireResponse['status'] } & Partial<ReadContext> = {},
): (readonly [string, string | undefined])[] {
  return readAnswers(responseWith(item, status), { form, oldestAge }).issues.map(
    ({ code, expression }) => [code, expression] as const,
  );
}

/** The answers read from a response that has no fault. */
export function readCleanly(form: Form, item: QuestionnaireResponseItem[]): Reading['answers'] {
  const { answers, issues } = readAnswers(responseWith(item), { form, oldestAge: null });
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  return answers;
}
