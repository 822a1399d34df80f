/** contract.md §8: what is wrong with a response, said with its code, status and place; nothing is stored. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import { count, faultsOf, putPatient, type Reply, type Sent, send } from '../support/contract-http.js';
import { BASE, coding, QUESTIONNAIRE, system, toResponse, worked } from '../support/contract-responses.js';
import { type Service, START_TIMEOUT, startService } from '../support/contract-service.js';

const BODY_LIMIT = 1_048_576;
const GOOD = toResponse({ ...worked('D1'), 'pain-intensity': 5 }, 'bad input');

/** Where D1's answers stand. */
const PAIN = 'QuestionnaireResponse.item[1]';
const ONSET_AGE = `${PAIN}.item[2]`;
const FEATURES = 'QuestionnaireResponse.item[2]';
const TESTS = 'QuestionnaireResponse.item[3]';

type Edit = [path: string, value: unknown];

/** GOOD with the value at each dotted path replaced; undefined removes it. */
function edited(...edits: Edit[]): Record<string, unknown> {
  const copy: Record<string, unknown> = structuredClone({ ...GOOD });
  for (const [path, value] of edits) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    let place = copy;
    for (const step of steps) place = place[step] as Record<string, unknown>;
    if (value !== undefined) place[last] = value;
    else if (Array.isArray(place)) place.splice(Number(last), 1);
    else delete place[last];
  }
  return copy;
}

const answersOf = (...codes: string[]) => codes.map(coding);
const item = (linkId: string, ...codes: string[]) => ({ linkId, answer: answersOf(...codes) });
const itemsOf = (group: number) => GOOD.item?.[group]?.item ?? [];
const EXTENSION = [{ url: 'https://clinic.example.org/negated', valueBoolean: true }];

let service: Service;
let before: number[] = [];

const totals = async () => [
  await count(service.embeddedUrl, 'QuestionnaireResponse'),
  await count(service.embeddedUrl, 'Observation'),
  await count(service.embeddedUrl, 'Provenance'),
];
const post = (body: unknown, sent: Sent = {}) =>
  send<OperationOutcome>(`${service.fhir}/QuestionnaireResponse`, { body, ...sent });

beforeAll(async () => {
  service = await startService();
  await putPatient(service.embeddedUrl, 'p1');
  before = await totals();
}, START_TIMEOUT);

afterAll(() => service?.kill(), 30_000);

