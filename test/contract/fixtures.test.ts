/** The fixtures of this suite against the design page, and the suite's own reading of the rules against both. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { expectedCases, worked, workedCases } from '../support/contract-responses.js';
import { evaluateSet, SET_IDS } from '../support/contract-sets.js';

const NAMES = Object.keys(expectedCases);

describe('the fixtures', () => {
  const original = new URL('../../../shared/design/worked-cases.json', import.meta.url);
  (existsSync(original) ? test : test.skip)('are the cases of the design page', () => {
    expect(workedCases).toEqual(JSON.parse(readFileSync(original, 'utf8')));
  });

  test('have an expectation for every case', () => {
    expect(NAMES).toEqual(Object.keys(workedCases));
    expect(NAMES).toHaveLength(21);
  });

  test.each(NAMES)("%s: the tests' own reading of the rules gives the published table", (name) => {
    for (const id of SET_IDS) {
      const { verdict, decision, min, max } = evaluateSet(id, worked(name));
      const bounds = verdict === 'not-applicable' ? { min: null, max: null } : { min, max };
      expect({ id, verdict, decision, ...bounds }).toEqual({ id, ...expectedCases[name]?.sets[id] });
    }
  });
});
