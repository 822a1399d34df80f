/** clinical.md §4: the likelihood-ratio product, against the numbers that its papers print. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Parameters } from 'fhir/r4.js';
import type { FhirServer } from '../../../src/operations/ports.js';
import { type Likelihood, likelihoodOf, postTest } from '../../../src/scoring/likelihood.js';
import { createRuleSet, createView } from '../../../src/scoring/rule-set.js';
import type { Explanation } from '../../support/contract-explain.js';
import { send } from '../../support/contract-http.js';
import { toResponse, worked } from '../../support/contract-responses.js';
import { type App, startApp } from '../../support/http-app.js';
import { PATIENT } from '../../support/http-fhir.js';
import { workedCases } from '../../support/scoring-cases.js';
import { type Response, toAnswers } from '../../support/scoring-questions.js';

const rules = createRuleSet('strict');
const estimate = (response: Response): Likelihood => likelihoodOf(createView(rules, toAnswers(response)));
const percent = (product: number) => Math.round(postTest(product) * 100);

/** Where the method applies, and nothing else is known. */
const APPLIES: Response = { 'pain-duration': 'over-5-years', 'onset-age': 30 };
const given = (more: Response) => estimate({ ...APPLIES, ...more });

/** Four of five: inflammatory back pain, in chronic pain that began before 40. */
const IBP: Response = {
  'onset-speed': 'months',
  'exercise-effect': 'better',
  'rest-effect': 'same',
  'night-waking': 'never',
};
const HEEL: Response = { 'peripheral-features': ['heel-pain'] };
const JOINT: Response = { 'peripheral-features': ['joint-swelling'] };
const EYE: Response = { 'diagnosed-conditions': ['uveitis'] };
const NSAID: Response = { 'nsaid-response': 'much-better' };
const CRP: Response = { 'crp-esr-raised': 'crp-raised' };
const MRI: Response = { 'si-imaging': 'sacroiliitis-mri' };
const XRAY: Response = { 'si-imaging': 'sacroiliitis-xray' };
const FAMILY: Response = { 'family-first-degree': ['axial-spa'] };
/** Known to have neither psoriasis nor inflammatory bowel disease. */
const B27: Response = { 'hla-b27': 'positive', 'diagnosed-conditions': ['none'] };

/** Every feature with a ratio is known to be absent. */
const NEGATIVE: Response = {
  'onset-speed': 'sudden',
  'exercise-effect': 'worse',
  'rest-effect': 'better',
  'night-waking': 'never',
  'nsaid-response': 'no-better',
  'diagnosed-conditions': ['none'],
  'peripheral-features': ['none'],
  'family-first-degree': ['none'],
  'family-second-degree': ['none'],
  'hla-b27': 'negative',
  'crp-esr-raised': 'normal',
  'si-imaging': 'normal',
};

describe('post-test probability, from 5 %', () => {
  test.each([
    ['inflammatory back pain', 3, 14],
    ['inflammatory back pain, 2006', 3.1, 14],
    ['NSAID', 5, 21],
    ['uveitis', 7.3, 28],
    ['family history', 6.4, 25],
    ['peripheral arthritis', 4, 17],
    ['HLA-B27', 9, 32],
    ['MRI', 9, 32],
    ['nothing', 1, 5],
    ['probable', 76, 80],
    ['definite', 171, 90],
  ])('%s: a ratio of %f gives %i %%', (_feature, ratio, expected) => {
    expect(percent(ratio)).toBe(expected);
  });

  test('the bounds of the bands are where 80 % and 90 % are reached', () => {
    expect([postTest(76) >= 0.8, postTest(75.9) >= 0.8]).toEqual([true, false]);
    expect([postTest(171) >= 0.9, postTest(170.9) >= 0.9]).toEqual([true, false]);
    expect(postTest(4) * 100).toBeCloseTo(17.4, 1);
    expect(percent(2)).toBe(10);
  });
});

