import { type Answer, answerKey, optionOf } from './answers.js';
import { compareDates, isDate } from './dates.js';
import type { Question, QuestionType } from './form.js';

/** The service's own words for what is wrong (its CodeSystem `issues`). */
export type FaultCode =
  | 'answer-required'
  | 'wrong-answer-type'
  | 'out-of-range'
  | 'too-long-answer'
  | 'too-many-answers'
  | 'exclusive-option'
  | 'code-not-in-options'
  | 'pattern'
  | 'bad-date';

/** The limit that was not kept to, for the message: which one, and what it is. */
export interface BrokenLimit {
  readonly name:
    | 'min'
    | 'max'
    | 'minLength'
    | 'maxLength'
    | 'maxDecimalPlaces'
    | 'minOccurs'
    | 'maxOccurs'
    | 'digits';
  readonly value: number | string;
}

/** Something wrong with the answers to a question, or with a required group that has nothing answered in it. */
export interface Fault {
  readonly linkId: string;
  readonly code: FaultCode;
  readonly limit?: BrokenLimit;
}

/** The value[x] of each type; an option may bring another. */
const VALUE_OF: Readonly<Record<QuestionType, readonly (keyof Answer)[]>> = {
  boolean: ['valueBoolean'],
  decimal: ['valueDecimal'],
  integer: ['valueInteger'],
  date: ['valueDate'],
  string: ['valueString'],
  text: ['valueString'],
  choice: ['valueCoding'],
  'open-choice': ['valueCoding', 'valueString'],
  quantity: ['valueQuantity'],
};

/** FHIR's integer has 32 bits. */
const LARGEST = 2_147_483_647;

/** Control characters, which FHIR's strings do not have, or nothing to read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
const UNREADABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|^\s*$/;

/** What is wrong with given answers, each for itself and together; that some are missing is not asked. */
export function answerFaults(question: Question, given: readonly Answer[]): Fault[] {
  const { linkId, repeats, limits } = question;
  const faults: Fault[] = [];
  const most = repeats ? (limits.maxOccurs ?? Number.POSITIVE_INFINITY) : 1;
  if (given.length > most)
    faults.push({ linkId, code: 'too-many-answers', limit: { name: 'maxOccurs', value: most } });
  const right: Answer[] = [];
  for (const answer of given) {
    const fault = valueFault(question, answer);
    if (fault) faults.push({ linkId, ...fault });
    else right.push(answer);
  }
  const keys = new Set(right.map(answerKey));
  if (keys.size > 1 && right.some((answer) => optionOf(question, answer)?.exclusive))
    faults.push({ linkId, code: 'exclusive-option' });
  return faults;
}

type ValueFault = Omit<Fault, 'linkId'>;

function valueFault(question: Question, answer: Answer): ValueFault | null {
  if (optionOf(question, answer)) return writingFault(question, textIn(answer));
  if (!takes(question, answer)) {
    const isOfOptions = question.options.some((option) => nameOf(option.answer) === nameOf(answer));
    return { code: isOfOptions ? 'code-not-in-options' : 'wrong-answer-type' };
  }
  if (answer.valueCoding) return { code: 'code-not-in-options' };
  if (answer.valueQuantity) return unitFault(question, answer);
  const number = answer.valueInteger ?? answer.valueDecimal;
  if (number !== undefined) return numberFault(question, number);
  if (answer.valueDate !== undefined) return dateFault(question, answer.valueDate);
  return writingFault(question, answer.valueString);
}

/** Options keep to the length and the pattern of their question too, as they do for the service. */
function textIn({ valueString, valueInteger, valueDate, valueTime }: Answer): string | undefined {
  return valueString ?? valueInteger?.toString() ?? valueDate ?? valueTime;
}

function nameOf(answer: Answer): string | undefined {
  return Object.keys(answer)[0];
}

/** Whether the type of a question takes this value[x]. */
export function takes({ type, options }: Question, answer: Answer): boolean {
  const isCoded = options.some((option) => option.answer.valueCoding);
  if (type === 'choice' && !isCoded) return false;
  return VALUE_OF[type].some((name) => name === nameOf(answer));
}

/** Whether a quantity is in one of the units of its question. */
export function isUnitOf(
  { units }: Question,
  { system, code }: NonNullable<Answer['valueQuantity']>,
): boolean {
  return units.some((unit) => unit.system === system && unit.code === code);
}

function unitFault(question: Question, { valueQuantity = {} }: Answer): ValueFault | null {
  if (valueQuantity.value === undefined) return { code: 'wrong-answer-type' };
  return isUnitOf(question, valueQuantity) ? null : { code: 'code-not-in-options' };
}

function numberFault(question: Question, number: number): ValueFault | null {
  const { type, limits } = question;
  const { min, max, maxDecimalPlaces } = limits;
  if (type === 'integer' && !Number.isInteger(number)) return { code: 'wrong-answer-type' };
  if (typeof min === 'number' && number < min) return outOfRange('min', min);
  if (typeof max === 'number' && number > max) return outOfRange('max', max);
  if (type === 'integer' && Math.abs(number) > LARGEST) return outOfRange('max', LARGEST);
  if (maxDecimalPlaces !== null && decimalPlaces(number) > maxDecimalPlaces)
    return outOfRange('maxDecimalPlaces', maxDecimalPlaces);
  return lengthFault(question, String(number));
}

function dateFault({ limits: { min, max } }: Question, date: string): ValueFault | null {
  if (!isDate(date)) return { code: 'bad-date' };
  if (typeof min === 'string' && compareDates(date, min) < 0) return outOfRange('min', min);
  if (typeof max === 'string' && compareDates(date, max) > 0) return outOfRange('max', max);
  return null;
}

function writingFault(question: Question, text: string | undefined): ValueFault | null {
  if (text === undefined) return null;
  if (UNREADABLE.test(text)) return { code: 'pattern' };
  const { pattern } = question.limits;
  return lengthFault(question, text) ?? (pattern?.test(text) === false ? { code: 'pattern' } : null);
}

/** Characters, as a person counts them. */
function lengthFault({ limits: { minLength, maxLength } }: Question, text: string): ValueFault | null {
  const { length } = [...text];
  if (maxLength !== null && length > maxLength)
    return { code: 'too-long-answer', limit: { name: 'maxLength', value: maxLength } };
  return minLength !== null && length < minLength ? outOfRange('minLength', minLength) : null;
}

function outOfRange(name: BrokenLimit['name'], value: number | string): ValueFault {
  return { code: 'out-of-range', limit: { name, value } };
}

function decimalPlaces(number: number): number {
  const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
  return Math.max(0, fraction.length - Number(exponent));
}
