/** Every condition on every kind of answers, against a second reading of R4's enableWhen. */
import { describe, expect, test } from '@jest/globals';
import type {
  QuestionnaireResponseItemAnswer as Answer,
  Questionnaire,
  QuestionnaireItemEnableWhen,
  QuestionnaireResponse,
} from 'fhir/r4.js';
import { type Draw, holds, tellsRuns } from '../support/property-draw.js';
import { conditionHolds } from '../support/property-enablement.js';
import { CODES, OTHER_CODES, QUESTION_TYPES, type QuestionType } from '../support/property-questions.js';
import { readPair } from '../support/property-read.js';

tellsRuns('enablement');

const amount = (value: number, code: string): Answer => ({
  valueQuantity: { value, system: 'http://unitsofmeasure.org', code },
});
const coded = (code: string, system = CODES): Answer => ({
  valueCoding: { system, code, display: `${code} ${system}` },
});

/** More values than one answer can have: the least, the greatest, what lies between, and what does not compare. */
const VALUES: Readonly<Record<Exclude<QuestionType, 'url' | 'attachment'>, readonly Answer[]>> = {
  boolean: [{ valueBoolean: false }, { valueBoolean: true }],
  integer: [-7, -1, 0, 1, 9, 10, 100].map((valueInteger) => ({ valueInteger })),
  decimal: [-1.5, 0, 0.1, 0.3, 1, 9, 10].map((valueDecimal) => ({ valueDecimal })),
  date: ['1999-12-31', '2024-02-29', '2024-03-01', '2026-05-04'].map((valueDate) => ({ valueDate })),
  dateTime: [
    '2026-05-04T09:30:00Z',
    '2026-05-04T11:30:00+02:00',
    '2026-05-04T09:30:00.001Z',
    '2026-05-03T23:00:00-11:00',
    '2020-01-01T00:00:00Z',
  ].map((valueDateTime) => ({ valueDateTime })),
  time: ['00:00:00', '08:00:00', '09:30:00', '10:00:00', '23:59:59'].map((valueTime) => ({ valueTime })),
  string: ['', 'a', 'B', 'b', 'é', '10', '9', 'true'].filter(Boolean).map((valueString) => ({ valueString })),
  text: ['a', 'aa', 'b', '0'].map((valueString) => ({ valueString })),
  choice: [coded('a'), coded('b'), coded('a', OTHER_CODES), { valueCoding: { code: 'a' } }],
  'open-choice': [coded('a'), coded('b'), { valueString: 'a' }, { valueString: 'c' }],
  reference: ['Patient/1', 'Patient/2', 'Group/1'].map((reference) => ({ valueReference: { reference } })),
  quantity: [amount(0, 'kg'), amount(1, 'kg'), amount(10, 'kg'), amount(1, 'g'), amount(9, 'g')],
};
const TYPES = QUESTION_TYPES.filter((type) => type !== 'url' && type !== 'attachment');
const ORDERED = ['integer', 'decimal', 'date', 'dateTime', 'time', 'string', 'text', 'quantity'];
const OPERATORS = ['=', '!=', '>', '<', '>=', '<='] as const;

function conditionOn(type: (typeof TYPES)[number], draw: Draw): QuestionnaireItemEnableWhen {
  if (draw.chance(10)) return { question: 'q', operator: 'exists', answerBoolean: draw.chance(50) };
  const operator = draw.pick(ORDERED.includes(type) ? OPERATORS : OPERATORS.slice(0, 2));
  const [name = '', value] = Object.entries(draw.pick(VALUES[type]))[0] ?? [];
  return { question: 'q', operator, [name.replace('value', 'answer')]: value };
}

describe.each(TYPES)('%s', (type) => {
  const seen = { enabled: 0, disabled: 0 };

  test('an answer is refused exactly where the conditions do not hold', () => {
    holds(150, (draw) => {
      const answer = Array.from({ length: draw.integer(0, 5) }, () => draw.pick(VALUES[type]));
      const enableWhen = Array.from({ length: draw.integer(1, 3) }, () => conditionOn(type, draw));
      const enableBehavior = draw.pick(['all', 'any'] as const);
      const questionnaire: Questionnaire = {
        resourceType: 'Questionnaire',
        status: 'active',
        item: [
          { linkId: 'q', type, repeats: true },
          { linkId: 'dependent', type: 'boolean', enableWhen, enableBehavior },
        ],
      };
      const response: QuestionnaireResponse = {
        resourceType: 'QuestionnaireResponse',
        status: 'completed',
        item: [
          { linkId: 'q', ...(answer.length > 0 && { answer }) },
          { linkId: 'dependent', answer: [{ valueBoolean: false }] },
        ],
      };
      const each = enableWhen.map((condition) => conditionHolds(condition, answer));
      const isEnabled = enableBehavior === 'all' ? !each.includes(false) : each.includes(true);
      seen[isEnabled ? 'enabled' : 'disabled'] += 1;
      const { issues, answers } = readPair(questionnaire, response);
      expect([answer, enableBehavior, enableWhen, issues.map(({ code }) => code)]).toEqual([
        answer,
        enableBehavior,
        enableWhen,
        isEnabled ? [] : ['answer-not-enabled'],
      ]);
      expect(answers.disabled.has('dependent')).toBe(!isEnabled);
    });
    expect(Math.min(seen.enabled, seen.disabled)).toBeGreaterThan(20);
  });
});
