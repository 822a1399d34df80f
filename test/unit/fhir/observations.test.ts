import { describe, expect, test } from '@jest/globals';
import type { Observation } from 'fhir/r4.js';
import { toObservations } from '../../../src/fhir/observations.js';
import { score } from '../../../src/scoring/score.js';
import { type Answers, worked, workedCases } from '../../support/contract-responses.js';
import {
  codeOf,
  components,
  display,
  noteOf,
  observationsOf,
  one,
  rules,
  said,
  software,
} from '../../support/fhir-content.js';
import { dropDisabled, type Response } from '../../support/scoring-questions.js';
import { createRandom } from '../../support/scoring-random.js';
import { randomResponse } from '../../support/scoring-responses.js';

const BASE = 'https://w3id.org/axspa-screening';
const FINDINGS = `${BASE}/CodeSystem/findings`;
const SETS = `${BASE}/CodeSystem/criteria-sets`;
const VERDICTS = `${BASE}/CodeSystem/verdicts`;
const DISCLAIMER = 'Screening aid, not a diagnosis.';
const words = (text: string) => text.trim().split(/\s+/);
const codesIn = (observations: readonly Observation[]) =>
  observations.map(({ id }) => id?.replace('r1.', ''));
const concept = (system: string, code: string) => ({
  coding: [{ system, code, display: display(system, code) }],
});

/** contract.md §3 and §4, in order. */
const SET_IDS = words(`calin-1977 asas-ibp-2009 berlin-2006-8a berlin-2006-8b nice-ng65 asas-referral-2015
  brandt-2007 master radar-2of3 cafaspa asas-axspa-2009`);
const FACTS = words(`chronic-pain insidious-onset morning-stiffness morning-stiffness-over-30-min
  improves-with-exercise no-improvement-with-rest night-pain night-pain-eased-by-rising wakes-second-half
  wakes-second-half-only alternating-buttock-pain buttock-pain low-back-pain nsaid-good-response
  nsaid-any-improvement peripheral-arthritis enthesitis dactylitis uveitis psoriasis
  inflammatory-bowel-disease family-spa-first-degree family-spa-any-degree hla-b27-positive crp-esr-raised
  sacroiliitis-on-imaging onset-age pain-intensity`);
const SAFE: Answers = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
};
const FULL: Answers = {
  ...worked('D1'),
  'pain-intensity': 0,
  'day-pattern': 'better',
  'other-symptoms': ['fatigue'],
};

describe('which', () => {
  test('the panel, the red flags, the sets, then the facts', () => {
    expect(codesIn(observationsOf(FULL))).toEqual([
      'axspa-screening-panel',
      'red-flag-urgency',
      ...SET_IDS,
      ...FACTS,
    ]);
  });

  test('no fact whose questions are blank', () => {
    expect(codesIn(observationsOf(SAFE))).toEqual(['axspa-screening-panel', 'red-flag-urgency', ...SET_IDS]);
  });

  test.each<[Answers, string]>([
    [{ 'pain-duration': 'unknown' }, 'chronic-pain'],
    [{ 'pain-location': ['neck'] }, 'buttock-pain low-back-pain'],
    [
      { 'night-waking': 'never' },
      'night-pain night-pain-eased-by-rising wakes-second-half wakes-second-half-only',
    ],
    [{ 'peripheral-features': ['none'] }, 'peripheral-arthritis enthesitis dactylitis'],
    [
      { 'diagnosed-conditions': ['unknown'] },
      'peripheral-arthritis uveitis psoriasis inflammatory-bowel-disease',
    ],
    [{ 'family-first-degree': ['ibd'] }, 'family-spa-first-degree family-spa-any-degree'],
    [{ 'hla-b27': 'not-tested' }, 'hla-b27-positive'],
    [{ 'onset-age': 1 }, 'onset-age'],
    [{ 'pain-intensity': 0 }, 'pain-intensity'],
    [{ 'day-pattern': 'better', 'other-symptoms': ['fatigue'] }, ''],
  ])('%j: %s', (more, codes) => {
    const facts = codesIn(observationsOf({ ...SAFE, ...more })).slice(2 + SET_IDS.length);
    expect(facts).toEqual(words(codes).filter(Boolean));
  });
});

