/** FHIR's date and time primitives (R4 datatypes §2.24.0.1), with a real calendar behind the pattern. */

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

/** A date, or a full date with time and zone. */
export function isDateTime(text: string): boolean {
  return isDate(text) || isInstant(text);
}

/** A date, `T`, and a time with its zone. */
export function isInstant(text: string): boolean {
  if (text.charAt(10) !== 'T' || !isDate(text.slice(0, 10))) return false;
  const time = text.slice(11);
  const zone = ZONE.exec(time);
  return zone !== null && TIME.test(time.slice(0, zone.index));
}

/** Milliseconds since 1970 of an instant. A leap second counts as the second before it. */
export function momentOf(instant: string): number {
  return Date.parse(instant.replace(/(T\d{2}:\d{2}):60/, '$1:59'));
}

export function isTime(text: string): boolean {
  return TIME.test(text);
}

/** Whether a date or dateTime names the day. */
export function isToTheDay(text: string): boolean {
  return text.length >= 10;
}

/**
 * Completed years between two dates, as a range when either is not known to the day.
 * The time of day and the zone are left out: an age is a matter of calendar days.
 */
export function ageBetween(birthDate: string, at: string): { min: number; max: number } {
  return {
    min: Math.max(0, years(latest(birthDate), earliest(at))),
    max: Math.max(0, years(earliest(birthDate), latest(at))),
  };
}

type Day = readonly [year: number, month: number, day: number];

function earliest(date: string): Day {
  const [year = 0, month = 1, day = 1] = date.slice(0, 10).split('-').map(Number);
  return [year, month, day];
}

function latest(date: string): Day {
  const [year = 0, month = 12, day] = date.slice(0, 10).split('-').map(Number);
  return [year, month, day ?? daysIn(year, month)];
}

function years([year, month, day]: Day, [toYear, toMonth, toDay]: Day): number {
  const before = toMonth < month || (toMonth === month && toDay < day);
  return toYear - year - (before ? 1 : 0);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/**
 * Compares two dates, dateTimes or times as far as both are precise: negative when the first is certainly
 * earlier, positive when certainly later, 0 when neither is certain. Times with a zone compare as moments.
 */
export function compareDates(one: string, other: string): number {
  if (isInstant(one) && isInstant(other)) return momentOf(one) - momentOf(other);
  const length = Math.min(
    one.length,
    other.length,
    one.includes('T') || other.includes('T') ? 10 : Number.POSITIVE_INFINITY,
  );
  const [a, b] = [one.slice(0, length), other.slice(0, length)];
  return a < b ? -1 : a > b ? 1 : 0;
}
