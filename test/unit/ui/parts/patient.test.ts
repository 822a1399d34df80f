import { describe, expect, test } from '@jest/globals';
import { ageAt, nameOf } from '../../../../src/ui/parts/patient.js';

describe('nameOf', () => {
  test.each([
    ['text wins', [{ text: 'Ana B. Example', family: 'Other' }], 'Ana B. Example'],
    ['parts in order', [{ prefix: ['Dr'], given: ['Ana', 'Bea'], family: 'Example' }], 'Dr Ana Bea Example'],
    [
      'the usual name before the official one',
      [
        { use: 'official' as const, text: 'Official' },
        { use: 'usual' as const, text: 'Usual' },
      ],
      'Usual',
    ],
    ['an old name only last', [{ use: 'old' as const, text: 'Old' }, { text: 'Now' }], 'Now'],
    ['no name', [], 'Name not known'],
    ['an empty name', [{ family: ' ' }], 'Name not known'],
  ])('%s', (_, name, expected) => {
    expect(nameOf({ name })).toBe(expected);
  });
});

describe('ageAt', () => {
  test.each([
    ['1990-05-04', '2026-05-04T00:30:00+02:00', 36],
    ['1990-05-05', '2026-05-04T23:30:00-11:00', 35],
    ['1990-12-31', '2026-01-01', 35],
    ['2026-05-04', '2026-05-04', 0],
    ['1990-05', '2026-06', 36],
    ['1990-05', '2026-04-01', 35],
    ['2004-02-29', '2026-02-28', 21],
  ])('born %s, asked %s', (birthDate, date, age) => {
    expect(ageAt({ birthDate }, date)).toBe(age);
  });

  test.each([
    ['1990', '2026-05-04'],
    ['1990-05', '2026-05-04'],
    ['1990-05-04', '2026'],
    ['2027-01-01', '2026-05-04'],
    ['', '2026-05-04'],
    ['1990-05-04', 'soon'],
  ])('born %j, asked %j: nobody can tell', (birthDate, date) => {
    expect(ageAt({ birthDate }, date)).toBeNull();
  });

  test('no birth date', () => {
    expect(ageAt({}, '2026-05-04')).toBeNull();
  });
});
