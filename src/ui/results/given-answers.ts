import type {
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4.js';
import { givenText, type Wording } from './wording.js';

/** A question and what was answered, in words; none for a question that was not. */
export interface GivenAnswers {
  readonly linkId: string;
  readonly question: string;
  readonly answers: readonly string[];
}

/** Every question of the Questionnaire in order, then whatever else the response holds: nothing is left out. */
export function givenAnswers(response: QuestionnaireResponse, wording: Wording): GivenAnswers[] {
  const given = new Map<string, QuestionnaireResponseItemAnswer[]>();
  for (const { linkId, answer = [] } of itemsIn(response.item ?? [])) {
    if (answer.length > 0) given.set(linkId, [...(given.get(linkId) ?? []), ...answer]);
  }
  const linkIds = new Set([...wording.questions.map(({ linkId }) => linkId), ...given.keys()]);
  return [...linkIds].map((linkId) => ({
    linkId,
    question: wording.question(linkId),
    answers: (given.get(linkId) ?? []).map((answer) => givenText(linkId, answer, wording)),
  }));
}

function itemsIn(items: readonly QuestionnaireResponseItem[]): QuestionnaireResponseItem[] {
  return items.flatMap((item) => [
    item,
    ...itemsIn(item.item ?? []),
    ...(item.answer ?? []).flatMap(({ item: inside = [] }) => itemsIn(inside)),
  ]);
}
