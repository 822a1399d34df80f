import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { CodeSystem } from 'fhir/r4.js';
import { isOpenAnswer } from '../../../src/scoring/absence.js';
import { type Answer, type Condition, type Leaf, leaves, linkIdOf } from '../../../src/scoring/condition.js';
import { facts, measures, tests } from '../../../src/scoring/criteria/findings.js';
import { redFlags, safetyQuestions } from '../../../src/scoring/red-flags.js';
import { createRuleSet, createView, definitionsOf, isFindingCode } from '../../../src/scoring/rule-set.js';
import { questionOf, questions, type Response, toAnswers } from '../../support/scoring-questions.js';
import { createRandom } from '../../support/scoring-random.js';
import { randomResponse } from '../../support/scoring-responses.js';

const strict = createRuleSet('strict');
const relaxed = createRuleSet('relaxed');
const definitions = definitionsOf(strict);
const findingCodes = Object.keys(strict.findings);

const { concept = [] } = JSON.parse(
  readFileSync(new URL('../../../resources/CodeSystem-findings.json', import.meta.url), 'utf8'),
) as CodeSystem;
const published = new Set(concept.map(({ code }) => code));

/** contract.md §3, row by row: threshold, of, gate facts, criteria. */
const TABLE: readonly (readonly [string, number | null, number, string, string])[] = [
  [
    'calin-1977',
    4,
    5,
    '',
    'onset-before-40, chronic-pain, insidious-onset, morning-stiffness, improves-with-exercise',
  ],
  [
    'asas-ibp-2009',
    4,
    5,
    'chronic-pain',
    'onset-before-40, insidious-onset, improves-with-exercise, no-improvement-with-rest, night-pain-eased-by-rising',
  ],
  [
    'berlin-2006-8a',
    2,
    4,
    'chronic-pain',
    'morning-stiffness-over-30-min, exercise-not-rest, wakes-second-half-only, alternating-buttock-pain',
  ],
  [
    'berlin-2006-8b',
    3,
    4,
    'chronic-pain',
    'morning-stiffness-over-30-min, exercise-not-rest, wakes-second-half-only, alternating-buttock-pain',
  ],
  [
    'nice-ng65',
    4,
    9,
    'low-back-pain, chronic-pain, onset-before-45',
    'onset-before-35, wakes-second-half, buttock-pain, improves-with-exercise, nsaid-any-improvement, family-spa-first-degree, peripheral-arthritis, enthesitis, psoriasis',
  ],
  [
    'asas-referral-2015',
    1,
    8,
    'chronic-pain, onset-before-45',
    'inflammatory-back-pain, hla-b27-positive, sacroiliitis-on-imaging, peripheral-manifestation, extra-articular-manifestation, family-spa-any-degree, nsaid-good-response, crp-esr-raised',
  ],
  [
    'brandt-2007',
    1,
    3,
    'low-back-pain, chronic-pain, onset-before-45',
    'inflammatory-back-pain, hla-b27-positive, sacroiliitis-on-imaging',
  ],
  [
    'master',
    2,
    5,
    'chronic-pain, onset-before-45',
    'inflammatory-back-pain, hla-b27-positive, sacroiliitis-on-imaging, family-as, nsaid-good-response',
  ],
  [
    'radar-2of3',
    2,
    3,
    'chronic-pain, onset-before-45',
    'inflammatory-back-pain, nsaid-good-response, extra-articular-manifestation',
  ],
  [
    'cafaspa',
    2,
    4,
    'low-back-pain, chronic-pain, onset-before-45',
    'inflammatory-back-pain, nsaid-any-improvement, family-spa-any-degree, pain-over-5-years',
  ],
  [
    'asas-axspa-2009',
    null,
    11,
    'chronic-pain, onset-before-45',
    'inflammatory-back-pain, peripheral-arthritis, enthesitis, uveitis, dactylitis, psoriasis, inflammatory-bowel-disease, nsaid-good-response, family-spa-any-degree, crp-raised, hla-b27-positive',
  ],
];

