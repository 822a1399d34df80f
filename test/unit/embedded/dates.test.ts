import { describe, expect, test } from '@jest/globals';
import { approximation, readDate, readDateSearch } from '../../../src/embedded/dates.js';

const iso = (ms: number) => new Date(ms).toISOString();

describe('a FHIR date is the range of its precision', () => {
  test.each([
    ['2026', '2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['2026-05', '2026-05-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z'],
    ['2026-12', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2026-05-04T09:30', '2026-05-04T09:30:00.000Z', '2026-05-04T09:31:00.000Z'],
    ['2026-05-04T09:30:15Z', '2026-05-04T09:30:15.000Z', '2026-05-04T09:30:16.000Z'],
    ['2026-05-04T09:30:15.250Z', '2026-05-04T09:30:15.250Z', '2026-05-04T09:30:15.251Z'],
    ['2026-05-04T09:30:15.2509999Z', '2026-05-04T09:30:15.250Z', '2026-05-04T09:30:15.251Z'],
    ['2026-05-04T09:30:00+02:00', '2026-05-04T07:30:00.000Z', '2026-05-04T07:30:01.000Z'],
    ['2026-05-04T23:30:00-03:30', '2026-05-05T03:00:00.000Z', '2026-05-05T03:00:01.000Z'],
    ['0050', '0050-01-01T00:00:00.000Z', '0051-01-01T00:00:00.000Z'],
  ])('%s', (text, low, high) => {
    const range = readDate(text);
    expect(range && [iso(range.low), iso(range.high)]).toEqual([low, high]);
  });

  test.each([
    '',
    'yesterday',
    '26',
    '2026-13',
    '2026-00',
    '2026-02-29',
    '2026-02-31',
    '2026-5-4',
    '2026-05-04T24:00:00Z',
    '2026-05-04T09',
    '2026-05-04T09:60:00Z',
    '2026-05-04T09:30:61Z',
    '2026-05-04T09:30:00+15:00',
    '2026-05-04 09:30',
    '0000',
    ' 2026',
  ])('"%s" is none', (text) => {
    expect(readDate(text)).toBeUndefined();
  });

  test('knows whether a zone was written, and which', () => {
    expect(readDate('2026-05-04')).toMatchObject({ isZoned: false, offset: 0 });
    expect(readDate('2026-05-04T09:30:00Z')).toMatchObject({ isZoned: true, offset: 0 });
    expect(readDate('2026-05-04T09:30:00-03:30')).toMatchObject({ isZoned: true, offset: -12_600_000 });
  });
});

describe('a date to search for', () => {
  test.each(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'])('may have the prefix %s', (prefix) => {
    expect(readDateSearch(`${prefix}2026-05`)).toMatchObject({ prefix });
  });

  test('means eq without a prefix', () => {
    expect(readDateSearch('2026')).toMatchObject({ prefix: 'eq' });
  });

  test('may have lost its plus sign to the URL', () => {
    expect(readDateSearch('ge2026-05-04T09:30:00 02:00')?.range).toEqual(
      readDate('2026-05-04T09:30:00+02:00'),
    );
  });

  test.each(['xx2026', 'ge', 'ge ', '2026-02-31', 'GE2026', 'ge-2026'])('"%s" is none', (text) => {
    expect(readDateSearch(text)).toBeUndefined();
  });

  test('is approximate by a tenth of its distance from now', () => {
    const range = readDate('2026-05-01');
    expect(range && approximation(range, Date.UTC(2026, 4, 11)) / 86_400_000).toBe(1);
  });
});
