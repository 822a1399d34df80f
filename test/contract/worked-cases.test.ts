/** The worked cases of clinical.md §11: what each one is answered, explained and stored as. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation, QuestionnaireResponse } from 'fhir/r4.js';
import { type Explanation, setOf } from '../support/contract-explain.js';
import { FACTS, readFact, writtenFacts } from '../support/contract-findings.js';
import { observationsOf, putPatient, read, responseId, send, shortCode } from '../support/contract-http.js';
import {
  absent,
  component,
  first,
  score,
  scoreOf,
  told,
  toldFinding,
  verdict,
} from '../support/contract-observations.js';
import { CLINIC, expectedCases, system, toResponse, worked } from '../support/contract-responses.js';
import { type Service, START_TIMEOUT, startService } from '../support/contract-service.js';
import { componentCodes, evaluateSet, SET_IDS, SETS } from '../support/contract-sets.js';

type Flags = Record<string, string>;
/** Red flags of the cases that have any (clinical.md §13). */
const FLAGS: Record<string, Flags> = {
  P4: { 'urine-incontinence': 'emergency' },
  U2: { 'emergency-signs-unsure': 'same-day', 'urgent-signs-unsure': 'urgent-days' },
  S3: { 'minor-injury': 'urgent-days', 'axspa-with-injury': 'emergency' },
  S4: { 'cancer-history': 'urgent-days', 'cancer-with-severe-pain': 'same-day' },
};
const ALARM: Record<string, string> = { emergency: 'AA', 'same-day': 'AA', 'urgent-days': 'A' };
const INTERPRETATION: Record<string, string> = { met: 'POS', 'not-met': 'NEG', indeterminate: 'IND' };

const NAMES = Object.keys(expectedCases);
const expectedOf = (name: string) => {
  const expected = expectedCases[name];
  if (!expected) throw new Error(`no expectation for ${name}`);
  return expected;
};

let service: Service | undefined;
let relaxed: Service | undefined;
const running = (): Service => {
  if (!service) throw new Error('the service did not start');
  return service;
};

beforeAll(async () => {
  service = await startService();
  await putPatient(service.embeddedUrl, 'p1');
}, START_TIMEOUT);

afterAll(async () => {
  await service?.kill();
  await relaxed?.kill();
}, 30_000);

const submitted = new Map<string, ReturnType<typeof submit>>();
const submit = (name: string) =>
  send<QuestionnaireResponse>(`${running().fhir}/QuestionnaireResponse`, {
    body: toResponse(worked(name), name),
  });

/** Each case is sent once, whichever test asks first. */
function submitOnce(name: string) {
  const sent = submitted.get(name) ?? submit(name);
  submitted.set(name, sent);
  return sent;
}

async function stored(name: string): Promise<Map<string, Observation>> {
  await submitOnce(name);
  const observations = await observationsOf(running().fhir, responseId(CLINIC, name));
  return new Map(observations.map((observation) => [shortCode(observation), observation]));
}

