import type {
  Coding,
  Quantity,
  QuestionnaireItemEnableWhen,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
  Reference,
} from 'fhir/r4.js';
import { isInstant } from './dates.js';
import type { Item } from './form.js';

/** The answers to a question that an item's enableWhen means. */
export type AnswersTo = (linkId: string) => readonly QuestionnaireResponseItemAnswer[];

/** Whether an item's own enableWhen holds (R4 Questionnaire.item.enableWhen); what is around it is not asked. */
export function holdsFor({ enableWhen, enableBehavior }: Item, answersTo: AnswersTo): boolean {
  if (enableWhen.length === 0) return true;
  const holds = (condition: QuestionnaireItemEnableWhen) => isMet(condition, answersTo(condition.question));
  return enableBehavior === 'any' ? enableWhen.some(holds) : enableWhen.every(holds);
}

/** Whether an item, and every item around it, is enabled, where no group repeats. */
export function isEnabled(item: Item, answersTo: AnswersTo): boolean {
  for (let one: Item | null = item; one; one = one.parent) if (!holdsFor(one, answersTo)) return false;
  return true;
}

/** A stretch of the response in which an item and the question it depends on stand together. */
export interface Scope {
  /** The group or question whose instance this is; null for the response itself. */
  readonly definition: Item | null;
  readonly items: readonly QuestionnaireResponseItem[];
  readonly up: Scope | null;
  /** Answers by linkId, made when first asked for. */
  index: ReadonlyMap<string, readonly QuestionnaireResponseItemAnswer[]> | null;
}

/**
 * The answers to a question as seen from a scope: those in the nearest instance around both. So a question in
 * a repeating group looks at its own instance and never at a neighbour's.
 */
export function answersFrom(scope: Scope, question: Item): readonly QuestionnaireResponseItemAnswer[] {
  const around = new Set<Item | null>([null]);
  for (let one = question.parent; one; one = one.parent) around.add(one);
  let shared = scope;
  while (!around.has(shared.definition) && shared.up) shared = shared.up;
  shared.index ??= indexAnswers(shared.items);
  return shared.index.get(question.linkId) ?? [];
}

/** enableWhen may look ahead, so answers are indexed before they are walked. */
export function indexAnswers(
  items: readonly QuestionnaireResponseItem[],
): ReadonlyMap<string, readonly QuestionnaireResponseItemAnswer[]> {
  const byLinkId = new Map<string, QuestionnaireResponseItemAnswer[]>();
  const visit = (some: readonly QuestionnaireResponseItem[] = []): void => {
    for (const { linkId, answer = [], item } of some) {
      const known = byLinkId.get(linkId);
      if (known) known.push(...answer);
      else byLinkId.set(linkId, [...answer]);
      visit(item);
      for (const { item: nested } of answer) visit(nested);
    }
  };
  visit(items);
  return byLinkId;
}

/** True when ANY answer compares as asked; no answer compares with nothing, not even by `!=`. */
function isMet(
  condition: QuestionnaireItemEnableWhen,
  answers: readonly QuestionnaireResponseItemAnswer[],
): boolean {
  const values = answers.map(valueIn).filter((value) => value !== undefined);
  if (condition.operator === 'exists') return values.length > 0 === condition.answerBoolean;
  const expected = expectedBy(condition);
  return expected !== undefined && values.some((value) => compares(condition.operator, value, expected));
}

type Value = Coding | Quantity | Reference | string | number | boolean;

function compares(operator: string, value: Value, expected: Value): boolean {
  if (operator === '=') return isSame(value, expected);
  if (operator === '!=') return !isSame(value, expected);
  const [one, other] = [rankOf(value, expected), rankOf(expected, value)];
  if (typeof one !== typeof other || one === undefined || other === undefined) return false;
  switch (operator) {
    case '>':
      return one > other;
    case '<':
      return one < other;
    case '>=':
      return one >= other;
    case '<=':
      return one <= other;
    default:
      // An unknown operator is refused when the Questionnaire is read; it never enables anything.
      return false;
  }
}

/** Codings are the same by system and code, quantities by value and unit, references by where they lead. */
function isSame(one: Value, other: Value): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return rankOf(one, other) === rankOf(other, one);
  if ('reference' in one || 'reference' in other) {
    return 'reference' in one && 'reference' in other && one.reference === other.reference;
  }
  if ('value' in one || 'value' in other)
    return isSameUnit(one, other) && rankOf(one, other) === rankOf(other, one);
  return unitOrCode(one) === unitOrCode(other);
}

/** What can be compared in size; undefined where nothing can. Times with a zone are moments. */
function rankOf(value: Value, other: Value): string | number | boolean | undefined {
  if (typeof value === 'string') return isInstant(value) ? Date.parse(value) : value;
  if (typeof value !== 'object') return value;
  return 'value' in value && typeof other === 'object' && isSameUnit(value, other) ? value.value : undefined;
}

/** No units are converted: a quantity compares with one of its own unit only. */
function isSameUnit(one: object, other: object): boolean {
  return unitOrCode(one) === unitOrCode(other);
}

function unitOrCode(value: Coding & Quantity): string {
  return `${value.system ?? ''}|${value.code ?? value.unit ?? ''}`;
}

/** The value[x] of an answer. */
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
    answer.valueUri ??
    answer.valueQuantity ??
    answer.valueReference ??
    (answer.valueAttachment && '(attachment)')
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
    condition.answerQuantity ??
    condition.answerReference
  );
}
