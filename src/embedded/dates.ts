/**
 * FHIR dates as ranges (R4 §3.1.1.4.6): "2026-05" is the whole month, "…T09:30:00" the whole second.
 * A range is half open: `low` is in it, `high` is the first millisecond after it.
 */
export interface DateRange {
  /** Milliseconds since 1970 in UTC. */
  readonly low: number;
  readonly high: number;
  /** Milliseconds east of UTC as written; 0 when nothing was written. */
  readonly offset: number;
  /** False for a date or a time without a zone: it is then compared with the clock on the wall. */
  readonly isZoned: boolean;
}

export type DatePrefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

const DATE_TIME =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const MINUTE = 60_000;

/** Date.UTC reads the years 0–99 as 1900–1999; FHIR means them. */
function utc(year: number, month: number, day: number, ms = 0): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() + ms;
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(utc(year, month, day));
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function readOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
}

/** Milliseconds from midnight and how long the stated precision lasts. */
function readTime(match: RegExpExecArray): { start: number; length: number } | undefined {
  const [, , , , hour, minute, second, fraction] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 60) return undefined;
  const milliseconds = Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  const start = (Number(hour) * 60 + Number(minute)) * MINUTE + Number(second ?? 0) * 1000 + milliseconds;
  const length = fraction !== undefined ? 1 : second !== undefined ? 1000 : MINUTE;
  return { start, length };
}

/** A FHIR date, dateTime or instant (search also leaves out seconds and zone) → its range; undefined if none. */
export function readDate(text: string): DateRange | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const [, y, m, d, hour, , , , zone] = match;
  const [year, month, day] = [Number(y), Number(m ?? 1), Number(d ?? 1)];
  if (!isCalendarDay(year, month, day)) return undefined;
  if (hour === undefined) {
    const high =
      m === undefined
        ? utc(year + 1, 1, 1)
        : d === undefined
          ? utc(year, month + 1, 1)
          : utc(year, month, day + 1);
    return { low: utc(year, month, day), high, offset: 0, isZoned: false };
  }
  const time = readTime(match);
  const offset = readOffset(zone);
  if (!time || offset === undefined) return undefined;
  const low = utc(year, month, day, time.start - offset);
  return { low, high: low + time.length, offset, isZoned: zone !== undefined };
}

const PREFIXED = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d.*)$/s;

/** "ge2026-05" → prefix and range. A "+" that arrived as a space (unescaped in the URL) is read as "+". */
export function readDateSearch(text: string): { prefix: DatePrefix; range: DateRange } | undefined {
  const [, prefix, value] = PREFIXED.exec(text) ?? [];
  const range = value === undefined ? undefined : readDate(value.replace(' ', '+'));
  // The pattern admits the nine prefixes only.
  return range && { prefix: (prefix ?? 'eq') as DatePrefix, range };
}

/** How far "approximately" reaches: a tenth of the gap between now and the date (R4). */
export function approximation(range: DateRange, now: number): number {
  return Math.round(Math.abs(now - range.low) / 10);
}
