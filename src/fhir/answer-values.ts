import type { Coding, QuestionnaireResponseItemAnswer } from 'fhir/r4.js';
import { compareDates, isDate, isDateTime, isTime } from './dates.js';
import type { Item, ItemType } from './form.js';
import { answerKey } from './options.js';
import type { Issue } from './outcome.js';

type ValueName = keyof QuestionnaireResponseItemAnswer;

/** The value[x] that answers a question of each type; an option may bring another. */
const VALUE_OF: Readonly<Record<Exclude<ItemType, 'group' | 'display'>, readonly ValueName[]>> = {
  boolean: ['valueBoolean'],
  decimal: ['valueDecimal'],
  integer: ['valueInteger'],
  date: ['valueDate'],
  dateTime: ['valueDateTime'],
  time: ['valueTime'],
  string: ['valueString'],
  text: ['valueString'],
  url: ['valueUri'],
  choice: ['valueCoding'],
  'open-choice': ['valueCoding', 'valueString'],
  attachment: ['valueAttachment'],
  reference: ['valueReference'],
  quantity: ['valueQuantity'],
};

/** The question whose answer cannot lie in the future: years lived when the pain began. */
const ONSET_AGE = 'onset-age';

/** Steps of pattern matching that one response may cost, about a sixth of a second. */
const MOST_STEPS = 5_000_000;

/** What checking a value needs beside the question. */
export interface CheckContext {
  /** Oldest possible age in years; null when the birth date is not known. */
  readonly oldestAge: number | null;
  readonly effort: Effort;
}

/** Spent over a whole response, so that no number of answers can hold the service up. */
export interface Effort {
  left: number;
}

export function createEffort(): Effort {
  return { left: MOST_STEPS };
}

export interface CheckedValues {
  /** Codes of a choice, numbers as numbers, all else as text; only what is right. */
  readonly values: readonly (string | number)[];
  readonly issues: readonly Issue[];
}

/** Checks the answers to one enabled question. */
export function checkValues(
  answers: readonly QuestionnaireResponseItemAnswer[],
  item: Item,
  at: string,
  context: CheckContext,
): CheckedValues {
  const issues: Issue[] = [];
  const values: (string | number)[] = [];
  const most = item.repeats ? (item.limits.maxOccurs ?? Number.POSITIVE_INFINITY) : 1;
  const valued = [...answers.keys()].filter((index) => answers[index] && hasValue(answers[index]));
  if (valued.length > most) {
    const text = `"${item.linkId}" takes at most ${most} ${most === 1 ? 'answer' : 'answers'}.`;
    issues.push({ code: 'too-many-answers', text, expression: `${at}.answer[${valued[most]}]` });
  }
  const keys = new Set<string>();
  answers.forEach((answer, index) => {
    const checked = checkValue(answer, item, context);
    if (typeof checked === 'object') issues.push({ ...checked, expression: `${at}.answer[${index}]` });
    else if (checked !== undefined) {
      values.push(checked);
      keys.add(answerKey(answer));
    }
  });
  const alone = [...keys].find((key) => item.options?.byKey.get(key)?.isExclusive);
  if (alone !== undefined && keys.size > 1) {
    const text = `An answer of "${item.linkId}" that stands alone was ticked with another.`;
    issues.push({ code: 'exclusive-option', text, expression: at });
  }
  return { values, issues };
}

/** An answer without a value is a blank, whatever extensions or items it has. */
export function hasValue(answer: QuestionnaireResponseItemAnswer): boolean {
  return Object.keys(answer).some((key) => key.startsWith('value'));
}

/** The value, what is wrong with it, or undefined for an answer without one. */
function checkValue(
  answer: QuestionnaireResponseItemAnswer,
  item: Item,
  context: CheckContext,
): string | number | Issue | undefined {
  const name = Object.keys(answer).find((key) => key.startsWith('value'));
  if (name === undefined) return undefined;
  const isOption = item.options?.byKey.has(answerKey(answer)) ?? false;
  if (!isOption && !takes(item, name)) {
    if (isOptionType(item, name)) return notAnOption(item);
    return { code: 'wrong-answer-type', text: `"${item.linkId}" takes an answer of type ${item.type}.` };
  }
  if (answer.valueCoding) {
    if (item.options !== null && !isOption) return notAnOption(item);
    return answer.valueCoding.code ?? answer.valueCoding.display ?? '';
  }
  const number = answer.valueInteger ?? answer.valueDecimal;
  if (number !== undefined) return checkNumber(number, item, context);
  if (answer.valueQuantity || answer.valueReference || answer.valueAttachment)
    return checkComplex(answer, item);
  return checkText(textIn(answer), item, context);
}

/** Whether the type of the question takes this value[x]. */
function takes({ type, options }: Item, name: string): boolean {
  if (type === 'group' || type === 'display') return false;
  const isCoded = options === null || [...options.byKey.values()].some(({ valueCoding }) => valueCoding);
  if (type === 'choice' && !isCoded) return false;
  return VALUE_OF[type].some((one) => one === name);
}

