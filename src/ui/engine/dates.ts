/** FHIR's dates (R4 datatypes §2.24.0.1) with a real calendar behind the pattern, as the service reads them. */

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$/;
const ZONE = /(Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)$/;

/** `2026`, `2026-05` or `2026-05-04`; 31 February is none. */
export function isDate(text: string): boolean {
  const match = DATE.exec(text);
  if (!match) return false;
  const [, year, month, day] = match;
  if (Number(year) === 0) return false;
  if (month === undefined) return true;
  if (Number(month) < 1 || Number(month) > 12) return false;
  return day === undefined || (Number(day) >= 1 && Number(day) <= daysIn(Number(year), Number(month)));
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/**
 * Compares two dates as far as both are precise: negative when the first is certainly earlier, positive when it is
 * certainly later, 0 when neither is certain.
 */
export function compareDates(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  const [a, b] = [one.slice(0, length), other.slice(0, length)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Milliseconds since 1970 of a date with time and zone; null for any other text. */
export function momentOf(text: string): number | null {
  if (text.charAt(10) !== 'T' || !isDate(text.slice(0, 10))) return null;
  const zone = ZONE.exec(text.slice(11));
  if (!zone || !TIME.test(text.slice(11, 11 + zone.index))) return null;
  // A leap second counts as the second before it.
  return Date.parse(text.replace(/(T\d{2}:\d{2}):60/, '$1:59'));
}
