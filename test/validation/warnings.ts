/** What the validator warns of, and which row of warnings.json says why it stays. */
import { isWarning, type Said } from './official.js';

export interface WarningRow {
  /** Regular expressions. */
  readonly file: string;
  readonly message: string;
  readonly reason: string;
}

const isAbout = (row: WarningRow, id: string, { message }: Said) =>
  new RegExp(row.file, 'u').test(id) && new RegExp(row.message, 'u').test(message);

type All = ReadonlyMap<string, readonly Said[]>;

/** Each message once, with how often and where first. */
export function unlistedWarnings(said: All, rows: readonly WarningRow[]): string[] {
  const places = new Map<string, string[]>();
  for (const [id, all] of said) {
    for (const one of all.filter(isWarning)) {
      if (rows.some((row) => isAbout(row, id, one))) continue;
      places.set(one.message, [...(places.get(one.message) ?? []), `${id} ${one.at}`]);
    }
  }
  return [...places].map(([message, [first, ...more]]) => `${first} (and ${more.length} more): ${message}`);
}

export function unusedRows(said: All, rows: readonly WarningRow[]): string[] {
  const warnings = [...said].flatMap(([id, all]) => all.filter(isWarning).map((one) => [id, one] as const));
  return rows
    .filter((row) => !warnings.some(([id, one]) => isAbout(row, id, one)))
    .map(({ file, message }) => `${file}: ${message}`);
}
