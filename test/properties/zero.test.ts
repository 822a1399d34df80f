/** Zero and false are answers; only what is not there is absent. */
import { describe, expect, test } from '@jest/globals';
import type {
  QuestionnaireResponseItemAnswer as Answer,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4.js';
import { holds, tellsRuns } from '../support/property-draw.js';
import { limit } from '../support/property-questions.js';
import { readPair } from '../support/property-read.js';

tellsRuns('zero, false and absent');

type Comparison = Partial<NonNullable<QuestionnaireItem['enableWhen']>[number]>;
type Empty = {
  item: Pick<QuestionnaireItem, 'type'> & Partial<QuestionnaireItem>;
  answer: Answer;
  /** What scoring gets. */
  given: string | number;
  /** Conditions that this answer meets and its absence does not. */
  met: Comparison[];
  /** Conditions that neither meets. */
  unmet: Comparison[];
};

const KILOGRAMS = { system: 'http://unitsofmeasure.org', code: 'kg' };

/** The answers that a careless reader takes for none. */
const EMPTIES: readonly Empty[] = [
  {
    item: { type: 'integer' },
    answer: { valueInteger: 0 },
    given: 0,
    met: [
      { operator: '=', answerInteger: 0 },
      { operator: '!=', answerInteger: 1 },
      { operator: '<', answerInteger: 1 },
      { operator: '>', answerInteger: -1 },
      { operator: '>=', answerInteger: 0 },
      { operator: '<=', answerInteger: 0 },
    ],
    unmet: [
      { operator: '!=', answerInteger: 0 },
      { operator: '>', answerInteger: 0 },
      { operator: '=', answerInteger: 1 },
      { operator: '=', answerBoolean: false },
      { operator: '=', answerString: '0' },
    ],
  },
  {
    item: { type: 'decimal' },
    answer: { valueDecimal: 0 },
    given: 0,
    met: [
      { operator: '=', answerDecimal: 0 },
      { operator: '<', answerDecimal: 0.5 },
      { operator: '>=', answerDecimal: 0 },
    ],
    unmet: [
      { operator: '<', answerDecimal: 0 },
      { operator: '!=', answerDecimal: 0 },
      { operator: '=', answerBoolean: false },
    ],
  },
  {
    item: { type: 'boolean' },
    answer: { valueBoolean: false },
    given: 'false',
    met: [
      { operator: '=', answerBoolean: false },
      { operator: '!=', answerBoolean: true },
    ],
    unmet: [
      { operator: '=', answerBoolean: true },
      { operator: '!=', answerBoolean: false },
      { operator: '=', answerInteger: 0 },
      { operator: '=', answerString: 'false' },
    ],
  },
  {
    item: { type: 'choice', answerOption: [{ valueInteger: 0 }, { valueInteger: 1 }] },
    answer: { valueInteger: 0 },
    given: 0,
    met: [{ operator: '=', answerInteger: 0 }],
    unmet: [{ operator: '=', answerInteger: 1 }],
  },
  {
    item: { type: 'string' },
    answer: { valueString: '0' },
    given: '0',
    met: [
      { operator: '=', answerString: '0' },
      { operator: '!=', answerString: 'x' },
    ],
    unmet: [
      { operator: '=', answerInteger: 0 },
      { operator: '=', answerBoolean: false },
    ],
  },
  {
    item: { type: 'quantity' },
    answer: { valueQuantity: { value: 0, ...KILOGRAMS } },
    given: expect.any(String) as unknown as string,
    met: [
      { operator: '=', answerQuantity: { value: 0, ...KILOGRAMS } },
      { operator: '<', answerQuantity: { value: 1, ...KILOGRAMS } },
      { operator: '!=', answerQuantity: { value: 0, ...KILOGRAMS, code: 'g' } },
    ],
    unmet: [
      { operator: '!=', answerQuantity: { value: 0, ...KILOGRAMS } },
      { operator: '<', answerQuantity: { value: 1, ...KILOGRAMS, code: 'g' } },
    ],
  },
];

const EXISTS: Comparison = { operator: 'exists', answerBoolean: true };
const MISSING: Comparison = { operator: 'exists', answerBoolean: false };

/** Blank in every way FHIR has, from not there at all to extensions without a value. */
const BLANKS: readonly (QuestionnaireResponseItem | null)[] = [
  null,
  { linkId: 'zero' },
  { linkId: 'zero', text: 'How many?' },
  { linkId: 'zero', answer: [{ extension: [{ url: 'urn:x', valueCode: 'asked-declined' }] }] },
];

/** The question, required, and one that depends on it, somewhere in a Questionnaire with others. */
function formWith(
  { item }: Empty,
  condition: Comparison,
  isFirst: boolean,
  wrapped: boolean,
): QuestionnaireItem[] {
  const zero: QuestionnaireItem = { linkId: 'zero', required: true, ...item };
  const when = { question: 'zero', operator: '=' as const, ...condition };
  const dependent: QuestionnaireItem = { linkId: 'dependent', type: 'string', enableWhen: [when] };
  const both = isFirst ? [dependent, zero] : [zero, dependent];
  return wrapped ? [{ linkId: 'around', type: 'group', required: true, item: both }] : both;
}

interface Case {
  readonly questionnaire: Questionnaire;
  readonly codesOf: (zero: QuestionnaireResponseItem | null, isDependentAnswered: boolean) => string[];
  readonly givenBy: (
    zero: QuestionnaireResponseItem | null,
  ) => ReturnType<typeof readPair>['answers']['given'];
}

function makeCase(empty: Empty, condition: Comparison, isFirst: boolean, wrapped: boolean): Case {
  const items = formWith(empty, condition, isFirst, wrapped);
  const questionnaire: Questionnaire = { resourceType: 'Questionnaire', status: 'active', item: items };
  const respond = (zero: QuestionnaireResponseItem | null, answered: boolean): QuestionnaireResponse => {
    const dependent = answered ? [{ linkId: 'dependent', answer: [{ valueString: 'yes' }] }] : [];
    const both = [...(zero ? [zero] : []), ...dependent];
    const item = isFirst ? both.reverse() : both;
    const around: QuestionnaireResponseItem = { linkId: 'around', ...(item.length > 0 && { item }) };
    const top = wrapped ? [around] : item;
    return {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      ...(top.length > 0 && { item: top }),
    };
  };
  return {
    questionnaire,
    codesOf: (zero, answered) =>
      readPair(questionnaire, respond(zero, answered)).issues.map(({ code }) => code),
    givenBy: (zero) => readPair(questionnaire, respond(zero, false)).answers.given,
  };
}

describe.each(EMPTIES.map((empty) => [JSON.stringify(empty.answer), empty] as const))(
  '%s',
  (_name, empty) => {
    const zero: QuestionnaireResponseItem = { linkId: 'zero', answer: [empty.answer] };

    test('satisfies required and is given; a blank does not and is not', () => {
      holds(20, (draw) => {
        const { codesOf, givenBy } = makeCase(empty, EXISTS, draw.chance(50), draw.chance(50));
        const blank = draw.pick(BLANKS);
        expect(codesOf(zero, false)).toEqual([]);
        expect(codesOf(blank, false)).toEqual(['answer-required']);
        expect([givenBy(zero).get('zero'), givenBy(blank).has('zero')]).toEqual([empty.given, false]);
      });
    });

    test('exists; a blank does not', () => {
      holds(20, (draw) => {
        const place = [draw.chance(50), draw.chance(50)] as const;
        const blank = draw.pick(BLANKS);
        const exists = makeCase(empty, EXISTS, ...place);
        expect(exists.codesOf(zero, true)).toEqual([]);
        expect(exists.codesOf(blank, true).sort()).toEqual(['answer-not-enabled', 'answer-required']);
        const missing = makeCase(empty, MISSING, ...place);
        expect(missing.codesOf(zero, true)).toEqual(['answer-not-enabled']);
        expect(missing.codesOf(blank, true)).toEqual(['answer-required']);
      });
    });

    test('is compared; a blank never is, not even by "!="', () => {
      holds(60, (draw) => {
        const isMet = draw.chance(50);
        const condition = draw.pick(isMet ? empty.met : empty.unmet);
        const { codesOf } = makeCase(empty, condition, draw.chance(50), draw.chance(50));
        expect([condition, codesOf(zero, true)]).toEqual([condition, isMet ? [] : ['answer-not-enabled']]);
        const blank = codesOf(draw.pick(BLANKS), true).sort();
        expect([condition, blank]).toEqual([condition, ['answer-not-enabled', 'answer-required']]);
      });
    });
  },
);

test('a limit of zero is a limit', () => {
  const numbers: [QuestionnaireItem, Answer, string][] = [
    [
      { linkId: 'n', type: 'integer', extension: [limit('maxValue', { valueInteger: 0 })] },
      { valueInteger: 1 },
      'out-of-range',
    ],
    [
      { linkId: 'n', type: 'decimal', extension: [limit('minValue', { valueDecimal: 0 })] },
      { valueDecimal: -0.1 },
      'out-of-range',
    ],
    [
      { linkId: 'n', type: 'decimal', extension: [limit('maxDecimalPlaces', { valueInteger: 0 })] },
      { valueDecimal: 0.5 },
      'out-of-range',
    ],
    [
      {
        linkId: 'n',
        type: 'integer',
        repeats: true,
        extension: [limit('questionnaire-maxOccurs', { valueInteger: 0 })],
      },
      { valueInteger: 0 },
      'too-many-answers',
    ],
  ];
  for (const [item, answer, code] of numbers) {
    const questionnaire: Questionnaire = { resourceType: 'Questionnaire', status: 'active', item: [item] };
    const response: QuestionnaireResponse = {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      item: [{ linkId: 'n', answer: [answer] }],
    };
    expect([item.extension, readPair(questionnaire, response).issues.map((issue) => issue.code)]).toEqual([
      item.extension,
      [code],
    ]);
  }
});