/** The status, and an OperationOutcome in which every issue is an error with one of our codes and a sentence. */
function refused(reply: Reply<OperationOutcome>, status: number) {
  expect([reply.status, reply.status === status ? '' : reply.text]).toEqual([status, '']);
  expect(reply.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
  const faults = faultsOf(reply.body);
  expect(faults).not.toEqual([]);
  for (const fault of faults) expect(fault).toMatchObject({ severity: 'error', system: system('issues') });
  for (const issue of reply.body.issue) {
    expect((issue.details?.text ?? issue.diagnostics ?? '').trim()).not.toBe('');
  }
  return faults;
}

type Row = [name: string, body: unknown, status: number, type: string, code: string, place: string];

/** One fault each: only that code is reported, at the element. */
const ONE_FAULT: Row[] = [
  [
    'another resourceType',
    edited(['resourceType', 'Observation']),
    400,
    'structure',
    'wrong-resource-type',
    '',
  ],
  [
    'an unknown element',
    edited(['colour', 'red']),
    400,
    'structure',
    'unknown-element',
    'QuestionnaireResponse',
  ],
  [
    'an unknown element of an answer',
    edited(['item.1.item.2.answer.0.colour', 'red']),
    400,
    'structure',
    'unknown-element',
    `${ONSET_AGE}.answer[0]`,
  ],
  ['no status', edited(['status', undefined]), 400, 'structure', 'missing-element', 'QuestionnaireResponse'],
  [
    'a status that FHIR lacks',
    edited(['status', 'finished']),
    400,
    'structure',
    'wrong-json-type',
    'QuestionnaireResponse.status',
  ],
  [
    '31 February',
    edited(['authored', '2026-02-31']),
    400,
    'structure',
    'wrong-json-type',
    'QuestionnaireResponse.authored',
  ],
  [
    'a number for a date',
    edited(['authored', 20260504]),
    400,
    'structure',
    'wrong-json-type',
    'QuestionnaireResponse.authored',
  ],
  [
    'an empty array of items',
    edited(['item', []]),
    400,
    'structure',
    'wrong-json-type',
    'QuestionnaireResponse.item',
  ],
  [
    'an empty array of answers',
    edited(['item.1.item.2.answer', []]),
    400,
    'structure',
    'wrong-json-type',
    ONSET_AGE,
  ],
  [
    'text for an integer',
    edited(['item.1.item.2.answer.0.valueInteger', '28']),
    400,
    'structure',
    'wrong-json-type',
    `${ONSET_AGE}.answer[0]`,
  ],
  [
    'a fraction for an integer',
    edited(['item.1.item.2.answer.0.valueInteger', 28.5]),
    400,
    'structure',
    'wrong-json-type',
    `${ONSET_AGE}.answer[0]`,
  ],
  ['null', edited(['authored', null]), 400, 'structure', 'wrong-json-type', 'QuestionnaireResponse.authored'],
  [
    'no questionnaire',
    edited(['questionnaire', undefined]),
    422,
    'required',
    'element-required',
    'QuestionnaireResponse',
  ],
  [
    'no subject',
    edited(['subject', undefined]),
    422,
    'required',
    'element-required',
    'QuestionnaireResponse',
  ],
  [
    'no authored',
    edited(['authored', undefined]),
    422,
    'required',
    'element-required',
    'QuestionnaireResponse',
  ],
  [
    'no version of the questionnaire',
    edited(['questionnaire', QUESTIONNAIRE]),
    422,
    'business-rule',
    'questionnaire-version-missing',
    'QuestionnaireResponse.questionnaire',
  ],
  [
    'an unknown version',
    edited(['questionnaire', `${QUESTIONNAIRE}|9.9.9`]),
    422,
    'business-rule',
    'questionnaire-version-unknown',
    'QuestionnaireResponse.questionnaire',
  ],
  [
    'an unknown questionnaire',
    edited(['questionnaire', `${BASE}/Questionnaire/other|1.0.0`]),
    422,
    'business-rule',
    'questionnaire-unknown',
    'QuestionnaireResponse.questionnaire',
  ],
  [
    'a patient that is not there',
    edited(['subject', { reference: 'Patient/nobody' }]),
    422,
    'business-rule',
    'subject-not-found',
    'QuestionnaireResponse.subject',
  ],
  [
    'implicitRules',
    edited(['implicitRules', 'https://clinic.example.org/rules']),
    422,
    'business-rule',
    'modifier-unknown',
    'QuestionnaireResponse.implicitRules',
  ],
  [
    'a modifierExtension',
    edited(['modifierExtension', EXTENSION]),
    422,
    'business-rule',
    'modifier-unknown',
    'QuestionnaireResponse.modifierExtension',
  ],
  [
    'a modifierExtension of an item',
    edited(['item.1.item.2.modifierExtension', EXTENSION]),
    422,
    'business-rule',
    'modifier-unknown',
    ONSET_AGE,
  ],
  [
    'an answer under a disabled question',
    edited(['item.1.item.7', item('night-waking', 'never')]),
    422,
    'business-rule',
    'answer-not-enabled',
    `${PAIN}.item[8]`,
  ],
  [
    'second-degree family though the first degree has it',
    edited(['item.2.item.2', item('family-first-degree', 'axial-spa')]),
    422,
    'business-rule',
    'answer-not-enabled',
    `${FEATURES}.item[3]`,
  ],
  [
    '`none` with another option',
    edited(['item.0.item.1', item('red-flag-urgent', 'none', 'fever')]),
    422,
    'business-rule',
    'exclusive-option',
    'QuestionnaireResponse.item[0].item[1]',
  ],
  [
    '`unknown` with another option in safety',
    edited(['item.0.item.0', item('red-flag-emergency', 'chest-pain', 'unknown')]),
    422,
    'business-rule',
    'exclusive-option',
    'QuestionnaireResponse.item[0].item[0]',
  ],
  [
    '`none` with another condition',
    edited(['item.2.item.0', item('diagnosed-conditions', 'uveitis', 'none')]),
    422,
    'business-rule',
    'exclusive-option',
    `${FEATURES}.item[0]`,
  ],
  [
    'an onset after the age now',
    edited(['item.1.item.2.answer.0.valueInteger', 60]),
    422,
    'business-rule',
    'onset-after-age',
    ONSET_AGE,
  ],
  ...[0, 111, -1].map(
    (age): Row => [
      `onset-age ${age}`,
      edited(['item.1.item.2.answer.0.valueInteger', age]),
      422,
      'value',
      'out-of-range',
      ONSET_AGE,
    ],
  ),
  ...[11, -1].map(
    (pain): Row => [
      `pain-intensity ${pain}`,
      edited(['item.1.item.11.answer.0.valueInteger', pain]),
      422,
      'value',
      'out-of-range',
      `${PAIN}.item[11]`,
    ],
  ),
  [
    'a required question without an answer',
    edited(['item.0.item.1', undefined]),
    422,
    'required',
    'answer-required',
    'QuestionnaireResponse',
  ],
  [
    'an unknown linkId',
    edited(['item.3.item.3', item('shoe-size', 'unknown')]),
    422,
    'value',
    'unknown-link-id',
    `${TESTS}.item[3]`,
  ],
  [
    'an unknown group',
    edited(['item.4', { linkId: 'hobbies', item: [item('chess', 'yes')] }]),
    422,
    'value',
    'unknown-link-id',
    'QuestionnaireResponse.item[4]',
  ],
  [
    'text for a choice',
    edited(['item.3.item.0.answer.0', { valueString: 'positive' }]),
    422,
    'value',
    'wrong-answer-type',
    `${TESTS}.item[0]`,
  ],
  [
    'a decimal for an integer',
    edited(['item.1.item.2.answer.0', { valueDecimal: 28 }]),
    422,
    'value',
    'wrong-answer-type',
    ONSET_AGE,
  ],
  [
    'two answers to one choice',
    edited(['item.1.item.1', item('pain-duration', 'under-3-months', 'over-5-years')]),
    422,
    'value',
    'too-many-answers',
    `${PAIN}.item[1]`,
  ],
  [
    'a code that is no option',
    edited(['item.3.item.0', item('hla-b27', 'maybe')]),
    422,
    'code-invalid',
    'code-not-in-options',
    `${TESTS}.item[0].answer[0]`,
  ],
  [
    "another question's option",
    edited(['item.3.item.0', item('hla-b27', 'over-5-years')]),
    422,
    'code-invalid',
    'code-not-in-options',
    `${TESTS}.item[0].answer[0]`,
  ],
  [
    'a coding without a system',
    edited(['item.3.item.0.answer.0', { valueCoding: { code: 'positive' } }]),
    422,
    'code-invalid',
    'code-not-in-options',
    `${TESTS}.item[0].answer[0]`,
  ],
  [
    'a coding of another system',
    edited([
      'item.3.item.0.answer.0',
      { valueCoding: { system: 'http://snomed.info/sct', code: 'positive' } },
    ]),
    422,
    'code-invalid',
    'code-not-in-options',
    `${TESTS}.item[0].answer[0]`,
  ],
];

describe('one fault', () => {
  test.each(ONE_FAULT)('%s', async (_name, body, status, type, code, place) => {
    const faults = refused(await post(body), status);
    expect([...new Set(faults.map((fault) => `${fault.type} ${fault.code}`))]).toEqual([`${type} ${code}`]);
    if (place !== '') expect(faults[0]?.expression.slice(0, place.length)).toBe(place);
  });
});

const nested = (depth: number) => {
  const { item: _items, ...rest } = GOOD;
  const open = '{"linkId":"a","item":['.repeat(depth);
  return `${JSON.stringify(rest).slice(0, -1)},"item":[${open}{"linkId":"a"}${']}'.repeat(depth)}]}`;
};
const withRawKey = (key: string) => `{"${key}":{"polluted":true},${JSON.stringify(GOOD).slice(1)}`;
const rawAnswer = (key: string) =>
  JSON.stringify(GOOD).replace('{"valueInteger":28}', `{"valueInteger":28,"${key}":{"polluted":true}}`);

/** Faults that may bring others along, or whose exact code is left open (''). */
const LOOSE: [name: string, body: unknown, status: number, type: string, code: string][] = [
  ['not JSON', '{"resourceType": "QuestionnaireResponse", ', 400, 'structure', 'not-json'],
  ['plain text', 'hello', 400, 'structure', 'not-json'],
  ['an empty body', ' ', 400, 'structure', ''],
  ['no resourceType', edited(['resourceType', undefined]), 400, 'structure', ''],
  ['an array', '[]', 400, 'structure', ''],
  ['null', 'null', 400, 'structure', ''],
  ['a string', '"QuestionnaireResponse"', 400, 'structure', ''],
  ['__proto__', withRawKey('__proto__'), 400, 'structure', ''],
  ['constructor', withRawKey('constructor'), 400, 'structure', ''],
  ['prototype', withRawKey('prototype'), 400, 'structure', ''],
  ['__proto__ in an answer', rawAnswer('__proto__'), 400, 'structure', ''],
  ['toString in an answer', rawAnswer('toString'), 400, 'structure', ''],
  ['10,000 nested items', nested(10_000), 400, 'structure', 'nesting-too-deep'],
  ['60 nested items', nested(60), 400, 'structure', 'nesting-too-deep'],
  [
    'valueInteger and valueString',
    edited(['item.1.item.2.answer.0.valueString', '28']),
    400,
    'structure',
    '',
  ],
  ['an item without linkId', edited(['item.1.item.2.linkId', undefined]), 400, 'structure', ''],
  ['an object for an array', edited(['item.1.item', itemsOf(1)[0]]), 400, 'structure', 'wrong-json-type'],
  ['a month as authored', edited(['authored', '2026-05']), 422, '', ''],
  [
    'a linkId twice',
    edited(['item.1.item', itemsOf(1).toSpliced(2, 0, item('pain-duration', 'unknown'))]),
    422,
    'value',
    'duplicate-link-id',
  ],
  [
    'a group twice',
    edited(['item', [GOOD.item?.[0], ...(GOOD.item ?? [])]]),
    422,
    'value',
    'duplicate-link-id',
  ],
  [
    'questions in another order',
    edited(['item.1.item', [...itemsOf(1)].reverse()]),
    422,
    'value',
    'wrong-order',
  ],
  [
    'groups in another order',
    edited(['item', [...(GOOD.item ?? [])].reverse()]),
    422,
    'value',
    'wrong-order',
  ],
  [
    'a question in another group',
    edited(['item.0.item.3', itemsOf(1)[1]], ['item.1.item.1', undefined]),
    422,
    'value',
    'wrong-nesting',
  ],
  [
    'a question outside its group',
    edited(['item.4', item('other-symptoms', 'none')]),
    422,
    'value',
    'wrong-nesting',
  ],
  ['no item at all', edited(['item', undefined]), 422, 'required', 'answer-required'],
  [
    'a group of required questions missing',
    edited(['item.0', undefined]),
    422,
    'required',
    'answer-required',
  ],
];

describe('what cannot be read, and what stands in the wrong place', () => {
  test.each(LOOSE)('%s', async (_name, body, status, type, code) => {
    const faults = refused(await post(body), status);
    if (type !== '') expect(faults.map((fault) => fault.type)).toContain(type);
    if (code !== '') expect(faults.map((fault) => fault.code)).toContain(code);
  });

  test('the linkId that stands twice is named where it stands again', async () => {
    const body = edited(['item.1.item', itemsOf(1).toSpliced(2, 0, item('pain-duration', 'unknown'))]);
    const fault = refused(await post(body), 422).find(({ code }) => code === 'duplicate-link-id');
    expect(fault?.expression).toMatch(/^QuestionnaireResponse\.item\[1\]\.item\[[12]\]/);
  });
});

describe('several faults', () => {
  test('all are reported, in document order', async () => {
    const body = edited(
      ['item.0.item.2', item('eye-symptoms-now', 'perhaps')],
      ['item.1.item.2.answer.0.valueInteger', 111],
      ['item.1.item.7', item('night-waking', 'never')],
      ['item.2.item.0', item('diagnosed-conditions', 'none', 'uveitis')],
      ['item.3.item.3', item('shoe-size', 'unknown')],
    );
    const faults = refused(await post(body), 422);
    expect(faults.map(({ code }) => code)).toEqual([
      'code-not-in-options',
      'out-of-range',
      'answer-not-enabled',
      'exclusive-option',
      'unknown-link-id',
    ]);
    const places = [
      'item[0].item[2].answer[0]',
      'item[1].item[2]',
      'item[1].item[8]',
      'item[2].item[0]',
      'item[3].item[3]',
    ];
    for (const [index, place] of places.entries()) {
      expect(faults[index]?.expression).toContain(`QuestionnaireResponse.${place}`);
    }
  });

  test('of the structure, too', async () => {
    const body = edited(
      ['item.0.colour', 'red'],
      ['item.1.item.2.answer.0.valueInteger', 'many'],
      ['item.2.item', []],
    );
    const faults = refused(await post(body), 400);
    expect(faults.map(({ code }) => code)).toEqual(['unknown-element', 'wrong-json-type', 'wrong-json-type']);
    for (const [index, place] of ['item[0]', 'item[1].item[2].answer[0]', 'item[2]'].entries()) {
      expect(faults[index]?.expression).toContain(`QuestionnaireResponse.${place}`);
    }
  });

  test('missing elements beside a wrong answer', async () => {
    const body = edited(
      ['subject', undefined],
      ['authored', undefined],
      ['item.3.item.0', item('hla-b27', 'maybe')],
    );
    const codes = refused(await post(body), 422).map(({ code }) => code);
    expect([...codes].sort()).toEqual(['code-not-in-options', 'element-required', 'element-required']);
  });

  test('the status is that of the first row: structure before business', async () => {
    const body = edited(['colour', 'red'], ['item.1.item.2.answer.0.valueInteger', 111]);
    expect(refused(await post(body), 400).map(({ code }) => code)).toContain('unknown-element');
  });
});

describe('the request itself', () => {
  const padded = (length: number) => JSON.stringify(edited(['status', undefined])).padEnd(length, ' ');

  test('BODY_LIMIT is accepted as a size', async () => {
    expect(refused(await post(padded(BODY_LIMIT)), 400)[0]).toMatchObject({ code: 'missing-element' });
  });

  test('one byte more: 413', async () => {
    expect(refused(await post(padded(BODY_LIMIT + 1)), 413)[0]).toMatchObject({
      type: 'too-long',
      code: 'body-too-long',
    });
  });

  test.each(['text/xml', 'application/fhir+xml', 'text/plain'])('%s: 415', async (type) => {
    const reply = await post(JSON.stringify(GOOD), { headers: { 'content-type': type } });
    expect(refused(reply, 415)[0]).toMatchObject({ type: 'not-supported', code: 'media-type' });
  });

  test.each([
    ['DELETE', 'QuestionnaireResponse/none'],
    ['DELETE', 'Observation/none'],
    ['DELETE', 'Patient/p1'],
  ])('%s %s: 405', async (method, path) => {
    const reply = await send<OperationOutcome>(`${service.fhir}/${path}`, { method });
    expect(refused(reply, 405)[0]).toMatchObject({ type: 'not-supported', code: 'method-not-allowed' });
  });
});

describe('after all of them', () => {
  test('an onset at the age now is no fault', async () => {
    const body = edited(['item.1.item.2.answer.0.valueInteger', 56]);
    const reply = await send(`${service.fhir}/QuestionnaireResponse/$extract`, { body });
    expect([reply.status, reply.status === 200 ? '' : reply.text]).toEqual([200, '']);
  });

  test('nothing is stored', async () => {
    expect(await totals()).toEqual(before);
    expect(before.slice(0, 2)).toEqual([0, 0]);
  });

  test('the service is well', async () => {
    expect((await send(`${service.url}/readyz`)).status).toBe(200);
  });
});
