/** The pages for clinicians are in English; days come first, and months are words, so that no date is misread. */
const LOCALE = 'en-GB';

const DAY: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' };
const MONTH: Intl.DateTimeFormatOptions = { month: 'short', year: 'numeric' };

const MILLISECONDS_A_DAY = 86_400_000;

/** FHIR date, dateTime or instant → "4 May 2026", as exact as it is given ("May 2026", "2026"); else as it is. */
export function dateText(date: string): string {
  if (/^\d{4}$/.test(date)) return date;
  if (/^\d{4}-\d\d$/.test(date)) return write(`${date}-01`, { ...MONTH, timeZone: 'UTC' }) ?? date;
  const zone = hasTime(date) ? {} : { timeZone: 'UTC' };
  return write(date, { ...DAY, ...zone }) ?? date;
}

/** FHIR dateTime or instant → "4 May 2026, 09:30" on the reader's clock; without a time as `dateText`. */
export function dateTimeText(date: string): string {
  if (!hasTime(date)) return dateText(date);
  return write(date, { ...DAY, hour: '2-digit', minute: '2-digit' }) ?? date;
}

/** "09:30" on the reader's clock. */
export function timeText(time: Date): string {
  return new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' }).format(time);
}

/** "5 minutes ago", "yesterday", "in 2 hours"; a date without a time is told in days, months and years. */
export function agoText(date: string, now: Date = new Date()): string {
  const then = new Date(date);
  if (Number.isNaN(then.getTime())) return date;
  const days = dayNumber(hasTime(date) ? localDay(then) : date) - dayNumber(localDay(now));
  if (days === 0 && hasTime(date)) return withinDay((then.getTime() - now.getTime()) / 60_000);
  const words = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });
  if (Math.abs(days) < 31) return words.format(days, 'day');
  if (Math.abs(days) < 365) return words.format(Math.trunc(days / 30.44), 'month');
  return words.format(Math.trunc(days / 365.25), 'year');
}

function withinDay(minutes: number): string {
  const words = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'always' });
  if (Math.abs(minutes) < 1) return 'just now';
  if (Math.abs(minutes) < 60) return words.format(Math.trunc(minutes), 'minute');
  return words.format(Math.trunc(minutes / 60), 'hour');
}

function hasTime(date: string): boolean {
  return date.includes('T');
}

function write(date: string, options: Intl.DateTimeFormatOptions): string | null {
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? null : new Intl.DateTimeFormat(LOCALE, options).format(time);
}

function localDay(time: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) / MILLISECONDS_A_DAY);
}
