/** The whole way of a patient: what is stored is what was answered, in every language and at both widths. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, QuestionnaireResponse } from 'fhir/r4.js';
import { useBrowser, type Width } from '../support/browser.js';
import { checkNoSidewaysScroll, checkTargets } from '../support/browser-checks.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { putPatient, read, resourcesOf } from '../support/contract-http.js';
import { type Answers, LINK_IDS, without, worked } from '../support/contract-responses.js';

const browser = useBrowser();
/** Every type of control, "not sure", several ticks, the number 0, and an age. Ticked in another order than listed. */
const everyKind: Answers = {
  'red-flag-emergency': ['unknown'],
  'red-flag-urgent': ['strain-pain', 'minor-injury'],
  'eye-symptoms-now': 'unknown',
  'pain-location': ['unknown', 'buttock', 'low-back'],
  'pain-duration': 'unknown',
  'onset-age': 17,
  'onset-speed': 'sudden',
  'morning-stiffness': 'present-unsure-how-long',
  'exercise-effect': 'varies',
  'rest-effect': 'unknown',
  'night-waking': 'pain-no-waking',
  'night-rising-relief': 'varies',
  'buttock-pain': 'both-sides',
  'nsaid-response': 'not-taken',
  'day-pattern': 'worse',
  'pain-intensity': 0,
  'diagnosed-conditions': ['ulcerative-colitis', 'psoriasis', 'uveitis'],
  'peripheral-features': ['unknown', 'heel-pain'],
  'family-first-degree': ['uveitis', 'psoriasis'],
  'family-second-degree': ['unknown'],
  'hla-b27': 'positive',
  'crp-esr-raised': 'raised',
  'si-imaging': 'sacroiliitis-mri',
  'other-symptoms': ['none'],
};
const CASES: Record<string, Answers> = { d1: worked('D1'), d8: worked('D8'), 'every-kind': everyKind };
/** In the order of the Questionnaire; asked only when the answer before leads there. */
const CONDITIONAL = ['night-rising-relief', 'family-second-degree'];

const golden = (name: string): QuestionnaireResponse =>
  JSON.parse(readFileSync(new URL(`../golden/intake-page/${name}.json`, import.meta.url), 'utf8'));

beforeAll(() => putPatient(browser.service().embeddedUrl, 'p1'));

async function responses(): Promise<QuestionnaireResponse[]> {
  const bundle = await read<Bundle>(
    `${browser.service().fhir}/QuestionnaireResponse?subject=Patient/p1&_count=100`,
  );
  return resourcesOf<QuestionnaireResponse>(bundle, 'QuestionnaireResponse');
}

const RUNS: [name: string, language: string, width: Width][] = ['en', 'es', 'de'].flatMap((language) => [
  ['d1', language, 320],
  ['d8', language, 1100],
  ['every-kind', language, 320],
]);

describe.each([...RUNS, ['d1', 'en', 1100] as const])('%s in %s at %i px', (name, language, width) => {
  test('stores what was answered, once, and nothing that was not', async () => {
    const before = await responses();
    const { page } = await browser.openPage({ path: '/screen?subject=Patient/p1', width, language });
    const answers = CASES[name] ?? {};
    const onScreen = async (screen: string) => {
      await checkNoSidewaysScroll(page);
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      if (width === 320)
        await checkTargets(page.locator('main').locator('button, label, select, input[type="text"]'));
      expect({ screen, text: await page.locator('h1').count() }).toEqual({ screen, text: 1 });
    };
    const walked = await answerQuestions(page, answers, { onScreen });
    expect(walked.notAsked).toEqual([]);
    const skipped = CONDITIONAL.filter((linkId) => !(linkId in answers));
    expect(walked.asked).toEqual(LINK_IDS.filter((linkId) => !skipped.includes(linkId)));
    const began = Date.now();
    await sendAnswers(page);
    await onScreen('sent');

    const after = await responses();
    const known = before.map(({ id }) => id);
    const stored = after.filter(({ id }) => !known.includes(id));
    expect(stored).toHaveLength(1);
    const [response] = stored;
    if (!response) return;
    expect(without(response, 'id', 'meta', 'authored', 'identifier')).toEqual(golden(name));
    expect(response.identifier).toEqual({
      system: 'https://w3id.org/axspa-screening/intake',
      value: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    });
    expect(response.authored).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$/);
    expect(Math.abs(Date.parse(response.authored ?? '') - began)).toBeLessThan(60_000);
  });
});
