import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { CodeSystem } from 'fhir/r4.js';
import { isOpenAnswer } from '../../../src/scoring/absence.js';
import { type Condition, type Leaf, leaves, linkIdOf } from '../../../src/scoring/condition.js';
import { facts, measures, tests } from '../../../src/scoring/criteria/findings.js';
import { redFlags, safetyQuestions } from '../../../src/scoring/red-flags.js';
import { createRuleSet, createView, definitionsOf, isFindingCode } from '../../../src/scoring/rule-set.js';
import { questionOf, questions, toAnswers } from '../../support/scoring-questions.js';

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
  if ('unticked' in leaf) return leaf.unticked[1];
  return 'ticked' in leaf ? [...leaf.ticked[1], ...(leaf.ticked[2] ?? [])] : [];
}

function isTicks(leaf: Leaf): boolean {
  return 'ticked' in leaf || 'unticked' in leaf;
}

describe('what the rules read', () => {
  test.each(leavesByName)('%s: questions and options that exist, of the right kind', (_name, read) => {
    expect(read.length).toBeGreaterThan(0);
    for (const leaf of read) {
      const { kind, options, range } = questionOf(linkIdOf(leaf));
      expect(kind).toBe('oneOf' in leaf ? 'single' : isTicks(leaf) ? 'multiple' : 'number');
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
