import type { QuestionnaireResponseItemAnswer } from 'fhir/r4.js';
import { isDate, isDateTime, isTime } from './dates.js';
import type { Item, ItemType } from './form.js';
import type { Issue } from './outcome.js';

/** The one value[x] that answers a question of each type. */
const VALUE_OF: Readonly<
  Record<Exclude<ItemType, 'group' | 'display'>, keyof QuestionnaireResponseItemAnswer>
> = {
  choice: 'valueCoding',
  boolean: 'valueBoolean',
  decimal: 'valueDecimal',
  integer: 'valueInteger',
  date: 'valueDate',
  dateTime: 'valueDateTime',
  time: 'valueTime',
  string: 'valueString',
  text: 'valueString',
  url: 'valueUri',
};

/** The question whose answer cannot lie in the future: years lived when the pain began. */
const ONSET_AGE = 'onset-age';

export interface CheckedValues {
  /** Codes of a choice, numbers as numbers, all else as text; only what is right. */
  readonly values: readonly (string | number)[];
  readonly issues: readonly Issue[];
}

/** Checks the answers to one enabled question. `oldestAge` is null when the birth date is not known. */
export function checkValues(
  answers: readonly QuestionnaireResponseItemAnswer[],
  item: Item,
  at: string,
  oldestAge: number | null,
): CheckedValues {
  const issues: Issue[] = [];
  const values: (string | number)[] = [];
  if (answers.length > 1 && !item.repeats) {
    issues.push({
      code: 'too-many-answers',
      text: `"${item.linkId}" takes one answer.`,
      expression: `${at}.answer[1]`,
    });
  }
  answers.forEach((answer, index) => {
    const checked = checkValue(answer, item, oldestAge);
    if (typeof checked === 'object') issues.push({ ...checked, expression: `${at}.answer[${index}]` });
    else if (checked !== undefined) values.push(checked);
  });
  const alone = values.find((value) => item.exclusive.has(String(value)));
  if (alone !== undefined && new Set(values).size > 1) {
    const text = `"${alone}" stands alone in "${item.linkId}": it cannot be ticked with anything else.`;
    issues.push({ code: 'exclusive-option', text, expression: at });
  }
  return { values, issues };
}

/** The value, what is wrong with it, or undefined for an answer without one. */
function checkValue(answer: QuestionnaireResponseItemAnswer, item: Item, oldestAge: number | null) {
  const names = Object.keys(answer).filter((key) => key.startsWith('value'));
  if (names.length === 0) return undefined;
  if (item.type === 'group' || item.type === 'display' || !names.includes(VALUE_OF[item.type])) {
    return {
      code: 'wrong-answer-type',
      text: `"${item.linkId}" takes an answer of type ${item.type}.`,
    } as const;
  }
  if (item.type === 'choice') return checkOption(answer, item);
  const number = answer.valueInteger ?? answer.valueDecimal;
  if (number !== undefined) return checkNumber(number, item, oldestAge);
  return checkText(answer, item);
}

/** Compares system and code; a missing system is wrong, the display is never compared. */
function checkOption({ valueCoding }: QuestionnaireResponseItemAnswer, item: Item): string | Issue {
  const { system, code } = valueCoding ?? {};
  const isOption = item.options.some((option) => option.system === system && option.code === code);
  if (isOption && code !== undefined) return code;
  return {
    code: 'code-not-in-options',
    text: `The system and code are not among the options of "${item.linkId}".`,
  };
}

function checkNumber(number: number, { linkId, min, max }: Item, oldestAge: number | null): number | Issue {
  if ((min !== null && number < min) || (max !== null && number > max)) {
    return { code: 'out-of-range', text: `"${linkId}" must be from ${min ?? 'any'} to ${max ?? 'any'}.` };
  }
  if (linkId === ONSET_AGE && oldestAge !== null && number > oldestAge) {
    return {
      code: 'onset-after-age',
      text: `"${linkId}" is over the patient’s age when the answers were given.`,
    };
  }
  return number;
}

function checkText(
  answer: QuestionnaireResponseItemAnswer,
  { linkId, type, maxLength }: Item,
): string | Issue {
  const { valueDate, valueDateTime, valueTime, valueString, valueUri, valueBoolean } = answer;
  const isReal =
    type === 'date' ? isDate : type === 'dateTime' ? isDateTime : type === 'time' ? isTime : () => true;
  const text = valueDate ?? valueDateTime ?? valueTime ?? valueString ?? valueUri ?? String(valueBoolean);
  if (!isReal(text)) return { code: 'bad-date', text: `"${linkId}" needs a real ${type}.` };
  if (maxLength !== null && text.length > maxLength) {
    return { code: 'too-long-answer', text: `"${linkId}" takes at most ${maxLength} characters.` };
  }
  return text;
}
