import { describe, expect, test } from '@jest/globals';
import {
  countText,
  missingText,
  painText,
  positions,
  runs,
  scoredInOrder,
  setText,
  toTracks,
} from '../../../../src/ui/history/timeline.js';
import type { Screening, SetResult } from '../../../../src/ui/parts/screening.js';

const result = (id: string, more: Partial<SetResult> = {}): SetResult => ({
  ...{ id, title: id.toUpperCase(), verdict: 'met', decision: null },
  ...{ min: 3, max: 5, of: 9, threshold: 4 },
  ...more,
});

const screening = (id: string, more: Partial<Screening> = {}): Screening => ({
  id,
  patient: 'p1',
  authored: '2026-05-04T09:30:00Z',
  status: 'completed',
  author: null,
  source: null,
  redFlags: null,
  pain: null,
  sets: [],
  ...more,
});

describe('where a screening stands', () => {
  const extent = { left: 0, right: 100, gap: 10 };

  test.each([
    [[5], [50]],
    [
      [5, 5],
      [0, 100],
    ],
    [
      [0, 50, 100],
      [0, 50, 100],
    ],
    [
      [0, 25, 100],
      [0, 25, 100],
    ],
    [
      [0, 1, 100],
      [0, 10, 100],
    ],
    [
      [0, 99, 100],
      [0, 90, 100],
    ],
    [
      [0, 1, 2, 98, 99, 100],
      [0, 10, 20, 80, 90, 100],
    ],
  ])('%j → %j', (times, xs) => {
    expect(positions(times, extent)).toEqual(xs);
  });

  test('evenly when there is no room for the gap', () => {
    const xs = positions(
      Array.from({ length: 21 }, (_, index) => index ** 2),
      extent,
    );
    expect(xs).toEqual(Array.from({ length: 21 }, (_, index) => index * 5));
  });
});

test('a line breaks where nothing was answered: 0 is an answer', () => {
  expect(runs([8, null, 0, 3, null])).toEqual([
    [{ index: 0, value: 8 }],
    [
      { index: 2, value: 0 },
      { index: 3, value: 3 },
    ],
  ]);
  expect(runs([null, null])).toEqual([]);
});

test('drafts and withdrawn ones are no points in time; the oldest comes first', () => {
  const found = scoredInOrder([
    screening('c', { authored: '2026-05-04T09:30:00+02:00' }),
    screening('draft', { status: 'in-progress' }),
    screening('gone', { status: 'entered-in-error' }),
    screening('undated', { authored: null }),
    screening('a', { authored: '2026-05-04T07:00:00Z', status: 'amended' }),
  ]);
  expect(found.map(({ id }) => id)).toEqual(['a', 'c']);
});

test('a track for each set, as the newest has it; a screening without the set has a gap', () => {
  const tracks = toTracks([
    screening('a', { sets: [result('x', { title: 'Old' })] }),
    screening('b', { sets: [result('x'), result('y')] }),
  ]);
  expect(
    tracks.map(({ id, title, results }) => [id, title, results.map((one) => one?.verdict ?? null)]),
  ).toEqual([
    ['x', 'X', ['met', 'met']],
    ['y', 'Y', [null, 'met']],
  ]);
});

test.each([
  [{}, '3 to 5 of 9'],
  [{ max: 3 }, '3 of 9'],
  [{ min: 0, max: 0 }, '0 of 9'],
  [{ min: null, max: null }, ''],
])('%j is "%s"', (more, text) => {
  expect(countText(result('x', more))).toBe(text);
});

describe('what is not stored is not said to be unanswered', () => {
  const redFlags = { urgency: null, flags: [] };

  test.each([
    [{ pain: 0, redFlags }, '0'],
    [{ redFlags }, 'no result stored'],
    [{ sets: [result('x')] }, 'not answered'],
    [{}, 'no result stored'],
  ])('%j: %s', (more, text) => {
    expect(painText(screening('a', more))).toBe(text);
  });

  test.each([
    ['completed', {}, 'no result stored'],
    ['amended', { isUnknown: true }, 'not read'],
    ['amended', { isOnItsWay: true }, 'not in the record yet: open it'],
    ['in-progress', { isOnItsWay: true }, 'not sent yet'],
    ['entered-in-error', { isOnItsWay: true }, 'withdrawn'],
  ] as const)('%s %j: %s', (status, more, text) => {
    const listed = { isUnknown: false, isOnItsWay: false, troubles: [], ...more };
    expect(missingText({ ...listed, screening: screening('a', { status }) })).toBe(text);
  });
});

test.each([
  [[null], ''],
  [[result('x')], '3 to 5 of 9, needs 4'],
  [[result('x', { min: null, max: null, verdict: 'not-applicable' })], ''],
  [[result('x', { verdict: 'not-met' }), null, result('x')], '3 to 5 of 9, needs 4; before: not met'],
  [[result('x', { decision: 'refer' }), result('x')], '3 to 5 of 9, needs 4; before: refer'],
  [[result('x'), null], ''],
])('a set %# is summed up without empty places', (results, text) => {
  expect(setText({ threshold: 4, results })).toBe(text);
});
