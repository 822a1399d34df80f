import type {
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4.js';
import type { Answer, Answers } from '../scoring/condition.js';
import { checkValues } from './answer-values.js';
import { type AnswersTo, isEnabled } from './enablement.js';
import type { Form, Item } from './form.js';
import type { Issue } from './outcome.js';

/** What is known beside the response when it is read. */
export interface ReadContext {
  readonly form: Form;
  /** Oldest possible age at `authored`, in years; null when the birth date is not known. */
  readonly oldestAge: number | null;
}

export interface Reading {
  readonly answers: Answers;
  /** Everything wrong with the answers, in document order. */
  readonly issues: readonly Issue[];
}

/** Statuses that promise a complete response; the others never fail on completeness (SDC). */
const COMPLETE = ['completed', 'amended'];

interface Walk extends ReadContext {
  readonly answersTo: AnswersTo;
  readonly complete: boolean;
  readonly given: Map<string, Answer>;
  readonly issues: Issue[];
}

/**
 * Questionnaire and response → Answers and everything wrong with them. Reading and checking are one walk, so
 * that no second function can disagree about what an answer was.
 */
export function readAnswers(response: QuestionnaireResponse, context: ReadContext): Reading {
  const answersTo = indexAnswers(response);
  const walk: Walk = {
    ...context,
    answersTo,
    complete: COMPLETE.includes(response.status),
    given: new Map(),
    issues: [],
  };
  readItems(
    response.item ?? [],
    { at: 'QuestionnaireResponse', parent: null, items: context.form.items },
    walk,
  );
  const disabled = [...context.form.byLinkId.values()].filter((item) => !isEnabled(item, answersTo));
  return {
    answers: { given: walk.given, disabled: new Set(disabled.map(({ linkId }) => linkId)) },
    issues: walk.issues,
  };
}

/** enableWhen may look ahead, so answers are indexed before the walk. */
function indexAnswers(response: QuestionnaireResponse): AnswersTo {
  const byLinkId = new Map<string, QuestionnaireResponseItemAnswer[]>();
  const visit = (items: readonly QuestionnaireResponseItem[] = []): void => {
    for (const { linkId, answer = [], item } of items) {
      const known = byLinkId.get(linkId);
      if (known) known.push(...answer);
      else byLinkId.set(linkId, [...answer]);
      visit(item);
      for (const { item: nested } of answer) visit(nested);
    }
  };
  visit(response.item);
  return (linkId) => byLinkId.get(linkId) ?? [];
}

/** A place in the response: its path, and the items that may stand there. */
interface Place {
  readonly at: string;
  readonly parent: Item | null;
  readonly items: readonly Item[];
}

function readItems(items: readonly QuestionnaireResponseItem[], place: Place, walk: Walk): void {
  const seen = new Set<string>();
  let furthest = -1;
  items.forEach((item, index) => {
    const at = `${place.at}.item[${index}]`;
    const definition = walk.form.byLinkId.get(item.linkId);
    const misplaced = misplacedness(definition, place, seen);
    if (!definition || misplaced) {
      walk.issues.push({ ...(misplaced ?? UNKNOWN_LINK_ID), expression: at });
      return;
    }
    if (definition.place < furthest) {
      walk.issues.push({
        code: 'wrong-order',
        text: `"${item.linkId}" stands after an item that follows it in the Questionnaire.`,
        expression: at,
      });
    }
    furthest = Math.max(furthest, definition.place);
    seen.add(item.linkId);
    readItem(item, definition, at, walk);
  });
  for (const missing of place.items) if (!seen.has(missing.linkId)) requireItem(missing, place.at, walk);
}

const UNKNOWN_LINK_ID: Issue = {
  code: 'unknown-link-id',
  text: 'The Questionnaire has no item with this linkId.',
};

function misplacedness(
  definition: Item | undefined,
  { parent }: Place,
  seen: ReadonlySet<string>,
): Issue | null {
  if (!definition) return UNKNOWN_LINK_ID;
  const { linkId } = definition;
  if (definition.parent !== parent) {
    const where = definition.parent ? `under "${definition.parent.linkId}"` : 'at the top';
    return { code: 'wrong-nesting', text: `"${linkId}" belongs ${where}.` };
  }
  if (seen.has(linkId) && !(definition.type === 'group' && definition.repeats)) {
    return { code: 'duplicate-link-id', text: `"${linkId}" is there more than once.` };
  }
  return null;
}

function readItem(item: QuestionnaireResponseItem, definition: Item, at: string, walk: Walk): void {
  const { linkId, type } = definition;
  if (type === 'group' || type === 'display') {
    if (item.answer) {
      walk.issues.push({
        code: 'wrong-answer-type',
        text: `"${linkId}" is a ${type} and takes no answer.`,
        expression: `${at}.answer`,
      });
    }
    readItems(item.item ?? [], { at, parent: definition, items: definition.items }, walk);
    return;
  }
  item.item?.forEach((_, index) => {
    const text = `Items under a question stand under its answer, not under "${linkId}" itself.`;
    walk.issues.push({ code: 'wrong-nesting', text, expression: `${at}.item[${index}]` });
  });
  const answers = item.answer ?? [];
  const answered = answers.some(hasContent);
  if (answered && !isEnabled(definition, walk.answersTo)) {
    walk.issues.push({
      code: 'answer-not-enabled',
      text: `"${linkId}" is not asked for these answers, so it must not be answered.`,
      expression: at,
    });
    return;
  }
  if (!answered) requireItem(definition, at, walk);
  readAnswer(answers, definition, at, walk);
}

function readAnswer(
  answers: readonly QuestionnaireResponseItemAnswer[],
  definition: Item,
  at: string,
  walk: Walk,
): void {
  const { values, issues } = checkValues(answers, definition, at, walk.oldestAge);
  walk.issues.push(...issues);
  if (values.length > 0) walk.given.set(definition.linkId, toAnswer(values, definition));
  answers.forEach((answer, index) => {
    const place = { at: `${at}.answer[${index}]`, parent: definition, items: definition.items };
    if (hasContent(answer)) readItems(answer.item ?? [], place, walk);
  });
}

function toAnswer(values: readonly (string | number)[], { repeats }: Item): Answer {
  if (repeats) return [...new Set(values.map(String))];
  return values[0] ?? '';
}

/** An answer without a value (extensions alone) is a blank. */
function hasContent(answer: QuestionnaireResponseItemAnswer): boolean {
  return Object.keys(answer).some((key) => key.startsWith('value') || key === 'item');
}

/** Reports the required questions that are missing at or under an item, as far as they are enabled. */
function requireItem(item: Item, at: string, walk: Walk): void {
  if (!walk.complete || item.type === 'display' || !isEnabled(item, walk.answersTo)) return;
  if (item.type === 'group') {
    for (const child of item.items) requireItem(child, at, walk);
  } else if (item.required) {
    walk.issues.push({ code: 'answer-required', text: `"${item.linkId}" must be answered.`, expression: at });
  }
}
