import { describe, expect, test } from '@jest/globals';
import type { Decision, View } from '../../../src/scoring/condition.js';
import type { CriteriaSet, Verdict } from '../../../src/scoring/criteria-set.js';
import { type Outcome, verdictOf } from '../../../src/scoring/evaluate.js';
import type { Finding } from '../../../src/scoring/finding.js';
import { createRuleSet } from '../../../src/scoring/rule-set.js';
import { createRandom } from '../../support/scoring-random.js';

/**
 * Bounds and verdicts against the enumeration of everything the unknown findings could still be. The view is
 * made by hand, so findings vary freely: no answer, and no other finding, stands behind them.
 */
const { criteriaSets } = createRuleSet('strict');
const STATES = ['not-met', 'met', 'unknown'] as const;
const SAMPLE = 20_000;
/** Above this many vectors a sample is drawn. */
const MOST = 70_000;

function codesOf({ gate, criteria, rule }: CriteriaSet): string[] {
  const extra = 'test' in rule ? [rule.test] : 'shown' in rule ? [rule.shown.code] : [];
  return [...new Set<string>([...gate, ...criteria.map(({ code }) => code), ...extra])];
}

function viewOf(codes: readonly string[], findings: readonly Finding[]): View {
  const known = new Map(codes.map((code, index) => [code, findings[index]]));
  return {
    answers: { given: new Map(), disabled: new Set() },
    finding(code): Decision {
      const finding = known.get(code);
      if (!finding) throw new Error(`${code} is none of the set's findings`);
      return { finding, linkIds: [] };
    },
    meets(id) {
      throw new Error(`${id} must be asked for as a finding`);
    },
  };
}

interface Complete {
  readonly count: number;
  readonly verdict: Verdict;
}

/** The paper's rule for someone about whom everything is known; written apart from the source. */
function completeOutcome(set: CriteriaSet, holds: (code: string) => boolean): Complete {
  const count = set.criteria.filter(({ code }) => holds(code)).length;
  if (!set.gate.every(holds)) return { count, verdict: 'not-applicable' };
  const b27 = holds('hla-b27-positive');
  const met: Record<string, () => boolean> = {
    'calin-1977': () => count >= 4,
    'asas-ibp-2009': () => count >= 4,
    'berlin-2006-8a': () => count >= 2,
    'berlin-2006-8b': () => count >= 3,
    'nice-ng65': () => count >= 4 || (count === 3 && b27),
    'asas-referral-2015': () => count >= 1,
    'brandt-2007': () => count >= 1,
    master: () => count >= 2,
    'radar-2of3': () => count >= 2,
    cafaspa: () => count >= 2,
    'asas-axspa-2009': () => (holds('sacroiliitis-on-imaging') && count >= 1) || (b27 && count - 1 >= 2),
  };
  return { count, verdict: met[set.id]?.() ? 'met' : 'not-met' };
}

/** All 2ⁿ complete outcomes, by bit pattern. */
function completeTable(set: CriteriaSet, codes: readonly string[]): Complete[] {
  return Array.from({ length: 2 ** codes.length }, (_, bits) => {
    const met = new Set(codes.filter((_code, index) => (bits >> index) & 1));
    return completeOutcome(set, (code) => met.has(code));
  });
}

/** The complete outcomes that a vector can still become. */
function reachable(table: readonly Complete[], findings: readonly Finding[]): Complete[] {
  let patterns = [0];
  findings.forEach((finding, index) => {
    const bit = 1 << index;
    if (finding === 'met') patterns = patterns.map((bits) => bits | bit);
    else if (finding === 'unknown') patterns = patterns.concat(patterns.map((bits) => bits | bit));
  });
  return patterns.map((bits) => table[bits] as Complete);
}

/** What may be said at most: an unknown gate leaves "not met" as it is, but opens "met". */
function agreed(outcomes: readonly Complete[]): Verdict {
  const verdicts = new Set(outcomes.map(({ verdict }) => verdict));
  if (verdicts.size === 1) return outcomes[0]?.verdict as Verdict;
  return verdicts.has('met') ? 'indeterminate' : 'not-met';
}

/** clinical.md §13, the NG65 decision, first match wins. */
function ng65Decision(gate: Finding, min: number, max: number, test: Finding): string {
  if (gate === 'not-met') return 'gate-not-met';
  if (max <= 2) return 'not-met';
  if (test === 'not-met' && max <= 3) return 'not-met';
  if (gate === 'unknown') return 'indeterminate';
  if (min >= 4) return 'refer';
  if (test === 'met' && min >= 3) return 'refer';
  return min === 3 && test === 'unknown' ? 'test-hla-b27' : 'indeterminate';
}

