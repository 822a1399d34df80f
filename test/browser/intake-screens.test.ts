/** Every screen of the intake, in every language: accessible, and without a word of another language. */
import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser, type Width } from '../support/browser.js';
import { finger, type Hand } from '../support/browser-hands.js';
import { answerQuestion, answerQuestions, screenOf } from '../support/browser-intake.js';
import { newIntake } from '../support/browser-people.js';
import { checkScreen, checkTranslated, type Reading } from '../support/browser-reading.js';
import { send } from '../support/contract-http.js';
import { type Answers, LINK_IDS, worked } from '../support/contract-responses.js';

const browser = useBrowser({ EMERGENCY_NUMBER: '144' });
/** One language on the smallest phone, one on a phone, one at a desk. */
const WIDTH_OF: Record<string, Width> = { en: 320, es: 1100, de: 390 };
const readings: Record<string, Reading> = {};
/** Leads through every question, and to every advice that is not an emergency at once. */
const answers: Answers = {
  ...worked('D1'),
  'red-flag-urgent': ['cancer-history', 'minor-injury'],
  'eye-symptoms-now': 'yes',
  'night-waking': 'never',
  'day-pattern': 'better',
  'pain-intensity': 7,
  'other-symptoms': ['fatigue', 'unknown'],
};
delete answers['night-rising-relief'];
const PICTURED =
  /^(loaded|blank red-flag-emergency|red-flag-emergency|onset-age|blank pain-intensity|pain-intensity|blank pain-location|check)$|^(advice|changed|sent|check)-/;
const SAVED: Record<string, string> = { en: 'Saved', es: 'Guardado', de: 'Gespeichert' };

/** Somebody else's change. */
async function shorten(id: string): Promise<void> {
  const url = `${browser.service().fhir}/QuestionnaireResponse/${id}`;
  const { body, headers } = await send<QuestionnaireResponse>(url);
  const reply = await send(url, {
    method: 'PUT',
    body: { ...body, item: body.item?.slice(0, 1) },
    headers: { 'if-match': headers.get('etag') ?? '' },
  });
  expect(reply.status).toBe(200);
}

async function screenAfter(page: Page, before: string): Promise<string> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    const screen = await screenOf(page);
    if (screen !== before) return screen;
    await page.waitForTimeout(20);
  }
  throw new Error(`Still at ${before}`);
}

describe.each(['en', 'es', 'de'])('in %s', (language) => {
  const reading: Reading = new Map();
  readings[language] = reading;
  const check = (page: Page, name: string) =>
    checkScreen(page, { reading, language, name: name.replace(' ', '-') }, PICTURED.test(name));
  const press = (page: Page, action: string) => page.locator(`[data-action="${action}"]`).click();
  const arrive = (page: Page, screen: string) => page.locator(`[data-screen="${screen}"]`).waitFor();
  const change = (page: Page, linkId: string) =>
    page.locator(`[data-link-id="${linkId}"] [data-action="change"]`).click();

  test('from the welcome to the check page: every question blank and answered, and what interrupts', async () => {
    const width = WIDTH_OF[language] ?? 320;
    const { page, watch } = await browser.openPage({
      path: await newIntake(browser.service()),
      language,
      width,
    });
    await arrive(page, 'welcome');
    await check(page, 'loaded');
    const told: string[] = [];
    const hand: Hand = {
      ...finger,
      press: async (button) => {
        const before = await screenOf(page);
        await finger.press(button);
        const screen = await screenAfter(page, before);
        if (screen.startsWith('question')) await check(page, `blank ${screen.slice(9)}`);
      },
    };
    const onScreen = async (screen: string) => {
      const name = screen === 'advice' ? `advice-${told.push(screen)}` : screen;
      if (screen !== 'welcome') await check(page, name);
    };
    const { asked, interruptedAfter } = await answerQuestions(page, answers, { hand, onScreen });
    expect(asked).toEqual(LINK_IDS.filter((linkId) => linkId !== 'night-rising-relief'));
    expect(interruptedAfter).toEqual(['red-flag-urgent', 'eye-symptoms-now']);

    await change(page, 'night-waking');
    await answerQuestion(page, 'night-waking', 'second-half');
    await press(page, 'next');
    // Another sign beside the cancer; and a question that is only asked since.
    await arrive(page, 'advice');
    await check(page, 'advice-night');
    await press(page, 'continue');
    await page.locator('fieldset[data-link-id="night-rising-relief"]').waitFor();
    await check(page, 'blank night-rising-relief');
    await press(page, 'next');
    await arrive(page, 'check');
    await change(page, 'diagnosed-conditions');
    await answerQuestion(page, 'diagnosed-conditions', ['axial-spa']);
    await press(page, 'next');
    await check(page, 'advice-injury');
    await press(page, 'continue');
    await change(page, 'red-flag-emergency');
    await answerQuestion(page, 'red-flag-emergency', ['leg-weakness', 'chest-pain']);
    await press(page, 'next');
    await check(page, 'advice-cord');
    await press(page, 'continue');
    await check(page, 'check-emergency');

    // Another window writes; both are shown, and what is here stays.
    const id = new URL(page.url()).searchParams.get('response') ?? '';
    await page.getByText(SAVED[language] ?? '').waitFor();
    await shorten(id);
    watch.allow({ failures: /\/QuestionnaireResponse\// });
    await press(page, 'send');
    await arrive(page, 'changed');
    await check(page, 'changed-elsewhere');
    await press(page, 'keep-mine');
    await arrive(page, 'sent');
    await check(page, 'sent-emergency');
  });
});

test.each(['es', 'de'])('in %s no English is left', (language) => {
  checkTranslated(readings[language], readings.en);
});