/** contract.md §4, without the two numbers. */
const FACTS =
  'chronic-pain · insidious-onset · morning-stiffness · morning-stiffness-over-30-min · improves-with-exercise · no-improvement-with-rest · night-pain · night-pain-eased-by-rising · wakes-second-half · wakes-second-half-only · alternating-buttock-pain · buttock-pain · low-back-pain · nsaid-good-response · nsaid-any-improvement · peripheral-arthritis · enthesitis · dactylitis · uveitis · psoriasis · inflammatory-bowel-disease · family-spa-first-degree · family-spa-any-degree · hla-b27-positive · crp-esr-raised · sacroiliitis-on-imaging';

describe('sets', () => {
  test('are the eleven of the contract, in its order, with its gates, criteria and thresholds', () => {
    const rows = strict.criteriaSets.map(({ id, gate, criteria, rule }) => [
      id,
      'atLeast' in rule ? rule.atLeast : null,
      criteria.length,
      gate.join(', '),
      criteria.map(({ code }) => code).join(', '),
    ]);
    expect(rows).toEqual(TABLE);
  });

  test('only NG65 has a decision table, with HLA-B27 beside the nine', () => {
    const [first, ...more] = strict.criteriaSets.filter(({ rule }) => 'decisions' in rule);
    expect([first?.id, more]).toEqual(['nice-ng65', []]);
    expect(first?.rule).toMatchObject({ test: 'hla-b27-positive' });
  });

  test('only ASAS 2009 has arms; it shows sacroiliitis, then both', () => {
    const armed = strict.criteriaSets.flatMap(({ id, rule }) =>
      'arms' in rule ? [[id, rule.shown.code, ...rule.arms.map(({ code }) => code)]] : [],
    );
    expect(armed).toEqual([['asas-axspa-2009', 'sacroiliitis-on-imaging', 'imaging-arm', 'clinical-arm']]);
  });

  test.each(strict.criteriaSets.map((set) => [set.id, set] as const))(
    '%s names its source, its readings and its rows',
    (_id, { title, citation, readings, criteria }) => {
      expect(title.length).toBeGreaterThan(5);
      expect(citation).toMatch(/\b(19|20)\d\d\b/);
      expect(readings?.length).toBeGreaterThan(0);
      for (const { code, text } of criteria)
        expect([code, text]).toEqual([code, expect.stringMatching(/\S/)]);
    },
  );

  test('the readings that a clinician should confirm are named where they count', () => {
    const named = (words: RegExp) =>
      strict.criteriaSets
        .filter(({ readings = [] }) => readings.some((text) => words.test(text)))
        .map(({ id }) => id);
    expect(named(/little relief/)).toEqual(['nice-ng65', 'cafaspa']);
    expect(named(/Buttock-only/)).toEqual(['nice-ng65', 'brandt-2007', 'cafaspa']);
    expect(named(/Varies/)).toEqual(TABLE.map(([id]) => id));
    expect(named(/Weeks/)).toEqual(['calin-1977', 'asas-ibp-2009']);
    expect(named(/psoriatic arthritis/)).toEqual([
      'nice-ng65',
      'asas-referral-2015',
      'radar-2of3',
      'asas-axspa-2009',
    ]);
    expect(named(/“Only”/)).toEqual(['berlin-2006-8a', 'berlin-2006-8b']);
  });
});

