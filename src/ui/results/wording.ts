import type {
  CodeSystem,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4.js';
import { dateText } from '../parts/dates.js';
import type { GivenAnswer, UsedAnswer } from './explanation.js';

/** Longer lists of ticks than this are counted where space is short. */
const MOST_TICKS = 3;

/** Words for linkIds and codes, from the Questionnaire and CodeSystem `findings`. */
export interface Wording {
  question(linkId: string): string;
  /** Up to its question mark: without what it says about how to answer. */
  shortQuestion(linkId: string): string;
  /** "Not answered" for none. */
  answer(linkId: string, given: GivenAnswer): string;
  finding(code: string): string;
  /** Every question, in order. */
  readonly questions: readonly QuestionnaireItem[];
}

/** What cannot be read has its code for a name: an answer is never left out for want of words. */
export function createWording(questionnaire: Questionnaire | null, findings: CodeSystem | null): Wording {
  const questions = questionsIn(questionnaire?.item ?? []);
  const items = new Map(questions.map((item) => [item.linkId, item]));
  const names = new Map((findings?.concept ?? []).map(({ code, display }) => [code, display]));
  const question = (linkId: string) => items.get(linkId)?.text ?? spaced(linkId);
  return {
    questions,
    question,
    shortQuestion: (linkId) => /^[^?]*\?/.exec(question(linkId))?.[0] ?? question(linkId),
    answer: (linkId, given) => listOf(given, items.get(linkId)?.answerOption ?? []),
    finding: (code) => names.get(code) ?? spaced(code),
  };
}

/** One answer of a response: the Questionnaire's words for an option, else what was given. */
export function givenText(linkId: string, answer: QuestionnaireResponseItemAnswer, wording: Wording): string {
  const { valueCoding, valueBoolean, valueInteger, valueDecimal, valueQuantity } = answer;
  if (valueCoding?.code) return wording.answer(linkId, valueCoding.code);
  if (valueCoding) return valueCoding.display ?? '';
  if (valueBoolean !== undefined) return valueBoolean ? 'Yes' : 'No';
  if (valueQuantity) {
    const { comparator = '', value = '', unit = valueQuantity.code ?? '' } = valueQuantity;
    return `${comparator}${value} ${unit}`.trim();
  }
  const number = valueInteger ?? valueDecimal;
  if (number !== undefined) return String(number);
  if (answer.valueDate !== undefined) return dateText(answer.valueDate);
  return answer.valueString ?? answer.valueTime ?? answer.valueDateTime ?? answer.valueUri ?? '';
}

/**
 * The part of a tick list that raised a flag: its own option where it has one of the same code, else all that
 * was ticked.
 */
export function raisingText({ linkId, answer }: UsedAnswer, code: string, wording: Wording): string {
  const isOwn = Array.isArray(answer) && answer.includes(code);
  return wording.answer(linkId, isOwn ? code : answer);
}

/** As `raisingText`, but of a long list that a flag was combined from, only how many were ticked. */
export function shortRaisingText(used: UsedAnswer, code: string, wording: Wording): string {
  const { answer, linkId } = used;
  const isLong = Array.isArray(answer) && answer.length > MOST_TICKS && !answer.includes(code);
  if (!isLong) return raisingText(used, code, wording);
  return `${answer.length} ticked for “${wording.shortQuestion(linkId)}”`;
}

function listOf(given: GivenAnswer, options: readonly QuestionnaireItemAnswerOption[]): string {
  const values = given === null ? [] : [given].flat();
  if (values.length === 0) return 'Not answered';
  return values.map((value) => displayOf(value, options)).join('; ');
}

function displayOf(value: string | number, options: readonly QuestionnaireItemAnswerOption[]): string {
  const option = options.find(({ valueCoding }) => valueCoding?.code === value);
  return option?.valueCoding?.display ?? String(value);
}

function questionsIn(items: readonly QuestionnaireItem[]): QuestionnaireItem[] {
  return items.flatMap((item) => {
    const inside = questionsIn(item.item ?? []);
    return item.type === 'group' || item.type === 'display' ? inside : [item, ...inside];
  });
}

function spaced(code: string): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
