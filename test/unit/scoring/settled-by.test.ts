import { describe, expect, test } from '@jest/globals';
import type { Answer, Answers } from '../../../src/scoring/condition.js';
import type { CriteriaSet } from '../../../src/scoring/criteria-set.js';
import { verdictOf } from '../../../src/scoring/evaluate.js';
import { createRuleSet, createView } from '../../../src/scoring/rule-set.js';
import { type Question, settledBy } from '../../../src/scoring/settled-by.js';
import { workedCases } from '../../support/scoring-cases.js';
import {
  dropDisabled,
  questionOf,
  questions,
  type Response,
  toAnswers,
} from '../../support/scoring-questions.js';
import { createRandom, type Random } from '../../support/scoring-random.js';
import {
  completionOf,
  completionsOf,
  isOpen,
  randomResponse,
  withHoles,
  writtenResponses,
} from '../../support/scoring-responses.js';

const rules = createRuleSet('strict');

type Given = Answers['given'];

const { criteriaSets } = rules;

function setOf(id: string): CriteriaSet {
  const set = criteriaSets.find((candidate) => candidate.id === id);
  if (!set) throw new Error(`No set ${id}`);
  return set;
}

function settled(id: string, response: Response): string[][] {
  return settledBy({ set: setOf(id), rules, questions, answers: toAnswers(response) });
}

function outcome(set: CriteriaSet, response: Response) {
  return verdictOf(set, createView(rules, toAnswers(response)));
}

function isFinal(set: CriteriaSet, response: Response): boolean {
  return outcome(set, response).verdict !== 'indeterminate';
}

/**
 * Answers that are neither blank nor unsure and still leave a finding of the set unknown, so that their question
 * is asked again. Only a contradiction lets someone take an answer back; the rest keeps what was said.
 */
function askedAgain({ id }: CriteriaSet, response: Response): { contradicted: string[]; unclear: string[] } {
  const own = [response['diagnosed-conditions'] ?? []].flat();
  const places = [response['pain-location'] ?? []].flat();
  const buttock = id === 'nice-ng65' && response['buttock-pain'] === 'none' && places.includes('buttock');
  const skin =
    ['nice-ng65', 'asas-referral-2015', 'radar-2of3', 'asas-axspa-2009'].includes(id) &&
    own.includes('psoriatic-arthritis') &&
    !own.includes('psoriasis');
  const crp =
    id === 'asas-axspa-2009' && ['raised', 'esr-raised'].includes(String(response['crp-esr-raised']));
  return {
    contradicted: buttock ? ['pain-location', 'buttock-pain'] : [],
    unclear: [...(skin ? ['diagnosed-conditions'] : []), ...(crp ? ['crp-esr-raised'] : [])],
  };
}

interface Open {
  readonly question: Question;
  /** Everything that the answer can still become. */
  readonly answers: readonly Answer[];
}

function openFor(set: CriteriaSet, response: Response): Open[] {
  const { contradicted, unclear } = askedAgain(set, response);
  return questions
    .filter(({ linkId }) => isOpen(response[linkId]) || [...contradicted, ...unclear].includes(linkId))
    .map((question) => {
      const { linkId } = question;
      const said = contradicted.includes(linkId) ? undefined : response[linkId];
      return { question, answers: completionsOf(question, said) };
    });
}

/** Every subset of a size, in questionnaire order. */
function subsetsOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: 2 ** items.length }, (_, bits) =>
    items.filter((_item, index) => (bits >> index) & 1),
  ).filter((chosen) => chosen.length === size);
}

/** Verdicts that one search of the brute force may ask for; a dearer one is given up, and counted. */
const BUDGET = 3000;

/** Whether some answers to exactly these questions make the verdict final; tries each and every one. */
function canSettle(
  chosen: readonly Open[],
  set: CriteriaSet,
  given: Given,
  spent: { verdicts: number },
): boolean {
  const [first, ...rest] = chosen;
  if (!first) {
    spent.verdicts += 1;
    const view = createView(rules, { given, disabled: new Set() });
    return verdictOf(set, view).verdict !== 'indeterminate';
  }
  const { linkId } = first.question;
  for (const answer of first.answers) {
    if (spent.verdicts > BUDGET) return false;
    // Questionnaire order: whatever enables the question has been answered before it.
    const next = new Map(given).set(linkId, answer);
    for (const other of questions) if (!other.isEnabled(next)) next.delete(other.linkId);
    if (next.has(linkId) && canSettle(rest, set, next, spent)) return true;
  }
  return false;
}

