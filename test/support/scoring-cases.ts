import { readdirSync, readFileSync } from 'node:fs';
import type { Answer } from '../../src/scoring/condition.js';
import type { Finding } from '../../src/scoring/finding.js';
import type { Response } from './scoring-questions.js';

/** The clinical truth tables of test/cases, and the worked cases. */
const cases = new URL('../cases/', import.meta.url);
const fixtures = new URL('../fixtures/', import.meta.url);

export interface SetCase {
  readonly name: string;
  readonly answers: Readonly<Record<string, Answer | null>>;
  readonly verdict: string;
  readonly gate?: Finding;
  readonly min: number | null;
  readonly max: number | null;
  readonly decision?: string;
  readonly verdictWithoutTests?: string;
  readonly findings: Readonly<Record<string, Finding>>;
  readonly nightPainVariant?: 'strict' | 'relaxed';
  /** The criterion or arm, or the gate fact, that the case is about, and its state. */
  readonly about?: string;
  readonly gateFact?: string;
  readonly state?: Finding;
  readonly boundary?: string;
}

export interface RedFlagCase {
  readonly name: string;
  readonly answers: Readonly<Record<string, Answer | null>>;
  readonly urgency: string | null;
  readonly complete: boolean;
  readonly flags: readonly string[];
}

interface CaseFile<Case> {
  readonly set: string;
  readonly base?: Response;
  readonly cases: readonly Case[];
}

export const setIds: readonly string[] = readdirSync(cases)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace(/\.json$/, ''))
  .filter((id) => id !== 'red-flags')
  .sort();

export function readSetCases(id: string): CaseFile<SetCase> {
  return readJson(`${id}.json`, cases) as CaseFile<SetCase>;
}

export function readRedFlagCases(): CaseFile<RedFlagCase> {
  return readJson('red-flags.json', cases) as CaseFile<RedFlagCase>;
}

/** The case's own answers over the file's; null takes one away. */
export function answersOf({ base = {} }: CaseFile<unknown>, { answers }: Pick<SetCase, 'answers'>): Response {
  return Object.fromEntries(
    Object.entries({ ...base, ...answers }).filter((entry): entry is [string, Answer] => entry[1] !== null),
  );
}

export interface WorkedOutcome {
  readonly urgency: string | null;
  readonly sets: Readonly<
    Record<string, { verdict: string; decision: string | null; min: number | null; max: number | null }>
  >;
}

export const workedCases = readJson('worked-cases.json', fixtures) as Readonly<Record<string, Response>>;
export const workedOutcomes = readJson('worked-cases-expected.json', fixtures) as Readonly<
  Record<string, WorkedOutcome>
>;

function readJson(name: string, folder: URL): unknown {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}
