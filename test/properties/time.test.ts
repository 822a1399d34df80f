/** Time grows with what was sent and no faster: ten times the items, about ten times the work. */
import { describe, expect, test } from '@jest/globals';
import type {
  QuestionnaireResponseItemAnswer as Answer,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4.js';
import { readAnswers } from '../../src/fhir/answers.js';
import { inDocumentOrder } from '../../src/fhir/document-order.js';
import { readQuestionnaire } from '../../src/fhir/form.js';
import type { Issue } from '../../src/fhir/outcome.js';
import { TERMINOLOGY } from '../support/property-form.js';
import { limit } from '../support/property-questions.js';
import { shapeOfQuestionnaire, shapeOfResponse } from '../support/property-read.js';

const FEW = 200;
const MANY = 2_000;
/** Ten would be linear, a hundred quadratic; a busy machine makes any measure uncertain. */
const MOST = 60;

type Sent = { item: QuestionnaireItem[]; answers: QuestionnaireResponseItem[] };

function read({ item, answers }: Sent): readonly Issue[] {
  const questionnaire: Questionnaire = { resourceType: 'Questionnaire', status: 'active', item };
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    item: answers,
  };
  const form = shapeOfQuestionnaire(questionnaire);
  if ('issues' in form) throw new Error(JSON.stringify(form.issues.slice(0, 3)));
  const made = readQuestionnaire(form.questionnaire, TERMINOLOGY);
  if ('faults' in made) throw new Error(JSON.stringify(made.faults.slice(0, 3)));
  const shaped = shapeOfResponse(response);
  const issues =
    'issues' in shaped ? shaped.issues : readAnswers(shaped.response, { ...made, oldestAge: null }).issues;
  return inDocumentOrder(issues, response);
}

