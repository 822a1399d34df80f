/** Cases for our own Questionnaire: what people answer, and each fault that is possible there. */
import type {
  QuestionnaireResponseItemAnswer as Answer,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4.js';
import type { DetailsCode } from '../../src/fhir/outcome.js';
import { type Answers, coding, toResponse, worked, workedCases } from '../support/contract-responses.js';
import { createRandom } from '../support/scoring-random.js';
import { randomResponse } from '../support/scoring-responses.js';
import type { Case } from './case.js';

const RANDOM = 80;
const STATUSES = ['completed', 'amended', 'stopped', 'in-progress', 'entered-in-error'] as const;
const SAFE: Answers = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
};
/** Everything that a fault below touches is answered in these. */
const BASES = ['D1', 'D2', 'D3', 'D4', 'D5', 'D6'];

export function ownCases(): Case[] {
  return [...validCases(), ...BASES.flatMap(faultyCases)];
}

function validCases(): Case[] {
  const random = createRandom(5);
  const people = [
    ...Object.entries(workedCases),
    ...Array.from({ length: RANDOM }, (_, index): [string, Answers] => {
      const answers = randomResponse(random, { blank: 0.3, unsure: 0.2 }) as Answers;
      return [`random-${index}`, { ...SAFE, ...answers }];
    }),
  ];
  return people.map(([name, answers], index) => {
    const status = name.startsWith('random') ? STATUSES[index % STATUSES.length] : 'completed';
    return caseOf(`own-${name}`, toResponse(answers, name, status ? { status } : {}));
  });
}

/** Whole, so that a fault is one fault: what the base leaves blank is answered. */
function wholeOf(base: string): QuestionnaireResponse {
  return toResponse(
    {
      ...SAFE,
      ...worked(base),
      'onset-age': 30,
      'pain-intensity': 5,
      'pain-duration': 'over-5-years',
      'night-waking': 'never',
    },
    base,
  );
}

function faultyCases(base: string): Case[] {
  const response = wholeOf(base);
  const { item } = response;
  const clean = withoutQuestion(item, 'night-rising-relief');
  const before = caseOf(`own-${base}-before`, { ...response, item: clean });
  const wrong = FAULTS.map(([code, kind, change]): Case => {
    const changed: QuestionnaireResponse = structuredClone({ ...response, item: clean });
    change(changed);
    return { ...caseOf(`own-${base}-${code}-${kind}`, changed), code, kind, before: before.id };
  });
  return [before, ...wrong];
}

function caseOf(id: string, response: QuestionnaireResponse): Case {
  return { id, code: null, kind: 'own', questionnaire: null, text: JSON.stringify(response), before: null };
}

const withoutQuestion = (items: QuestionnaireResponseItem[] = [], linkId: string) =>
  items.map((group) => ({ ...group, item: group.item?.filter((one) => one.linkId !== linkId) ?? [] }));

type Change = (response: QuestionnaireResponse) => void;

const groupOf = ({ item = [] }: QuestionnaireResponse, linkId: string): QuestionnaireResponseItem => {
  const found = item.find((one) => one.linkId === linkId);
  if (!found) throw new Error(`no group ${linkId}`);
  return found;
};
const questionsOf = (response: QuestionnaireResponse, group: string) => groupOf(response, group).item ?? [];
const questionOf = (response: QuestionnaireResponse, group: string, linkId: string) => {
  const found = questionsOf(response, group).find((one) => one.linkId === linkId);
  if (!found) throw new Error(`no question ${linkId}`);
  return found;
};
const answered =
  (group: string, linkId: string, ...answer: Answer[]): Change =>
  (response) =>
    Object.assign(questionOf(response, group, linkId), { answer });

/** [what we call it, what it is, how it comes about]. */
const FAULTS: readonly (readonly [DetailsCode, string, Change])[] = [
  ['unknown-link-id', 'a question of nobody', (one) => one.item?.push({ linkId: 'shoe-size' })],
  [
    'unknown-link-id',
    'a question in a group',
    (one) => questionsOf(one, 'pain').push({ linkId: 'Onset-age' }),
  ],
  ['wrong-order', 'groups', (one) => one.item?.reverse()],
  ['wrong-order', 'questions', (one) => questionsOf(one, 'safety').reverse()],
  [
    'wrong-nesting',
    'a question beside its group',
    (one) => one.item?.push({ linkId: 'crp-esr-raised', answer: [coding('normal')] }),
  ],
  [
    'wrong-nesting',
    'a question in another group',
    (one) => questionsOf(one, 'pain').push({ linkId: 'hla-b27', answer: [coding('positive')] }),
  ],
  [
    'duplicate-link-id',
    'a question',
    (one) => questionsOf(one, 'safety').push(structuredClone(questionOf(one, 'safety', 'eye-symptoms-now'))),
  ],
  ['wrong-answer-type', 'text for a number', answered('pain', 'onset-age', { valueString: 'thirty' })],
  ['wrong-answer-type', 'a decimal for a number', answered('pain', 'onset-age', { valueDecimal: 30.5 })],
  ['wrong-answer-type', 'a number for a choice', answered('pain', 'pain-duration', { valueInteger: 1 })],
  [
    'wrong-answer-type',
    'an answer to a group',
    (one) => Object.assign(groupOf(one, 'pain'), { answer: [coding('yes')] }),
  ],
  [
    'too-many-answers',
    'two for one',
    answered('pain', 'pain-duration', coding('over-5-years'), coding('under-3-months')),
  ],
  ['out-of-range', 'under the least', answered('pain', 'onset-age', { valueInteger: 0 })],
  ['out-of-range', 'over the most', answered('pain', 'onset-age', { valueInteger: 111 })],
  ['out-of-range', 'eleven of ten', answered('pain', 'pain-intensity', { valueInteger: 11 })],
  ['code-not-in-options', 'no such code', answered('pain', 'pain-duration', coding('a-while'))],
  ['code-not-in-options', 'of another question', answered('pain', 'pain-duration', coding('positive'))],
  [
    'code-not-in-options',
    'without its system',
    answered('pain', 'pain-duration', { valueCoding: { code: 'over-5-years' } }),
  ],
  [
    'answer-not-enabled',
    'asked only of those who wake',
    (one) => {
      const at = questionsOf(one, 'pain').findIndex(({ linkId }) => linkId === 'night-waking');
      questionsOf(one, 'pain').splice(at + 1, 0, { linkId: 'night-rising-relief', answer: [coding('yes')] });
    },
  ],
  [
    'exclusive-option',
    'none, and a fever',
    answered('safety', 'red-flag-urgent', coding('none'), coding('fever')),
  ],
  ['answer-required', 'no item', (one) => questionsOf(one, 'safety').splice(1, 1)],
  ['answer-required', 'no group', (one) => one.item?.shift()],
  ['answer-required', 'no answer', (one) => delete questionOf(one, 'safety', 'eye-symptoms-now').answer],
];
