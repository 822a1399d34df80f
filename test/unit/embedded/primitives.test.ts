import { expect, test } from '@jest/globals';
import { PRIMITIVES } from '../../../src/embedded/primitives.js';
import { SHAPES } from '../../../src/embedded/shapes.js';

const CASES: [kind: string, valid: unknown[], invalid: unknown[]][] = [
  ['base64Binary', ['eA==', 'eHh4', 'eHh4\neHh4'], ['', ' ', 'eA', 'e===', 'x-_x', 5]],
  ['boolean', [true, false], ['true', 0, 1, null]],
  ['canonical', ['http://x|1', '#a'], ['', 'a b', 1]],
  ['code', ['a', 'a b'], ['', ' a', 'a ', 'a  b', 5]],
  [
    'date',
    ['2026', '2026-02', '2024-02-29'],
    ['2023-02-29', '2026-13', '26', '2026-1-1', '2026-05-04T00:00:00Z', '0000'],
  ],
  [
    'dateTime',
    ['2026', '2026-02', '2026-02-28', '2026-02-28T23:59:59Z', '2026-02-28T23:59:59.999+14:00'],
    ['2026-02-28T24:00:00Z', '2026-02-28T10:00Z', '2026-02-28T10:00:00', '2026-02-30T10:00:00Z', 2026, ''],
  ],
  ['decimal', [0, -0, 1.5, -1e300], ['1', Number.NaN, Number.POSITIVE_INFINITY, null]],
  ['id', ['a', 'A-b.9', 'x'.repeat(64)], ['', 'a_b', 'x'.repeat(65), 5]],
  [
    'instant',
    ['2026-05-04T09:30:00Z', '2026-05-04T09:30:00.5-03:30'],
    ['2026-05-04', '2026-05-04T09:30:00', '2026-05-04T09:30Z'],
  ],
  ['integer', [0, -2147483648, 2147483647, 1.0], [1.5, 2147483648, -2147483649, '1']],
  ['markdown', ['x', '# a\n\nb'], ['', ' ', 1]],
  ['oid', ['urn:oid:1.2.3', 'urn:oid:2.16.840.1.113883'], ['1.2.3', 'urn:oid:3.1', 'urn:oid:1.02']],
  ['positiveInt', [1, 2147483647], [0, -1, 1.5]],
  ['string', ['x', ' a ', 'ä漢\u{1f9b4}\t\r\n.'], ['', ' ', 'a\u0001', 5, {}, []]],
  ['time', ['00:00:00', '23:59:60', '10:00:00.5'], ['24:00:00', '10:00', '1:00:00']],
  ['unsignedInt', [0, 2147483647], [-1, 0.5, '0']],
  ['uri', ['urn:x', 'http://x', 'a'], ['', 'a b', ' ']],
  ['url', ['http://x', 'Binary/1'], ['', 'a b', 1]],
  [
    'uuid',
    ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
    ['c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:x'],
  ],
  ['xhtml', ['<div xmlns="http://www.w3.org/1999/xhtml">x</div>', '<div>x</div>'], ['x', '', '<divx>', 1]],
];

test.each(CASES)('%s', (kind, valid, invalid) => {
  const [isValid] = PRIMITIVES.get(kind) ?? [() => undefined];
  expect(valid.map((value) => [value, isValid(value)])).toEqual(valid.map((value) => [value, true]));
  expect(invalid.map((value) => [value, isValid(value)])).toEqual(invalid.map((value) => [value, false]));
});

test('every primitive that an element has is known, and tested here', () => {
  const used = [...SHAPES.values()]
    .flatMap(({ elements }) => [...elements.values()])
    .map(({ kind }) => kind)
    .filter((kind) => /^[a-z]/.test(kind));
  const tested = CASES.map(([kind]) => kind);
  for (const kind of used)
    expect([kind, PRIMITIVES.has(kind), tested.includes(kind)]).toEqual([kind, true, true]);
});

test('long texts are judged quickly', () => {
  const begin = performance.now();
  for (const [kind, [isValid]] of PRIMITIVES) {
    for (const text of ['a '.repeat(500_000), `${'a'.repeat(1_000_000)}!`, ' '.repeat(1_000_000)]) {
      expect([kind, typeof isValid(text)]).toEqual([kind, 'boolean']);
    }
  }
  expect(performance.now() - begin).toBeLessThan(3000);
});
