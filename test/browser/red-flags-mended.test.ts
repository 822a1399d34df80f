/** Warnings when the service is slow, away or not the one that answers; when answers are taken back; in two windows. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { expectAdvice, holdPatience, readTitles, type Titles } from '../support/browser-advice.js';
import { checkAccessibility, checkNoSidewaysScroll, shot } from '../support/browser-checks.js';
import {
  answerUpTo,
  expectSaved,
  expectScreen,
  idInAddress,
  press,
  store,
} from '../support/browser-draft.js';
import { answerQuestion, answerQuestions } from '../support/browser-intake.js';
import { putPatient } from '../support/contract-http.js';
import { worked } from '../support/contract-responses.js';

const browser = useBrowser({ EMERGENCY_NUMBER: '144' });
const ADVICE = '**/$advice';
const NONE = { 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'no' };

let titleOf: Titles;

beforeAll(async () => {
  const { embeddedUrl, fhir } = browser.service();
  for (let id = 1; id <= 16; id += 1) await putPatient(embeddedUrl, `p${id}`);
  titleOf = await readTitles(fhir, '144');
});

async function open(patient: string, width: 320 | 390 | 1280 = 390): Promise<Page> {
  const path = `/screen?subject=Patient/${patient}`;
  const { page } = await browser.openPage({ path, width, allowed: { failures: /\/fhir\// } });
  await press(page, 'start');
  return page;
}

/** Answers the question that is on the screen, and goes on. */
async function answer(page: Page, linkId: string, given: string | string[]): Promise<void> {
  await page.locator(`fieldset[data-link-id="${linkId}"]`).waitFor();
  await answerQuestion(page, linkId, given);
  await press(page, 'next');
}

async function backTo(page: Page, linkId: string): Promise<void> {
  await press(page, 'back');
  await page.locator(`fieldset[data-link-id="${linkId}"]`).waitFor();
}

/** Interrupted at once: without waiting for an answer of the service that may never come. */
async function expectAtOnce(page: Page, code: string, doing: () => Promise<void>): Promise<void> {
  const letGo = await holdPatience(page);
  await doing();
  await expectAdvice(page, titleOf(code), code === 'emergency' ? '144' : undefined);
  await letGo();
}

const parameters = (...codes: string[]) => ({
  contentType: 'application/fhir+json',
  body: JSON.stringify({
    resourceType: 'Parameters',
    parameter: codes.map((valueCode) => ({ name: 'advice', valueCode })),
  }),
});

/** The next question to `$advice` is answered only when the test says so, by other words than the page knows. */
async function hold(page: Page, ...codes: string[]): Promise<() => void> {
  let answerNow = () => {};
  const held = new Promise<void>((resolve) => {
    answerNow = resolve;
  });
  let isFirst = true;
  await page.route(ADVICE, async (route) => {
    if (!isFirst) return route.fallback();
    isFirst = false;
    await held;
    await route.fulfill(parameters(...codes));
  });
  return answerNow;
}

test('a late answer about earlier answers does not take the place of an emergency', async () => {
  const page = await open('p1');
  await page.route(ADVICE, (route) => route.abort());
  const answerNow = await hold(page, 'same-day', 'eye', 'get-help-at-once');
  await answer(page, 'red-flag-emergency', ['none']);
  await page.locator('fieldset[data-link-id="red-flag-urgent"]').waitFor();
  await backTo(page, 'red-flag-emergency');
  await expectAtOnce(page, 'emergency', () => answer(page, 'red-flag-emergency', ['chest-pain']));
  answerNow();
  await page.getByText(titleOf('eye'), { exact: true }).waitFor();
  await expectAdvice(page, titleOf('emergency'), '144');
  await press(page, 'continue');
  await answerQuestions(page, { 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'no' });
  expect(await page.locator('h2').allTextContents()).toContain(titleOf('emergency'));
});

describe.each([
  ['that answers', 'p2'],
  ['that does not answer', 'p13'],
])('with a service %s', (how, patient) => {
  test('a second emergency interrupts, after the first was taken back and beside it', async () => {
    const page = await open(patient);
    if (how === 'that does not answer') await page.route(ADVICE, (route) => route.abort());
    await answer(page, 'red-flag-emergency', ['chest-pain']);
    await expectAdvice(page, titleOf('emergency'), '144');
    await press(page, 'continue');
    await backTo(page, 'red-flag-emergency');
    await answer(page, 'red-flag-emergency', ['none']);
    await backTo(page, 'red-flag-emergency');
    await answer(page, 'red-flag-emergency', ['saddle-numbness']);
    await expectAdvice(page, titleOf('emergency'), '144');
    await press(page, 'continue');
    await backTo(page, 'red-flag-emergency');
    await answer(page, 'red-flag-emergency', ['saddle-numbness', 'leg-weakness']);
    await expectAdvice(page, titleOf('emergency'), '144');
    await press(page, 'continue');
    // Nothing new: no third time.
    await answer(page, 'red-flag-urgent', ['none']);
    await page.locator('fieldset[data-link-id="eye-symptoms-now"]').waitFor();
  });
});

const refusal = JSON.stringify({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'invalid', details: { coding: [{ code: 'invalid-structure' }] } }],
});
const ways: [string, string, (route: Route) => Promise<void>][] = [
  ['never answers', 'p3', () => new Promise(() => undefined)],
  ['is something else, which answers {}', 'p14', (route) => route.fulfill({ json: {} })],
  ['is something else, which answers null', 'p15', (route) => route.fulfill({ json: null })],
  ['refuses the answers', 'p16', (route) => route.fulfill({ status: 422, body: refusal })],
];

describe.each(ways)('while the service %s', (_name, patient, reply) => {
  test('warnings of every level interrupt at once; and it is asked again', async () => {
    const page = await open(patient);
    await page.route(ADVICE, reply);
    await answer(page, 'red-flag-emergency', ['none']);
    // Of what says nothing by itself the service is given three seconds to say more.
    await page.locator('fieldset[data-link-id="red-flag-urgent"]').waitFor();
    await expectAtOnce(page, 'urgent-days', () => answer(page, 'red-flag-urgent', ['weight-loss']));
    await press(page, 'continue');
    await backTo(page, 'red-flag-urgent');
    await expectAtOnce(page, 'same-day', () => answer(page, 'red-flag-urgent', ['fever']));
    await press(page, 'continue');
    await expectAtOnce(page, 'same-day', () => answer(page, 'eye-symptoms-now', 'yes'));
    expect(await page.locator('main').textContent()).toContain(titleOf('eye'));
    await press(page, 'continue');
    const again = page.waitForRequest(ADVICE);
    await answer(page, 'pain-location', ['low-back']);
    await again;
    await page.locator('fieldset[data-link-id="pain-duration"]').waitFor();
  });
});

test('without a connection, two answers that mean danger together interrupt, to the very end', async () => {
  const { page, context, watch } = await browser.openPage({ path: '/screen?subject=Patient/p4' });
  watch.allow({ failures: /\/fhir\// });
  await page.locator('[data-action="start"]').waitFor();
  await context.setOffline(true);
  const told: string[] = [];
  const answers = {
    ...worked('D1'),
    ...NONE,
    'red-flag-urgent': ['minor-injury'],
    'diagnosed-conditions': ['axial-spa'],
  };
  const { interruptedAfter } = await answerQuestions(page, answers, {
    onScreen: async (screen) => {
      if (screen === 'advice') told.push((await page.locator('h1').textContent()) ?? '');
    },
  });
  expect(interruptedAfter).toEqual(['red-flag-urgent', 'diagnosed-conditions']);
  expect(told).toEqual([titleOf('urgent-days'), titleOf('emergency')]);
  await press(page, 'send');
  await expectScreen(page, 'unsent');
  for (const code of ['emergency', 'spine-injury-with-axspa']) {
    expect(await page.locator('main').textContent()).toContain(titleOf(code));
  }
  await expectEmergencyFirst(page, 'Your answers could not be sent');
});

/** The advice is the heading of the screen, and what became of the answers comes after it. */
async function expectEmergencyFirst(page: Page, outcome: string): Promise<void> {
  const headings = await page.locator('main :is(h1, h2)').allTextContents();
  expect(headings[0]).toBe(titleOf('emergency'));
  expect(headings.at(-1)).toBe(outcome);
  expect(await page.locator('h1').count()).toBe(1);
}

test('in an emergency, what to do comes before what became of the answers', async () => {
  const page = await open('p5', 320);
  const answers = { ...worked('D1'), ...NONE, 'red-flag-emergency': ['breathless'] };
  await answerQuestions(page, answers);
  await press(page, 'send');
  await expectScreen(page, 'sent');
  await expectEmergencyFirst(page, 'Your answers were sent and stored');
  expect(await page.evaluate('document.activeElement.localName')).toBe('h1');
  expect(await page.locator('main').textContent()).not.toContain('You can close this page now.');
  await checkAccessibility(page, 'sent in an emergency');
  await checkNoSidewaysScroll(page);
  await shot(page, 'mended-sent-emergency');
});

test('a warning that comes after sending offers to go back to that, not to the questions', async () => {
  const page = await open('p6');
  await answerQuestions(page, { ...worked('D1'), ...NONE });
  const answerNow = await hold(page, 'same-day', 'eye', 'get-help-at-once');
  await page.locator('[data-link-id="pain-location"] [data-action="change"]').click();
  await answer(page, 'pain-location', ['low-back', 'buttock', 'other']);
  await expectScreen(page, 'check');
  await press(page, 'send');
  await expectScreen(page, 'sent');
  answerNow();
  await expectAdvice(page, titleOf('same-day'));
  expect(await page.locator('[data-action="continue"]').textContent()).toBe('I have read this');
  await press(page, 'continue');
  await expectScreen(page, 'sent');
});

describe('in two windows', () => {
  /** The first has an emergency, the second does not, and says something else about the place of pain. */
  async function conflict(patient: string, language = 'en'): Promise<{ other: Page; id: string }> {
    const opened = await browser.openPage({
      path: `/screen?subject=Patient/${patient}`,
      width: 320,
      language,
      allowed: { failures: /\/fhir\// },
    });
    const { page: one } = opened;
    await answerUpTo(one, 'pain-location', NONE);
    await expectSaved(one);
    const id = await idInAddress(one);
    const other = await browser.openTab(opened, one.url());
    await expectScreen(other, 'question pain-location');
    await backTo(one, 'eye-symptoms-now');
    await backTo(one, 'red-flag-urgent');
    await backTo(one, 'red-flag-emergency');
    await answer(one, 'red-flag-emergency', ['urine-retention']);
    await expectAdvice(one, titleOf('emergency', language), '144');
    await press(one, 'continue');
    await expectSaved(one);
    await answer(other, 'pain-location', ['low-back']);
    await expectScreen(other, 'changed');
    return { other, id };
  }

  test.each(['en', 'de', 'es'])(
    'in %s, what differs is shown, and what theirs call for',
    async (language) => {
      const { other } = await conflict(`p${7 + ['en', 'de', 'es'].indexOf(language)}`, language);
      const lines = other.locator('[data-screen="changed"] .answer');
      expect(await lines.evaluateAll((all) => all.map((one) => one.getAttribute('data-link-id')))).toEqual([
        'red-flag-emergency',
        'pain-location',
      ]);
      expect(await other.locator('main').textContent()).toContain(titleOf('emergency', language));
      expect(await other.locator('a.call[href="tel:144"]').count()).toBe(1);
      await checkAccessibility(other, `changed ${language}`);
      await checkNoSidewaysScroll(other);
      await shot(other, `mended-changed-${language}`);
    },
  );

  test('an emergency that the other window brings interrupts when it is taken', async () => {
    const { other } = await conflict('p10');
    await press(other, 'use-theirs');
    await expectAdvice(other, titleOf('emergency'), '144');
    await press(other, 'continue');
    await expectScreen(other, 'question pain-location');
  });

  test('without a connection, too', async () => {
    const { other } = await conflict('p11');
    await other.context().setOffline(true);
    await press(other, 'use-theirs');
    await expectAdvice(other, titleOf('emergency'), '144');
    await other.context().setOffline(false);
  });
});

test('a draft with danger in it interrupts when it is opened', async () => {
  const id = await store(browser.service().fhir, 'p12', { ...NONE, 'red-flag-urgent': ['fever'] });
  const { page } = await browser.openPage({ path: `/screen?subject=Patient/p12&response=${id}` });
  await page.locator('[data-screen="advice"]').waitFor();
  expect(await page.locator('[role="alert"] h1').textContent()).toBe(titleOf('same-day'));
});
