import type { Coding, Quantity, QuestionnaireItem, QuestionnaireItemEnableWhen } from 'fhir/r4.js';
import type { Answer, Answers } from './answers.js';
import { momentOf } from './dates.js';
import type { Display, Form, FormItem, Question } from './form.js';

/**
 * The questions that are asked now, in document order: their own enableWhen, and those of all groups around them,
 * hold. Hidden ones are among them, for the response; to draw, take `drawnQuestions`.
 */
export function enabledQuestions(form: Form, answers: Answers): readonly Question[] {
  const enabled = enablementOf(form, answers);
  return form.questions.filter(enabled);
}

/** The enabled questions that are not hidden. */
export function drawnQuestions(form: Form, answers: Answers): readonly Question[] {
  return enabledQuestions(form, answers).filter(({ hidden }) => !hidden);
}

/** Whether an item of any kind is asked, or shown, now. Throws for an unknown linkId. */
export function isEnabled(form: Form, answers: Answers, linkId: string): boolean {
  const item = form.byLinkId.get(linkId);
  if (!item) throw new Error(`there is no item "${linkId}"`);
  return enablementOf(form, answers)(item);
}

/**
 * Whether items are enabled, worked out once for each. An answer counts for other items only while its own question
 * is enabled: what is not asked is not in the response, where the service looks. Loading has refused circles.
 */
export function enablementOf(form: Form, answers: Answers): (item: FormItem) => boolean {
  const known = new Map<FormItem, boolean>();
  const answersTo = (linkId: string): readonly Answer[] => {
    const question = form.byLinkId.get(linkId);
    return question && enabled(question) ? (answers.get(linkId) ?? []) : [];
  };
  const holds = ({ item: { enableWhen = [], enableBehavior } }: FormItem): boolean => {
    if (enableWhen.length === 0) return true;
    const met = (condition: QuestionnaireItemEnableWhen) => isMet(condition, answersTo(condition.question));
    return enableBehavior === 'any' ? enableWhen.some(met) : enableWhen.every(met);
  };
  const enabled = (item: FormItem): boolean => {
    const around = aroundOf(item);
    const found = known.get(item) ?? ((!around || enabled(around)) && holds(item));
    known.set(item, found);
    return found;
  };
  return enabled;
}

/** The item that an item stands in. */
export function aroundOf(item: FormItem): FormItem | null {
  return item.kind === 'display' ? (item.question ?? item.group) : item.group;
}

/** The display items to draw before a question: enabled, and not drawn with a question before it. */
export function introOf(form: Form, answers: Answers, linkId: string): readonly QuestionnaireItem[] {
  const enabled = enablementOf(form, answers);
  let intro: QuestionnaireItem[] = [];
  for (const question of form.questions) {
    intro.push(...question.intro);
    if (question.linkId === linkId) break;
    if (!question.hidden && enabled(question)) intro = [];
  }
  return shown(form, intro, enabled);
}

/** The display items to draw inside a question: those of its `help` that are enabled. */
export function helpOf(form: Form, answers: Answers, linkId: string): readonly QuestionnaireItem[] {
  const question = form.byLinkId.get(linkId);
  if (question?.kind !== 'question') throw new Error(`"${linkId}" is no question`);
  return shown(form, question.help, enablementOf(form, answers));
}

/** The display items to draw after the last question that is drawn. */
export function closingOf(form: Form, answers: Answers): readonly QuestionnaireItem[] {
  const last = drawnQuestions(form, answers).at(-1);
  const after = last ? form.questions.indexOf(last) + 1 : 0;
  const intros = form.questions.slice(after).flatMap(({ intro }) => intro);
  return shown(form, [...intros, ...form.closing], enablementOf(form, answers));
}

function shown(
  { byLinkId }: Form,
  items: readonly QuestionnaireItem[],
  enabled: (item: FormItem) => boolean,
): QuestionnaireItem[] {
  const isShown = (one: FormItem | undefined): one is Display =>
    one?.kind === 'display' && !one.hidden && enabled(one);
  return items.filter(({ linkId }) => isShown(byLinkId.get(linkId)));
}

type Value = Coding | Quantity | string | number | boolean;

/** True when ANY answer compares as asked; no answer compares with nothing, not even by `!=`. */
function isMet(condition: QuestionnaireItemEnableWhen, answers: readonly Answer[]): boolean {
  if (condition.operator === 'exists') return answers.length > 0 === condition.answerBoolean;
  const expected = expectedBy(condition);
  if (expected === undefined) return false;
  return answers.some((answer) => {
    const given = valueIn(answer);
    return given !== undefined && compares(condition.operator, given, expected);
  });
}

/** Only what is of one kind has an order: numbers, texts, moments, quantities of one unit (none is converted). */
function compares(operator: QuestionnaireItemEnableWhen['operator'], given: Value, expected: Value): boolean {
  const [one, other] = [rankOf(given), rankOf(expected)];
  const isSame = one.kind === other.kind && one.rank === other.rank;
  if (operator === '=') return isSame;
  if (operator === '!=') return !isSame;
  if (one.kind !== other.kind || !one.isOrdered) return false;
  if (operator === '>') return one.rank > other.rank;
  if (operator === '<') return one.rank < other.rank;
  if (operator === '>=') return one.rank >= other.rank;
  return operator === '<=' && one.rank <= other.rank;
}

/** Codings are the same by system and code, quantities by value and unit, all else by value. */
function rankOf(value: Value): { kind: string; rank: number | string; isOrdered: boolean } {
  if (typeof value === 'boolean') return { kind: 'boolean', rank: String(value), isOrdered: false };
  if (typeof value === 'number') return { kind: 'number', rank: value, isOrdered: true };
  if (typeof value === 'string') {
    const moment = momentOf(value);
    return { kind: moment === null ? 'text' : 'moment', rank: moment ?? value, isOrdered: true };
  }
  const { system = '', code, unit = '', value: amount }: Coding & Quantity = value;
  const named = `${system}|${code ?? unit}`;
  if (amount !== undefined) return { kind: `quantity|${named}`, rank: amount, isOrdered: true };
  return { kind: 'coding', rank: named, isOrdered: false };
}

function valueIn(answer: Answer): Value | undefined {
  return (
    answer.valueCoding ??
    answer.valueString ??
    answer.valueInteger ??
    answer.valueDecimal ??
    answer.valueBoolean ??
    answer.valueDate ??
    answer.valueTime ??
    answer.valueQuantity
  );
}

function expectedBy(condition: QuestionnaireItemEnableWhen): Value | undefined {
  return (
    condition.answerCoding ??
    condition.answerString ??
    condition.answerInteger ??
    condition.answerDecimal ??
    condition.answerBoolean ??
    condition.answerDate ??
    condition.answerDateTime ??
    condition.answerTime ??
    condition.answerQuantity
  );
}
