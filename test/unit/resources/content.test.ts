import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type {
  CodeSystem,
  CodeSystemConcept,
  FhirResource,
  Questionnaire,
  QuestionnaireItem,
  ValueSet,
} from 'fhir/r4.js';
import { DETAILS_CODES } from '../../../src/fhir/outcome.js';

const BASE = 'https://w3id.org/axspa-screening';
const ANSWERS = `${BASE}/CodeSystem/answers`;
const HL7 = 'http://hl7.org/fhir/StructureDefinition';

const folder = new URL('../../../resources/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const resources = files.map(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as FhirResource & { id: string },
);
const codeSystems = resources.filter((resource): resource is CodeSystem & { id: string } =>
  isA(resource, 'CodeSystem'),
);
const valueSets = resources.filter((resource): resource is ValueSet & { id: string } =>
  isA(resource, 'ValueSet'),
);
const questionnaire = resources.find((resource) => isA(resource, 'Questionnaire')) as Questionnaire;

const groups = questionnaire.item ?? [];
const items = flatten(groups);
const questions = items.filter(({ type }) => type !== 'group' && type !== 'display');

/** The questions with their options, in order, group by group. */
const EXPECTED: Record<string, Record<string, string>> = {
  safety: {
    'red-flag-emergency':
      'saddle-numbness urine-retention urine-incontinence bowel-incontinence leg-weakness sexual-change major-trauma chest-pain breathless none unknown',
    'red-flag-urgent':
      'fever weight-loss cancer-history infection-risk fracture-risk minor-injury unremitting-pain strain-pain deformity breathing-pain severe-worsening none unknown',
    'eye-symptoms-now': 'yes no unknown',
  },
  pain: {
    'pain-location': 'neck upper-back mid-back low-back buttock other unknown',
    'pain-duration': 'under-3-months 3-months-to-5-years over-5-years unknown',
    'onset-age': '',
    'onset-speed': 'sudden days weeks months unknown',
    'morning-stiffness': 'none-stiff up-to-30-min 31-to-60-min over-60-min present-unsure-how-long unknown',
    'exercise-effect': 'better worse same varies no-exercise unknown',
    'rest-effect': 'better worse same varies unknown',
    'night-waking': 'never first-half second-half both-halves pain-no-waking unknown',
    'night-rising-relief': 'yes no varies unknown',
    'buttock-pain': 'none one-side both-sides alternating unknown',
    'nsaid-response': 'much-better a-little-better no-better not-taken unknown',
    'day-pattern': 'better worse same varies unknown',
    'pain-intensity': '',
  },
  features: {
    'diagnosed-conditions':
      'axial-spa uveitis psoriasis psoriatic-arthritis reactive-arthritis crohn-disease ulcerative-colitis none unknown',
    'peripheral-features': 'heel-pain joint-swelling sausage-digit none unknown',
    'family-first-degree':
      'axial-spa psoriatic-arthritis reactive-arthritis psoriasis ibd uveitis none unknown',
    'family-second-degree':
      'axial-spa psoriatic-arthritis reactive-arthritis psoriasis ibd uveitis none unknown',
  },
  tests: {
    'hla-b27': 'positive negative not-tested unknown',
    'crp-esr-raised': 'crp-raised esr-raised raised normal not-tested unknown',
    'si-imaging': 'sacroiliitis-mri sacroiliitis-xray normal not-done unknown',
  },
  other: { 'other-symptoms': 'fatigue skin-rash gut-symptoms rib-shoulder-knee-foot-pain none unknown' },
};

/** "Tick all that fit" questions, with their exclusive options. */
const REPEATING = {
  'red-flag-emergency': ['none', 'unknown'],
  'red-flag-urgent': ['none', 'unknown'],
  'pain-location': [],
  'diagnosed-conditions': ['none'],
  'peripheral-features': ['none'],
  'family-first-degree': ['none'],
  'family-second-degree': ['none'],
  'other-symptoms': ['none'],
};

