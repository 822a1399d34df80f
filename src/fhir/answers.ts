import type {
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4.js';
import type { Answer, Answers } from '../scoring/condition.js';
import { type CheckContext, checkValues, createEffort, hasValue } from './answer-values.js';
import { answersFrom, holdsFor, indexAnswers, type Scope, unanswered } from './enablement.js';
import { codingsOf, type Form, type Item } from './form.js';
import type { Issue } from './outcome.js';

/** What is known beside the response when it is read. */
export interface ReadContext {
  readonly form: Form;
  /** Oldest possible age at `authored`, in years; null when the birth date is not known. */
  readonly oldestAge: number | null;
}

export interface Reading {
  readonly answers: Answers;
  /** Everything wrong with the answers. */
  readonly issues: readonly Issue[];
}

/** Statuses that promise a complete response; the others never fail on completeness (SDC). */
const COMPLETE = ['completed', 'amended'];

interface Walk extends CheckContext {
  readonly form: Form;
  readonly complete: boolean;
  readonly given: Map<string, Answer>;
  readonly issues: Issue[];
}

/**
 * Questionnaire and response → Answers and everything wrong with them. Reading and checking are one walk, so
 * that no second function can disagree about what an answer was.
 */
export function readAnswers(response: QuestionnaireResponse, { form, oldestAge }: ReadContext): Reading {
  const walk: Walk = {
    form,
    oldestAge,
    effort: createEffort(),
    complete: COMPLETE.includes(response.status),
    given: new Map(),
    issues: [],
  };
  const items = response.item ?? [];
  const scope: Scope = { definition: null, items, up: null, index: null };
  readItems({ at: 'QuestionnaireResponse', scope, isEnabled: true }, walk);
  const disabled = disabledIn(form.items, indexAnswers(items), true);
  return { answers: { given: walk.given, disabled: new Set(disabled) }, issues: walk.issues };
}

/** linkIds that enableWhen rules out, where no group repeats; what is in a disabled item is disabled with it. */
function disabledIn(
  items: readonly Item[],
  answers: ReturnType<typeof indexAnswers>,
  isEnabledAround: boolean,
): string[] {
  return items.flatMap((item) => {
    const enabled = isEnabledAround && holdsFor(item, (linkId) => answers.get(linkId) ?? unanswered());
    const inside = disabledIn(item.items, answers, enabled);
    return enabled ? inside : [item.linkId, ...inside];
  });
}

/** More missing answers than anyone is told of (see MOST_ISSUES) are not looked for. */
const MOST_KEPT = 50_000;

/** A place in the response: its path, what stands there, what may, and whether it is enabled. */
interface Place {
  readonly at: string;
  readonly scope: Scope;
  readonly isEnabled: boolean;
}

function readItems(place: Place, walk: Walk): void {
  const seen = new Map<string, number>();
  let furthest = -1;
  place.scope.items.forEach((item, index) => {
    const at = `${place.at}.item[${index}]`;
    const definition = walk.form.byLinkId.get(item.linkId);
    const misplaced = misplacement(definition, place, seen);
    if (!definition || misplaced) {
      walk.issues.push({ ...(misplaced ?? UNKNOWN_LINK_ID), expression: at });
      return;
    }
    if (definition.place < furthest) {
      const text = `"${item.linkId}" stands after an item that follows it in the Questionnaire.`;
      walk.issues.push({ code: 'wrong-order', text, expression: at });
    }
    furthest = Math.max(furthest, definition.place);
    const count = (seen.get(item.linkId) ?? 0) + 1;
    seen.set(item.linkId, count);
    if (definition.type === 'group' && count - 1 === definition.limits.maxOccurs)
      walk.issues.push(tooMany(definition, at));
    readItem(item, definition, { ...place, at, isEnabled: isEnabledAt(definition, place, walk) }, walk);
  });
  if (!walk.complete || walk.issues.length > MOST_KEPT) return;
  for (const definition of walk.form.demanding.get(place.scope.definition) ?? []) {
    requireOccurrences(definition, seen.get(definition.linkId) ?? 0, place, walk);
  }
}

/** Only a group can be there more than once; see misplacement. */
function tooMany({ linkId, limits }: Item, expression: string): Issue {
  const text = `"${linkId}" may be there at most ${limits.maxOccurs} times.`;
  return { code: 'too-many-answers', text, expression };
}

const UNKNOWN_LINK_ID: Issue = {
  code: 'unknown-link-id',
  text: 'The Questionnaire has no item with this linkId.',
};

function misplacement(
  definition: Item | undefined,
  { scope }: Place,
  seen: ReadonlyMap<string, number>,
): Issue | null {
  if (!definition) return UNKNOWN_LINK_ID;
  const { linkId, parent, type, repeats } = definition;
  if (parent !== scope.definition) {
    const where = parent ? `under "${parent.linkId}"` : 'at the top';
    return { code: 'wrong-nesting', text: `"${linkId}" belongs ${where}.` };
  }
  if (seen.has(linkId) && !(type === 'group' && repeats)) {
    return { code: 'duplicate-link-id', text: `"${linkId}" is there more than once.` };
  }
  return null;
}

function isEnabledAt(definition: Item, place: Place, { form }: Walk): boolean {
  return (
    place.isEnabled &&
    holdsFor(definition, (linkId) => {
      const question = form.byLinkId.get(linkId);
      return question ? answersFrom(place.scope, question) : unanswered();
    })
  );
}

/** `place` is that of the item itself: its path, the scope it stands in, whether it is enabled. */
function readItem(item: QuestionnaireResponseItem, definition: Item, place: Place, walk: Walk): void {
  const { linkId, type } = definition;
  const { at } = place;
  if (type === 'group' || type === 'display') {
    if (item.answer) {
      const text = `"${linkId}" is a ${type} and takes no answer.`;
      walk.issues.push({ code: 'wrong-answer-type', text, expression: `${at}.answer` });
    }
    const before = walk.issues.length;
    readItems(inside(definition, item.item, place), walk);
    // R4 Questionnaire.item.required: a required group has at least one item in it.
    const isEmpty = definition.required && item.item === undefined && walk.issues.length === before;
    if (isEmpty && place.isEnabled && walk.complete) pushRequired(definition, at, walk);
    return;
  }
  item.item?.forEach((_, index) => {
    const text = `Items under a question stand under its answer, not under "${linkId}" itself.`;
    walk.issues.push({ code: 'wrong-nesting', text, expression: `${at}.item[${index}]` });
  });
  const answers = item.answer ?? [];
  if (!place.isEnabled && answers.some(hasContent)) {
    const text = `"${linkId}" is not asked for these answers, so it must not be answered.`;
    walk.issues.push({ code: 'answer-not-enabled', text, expression: at });
    return;
  }
  if (place.isEnabled) requireAnswers(definition, answers.filter(hasValue).length, at, walk);
  readAnswer(answers, definition, place, walk);
}

function readAnswer(
  answers: readonly QuestionnaireResponseItemAnswer[],
  definition: Item,
  place: Place,
  walk: Walk,
): void {
  const { values, issues } = checkValues(answers, definition, place.at, walk);
  for (const issue of issues) walk.issues.push(issue);
  if (values.length > 0) walk.given.set(definition.linkId, toAnswer(values, definition));
  answers.forEach((answer, index) => {
    if (hasContent(answer))
      readItems(inside(definition, answer.item, { ...place, at: `${place.at}.answer[${index}]` }), walk);
  });
}

function inside(definition: Item, items: readonly QuestionnaireResponseItem[] = [], place: Place): Place {
  return {
    ...place,
    scope: { definition, items, up: place.scope, index: null },
  };
}

/** Ticks come in the order of the options: the order in which they were sent says nothing. */
export function toAnswer(values: readonly (string | number)[], item: Item): Answer {
  if (!item.repeats) return values[0] ?? '';
  const order = codingsOf(item).map(({ code }) => code);
  return [...new Set(values.map(String))].sort((one, other) => order.indexOf(one) - order.indexOf(other));
}

function hasContent(answer: QuestionnaireResponseItemAnswer): boolean {
  return hasValue(answer) || answer.item !== undefined;
}

/** How often an item may be there, and must be. Questions count their answers instead; see requireAnswers. */
function requireOccurrences(definition: Item, count: number, place: Place, walk: Walk): void {
  const { type, limits } = definition;
  if (!isEnabledAt(definition, place, walk)) return;
  if (count > 0) {
    if (type === 'group' && count < (limits.minOccurs ?? 0)) pushRequired(definition, place.at, walk);
  } else {
    requireAbsent(definition, place, walk);
  }
}

/** An item that is not there at all: the required questions in it, or the item itself. */
function requireAbsent(definition: Item, place: Place, walk: Walk): void {
  if (definition.type !== 'group') {
    requireAnswers(definition, 0, place.at, walk);
    return;
  }
  const before = walk.issues.length;
  const must = definition.required || (definition.limits.minOccurs ?? 0) > 0;
  // An optional group that is not there asks nothing; one that does not repeat is always there, as in the page.
  if (must || !definition.repeats) readItems(inside(definition, [], place), walk);
  if (must && walk.issues.length === before) pushRequired(definition, place.at, walk);
}

function requireAnswers({ linkId, required, limits }: Item, answered: number, at: string, walk: Walk): void {
  const least = Math.max(required ? 1 : 0, limits.minOccurs ?? 0);
  if (!walk.complete || answered >= least) return;
  pushRequired({ linkId }, at, walk);
}

function pushRequired({ linkId }: Pick<Item, 'linkId'>, at: string, walk: Walk): void {
  walk.issues.push({ code: 'answer-required', text: `"${linkId}" must be answered.`, expression: at });
}
