/**
 * Is what we call valid what others call valid? Runs the cases of other projects, when they lie beside the checkout,
 * and always our own, over HTTP: `POST QuestionnaireResponse/$validate` with a `questionnaire` parameter.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import type { FhirServer } from '../../src/operations/ports.js';
import { type Fault, faultsOf, send } from '../support/contract-http.js';
import { type App, startApp } from '../support/http-app.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OTHERS = join(ROOT, '..', 'shared', 'cases', 'qr-validation');
const HEADING = '## Where we differ from other validators';

type Verdict = 'valid' | 'invalid';
type Case = {
  name: string;
  questionnaire: Questionnaire;
  response: QuestionnaireResponse;
  expected: Verdict;
  why: string;
};
type OurCase = Case & { faults: { code: string; expression: string }[] };
type TheirCase = Case & { contested: boolean };

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const ours = readJson(join(ROOT, 'test', 'conformance', 'cases.json')) as OurCase[];
const theirs: TheirCase[] = existsSync(OTHERS)
  ? readdirSync(OTHERS)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .flatMap((name) => readJson(join(OTHERS, name)) as TheirCase[])
  : [];

/** The validator needs no FHIR server, so it must not ask one. */
const nobody = async (): Promise<never> => {
  throw new Error('the FHIR server was asked');
};
const fhirServer: FhirServer = {
  baseUrl: 'http://fhir.invalid/fhir',
  read: nobody,
  vread: nobody,
  search: nobody,
  look: nobody,
  pages: async function* () {
    yield [];
  },
  follow: nobody,
  capabilities: nobody,
  transact: nobody,
  write: nobody,
  isReachable: async () => false,
  as: () => fhirServer,
};

let app: App;
beforeAll(async () => {
  app = await startApp({ ports: { fhirServer } });
});
afterAll(() => app.close());

/** The errors that `$validate` finds. */
async function validate({ questionnaire, response }: Case): Promise<Fault[]> {
  const parameter = [
    { name: 'resource', resource: response },
    { name: 'questionnaire', resource: questionnaire },
  ];
  const reply = await send<OperationOutcome>(`${app.fhir}/QuestionnaireResponse/$validate`, {
    body: { resourceType: 'Parameters', parameter },
  });
  if (reply.status !== 200) throw new Error(`$validate: ${reply.status} ${reply.text.slice(0, 300)}`);
  return faultsOf(reply.body).filter(({ severity }) => severity === 'error' || severity === 'fatal');
}

const verdictOn = async (one: Case): Promise<Verdict> =>
  (await validate(one)).length === 0 ? 'valid' : 'invalid';

describe('our own cases', () => {
  test.each(ours.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const found = (await validate(one)).map(({ code, expression }) => ({ code, expression }));
    expect(found).toEqual(one.faults);
    expect(found.length === 0 ? 'valid' : 'invalid').toBe(one.expected);
  });

  test('their names differ, both verdicts are among them, and so is every status that promises something', () => {
    expect(new Set(ours.map(({ name }) => name)).size).toBe(ours.length);
    const count = (verdict: Verdict) => ours.filter(({ expected }) => expected === verdict).length;
    expect(count('valid')).toBeGreaterThanOrEqual(12);
    expect(count('invalid')).toBeGreaterThanOrEqual(12);
    expect([...new Set(ours.map(({ response }) => response.status))].sort()).toEqual([
      'amended',
      'completed',
      'in-progress',
      'stopped',
    ]);
  });
});

describe('the cases of other projects', () => {
  if (theirs.length === 0) {
    test('are not beside this checkout', () => {
      console.log(
        `No cases of other projects in ${join('..', 'shared', 'cases')}: only our own ${ours.length} ran.`,
      );
      expect(documented().size).toBeGreaterThan(0);
    });
    return;
  }

  test('we agree with all that validators agree on, and differ only where test/README.md says so', async () => {
    const differing = new Map<string, Verdict>();
    for (const one of theirs) {
      const verdict = await verdictOn(one);
      if (verdict !== one.expected) differing.set(one.name, verdict);
    }
    const contested = theirs.filter((one) => one.contested);
    const agreed = theirs.length - differing.size;
    console.log(`cases agreed ${agreed} / contested ${contested.length} / different ${differing.size}`);
    const uncontested = theirs.filter((one) => !one.contested && differing.has(one.name));
    expect(uncontested.map(({ name, why }) => [name, why])).toEqual([]);
    expect(Object.fromEntries(differing)).toEqual(Object.fromEntries(documented()));
  });
});

/** Name → our verdict, from the table in test/README.md. */
function documented(): Map<string, string> {
  const readme = readFileSync(join(ROOT, 'test', 'README.md'), 'utf8');
  const [, section = ''] = readme.split(HEADING);
  const rows = (section.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  return new Map(rows.map(([, name = '', , verdict = '']) => [name, verdict]));
}