const ENABLED_BY = {
  'night-rising-relief': ['night-waking', 'first-half second-half both-halves pain-no-waking'],
  'family-second-degree': [
    'family-first-degree',
    'none unknown psoriatic-arthritis reactive-arthritis psoriasis ibd uveitis',
  ],
};

/** Questions whose ValueSet is not simply `<linkId>-answers`, because two questions share one list. */
const SHARED: Record<string, string> = {
  'rest-effect': 'rest-effect-and-day-pattern-answers',
  'day-pattern': 'rest-effect-and-day-pattern-answers',
  'family-first-degree': 'family-history-answers',
  'family-second-degree': 'family-history-answers',
};

function isA(resource: FhirResource, type: FhirResource['resourceType']): boolean {
  return resource.resourceType === type;
}

function flatten(list: readonly QuestionnaireItem[]): QuestionnaireItem[] {
  return list.flatMap((item) => [item, ...flatten(item.item ?? [])]);
}

function codesOf({ answerOption = [] }: QuestionnaireItem): string[] {
  return answerOption.map(({ valueCoding }) => valueCoding?.code ?? '');
}

function codeSystem(id: string): CodeSystem {
  return codeSystems.find((system) => system.id === id) as CodeSystem;
}

function conceptsOf(id: string): string[] {
  return allConcepts(codeSystem(id).concept).map(({ code }) => code);
}

/** Those inside others too, in reading order. */
function allConcepts(concepts: readonly CodeSystemConcept[] = []): CodeSystemConcept[] {
  return concepts.flatMap((one) => [one, ...allConcepts(one.concept)]);
}

function integerOf(item: QuestionnaireItem, extension: string): unknown {
  return item.extension?.find(({ url }) => url === `${HL7}/${extension}`)?.valueInteger;
}

describe('files', () => {
  test('are named ResourceType-id.json', () => {
    expect(files).toEqual(resources.map(({ resourceType, id }) => `${resourceType}-${id}.json`));
  });

  test.each(['Questionnaire', 'CodeSystem', 'ValueSet'])('every %s has its own canonical URL', (type) => {
    for (const resource of resources.filter(({ resourceType }) => resourceType === type)) {
      expect(resource).toMatchObject({
        url: `${BASE}/${type}/${resource.id}`,
        version: '1.0.0',
        status: 'active',
      });
    }
  });
});

