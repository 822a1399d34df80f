/** The whole way of a patient who has no mouse, and always sees where the focus is. */
import { expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { checkFocusIsSeen } from '../support/browser-checks.js';
import { focusedName, type Hand, keyboard, tabTo } from '../support/browser-hands.js';
import { answerQuestions, screenOf, sendAnswers } from '../support/browser-intake.js';
import { newIntake } from '../support/browser-people.js';
import { read } from '../support/contract-http.js';
import { LINK_IDS, toItems, worked } from '../support/contract-responses.js';

const browser = useBrowser({ EMERGENCY_NUMBER: '144' });
const first = () => newIntake(browser.service());

/** Keys alone; wherever the focus comes to rest it is seen, and each new screen begins at its heading. */
function careful(page: Page): Hand & { readonly steps: () => number } {
  const hand = keyboard(page);
  let steps = 0;
  return {
    steps: () => steps,
    choose: async (input) => {
      await hand.choose(input);
      await checkFocusIsSeen(page);
    },
    type: async (input, text) => {
      await hand.type(input, text);
      await checkFocusIsSeen(page);
    },
    press: async (button) => {
      const before = await screenOf(page);
      await tabTo(page, button);
      await checkFocusIsSeen(page);
      await page.keyboard.press('Enter');
      await page.locator(`[data-screen]${before === 'check' ? ':not([data-screen="check"])' : ''}`).waitFor();
      await expectHeading(page, before);
      steps += 1;
    },
  };
}

/** The heading of another screen than before has the focus. */
async function expectHeading(page: Page, before: string): Promise<void> {
  const other = async () =>
    (await screenOf(page)) !== before && (await focusedName(page)).startsWith('heading');
  const deadline = Date.now() + 10_000;
  while (!(await other())) {
    if (Date.now() > deadline) throw new Error(`After ${before} the focus is at: ${await focusedName(page)}`);
    await page.waitForTimeout(20);
  }
  // In one look: what is being sent may be sent by the next.
  expect(await page.evaluate<boolean>(`document.activeElement === document.querySelector('h1')`)).toBe(true);
}

test('from the welcome to the end by keyboard alone', async () => {
  const { page } = await browser.openPage({ path: await first(), width: 320 });
  await page.locator('[data-screen="welcome"]').waitFor();
  const hand = careful(page);
  const answers = { ...worked('D1'), 'pain-intensity': 7, 'red-flag-urgent': ['strain-pain', 'deformity'] };
  const walked = await answerQuestions(page, answers, { hand });
  expect(walked.asked).toEqual(LINK_IDS);
  expect(walked.interruptedAfter).toEqual(['red-flag-urgent']);
  await sendAnswers(page, hand);
  await expectHeading(page, 'check');
  expect(hand.steps()).toBe(LINK_IDS.length + 3);
  const id = new URL(page.url()).searchParams.get('response');
  const stored = await read<QuestionnaireResponse>(`${browser.service().fhir}/QuestionnaireResponse/${id}`);
  expect(stored.status).toBe('completed');
  expect(codesIn(stored.item)).toEqual(codesIn(toItems(answers)));
});

/** linkIds and values, without displays, in order. */
function codesIn(items: QuestionnaireResponse['item'] = []): unknown[] {
  return items.flatMap(({ linkId, answer = [], item }) => [
    [linkId, ...answer.map(({ valueCoding, valueInteger }) => valueCoding?.code ?? valueInteger)],
    ...codesIn(item),
  ]);
}

test('skips to the question, goes on by Enter, clears, goes back, and changes at the end', async () => {
  const { page } = await browser.openPage({ path: await first() });
  await page.locator('[data-screen="welcome"]').waitFor();
  const hand = careful(page);
  await page.keyboard.press('Tab');
  expect(await focusedName(page)).toBe('link "Skip to the question"');
  await checkFocusIsSeen(page);
  await page.keyboard.press('Enter');
  await hand.press(page.locator('[data-action="start"]'));

  const option = (value: string) => page.locator(`fieldset [value="${value}"]`);
  for (const [at, value] of [
    ['red-flag-emergency', 'none'],
    ['red-flag-urgent', 'none'],
    ['eye-symptoms-now', 'no'],
  ]) {
    await page.locator(`fieldset[data-link-id="${at}"]`).waitFor();
    await hand.choose(option(value ?? ''));
    // Enter on an option is "Next", as on any form.
    await page.keyboard.press('Enter');
    await expectHeading(page, `question ${at}`);
  }
  await hand.choose(option('neck'));
  await tabTo(page, page.locator('[data-action="clear"]'));
  await checkFocusIsSeen(page);
  await page.keyboard.press('Enter');
  // The button has gone: the focus must not go with it.
  expect(await focusedName(page)).toBe('checkbox "Neck"');
  expect(await option('neck').isChecked()).toBe(false);
  await hand.press(page.locator('[data-action="back"]'));
  expect(await screenOf(page)).toBe('question eye-symptoms-now');
  expect(await option('no').isChecked()).toBe(true);

  await answerQuestions(page, { 'onset-age': 30 }, { hand });
  await page.locator('[data-screen="check"]').waitFor();
  const change = page.locator('[data-link-id="onset-age"] [data-action="change"]');
  await hand.press(change);
  expect(await screenOf(page)).toBe('question onset-age');
  await hand.type(page.locator('input[name="onset-age"]'), '31');
  await page.keyboard.press('Enter');
  await expectHeading(page, 'question onset-age');
  expect(await screenOf(page)).toBe('check');
  expect(await page.locator('[data-link-id="onset-age"]').textContent()).toMatch(/31/);
});