/** The best of several: what else the machine does only adds. */
function bestOf(times: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < times; turn += 1) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function ratio(name: string, work: (size: number) => void, [few, many, turns] = [FEW, MANY, 3]): number {
  work(few);
  const [less, more] = [bestOf(7, () => work(few)), bestOf(turns, () => work(many))];
  const times = more / less;
  console.log(
    `${name}: ${few} in ${less.toFixed(1)} ms, ${many} in ${more.toFixed(1)} ms: × ${times.toFixed(1)}`,
  );
  return times;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const said: Answer = { valueString: 'a' };
const wrong: Answer = { valueInteger: 1 };
const question = (index: number, more: Partial<QuestionnaireItem> = {}): QuestionnaireItem => ({
  linkId: `q${index}`,
  type: 'string',
  ...more,
});
const answered = (index: number, answer = said): QuestionnaireResponseItem => ({
  linkId: `q${index}`,
  answer: [answer],
});
const asking = (asked: number): Partial<QuestionnaireItem> => ({
  enableWhen: [{ question: `q${asked}`, operator: 'exists', answerBoolean: true }],
});
const chain = (count: number, asked: (index: number) => number, answer = said): Sent => ({
  item: numbers(count).map((index) => question(index, asked(index) === index ? {} : asking(asked(index)))),
  answers: numbers(count).map((index) => answered(index, answer)),
});

const SHAPES: [string, (count: number, answer: Answer) => Sent][] = [
  ['flat', (count, answer) => chain(count, (index) => index, answer)],
  ['each asks for the first', (count, answer) => chain(count, () => 0, answer)],
  [
    'each asks for the one before',
    (count, answer) => chain(count, (index) => Math.max(0, index - 1), answer),
  ],
  [
    'each asks for the next',
    (count, answer) => chain(count, (index) => Math.min(count - 1, index + 1), answer),
  ],
  [
    'each has ten conditions on the last',
    (count, answer) => ({
      item: numbers(count).map((index) =>
        index === count - 1
          ? question(index)
          : question(index, {
              enableBehavior: 'all',
              enableWhen: numbers(10).flatMap(() => asking(count - 1).enableWhen ?? []),
            }),
      ),
      answers: numbers(count).map((index) => answered(index, answer)),
    }),
  ],
  [
    'nested under answers, a row of twenty at a time',
    (count, answer) => {
      const row = (from: number): QuestionnaireItem =>
        question(from, (from + 1) % 20 === 0 ? {} : { item: [row(from + 1)] });
      const told = (from: number): QuestionnaireResponseItem => ({
        linkId: `q${from}`,
        answer: [(from + 1) % 20 === 0 ? answer : { ...answer, item: [told(from + 1)] }],
      });
      const starts = numbers(count / 20).map((index) => index * 20);
      return { item: starts.map(row), answers: starts.map(told) };
    },
  ],
  [
    'all under the answer to one question',
    (count, answer) => ({
      item: [
        question(0, {
          item: numbers(count)
            .slice(1)
            .map((index) => question(index, asking(0))),
        }),
      ],
      answers: [
        {
          linkId: 'q0',
          answer: [
            {
              ...answer,
              item: numbers(count)
                .slice(1)
                .map((index) => answered(index, answer)),
            },
          ],
        },
      ],
    }),
  ],
  [
    'a group that is there as often',
    (count, answer) => ({
      item: [
        question(count),
        {
          linkId: 'g',
          type: 'group',
          repeats: true,
          item: [question(0), question(1, asking(0)), question(2, asking(count))],
        },
      ],
      answers: [
        answered(count, answer),
        ...numbers(count).map(() => ({
          linkId: 'g',
          item: [0, 1, 2].map((index) => answered(index, answer)),
        })),
      ],
    }),
  ],
  [
    'as many ask for a question as it has answers',
    (count, answer) => ({
      item: [
        question(0, { repeats: true }),
        ...numbers(count)
          .slice(1)
          .map((index) => question(index, asking(0))),
      ],
      answers: [
        { linkId: 'q0', answer: numbers(count).map(() => answer) },
        ...numbers(count)
          .slice(1)
          .map((index) => answered(index, answer)),
      ],
    }),
  ],
];

describe(`${MANY} items against ${FEW}`, () => {
  test.each(SHAPES)('%s', (name, make) => {
    const [few, many] = [make(FEW, said), make(MANY, said)];
    expect([read(few), read(many)]).toEqual([[], []]);
    expect(ratio(name, (count) => read(count === FEW ? few : many))).toBeLessThan(MOST);
  });

  test.each(SHAPES)('%s: all of them wrong, every one is told', (name, make) => {
    const [few, many] = [make(FEW, wrong), make(MANY, wrong)];
    const told = read(many).filter(({ code }) => code === 'wrong-answer-type');
    expect(told.length).toBeGreaterThanOrEqual(MANY);
    expect(new Set(told.map(({ expression }) => expression)).size).toBe(told.length);
    expect(ratio(`${name}, wrong`, (count) => read(count === FEW ? few : many))).toBeLessThan(MOST);
  });
});

/** `{"linkId":"g"}` is fifteen characters: what a short body costs must not be their square. */
describe('a group with many questions that stands there empty as often', () => {
  const empty = (count: number, required: boolean): Sent => ({
    item: [
      {
        linkId: 'g',
        type: 'group',
        repeats: true,
        item: numbers(count).map((index) => question(index, { required })),
      },
    ],
    answers: numbers(count).map(() => ({ linkId: 'g' })),
  });

  test('none of them required', () => {
    const [few, many] = [empty(FEW, false), empty(MANY, false)];
    expect([read(few), read(many)]).toEqual([[], []]);
    const times = ratio('empty groups', (count) => read(count === FEW ? few : many), [FEW, MANY, 1]);
    expect(times).toBeLessThan(MOST);
  });

  test('all of them required: that is told, and not two million times', () => {
    expect(read(empty(20, true))).toHaveLength(400);
    const issues = read(empty(1_500, true));
    expect(issues.length).toBeGreaterThanOrEqual(2_000);
    expect(issues.length).toBeLessThan(250_000);
    expect(issues.every(({ code }) => code === 'answer-required')).toBe(true);
  });
});

describe('faults of structure', () => {
  const bodies: [string, (count: number) => object][] = [
    ['items that are none', (count) => ({ item: numbers(count).map(() => 1) })],
    ['items without a linkId', (count) => ({ item: numbers(count).map(() => ({ text: 'a' })) })],
    ['unknown elements', (count) => Object.fromEntries(numbers(count).map((index) => [`x${index}`, 1]))],
  ];

  test.each(bodies)('%s: told in time that grows with them', (name, make) => {
    const body = (count: number) => ({
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      ...make(count),
    });
    const [few, many] = [body(2_400), body(24_000)];
    const times = ratio(name, (count) => shapeOfResponse(count === 2_400 ? few : many), [2_400, 24_000, 1]);
    expect(times).toBeLessThan(MOST);
  });
});

describe('many patterns', () => {
  const regex = (valueString: string) => ({ extension: [limit('regex', { valueString })] });
  const evil = ['^(a+)+$', '(a|aa)+$', '(a|a?)+$', '(.*a){12}', '^(([a-z])+.)+[A-Z]([a-z])+$', '(x+x+)+y'];

  test.each(evil)('%s on long texts, many times, is bounded', (pattern) => {
    const texts = ['a'.repeat(100_000), `${'a'.repeat(30)}!`, 'x'.repeat(5_000), 'aA'.repeat(10_000)];
    const answer = numbers(400).map((index) => ({ valueString: texts[index % texts.length] ?? '' }));
    const sent: Sent = {
      item: [question(0, { repeats: true, ...regex(pattern) })],
      answers: [{ linkId: 'q0', answer }],
    };
    const start = performance.now();
    const issues = read(sent);
    const took = performance.now() - start;
    console.log(`${pattern} on 400 texts of up to 100,000 characters: ${took.toFixed(0)} ms`);
    expect(issues.every(({ code }) => code === 'pattern')).toBe(true);
    expect(issues.length).toBeGreaterThan(0);
    expect(took).toBeLessThan(5_000);
  });

  test('short texts still match: the bound is far from what a form needs', () => {
    const answer = numbers(500).map((index) => ({ valueString: `0${1000 + index}` }));
    const item = [question(0, { repeats: true, ...regex('[0-9]{5}') })];
    expect(read({ item, answers: [{ linkId: 'q0', answer }] })).toEqual([]);
  });
});