describe('frame', () => {
  const encounter = { reference: 'Encounter/e1', display: 'Visit' };
  const frame = (system: string, code: string, profile: string, note: string) => ({
    resourceType: 'Observation',
    id: `r1.${code}`,
    meta: { profile: [`${BASE}/StructureDefinition/${profile}-observation`] },
    identifier: [{ system: `${BASE}/observation`, value: `r1.${code}` }],
    status: 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'survey',
            display: 'Survey',
          },
        ],
      },
    ],
    code: concept(system, code),
    subject: { reference: 'Patient/p1', display: 'Pat' },
    encounter,
    effectiveDateTime: '2026-05-04T09:30:00.5+02:00',
    method: { text: 'Rule set 6.5.4, computed from the questionnaire response' },
    device: {
      identifier: { system: `${BASE}/software`, value: 'axspa-screening|9.8.7' },
      display: 'axspa-screening 9.8.7',
    },
    derivedFrom: [{ reference: 'QuestionnaireResponse/r1' }],
    note: [{ text: note }],
  });
  const all = observationsOf(FULL, { encounter });

  test('a fact, to the letter', () => {
    expect(one(all, 'hla-b27-positive')).toEqual({
      ...frame(
        FINDINGS,
        'hla-b27-positive',
        'finding',
        `Not known; answered is: hla-b27 = not-tested. ${DISCLAIMER}`,
      ),
      dataAbsentReason: {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason',
            code: 'not-performed',
            display: 'Not Performed',
          },
        ],
      },
    });
    expect(one(all, 'chronic-pain')).toEqual({
      ...frame(
        FINDINGS,
        'chronic-pain',
        'finding',
        `From pain-duration = 3-months-to-5-years. ${DISCLAIMER}`,
      ),
      valueCodeableConcept: concept(VERDICTS, 'present'),
    });
  });

  test('the measures, with the code that others know them by', () => {
    const age = frame(FINDINGS, 'onset-age', 'finding', `From onset-age = 28. ${DISCLAIMER}`);
    expect(one(all, 'onset-age')).toEqual({
      ...age,
      code: {
        coding: [
          ...age.code.coding,
          {
            system: 'http://snomed.info/sct',
            code: '445518008',
            display: 'Age at onset of clinical finding (observable entity)',
          },
        ],
      },
      valueQuantity: { value: 28, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' },
    });
    const pain = frame(FINDINGS, 'pain-intensity', 'finding', `From pain-intensity = 0. ${DISCLAIMER}`);
    expect(one(all, 'pain-intensity')).toEqual({
      ...pain,
      code: {
        coding: [
          ...pain.code.coding,
          {
            system: 'http://loinc.org',
            code: '72514-3',
            display: 'Pain severity - 0-10 verbal numeric rating [Score] - Reported',
          },
        ],
      },
      valueInteger: 0,
    });
  });

  test('the red flags, to the letter', () => {
    const note = `No red flag reported. That does not mean that there is none. ${DISCLAIMER}`;
    expect(one(all, 'red-flag-urgency')).toEqual({
      ...frame(FINDINGS, 'red-flag-urgency', 'red-flag', note),
      valueCodeableConcept: concept(VERDICTS, 'none-reported'),
    });
  });

  test('a criteria set', () => {
    expect(one(all, 'radar-2of3')).toMatchObject(
      frame(SETS, 'radar-2of3', 'criteria-set', `2 of 3 present: met. ${DISCLAIMER}`),
    );
  });

  test('the panel: no value of its own, and every other as a member', () => {
    const plain = observationsOf(worked('P3'), { encounter });
    const members = codesIn(plain).slice(1);
    expect(plain[0]).toEqual({
      ...frame(SETS, 'axspa-screening-panel', 'panel', DISCLAIMER),
      hasMember: members.map((code) => ({ reference: `Observation/r1.${code}` })),
    });
    expect(members).toHaveLength(1 + 11 + 23);
  });

  test('no encounter, none copied', () => {
    for (const observation of observationsOf(FULL)) expect(observation).not.toHaveProperty('encounter');
  });
});