describe('questionnaire', () => {
  test('asks the agreed questions with the agreed options, in order', () => {
    const asked = groups.map(({ linkId, item = [] }) => [
      linkId,
      item.map((question) => [question.linkId, codesOf(question).join(' ')]),
    ]);
    expect(asked).toEqual(Object.entries(EXPECTED).map(([group, list]) => [group, Object.entries(list)]));
  });

  test('has each linkId once, and adds nothing to the questions but help', () => {
    const linkIds = items.map(({ linkId }) => linkId);
    expect(new Set(linkIds).size).toBe(linkIds.length);
    for (const question of questions) {
      for (const child of question.item ?? []) {
        expect(child).toMatchObject({ linkId: `${question.linkId}-help`, type: 'display' });
        expect(child.extension?.[0]?.valueCodeableConcept?.coding?.[0]?.code).toBe('help');
      }
    }
  });

  test('has a text on every item and only coded choices and two numbers', () => {
    expect(items.filter(({ text }) => !text)).toEqual([]);
    for (const question of questions) {
      expect([question.linkId, question.type]).toEqual([
        question.linkId,
        ['onset-age', 'pain-intensity'].includes(question.linkId) ? 'integer' : 'choice',
      ]);
    }
  });

  test('bounds its numbers', () => {
    const bounds = questions
      .filter(({ type }) => type === 'integer')
      .map((question) => [question.linkId, integerOf(question, 'minValue'), integerOf(question, 'maxValue')]);
    expect(bounds).toEqual([
      ['onset-age', 1, 110],
      ['pain-intensity', 0, 10],
    ]);
  });

  test('requires the safety questions only', () => {
    const required = items.filter((item) => item.required).map(({ linkId }) => linkId);
    expect(required).toEqual(['safety', 'red-flag-emergency', 'red-flag-urgent', 'eye-symptoms-now']);
  });

  test('repeats and excludes exactly where agreed', () => {
    const repeating = questions.filter(({ repeats }) => repeats);
    expect(repeating.map(({ linkId }) => linkId)).toEqual(Object.keys(REPEATING));
    const exclusive = questions.map(({ linkId, answerOption = [] }) => [
      linkId,
      answerOption
        .filter(({ extension = [] }) =>
          extension.some(
            ({ url, valueBoolean }) => url === `${HL7}/questionnaire-optionExclusive` && valueBoolean,
          ),
        )
        .map(({ valueCoding }) => valueCoding?.code),
    ]);
    expect(exclusive.filter(([, codes]) => codes?.length)).toEqual(
      Object.entries(REPEATING).filter(([, codes]) => codes.length),
    );
  });

  test('enables exactly where agreed, by an answer of an earlier question', () => {
    const enabled = items
      .filter(({ enableWhen }) => enableWhen)
      .map(({ linkId, enableWhen = [], enableBehavior }) => {
        expect(enableBehavior).toBe('any');
        const earlier = items.slice(
          0,
          items.findIndex((item) => item.linkId === linkId),
        );
        for (const { question, operator, answerCoding } of enableWhen) {
          const asked = earlier.find((item) => item.linkId === question);
          expect(asked && codesOf(asked)).toContain(answerCoding?.code);
          expect([operator, answerCoding?.system]).toEqual(['=', ANSWERS]);
        }
        const [first] = enableWhen;
        expect(new Set(enableWhen.map(({ question }) => question)).size).toBe(1);
        return [
          linkId,
          [first?.question, enableWhen.map(({ answerCoding }) => answerCoding?.code).join(' ')],
        ];
      });
    expect(Object.fromEntries(enabled)).toEqual(ENABLED_BY);
  });

  test('offers "unknown" in every list', () => {
    for (const question of questions.filter(({ type }) => type === 'choice')) {
      expect([question.linkId, codesOf(question).at(-1)]).toEqual([question.linkId, 'unknown']);
    }
  });
});

describe('answers', () => {
  const displays = new Map(codeSystem('answers').concept?.map(({ code, display }) => [code, display]));
  const options = questions.flatMap(({ answerOption = [] }) => answerOption);

  test('have one display per code, the same in the questionnaire and the code system', () => {
    for (const { valueCoding } of options) {
      expect({ ...valueCoding, _display: undefined }).toEqual({
        system: ANSWERS,
        code: valueCoding?.code,
        display: displays.get(valueCoding?.code ?? ''),
      });
    }
  });

  test('never share a display between two codes', () => {
    expect(new Set(displays.values()).size).toBe(displays.size);
  });

  test('are all offered somewhere', () => {
    expect(conceptsOf('answers')).toEqual([...new Set(options.map(({ valueCoding }) => valueCoding?.code))]);
  });
});

