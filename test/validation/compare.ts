/** Our verdict beside the official one: where they differ, and which row of a table says why. */
import type { Case } from './case.js';
import { isError, type Said } from './official.js';

/** Why a difference is right: a row of differences.json. */
export interface Row {
  /** Our details code, or `valid` for what we find nothing wrong with. */
  readonly code: string;
  /** Whose verdict alone is "invalid". */
  readonly only: 'ours' | 'HAPI';
  /** A regular expression: of what is wrong where only we see it, of what HAPI says (`[status] …`) where only it does. */
  readonly match: string;
  /** Cases. */
  readonly count: number;
  readonly reason: string;
}

export interface Verdict extends Case {
  /** Details codes. */
  readonly ours: readonly string[];
  /** What the validator says of the fault: without what it says of the same response before it. */
  readonly theirs: readonly string[];
}

export function toVerdicts(
  cases: readonly Case[],
  ours: ReadonlyMap<string, readonly string[]>,
  said: ReadonlyMap<string, readonly Said[]>,
): Verdict[] {
  const errorsOf = (id: string) => (said.get(id) ?? missing(id)).filter(isError);
  return cases.map((one) => {
    const known = new Set(one.before === null ? [] : errorsOf(one.before).map(keyOf));
    const fresh = errorsOf(one.id).filter((error) => !known.has(keyOf(error)));
    const status = /"status":"([a-z-]+)"/.exec(one.text)?.[1] ?? '';
    const theirs = [...new Set(fresh.map(({ message }) => `[${status}] ${message}`))];
    return { ...one, ours: ours.get(one.id) ?? missing(one.id), theirs };
  });
}

const keyOf = ({ at, message }: Said) => `${at}|${message}`;

function missing(id: string): never {
  throw new Error(`no verdict on ${id}`);
}

export const differs = ({ ours, theirs }: Verdict) => ours.length > 0 !== theirs.length > 0;

/** What a row must explain of a case: nothing where both agree. */
function toExplain(verdict: Verdict): { code: string; only: Row['only']; texts: readonly string[] } {
  const code = verdict.code ?? 'valid';
  if (!differs(verdict)) return { code, only: 'ours', texts: [] };
  return verdict.ours.length > 0
    ? { code, only: 'ours', texts: [verdict.kind] }
    : { code, only: 'HAPI', texts: verdict.theirs };
}

const isAbout = (row: Row, code: string, only: Row['only'], text: string) =>
  row.code === code && row.only === only && new RegExp(row.match, 'u').test(text);

/** Differences that no row explains. */
export function unexplained(verdicts: readonly Verdict[], rows: readonly Row[]): string[] {
  return verdicts.flatMap((verdict) => {
    const { code, only, texts } = toExplain(verdict);
    return texts
      .filter((text) => !rows.some((row) => isAbout(row, code, only, text)))
      .map((text) => `${verdict.id}: ${code}, only ${only}: ${text}`);
  });
}

/** Rows that do not explain as many cases as they say. */
export function miscounted(verdicts: readonly Verdict[], rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const count = verdicts.filter((verdict) => {
      const { code, only, texts } = toExplain(verdict);
      return texts.some((text) => isAbout(row, code, only, text));
    }).length;
    return count === row.count
      ? []
      : [`${row.code}, only ${row.only}, ${row.match}: ${count}, not ${row.count}`];
  });
}

/** code × cases × both × only ours × only HAPI; one line a code. */
export function toTable(verdicts: readonly Verdict[]): string[] {
  const codes = [...new Set(verdicts.map(({ code }) => code ?? 'valid'))].sort();
  const line = (name: string, ...cells: (string | number)[]) =>
    name.padEnd(22) + cells.map((cell) => String(cell).padStart(14)).join('');
  return [
    line('details code', 'cases', 'both valid', 'both invalid', 'only ours', 'only HAPI'),
    ...codes.map((code) => {
      const all = verdicts.filter((one) => (one.code ?? 'valid') === code);
      const count = (ours: boolean, theirs: boolean) =>
        all.filter((one) => one.ours.length > 0 === ours && one.theirs.length > 0 === theirs).length;
      return line(
        code,
        all.length,
        count(false, false),
        count(true, true),
        count(true, false),
        count(false, true),
      );
    }),
  ];
}