function* allVectors(length: number): Generator<Finding[]> {
  for (let number = 0; number < 3 ** length; number += 1) {
    yield Array.from({ length }, (_, index) => STATES[Math.floor(number / 3 ** index) % 3] as Finding);
  }
}

/**
 * Random vectors; each with its own mixture, so that few and many unknowns both come up. The gate comes first
 * and is mostly met: behind a closed one there is nothing to see.
 */
function* someVectors(length: number, gate: number): Generator<Finding[]> {
  const random = createRandom(20_260_504);
  for (let number = 0; number < SAMPLE; number += 1) {
    const unknown = random.next() * 0.7;
    const met = random.next();
    yield Array.from({ length }, (_, index) => {
      if (random.chance(index < gate ? 0.1 : unknown)) return 'unknown';
      return random.chance(index < gate ? 0.9 : met) ? 'met' : 'not-met';
    });
  }
}

/** The first thing that is wrong with an outcome, or null. */
function faultOf(set: CriteriaSet, { gate, bounds, verdict, decision }: Outcome, outcomes: Complete[]) {
  const counts = outcomes.map(({ count }) => count);
  const min = counts.reduce((least, count) => Math.min(least, count));
  const max = counts.reduce((most, count) => Math.max(most, count));
  if (bounds.min !== min || bounds.max !== max) return `${bounds.min} to ${bounds.max}, not ${min} to ${max}`;
  if (verdict !== agreed(outcomes)) return `${verdict}, not ${agreed(outcomes)}`;
  if (set.id === 'nice-ng65') return null;
  return decision === null && (gate === null) === (set.gate.length === 0) ? null : 'a decision or a gate';
}

describe.each(criteriaSets.map((set) => [set.id, set] as const))('%s', (_id, set) => {
  const codes = codesOf(set);
  const whole = 3 ** codes.length <= MOST;
  const vectors = () => (whole ? allVectors(codes.length) : someVectors(codes.length, set.gate.length));
  const table = completeTable(set, codes);

  test('minimum, maximum and verdict are those of all completions', () => {
    const seen: Record<string, number> = {};
    let tried = 0;
    for (const findings of vectors()) {
      const outcome = verdictOf(set, viewOf(codes, findings));
      const fault = faultOf(set, outcome, reachable(table, findings));
      if (fault) expect({ findings: codes.map((code, index) => [code, findings[index]]), fault }).toBeNull();
      seen[outcome.verdict] = (seen[outcome.verdict] ?? 0) + 1;
      tried += 1;
    }
    console.info(`${set.id}: ${tried} ${whole ? '(all)' : 'sampled'} knowledge states`, seen);
    expect(tried).toBe(whole ? 3 ** codes.length : SAMPLE);
    expect(Object.keys(seen).sort()).toEqual(
      ['indeterminate', 'met', ...(set.gate.length ? ['not-applicable'] : []), 'not-met'].sort(),
    );
  });
});

describe('NG65 decision', () => {
  const set = criteriaSets.find(({ id }) => id === 'nice-ng65') as CriteriaSet;
  const codes = codesOf(set);
  const VERDICTS: Record<string, Verdict> = {
    refer: 'met',
    'not-met': 'not-met',
    'gate-not-met': 'not-applicable',
    'test-hla-b27': 'indeterminate',
    indeterminate: 'indeterminate',
  };

  test('every gate, minimum, maximum and test', () => {
    const seen = new Set<string>();
    for (const gate of STATES) {
      for (const hla of STATES) {
        for (let min = 0; min <= 9; min += 1) {
          for (let max = min; max <= 9; max += 1) {
            const criteria = set.criteria.map((_, index) =>
              index < min ? 'met' : index < max ? 'unknown' : 'not-met',
            );
            const view = viewOf([...set.gate, ...set.criteria.map(({ code }) => code), 'hla-b27-positive'], [
              'met',
              gate,
              'met',
              ...criteria,
              hla,
            ] as Finding[]);
            const { decision, verdict, bounds } = verdictOf(set, view);
            const expected = ng65Decision(gate, min, max, hla);
            expect([gate, hla, bounds, decision?.decision]).toEqual([gate, hla, { min, max }, expected]);
            expect(verdict).toBe(VERDICTS[expected]);
            seen.add(expected);
          }
        }
      }
    }
    expect([...seen].sort()).toEqual(Object.keys(VERDICTS).sort());
  });

  test('never refers or tests while the gate is unknown', () => {
    for (const findings of someVectors(codes.length, set.gate.length)) {
      const { gate, decision } = verdictOf(set, viewOf(codes, findings));
      if (gate !== 'unknown') continue;
      expect(['not-met', 'indeterminate']).toContain(decision?.decision);
    }
  });
});
