import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { isDateTime, isInstant } from '../../../src/fhir/dates.js';
import { inDocumentOrder } from '../../../src/fhir/document-order.js';
import { isNarrative } from '../../../src/fhir/narrative.js';
import { MOST_ISSUES } from '../../../src/fhir/outcome.js';
import { hasAtMostOne, schemaFaults } from '../../../src/fhir/schema-faults.js';
import { CHOICE, type Schema } from '../../../src/fhir/schema-types.js';
import { questionnaireResponseSchema, questionnaireSchema } from '../../../src/fhir/schemas.js';
import { toResponse, worked, workedCases } from '../../support/contract-responses.js';
import { authoredResources, questionnaireIn } from '../../support/fhir-content.js';
import { createRandom, type Random } from '../../support/scoring-random.js';

const Q = 'QuestionnaireResponse';

/** ajv, set up as shape.ts does. */
function compiled(schema: Schema): (body: unknown) => boolean {
  const ajv = new Ajv({ strictTypes: false, ownProperties: true });
  ajv.addFormat('dateTime', isDateTime);
  ajv.addFormat('instant', isInstant);
  ajv.addFormat('xhtml', isNarrative);
  ajv.addKeyword({ keyword: CHOICE, type: 'object', schemaType: 'string', validate: hasAtMostOne });
  const validate = ajv.compile(schema);
  return (body) => validate(body) === true;
}
const KINDS = [
  { root: Q, schema: questionnaireResponseSchema, fits: compiled(questionnaireResponseSchema) },
  { root: 'Questionnaire', schema: questionnaireSchema, fits: compiled(questionnaireSchema) },
] as const;
const [RESPONSE, QUESTIONNAIRE] = KINDS;
type Kind = (typeof KINDS)[number];

/** Whether it fits, on which both must agree. */
function agreed({ root, schema, fits }: Kind, body: unknown): boolean {
  const faults = schemaFaults(schema, body, root);
  const isFit = fits(body);
  if (isFit !== (faults.length === 0)) expect({ body, fits: isFit, faults }).toEqual('the same from both');
  return isFit;
}

const EXTENSION = [{ url: 'urn:e', valueString: 'x' }];
const rich = {
  ...toResponse(worked('D1'), 'rich'),
  id: 'x',
  _id: { extension: EXTENSION },
  _status: { id: 's' },
  meta: {
    versionId: '7',
    lastUpdated: '2026-05-04T09:30:00Z',
    profile: ['urn:p', null],
    _profile: [null, { id: 'a' }],
    tag: [{ code: 't' }],
  },
  language: 'en',
  text: { status: 'generated', div: '<div>x</div>' },
  contained: [
    { resourceType: 'Patient', anything: [null, {}, []], text: { status: 'generated', div: '<div>x</div>' } },
  ],
  extension: [
    { url: 'urn:outer', extension: EXTENSION },
    { url: 'urn:q', valueQuantity: { value: 1 } },
  ],
  encounter: { reference: 'Encounter/1' },
  author: {
    identifier: { value: '9', period: { start: '2026' }, type: { coding: [{ code: 'c' }], text: 't' } },
  },
  item: [
    {
      linkId: 'a',
      text: 'T',
      _text: { extension: EXTENSION },
      answer: [
        { valueInteger: 3, _valueInteger: { extension: EXTENSION } },
        { valueCoding: { system: 'urn:x', code: 'c', userSelected: false }, item: [{ linkId: 'b' }] },
        { valueAttachment: { contentType: 'text/plain', size: 1, creation: '2026' } },
        { valueQuantity: { value: 1.5, comparator: '<', unit: 'mg' } },
        { valueDate: '2026' },
        { valueBoolean: true },
      ],
    },
  ],
};

const JUNK: readonly unknown[] = [
  JSON.parse('1e400'),
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2147483648,
  -2147483649,
  '',
  ' ',
  'x',
  ' x',
  'a b',
  'a  b',
  'a\tb',
  'a\u0000b',
  'a\u000b',
  '\u00a0',
  '\ud800',
  '2026',
  '2026-02-31',
  '2026-05-04T09:30:00Z',
  'completed',
  'active',
  'all',
  'urn:x',
  {},
  [],
  [null],
  [{}],
  ['x'],
  [[]],
  { id: 'x' },
  { id: 5 },
  { extension: [] },
  { extension: EXTENSION },
  { url: 'urn:x' },
  { code: 'c' },
  { value: 1 },
  { reference: 'A/1' },
  { resourceType: 'Basic' },
  { linkId: 'a' },
];
const NAMES = [
  'id',
  '_id',
  'extension',
  'modifierExtension',
  'url',
  'valueString',
  'valueInteger',
  '_valueInteger',
  'valueX',
  'value',
  'valueinteger',
  'answerInteger',
  '_answerString',
  'item',
  'answer',
  'linkId',
  'status',
  '_status',
  'meta',
  'profile',
  '_profile',
  'colour',
  '__proto__',
  'toString',
  'constructor',
  'Jane Doe',
  '',
  'resourceType',
  'text',
  '_text',
  'system',
  'start',
  'valueĀb',
  '$ref',
];

/** One change somewhere, in place. */
function mutate(body: object, random: Random): void {
  const places: Record<string, unknown>[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    places.push(node as Record<string, unknown>);
    Object.values(node).forEach(visit);
  };
  visit(body);
  const place = random.pick(places);
  const names = Object.keys(place);
  const set = (name: string, value: unknown) =>
    Object.defineProperty(place, name, { value, enumerable: true, configurable: true, writable: true });
  const junk = () => structuredClone(random.pick(JUNK));
  if (names.length > 0 && random.chance(0.5)) set(random.pick(names), junk());
  else if (Array.isArray(place)) place.push(junk());
  else if (names.length > 0 && random.chance(0.3)) delete place[random.pick(names)];
  else set(random.pick(NAMES), junk());
}