describe('of every Observation of every worked case', () => {
  test.each(Object.keys(workedCases))('%s', (name) => {
    const observations = observationsOf(worked(name));
    expect(observations.length).toBeGreaterThanOrEqual(13);
    expect(new Set(codesIn(observations)).size).toBe(observations.length);
    for (const observation of observations) {
      const values = Object.keys(observation).filter((key) => key.startsWith('value'));
      const isPanel = observation.id === 'r1.axspa-screening-panel';
      const absent = 'dataAbsentReason' in observation ? 1 : 0;
      expect(values.length + absent).toBe(isPanel ? 0 : 1);
      for (const element of ['referenceRange', 'performer', 'issued', 'text', 'effectivePeriod'])
        expect(observation).not.toHaveProperty(element);
      expect(noteOf(observation).endsWith(DISCLAIMER)).toBe(true);
      expect(observation.id?.length).toBeLessThanOrEqual(64);
      const own = observation.code.coding?.[0];
      for (const component of observation.component ?? []) {
        const told = Object.keys(component).filter(
          (key) => key.startsWith('value') || key === 'dataAbsentReason',
        );
        expect(told).toHaveLength(1);
        expect(component.code.coding?.[0]).not.toMatchObject({ system: own?.system, code: own?.code });
      }
    }
  });

  test('only the two measures have a code of LOINC or SNOMED CT', () => {
    const coded = observationsOf(FULL).filter(({ code }) => (code.coding?.length ?? 0) !== 1);
    expect(codesIn(coded)).toEqual(['onset-age', 'pain-intensity']);
  });
});

describe('status', () => {
  test.each([
    ['completed', 'final'],
    ['stopped', 'final'],
    ['amended', 'amended'],
  ] as const)('of a response that is %s: %s', (status, expected) => {
    const observations = observationsOf(FULL, { status });
    expect(new Set(observations.map((each) => each.status))).toEqual(new Set([expected]));
    expect(codesIn(observations)).toEqual(codesIn(observationsOf(FULL)));
  });

  test('a response that was stopped is scored as far as it goes', () => {
    const observations = observationsOf({ 'onset-age': 30 }, { status: 'stopped' });
    expect(codesIn(observations)).toEqual([
      'axspa-screening-panel',
      'red-flag-urgency',
      ...SET_IDS,
      'onset-age',
    ]);
    expect(said(one(observations, 'calin-1977'))).toBe(1);
    expect(said(one(observations, 'red-flag-urgency'))).toBe('?unknown');
  });

  test('a draft gives its red flags alone, and only if there are any', () => {
    const flagged: Answers = { ...FULL, 'red-flag-emergency': ['leg-weakness'] };
    const [draft, ...more] = observationsOf(flagged, { status: 'in-progress' });
    expect(more).toEqual([]);
    expect(draft).toEqual({ ...one(observationsOf(flagged), 'red-flag-urgency'), status: 'preliminary' });
    expect(observationsOf(FULL, { status: 'in-progress' })).toEqual([]);
    expect(observationsOf({}, { status: 'in-progress' })).toEqual([]);
  });

  test('a response that was entered in error gives none', () => {
    expect(
      observationsOf({ ...FULL, 'red-flag-emergency': ['leg-weakness'] }, { status: 'entered-in-error' }),
    ).toEqual([]);
  });
});

describe('facts', () => {
  test.each<[Answers, string, string | number]>([
    [{ 'pain-duration': 'over-5-years' }, 'chronic-pain', 'present'],
    [{ 'pain-duration': 'under-3-months' }, 'chronic-pain', 'absent'],
    [{ 'pain-duration': 'unknown' }, 'chronic-pain', '?asked-unknown'],
    [{ 'hla-b27': 'not-tested' }, 'hla-b27-positive', '?not-performed'],
    [{ 'hla-b27': 'positive' }, 'hla-b27-positive', 'present'],
    [{ 'si-imaging': 'normal' }, 'sacroiliitis-on-imaging', 'absent'],
    [{ 'nsaid-response': 'a-little-better' }, 'nsaid-good-response', 'absent'],
    [{ 'nsaid-response': 'a-little-better' }, 'nsaid-any-improvement', 'present'],
    [{ 'nsaid-response': 'not-taken' }, 'nsaid-any-improvement', '?not-performed'],
    [{ 'pain-location': ['neck'] }, 'buttock-pain', '?unknown'],
    [{ 'pain-location': ['buttock'] }, 'buttock-pain', 'present'],
    [{ 'pain-location': ['buttock'], 'buttock-pain': 'none' }, 'buttock-pain', '?unknown'],
    [{ 'night-waking': 'never' }, 'night-pain-eased-by-rising', 'absent'],
    [{ 'night-waking': 'first-half' }, 'night-pain-eased-by-rising', '?unknown'],
    [{ 'peripheral-features': ['joint-swelling', 'unknown'] }, 'peripheral-arthritis', 'present'],
    [{ 'peripheral-features': ['joint-swelling', 'unknown'] }, 'enthesitis', '?asked-unknown'],
    [{ 'peripheral-features': ['joint-swelling'] }, 'enthesitis', 'absent'],
    [{ 'onset-age': 110 }, 'onset-age', 110],
    [{ 'pain-intensity': 0 }, 'pain-intensity', 0],
    [{ 'pain-intensity': 10 }, 'pain-intensity', 10],
  ])('%j: %s is %s', (more, code, expected) => {
    expect(said(one(observationsOf({ ...SAFE, ...more }), code))).toBe(expected);
  });

  test('notes name the answers behind them, blanks left out', () => {
    const observations = observationsOf({
      ...SAFE,
      'peripheral-features': ['heel-pain', 'unknown'],
      'diagnosed-conditions': ['psoriatic-arthritis'],
    });
    expect(noteOf(one(observations, 'peripheral-arthritis'))).toBe(
      `From diagnosed-conditions = psoriatic-arthritis. ${DISCLAIMER}`,
    );
    expect(noteOf(one(observations, 'enthesitis'))).toBe(
      `From peripheral-features = heel-pain, unknown. ${DISCLAIMER}`,
    );
  });

  test('a question that was never asked says so', () => {
    const answers = {
      given: new Map([['family-second-degree', ['unknown']]]),
      disabled: new Set(['hla-b27']),
    };
    const source = {
      id: 'r1',
      response: { resourceType: 'QuestionnaireResponse', status: 'stopped' },
      subject: {},
    } as const;
    const observations = toObservations(source, score(rules, answers, null), { display, software });
    expect(components(one(observations, 'brandt-2007'))).toContain('hla-b27-positive: ?not-asked');
    for (const observation of observations) expect(observation).not.toHaveProperty('effectiveDateTime');
  });
});

