/** Randomness for the properties: drawn through fast-check, so that a failing run shrinks and can be run again. */
import { afterAll, expect } from '@jest/globals';
import fc from 'fast-check';

export interface Draw {
  /** From min to max, both included; shrinks to min. */
  integer(min: number, max: number): number;
  /** True this often of a hundred; shrinks to false. */
  chance(percent: number): boolean;
  /** Shrinks to the first. */
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
}

const SEED = 20260504;
/** A failure is made smaller for this long, then told as it stands. */
const SHRINK_MS = 3_000;

export function drawWith(generate: fc.GeneratorValue): Draw {
  const integer = (min: number, max: number) => generate(fc.integer, { min, max });
  const draw: Draw = {
    integer,
    chance: (percent) => integer(0, 99) >= 100 - percent,
    pick(items) {
      if (items.length === 0) throw new Error('nothing to pick from');
      return items[integer(0, items.length - 1)] as (typeof items)[number];
    },
    shuffle(items) {
      const rest = [...items];
      return items.map(() => rest.splice(integer(0, rest.length - 1), 1)[0] as (typeof items)[number]);
    },
  };
  return draw;
}

let properties = 0;
let runs = 0;

/** Runs a property with the fixed seed. What it throws is told for the smallest draw that makes it throw. */
export function holds(count: number, property: (draw: Draw) => void): void {
  properties += 1;
  let failedAt = Number.POSITIVE_INFINITY;
  const counted = fc.property(fc.gen(), (generate) => {
    if (performance.now() - failedAt > SHRINK_MS) return;
    runs += 1;
    try {
      property(drawWith(generate));
    } catch (error) {
      failedAt = Math.min(failedAt, performance.now());
      throw error;
    }
  });
  const { failed, errorInstance, numRuns } = fc.check(counted, { seed: SEED, numRuns: count });
  if (failed) throw errorInstance;
  expect(numRuns).toBe(count);
}

/** To be called once per file: prints how much was tried. */
export function tellsRuns(name: string): void {
  afterAll(() => {
    console.log(`${name}: properties ${properties} × runs ${runs}`);
  });
}