describe('codes', () => {
  test('facts are those of the contract, in its order; and two numbers', () => {
    expect(facts.join(' · ')).toBe(FACTS);
    expect(strict.facts).toEqual(facts);
    expect(measures).toEqual(['onset-age', 'pain-intensity']);
    for (const linkId of measures) expect(questionOf(linkId).kind).toBe('number');
  });

  test('tests are the laboratory and imaging findings', () => {
    expect([...tests].sort()).toEqual([
      'crp-esr-raised',
      'crp-raised',
      'hla-b27-positive',
      'sacroiliitis-on-imaging',
    ]);
  });

  test('every code of the rules is published', () => {
    const arms = strict.criteriaSets.flatMap(({ rule }) =>
      'arms' in rule ? rule.arms.map(({ code }) => code) : [],
    );
    const used = [...findingCodes, ...measures, ...arms, ...redFlags.map(({ code }) => code)];
    expect(used.filter((code) => !published.has(code))).toEqual([]);
    expect(new Set(redFlags.map(({ code }) => code)).size).toBe(redFlags.length);
  });

  test('every published finding is a fact, a criterion or a gate fact of some set', () => {
    const inSets = strict.criteriaSets.flatMap(({ gate, criteria, rule }) => [
      ...gate,
      ...criteria.map(({ code }) => code),
      ...('shown' in rule ? [rule.shown.code] : []),
    ]);
    const known = new Set<string>([...facts, ...inSets]);
    expect(findingCodes.filter((code) => !known.has(code))).toEqual([]);
  });

  test('no other string is a finding code', () => {
    expect(findingCodes.every(isFindingCode)).toBe(true);
    for (const code of ['verdict', 'toString', '__proto__', '']) expect(isFindingCode(code)).toBe(false);
    const view = createView(strict, toAnswers({}));
    expect(() => view.finding('verdict')).toThrow('No finding "verdict"');
    expect(() => view.meets('no-such-set')).toThrow('No criteria set "no-such-set"');
    expect(() => view.meets('asas-axspa-2009')).toThrow('not counted');
  });
});

describe('night pain variant', () => {
  test('changes one finding and nothing else', () => {
    const differing = findingCodes.filter(
      (code) =>
        JSON.stringify(strict.findings[code as never]) !== JSON.stringify(relaxed.findings[code as never]),
    );
    expect(differing).toEqual(['wakes-second-half-only']);
    expect([strict.nightPainVariant, relaxed.nightPainVariant]).toEqual(['strict', 'relaxed']);
    expect(relaxed.criteriaSets).toBe(strict.criteriaSets);
  });

  test('waking in both halves counts only in the relaxed one; the rest is the same', () => {
    const both = questionOf('night-waking').options.map((waking) => [
      waking,
      ...[strict, relaxed].map(
        (rules) =>
          createView(rules, toAnswers({ 'night-waking': waking })).finding('wakes-second-half-only').finding,
      ),
    ]);
    expect(both).toEqual([
      ['never', 'not-met', 'not-met'],
      ['first-half', 'not-met', 'not-met'],
      ['second-half', 'met', 'met'],
      ['both-halves', 'not-met', 'met'],
      ['pain-no-waking', 'not-met', 'not-met'],
      ['unknown', 'unknown', 'unknown'],
    ]);
  });
});

/** Every rule there is: findings in both variants, arms, red flags. */
const rulesByName: [string, Condition][] = [
  ...Object.entries(strict.findings).map(([code, { when }]): [string, Condition] => [code, when]),
  ['wakes-second-half-only (relaxed)', relaxed.findings['wakes-second-half-only'].when],
  ...strict.criteriaSets.flatMap(({ rule }) =>
    'arms' in rule ? rule.arms.map(({ code, when }): [string, Condition] => [code, when]) : [],
  ),
  ...redFlags.map(({ code, when }): [string, Condition] => [`red flag ${code}`, when]),
];
const leavesByName = rulesByName.map(([name, when]): [string, Leaf[]] => [name, leaves(when, definitions)]);

/** Answers that say something, but not to this finding: clinical.md §13. */
const UNDECIDED: Record<string, readonly string[]> = { 'crp-raised': ['esr-raised', 'raised'] };

function codesIn(leaf: Leaf): readonly string[] {
  if ('oneOf' in leaf) return [...leaf.oneOf[1], ...leaf.oneOf[2]];
  return 'ticked' in leaf ? [...leaf.ticked[1], ...(leaf.ticked[2] ?? [])] : [];
}

