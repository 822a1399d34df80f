import { describe, expect, test } from '@jest/globals';
import { leaves } from '../../../src/scoring/condition.js';
import type { CriteriaSet } from '../../../src/scoring/criteria-set.js';
import { type Evaluation, evaluate } from '../../../src/scoring/evaluate.js';
import { createRuleSet, createView, definitionsOf } from '../../../src/scoring/rule-set.js';
import { answersOf, readSetCases, type SetCase, setIds } from '../../support/scoring-cases.js';
import { toAnswers } from '../../support/scoring-questions.js';

const strict = createRuleSet('strict');
const relaxed = createRuleSet('relaxed');
const definitions = definitionsOf(strict);
const files = new Map(setIds.map((id) => [id, readSetCases(id)]));

function fileOf(id: string) {
  const file = files.get(id);
  if (!file) throw new Error(`No cases for ${id}`);
  return file;
}

function setOf(id: string): CriteriaSet {
  const set = strict.criteriaSets.find((candidate) => candidate.id === id);
  if (!set) throw new Error(`No set ${id}`);
  return set;
}

/** The finding of a criterion, gate fact or arm of the set, else of the table. */
function findingIn(evaluation: Evaluation, code: string, each: SetCase, id: string) {
  const own = [...evaluation.criteria, ...evaluation.gateFindings, ...evaluation.uncounted];
  const found = own.find((candidate) => candidate.code === code);
  if (found) return found.finding;
  const rules = each.nightPainVariant === 'relaxed' ? relaxed : strict;
  return createView(rules, toAnswers(answersOf(fileOf(id), each))).finding(code).finding;
}

describe.each(setIds)('%s', (id) => {
  const file = fileOf(id);

  test.each(file.cases.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    const rules = each.nightPainVariant === 'relaxed' ? relaxed : strict;
    const answers = toAnswers(answersOf(file, each));
    const evaluation = evaluate(rules, answers).find(({ set }) => set.id === id) as Evaluation;
    const { verdict, gate, bounds, decision, verdictWithoutTests } = evaluation;
    expect(verdict).toBe(each.verdict);
    // Bounds are not reported, and mean nothing, when the set does not apply.
    expect(verdict === 'not-applicable' ? { min: null, max: null } : bounds).toEqual({
      min: each.min,
      max: each.max,
    });
    expect(gate).toBe(each.gate ?? null);
    expect(decision?.decision).toBe(each.decision);
    if (each.verdictWithoutTests !== undefined) expect(verdictWithoutTests).toBe(each.verdictWithoutTests);
    const stated = { ...each.findings, ...statedBy(each) };
    expect(
      Object.fromEntries(Object.keys(stated).map((code) => [code, findingIn(evaluation, code, each, id)])),
    ).toEqual(stated);
  });
});

/** `about` or `gateFact`, with its state, is a finding too. */
function statedBy({ about, gateFact, state }: SetCase): SetCase['findings'] {
  const code = about ?? gateFact;
  return code && state ? { [code]: state } : {};
}

/** Each `below` limit that the set's gate or criteria come down to, with the finding that is named after it. */
function limitsOf(set: CriteriaSet): [code: string, linkId: string, limit: number][] {
  const own = [...set.gate, ...set.criteria.map(({ code }) => code)];
  const read = own.flatMap((finding) => leaves({ finding }, definitions));
  return Object.entries(strict.findings).flatMap(([code, { when }]) => {
    if (!('below' in when) || !read.some((leaf) => 'below' in leaf && leaf.below[1] === when.below[1]))
      return [];
    return [[code, ...when.below] as [string, string, number]];
  });
}

/** What the cases on either side of a threshold must look like; the arms count 11, with HLA-B27 among them. */
function thresholdsOf({ id, rule }: CriteriaSet): Record<string, { min: number; max: number } | 'open'> {
  if ('arms' in rule) {
    return {
      'imaging-arm:threshold:n': { min: 1, max: 1 },
      'imaging-arm:threshold:n-1': { min: 0, max: 0 },
      'imaging-arm:maximum:n': 'open',
      'threshold:n': { min: 3, max: 3 },
      'threshold:n-1': { min: 2, max: 2 },
      'maximum:n-1': { min: 1, max: 2 },
      'maximum:n': 'open',
    };
  }
  const n = rule.atLeast;
  const plain = {
    'threshold:n': { min: n, max: n },
    'threshold:n-1': { min: n - 1, max: n - 1 },
    'maximum:n-1': { min: Math.max(n - 2, 0), max: n - 1 },
    'maximum:n': 'open' as const,
  };
  if (id !== 'nice-ng65') return plain;
  return {
    ...plain,
    'not-met-maximum:2': { min: 2, max: 2 },
    'not-met-maximum:3': 'open',
    'threshold-with-hla-b27:n': { min: 3, max: 3 },
    'threshold-with-hla-b27:n-1': 'open',
  };
}

