import type {
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4.js';
import { isUnitOf, takes } from './answer-faults.js';
import { type Answer, type Answers, optionOf, otherTextIn, toAnswer } from './answers.js';
import { aroundOf } from './enablement.js';
import type { Form, FormItem, Question } from './form.js';
import { isDrawable } from './question.js';

/**
 * QuestionnaireResponse → Answers, or everything in it that could not be drawn and written back: unknown or misplaced
 * items, values of other types, codes that are no options, numbers off their slider. What is only wrong (out of range, missing) is kept, and so
 * are answers to questions that are not enabled.
 */
export function readResponse(
  form: Form,
  response: QuestionnaireResponse,
): { answers: Answers } | { faults: readonly string[] } {
  const reading: Reading = { form, answers: new Map(), seen: new Set(), faults: [] };
  const { questionnaire = form.canonical } = response;
  if (questionnaire !== form.canonical)
    reading.faults.push(`The response is to "${questionnaire}", not to "${form.canonical}".`);
  if ('modifierExtension' in response || 'implicitRules' in response)
    reading.faults.push('The modifiers of the response are not known.');
  readItems(response.item, null, reading);
  return reading.faults.length > 0 ? { faults: reading.faults } : { answers: reading.answers };
}

interface Reading {
  readonly form: Form;
  readonly answers: Map<string, readonly Answer[]>;
  readonly seen: Set<string>;
  readonly faults: string[];
}

function readItems(
  items: readonly QuestionnaireResponseItem[] = [],
  around: FormItem | null,
  reading: Reading,
): void {
  for (const item of items) {
    const { linkId } = item;
    const definition = reading.form.byLinkId.get(linkId);
    const fault = placeFault(item, definition, around, reading);
    if (!definition || fault) {
      reading.faults.push(`"${linkId}": ${fault}.`);
      continue;
    }
    reading.seen.add(linkId);
    if (definition.kind === 'question') readAnswers(item, definition, reading);
    else readItems(item.item, definition, reading);
  }
}

function placeFault(
  item: QuestionnaireResponseItem,
  definition: FormItem | undefined,
  around: FormItem | null,
  { seen }: Reading,
): string | null {
  if (!definition) return 'the Questionnaire has no such item';
  if (aroundOf(definition) !== around) return 'it stands in another place than in the Questionnaire';
  if (seen.has(item.linkId)) return 'it is there more than once';
  if ('modifierExtension' in item) return 'its modifiers are not known';
  if (definition.kind === 'question') return item.item ? 'it has items in it' : null;
  return item.answer ? `a ${definition.kind} takes no answer` : null;
}

function readAnswers({ answer = [] }: QuestionnaireResponseItem, question: Question, reading: Reading): void {
  const { linkId, repeats } = question;
  const given: Answer[] = [];
  for (const one of answer) {
    const { value, fault } = readAnswer(one, question);
    if (value) given.push(value);
    if (fault) reading.faults.push(`"${linkId}": ${fault}.`);
  }
  if (given.length > 1 && !repeats) reading.faults.push(`"${linkId}": it takes one answer.`);
  const other = otherTextIn(question, given);
  if (given.some((one) => one !== other && one.valueString !== undefined && !optionOf(question, one)))
    reading.faults.push(`"${linkId}": it takes one text beside its options.`);
  if (given.length > 0) reading.answers.set(linkId, given);
}

const PARTS_OF_QUANTITY = ['value', 'unit', 'system', 'code'];

function readAnswer(
  answer: QuestionnaireResponseItemAnswer,
  question: Question,
): { value?: Answer; fault?: string } {
  if (answer.item) return { fault: 'it has items in it' };
  if ('modifierExtension' in answer) return { fault: 'its modifiers are not known' };
  const value = toAnswer(answer);
  if (!value) return {};
  const names = Object.keys(value);
  if (names.length > 1) return { fault: 'an answer has one value' };
  if (optionOf(question, value)) return { value };
  if (!takes(question, value)) return { fault: `${names[0]} is no answer to it` };
  if (value.valueCoding) return { fault: 'the answer is not among its options' };
  if (!isDrawable(question, value)) return { fault: 'its slider does not stand at this answer' };
  const { valueQuantity } = value;
  if (!valueQuantity) return { value };
  if (
    Object.keys(valueQuantity).some((name) => !PARTS_OF_QUANTITY.includes(name)) ||
    valueQuantity.value === undefined
  )
    return { fault: 'a quantity has a value and a unit, and nothing else' };
  return isUnitOf(question, valueQuantity) ? { value } : { fault: 'the unit is not one of its units' };
}
