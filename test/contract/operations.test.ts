/** contract.md §6: `$extract` and `$explain`, on a response that is sent and on one that is stored. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, OperationOutcome, Parameters, QuestionnaireResponse } from 'fhir/r4.js';
import { type Explanation, type From, KEYS, setOf } from '../support/contract-explain.js';
import {
  count,
  faultsOf,
  observationsOf,
  putPatient,
  type Reply,
  resourcesOf,
  responseId,
  send,
  shortCode,
} from '../support/contract-http.js';
import { told, verdict } from '../support/contract-observations.js';
import {
  CANONICAL,
  CLINIC,
  expectedCases,
  system,
  toResponse,
  without,
  worked,
} from '../support/contract-responses.js';
import { type Service, START_TIMEOUT, startService } from '../support/contract-service.js';
import { evaluateSet, SET_IDS, SETS } from '../support/contract-sets.js';

type Body = Partial<QuestionnaireResponse>;

let service: Service;

const base = () => `${service.fhir}/QuestionnaireResponse`;
const idOf = (name: string) => responseId(CLINIC, name);
const wrap = (resource: Body) => ({
  resourceType: 'Parameters',
  parameter: [{ name: 'questionnaire-response', resource }],
});
const extract = (body: object) => send<Parameters>(`${base()}/$extract`, { body });
const explain = (body: object, headers: Record<string, string> = {}) =>
  send<Explanation>(`${base()}/$explain`, { body, headers });
const partOf = (reply: Reply<Parameters>, name: string) =>
  reply.body.parameter?.find((parameter) => parameter.name === name)?.resource;
const extracted = (reply: Reply<Parameters>) =>
  resourcesOf<Observation>(partOf(reply, 'return') as Bundle, 'Observation');

async function submit(name: string): Promise<void> {
  const reply = await send(base(), { body: toResponse(worked(name), name) });
  if (reply.status !== 201) throw new Error(`${name}: ${reply.status} ${reply.text}`);
}

beforeAll(async () => {
  service = await startService();
  await putPatient(service.embeddedUrl, 'p1');
  for (const name of ['D1', 'D9']) await submit(name);
}, START_TIMEOUT);

afterAll(() => service?.kill(), 30_000);

const totals = async () => [
  await count(service.embeddedUrl, 'QuestionnaireResponse'),
  await count(service.embeddedUrl, 'Observation'),
  await count(service.embeddedUrl, 'Provenance'),
];

describe('$extract', () => {
  const D4 = toResponse(worked('D4'), 'D4');

  test.each<[string, object]>([
    ['a bare response', D4],
    ['Parameters', wrap(D4)],
  ])('%s: a transaction of the Observations only; the same bytes twice; nothing stored', async (_n, body) => {
    const before = await totals();
    const reply = await extract(body);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
    expect(reply.body.resourceType).toBe('Parameters');
    const bundle = partOf(reply, 'return') as Bundle;
    expect([bundle.resourceType, bundle.type]).toEqual(['Bundle', 'transaction']);
    for (const { resource, request } of bundle.entry ?? []) {
      expect([resource?.resourceType, request]).toEqual([
        'Observation',
        { method: 'PUT', url: `Observation/${resource?.id}` },
      ]);
    }
    expect((await extract(body)).text).toBe(reply.text);
    expect(await totals()).toEqual(before);
    expect((await send(`${base()}/${idOf('D4')}`)).status).toBe(404);
  });

  test('Parameters and the bare response give the same', async () => {
    expect((await extract(wrap(D4))).text).toBe((await extract(D4)).text);
  });

  test('a stored response: the Observations that are stored', async () => {
    const stored = (await observationsOf(service.fhir, idOf('D1'))).map(bare);
    const body = { resourceType: 'Parameters' };
    const instance = await send<Parameters>(`${base()}/${idOf('D1')}/$extract`, { body });
    expect(instance.status).toBe(200);
    expect(byId(extracted(instance).map(bare))).toEqual(byId(stored));
    const again = await send<Parameters>(`${base()}/${idOf('D1')}/$extract`, { body });
    expect(again.text).toBe(instance.text);
    expect(byId(extracted(await extract(toResponse(worked('D1'), 'D1'))).map(bare))).toEqual(byId(stored));
  });

  /** Without what only a server adds. */
  function bare(observation: Observation): Observation {
    const { versionId: _version, lastUpdated: _time, ...meta } = observation.meta ?? {};
    return { ...observation, meta };
  }
  const byId = (observations: Observation[]) =>
    Object.fromEntries(observations.map((observation) => [observation.id, observation]));

  test('in-progress with a red flag: one preliminary Observation', async () => {
    const begun = { 'red-flag-emergency': ['urine-incontinence'] };
    const [flag, ...more] = extracted(await extract(toResponse(begun, 'begun', { status: 'in-progress' })));
    expect(more).toEqual([]);
    expect([flag && shortCode(flag), flag?.status]).toEqual(['red-flag-urgency', 'preliminary']);
    expect(told(flag)).toEqual(verdict('emergency'));
  });

  test('nothing to extract: 200 with a warning in issues only', async () => {
    const begun = toResponse({ 'pain-location': ['low-back'] }, 'begun', { status: 'in-progress' });
    const reply = await extract(begun);
    expect(reply.status).toBe(200);
    expect(reply.body.parameter?.map(({ name }) => name)).toEqual(['issues']);
    const outcome = partOf(reply, 'issues') as OperationOutcome;
    expect(outcome.resourceType).toBe('OperationOutcome');
    expect(outcome.issue.map(({ severity }) => severity)).toContain('warning');
  });

  test.each<[string, Body, string]>([
    ['no subject', without(D4, 'subject'), 'element-required'],
    ['no authored', without(D4, 'authored'), 'element-required'],
    [
      'an answer that is no option',
      toResponse({ ...worked('D4'), 'hla-b27': 'maybe' }, 'D4'),
      'code-not-in-options',
    ],
  ])('invalid (%s): 422 as POST', async (_name, body, code) => {
    for (const sent of [body, wrap(body)]) {
      const reply = await send<OperationOutcome>(`${base()}/$extract`, { body: sent });
      expect(reply.status).toBe(422);
      expect(faultsOf(reply.body)[0]).toMatchObject({ severity: 'error', code, system: system('issues') });
    }
  });

  test('an unknown id: 404', async () => {
    const reply = await send<OperationOutcome>(`${base()}/none/$extract`, {
      body: { resourceType: 'Parameters' },
    });
    expect(reply.status).toBe(404);
    expect(faultsOf(reply.body)[0]).toMatchObject({ type: 'not-found', code: 'resource-not-found' });
  });
});

