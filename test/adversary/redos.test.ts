/**
 * ReDoS: every regular expression of ours is fed what a backtracking engine chokes on. Each has a worker's
 * processor for 10 s, a hundred times what a linear one takes; then it is ended, and has failed.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Extension, Questionnaire, QuestionnaireResponse } from 'fhir/r4.js';
import { questionnaireResponseSchema, questionnaireSchema } from '../../src/fhir/schemas.js';
import { loadResources } from '../../src/io/resources.js';
import { readPattern } from '../../src/ui/engine/pattern.js';
import { type Pages, startPages } from '../support/browser-service.js';
import { send } from '../support/contract-http.js';
import { Attacker, type Expression } from '../support/regex-attack.js';
import { patternsIn, regexesIn } from '../support/regex-sources.js';

const DEADLINE_MS = 10_000;
const LONG = 100_000;
/** As long as a body may be. */
const MEGABYTE = 1_000_000;
const REGEX = 'http://hl7.org/fhir/StructureDefinition/regex';

const attacker = new Attacker();
let service: Pages | undefined;
afterAll(async () => {
  await attacker.close();
  await service?.stop();
});

async function attackAll(expressions: readonly Expression[], length: number) {
  const failed: string[] = [];
  let count = 0;
  let matched = 0;
  for (const expression of expressions) {
    const attacked = await attacker.run(expression, length, DEADLINE_MS);
    if (attacked.failed !== null) failed.push(`${expression.name}: ${attacked.failed}`);
    count += attacked.count;
    matched += attacked.matched;
  }
  return { failed, count, matched };
}

describe('in the sources', () => {
  const { literals, made, files } = regexesIn();
  test('every literal, against 100,000 characters', async () => {
    const { failed, count, matched } = await attackAll(literals, LONG);
    console.log(
      `ReDoS: ${literals.length} expressions in ${files} files, ${count} strings of ${LONG} characters, ${matched} matched, ${failed.length} hang`,
    );
    expect(failed).toEqual([]);
    expect([literals.length > 100, matched > 1000, matched < count]).toEqual([true, true, true]);
  }, 600_000);

  test('every pattern of the schemas, against a megabyte', async () => {
    const patterns = new Set([
      ...patternsIn(questionnaireResponseSchema),
      ...patternsIn(questionnaireSchema),
    ]);
    // As ajv compiles them.
    const all = [...patterns].map((pattern) => ({ name: `schema ${pattern}`, pattern, flags: 'u' }));
    const { failed, count } = await attackAll(all, MEGABYTE);
    console.log(`ReDoS: ${all.length} schema patterns, ${count} strings of ${MEGABYTE} characters, 0 hang`);
    expect(failed).toEqual([]);
    expect(all.length).toBeGreaterThan(3);
  }, 120_000);

  test('what is made at run time is known', () => {
    expect(made).toEqual([
      // The two places compile the patterns above.
      'fhir/schema-faults.ts',
      'fhir/schema-faults.ts',
      // From one constant.
      'operations/launch-context.ts',
      // From a Questionnaire: below.
      'ui/engine/pattern.ts',
      // From one constant.
      'ui/intake/link.ts',
      'ui/intake/link.ts',
      'ui/intake/link.ts',
    ]);
  });

  test.each(['^(a+)+$', '(\\s+)+x', '^(\\w|a)*!', '\\s+$', '[a-z]+/x'])(
    'it would be noticed: %s',
    async (pattern) => {
      const { failed } = await attacker.run({ name: 'evil', pattern, flags: '' }, LONG, 2000);
      expect(failed).toBe('hangs');
    },
    30_000,
  );
});

const POLYNOMIAL = '.*.*.*.*=.*';
/** Known for what they do to a backtracking engine. */
const EVIL = [
  '(a+)+',
  '([a-zA-Z]+)*',
  '(a|aa)+',
  '(a|a?)+',
  '(.*a){20}',
  '(\\w+\\s?)*!',
  '(a*)*b',
  '((a+)+)+',
  '(x+x+)+y',
  '([0-9]+)+#',
  POLYNOMIAL,
  '(?:a?){30}a{30}',
  '^(([a-z])+.)+[A-Z]([a-z])+',
];

describe('in a Questionnaire', () => {
  test('of ours: there is none, or it is linear on the page', async () => {
    const own = regexExtensions(await loadResources('resources'));
    const compiled = own.map((source) => ({
      name: source,
      pattern: readPattern(source)?.source ?? '',
      flags: 'u',
    }));
    expect((await attackAll(compiled, LONG)).failed).toEqual([]);
    console.log(`ReDoS: ${own.length} regex extensions in resources/`);
  }, 120_000);

  // What takes time with a power of the length is for whoever deploys the Questionnaire to see, as on any page.
  test('of whoever deploys one, on the page: refused, unless time grows slowly', async () => {
    const taken = EVIL.filter((source) => source !== POLYNOMIAL).flatMap((source) => {
      const compiled = readPattern(source);
      return compiled ? [{ name: source, pattern: compiled.source, flags: compiled.flags }] : [];
    });
    const { failed } = await attackAll(taken, 2000);
    expect(failed).toEqual([]);
    console.log(`ReDoS: of ${EVIL.length} evil patterns the page refuses ${EVIL.length - taken.length}`);
  }, 120_000);

  test('of anybody, at the service: each is answered, and so is everybody else', async () => {
    service = await startPages();
    const { url, fhir } = service;
    const TEXTS = [
      'a'.repeat(500_000),
      `${'a'.repeat(500_000)}!`,
      `${'0'.repeat(300_000)}b`,
      'x '.repeat(200_000),
    ];
    const asked = EVIL.flatMap((source) => TEXTS.map((text) => [source, text] as const));
    let answered = 0;
    for (const [source, text] of asked) {
      const body = { resourceType: 'Parameters', parameter: parametersFor(source, text) };
      const [reply, alive] = await Promise.all([
        send(`${fhir}/QuestionnaireResponse/$validate`, { body }),
        send(`${url}/livez`),
      ]);
      expect([source, [200, 422].includes(reply.status), alive.status]).toEqual([source, true, 200]);
      answered += 1;
    }
    console.log(`ReDoS: ${answered} evil patterns with their strings answered by the service`);
    expect(answered).toBe(EVIL.length * TEXTS.length);
  }, 300_000);
});

function parametersFor(source: string, text: string) {
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    url: 'https://made-up.example.org/Questionnaire/evil',
    version: '1',
    status: 'active',
    item: [{ linkId: 'a', type: 'text', extension: [{ url: REGEX, valueString: source }] }],
  };
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    questionnaire: 'https://made-up.example.org/Questionnaire/evil|1',
    status: 'completed',
    authored: '2026-05-04',
    subject: { reference: 'Patient/p1' },
    item: [{ linkId: 'a', answer: [{ valueString: text }] }],
  };
  return [
    { name: 'resource', resource: response },
    { name: 'questionnaire', resource: questionnaire },
  ];
}

function regexExtensions(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { url, valueString } = value as Extension;
  const here = url === REGEX && valueString !== undefined ? [valueString] : [];
  return [...here, ...Object.values(value).flatMap(regexExtensions)];
}
