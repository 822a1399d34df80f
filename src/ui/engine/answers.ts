import type { QuestionnaireResponseItemAnswer } from 'fhir/r4.js';
import type { Form, Option, Question } from './form.js';

/** One answer: exactly one value[x], without extensions or items. */
export type Answer = Pick<
  QuestionnaireResponseItemAnswer,
  | 'valueBoolean'
  | 'valueInteger'
  | 'valueDecimal'
  | 'valueDate'
  | 'valueTime'
  | 'valueString'
  | 'valueCoding'
  | 'valueQuantity'
>;

/** linkId → answers; absent or empty = unanswered. Answers to questions that are not asked now may be in it. */
export type Answers = ReadonlyMap<string, readonly Answer[]>;

/** Answers with those to one question replaced; none clears it. Throws for a linkId that is no question. */
export function withAnswers(form: Form, answers: Answers, linkId: string, given: readonly Answer[]): Answers {
  if (form.byLinkId.get(linkId)?.kind !== 'question') throw new Error(`"${linkId}" is no question`);
  const changed = new Map(answers);
  if (given.length > 0) changed.set(linkId, [...given]);
  else changed.delete(linkId);
  return changed;
}

/**
 * Ticks or unticks an option of a choice that repeats: an exclusive option clears the others, other text too, and any
 * other clears an exclusive one. In a choice that does not repeat, it becomes the answer, and stays so when chosen
 * again: to clear one, see `withAnswers`. In the order of the options, then other text.
 */
export function toggleOption(
  question: Question,
  given: readonly Answer[],
  option: Option,
): readonly Answer[] {
  if (!question.repeats) return [option.answer];
  const others = given.filter((answer) => answerKey(answer) !== option.key);
  if (others.length < given.length) return inOrder(question, others);
  return option.exclusive ? [option.answer] : inOrder(question, [...shared(question, others), option.answer]);
}

/** The other text of an open choice; null without one. */
export function otherTextIn(question: Question, given: readonly Answer[]): Answer | null {
  return given.find((answer) => answer.valueString !== undefined && !optionOf(question, answer)) ?? null;
}

/** Sets, or with null clears, the other text of an open choice, with the same rules as ticking an option. */
export function withOtherText(
  question: Question,
  given: readonly Answer[],
  other: Answer | null,
): readonly Answer[] {
  const before = otherTextIn(question, given);
  const options = given.filter((answer) => answer !== before);
  if (!other) return options;
  return question.repeats ? inOrder(question, [...shared(question, options), other]) : [other];
}

/** The value[x] of what FHIR has as an answer, an option or an initial value; null for a blank. */
export function toAnswer(source: object): Answer | null {
  const values = Object.entries(source).filter(([name]) => name.startsWith('value'));
  return values.length > 0 ? Object.fromEntries(values) : null;
}

/** The option that an answer is, if it is one. */
export function optionOf({ options }: Question, answer: Answer): Option | null {
  const key = answerKey(answer);
  return options.find((option) => option.key === key) ?? null;
}

/**
 * What tells one answer from another: its type, and system and code of a coding (never its display), value and unit of
 * a quantity, or its value.
 */
export function answerKey(answer: Answer): string {
  const { valueCoding, valueQuantity } = answer;
  if (valueCoding) return `valueCoding|${valueCoding.system ?? ''}|${valueCoding.code ?? ''}`;
  if (valueQuantity) {
    const { value, system = '', code, unit = '' } = valueQuantity;
    return `valueQuantity|${system}|${code ?? unit}|${value}`;
  }
  return Object.entries(answer)
    .map(([name, value]) => `${name}|${String(value)}`)
    .join('&');
}

/** The answers a blank response starts with: `initial` and `initialSelected`. */
export function initialAnswers(form: Form): Answers {
  return new Map(
    form.questions.flatMap((question): [string, readonly Answer[]][] => {
      const given = initialOf(question);
      return given.length > 0 ? [[question.linkId, given]] : [];
    }),
  );
}

/** What a question starts with. */
export function initialOf({ item, options }: Question): readonly Answer[] {
  const selected = options.filter(({ source }) => source.initialSelected === true);
  const stated = (item.initial ?? []).flatMap((initial) => toAnswer(initial) ?? []);
  return [...selected.map(({ answer }) => answer), ...stated];
}

/** Without exclusive options, which stand beside nothing. */
function shared(question: Question, given: readonly Answer[]): Answer[] {
  return given.filter((answer) => !optionOf(question, answer)?.exclusive);
}

function inOrder(question: Question, given: readonly Answer[]): Answer[] {
  const byKey = new Map(given.map((answer) => [answerKey(answer), answer]));
  const ticked = question.options.flatMap(({ key }) => byKey.get(key) ?? []);
  return [...ticked, ...given.filter((answer) => !optionOf(question, answer))];
}
