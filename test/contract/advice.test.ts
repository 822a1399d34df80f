/** `$advice`: what the person who answers should do now, of a response that is sent and of one that is stored. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Parameters, QuestionnaireResponse } from 'fhir/r4.js';
import { count, faultsOf, putPatient, type Reply, responseId, send } from '../support/contract-http.js';
import { CLINIC, coding, expectedCases, toResponse, without, worked } from '../support/contract-responses.js';
import { type Service, START_TIMEOUT, startService } from '../support/contract-service.js';

let service: Service;

const base = () => `${service.fhir}/QuestionnaireResponse`;
const advise = (body: object) => send<Parameters>(`${base()}/$advice`, { body });
const begun = toResponse({ 'red-flag-emergency': ['urine-incontinence'] }, 'begun', {
  status: 'in-progress',
});
const emergency = (complete: boolean, ...more: string[]) => [
  { name: 'urgency', valueCode: 'emergency' },
  { name: 'complete', valueBoolean: complete },
  ...['emergency', ...more].map((code) => ({ name: 'advice', valueCode: code })),
];

function parametersOf(reply: Reply<Parameters>) {
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`);
  expect(reply.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
  expect(reply.body.resourceType).toBe('Parameters');
  return reply.body.parameter ?? [];
}
const valuesOf = (reply: Reply<Parameters>, wanted: string) =>
  parametersOf(reply)
    .filter(({ name }) => name === wanted)
    .map(({ valueCode, valueBoolean }) => valueCode ?? valueBoolean);

beforeAll(async () => {
  service = await startService();
  await putPatient(service.embeddedUrl, 'p1');
  const reply = await send(base(), { body: begun });
  if (reply.status !== 201) throw new Error(`${reply.status} ${reply.text}`);
}, START_TIMEOUT);

afterAll(() => service?.kill(), 30_000);

const totals = async () => [
  await count(service.embeddedUrl, 'QuestionnaireResponse'),
  await count(service.embeddedUrl, 'Observation'),
  await count(service.embeddedUrl, 'Task'),
];

describe('of a response that is sent', () => {
  test.each<[string, object]>([
    ['bare', begun],
    ['without subject or date', without(begun, 'subject', 'authored')],
    ['about nobody known', { ...begun, subject: { reference: 'Patient/nobody' } }],
    ['in Parameters', { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: begun }] }],
  ])('%s: an emergency with the first tick; nothing is stored', async (_name, body) => {
    const before = await totals();
    expect(parametersOf(await advise(body))).toEqual(emergency(false));
    expect(await totals()).toEqual(before);
  });

  test('an emergency is told though another answer is faulty, for which everything else is refused', async () => {
    const pain = { linkId: 'pain', item: [{ linkId: 'pain-location', answer: [coding('the-moon')] }] };
    const body: QuestionnaireResponse = { ...begun, item: [...(begun.item ?? []), pain] };
    expect(parametersOf(await advise(body))).toEqual(emergency(false));
    for (const operation of ['explain', 'extract']) {
      expect([operation, (await send(`${base()}/$${operation}`, { body })).status]).toEqual([operation, 422]);
    }
  });

  test('every worked case has its urgency, and nothing is told of criteria, counts or flags', async () => {
    for (const [name, { urgency }] of Object.entries(expectedCases)) {
      const reply = await advise(toResponse(worked(name), name));
      expect([name, valuesOf(reply, 'urgency'), valuesOf(reply, 'advice')[0]]).toEqual([
        name,
        [urgency],
        urgency,
      ]);
      const names = parametersOf(reply).map((one) => one.name);
      expect([...new Set(names)]).toEqual(['urgency', 'complete', 'advice']);
    }
  });

  test('undecided has no urgency, and is not "none reported"', async () => {
    const reply = await advise(
      toResponse({ 'red-flag-emergency': ['none'] }, 'x', { status: 'in-progress' }),
    );
    expect(parametersOf(reply)).toEqual([
      { name: 'complete', valueBoolean: false },
      { name: 'advice', valueCode: 'undecided' },
      { name: 'advice', valueCode: 'get-help-at-once' },
    ]);
  });
});

describe('of a stored response', () => {
  test.each<[string, object]>([
    ['GET', {}],
    ['POST', { method: 'POST', body: { resourceType: 'Parameters' } }],
  ])('by %s', async (_name, options) => {
    const url = `${base()}/${responseId(CLINIC, 'begun')}/$advice`;
    expect(parametersOf(await send<Parameters>(url, options))).toEqual(emergency(false));
  });

  test('an unknown id: 404', async () => {
    const reply = await send<OperationOutcome>(`${base()}/none/$advice`);
    expect([reply.status, faultsOf(reply.body)[0]?.code]).toEqual([404, 'resource-not-found']);
  });
});

test.each<[string, object, number, string]>([
  ['an unknown element', { ...begun, hello: 'world' }, 400, 'unknown-element'],
  ['another resource', { resourceType: 'Patient' }, 400, 'wrong-resource-type'],
  [
    'an unknown Questionnaire',
    { ...begun, questionnaire: 'http://x.example.org|1' },
    422,
    'questionnaire-unknown',
  ],
])('refused: %s', async (_name, body, status, code) => {
  const reply = await send<OperationOutcome>(`${base()}/$advice`, { body });
  expect([reply.status, faultsOf(reply.body)[0]?.code]).toEqual([status, code]);
});
