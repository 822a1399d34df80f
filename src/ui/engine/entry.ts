import type { Coding } from 'fhir/r4.js';
import { answerFaults, type Fault } from './answer-faults.js';
import type { Answer } from './answers.js';
import { isDate } from './dates.js';
import type { Question } from './form.js';

const INTEGER = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)$/;
/** `1,500` is fifteen hundred to some and one and a half to others. */
const MAY_GROUP_THOUSANDS = /^[+-]?[1-9]\d{0,2},\d{3}$/;
/** More digits than a number keeps exactly. */
const MOST_DIGITS = 15;

/**
 * What a person typed → an answer; blank → null (unanswered), never 0. White space around it does not count.
 *
 * Integers and decimals: digits with an optional sign, leading zeros do no harm (`07` is 7); decimals take a point or a
 * comma (`3,5`), but not one that could group thousands (`1,500`), an exponent, or more than 15 digits, of which some
 * would be lost. Dates: `yyyy`, `yyyy-mm` or `yyyy-mm-dd`, as FHIR has them. Quantities: a decimal, in `unit` (the only
 * unit when it is left out; none chosen of several is a fault). Choices: the other text of an open choice. Limits are
 * for `checkQuestion`. Throws for a boolean and a choice that is not open: nobody types those.
 */
export function parseEntry(
  question: Question,
  text: string,
  unit?: Coding,
): { answer: Answer | null } | { fault: Fault } {
  const { linkId, type } = question;
  const typed = text.trim();
  if (typed === '') return { answer: null };
  if (type === 'boolean' || type === 'choice') throw new Error(`"${linkId}" is chosen, not typed`);
  if (type === 'date')
    return isDate(typed) ? { answer: { valueDate: typed } } : faultOf(question, 'bad-date');
  if (type === 'string' || type === 'text' || type === 'open-choice')
    return { answer: { valueString: typed } };
  const number = type === 'integer' ? readInteger(typed) : readDecimal(typed);
  if (number === null) return faultOf(question, 'wrong-answer-type');
  if (number === 'too-long')
    return { fault: { linkId, code: 'out-of-range', limit: { name: 'digits', value: MOST_DIGITS } } };
  if (type === 'integer') return { answer: { valueInteger: number } };
  if (type === 'decimal') return { answer: { valueDecimal: number } };
  return quantityOf(question, number, unit);
}

function quantityOf(
  question: Question,
  value: number,
  chosen: Coding | undefined,
): { answer: Answer } | { fault: Fault } {
  const unit = chosen ?? (question.units.length === 1 ? question.units[0] : undefined);
  if (!unit) return faultOf(question, 'code-not-in-options');
  const { system, code, display = code } = unit;
  const valueQuantity = {
    value,
    ...(display !== undefined && { unit: display }),
    ...(system !== undefined && { system }),
    ...(code !== undefined && { code }),
  };
  const [fault] = answerFaults(question, [{ valueQuantity }]);
  return fault ? { fault } : { answer: { valueQuantity } };
}

function faultOf({ linkId }: Question, code: Fault['code']): { fault: Fault } {
  return { fault: { linkId, code } };
}

function readInteger(typed: string): number | 'too-long' | null {
  const text = withMinus(typed);
  return INTEGER.test(text) ? exactly(text) : null;
}

function readDecimal(typed: string): number | 'too-long' | null {
  const text = withMinus(typed);
  if (MAY_GROUP_THOUSANDS.test(text)) return null;
  const pointed = text.replace(',', '.');
  return DECIMAL.test(pointed) ? exactly(pointed) : null;
}

/** The minus sign that some keyboards write. */
function withMinus(typed: string): string {
  return typed.replace(/^\u2212/, '-');
}

function exactly(text: string): number | 'too-long' {
  const digits = text.replace(/^[+-]/, '').replace('.', '').replace(/^0+/, '');
  // JSON has no -0, and a person means none.
  return digits.length > MOST_DIGITS ? 'too-long' : Number(text) + 0;
}