describe.each(NAMES)('%s', (name) => {
  const id = responseId(CLINIC, name);

  test('is created: 201, Location, ETag, the response', async () => {
    const reply = await submitOnce(name);
    expect({ status: reply.status, text: reply.status === 201 ? '' : reply.text }).toEqual({
      status: 201,
      text: '',
    });
    expect(reply.headers.get('location')).toBe(
      `${running().url}/fhir/QuestionnaireResponse/${id}/_history/1`,
    );
    expect(reply.headers.get('etag')).toBe('W/"1"');
    expect(reply.body).toMatchObject({ resourceType: 'QuestionnaireResponse', id, status: 'completed' });
  });

  test('is explained with the verdicts and bounds of the table', async () => {
    await submitOnce(name);
    const explanation = await read<Explanation>(`${running().fhir}/QuestionnaireResponse/${id}/$explain`);
    expect(explanation.criteriaSets.map((set) => set.id)).toEqual(SET_IDS);
    for (const setId of SET_IDS) {
      const { verdict, decision, min, max, threshold } = setOf(explanation, setId);
      expect({ setId, verdict, decision, min, max, threshold }).toEqual({
        setId,
        ...expectedOf(name).sets[setId],
        threshold: SETS[setId].threshold,
      });
    }
    expect(explanation.redFlags.urgency).toBe(expectedOf(name).urgency);
    expect(
      Object.fromEntries(explanation.redFlags.flags.map(({ code, urgency }) => [code, urgency])),
    ).toEqual(FLAGS[name] ?? {});
  });

  test('stores one panel, one red flag, every set and the facts that have an answer, no more', async () => {
    const answers = worked(name);
    const expected = ['axspa-screening-panel', 'red-flag-urgency', ...SET_IDS, ...writtenFacts(answers)];
    if (answers['onset-age'] !== undefined) expected.push('onset-age');
    expect([...(await stored(name)).keys()].sort()).toEqual(expected.sort());
  });

  test.each(SET_IDS)('stores %s', async (setId) => {
    const observation = (await stored(name)).get(setId);
    const own = evaluateSet(setId, worked(name));
    const table = expectedOf(name).sets[setId];
    if (!observation) throw new Error(`no Observation for ${setId}`);
    const isApplicable = table.verdict !== 'not-applicable';

    expect(first(observation.code)).toEqual([system('criteria-sets'), setId]);
    expect(told(observation)).toEqual(isApplicable ? score(table.min) : absent('not-applicable'));
    expect(observation.valueQuantity === undefined).toBe(!isApplicable);
    expect(observation.dataAbsentReason === undefined).toBe(isApplicable);
    expect(observation.interpretation?.map((concept) => concept.coding?.[0]?.code)).toEqual(
      isApplicable ? [INTERPRETATION[table.verdict]] : undefined,
    );

    expect(observation.component?.map((part) => first(part.code))).toEqual(
      componentCodes(setId, own).map((code) => [system('findings'), code]),
    );
    expect(told(component(observation, 'verdict'))).toEqual(verdict(table.verdict));
    expect(scoreOf(component(observation, 'score-maximum')?.valueQuantity)).toEqual(
      isApplicable ? score(table.max) : [undefined, undefined, undefined],
    );
    const { threshold } = SETS[setId];
    if (threshold !== null) expect(told(component(observation, 'threshold'))).toEqual(score(threshold));
    if (own.gate) expect(told(component(observation, 'gate'))).toEqual(toldFinding(own.gate));
    if (table.decision) expect(told(component(observation, 'decision'))).toEqual(verdict(table.decision));
    if (own.verdictWithoutTests) {
      expect(told(component(observation, 'verdict-without-tests'))).toEqual(verdict(own.verdictWithoutTests));
    }
    for (const { code, finding, reason } of own.criteria) {
      const part = component(observation, code);
      // Which reason an unknown arm has is left open: it folds questions that are unknown for several reasons.
      if (finding === 'unknown' && reason === null) expect(part?.dataAbsentReason).toBeDefined();
      else expect([code, ...told(part)]).toEqual([code, ...toldFinding({ finding, reason })]);
    }
  });

  test('stores every fact as present, absent or unknown with its reason', async () => {
    const observations = await stored(name);
    for (const code of Object.keys(FACTS)) {
      const observation = observations.get(code);
      if (!writtenFacts(worked(name)).includes(code)) {
        expect([code, observation]).toEqual([code, undefined]);
        continue;
      }
      const { finding, reason } = readFact(code, worked(name));
      const value = finding === 'met' ? 'present' : 'absent';
      const expected = finding === 'unknown' ? absent(reason ?? '') : verdict(value);
      expect(first(observation?.code)).toEqual([system('findings'), code]);
      expect([code, ...told(observation)]).toEqual([code, ...expected]);
      expect([code, observation?.interpretation, observation?.component]).toEqual([
        code,
        undefined,
        undefined,
      ]);
    }
  });

  test('stores the red flags', async () => {
    const observation = (await stored(name)).get('red-flag-urgency');
    const { urgency } = expectedOf(name);
    expect(first(observation?.code)).toEqual([system('findings'), 'red-flag-urgency']);
    expect(told(observation)).toEqual(verdict(urgency));
    const flags = (observation?.component ?? []).map((part) =>
      [...first(part.code), ...told(part)].join(' '),
    );
    const expected = Object.entries(FLAGS[name] ?? {}).map(([code, level]) =>
      [system('findings'), code, ...verdict(level)].join(' '),
    );
    expect(flags.sort()).toEqual(expected.sort());
    const alarm = ALARM[urgency];
    expect(observation?.interpretation?.map((concept) => concept.coding?.[0]?.code)).toEqual(
      alarm === undefined ? undefined : [alarm],
    );
  });
});

describe('NIGHT_PAIN_VARIANT=relaxed', () => {
  beforeAll(async () => {
    relaxed = await startService({ NIGHT_PAIN_VARIANT: 'relaxed' });
    await putPatient(relaxed.embeddedUrl, 'p1');
  }, START_TIMEOUT);

  test('D4: waking in both halves counts, so 8a and 8b are met 3–3', async () => {
    const base = `${relaxed?.fhir}/QuestionnaireResponse`;
    const reply = await send(base, { body: toResponse(worked('D4'), 'D4') });
    expect(reply.status).toBe(201);
    const explanation = await read<Explanation>(`${base}/${responseId(CLINIC, 'D4')}/$explain`);
    expect(explanation.ruleSet.nightPainVariant).toBe('relaxed');
    for (const setId of ['berlin-2006-8a', 'berlin-2006-8b']) {
      const { verdict, min, max } = setOf(explanation, setId);
      expect({ setId, verdict, min, max }).toEqual({ setId, verdict: 'met', min: 3, max: 3 });
    }
    for (const setId of SET_IDS.filter((each) => !each.startsWith('berlin'))) {
      const { verdict, min, max } = setOf(explanation, setId);
      const { verdict: same, min: low, max: high } = expectedOf('D4').sets[setId];
      expect({ setId, verdict, min, max }).toEqual({ setId, verdict: same, min: low, max: high });
    }
  });
});