/** Whether any option of the question is of this value[x]; keys begin with it. */
function isOptionType({ options }: Item, name: string): boolean {
  const kind = name === 'valueCoding' ? 'coding' : name === 'valueReference' ? 'reference' : name;
  return [...(options?.byKey.keys() ?? [])].some((key) => key.startsWith(`${kind}|`));
}

function notAnOption({ linkId }: Item): Issue {
  return { code: 'code-not-in-options', text: `The answer is not among the options of "${linkId}".` };
}

function textIn(answer: QuestionnaireResponseItemAnswer): string {
  const { valueDate, valueDateTime, valueTime, valueString, valueUri, valueBoolean } = answer;
  return valueDate ?? valueDateTime ?? valueTime ?? valueString ?? valueUri ?? String(valueBoolean);
}

function checkNumber(number: number, item: Item, context: CheckContext): number | Issue {
  const { oldestAge } = context;
  const { linkId, limits } = item;
  const { min, max, maxDecimalPlaces } = limits;
  if ((typeof min === 'number' && number < min) || (typeof max === 'number' && number > max))
    return outOfRange(item);
  if (maxDecimalPlaces !== null && decimalPlaces(number) > maxDecimalPlaces) {
    return { code: 'out-of-range', text: `"${linkId}" takes at most ${maxDecimalPlaces} decimal places.` };
  }
  if (linkId === ONSET_AGE && oldestAge !== null && number > oldestAge) {
    return {
      code: 'onset-after-age',
      text: `"${linkId}" is over the patient’s age when the answers were given.`,
    };
  }
  return checkWriting(String(number), item, context) ?? number;
}

function outOfRange({ linkId, limits: { min, max } }: Item): Issue {
  const least = min === null ? '' : ` at least ${min}`;
  const most = max === null ? '' : ` at most ${max}`;
  return { code: 'out-of-range', text: `"${linkId}" must be${least}${least && most && ' and'}${most}.` };
}

function decimalPlaces(number: number): number {
  const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
  return Math.max(0, fraction.length - Number(exponent));
}

function checkText(text: string, item: Item, context: CheckContext): string | Issue {
  const { linkId, type, limits } = item;
  const isReal =
    type === 'date' ? isDate : type === 'dateTime' ? isDateTime : type === 'time' ? isTime : () => true;
  if (!isReal(text)) return { code: 'bad-date', text: `"${linkId}" needs a real ${type}.` };
  if (typeof limits.min === 'string' && compareDates(text, limits.min) < 0) return outOfRange(item);
  if (typeof limits.max === 'string' && compareDates(text, limits.max) > 0) return outOfRange(item);
  return checkWriting(text, item, context) ?? text;
}

/** Length and pattern of an answer as it is written. */
function checkWriting(text: string, item: Item, { effort }: CheckContext): Issue | null {
  const { pattern } = item.limits;
  const length = checkLength(text, item);
  if (length || pattern === null) return length;
  effort.left -= pattern.programSize() * text.length;
  if (effort.left >= 0 && pattern.testExact(text)) return null;
  return { code: 'pattern', text: `"${item.linkId}" is not written as it should be.` };
}

/** Characters, as a person counts them. */
function checkLength(text: string, { linkId, limits }: Item): Issue | null {
  const { minLength, maxLength } = limits;
  if (minLength === null && maxLength === null) return null;
  const length = [...text].length;
  if (maxLength !== null && length > maxLength) {
    return { code: 'too-long-answer', text: `"${linkId}" takes at most ${maxLength} characters.` };
  }
  if (minLength !== null && length < minLength) {
    return { code: 'out-of-range', text: `"${linkId}" needs at least ${minLength} characters.` };
  }
  return null;
}

/** Units and types of reference that the Questionnaire allows. */
function checkComplex(
  { valueQuantity, valueReference }: QuestionnaireResponseItemAnswer,
  item: Item,
): string | Issue {
  const { linkId, limits } = item;
  const unitFits = ({ system, code }: Coding) =>
    system === valueQuantity?.system && code === valueQuantity?.code;
  if (valueQuantity && limits.units.length > 0 && !limits.units.some(unitFits)) {
    return { code: 'code-not-in-options', text: `The unit is not one that "${linkId}" takes.` };
  }
  const type = valueReference?.type ?? valueReference?.reference?.split('/').at(-2);
  if (valueReference && limits.resourceTypes.length > 0 && !limits.resourceTypes.includes(type ?? '')) {
    return { code: 'wrong-answer-type', text: `"${linkId}" refers to ${limits.resourceTypes.join(' or ')}.` };
  }
  return answerKey({ ...(valueQuantity && { valueQuantity }), ...(valueReference && { valueReference }) });
}