describe('the cases are complete', () => {
  test('each of the eleven sets has a file, named after it', () => {
    expect(setIds).toHaveLength(11);
    expect(setIds).toEqual(strict.criteriaSets.map(({ id }) => id).sort());
    for (const id of setIds) expect(fileOf(id).set).toBe(id);
  });

  test('names are unique within a set', () => {
    for (const [id, { cases }] of files) {
      expect([id, new Set(cases.map(({ name }) => name)).size]).toEqual([id, cases.length]);
    }
  });

  test.each(setIds)('%s: every criterion and arm is met, not met and unknown in a case about it', (id) => {
    const set = setOf(id);
    const arms = 'arms' in set.rule ? [set.rule.shown.code, ...set.rule.arms.map(({ code }) => code)] : [];
    for (const code of [...set.criteria.map((criterion) => criterion.code), ...arms]) {
      const states = fileOf(id).cases.flatMap(({ about, state }) => (about === code ? [state] : []));
      expect([code, [...new Set(states)].sort()]).toEqual([code, ['met', 'not-met', 'unknown']]);
    }
  });

  test.each(setIds)('%s: every gate fact is met, not met and unknown in a case', (id) => {
    for (const code of setOf(id).gate) {
      const states = fileOf(id).cases.flatMap(({ gateFact, state }) => (gateFact === code ? [state] : []));
      expect([code, [...new Set(states)].sort()]).toEqual([code, ['met', 'not-met', 'unknown']]);
    }
  });

  test.each(setIds)('%s: both sides of every age limit', (id) => {
    const { cases } = fileOf(id);
    const limits = limitsOf(setOf(id));
    const file = fileOf(id);
    for (const [code, linkId, limit] of limits) {
      for (const [value, finding] of [
        [limit - 1, 'met'],
        [limit, 'not-met'],
      ] as const) {
        const [found] = cases.filter(({ boundary }) => boundary === `${code}:${value}`);
        expect([code, value, found && answersOf(file, found)[linkId]]).toEqual([code, value, value]);
        const view = createView(strict, toAnswers(answersOf(file, found as SetCase)));
        expect(view.finding(code).finding).toBe(finding);
      }
    }
    const named = cases.flatMap(({ boundary }) => (boundary?.startsWith('onset-') ? [boundary] : []));
    expect(named).toHaveLength(limits.length * 2);
  });

  test('the age limits are those of the papers', () => {
    expect(
      Object.fromEntries(setIds.map((id) => [id, limitsOf(setOf(id)).map(([, , limit]) => limit)])),
    ).toEqual({
      'asas-axspa-2009': [40, 45],
      'asas-ibp-2009': [40],
      'asas-referral-2015': [40, 45],
      'berlin-2006-8a': [],
      'berlin-2006-8b': [],
      'brandt-2007': [40, 45],
      cafaspa: [40, 45],
      'calin-1977': [40],
      master: [40, 45],
      'nice-ng65': [35, 45],
      'radar-2of3': [40, 45],
    });
  });

  test.each(setIds)('%s: both sides of every threshold, by the minimum and by the maximum', (id) => {
    const { cases } = fileOf(id);
    for (const [boundary, bounds] of Object.entries(thresholdsOf(setOf(id)))) {
      const [found, ...more] = cases.filter((each) => each.boundary === boundary);
      expect([boundary, found !== undefined, more.length]).toEqual([boundary, true, 0]);
      const { min, max, verdict } = found as SetCase;
      if (bounds === 'open') expect([boundary, verdict]).toEqual([boundary, 'indeterminate']);
      else expect([boundary, min, max]).toEqual([boundary, bounds.min, bounds.max]);
      const side = boundary.endsWith('threshold:n') || boundary === 'threshold-with-hla-b27:n';
      expect([boundary, verdict === 'met']).toEqual([boundary, side]);
    }
  });

  test('every verdict is the outcome of a case of every set', () => {
    for (const [id, { cases }] of files) {
      const outcomes = [
        'met',
        'not-met',
        'indeterminate',
        ...(setOf(id).gate.length ? ['not-applicable'] : []),
      ];
      expect([id, [...new Set(cases.map(({ verdict }) => verdict))].sort()]).toEqual([id, outcomes.sort()]);
    }
  });

  test('every NG65 decision is the outcome of a case', () => {
    expect(new Set(fileOf('nice-ng65').cases.map(({ decision }) => decision))).toEqual(
      new Set(['refer', 'test-hla-b27', 'not-met', 'gate-not-met', 'indeterminate']),
    );
  });

  test('both readings of "only" are told apart', () => {
    for (const id of ['berlin-2006-8a', 'berlin-2006-8b']) {
      const both = fileOf(id).cases.filter(({ nightPainVariant }) => nightPainVariant === 'relaxed');
      expect(both.length).toBeGreaterThan(0);
      const differ = both.filter((each) => {
        const view = createView(strict, toAnswers(answersOf(fileOf(id), each)));
        return view.finding('wakes-second-half-only').finding !== each.findings['wakes-second-half-only'];
      });
      expect(differ.length).toBeGreaterThan(0);
    }
  });
});