/** null when it would take too long. */
function bruteForce(set: CriteriaSet, response: Response): string[][] | null {
  if (isFinal(set, response)) return [];
  const open = openFor(set, response);
  const given = new Map(Object.entries(response));
  const spent = { verdicts: 0 };
  for (let size = 1; size <= open.length; size += 1) {
    const found = subsetsOf(open, size).filter((chosen) => canSettle(chosen, set, given, spent));
    if (spent.verdicts > BUDGET) return null;
    if (found.length > 0) return inOrder(found, set, response);
  }
  return [];
}

/** Sets in questionnaire order, but the test first when the decision asks for it; at most 20. */
function inOrder(found: readonly Open[][], set: CriteriaSet, response: Response): string[][] {
  const place = (open: Open | undefined) => (open ? questions.indexOf(open.question) : -1);
  const sorted = [...found].sort((left, right) => {
    const differ = left.findIndex((open, index) => open !== right[index]);
    return place(left[differ]) - place(right[differ]);
  });
  const sets = sorted.map((chosen) => chosen.map(({ question }) => question.linkId));
  const decision = outcome(set, response).decision?.decision;
  const first = (linkIds: readonly string[]) => decision === 'test-hla-b27' && linkIds.join() === 'hla-b27';
  return [...sets.filter(first), ...sets.filter((linkIds) => !first(linkIds))].slice(0, 20);
}

/** Answers everything, then opens a few: mostly questions with few answers, so that all can be tried. */
function fewOpen(start: Response, random: Random): Response {
  let full = start;
  for (const question of questions) {
    const { linkId } = question;
    if (!question.isEnabled(new Map(Object.entries(full)))) continue;
    if (isOpen(full[linkId])) full = { ...full, [linkId]: completionOf(question, full[linkId], random) };
  }
  const opened = [...random.some(NARROW, random.pick([0.1, 0.3, 0.5])), ...random.some(WIDE, 0.1)];
  const holes = withHoles(full, 1, random);
  return dropDisabled(
    Object.fromEntries(
      questions.flatMap(({ linkId }) => {
        const answer = opened.includes(linkId) ? holes[linkId] : full[linkId];
        return answer === undefined ? [] : [[linkId, answer]];
      }),
    ),
  );
}

const SAFETY: Response = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
  'day-pattern': 'same',
  'pain-intensity': 5,
  'other-symptoms': ['none'],
};
const SCORED = questions.filter(({ linkId }) => !(linkId in SAFETY));
const [NARROW, WIDE] = ['single', 'other'].map((kind) =>
  SCORED.filter((question) => (question.kind === 'single') === (kind === 'single')).map(
    ({ linkId }) => linkId,
  ),
) as [string[], string[]];

/** Low back pain for years since 38; a swollen joint; nothing else of NG65. */
const ng65: Response = {
  'pain-location': ['low-back'],
  'pain-duration': '3-months-to-5-years',
  'onset-age': 38,
  'night-waking': 'never',
  'buttock-pain': 'none',
  'exercise-effect': 'worse',
  'nsaid-response': 'no-better',
  'diagnosed-conditions': ['none'],
  'peripheral-features': ['joint-swelling'],
  'family-first-degree': ['none'],
  'hla-b27': 'negative',
};

function without(response: Response, ...linkIds: string[]): Response {
  return Object.fromEntries(Object.entries(response).filter(([linkId]) => !linkIds.includes(linkId)));
}