describe('worked cases', () => {
  test.each([
    ['D1', 15.8, 45, ['inflammatory-back-pain', 'nsaid-good-response']],
    ['D4', 3.1, 14, ['inflammatory-back-pain']],
    ['D5', 27.9, 59, ['inflammatory-back-pain', 'hla-b27-positive']],
    ['D9', 5.1, 21, undefined],
  ])('%s: %f, which is %i %%', (id, product, probability, used) => {
    const likelihood = estimate(workedCases[id] as Response);
    expect([likelihood.product, likelihood.band]).toEqual([product, 'more-tests']);
    expect(percent(likelihood.product ?? 0)).toBe(probability);
    if (used) expect(likelihood.used).toEqual(used);
  });
});

describe('each feature alone', () => {
  test.each<[string, Response, number]>([
    ['inflammatory-back-pain', IBP, 3.1],
    ['enthesitis', HEEL, 3.4],
    ['peripheral-arthritis', JOINT, 4],
    ['uveitis', EYE, 7.3],
    ['family-spa-any-degree', FAMILY, 6.4],
    ['nsaid-good-response', NSAID, 5.1],
    ['crp-esr-raised', CRP, 2.5],
    ['crp-esr-raised', { 'crp-esr-raised': 'esr-raised' }, 2.5],
    ['sacroiliitis-on-imaging', MRI, 9],
    ['sacroiliitis-on-imaging', XRAY, 4],
    ['hla-b27-positive', B27, 9],
  ])('%s %j: %f', (code, response, ratio) => {
    const { product, used, note } = given(response);
    expect([product, used]).toEqual([ratio, [code]]);
    expect(note).toContain(`${code} ${ratio}`);
  });

  test.each<[string, Response]>([
    ['dactylitis', { 'peripheral-features': ['sausage-digit'] }],
    ['psoriasis', { 'diagnosed-conditions': ['psoriasis'] }],
    ['Crohn’s disease', { 'diagnosed-conditions': ['crohn-disease'] }],
    ['ulcerative colitis', { 'diagnosed-conditions': ['ulcerative-colitis'] }],
    ['alternating buttock pain', { 'buttock-pain': 'alternating' }],
  ])('%s: its ratio was not read at the source, so it is not used', (_name, response) => {
    expect(given(response)).toMatchObject({ product: 1, band: 'more-tests', used: [] });
  });
});

test('together they are multiplied', () => {
  const all = { ...IBP, ...NSAID, ...CRP, ...MRI, ...FAMILY, ...B27, ...EYE };
  const likelihood = given({ ...all, 'peripheral-features': ['heel-pain', 'joint-swelling'] });
  expect(likelihood.product).toBeCloseTo(3.1 * 3.4 * 4 * 7.3 * 6.4 * 5.1 * 2.5 * 9 * 9, 0);
  expect(likelihood.used).toHaveLength(9);
  expect(new Set(likelihood.used).size).toBe(9);
  expect(likelihood.band).toBe('definite');
});

describe('HLA-B27 says less beside psoriasis or inflammatory bowel disease', () => {
  test.each([['psoriasis'], ['crohn-disease'], ['ulcerative-colitis']])('%s: 5', (condition) => {
    expect(given({ ...B27, 'diagnosed-conditions': [condition] })).toMatchObject({
      product: 5,
      used: ['hla-b27-positive'],
    });
  });

  test('no such disease: 9', () => {
    expect(given({ ...B27, 'diagnosed-conditions': ['none'] }).product).toBe(9);
    expect(given({ ...B27, ...EYE }).product).toBe(65.7);
  });

  test('a negative test beside psoriasis is not used', () => {
    expect(given({ 'hla-b27': 'negative', 'diagnosed-conditions': ['psoriasis'] }).product).toBe(1);
  });

  test.each<[string, Response, number]>([
    ['blank', {}, 5],
    ['not sure', { 'diagnosed-conditions': ['unknown'] }, 5],
    ['not sure beside something else', { 'diagnosed-conditions': ['uveitis', 'unknown'] }, 36.5],
    // Own psoriatic arthritis leaves psoriasis unknown, and is a peripheral arthritis.
    ['psoriatic arthritis', { 'diagnosed-conditions': ['psoriatic-arthritis'] }, 20],
  ])('not known whether there is one, the lower ratio: %s', (_name, conditions, product) => {
    const likelihood = given({ 'hla-b27': 'positive', ...conditions });
    expect(likelihood.product).toBe(product);
    expect(likelihood.used).toContain('hla-b27-positive');
    expect(likelihood.note).toContain('hla-b27-positive 5');
  });
});

