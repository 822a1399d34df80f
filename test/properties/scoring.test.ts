/** The shipped Questionnaire: how an answer is put never changes what it counts for. */
import { describe, expect, test } from '@jest/globals';
import type { Observation, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js';
import { readAnswers } from '../../src/fhir/answers.js';
import { type Form, readQuestionnaire } from '../../src/fhir/form.js';
import { localize } from '../../src/fhir/localize.js';
import { toObservations } from '../../src/fhir/observations.js';
import { score } from '../../src/scoring/score.js';
import { CANONICAL, toItems } from '../support/contract-responses.js';
import {
  authoredContent,
  authoredResources,
  display,
  questionnaireIn,
  rules,
  software,
} from '../support/fhir-content.js';
import { holds, tellsRuns } from '../support/property-draw.js';
import { createRandom } from '../support/scoring-random.js';
import { randomResponse, writtenResponses } from '../support/scoring-responses.js';

tellsRuns('scoring');

const questionnaire = questionnaireIn(authoredResources());
const { terminology } = authoredContent();
const FORMS = new Map(['en', 'es', 'de'].map((language) => [language, formIn(language)]));
const written = writtenResponses();
const SAFETY = ['red-flag-emergency', 'red-flag-urgent', 'eye-symptoms-now', 'pain-location'];
const AGE = { min: 119, max: 120 };

function formIn(language: string): Form {
  const read = readQuestionnaire(
    language === 'en' ? questionnaire : localize(questionnaire, language),
    terminology,
  );
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.form;
}

type Shuffle = <T>(items: readonly T[]) => T[];

/** Random answers, or some that a person wrote: near the thresholds, where random ones rarely are. */
function respond(integer: (min: number, max: number) => number, isWritten: boolean): QuestionnaireResponse {
  const random = createRandom(integer(0, 2 ** 31 - 1));
  const answers = isWritten
    ? { ...written[integer(0, written.length - 1)] }
    : { ...randomResponse(random, { blank: 0.2, unsure: 0.2 }) };
  const isComplete = SAFETY.every((linkId) => answers[linkId] !== undefined);
  const item = toItems(answers as Parameters<typeof toItems>[0]);
  return {
    resourceType: 'QuestionnaireResponse',
    id: 'r1',
    questionnaire: CANONICAL,
    status: isComplete ? 'completed' : 'stopped',
    subject: { reference: 'Patient/p1' },
    authored: '2026-05-04T09:30:00+02:00',
    ...(item.length > 0 && { item }),
  };
}

/** Everything that is made of a response, in sets where order says nothing. */
function outcomeOf(response: QuestionnaireResponse, language = 'en') {
  const form = FORMS.get(language);
  if (!form) throw new Error(`no form in ${language}`);
  const { answers, issues } = readAnswers(response, { form, oldestAge: AGE.max });
  const scored = score(rules, answers, AGE);
  const { redFlags, facts, evaluations, warnings, advise } = scored;
  const source = { id: 'r1', response, subject: { reference: 'Patient/p1' } };
  const observations = toObservations(source, scored, { display, software });
  return {
    issues,
    given: Object.fromEntries(
      [...answers.given].sort().map(([linkId, one]) => [linkId, Array.isArray(one) ? [...one].sort() : one]),
    ),
    disabled: [...answers.disabled].sort(),
    score: JSON.parse(JSON.stringify({ redFlags, facts, evaluations, warnings, advise })),
    observations: asSet(observations),
  };
}

const asSet = (observations: readonly Observation[]) =>
  Object.fromEntries(observations.map((one) => [one.id, one] as const));

function eachItem(
  items: readonly QuestionnaireResponseItem[] = [],
  visit: (one: QuestionnaireResponseItem) => void,
) {
  for (const one of items) {
    visit(one);
    eachItem(one.item, visit);
  }
}

const CHANGES: [string, (response: QuestionnaireResponse, shuffle: Shuffle) => QuestionnaireResponse][] = [
  [
    'the order of ticks',
    (response, shuffle) => {
      eachItem(response.item, (one) => {
        if (one.answer) one.answer = shuffle(one.answer);
      });
      return response;
    },
  ],
  [
    'the displays of answers',
    (response) => {
      eachItem(response.item, ({ answer = [] }) => {
        for (const { valueCoding } of answer) if (valueCoding) valueCoding.display = 'in other words';
      });
      return response;
    },
  ],
  [
    'the order of keys',
    (response, shuffle) => {
      const turn = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(turn);
        if (typeof value !== 'object' || value === null) return value;
        return Object.fromEntries(shuffle(Object.entries(value)).map(([key, inner]) => [key, turn(inner)]));
      };
      return turn(response) as QuestionnaireResponse;
    },
  ],
  [
    'the texts of questions, and notes of whoever filled it in',
    (response) => {
      const extension = [{ url: 'https://made-up.example.org/said-by', valueString: 'a relative' }];
      eachItem(response.item, (one) => {
        one.text = 'Were you asked this?';
        one.extension = extension;
      });
      return { ...response, language: 'de', extension };
    },
  ],
  [
    'the same tick twice',
    (response) => {
      eachItem(response.item, (one) => {
        if (one.answer && FORMS.get('en')?.byLinkId.get(one.linkId)?.repeats) {
          one.answer = [...one.answer, ...structuredClone(one.answer)];
        }
      });
      return response;
    },
  ],
];

describe('never changes validity, answers, score or Observations:', () => {
  test.each(CHANGES)('%s', (_name, change) => {
    holds(60, (draw) => {
      const response = respond(draw.integer, draw.chance(50));
      const before = outcomeOf(response);
      expect(before.issues).toEqual([]);
      expect(outcomeOf(change(structuredClone(response), draw.shuffle))).toEqual(before);
    });
  });

  test.each(['es', 'de'])('the language of the Questionnaire: %s', (language) => {
    holds(60, (draw) => {
      const response = respond(draw.integer, draw.chance(50));
      expect(outcomeOf(response, language)).toEqual(outcomeOf(response));
    });
  });
});

test('an answer that is another one does change them: the comparison sees what it should', () => {
  let changed = 0;
  holds(60, (draw) => {
    const response = respond(draw.integer, true);
    const other = structuredClone(response);
    eachItem(other.item, (one) => {
      if (one.linkId === 'red-flag-urgent')
        one.answer = [
          { valueCoding: { system: `${CANONICAL.split('/Q')[0]}/CodeSystem/answers`, code: 'fever' } },
        ];
    });
    const [before, after] = [outcomeOf(response), outcomeOf(other)];
    expect(after.issues).toEqual([]);
    if (JSON.stringify(before.observations) !== JSON.stringify(after.observations)) changed += 1;
  });
  expect(changed).toBeGreaterThan(40);
});