describe('ajv and the walk agree', () => {
  test.each(KINDS)('on every literal, as a $root', (kind) => {
    for (const body of JUNK) agreed(kind, body);
    const head = { resourceType: kind.root, status: kind === RESPONSE ? 'completed' : 'active' };
    expect(agreed(kind, head)).toBe(true);
    for (const name of NAMES) {
      for (const value of JUNK) {
        agreed(kind, { ...head, ...JSON.parse(JSON.stringify({ [name]: value })) });
        agreed(kind, { ...head, item: [{ linkId: 'a', type: 'string', [name]: value }] });
        agreed(kind, { ...head, extension: [{ url: 'urn:x', [name]: value }] });
        agreed(kind, { ...head, item: [{ linkId: 'a', answer: [{ [name]: value }] }] });
        agreed(kind, { ...head, meta: { [name]: value } });
      }
    }
  });

  test('on every element of either resource, with everything for a value', () => {
    let fit = 0;
    for (const kind of KINDS) {
      const head = { resourceType: kind.root, status: kind === RESPONSE ? 'completed' : 'active' };
      const { properties } = kind.schema;
      for (const name of Object.keys(properties as object)) {
        for (const value of JUNK) fit += agreed(kind, { ...head, [name]: value }) ? 1 : 0;
      }
    }
    expect(fit).toBeGreaterThan(100);
  });

  test('on bodies that are sound', () => {
    expect(agreed(RESPONSE, rich)).toBe(true);
    expect(agreed(QUESTIONNAIRE, questionnaireIn(authoredResources()))).toBe(true);
    for (const answers of Object.values(workedCases))
      expect(agreed(RESPONSE, toResponse(answers, 'i'))).toBe(true);
  });

  test('on bodies with one to five changes, told in document order', () => {
    const random = createRandom(4711);
    const starts: [Kind, object, number][] = [
      [RESPONSE, rich, 6000],
      [QUESTIONNAIRE, questionnaireIn(authoredResources()), 300],
      [RESPONSE, toResponse(worked('D4'), 'i'), 1000],
    ];
    const seen = { fit: 0, unfit: 0 };
    for (const [kind, start, count] of starts) {
      for (let index = 0; index < count; index += 1) {
        const body = structuredClone(start);
        for (let left = random.integer(1, 5); left > 0; left -= 1) mutate(body, random);
        seen[agreed(kind, body) ? 'fit' : 'unfit'] += 1;
        const told = schemaFaults(kind.schema, body, kind.root).filter(
          ({ code }) => code !== 'unknown-element',
        );
        expect(told).toEqual(inDocumentOrder(told, body, kind.root));
      }
    }
    expect(Math.min(seen.fit, seen.unfit)).toBeGreaterThan(300);
  });
});

describe('how much is told', () => {
  const items = (count: number, item: unknown) => ({
    resourceType: Q,
    status: 'completed',
    item: Array.from({ length: count }, () => item),
  });
  const told = (body: unknown) => schemaFaults(questionnaireResponseSchema, body, Q);

  test.each<[string, unknown]>([
    ['no objects', 5],
    ['empty', {}],
    ['without linkId', { text: 't' }],
    ['with an odd linkId', { linkId: 5 }],
    ['with an element that is not known', { linkId: 'a', colour: 'red' }],
    ['nothing right', { colour: 'red', answer: [], item: [null] }],
  ])('of 100,000 items at fault, no more than an answer can hold: %s', (_name, item) => {
    const issues = told(items(100_000, item));
    expect(issues.length).toBeGreaterThanOrEqual(MOST_ISSUES);
    expect(issues.length).toBeLessThan(MOST_ISSUES + 10);
    expect(issues[0]?.expression).toMatch(/^QuestionnaireResponse\.item\[0\]/);
  });

  test('up to the bound, every one', () => {
    expect(told(items(100, { linkId: 5 }))).toHaveLength(100);
    expect(told(items(MOST_ISSUES - 1, { linkId: 5 }))).toHaveLength(MOST_ISSUES - 1);
    expect(told(items(100_000, { linkId: 'a' }))).toEqual([]);
  });
});

describe('value[x]', () => {
  test.each<[object, boolean]>([
    [{}, true],
    [{ valueString: 'x' }, true],
    [{ valueString: 'x', _valueString: {} }, true],
    [{ valueString: 'x', value: 1, values: 2, valueset: 3 }, true],
    [{ valueString: 'x', valueInteger: 1 }, false],
    [{ valueString: 'x', _valueInteger: {} }, false],
    [{ _valueString: {}, _valueInteger: {} }, false],
  ])('%j has at most one: %s', (data, expected) => expect(hasAtMostOne('value', data)).toBe(expected));
});

test('what is wrong is said in a sentence, without what was sent', () => {
  const body = {
    resourceType: Q,
    status: 'Sekret',
    'Sekret Name': 1,
    item: [{ linkId: 5, answer: {} }],
    meta: {},
  };
  const issues = schemaFaults(questionnaireResponseSchema, body, Q);
  expect(issues.map(({ code, expression }) => [code, expression])).toEqual([
    ['wrong-json-type', `${Q}.status`],
    ['unknown-element', Q],
    ['wrong-json-type', `${Q}.item[0].linkId`],
    ['wrong-json-type', `${Q}.item[0].answer`],
    ['wrong-json-type', `${Q}.meta`],
  ]);
  for (const { text } of issues) expect(text).toMatch(/^(?!.*Sekret).{10,}\.$/);
});