describe('what is not there has the factor 1', () => {
  const UNKNOWN: Response = {
    'nsaid-response': 'not-taken',
    'diagnosed-conditions': ['unknown'],
    'peripheral-features': ['unknown'],
    'family-first-degree': ['unknown'],
    'hla-b27': 'unknown',
    'crp-esr-raised': 'not-tested',
    'si-imaging': 'not-done',
  };

  test.each<[string, Response, Likelihood['band']]>([
    ['blank', {}, 'more-tests'],
    ['absent, every one', NEGATIVE, 'unlikely'],
    ['unknown', UNKNOWN, 'more-tests'],
  ])('%s', (_name, response, band) => {
    const likelihood = given(response);
    expect(likelihood).toMatchObject({ product: 1, band, used: [] });
    expect(likelihood.note).toMatch(/^No feature with a ratio is known to be present\. /);
  });

  test.each<[string, Response]>([
    [
      'inflammatory back pain',
      { 'onset-speed': 'unknown', 'exercise-effect': 'unknown', 'rest-effect': 'unknown' },
    ],
    ['enthesitis and arthritis', { 'peripheral-features': ['unknown'] }],
    ['uveitis', { 'diagnosed-conditions': ['unknown'] }],
    ['family', { 'family-second-degree': ['unknown'] }],
    ['NSAID', { 'nsaid-response': 'not-taken' }],
    ['CRP', { 'crp-esr-raised': 'not-tested' }],
    ['imaging', { 'si-imaging': 'not-done' }],
    ['HLA-B27', { 'hla-b27': 'not-tested' }],
  ])('one unknown among the absent is enough not to call it unlikely: %s', (_name, unknown) => {
    expect(given({ ...NEGATIVE, ...unknown })).toMatchObject({ product: 1, band: 'more-tests', used: [] });
  });

  test('a feature without a ratio may be unknown', () => {
    expect(given({ ...NEGATIVE, 'buttock-pain': 'unknown' }).band).toBe('unlikely');
  });

  test('nor does the absence of others take anything from what is there', () => {
    expect(given({ ...NEGATIVE, ...NSAID }).product).toBe(5.1);
    expect(given({ ...NSAID, 'si-imaging': 'normal', 'hla-b27': 'negative' }).product).toBe(5.1);
  });

  test.each([['a-little-better'], ['no-better'], ['not-taken'], ['unknown']])(
    'an NSAID that did not work well enough: %s',
    (answer) => {
      expect(given({ 'nsaid-response': answer }).product).toBe(1);
    },
  );
});

describe('bands', () => {
  test.each<[string, Response, number, Likelihood['band']]>([
    ['nothing known', {}, 1, 'more-tests'],
    ['nothing present', NEGATIVE, 1, 'unlikely'],
    ['raised CRP and nothing else', { ...NEGATIVE, ...CRP }, 2.5, 'more-tests'],
    ['raised CRP alone', CRP, 2.5, 'more-tests'],
    ['the last below 76', { ...CRP, ...EYE, ...JOINT }, 73, 'more-tests'],
    ['the first from 76', { ...B27, ...CRP, ...HEEL }, 76.5, 'probable'],
    ['the last below 171', { ...CRP, ...FAMILY, ...HEEL, ...IBP }, 168.6, 'probable'],
    ['the first from 171', { ...XRAY, ...CRP, ...NSAID, ...HEEL }, 173.4, 'definite'],
    ['far above', { ...NSAID, ...EYE, ...FAMILY }, 238.3, 'definite'],
  ])('%s', (_name, response, product, band) => {
    expect(given(response)).toMatchObject({ product, band });
  });
});