const ok = (reply: Reply<Explanation>): Explanation => {
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`);
  return reply.body;
};
const keys = (value: object) => Object.keys(value).sort();
const sorted = (names: string[]) => [...names].sort();

describe('$explain: shape', () => {
  const CASES = ['D1', 'D4', 'D7', 'D8', 'P4', 'U1', 'U2', 'S3'];

  test.each(CASES)('%s: no key is missing, none is new', async (name) => {
    const explanation = ok(await explain(toResponse(worked(name), name)));
    expect(keys(explanation)).toEqual(sorted(KEYS.explanation));
    for (const part of ['response', 'ruleSet', 'redFlags'] as const) {
      expect([part, keys(explanation[part])]).toEqual([part, sorted(KEYS[part])]);
    }
    const froms: From[] = [];
    for (const flag of explanation.redFlags.flags) {
      expect(keys(flag)).toEqual(sorted(KEYS.flag));
      froms.push(...flag.from);
    }
    for (const fact of explanation.facts) {
      expect([fact.code, keys(fact)]).toEqual([fact.code, sorted(KEYS.fact)]);
      froms.push(...fact.from);
    }
    for (const set of explanation.criteriaSets) {
      expect([set.id, keys(set)]).toEqual([set.id, sorted(KEYS.set)]);
      for (const criterion of set.criteria) {
        expect([set.id, keys(criterion)]).toEqual([set.id, sorted(KEYS.criterion)]);
        froms.push(...criterion.from);
      }
    }
    for (const from of froms) expect(keys(from)).toEqual(sorted(KEYS.from));
    expect(explanation.criteriaSets.map(({ id }) => id)).toEqual(SET_IDS);
  });

  test.each(CASES)('%s: values are of the closed lists', async (name) => {
    const explanation = ok(await explain(toResponse(worked(name), name)));
    const findings = ['met', 'not-met', 'unknown'];
    for (const set of explanation.criteriaSets) {
      const id = set.id as (typeof SET_IDS)[number];
      const own = evaluateSet(id, worked(name));
      expect([id, set.gate, set.verdictWithoutTests]).toEqual([
        id,
        own.gate?.finding ?? null,
        own.verdictWithoutTests,
      ]);
      expect([id, set.of, set.threshold]).toEqual([id, SETS[id].criteria.length, SETS[id].threshold]);
      expect([id, set.title, set.citation, set.note].filter((text) => text === '')).toEqual([]);
      for (const [index, code] of SETS[id].criteria.entries()) {
        const criterion = set.criteria[index];
        const { finding, reason } = own.criteria[index] ?? {};
        expect([id, criterion?.code, criterion?.finding, criterion?.reason]).toEqual([
          id,
          code,
          finding,
          reason,
        ]);
      }
      const isClosed = ['met', 'not-met', 'not-applicable'].includes(set.verdict);
      if (isClosed) expect([id, set.settledBy]).toEqual([id, []]);
      expect(set.settledBy.length).toBeLessThanOrEqual(20);
      expect(new Set(set.settledBy.map(({ length }) => length)).size).toBeLessThanOrEqual(1);
    }
    for (const { code, finding } of explanation.facts) {
      const allowed = ['onset-age', 'pain-intensity'].includes(code) ? [null] : findings;
      expect(allowed).toContain(finding);
    }
    expect(explanation.likelihood).toBeNull();
    expect(explanation.ruleSet).toMatchObject({ version: '1.0.0', nightPainVariant: 'strict' });
    expect(explanation.ruleSet.hash).toMatch(/^sha256:[0-9a-f]+$/);
    expect(explanation.disclaimer).toContain('not a diagnosis');
    expect(explanation.redFlags.urgency).toBe(expectedCases[name]?.urgency);
  });
});

describe('$explain: D9, the example', () => {
  test.each<[string, 'GET' | 'POST']>([
    ['GET', 'GET'],
    ['POST', 'POST'],
  ])('a stored response, by %s: application/json whatever Accept says', async (_name, method) => {
    const reply = await send<Explanation>(`${base()}/${idOf('D9')}/$explain`, {
      method,
      headers: { accept: 'application/fhir+json' },
      ...(method === 'POST' ? { body: { resourceType: 'Parameters' } } : {}),
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.body.response).toEqual({
      id: idOf('D9'),
      versionId: '1',
      status: 'completed',
      authored: '2026-05-04T09:30:00+02:00',
      questionnaire: CANONICAL,
    });
  });

  test('as Parameters', async () => {
    const D9 = toResponse(worked('D9'), 'D9');
    expect(ok(await explain(wrap(D9))).criteriaSets).toEqual(ok(await explain(D9)).criteriaSets);
  });

  test('the values', async () => {
    const reply = await explain(toResponse(worked('D9'), 'D9'), { accept: 'application/fhir+json' });
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    const explanation = ok(reply);
    expect(explanation.redFlags).toEqual({
      urgency: 'none-reported',
      complete: true,
      flags: [],
      unanswered: [],
    });
    expect(explanation.facts).toContainEqual({
      code: 'insidious-onset',
      finding: 'met',
      reason: null,
      from: [{ linkId: 'onset-speed', answer: 'months' }],
    });
    expect(explanation.facts).toContainEqual({
      code: 'hla-b27-positive',
      finding: 'unknown',
      reason: 'not-performed',
      from: [{ linkId: 'hla-b27', answer: 'not-tested' }],
    });
    expect(explanation.facts).toContainEqual({
      code: 'low-back-pain',
      finding: 'met',
      reason: null,
      from: [{ linkId: 'pain-location', answer: ['low-back'] }],
    });
    const set = setOf(explanation, 'asas-ibp-2009');
    expect(set).toMatchObject({
      gate: 'met',
      verdict: 'not-met',
      decision: null,
      min: 3,
      max: 3,
      of: 5,
      threshold: 4,
      verdictWithoutTests: null,
      settledBy: [],
      note: '3 of 5 present: not met.',
    });
    expect(set.criteria[0]).toEqual({
      code: 'onset-before-40',
      text: expect.any(String),
      finding: 'not-met',
      reason: null,
      from: [{ linkId: 'onset-age', answer: 40 }],
    });
  });
});

describe('$explain: what else', () => {
  test('NG65 in D4 is settled by HLA-B27 first', async () => {
    const set = setOf(ok(await explain(toResponse(worked('D4'), 'D4'))), 'nice-ng65');
    expect(set).toMatchObject({ decision: 'test-hla-b27', verdict: 'indeterminate', min: 3, max: 3 });
    expect(set.settledBy[0]).toEqual(['hla-b27']);
  });

  test('the ASAS referral rule in D2 is settled by any one test', async () => {
    const set = setOf(ok(await explain(toResponse(worked('D2'), 'D2'))), 'asas-referral-2015');
    expect(set.verdict).toBe('indeterminate');
    expect(set.settledBy.map((one) => one.join()).sort()).toEqual([
      'crp-esr-raised',
      'hla-b27',
      'si-imaging',
    ]);
  });

  test('with only the safety questions the gate questions can settle Berlin', async () => {
    const set = setOf(ok(await explain(toResponse(worked('U1'), 'U1'))), 'berlin-2006-8a');
    expect(set.settledBy).toContainEqual(['pain-duration']);
  });

  test('red flags: what raised them, what is unanswered', async () => {
    const { redFlags } = ok(await explain(toResponse(worked('S4'), 'S4')));
    expect(redFlags).toMatchObject({ urgency: 'same-day', complete: true, unanswered: [] });
    const cancer = redFlags.flags.find(({ code }) => code === 'cancer-history');
    expect(cancer).toEqual({
      code: 'cancer-history',
      urgency: 'urgent-days',
      from: [{ linkId: 'red-flag-urgent', answer: ['cancer-history'] }],
    });
    const begun = toResponse({ 'red-flag-emergency': ['none'] }, 'begun', { status: 'in-progress' });
    expect(ok(await explain(begun)).redFlags).toMatchObject({
      urgency: null,
      complete: false,
      flags: [],
      unanswered: ['red-flag-urgent', 'eye-symptoms-now'],
    });
  });

  test('a missing subject or authored is a warning here', async () => {
    const body = without(toResponse(worked('D1'), 'D1'), 'subject', 'authored');
    const explanation = ok(await explain(body));
    expect(explanation.warnings.length).toBeGreaterThanOrEqual(1);
    expect(explanation.response.authored).toBeNull();
    expect(setOf(explanation, 'calin-1977')).toMatchObject({ verdict: 'met', min: 5, max: 5 });
  });

  test('nothing is stored', async () => {
    const before = await totals();
    await explain(toResponse(worked('D1'), 'never stored'));
    expect(await totals()).toEqual(before);
  });

  test('an unknown id: 404', async () => {
    const reply = await send<OperationOutcome>(`${base()}/none/$explain`);
    expect(reply.status).toBe(404);
    expect(faultsOf(reply.body)[0]).toMatchObject({ type: 'not-found', code: 'resource-not-found' });
  });

  test('an invalid response: 422', async () => {
    const body = toResponse({ ...worked('D1'), 'onset-age': 111 }, 'D1');
    const reply = await send<OperationOutcome>(`${base()}/$explain`, { body });
    expect(reply.status).toBe(422);
    expect(faultsOf(reply.body)[0]).toMatchObject({ type: 'value', code: 'out-of-range' });
  });
});
