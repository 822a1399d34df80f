/** `$advice`: what must be told whatever is wrong with the rest, and without asking anybody. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type {
  CodeSystem,
  CodeSystemConcept,
  OperationOutcome,
  Parameters,
  QuestionnaireResponse,
} from 'fhir/r4.js';
import { adviceTable } from '../../src/operations/advice-table.js';
import type { FhirServer } from '../../src/operations/ports.js';
import { ADVICE } from '../../src/scoring/advice.js';
import { redFlags } from '../../src/scoring/red-flags.js';
import { faultsOf, read, send } from '../support/contract-http.js';
import {
  type Answers,
  coding,
  QUESTIONNAIRE,
  toResponse,
  without,
  worked,
} from '../support/contract-responses.js';
import { type App, createPorts, startApp } from '../support/http-app.js';

/** Everything that was asked of the FHIR server; it answers nothing. */
let asked: string[] = [];
const server: FhirServer = new Proxy({ baseUrl: 'http://fhir.test/fhir' } as FhirServer, {
  get: (target, name) =>
    name in target
      ? Reflect.get(target, name)
      : (...given: unknown[]) => {
          asked.push(`${String(name)} ${given.slice(0, 2).join('/')}`);
          return Promise.resolve(null);
        },
});
let app: App;
beforeAll(async () => {
  app = await startApp({ ports: { fhirServer: server } });
});
beforeEach(() => {
  asked = [];
});
afterAll(() => app.close());

const ask = <T = Parameters>(operation: string, body: unknown) =>
  send<T>(`${app.fhir}/QuestionnaireResponse/$${operation}`, { body });
const begun = (answers: Answers) => toResponse(answers, 'begun', { status: 'in-progress' });

/** What is told, as an object. */
async function told(body: unknown) {
  const reply = await ask('advice', body);
  expect([reply.status, reply.body.resourceType]).toEqual([200, 'Parameters']);
  const parameter = reply.body.parameter ?? [];
  expect(parameter.filter(({ name }) => !['urgency', 'complete', 'advice'].includes(name))).toEqual([]);
  const of = (name: string) => parameter.filter((one) => one.name === name);
  return {
    urgency: of('urgency').map(({ valueCode }) => valueCode),
    complete: of('complete').map(({ valueBoolean }) => valueBoolean),
    advice: of('advice').map(({ valueCode }) => valueCode),
  };
}

/** Flags that it takes two answers to raise. */
const COMBINED = [
  'axspa-with-injury',
  'cancer-with-severe-pain',
  'cancer-with-upper-spine-pain',
  'infection-risk-with-pain',
  'axspa-with-deformity',
];

const EMERGENCY = { urgency: ['emergency'], complete: [false], advice: ['emergency'] };

test.each(['D1', 'P4'])('%s, entered in error, says nothing: least of all "none reported"', async (name) => {
  const withdrawn = toResponse(worked(name), 'withdrawn', { status: 'entered-in-error' });
  expect(await told(withdrawn)).toEqual({
    urgency: [],
    complete: [false],
    advice: ['undecided', 'get-help-at-once'],
  });
});

describe('an emergency is told', () => {
  const first = begun({ 'red-flag-emergency': ['urine-incontinence'] });
  const safety = first.item ?? [];
  const pain = (...item: object[]) => ({ ...first, item: [...safety, { linkId: 'pain', item }] });

  test.each<[string, object]>([
    ['as soon as it is ticked', first],
    ['without subject, date and identifier', without(first, 'subject', 'authored', 'identifier')],
    ['about a patient whom nobody can read', { ...first, subject: { reference: 'Patient/nobody' } }],
    ['about somebody who is no patient', { ...first, subject: { reference: 'Group/1' } }],
    ['with an answer that is no option', pain({ linkId: 'pain-location', answer: [coding('the-moon')] })],
    ['with an answer of another type', pain({ linkId: 'onset-age', answer: [{ valueString: 'young' }] })],
    ['with an age that cannot be', pain({ linkId: 'onset-age', answer: [{ valueInteger: 4000 }] })],
    [
      'with an answer that is not asked for',
      pain(
        { linkId: 'night-waking', answer: [coding('never')] },
        { linkId: 'night-rising-relief', answer: [coding('yes')] },
      ),
    ],
    ['with a question that does not exist', { ...first, item: [...safety, { linkId: 'no-such-thing' }] }],
    ['in the wrong order', { ...first, item: [{ linkId: 'other' }, ...safety] }],
    ['outside of its group', { ...first, item: safety[0]?.item }],
    ['as completed, with the rest left out', { ...first, status: 'completed' }],
    ['for an older version of the questions', { ...first, questionnaire: `${QUESTIONNAIRE}|0.9.0` }],
    ['without a version', { ...first, questionnaire: QUESTIONNAIRE }],
  ])('%s', async (_name, body) => {
    expect(await told(body)).toEqual(EMERGENCY);
    expect(asked).toEqual([]);
  });

  test('beside "none", which cannot both be: it is refused elsewhere', async () => {
    const body = begun({ 'red-flag-emergency': ['none', 'chest-pain'] });
    expect(await told(body)).toEqual(EMERGENCY);
    expect((await ask('explain', body)).status).toBe(422);
  });
});