describe('where the method does not apply there is no estimate', () => {
  test.each<[string, Response]>([
    ['short pain', { 'pain-duration': 'under-3-months', 'onset-age': 30 }],
    ['it began at 45', { ...APPLIES, 'onset-age': 45 }],
    ['duration not known', { 'onset-age': 30 }],
    ['duration not sure', { 'pain-duration': 'unknown', 'onset-age': 30 }],
    ['onset age blank', { 'pain-duration': 'over-5-years' }],
    ['nothing answered', {}],
  ])('%s', (_name, response) => {
    const { note, ...rest } = estimate({ ...response, ...B27, ...MRI });
    expect(rest).toEqual({ product: null, band: null, used: [] });
    expect(note).toMatch(/applies only/i);
  });

  test('44 is the last age at which it does', () => {
    expect(estimate({ ...APPLIES, 'onset-age': 44, ...B27 }).product).toBe(9);
  });
});

test.each([
  ['nothing', {}],
  ['something', NSAID],
  ['much', { ...NSAID, ...EYE, ...FAMILY }],
])('the note warns of dependence and never gives a bare percentage: %s', (_name, response) => {
  const { note } = given(response);
  expect(note).toMatch(/independent; likely too high/);
  expect(note).not.toMatch(/%|per ?cent|\b0\.\d+/);
});

describe('through the service', () => {
  const apps: Partial<Record<'shown' | 'hidden', App>> = {};
  const sent: Bundle[] = [];

  beforeAll(async () => {
    const fhirServer: FhirServer = {
      baseUrl: 'http://fhir.invalid/fhir',
      read: async (type) => (type === 'Patient' ? PATIENT : null),
      vread: async () => null,
      search: async () => ({ resourceType: 'Bundle', type: 'searchset' }),
      follow: async () => ({ resourceType: 'Bundle', type: 'searchset' }),
      look: async () => ({ state: 'found', resources: [] }),
      pages: async function* () {
        yield [];
      },
      capabilities: async () => null,
      transact: async (bundle) => {
        sent.push(bundle);
        return { state: 'written', entries: [] };
      },
      write: async () => ({ state: 'written', entries: [] }),
      isReachable: async () => true,
      as: () => fhirServer,
    };
    apps.shown = await startApp({ ports: { fhirServer, showLikelihood: true } });
    apps.hidden = await startApp({ ports: { fhirServer } });
  });
  afterAll(() => Promise.all(Object.values(apps).map((app) => app.close())));

  const ask = async <T>(app: App | undefined, operation: string) => {
    const body = toResponse(worked('D5'), 'D5 with an estimate');
    const reply = await send<T>(`${app?.fhir}/QuestionnaireResponse${operation}`, { body });
    expect([operation, reply.status]).toEqual([operation, operation === '' ? 201 : 200]);
    return reply;
  };

  test('$explain shows it when it is asked for, and null otherwise', async () => {
    const { body } = await ask<Explanation>(apps.shown, '/$explain');
    expect(body.likelihood).toMatchObject({
      product: 27.9,
      band: 'more-tests',
      used: ['inflammatory-back-pain', 'hla-b27-positive'],
    });
    expect(Object.keys(body.likelihood ?? {})).toEqual(['product', 'band', 'used', 'note']);
    expect((await ask<Explanation>(apps.hidden, '/$explain')).body.likelihood).toBeNull();
  });

  test('it is never in what is extracted or written, and changes nothing there', async () => {
    const [shown, hidden] = [
      await ask<Parameters>(apps.shown, '/$extract'),
      await ask<Parameters>(apps.hidden, '/$extract'),
    ];
    expect(shown.text).not.toMatch(/likelihood|27\.9|too high/i);
    expect(shown.body).toEqual(hidden.body);
    await ask(apps.shown, '');
    expect(sent).toHaveLength(1);
    expect(sent[0]?.entry?.length).toBeGreaterThan(20);
    expect(JSON.stringify(sent)).not.toMatch(/likelihood|27\.9|too high/i);
  });
});