describe('what the rules read', () => {
  test.each(leavesByName)('%s: questions and options that exist, of the right kind', (_name, read) => {
    expect(read.length).toBeGreaterThan(0);
    for (const leaf of read) {
      const { kind, options, range } = questionOf(linkIdOf(leaf));
      expect(kind).toBe('oneOf' in leaf ? 'single' : 'ticked' in leaf ? 'multiple' : 'number');
      expect(codesIn(leaf).filter((code) => !options.includes(code))).toEqual([]);
      expect(new Set(codesIn(leaf)).size).toBe(codesIn(leaf).length);
      if ('below' in leaf) expect(leaf.below[1] > range[0] && leaf.below[1] <= range[1]).toBe(true);
    }
  });

  test.each(leavesByName)(
    '%s: every option of a choice is a yes, a no or a documented unknown',
    (name, read) => {
      for (const leaf of read) {
        if (!('oneOf' in leaf)) continue;
        const [linkId, met, notMet] = leaf.oneOf;
        expect([met.length > 0, notMet.length > 0]).toEqual([true, true]);
        const left = questionOf(linkId).options.filter((code) => !codesIn(leaf).includes(code));
        const silent = left.filter((code) => !isOpenAnswer([code]));
        const own = linkId === 'crp-esr-raised' && !met.includes('raised');
        expect([name, silent]).toEqual([name, own ? UNDECIDED['crp-raised'] : []]);
        // The converse: an open word decides nothing, but for stiffness that is there for an unknown time.
        const decided = codesIn(leaf).filter((code) => isOpenAnswer([code]));
        const stiff = met.includes('present-unsure-how-long');
        expect([name, decided]).toEqual([name, stiff ? ['present-unsure-how-long'] : []]);
      }
    },
  );

  test('only CRP and stiffness have such exceptions', () => {
    const crp = leavesByName.filter(([, read]) =>
      read.some(
        (leaf) => 'oneOf' in leaf && leaf.oneOf[0] === 'crp-esr-raised' && !leaf.oneOf[1].includes('raised'),
      ),
    );
    expect(crp.map(([name]) => name)).toEqual(['crp-raised', 'imaging-arm', 'clinical-arm']);
    const stiff = leavesByName.filter(([, read]) =>
      read.some((leaf) => 'oneOf' in leaf && leaf.oneOf[1].includes('present-unsure-how-long')),
    );
    expect(stiff.map(([name]) => name)).toEqual(['morning-stiffness']);
  });

  test('every scored question is read by some finding, and the rest by none', () => {
    const read = new Set(leavesByName.flatMap(([, each]) => each.map(linkIdOf)));
    const unread = questions.map(({ linkId }) => linkId).filter((linkId) => !read.has(linkId));
    expect(unread).toEqual(['day-pattern', 'pain-intensity', 'other-symptoms']);
  });

  test('the safety questions and their "none" exist', () => {
    expect(safetyQuestions).toEqual({
      'red-flag-emergency': 'none',
      'red-flag-urgent': 'none',
      'eye-symptoms-now': 'no',
    });
    for (const [linkId, code] of Object.entries(safetyQuestions)) {
      expect(questionOf(linkId).options).toContain(code);
    }
  });
});