describe('by hand', () => {
  test('a final verdict needs nothing, whatever else is open', () => {
    for (const response of writtenResponses()) {
      for (const set of criteriaSets) {
        if (isFinal(set, response)) expect(settled(set.id, response)).toEqual([]);
      }
    }
  });

  test('NG65 asks for the test first, then for what else would settle it', () => {
    const three: Response = {
      ...ng65,
      'night-waking': 'second-half',
      'exercise-effect': 'better',
      'hla-b27': 'not-tested',
    };
    expect(outcome(setOf('nice-ng65'), three).decision?.decision).toBe('test-hla-b27');
    expect(settled('nice-ng65', three)).toEqual([['hla-b27']]);
    const more = without(three, 'nsaid-response', 'pain-intensity');
    expect(outcome(setOf('nice-ng65'), more).decision?.decision).toBe('test-hla-b27');
    expect(settled('nice-ng65', more)).toEqual([['hla-b27'], ['nsaid-response']]);
    for (const id of ['D4', 'D9', 'D10']) {
      const worked = workedCases[id] as Response;
      expect(outcome(setOf('nice-ng65'), worked).decision?.decision).toBe('test-hla-b27');
      expect(settled('nice-ng65', worked)[0]).toEqual(['hla-b27']);
    }
  });

  test('own psoriatic arthritis: RADAR asks about psoriasis again (S2)', () => {
    expect(settled('radar-2of3', workedCases.S2 as Response)).toEqual([['diagnosed-conditions']]);
  });

  test('a buttock contradiction names both questions where it matters, and neither where it does not', () => {
    const contradiction: Response = {
      ...ng65,
      'pain-location': ['low-back', 'buttock'],
      'night-waking': 'second-half',
      'hla-b27': 'positive',
    };
    expect(settled('nice-ng65', contradiction)).toEqual([['pain-location'], ['buttock-pain']]);
    const decided = { ...contradiction, 'exercise-effect': 'better' };
    expect(settled('nice-ng65', decided)).toEqual([]);
    // Berlin reads question 13 alone, so there is nothing contradictory in it.
    const berlin: Response = {
      ...contradiction,
      'morning-stiffness': '31-to-60-min',
      'exercise-effect': 'better',
      'rest-effect': 'varies',
    };
    expect(settled('berlin-2006-8b', berlin)).toEqual([['rest-effect']]);
  });

  test('a disabled question is only asked together with the one that enables it', () => {
    const classic: Response = {
      'pain-duration': 'over-5-years',
      'onset-age': 41,
      'onset-speed': 'months',
      'exercise-effect': 'better',
      'rest-effect': 'worse',
    };
    expect(settled('asas-ibp-2009', classic)).toEqual([['night-waking']]);
    const never = (sets: string[][]) =>
      sets.filter((linkIds) => linkIds.includes('night-rising-relief') && !linkIds.includes('night-waking'));
    const blank = settled('asas-ibp-2009', { ...without(classic, 'rest-effect', 'exercise-effect') });
    expect(blank.length).toBeGreaterThan(0);
    expect(never(blank)).toEqual([]);
    expect(settled('asas-ibp-2009', { ...classic, 'night-waking': 'first-half' })).toEqual([
      ['night-rising-relief'],
    ]);
  });

  test('no more than twenty sets, the first in questionnaire order', () => {
    const seven = [
      'exercise-effect',
      'night-waking',
      'buttock-pain',
      'nsaid-response',
      'diagnosed-conditions',
      'peripheral-features',
      'family-first-degree',
    ];
    const response: Response = {
      ...without(ng65, ...seven),
      'peripheral-features': ['joint-swelling', 'unknown'],
      'hla-b27': 'positive',
    };
    const pairs = seven.flatMap((left, index) => seven.slice(index + 1).map((right) => [left, right]));
    expect(pairs).toHaveLength(21);
    expect(settled('nice-ng65', response)).toEqual(pairs.slice(0, 20));
  });

  test('safety questions, and those that no set reads, are never asked for', () => {
    const asked = criteriaSets.flatMap(({ id }) => settled(id, {})).flat();
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((linkId) => linkId in SAFETY)).toEqual([]);
  });
});

