/** What the reader promises for any Questionnaire, and any response that is right for it by a second reading of R4. */
import { describe, expect, test } from '@jest/globals';
import type { Questionnaire, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import type { Answers } from '../../src/scoring/condition.js';
import { holds, tellsRuns } from '../support/property-draw.js';
import { QUESTION_TYPES } from '../support/property-questions.js';
import { readPair } from '../support/property-read.js';
import { makePair, type Pair } from '../support/property-response.js';

tellsRuns('reader');

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Ticks are a set: their order says nothing. */
const sorted = ({ given, disabled }: Answers) => ({
  given: Object.fromEntries(
    [...given].sort().map(([linkId, one]) => [linkId, Array.isArray(one) ? [...one].sort() : one]),
  ),
  disabled: [...disabled].sort(),
});

/** Told with the pair when it fails. */
function issuesIn(questionnaire: Questionnaire, response: QuestionnaireResponse) {
  const { issues } = readPair(questionnaire, response);
  return issues.length === 0 ? [] : [issues, JSON.stringify(response), JSON.stringify(questionnaire)];
}

describe('a response that is right', () => {
  test('is accepted, and every answer in it is read', () => {
    holds(500, (draw) => {
      const { made, response, answered } = makePair(draw);
      expect(issuesIn(made.questionnaire, response)).toEqual([]);
      const { given } = readPair(made.questionnaire, response).answers;
      expect([...given.keys()].sort()).toEqual([...new Set(answered)].sort());
    });
  });

  test('is accepted again after a JSON round trip, and gives the same answers', () => {
    holds(200, (draw) => {
      const { made, response } = makePair(draw);
      const first = readPair(made.questionnaire, response);
      const again = readPair(copy(made.questionnaire), copy(response));
      expect(again.issues).toEqual(first.issues);
      expect(again.answers).toEqual(first.answers);
    });
  });

  test('reading changes neither the Questionnaire nor the response', () => {
    holds(100, (draw) => {
      const { made, response } = makePair(draw);
      const before = JSON.stringify([made.questionnaire, response]);
      readPair(made.questionnaire, response);
      expect(JSON.stringify([made.questionnaire, response])).toBe(before);
    });
  });
});

describe('what does not change what was said', () => {
  const variants: [string, (pair: Pair, turn: <T>(items: readonly T[]) => T[]) => QuestionnaireResponse][] = [
    ['the order of the answers to one question', ({ response }, turn) => withAnswersIn(turn, response)],
    ['the order of keys', ({ response }, turn) => withKeysIn(turn, response)],
    ['displays', ({ response }) => withOtherDisplays(response)],
    ['texts and definitions of items', ({ response }) => withTexts(response)],
    ['extensions', ({ response }) => withExtensions(response)],
  ];

  test.each(variants)('%s', (_name, change) => {
    holds(150, (draw) => {
      const pair = makePair(draw);
      const { questionnaire } = pair.made;
      const before = readPair(questionnaire, pair.response);
      const changed = change({ ...pair, response: copy(pair.response) }, draw.shuffle);
      expect(issuesIn(questionnaire, changed)).toEqual([]);
      const after = readPair(questionnaire, changed);
      const once = pair.answered.filter(
        (linkId, _at, all) => all.indexOf(linkId) === all.lastIndexOf(linkId),
      );
      expect(sorted(after.answers).disabled).toEqual(sorted(before.answers).disabled);
      for (const linkId of once) {
        expect(sorted(after.answers).given[linkId]).toEqual(sorted(before.answers).given[linkId]);
      }
    });
  });
});

test('the made-up pairs are worth it: every type is answered, conditions rule in and out, everything nests', () => {
  const answeredTypes = new Set<string>();
  const operators = new Set<string>();
  const seen = { ruledOut: 0, underAnswers: 0, instances: 0, exclusive: 0, valueSets: 0, issues: 0 };
  holds(300, (draw) => {
    const { made, response, answered } = makePair(draw, ['completed']);
    const { answers } = readPair(made.questionnaire, response);
    for (const { item, parent, alone } of made.nodes) {
      if (answered.includes(item.linkId)) answeredTypes.add(item.type);
      for (const { operator } of item.enableWhen ?? []) operators.add(operator);
      if (answers.disabled.has(item.linkId)) seen.ruledOut += 1;
      if (parent && parent.pool.length > 0 && answered.includes(item.linkId)) seen.underAnswers += 1;
      if (alone.length > 0) seen.exclusive += 1;
      if (item.answerValueSet && answered.includes(item.linkId)) seen.valueSets += 1;
    }
    seen.instances += answered.length - new Set(answered).size;
  });
  expect([...answeredTypes].sort()).toEqual([...QUESTION_TYPES].sort());
  expect([...operators].sort()).toEqual(['!=', '<', '<=', '=', '>', '>=', 'exists']);
  for (const name of ['ruledOut', 'underAnswers', 'instances', 'exclusive', 'valueSets'] as const) {
    expect([name, seen[name] > 20]).toEqual([name, true]);
  }
});

type Holder = { item?: QuestionnaireResponseItem[] | undefined };

function eachItem({ item = [] }: Holder, visit: (item: QuestionnaireResponseItem) => void): void {
  for (const one of item) {
    visit(one);
    eachItem(one, visit);
    for (const answer of one.answer ?? []) eachItem(answer, visit);
  }
}

function withAnswersIn(turn: <T>(items: readonly T[]) => T[], response: QuestionnaireResponse) {
  eachItem(response, (item) => {
    if (item.answer) item.answer = turn(item.answer);
  });
  return response;
}

function withKeysIn<T>(turn: <U>(items: readonly U[]) => U[], value: T): T {
  if (Array.isArray(value)) return value.map((one) => withKeysIn(turn, one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    turn(Object.entries(value)).map(([key, inner]) => [key, withKeysIn(turn, inner)]),
  ) as T;
}

function withOtherDisplays(response: QuestionnaireResponse) {
  eachItem(response, ({ answer = [] }) => {
    answer.forEach(({ valueCoding, valueReference }, index) => {
      const named = valueCoding ?? valueReference;
      if (named) named.display = `Otherwise ${index}`;
      if (valueCoding) valueCoding.userSelected = index === 0;
    });
  });
  return response;
}

function withTexts(response: QuestionnaireResponse) {
  eachItem(response, (item) => {
    item.text = `Something else about ${item.linkId}`;
    item.definition = `https://made-up.example.org/${item.linkId}`;
  });
  return response;
}

function withExtensions(response: QuestionnaireResponse) {
  const extension = [{ url: 'https://made-up.example.org/said-by', valueString: 'a relative' }];
  eachItem(response, (item) => {
    item.extension = extension;
    item._linkId = { extension };
    for (const answer of item.answer ?? []) answer.extension = extension;
  });
  return response;
}
