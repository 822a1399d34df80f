/** Whatever is wrong with a response is found, under its name and at its place, wherever in the response it stands. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { holds, tellsRuns } from '../support/property-draw.js';
import { type FaultKind, OF_SHAPE, plant, VARIANTS } from '../support/property-faults.js';
import { readPair, shapeOfResponse } from '../support/property-read.js';
import { makePair } from '../support/property-response.js';

const KINDS = Object.keys(VARIANTS) as FaultKind[];
const RUNS = 60;
const caught = new Map<FaultKind, Set<number>>();

tellsRuns('faults');
afterAll(() => {
  const all = [...caught.values()].reduce((sum, variants) => sum + variants.size, 0);
  console.log(`fault kinds ${KINDS.length} × caught ${caught.size}, in ${all} variants`);
});

describe.each(KINDS)('%s', (kind) => {
  const variants = VARIANTS[kind];

  test.each(variants.map((variant, index) => [index, variant] as const))('variant %i', (index, variant) => {
    const runs = Math.max(6, Math.ceil(RUNS / variants.length));
    holds(runs, (draw) => {
      // Only a finished response can lack an answer.
      const pair = makePair(draw, ['completed', 'amended']);
      const { questionnaire, right, wrong, at } = plant(
        variant,
        pair,
        draw.integer(0, pair.spots.length - 1),
      );
      expect(readPair(questionnaire, right).issues).toEqual([]);
      expect(issuesOf(kind, questionnaire, wrong)).toEqual([[kind, at]]);
    });
    caught.set(kind, (caught.get(kind) ?? new Set()).add(index));
  });
});

function issuesOf(kind: FaultKind, ...[questionnaire, response]: Parameters<typeof readPair>) {
  const issues = OF_SHAPE.includes(kind) ? shapeIssues(response) : readPair(questionnaire, response).issues;
  return issues.map(({ code, expression }) => [code, expression]);
}

function shapeIssues(response: unknown) {
  const shaped = shapeOfResponse(response);
  return 'issues' in shaped ? shaped.issues : [];
}
