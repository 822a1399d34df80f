import { expect, test } from '@jest/globals';
import type { Observation } from 'fhir/r4.js';
import { lackingText, mergePain, painMarks, painPoints } from '../../../../src/ui/results/pain.js';

const rating = (id: string, date: string, changed: Partial<Observation>): Observation => ({
  resourceType: 'Observation',
  status: 'final',
  code: {},
  effectiveDateTime: date,
  derivedFrom: [{ reference: `QuestionnaireResponse/${id}` }],
  ...changed,
});

test('oldest first; 0 is a rating; what is withdrawn or was left open is none', () => {
  const points = painPoints([
    rating('r2', '2026-05-04T09:00:00+02:00', { valueInteger: 0 }),
    rating('r1', '2026-05-04T08:00:00+02:00', { valueInteger: 7 }),
    rating('r3', '2026-05-05', { valueInteger: 5, status: 'entered-in-error' }),
    rating('r4', '2026-05-06', { dataAbsentReason: {} }),
  ]);
  expect(points.map(({ responseId, value }) => [responseId, value])).toEqual([
    ['r1', 7],
    ['r2', 0],
  ]);
});

test('time to the right, 10 on top', () => {
  const points = [
    { date: '2026-01-01', value: 10, responseId: 'a', isWaiting: false },
    { date: '2026-01-02', value: 5, responseId: 'b', isWaiting: false },
    { date: '2026-01-05', value: 0, responseId: 'c', isWaiting: false },
  ];
  expect(painMarks(points, 200, 100).map(({ x, y }) => [x, y])).toEqual([
    [0, 0],
    [50, 50],
    [200, 100],
  ]);
});

test('a single rating stands in the middle', () => {
  const [mark] = painMarks([{ date: '2026-01-01', value: 3, responseId: 'a', isWaiting: false }], 200, 100);
  expect(mark).toMatchObject({ x: 100, y: 70 });
});

test('what is on its way counts before what the record has of the same response', () => {
  const recorded = [
    rating('r1', '2026-05-04', { valueInteger: 7 }),
    rating('r2', '2026-05-05', { valueInteger: 6 }),
    rating('r3', '2026-05-06', { valueInteger: 5 }),
  ];
  const points = mergePain(recorded, [
    { id: 'r2', ratings: [rating('r2', '2026-05-05', { valueInteger: 2 })], isWaiting: true },
    // Withdrawn, or left open since.
    { id: 'r3', ratings: [], isWaiting: true },
    { id: 'r4', ratings: [rating('r4', '2026-05-01', { valueInteger: 0 })], isWaiting: true },
  ]);
  expect(points.map(({ responseId, value, isWaiting }) => [responseId, value, isWaiting])).toEqual([
    ['r4', 0, true],
    ['r1', 7, false],
    ['r2', 2, true],
  ]);
});

test.each([
  [{ elsewhere: 0, isUnread: false }, null],
  [{ elsewhere: 1, isUnread: false }, /^1 accepted screening is not in the record yet/],
  [{ elsewhere: 3, isUnread: false }, /^3 accepted screenings are/],
  [{ elsewhere: null, isUnread: false }, /could not be read/],
  [{ elsewhere: 0, isUnread: true }, /could not be read/],
])('what the list lacks: %j', (known, expected) => {
  const text = lackingText(known);
  if (expected === null) expect(text).toBeNull();
  else expect(text).toMatch(expected);
});