/** clinical.md §13, each row of the first truth table: answers that make it met, and not met. */
const SETTLED: Record<string, readonly [met: Response, notMet: Response]> = {
  'chronic-pain': [{ 'pain-duration': '3-months-to-5-years' }, { 'pain-duration': 'under-3-months' }],
  'pain-over-5-years': [{ 'pain-duration': 'over-5-years' }, { 'pain-duration': '3-months-to-5-years' }],
  'onset-before-35': [{ 'onset-age': 34 }, { 'onset-age': 35 }],
  'onset-before-40': [{ 'onset-age': 39 }, { 'onset-age': 40 }],
  'onset-before-45': [{ 'onset-age': 44 }, { 'onset-age': 45 }],
  'insidious-onset': [{ 'onset-speed': 'weeks' }, { 'onset-speed': 'days' }],
  'morning-stiffness': [
    { 'morning-stiffness': 'present-unsure-how-long' },
    { 'morning-stiffness': 'none-stiff' },
  ],
  'morning-stiffness-over-30-min': [
    { 'morning-stiffness': '31-to-60-min' },
    { 'morning-stiffness': 'up-to-30-min' },
  ],
  'improves-with-exercise': [{ 'exercise-effect': 'better' }, { 'exercise-effect': 'same' }],
  'no-improvement-with-rest': [{ 'rest-effect': 'same' }, { 'rest-effect': 'better' }],
  'exercise-not-rest': [{ 'exercise-effect': 'better', 'rest-effect': 'worse' }, { 'rest-effect': 'better' }],
  'night-pain': [{ 'night-waking': 'pain-no-waking' }, { 'night-waking': 'never' }],
  'night-pain-eased-by-rising': [
    { 'night-waking': 'first-half', 'night-rising-relief': 'yes' },
    { 'night-waking': 'never' },
  ],
  'wakes-second-half': [{ 'night-waking': 'both-halves' }, { 'night-waking': 'first-half' }],
  'wakes-second-half-only': [{ 'night-waking': 'second-half' }, { 'night-waking': 'both-halves' }],
  'alternating-buttock-pain': [{ 'buttock-pain': 'alternating' }, { 'buttock-pain': 'both-sides' }],
  'buttock-pain': [{ 'pain-location': ['buttock'] }, { 'buttock-pain': 'none' }],
  'low-back-pain': [{ 'pain-location': ['buttock'] }, { 'pain-location': ['neck'] }],
  'nsaid-good-response': [{ 'nsaid-response': 'much-better' }, { 'nsaid-response': 'a-little-better' }],
  'nsaid-any-improvement': [{ 'nsaid-response': 'a-little-better' }, { 'nsaid-response': 'no-better' }],
  'peripheral-arthritis': [
    { 'diagnosed-conditions': ['reactive-arthritis'] },
    { 'diagnosed-conditions': ['none'], 'peripheral-features': ['heel-pain'] },
  ],
  enthesitis: [{ 'peripheral-features': ['heel-pain'] }, { 'peripheral-features': ['joint-swelling'] }],
  dactylitis: [{ 'peripheral-features': ['sausage-digit'] }, { 'peripheral-features': ['none'] }],
  uveitis: [{ 'diagnosed-conditions': ['uveitis'] }, { 'diagnosed-conditions': ['psoriasis'] }],
  psoriasis: [{ 'diagnosed-conditions': ['psoriasis'] }, { 'diagnosed-conditions': ['none'] }],
  'inflammatory-bowel-disease': [
    { 'diagnosed-conditions': ['crohn-disease'] },
    { 'diagnosed-conditions': ['uveitis'] },
  ],
  'family-spa-first-degree': [
    { 'family-first-degree': ['reactive-arthritis'] },
    { 'family-first-degree': ['psoriasis', 'ibd', 'uveitis'] },
  ],
  'family-spa-any-degree': [
    { 'family-first-degree': ['none'], 'family-second-degree': ['uveitis'] },
    { 'family-first-degree': ['none'], 'family-second-degree': ['none'] },
  ],
  'family-as': [
    { 'family-first-degree': ['axial-spa'] },
    { 'family-first-degree': ['psoriasis'], 'family-second-degree': ['ibd'] },
  ],
  'hla-b27-positive': [{ 'hla-b27': 'positive' }, { 'hla-b27': 'negative' }],
  'crp-esr-raised': [{ 'crp-esr-raised': 'esr-raised' }, { 'crp-esr-raised': 'normal' }],
  'crp-raised': [{ 'crp-esr-raised': 'crp-raised' }, { 'crp-esr-raised': 'normal' }],
  'sacroiliitis-on-imaging': [{ 'si-imaging': 'sacroiliitis-mri' }, { 'si-imaging': 'normal' }],
  'peripheral-manifestation': [
    { 'peripheral-features': ['sausage-digit'] },
    { 'peripheral-features': ['none'], 'diagnosed-conditions': ['uveitis'] },
  ],
  'extra-articular-manifestation': [
    { 'diagnosed-conditions': ['ulcerative-colitis'] },
    { 'diagnosed-conditions': ['reactive-arthritis'] },
  ],
  'inflammatory-back-pain': [
    {
      'pain-duration': 'over-5-years',
      'onset-age': 20,
      'onset-speed': 'months',
      'exercise-effect': 'better',
      'rest-effect': 'worse',
    },
    { 'pain-duration': 'under-3-months' },
  ],
};