describe('code systems', () => {
  test.each(codeSystems.map(({ id }) => id))(
    '%s is complete: unique short codes with displays, and a true count',
    (id) => {
      const { count, content, caseSensitive, ...system } = codeSystem(id);
      const concept = allConcepts(system.concept);
      expect({ count, content, caseSensitive }).toEqual({
        count: concept.length,
        content: 'complete',
        caseSensitive: true,
      });
      expect(new Set(conceptsOf(id)).size).toBe(concept.length);
      expect(concept.filter(({ code, display }) => !/^[a-z0-9-]{1,31}$/.test(code) || !display)).toEqual([]);
    },
  );

  test('only what patients are told is nested, and its parts are parts', () => {
    const nested = codeSystems.filter(({ concept = [] }) => concept.some((one) => one.concept));
    expect(nested.map(({ id, hierarchyMeaning }) => [id, hierarchyMeaning])).toEqual([
      ['patient-information', 'part-of'],
    ]);
  });

  test('issues has exactly the details codes that the service returns', () => {
    expect(conceptsOf('issues')).toEqual(DETAILS_CODES);
  });

  test('findings has the agreed facts, components and red flags', () => {
    const facts =
      'chronic-pain insidious-onset morning-stiffness morning-stiffness-over-30-min improves-with-exercise no-improvement-with-rest night-pain night-pain-eased-by-rising wakes-second-half wakes-second-half-only alternating-buttock-pain buttock-pain low-back-pain nsaid-good-response nsaid-any-improvement peripheral-arthritis enthesitis dactylitis uveitis psoriasis inflammatory-bowel-disease family-spa-first-degree family-spa-any-degree hla-b27-positive crp-esr-raised sacroiliitis-on-imaging onset-age pain-intensity';
    const components =
      'onset-before-35 onset-before-40 exercise-not-rest peripheral-manifestation extra-articular-manifestation onset-before-45 family-as crp-raised pain-over-5-years inflammatory-back-pain gate verdict decision score-maximum threshold verdict-without-tests imaging-arm clinical-arm';
    const emergency = codesOf(questions[0] as QuestionnaireItem).slice(0, -2);
    const urgent = codesOf(questions[1] as QuestionnaireItem).slice(0, -2);
    const combined =
      'axspa-with-injury eye-symptoms-now cancer-with-severe-pain cancer-with-upper-spine-pain infection-risk-with-pain axspa-with-deformity emergency-signs-unsure urgent-signs-unsure upper-back-pain-alone';
    expect(conceptsOf('findings').join(' ')).toBe(
      [facts, components, 'red-flag-urgency', ...emergency, ...urgent, combined].join(' '),
    );
  });

  test('criteria-sets has the panel and the eleven sets', () => {
    expect(conceptsOf('criteria-sets').join(' ')).toBe(
      'axspa-screening-panel calin-1977 asas-ibp-2009 berlin-2006-8a berlin-2006-8b nice-ng65 asas-referral-2015 brandt-2007 master radar-2of3 cafaspa asas-axspa-2009',
    );
  });

  test('verdicts has the agreed codes', () => {
    expect(conceptsOf('verdicts').join(' ')).toBe(
      'met not-met indeterminate not-applicable refer test-hla-b27 gate-not-met present absent emergency same-day urgent-days none-reported',
    );
  });
});

describe('value sets', () => {
  const named = (id: string) => valueSets.find((valueSet) => valueSet.id === id);
  const choices = questions.filter(({ type }) => type === 'choice');
  const valueSetOf = (linkId: string) => SHARED[linkId] ?? `${linkId}-answers`;
  const whole = ['findings', 'verdicts', 'criteria-sets'];

  test.each(choices.map((question) => [question.linkId, question] as const))(
    'the options of %s are mirrored in order',
    (linkId, question) => {
      const concept = codesOf(question).map((code) => ({ code }));
      expect(named(valueSetOf(linkId))?.compose?.include).toEqual([{ system: ANSWERS, concept }]);
    },
  );

  test.each(whole)('%s includes its whole code system', (id) => {
    expect(named(id)?.compose?.include).toEqual([{ system: `${BASE}/CodeSystem/${id}` }]);
    expect(codeSystem(id).valueSet).toBe(`${BASE}/ValueSet/${id}`);
  });

  test('there are no others', () => {
    const expected = new Set([...choices.map(({ linkId }) => valueSetOf(linkId)), ...whole]);
    expect(valueSets.map(({ id }) => id).sort()).toEqual([...expected].sort());
  });
});
