/** What is wrong is said where the person looks, with the way to it; and what the service refuses, at its question. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { answerQuestion, answerQuestions, screenOf, sendAnswers } from '../support/browser-intake.js';
import { newIntake } from '../support/browser-people.js';
import { putPatient, read } from '../support/contract-http.js';
import { worked } from '../support/contract-responses.js';

const browser = useBrowser();
const first = () => newIntake(browser.service());
const SAFE = { 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'no' };
const ERRORS = '[role="alert"].errors';

beforeAll(async () => {
  const { embeddedUrl } = browser.service();
  await putPatient(embeddedUrl, 'young', { birthDate: '2004-05-06' });
});

const press = (page: Page, action: string) => page.locator(`[data-action="${action}"]`).click();
const change = (page: Page, linkId: string) =>
  page.locator(`[data-link-id="${linkId}"] [data-action="change"]`).click();
const hasFocus = (page: Page, selector: string) =>
  page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`);
const link = (page: Page) => page.locator(`${ERRORS} button`);

/** The list of what is wrong is there, has the focus, and is told in the title of the page. */
async function expectErrors(page: Page, lines: (string | RegExp)[]): Promise<void> {
  await page.locator(ERRORS).waitFor();
  expect(await hasFocus(page, ERRORS)).toBe(true);
  expect(await page.title()).toMatch(/^Error: /);
  const found = await page.locator(`${ERRORS} li`).allTextContents();
  expect(found).toEqual(lines.map((line) => expect.stringMatching(line)));
}

describe('at the question', () => {
  test('a required one that is blank is not passed, and the link leads to its first answer', async () => {
    const { page } = await browser.openPage({ path: await first(), width: 390 });
    await press(page, 'start');
    await press(page, 'next');
    await expectErrors(page, ['Please answer this question before you go on.']);
    expect(await screenOf(page)).toBe('question red-flag-emergency');
    const described = await page.locator('fieldset').getAttribute('aria-describedby');
    expect(await page.locator(`#${described}`).textContent()).toMatch(/Please answer this question/);
    expect(await page.locator('fieldset input[aria-invalid="true"]').count()).toBe(11);
    await link(page).click();
    expect(await hasFocus(page, 'fieldset [value="saddle-numbness"]')).toBe(true);
    await answerQuestion(page, 'red-flag-emergency', ['none']);
    await press(page, 'next');
    await page.locator('fieldset[data-link-id="red-flag-urgent"]').waitFor();
    expect(await page.locator(ERRORS).count()).toBe(0);
    expect(await page.title()).not.toMatch(/^Error/);
  });

  test.each([
    ['about thirty', /digits/],
    ['700', /110 or less/],
    ['0', /1 or more/],
    ['2.5', /digits/],
  ])('"%s" is no age, stays as it was typed, and is no answer', async (text, words) => {
    const { page } = await browser.openPage({ path: await first() });
    await answerQuestions(page, SAFE);
    await change(page, 'onset-age');
    const box = page.locator('input[name="onset-age"]');
    await box.fill(text);
    await press(page, 'next');
    await expectErrors(page, [words]);
    expect(await box.inputValue()).toBe(text);
    // Neither saved nor said to be.
    expect(await page.locator('.saved').count()).toBe(0);
    await link(page).click();
    expect(await hasFocus(page, 'input[name="onset-age"]')).toBe(true);
    // Going back is not going on: what was typed is still shown, and still cannot be sent.
    await press(page, 'back');
    await page.locator('[data-screen="check"]').waitFor();
    expect(await page.locator('[data-link-id="onset-age"] dd').first().textContent()).toBe(text);
    await press(page, 'send');
    await expectErrors(page, [words]);
    await link(page).click();
    await box.fill('');
    await press(page, 'next');
    await sendAnswers(page);
    const id = new URL(page.url()).searchParams.get('response');
    const stored = await read<QuestionnaireResponse>(`${browser.service().fhir}/QuestionnaireResponse/${id}`);
    expect(stored.item?.map(({ linkId }) => linkId)).toEqual(['safety']);
  });
});

test('before sending: every required one that is missing, each with the way to it and back', async () => {
  const { page } = await browser.openPage({ path: await first() });
  await answerQuestions(page, worked('D1'));
  for (const linkId of ['red-flag-urgent', 'eye-symptoms-now']) {
    await change(page, linkId);
    await press(page, 'clear');
    await press(page, 'back');
    await page.locator('[data-screen="check"]').waitFor();
  }
  await press(page, 'send');
  await expectErrors(page, [/^Do any of these fit you now\?/, /^Is either of your eyes newly red/]);
  expect(await screenOf(page)).toBe('check');
  await link(page).last().click();
  expect(await screenOf(page)).toBe('question eye-symptoms-now');
  expect(await hasFocus(page, 'h1')).toBe(true);
  await answerQuestion(page, 'eye-symptoms-now', 'no');
  await press(page, 'next');
  await page.locator('[data-screen="check"]').waitFor();
  await press(page, 'send');
  await expectErrors(page, [/^Do any of these fit you now\?/]);
  await link(page).click();
  await answerQuestion(page, 'red-flag-urgent', ['none']);
  await press(page, 'next');
  await page.locator('[data-screen="check"]').waitFor();
  await sendAnswers(page);
});

test('what the service refuses is told at once, is listed at its question, and is sent once it is mended', async () => {
  const { page } = await browser.openPage({
    path: '/screen?subject=Patient/young',
    allowed: { failures: /\/QuestionnaireResponse/ },
  });
  const told: string[] = [];
  const onScreen = async (screen: string) => {
    const notice = page.locator('.notice.warn', { hasText: /^Not saved: the service does not take this/ });
    if (screen === 'morning-stiffness') await notice.waitFor();
    if ((await notice.count()) > 0) told.push(screen);
  };
  await answerQuestions(page, { ...worked('D1'), 'onset-age': 60 }, { onScreen });
  expect(told).toContain('morning-stiffness');
  await press(page, 'send');
  await expectErrors(page, [/^How old were you when back pain like this first started\?.*age/]);
  const { fhir } = browser.service();
  const id = new URL(page.url()).searchParams.get('response');
  expect((await read<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse/${id}`)).status).toBe(
    'in-progress',
  );
  await link(page).click();
  expect(await screenOf(page)).toBe('question onset-age');
  await page.locator('input[name="onset-age"]').fill('19');
  await press(page, 'next');
  await page.locator('[data-screen="check"]').waitFor();
  await sendAnswers(page);
  const stored = await read<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse/${id}`);
  expect(stored.status).toBe('completed');
  expect(JSON.stringify(stored.item)).toContain('"valueInteger":19');
});