describe('every finding can be settled both ways', () => {
  test('and all are in this table', () => {
    expect(Object.keys(SETTLED).sort()).toEqual([...findingCodes].sort());
  });

  test.each(Object.entries(SETTLED))('%s', (code, [met, notMet]) => {
    const finding = (response: Response) => createView(strict, toAnswers(response)).finding(code);
    expect([finding({}), finding(met), finding(notMet)].map((decision) => decision.finding)).toEqual([
      'unknown',
      'met',
      'not-met',
    ]);
    // The questions that decided it are among those that were answered.
    for (const response of [met, notMet]) {
      expect(finding(response).linkIds.length).toBeGreaterThan(0);
      expect(finding(response).linkIds.filter((linkId) => !(linkId in response))).toEqual([]);
    }
  });
});

/** clinical.md §13 once more, in another hand: plain JavaScript over the answers, three values as true, false, null. */
type Three = boolean | null;
const both = (...of: Three[]): Three => (of.includes(false) ? false : of.includes(null) ? null : true);
const either = (...of: Three[]): Three => (of.includes(true) ? true : of.includes(null) ? null : false);
type Reader = (response: Response) => Three;

function choice(linkId: string, yes: string, no: string): Reader {
  return (response) => {
    const answer = response[linkId] as string | undefined;
    if (answer === undefined) return null;
    return yes.split(' ').includes(answer) ? true : no.split(' ').includes(answer) ? false : null;
  };
}

function tick(linkId: string, yes: string): Reader {
  return (response) => {
    const answer = (response[linkId] ?? []) as readonly Answer[];
    if (answer.some((code) => yes.split(' ').includes(String(code)))) return true;
    return answer.length === 0 || answer.includes('unknown') ? null : false;
  };
}

function under(limit: number): Reader {
  return ({ 'onset-age': age }) => (typeof age === 'number' ? age < limit : null);
}

