import { describe, expect, test } from '@jest/globals';
import { ageBetween, isDate, isDateTime, isInstant, isTime, isToTheDay } from '../../../src/fhir/dates.js';

const DATES = ['2026', '2026-05', '2026-05-04', '2026-12-31', '2024-02-29', '2000-02-29', '0001-01-01'];
const NO_DATES = [
  '',
  '26-05-04',
  '20260504',
  '2026-5-4',
  '2026-',
  '2026-00',
  '2026-13',
  '2026-05-00',
  '2026-05-32',
  '2026-02-31',
  '2026-02-29',
  '1900-02-29',
  '2026-04-31',
  '2026-06-31',
  '2026-09-31',
  '2026-11-31',
  '0000',
  ' 2026',
  '2026\n',
  '2026-05-04Z',
  '12026-05-04',
];
const INSTANTS = [
  '2026-05-04T09:30:00Z',
  '2026-05-04T09:30:00.123456Z',
  '2026-05-04T09:30:00+02:00',
  '2026-05-04T00:00:00-13:59',
  '2026-05-04T23:59:59+14:00',
  '2026-06-30T23:59:60Z',
  '2024-02-29T12:00:00Z',
];
const NO_INSTANTS = [
  '2026-05-04T09:30:00',
  '2026-05-04T09:30Z',
  '2026-05-04T25:00:00Z',
  '2026-05-04T24:00:00Z',
  '2026-05-04T09:60:00Z',
  '2026-05-04T09:30:61Z',
  '2026-05-04T09:30:00.Z',
  '2026-05-04T9:30:00Z',
  '2026-05-04T09:30:00+14:30',
  '2026-05-04T09:30:00+15:00',
  '2026-05-04T09:30:00+02:60',
  '2026-05-04T09:30:00+0200',
  '2026-05-04T09:30:00z',
  '2026-05-04t09:30:00Z',
  '2026-05-04 09:30:00Z',
  '2026-05-04T',
  '2026-05T09:30:00Z',
  '2026T09:30:00Z',
  '2026-02-31T09:30:00Z',
  '2026-02-29T09:30:00Z',
  'T09:30:00Z',
];

describe('date', () => {
  test.each(DATES)('%j is one', (text) => expect(isDate(text)).toBe(true));
  test.each([...NO_DATES, ...INSTANTS])('%j is none', (text) => expect(isDate(text)).toBe(false));
});

describe('instant', () => {
  test.each(INSTANTS)('%j is one', (text) => expect(isInstant(text)).toBe(true));
  test.each([...NO_INSTANTS, ...DATES, ...NO_DATES])('%j is none', (text) =>
    expect(isInstant(text)).toBe(false),
  );
  test.each(['2026-05-04T09:30:00ZT', '2026-05-04T09:30:00ZTomorrow', '2026-05-04T09:30:00+02:00T10:00:00Z'])(
    'what follows a second T counts: %j is none',
    (text) => expect(isInstant(text)).toBe(false),
  );
});

describe('dateTime', () => {
  test.each([...DATES, ...INSTANTS])('%j is one', (text) => expect(isDateTime(text)).toBe(true));
  test.each([...NO_DATES, ...NO_INSTANTS])('%j is none', (text) => expect(isDateTime(text)).toBe(false));
});

describe('time', () => {
  test.each(['00:00:00', '09:30:00', '23:59:59', '23:59:60', '12:00:00.5'])('%j is one', (text) =>
    expect(isTime(text)).toBe(true),
  );
  test.each([
    '',
    '9:30:00',
    '09:30',
    '24:00:00',
    '25:00:00',
    '09:60:00',
    '09:30:61',
    '09:30:00Z',
    '09:30:00\n',
  ])('%j is none', (text) => expect(isTime(text)).toBe(false));
});

describe('to the day', () => {
  test.each(['2026-05-04', '2026-05-04T09:30:00Z'])('%j is', (text) => expect(isToTheDay(text)).toBe(true));
  test.each(['2026', '2026-05'])('%j is not', (text) => expect(isToTheDay(text)).toBe(false));
});

describe('age', () => {
  test.each([
    ['1980-05-04', '2026-05-03', 45, 45],
    ['1980-05-04', '2026-05-04', 46, 46],
    ['1980-05-04', '2026-05-05', 46, 46],
    ['1980-05-04', '2026-05-04T00:00:00+14:00', 46, 46],
    ['1980-12-31', '2026-01-01', 45, 45],
    ['1980', '2026-05-04', 45, 46],
    ['1980', '2026-12-31', 46, 46],
    ['1980-05', '2026-05-04', 45, 46],
    ['1980-05', '2026-05-31', 46, 46],
    ['1980-05', '2026-04-30', 45, 45],
    ['1980-05-04', '2026', 45, 46],
    ['1980', '2026', 45, 46],
    ['2024-02-29', '2025-02-28', 0, 0],
    ['2024-02-29', '2025-03-01', 1, 1],
    ['2024-02', '2025-02-28', 0, 1],
    ['2026-05-04', '2026-05-04', 0, 0],
  ])('born %s, on %s: %d to %d', (birthDate, at, min, max) => {
    expect(ageBetween(birthDate, at)).toEqual({ min, max });
  });

  test('a birth after the answers is no negative age', () => {
    expect(ageBetween('2027-01-01', '2026-05-04')).toEqual({ min: 0, max: 0 });
  });
});
