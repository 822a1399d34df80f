import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Answer } from '../scoring/condition.js';
import { checkValues, createEffort } from './answer-values.js';
import { toAnswer } from './answers.js';
import { indexAnswers } from './enablement.js';
import type { Form } from './form.js';

/** What a response says to some questions. */
export interface LooseReading {
  readonly given: ReadonlyMap<string, Answer>;
  /** linkIds whose answers are not all as they should be; what is right of them is in `given`. */
  readonly faulty: ReadonlySet<string>;
}

/**
 * The answers to some questions alone, wherever in the response they stand, disabled or not: for what must be told
 * though the rest is wrong. A faulty answer is never taken for the reassuring one that `none` names for its question.
 */
export function readLoosely(
  { item = [] }: QuestionnaireResponse,
  linkIds: readonly string[],
  form: Form,
  none: Readonly<Record<string, string>>,
): LooseReading {
  const index = indexAnswers(item);
  const context = { oldestAge: null, effort: createEffort() };
  const given = new Map<string, Answer>();
  const faulty = new Set<string>();
  for (const linkId of linkIds) {
    const question = form.byLinkId.get(linkId);
    const { answers = [] } = index.get(linkId) ?? {};
    if (!question) continue;
    const { values, issues } = checkValues(answers, question, linkId, context);
    if (issues.length > 0) faulty.add(linkId);
    const kept = issues.length > 0 ? values.filter((value) => value !== none[linkId]) : values;
    if (kept.length > 0) given.set(linkId, toAnswer(kept, question));
  }
  return { given, faulty };
}