const ANY_RELATIVE = 'axial-spa psoriatic-arthritis reactive-arthritis psoriasis ibd uveitis';
const oracle: Record<string, Reader> = {
  'chronic-pain': choice('pain-duration', '3-months-to-5-years over-5-years', 'under-3-months'),
  'pain-over-5-years': choice('pain-duration', 'over-5-years', '3-months-to-5-years under-3-months'),
  'onset-before-35': under(35),
  'onset-before-40': under(40),
  'onset-before-45': under(45),
  'insidious-onset': choice('onset-speed', 'weeks months', 'sudden days'),
  'morning-stiffness': choice(
    'morning-stiffness',
    'up-to-30-min 31-to-60-min over-60-min present-unsure-how-long',
    'none-stiff',
  ),
  'morning-stiffness-over-30-min': choice(
    'morning-stiffness',
    '31-to-60-min over-60-min',
    'none-stiff up-to-30-min',
  ),
  'improves-with-exercise': choice('exercise-effect', 'better', 'worse same'),
  'no-improvement-with-rest': choice('rest-effect', 'worse same', 'better'),
  'night-pain': choice('night-waking', 'first-half second-half both-halves pain-no-waking', 'never'),
  'wakes-second-half': choice('night-waking', 'second-half both-halves', 'never first-half pain-no-waking'),
  'wakes-second-half-only': choice(
    'night-waking',
    'second-half',
    'never first-half both-halves pain-no-waking',
  ),
  'alternating-buttock-pain': choice('buttock-pain', 'alternating', 'none one-side both-sides'),
  'low-back-pain': tick('pain-location', 'low-back buttock'),
  'nsaid-good-response': choice('nsaid-response', 'much-better', 'a-little-better no-better'),
  'nsaid-any-improvement': choice('nsaid-response', 'much-better a-little-better', 'no-better'),
  enthesitis: tick('peripheral-features', 'heel-pain'),
  dactylitis: tick('peripheral-features', 'sausage-digit'),
  uveitis: tick('diagnosed-conditions', 'uveitis'),
  'inflammatory-bowel-disease': tick('diagnosed-conditions', 'crohn-disease ulcerative-colitis'),
  'family-spa-first-degree': tick('family-first-degree', 'axial-spa psoriatic-arthritis reactive-arthritis'),
  'hla-b27-positive': choice('hla-b27', 'positive', 'negative'),
  'crp-esr-raised': choice('crp-esr-raised', 'crp-raised esr-raised raised', 'normal'),
  'crp-raised': choice('crp-esr-raised', 'crp-raised', 'normal'),
  'sacroiliitis-on-imaging': choice('si-imaging', 'sacroiliitis-mri sacroiliitis-xray', 'normal'),
  'exercise-not-rest': (r) => both(ask('improves-with-exercise', r), ask('no-improvement-with-rest', r)),
  'night-pain-eased-by-rising': (r) =>
    both(ask('night-pain', r), choice('night-rising-relief', 'yes', 'no')(r)),
  'buttock-pain': (r) => {
    const place = ((r['pain-location'] ?? []) as readonly Answer[]).includes('buttock');
    const direct = choice('buttock-pain', 'one-side both-sides alternating', 'none')(r);
    if (direct === null) return place ? true : null;
    return direct || (place ? null : false);
  },
  'peripheral-arthritis': (r) =>
    either(
      tick('peripheral-features', 'joint-swelling')(r),
      tick('diagnosed-conditions', 'psoriatic-arthritis')(r),
      tick('diagnosed-conditions', 'reactive-arthritis')(r),
    ),
  psoriasis: (r) => {
    const own = tick('diagnosed-conditions', 'psoriasis')(r);
    return own === false && tick('diagnosed-conditions', 'psoriatic-arthritis')(r) ? null : own;
  },
  'family-spa-any-degree': (r) =>
    either(tick('family-first-degree', ANY_RELATIVE)(r), tick('family-second-degree', ANY_RELATIVE)(r)),
  'family-as': (r) =>
    either(tick('family-first-degree', 'axial-spa')(r), tick('family-second-degree', 'axial-spa')(r)),
  'peripheral-manifestation': (r) =>
    either(ask('peripheral-arthritis', r), ask('enthesitis', r), ask('dactylitis', r)),
  'extra-articular-manifestation': (r) =>
    either(ask('uveitis', r), ask('psoriasis', r), ask('inflammatory-bowel-disease', r)),
  'inflammatory-back-pain': (r) => {
    const items = [
      'onset-before-40',
      'insidious-onset',
      'improves-with-exercise',
      'no-improvement-with-rest',
      'night-pain-eased-by-rising',
    ].map((code) => ask(code, r));
    const yes = items.filter((item) => item === true).length;
    const no = items.filter((item) => item === false).length;
    return both(ask('chronic-pain', r), yes >= 4 ? true : no >= 2 ? false : null);
  },
};

function ask(code: string, response: Response): Three {
  return (oracle[code] as Reader)(response);
}

test('on 5,000 random responses every finding is what the truth table says', () => {
  expect(Object.keys(oracle).sort()).toEqual([...findingCodes].sort());
  const random = createRandom(45);
  const seen = new Set<string>();
  for (let index = 0; index < 5000; index += 1) {
    const response = randomResponse(random, { blank: random.next() * 0.5, unsure: random.next() * 0.5 });
    const view = createView(strict, toAnswers(response));
    for (const code of findingCodes) {
      const expected = { true: 'met', false: 'not-met', null: 'unknown' }[String(ask(code, response))];
      const { finding } = view.finding(code);
      if (finding !== expected)
        expect({ code, response, finding }).toEqual({ code, response, finding: expected });
      seen.add(`${code} ${finding}`);
    }
  }
  expect(seen.size).toBe(findingCodes.length * 3);
});
