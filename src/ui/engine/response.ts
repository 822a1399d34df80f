import type {
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4.js';
import { type Answer, type Answers, answerKey, optionOf, toAnswer } from './answers.js';
import { drawnQuestions, enablementOf } from './enablement.js';
import type { Form, FormItem, Question } from './form.js';

/**
 * Answers → QuestionnaireResponse. `base` gives everything but the items and is kept as it is: identity, status, who
 * and when. Enabled, answered questions get items, in document order, with the groups around them; unanswered ones
 * get none. What base already says of an answer that has not changed (extensions, display, item.text) stays; of a
 * question whose answers changed, its text stays, and of each answer that is still given, all.
 */
export function toResponse(form: Form, answers: Answers, base: QuestionnaireResponse): QuestionnaireResponse {
  const before = new Map(allItems(base.item).map((item) => [item.linkId, item]));
  const enabled = enablementOf(form, answers);
  const write = (items: readonly FormItem[]): QuestionnaireResponseItem[] =>
    items.filter(enabled).flatMap((item) => {
      const known = before.get(item.linkId);
      if (item.kind === 'display') return known ?? [];
      if (item.kind === 'question') return writeQuestion(item, answers.get(item.linkId) ?? [], known);
      const inside = write(item.items);
      const { item: emptied, ...around } = known ?? { linkId: item.linkId };
      if (inside.length > 0) return { ...around, item: inside };
      return known && !emptied ? known : [];
    });
  const { item: _item, ...rest } = base;
  const items = write(form.items);
  return items.length > 0 ? { ...rest, item: items } : rest;
}

function allItems(items: readonly QuestionnaireResponseItem[] = []): QuestionnaireResponseItem[] {
  return items.flatMap((item) => [item, ...allItems(item.item)]);
}

function writeQuestion(
  question: Question,
  given: readonly Answer[],
  known: QuestionnaireResponseItem | undefined,
): QuestionnaireResponseItem | [] {
  const before = new Map<string, QuestionnaireResponseItemAnswer>();
  for (const answer of known?.answer ?? []) {
    const value = toAnswer(answer);
    if (value) before.set(answerKey(value), answer);
  }
  const keys = new Set(given.map(answerKey));
  // Also one that is still unanswered, and may say why. The order of ticks says nothing.
  if (known && keys.size === before.size && [...keys].every((key) => before.has(key))) return known;
  if (given.length === 0) return [];
  const answer = given.map((one) => before.get(answerKey(one)) ?? optionOf(question, one)?.answer ?? one);
  return { ...aboutQuestion(known), linkId: question.linkId, answer };
}

/** What an item says of its question; its extensions are of the answers that were given then. */
function aboutQuestion(known: QuestionnaireResponseItem | undefined): Partial<QuestionnaireResponseItem> {
  const { answer: _answer, extension: _extension, item: _item, ...rest } = known ?? {};
  return rest;
}

/**
 * The linkId of the item that the FHIRPath of an OperationOutcome leads to or into
 * (`QuestionnaireResponse.item[0].item[1].answer[0].value`); null for one that leads to no item. What is missing is
 * told of the item around it, so a required question without an item leads to its group, or to null at the top.
 */
export function linkIdAt({ item }: QuestionnaireResponse, expression: string): string | null {
  const [, path] = /^QuestionnaireResponse((?:\.\w+(?:\[\d+\])?)*)$/.exec(expression) ?? [];
  let linkId: string | null = null;
  let items = item;
  let answers: readonly QuestionnaireResponseItemAnswer[] | undefined;
  for (const [, name, index] of (path ?? '').matchAll(/\.(\w+)(?:\[(\d+)\])?/g)) {
    if (name === 'item' && index !== undefined) {
      const found: QuestionnaireResponseItem | undefined = items?.[Number(index)];
      if (!found) return null;
      linkId = found.linkId;
      items = found.item;
      answers = found.answer;
    } else if (name === 'answer' && index !== undefined) {
      items = answers?.[Number(index)]?.item;
      answers = undefined;
    } else break;
  }
  return linkId;
}

/** The first question drawn that can be answered and is not, where a resumed draft opens; null when all are. */
export function firstUnanswered(form: Form, answers: Answers): string | null {
  const open = drawnQuestions(form, answers).find(
    ({ linkId, readOnly }) => !readOnly && !answers.get(linkId)?.length,
  );
  return open?.linkId ?? null;
}

export { readResponse } from './response-reader.js';
