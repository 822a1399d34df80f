/**
 * The official rules: what we author, write and answer is right by them, and what we say of a response is what the
 * official validator says. Needs Java and Maven, so it runs by `npm run validate:fhir` alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { authoredResources, codeSystemIn } from '../support/fhir-content.js';
import { brokenSubjects, LET_PASS } from './broken.js';
import type { Case } from './case.js';
import { miscounted, type Row, toVerdicts, unexplained, type Verdict } from './compare.js';
import { madeCases, madeContent } from './made-cases.js';
import { FOLDER, isError, judge, type Said, type Subject } from './official.js';
import { ownCases } from './own-cases.js';
import { codesOf, startProduct } from './product.js';
import { rawCases } from './raw-cases.js';
import { toReport } from './report.js';
import { files, REFUSED, workedResponses } from './subjects.js';
import { unlistedWarnings, unusedRows, type WarningRow } from './warnings.js';
import {
  answeredSubjects,
  auditSubjects,
  documentSubjects,
  invitationSubjects,
  subscriptionSubjects,
  writtenSubjects,
} from './written.js';

const MOST_MS = 600_000;
const LEAST_VALID = 100;
const LEAST_BROKEN = 20;

const table = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const warningRows = table<WarningRow[]>('warnings.json');
/** Why a validator cannot see some of our details codes, and where the two verdicts differ. */
const { unseen, differences } = table<{ unseen: Record<string, string>; differences: Row[] }>(
  'differences.json',
);

const isAsked = process.env.VALIDATE_FHIR === '1';
const official = isAsked ? describe : describe.skip;

official('by the official validator (npm run validate:fhir)', () => {
  let subjects: readonly Subject[] = [];
  let cases: readonly Case[] = [];
  let verdicts: readonly Verdict[] = [];
  /** Of the subjects alone. */
  let said: ReadonlyMap<string, readonly Said[]> = new Map();
  let ofForms: ReadonlyMap<string, readonly Said[]> = new Map();
  let ofBroken: ReadonlyMap<string, readonly Said[]> = new Map();

  beforeAll(async () => {
    cases = [...ownCases(), ...rawCases(), ...madeCases()];
    subjects = [
      ...files,
      ...workedResponses,
      ...(await writtenSubjects()),
      ...auditSubjects(),
      ...documentSubjects(),
      ...subscriptionSubjects(),
      ...invitationSubjects(),
      ...(await answeredSubjects()),
    ];
    const forms = cases.flatMap(({ id, questionnaire }) =>
      questionnaire ? [{ id: `form of ${id}`, resource: questionnaire }] : [],
    );
    const broken = await brokenSubjects();
    const all = await judge(
      [...authoredResources(), ...madeContent, ...forms.map(({ resource }) => resource)],
      [
        ...subjects,
        ...cases,
        ...broken,
        ...forms.map(({ id, resource }) => ({ id, text: JSON.stringify(resource) })),
      ],
    );
    const pick = (ids: readonly string[]) => new Map(ids.map((id) => [id, all.get(id) ?? []]));
    said = pick(subjects.map(({ id }) => id));
    ofBroken = pick(broken.map(({ id }) => id));
    ofForms = pick(forms.map(({ id }) => id));
    verdicts = toVerdicts(cases, await ourVerdicts(cases), all);
    writeFileSync(join(FOLDER, 'report.txt'), toReport(said, verdicts));
  }, MOST_MS);

  const errorsIn = (all: ReadonlyMap<string, readonly Said[]>) =>
    [...all].flatMap(([id, issues]) =>
      issues.filter(isError).map(({ at, message }) => `${id} ${at}: ${message}`),
    );

  test('what we author, write and answer has no error', () => {
    const right = new Map([...said].filter(([id]) => !REFUSED.includes(id)));
    expect(said.size).toBeGreaterThan(900);
    expect(errorsIn(right)).toEqual([]);
  });

  test('the golden requests that we refuse are refused by it as well', () => {
    const ids = [...said].filter(([, issues]) => issues.some(isError)).map(([id]) => id);
    expect(ids).toEqual(expect.arrayContaining([...REFUSED]));
  });

  test('it refuses what breaks our profiles, but for what it does not look at', () => {
    const passed = [...ofBroken].filter(([, issues]) => !issues.some(isError)).map(([id]) => id);
    expect(ofBroken.size).toBeGreaterThan(40);
    expect(passed.sort()).toEqual(
      Object.keys(LET_PASS)
        .map((what) => `broken: ${what}`)
        .sort(),
    );
  });

  test('each warning is in warnings.json, with a reason, and each row there is of use', () => {
    expect(unlistedWarnings(said, warningRows)).toEqual([]);
    expect(unusedRows(said, warningRows)).toEqual([]);
  });

  test('the made-up Questionnaires are right, so that a verdict on their responses means something', () => {
    expect(errorsIn(ofForms)).toEqual([]);
  });

  test('we say of each case what it was made for', () => {
    const others = verdicts.filter(({ code, ours }) =>
      code === null ? ours.length > 0 : !ours.includes(code),
    );
    expect(others.map(({ id, code, ours }) => [id, code, ours])).toEqual([]);
  });

  test('every details code is tried often enough, or a validator cannot see it and a reason says why', () => {
    const codes = codeSystemIn(authoredResources(), 'issues').concept?.map(({ code }) => code) ?? [];
    const count = (code: string | null) => cases.filter((one) => one.code === code).length;
    const seldom = codes.filter((code) => count(code) < LEAST_BROKEN && unseen[code] === undefined);
    expect(seldom).toEqual([]);
    expect(Object.keys(unseen).filter((code) => !codes.includes(code) || count(code) > 0)).toEqual([]);
    expect(count(null)).toBeGreaterThanOrEqual(LEAST_VALID);
  });

  test('where the verdicts differ, a row of differences.json says why', () => {
    expect(unexplained(verdicts, differences)).toEqual([]);
  });

  test('each row there explains as many differences as it says', () => {
    expect(miscounted(verdicts, differences)).toEqual([]);
  });
});

async function ourVerdicts(cases: readonly Case[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const app = await startProduct();
  try {
    const ours = new Map<string, readonly string[]>();
    for (const one of cases) ours.set(one.id, await codesOf(app, one));
    return ours;
  } finally {
    await app.close();
  }
}