describe('red flags', () => {
  const flagsOf = (more: Answers) =>
    one(observationsOf({ ...SAFE, ...more }, { status: 'stopped' }), 'red-flag-urgency');
  const without = (linkId: string): Answers =>
    Object.fromEntries(Object.entries(SAFE).filter(([name]) => name !== linkId));

  test.each<[Answers, string, string[], string[]]>([
    [{}, 'none-reported', [], []],
    [{ 'eye-symptoms-now': 'unknown' }, '?asked-unknown', [], []],
    [{ 'red-flag-emergency': ['leg-weakness'] }, 'emergency', ['AA'], ['leg-weakness: emergency']],
    [{ 'red-flag-urgent': ['fever'] }, 'same-day', ['AA'], ['fever: same-day']],
    [{ 'red-flag-urgent': ['weight-loss'] }, 'urgent-days', ['A'], ['weight-loss: urgent-days']],
    [{ 'eye-symptoms-now': 'yes' }, 'same-day', ['AA'], ['eye-symptoms-now: same-day']],
    [{ 'red-flag-emergency': ['unknown'] }, 'same-day', ['AA'], ['emergency-signs-unsure: same-day']],
    [{ 'red-flag-urgent': ['unknown'] }, 'urgent-days', ['A'], ['urgent-signs-unsure: urgent-days']],
    [
      { 'red-flag-urgent': ['weight-loss', 'fever'], 'red-flag-emergency': ['chest-pain'] },
      'emergency',
      ['AA'],
      ['chest-pain: emergency', 'fever: same-day', 'weight-loss: urgent-days'],
    ],
    [
      { 'red-flag-urgent': ['minor-injury'], 'diagnosed-conditions': ['axial-spa'] },
      'emergency',
      ['AA'],
      ['axspa-with-injury: emergency', 'minor-injury: urgent-days'],
    ],
    [
      { 'red-flag-urgent': ['cancer-history'], 'night-waking': 'first-half' },
      'same-day',
      ['AA'],
      ['cancer-with-severe-pain: same-day', 'cancer-history: urgent-days'],
    ],
    [{ 'pain-location': ['upper-back'] }, 'urgent-days', ['A'], ['upper-back-pain-alone: urgent-days']],
  ])('%j', (more, urgency, interpretation, flags) => {
    const observation = flagsOf(more);
    expect(said(observation)).toBe(urgency);
    expect((observation.interpretation ?? []).map(codeOf)).toEqual(interpretation);
    expect(components(observation)).toEqual(flags);
    expect('component' in observation).toBe(flags.length > 0);
  });

  test.each(Object.keys(SAFE))('without %s it is not known', (linkId) => {
    const observation = one(observationsOf(without(linkId), { status: 'stopped' }), 'red-flag-urgency');
    expect(said(observation)).toBe('?unknown');
    expect(observation).not.toHaveProperty('interpretation');
    expect(noteOf(observation)).toBe(
      `Careful: safety questions not fully answered: ${linkId}. ${DISCLAIMER}`,
    );
  });

  test('the highest level stands though other safety answers are missing', () => {
    const answers: Answers = { 'red-flag-urgent': ['fever'] };
    const observation = one(observationsOf(answers, { status: 'stopped' }), 'red-flag-urgency');
    expect(said(observation)).toBe('same-day');
    expect(noteOf(observation)).toBe(
      `Present: fever. Careful: safety questions not fully answered: red-flag-emergency, eye-symptoms-now. ${DISCLAIMER}`,
    );
  });

  test('what must be said at once is in the note', () => {
    expect(
      noteOf(flagsOf({ 'red-flag-emergency': ['leg-weakness'], 'red-flag-urgent': ['cancer-history'] })),
    ).toContain('With a history of cancer, consider compression of the spinal cord.');
    expect(
      noteOf(flagsOf({ 'red-flag-emergency': ['major-trauma'], 'diagnosed-conditions': ['axial-spa'] })),
    ).toContain('do not bend or straighten the neck');
  });
});