describe('nobody is told that nothing was reported', () => {
  const none: Answers = {
    'red-flag-emergency': ['none'],
    'red-flag-urgent': ['none'],
    'eye-symptoms-now': 'no',
  };
  const undecided = { urgency: [], complete: [false], advice: ['undecided', 'get-help-at-once'] };

  test('but who answered all three questions', async () => {
    expect(await told(begun(none))).toEqual({
      urgency: ['none-reported'],
      complete: [true],
      advice: ['none-reported', 'get-help-at-once'],
    });
    for (const linkId of Object.keys(none)) {
      const { [linkId]: _, ...rest } = none;
      expect([linkId, await told(begun(rest))]).toEqual([linkId, undecided]);
    }
    expect(await told(begun({}))).toEqual(undecided);
  });

  test.each<[string, Answers]>([
    ['"not sure"', { ...none, 'eye-symptoms-now': 'unknown' }],
    ['what is no option', { ...none, 'eye-symptoms-now': 'perhaps' }],
    ['what is no option beside "none"', { ...none, 'red-flag-urgent': ['none', 'hiccups'] }],
    ['"no" given twice', { ...none, 'eye-symptoms-now': ['no', 'no'] }],
    ['a number', { ...none, 'red-flag-emergency': 0 }],
  ])('by %s', async (_name, answers) => {
    expect(await told(begun(answers))).toEqual(undecided);
  });
});

describe('refused are only', () => {
  test.each<[string, unknown, number, string]>([
    ['what is no response', { resourceType: 'Patient' }, 400, 'wrong-resource-type'],
    ['bad structure', { ...begun({}), item: 'none' }, 400, 'wrong-json-type'],
    ['no Questionnaire', without(begun({}), 'questionnaire'), 422, 'questionnaire-unknown'],
    [
      'another one',
      { ...begun({}), questionnaire: 'http://other.example.org|1' },
      422,
      'questionnaire-unknown',
    ],
  ])('%s', async (_name, body, status, code) => {
    const reply = await ask<OperationOutcome>('advice', body);
    expect([reply.status, faultsOf(reply.body)[0]?.code]).toEqual([status, code]);
    expect(asked).toEqual([]);
  });

  test('a Questionnaire that is served but that no rule is about', async () => {
    const ports = await createPorts();
    const [form] = ports.content.forms;
    if (!form) throw new Error('there is a form');
    const url = 'https://made-up.example.org/Questionnaire/other';
    const content = { ...ports.content, forms: [...ports.content.forms, { ...form, url }] };
    const other = await startApp({ ports: { fhirServer: server, content } });
    try {
      const body = { ...begun({ 'red-flag-emergency': ['chest-pain'] }), questionnaire: `${url}|1.0.0` };
      const reply = await send<OperationOutcome>(`${other.fhir}/QuestionnaireResponse/$advice`, { body });
      expect([reply.status, faultsOf(reply.body)[0]?.code]).toEqual([422, 'questionnaire-unknown']);
    } finally {
      await other.close();
    }
  });
});