describe('by hand: what was said stands', () => {
  test('stiffness for an unknown time is stiffness: Calin does not ask for it again', () => {
    const response: Response = {
      'pain-duration': '3-months-to-5-years',
      'onset-age': 38,
      'onset-speed': 'sudden',
      'morning-stiffness': 'present-unsure-how-long',
    };
    expect(settled('calin-1977', response)).toEqual([['exercise-effect']]);
  });

  test('own psoriatic arthritis stays: RADAR cannot be settled by its absence', () => {
    const response: Response = {
      'pain-duration': '3-months-to-5-years',
      'onset-age': 32,
      'onset-speed': 'weeks',
      'exercise-effect': 'better',
      'night-waking': 'never',
      'nsaid-response': 'no-better',
      'diagnosed-conditions': ['psoriatic-arthritis'],
    };
    expect(settled('radar-2of3', response)).toEqual([['rest-effect']]);
  });

  test('a raised value stays raised: ASAS 2009 cannot be settled by a normal one', () => {
    const response: Response = {
      ...ng65,
      'onset-speed': 'sudden',
      'rest-effect': 'better',
      'peripheral-features': ['none'],
      'family-second-degree': ['none'],
      'crp-esr-raised': 'raised',
    };
    expect(settled('asas-axspa-2009', response)).toEqual([['si-imaging']]);
  });

  test('a contradiction beside "not sure" can still be settled by taking the no back', () => {
    const response: Response = {
      ...ng65,
      'pain-location': ['low-back', 'buttock', 'unknown'],
      'night-waking': 'second-half',
      'hla-b27': 'positive',
    };
    expect(settled('nice-ng65', response)).toContainEqual(['buttock-pain']);
  });
});

describe('by hand: the test leads only where the decision asks for it', () => {
  test('with the gate unknown, the gate question comes first', () => {
    const response: Response = {
      ...without(ng65, 'pain-duration', 'hla-b27'),
      'night-waking': 'second-half',
      'exercise-effect': 'better',
    };
    expect(outcome(setOf('nice-ng65'), response).decision?.decision).toBe('indeterminate');
    expect(settled('nice-ng65', response)).toEqual([['pain-duration'], ['hla-b27']]);
  });

  test('with two items and one open, questionnaire order', () => {
    const response: Response = {
      ...without(ng65, 'nsaid-response', 'hla-b27'),
      'night-waking': 'second-half',
    };
    expect(outcome(setOf('nice-ng65'), response).decision?.decision).toBe('indeterminate');
    expect(settled('nice-ng65', response)).toEqual([['nsaid-response'], ['hla-b27']]);
  });
});

describe('by hand: another questionnaire, where one answer rules another question in or out', () => {
  const classic: Response = {
    'pain-duration': 'over-5-years',
    'onset-age': 30,
    'onset-speed': 'months',
    'night-waking': 'first-half',
    'night-rising-relief': 'yes',
  };

  /** Only these answers to the question on exercise, and the question on rest only after one of them. */
  function asked(options: readonly string[], enabling: string, response: Response): string[][] {
    const changed = questions.map((question): Question => {
      if (question.linkId === 'exercise-effect') return { ...question, options };
      if (question.linkId !== 'rest-effect') return question;
      return { ...question, isEnabled: (given) => given.get('exercise-effect') === enabling };
    });
    const answers: Answers = { given: new Map(Object.entries(response)), disabled: new Set() };
    return settledBy({ set: setOf('asas-ibp-2009'), rules, questions: changed, answers });
  }

  test('of two answers that say the same, the one that opens a question is tried too', () => {
    expect(asked(['worse', 'same'], 'same', classic)).toEqual([['exercise-effect', 'rest-effect']]);
    expect(asked(['worse', 'same'], 'worse', classic)).toEqual([['exercise-effect', 'rest-effect']]);
  });

  test('an answer that is ruled out by a new one no longer counts: nothing settles it', () => {
    const three: Response = { ...classic, 'onset-age': 41, 'rest-effect': 'worse' };
    expect(asked(['better'], 'better', three)).toEqual([['exercise-effect']]);
    expect(asked(['better'], 'never', three)).toEqual([]);
  });
});