describe('what a fact was made from', () => {
  const random = createRandom(654);
  const drawn = Array.from({ length: 300 }, () =>
    dropDisabled(randomResponse(random, { blank: random.next(), unsure: random.next() })),
  );
  /** As plain answers, in the shape that the helper takes. */
  const plain = (response: Response): Answers =>
    Object.fromEntries(
      Object.entries(response).map(([linkId, answer]) => [
        linkId,
        typeof answer === 'object' ? [...answer] : answer,
      ]),
    );

  test('names an answer, whatever was answered; what is not known says so', () => {
    const seen = { known: 0, unknown: 0 };
    for (const answers of [...Object.values(workedCases), ...drawn.map(plain)]) {
      for (const observation of observationsOf(answers, { status: 'stopped' })) {
        const note = noteOf(observation);
        expect(note).not.toMatch(/From \.|answered is: \.|undefined/);
        const isFact = observation.code.coding?.[0]?.system === FINDINGS;
        if (!isFact || observation.id === 'r1.red-flag-urgency') continue;
        const isUnknown = observation.dataAbsentReason !== undefined;
        const form = isUnknown ? /^Not known; answered is: [a-z0-9-]+ = / : /^From [a-z0-9-]+ = /;
        expect(note).toMatch(form);
        seen[isUnknown ? 'unknown' : 'known'] += 1;
      }
    }
    expect(Math.min(seen.known, seen.unknown)).toBeGreaterThan(500);
  });

  test('every question it can look at is named where it is not known', () => {
    const note = (answers: Answers, code: string) =>
      noteOf(one(observationsOf({ ...SAFE, ...answers }), code));
    expect(note({ 'pain-location': ['neck'] }, 'buttock-pain')).toBe(
      `Not known; answered is: pain-location = neck. ${DISCLAIMER}`,
    );
    expect(note({ 'buttock-pain': 'none', 'pain-location': ['neck', 'buttock'] }, 'buttock-pain')).toBe(
      `Not known; answered is: buttock-pain = none; pain-location = neck, buttock. ${DISCLAIMER}`,
    );
  });
});

describe('the panel’s note', () => {
  const panelNote = (answers: Answers, more?: Parameters<typeof observationsOf>[1]) =>
    noteOf(one(observationsOf(answers, more), 'axspa-screening-panel'));

  test('says where sets disagree, and on what', () => {
    expect(panelNote(worked('D9'))).toMatch(
      /^Met: calin-1977, .*Not met: asas-ibp-2009, .*asas-ibp-2009: Age at onset under 40 years; Pain at night/,
    );
  });

  test.each<[string, Answers, { min: number; max: number } | undefined, string]>([
    ['already diagnosed', { 'diagnosed-conditions': ['axial-spa'] }, undefined, 'is already diagnosed'],
    ['under 16', { 'onset-age': 12 }, { min: 15, max: 15 }, 'Under 16 years of age'],
    ['50 and over', {}, { min: 50, max: 51 }, 'Aged 50 or more'],
    ['outside 18 to 45', {}, { min: 46, max: 46 }, 'aged 18 to 45'],
    [
      'begun long ago and just now',
      { 'pain-duration': 'under-3-months' },
      { min: 30, max: 30 },
      'begun under 3 months ago',
    ],
    ['no low back', { 'pain-location': ['neck'] }, undefined, 'The low back was not named'],
  ])('warns: %s', (_name, more, age, text) => {
    expect(panelNote({ ...worked('D1'), ...more }, age && { age })).toContain(text);
    expect(panelNote(worked('D1'), { age: { min: 28, max: 29 } })).not.toContain(text);
  });
});
