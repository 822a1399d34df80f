import type {
  Coding,
  Quantity,
  QuestionnaireItemEnableWhen,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
  Reference,
} from 'fhir/r4.js';
import { isInstant, momentOf } from './dates.js';
import type { Item } from './form.js';
import { canonicalJson } from './identity.js';

/** The answers to one question, and what enableWhen can ask of them, worked out once however often it asks. */
export interface Answered {
  readonly answers: QuestionnaireResponseItemAnswer[];
  summary: Summary | null;
}

/** Finds the answers to a question that an item's enableWhen means. */
export type AnswersTo = (linkId: string) => Answered;

/** A question without answers. */
export function unanswered(): Answered {
  return { answers: [], summary: null };
}

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
  index: ReadonlyMap<string, Answered> | null;
}

/**
 * The answers to a question as seen from a scope: those in the nearest instance around both. So a question in
 * a repeating group looks at its own instance and never at a neighbour's.
 */
export function answersFrom(scope: Scope, question: Item): Answered {
  let shared = scope;
  while (shared.up && !isAround(shared.definition, question)) shared = shared.up;
  shared.index ??= indexAnswers(shared.items);
  return shared.index.get(question.linkId) ?? unanswered();
}

function isAround(definition: Item | null, item: Item): boolean {
  for (let one = item.parent; one; one = one.parent) if (one === definition) return true;
  return definition === null;
}

/** enableWhen may look ahead, so answers are indexed before they are walked. */
export function indexAnswers(items: readonly QuestionnaireResponseItem[]): ReadonlyMap<string, Answered> {
  const byLinkId = new Map<string, Answered>();
  const visit = (some: readonly QuestionnaireResponseItem[] = []): void => {
    for (const { linkId, answer = [], item } of some) {
      const known = byLinkId.get(linkId) ?? unanswered();
      byLinkId.set(linkId, known);
      for (const one of answer) known.answers.push(one);
      visit(item);
      for (const { item: nested } of answer) visit(nested);
    }
  };
  visit(items);
  return byLinkId;
}

type Value = Coding | Quantity | Reference | string | number | boolean;

/** The different values among answers, and the least and greatest of each kind that has an order. */
interface Summary {
  readonly keys: ReadonlySet<string>;
  readonly ranges: ReadonlyMap<string, { least: number | string; greatest: number | string }>;
}

function summarise(answers: readonly QuestionnaireResponseItemAnswer[]): Summary {
  const keys = new Set<string>();
  const ranges = new Map<string, { least: number | string; greatest: number | string }>();
  for (const value of answers.map(valueIn).filter((one) => one !== undefined)) {
    keys.add(keyOf(value));
    const { kind, rank } = rankOf(value);
    if (rank === undefined) continue;
    const range = ranges.get(kind);
    if (!range) ranges.set(kind, { least: rank, greatest: rank });
    else if (rank < range.least) range.least = rank;
    else if (rank > range.greatest) range.greatest = rank;
  }
  return { keys, ranges };
}

/** True when ANY answer compares as asked; no answer compares with nothing, not even by `!=`. */
function isMet(condition: QuestionnaireItemEnableWhen, answered: Answered): boolean {
  answered.summary ??= summarise(answered.answers);
  const { keys, ranges } = answered.summary;
  if (condition.operator === 'exists') return keys.size > 0 === condition.answerBoolean;
  const expected = expectedBy(condition);
  if (expected === undefined || keys.size === 0) return false;
  const key = keyOf(expected);
  if (condition.operator === '=') return keys.has(key);
  if (condition.operator === '!=') return keys.size > 1 || !keys.has(key);
  const { kind, rank } = rankOf(expected);
  const range = ranges.get(kind);
  return range !== undefined && rank !== undefined && isBeyond(condition.operator, range, rank);
}

function isBeyond(
  operator: string,
  { least, greatest }: { least: number | string; greatest: number | string },
  rank: number | string,
): boolean {
  switch (operator) {
    case '>':
      return greatest > rank;
    case '<':
      return least < rank;
    case '>=':
      return greatest >= rank;
    case '<=':
      return least <= rank;
    default:
      // An unknown operator is refused when the Questionnaire is read; it never enables anything.
      return false;
  }
}

/** Codings are the same by system and code, quantities by value and unit, references by where they lead. */
function keyOf(value: Value): string {
  if (typeof value !== 'object') {
    const { kind, rank } = rankOf(value);
    return `${kind}|${rank ?? String(value)}`;
  }
  if ('reference' in value || 'identifier' in value) return referenceKey(value);
  if ('value' in value) return `quantity|${unitOrCode(value)}|${value.value}`;
  return `coding|${unitOrCode(value)}`;
}

/** Where it leads; for one that leads nowhere, whom it identifies. */
function referenceKey({ reference, identifier }: Reference): string {
  return `reference|${reference ?? canonicalJson(identifier ?? {})}`;
}

/**
 * What compares in size, and only with its own kind: numbers, text, moments (a time with a zone), and
 * quantities of one unit, since no units are converted.
 */
function rankOf(value: Value): { kind: string; rank?: number | string } {
  if (typeof value === 'number') return { kind: 'number', rank: value };
  if (typeof value === 'string') {
    return isInstant(value) ? { kind: 'moment', rank: momentOf(value) } : { kind: 'text', rank: value };
  }
  if (typeof value === 'object' && 'value' in value && value.value !== undefined) {
    return { kind: `quantity|${unitOrCode(value)}`, rank: value.value };
  }
  return { kind: typeof value };
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
