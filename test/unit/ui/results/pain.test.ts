import { expect, test } from '@jest/globals';
import type { Observation } from 'fhir/r4.js';
import { painMarks, painPoints } from '../../../../src/ui/results/pain.js';

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
    { date: '2026-01-01', value: 10, responseId: 'a' },
    { date: '2026-01-02', value: 5, responseId: 'b' },
    { date: '2026-01-05', value: 0, responseId: 'c' },
  ];
  expect(painMarks(points, 200, 100).map(({ x, y }) => [x, y])).toEqual([
    [0, 0],
    [50, 50],
    [200, 100],
  ]);
});

test('a single rating stands in the middle', () => {
  const [mark] = painMarks([{ date: '2026-01-01', value: 3, responseId: 'a' }], 200, 100);
  expect(mark).toMatchObject({ x: 100, y: 70 });
});
