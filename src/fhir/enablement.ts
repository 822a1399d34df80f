import type { Coding, QuestionnaireItemEnableWhen, QuestionnaireResponseItemAnswer } from 'fhir/r4.js';
import { isInstant } from './dates.js';
import type { Item } from './form.js';

/** The answers to a question, wherever it stands in the response. */
export type AnswersTo = (linkId: string) => readonly QuestionnaireResponseItemAnswer[];

/** Whether an item, and every item around it, is enabled (R4 Questionnaire.item.enableWhen). */
export function isEnabled(item: Item, answersTo: AnswersTo): boolean {
  if (item.parent && !isEnabled(item.parent, answersTo)) return false;
  if (item.enableWhen.length === 0) return true;
  const holds = (condition: QuestionnaireItemEnableWhen) => isMet(condition, answersTo(condition.question));
  return item.enableBehavior === 'any' ? item.enableWhen.some(holds) : item.enableWhen.every(holds);
}

/** True when ANY answer compares as asked; no answer compares with nothing, not even by `!=`. */
function isMet(
  condition: QuestionnaireItemEnableWhen,
  answers: readonly QuestionnaireResponseItemAnswer[],
): boolean {
  const values = answers.map(valueIn).filter((value) => value !== undefined);
  if (condition.operator === 'exists') return values.length > 0 === condition.answerBoolean;
  const expected = expectedOf(condition);
  return values.some((value) => compares(condition.operator, value, expected));
}

type Value = Coding | string | number | boolean;

function compares(operator: string, answer: Value, expectation: Value | undefined): boolean {
  if (expectation === undefined) return false;
  if (operator === '=') return isSame(answer, expectation);
  if (operator === '!=') return !isSame(answer, expectation);
  const [value, expected] = [rankOf(answer), rankOf(expectation)];
  if (typeof value !== typeof expected || typeof value === 'object' || typeof value === 'boolean')
    return false;
  switch (operator) {
    case '>':
      return value > expected;
    case '<':
      return value < expected;
    case '>=':
      return value >= expected;
    case '<=':
      return value <= expected;
    default:
      // An unknown operator is refused when the Questionnaire is read; it never enables anything.
      return false;
  }
}

/** Times with a zone compare as moments, everything else as written. */
function rankOf(value: Value): Value {
  return typeof value === 'string' && isInstant(value) ? Date.parse(value) : value;
}

/** Codings are the same by system and code; the display is for people. */
function isSame(one: Value, other: Value): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return one.system === other.system && one.code === other.code;
}

/** The value[x] of an answer, where the reader knows its type. */
export function valueIn(answer: QuestionnaireResponseItemAnswer): Value | undefined {
  return (
    answer.valueCoding ??
    answer.valueString ??
    answer.valueInteger ??
    answer.valueDecimal ??
    answer.valueBoolean ??
    answer.valueDate ??
    answer.valueDateTime ??
    answer.valueTime ??
    answer.valueUri
  );
}

function expectedOf(condition: QuestionnaireItemEnableWhen): Value | undefined {
  return (
    condition.answerCoding ??
    condition.answerString ??
    condition.answerInteger ??
    condition.answerDecimal ??
    condition.answerBoolean ??
    condition.answerDate ??
    condition.answerDateTime ??
    condition.answerTime
  );
}