describe('against a brute force', () => {
  test('the same sets in the same order', () => {
    const random = createRandom(2011);
    const responses = [
      ...[...random.some(writtenResponses(), 0.7), ...Array.from({ length: 300 }, () => likely(random))].map(
        (start) => fewOpen({ ...start, ...SAFETY }, random),
      ),
      ...Array.from({ length: 150 }, () => hard(random)),
    ];
    const seen = { open: 0, givenUp: 0, compared: 0, bySize: [0, 0, 0, 0], slowest: 0 };
    for (const response of responses) {
      for (const set of criteriaSets) {
        if (isFinal(set, response)) continue;
        seen.open += 1;
        const expected = bruteForce(set, response);
        if (!expected) {
          seen.givenUp += 1;
          continue;
        }
        const began = performance.now();
        const sets = settled(set.id, response);
        seen.slowest = Math.max(seen.slowest, performance.now() - began);
        const same = JSON.stringify(sets) === JSON.stringify(expected);
        if (!same) expect({ set: set.id, response, sets }).toEqual({ set: set.id, response, sets: expected });
        seen.compared += 1;
        const size = Math.min(expected[0]?.length ?? 0, 3);
        seen.bySize[size] = (seen.bySize[size] ?? 0) + 1;
      }
    }
    console.info('settled by, against a brute force (sizes 0, 1, 2, 3 and more)', seen);
    expect(seen.compared).toBeGreaterThan(3000);
    for (const count of seen.bySize.slice(1)) expect(count).toBeGreaterThan(20);
  });

  /** A response inside the gates, where sets are most often open. */
  function likely(random: Random): Response {
    return {
      ...randomResponse(random, { blank: 0.1, unsure: 0.1 }),
      'pain-duration': random.pick(['3-months-to-5-years', 'over-5-years']),
      'onset-age': random.integer(18, 46),
    };
  }

  /** NG65 far from its threshold: only several answers together settle it. */
  function hard(random: Random): Response {
    const others: Response = {
      ...SAFETY,
      'onset-speed': 'sudden',
      'morning-stiffness': 'none-stiff',
      'rest-effect': 'better',
      'family-second-degree': ['none'],
      'crp-esr-raised': 'normal',
      'si-imaging': 'normal',
    };
    const open = ['exercise-effect', 'night-waking', 'buttock-pain', 'nsaid-response', 'hla-b27'];
    return {
      ...without({ ...ng65, ...others }, ...random.some(open, 0.8)),
      ...(random.chance(0.8)
        ? { 'peripheral-features': random.pick([['unknown'], ['heel-pain', 'unknown']]) }
        : {}),
      ...(random.chance(0.5) ? { 'family-first-degree': ['psoriasis', 'ibd', 'unknown'] } : {}),
      ...(random.chance(0.3) ? { 'hla-b27': 'positive' } : {}),
    };
  }

  test('with many open questions: sets that settle, questions that are open, and how long it takes', () => {
    const random = createRandom(2018);
    let slowest = { ms: 0, set: '', open: 0 };
    let asked = 0;
    for (let index = 0; index < 150; index += 1) {
      const gates: Response = {
        'pain-location': ['low-back'],
        'pain-duration': 'over-5-years',
        'onset-age': 37,
      };
      const response = dropDisabled({
        ...randomResponse(random, { blank: 0.3 + random.next() * 0.7, unsure: 0.2 }),
        ...(random.chance(0.7) ? gates : {}),
      });
      for (const set of criteriaSets) {
        const began = performance.now();
        const sets = settled(set.id, response);
        const ms = performance.now() - began;
        const open = openFor(set, response);
        if (ms > slowest.ms) slowest = { ms, set: set.id, open: open.length };
        asked += sets.length;
        expect(sets.length).toBeLessThanOrEqual(20);
        expect(new Set(sets.map(({ length }) => length)).size).toBeLessThanOrEqual(1);
        for (const linkIds of sets) {
          const chosen = open.filter(({ question }) => linkIds.includes(question.linkId));
          expect(chosen.map(({ question }) => question.linkId)).toEqual(linkIds);
          if (linkIds.includes('night-rising-relief') && !linkIds.includes('night-waking')) {
            expect(questionOf('night-rising-relief').isEnabled(new Map(Object.entries(response)))).toBe(true);
          }
        }
      }
    }
    console.info(`settled by, many open questions: ${asked} sets; slowest`, slowest);
    expect(asked).toBeGreaterThan(1000);
  });
});