describe('the words', () => {
  const parts = (concepts: CodeSystemConcept[] = []) => new Map(concepts.map((one) => [one.code, one]));

  test('are there for every code, with paragraphs, and for no other', async () => {
    const { concept } = await read<CodeSystem>(`${app.fhir}/CodeSystem/patient-information`);
    const advice = parts(parts(concept).get('advice')?.concept);
    expect([...advice.keys()]).toEqual([...ADVICE]);
    for (const { code, concept: paragraphs = [] } of advice.values()) {
      expect([code, paragraphs.length >= 1 && paragraphs.length <= 4]).toEqual([code, true]);
    }
  });

  test('name the number to call where it is needed, and nobody’s flags, criteria or counts', async () => {
    const { concept } = await read<CodeSystem>(`${app.fhir}/CodeSystem/patient-information`);
    const advice = parts(parts(concept).get('advice')?.concept);
    const textOf = (code: string) => JSON.stringify(advice.get(code));
    for (const code of ['emergency', 'get-help-at-once']) expect(textOf(code)).toContain('{emergencyNumber}');
    for (const code of ADVICE) {
      expect(textOf(code)).not.toMatch(/criteri|score|likel|cauda|compression of|suspected|\bASAS\b|NG65/i);
    }
  });
});

describe('adviceAlone', () => {
  test('is what $advice says of that answer and nothing else, for every option of every question', async () => {
    const { adviceAlone: alone } = adviceTable(await createPorts());
    const [form] = (await createPorts()).content.forms;
    let raising = 0;
    for (const { linkId, type, repeats, options } of form?.byLinkId.values() ?? []) {
      if (type !== 'choice') continue;
      for (const { valueCoding } of options?.byKey.values() ?? []) {
        const code = valueCoding?.code ?? '';
        const { urgency, advice } = await told(begun({ [linkId]: repeats ? [code] : code }));
        const isRaised = urgency[0] !== undefined;
        expect([linkId, code, alone[linkId]?.[code]]).toEqual([
          linkId,
          code,
          isRaised ? expect.objectContaining({ urgency: urgency[0], advice }) : undefined,
        ]);
        raising += isRaised ? 1 : 0;
      }
    }
    console.log(`answers that raise a flag alone ${raising}`);
    expect(Object.values(alone).flatMap((codes) => Object.keys(codes))).toHaveLength(raising);
    expect(raising).toBe(redFlags.filter(({ code }) => !COMBINED.includes(code)).length);
  });

  test('carries nothing but codes', async () => {
    const { adviceAlone: alone } = adviceTable(await createPorts());
    expect(JSON.parse(JSON.stringify(alone))).toEqual(alone);
    expect(alone['red-flag-emergency']?.['chest-pain']).toEqual({
      urgency: 'emergency',
      advice: ['emergency'],
    });
    expect(alone['eye-symptoms-now']).toEqual({
      yes: { urgency: 'same-day', advice: ['same-day', 'eye', 'get-help-at-once'] },
    });
    expect(alone['red-flag-emergency']?.none).toBeUndefined();
    expect(alone['pain-location']).toEqual({
      'upper-back': {
        urgency: 'urgent-days',
        advice: ['urgent-days', 'get-help-at-once'],
        unless: ['low-back', 'buttock'],
      },
    });
  });
});

test('adviceTogether is what $advice says of two answers, where that is more than each says', async () => {
  const { adviceTogether } = adviceTable(await createPorts());
  for (const { answers, urgency, advice } of adviceTogether) {
    const given = answers.map(([linkId, code]) => [linkId, code] as const);
    const repeats = ([linkId]: readonly [string, string]) =>
      linkId !== 'night-waking' && linkId !== 'pain-duration';
    const body: Record<string, string | string[]> = {};
    for (const one of given) {
      const before = body[one[0]] ?? [];
      body[one[0]] = repeats(one) ? [...before, one[1]] : one[1];
    }
    expect([answers, await told(begun(body))]).toMatchObject([answers, { urgency: [urgency], advice }]);
  }
  const own = new Set(adviceTogether.flatMap(({ advice }) => advice));
  expect([...own].sort()).toEqual([
    'cord-compression',
    'emergency',
    'get-help-at-once',
    'same-day',
    'spine-injury-with-axspa',
  ]);
  console.log(`pairs of answers that say more together ${adviceTogether.length}`);
});

test('worked cases: the urgency that is expected of each', async () => {
  expect(await told(toResponse(worked('S3'), 'S3'))).toEqual({
    urgency: ['emergency'],
    complete: [true],
    advice: ['emergency', 'spine-injury-with-axspa'],
  });
  expect((await told(toResponse(worked('S4'), 'S4'))).advice).toEqual(['same-day', 'get-help-at-once']);
});

test('the response may come in Parameters', async () => {
  const body: QuestionnaireResponse = begun({ 'red-flag-emergency': ['breathless'] });
  const parameter = [{ name: 'questionnaire-response', resource: body }];
  expect(await told({ resourceType: 'Parameters', parameter })).toEqual(EMERGENCY);
});
