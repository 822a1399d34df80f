/** Every answer that means danger by itself interrupts at once: the page knows it without a connection, too. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { expectAdvice, readTitles, type Titles } from '../support/browser-advice.js';
import { answerQuestion, screenOf } from '../support/browser-intake.js';
import { newIntake } from '../support/browser-people.js';
import type { Answers } from '../support/contract-responses.js';

const browser = useBrowser({ EMERGENCY_NUMBER: '144' });

interface Case {
  readonly name: string;
  readonly answers: Answers;
  readonly urgency: string | null;
}
const content = (path: string) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'));
const safety: { base: Answers; cases: Case[] } = content('cases/red-flags.json');
/** Answers to one safety question. */
const alone = safety.cases.filter(({ answers, urgency }) => {
  const [linkId = '', ...others] = Object.keys(answers);
  return others.length === 0 && linkId in safety.base && urgency !== null && urgency !== 'none-reported';
});
let titleOf: Titles;

beforeAll(async () => {
  titleOf = await readTitles(browser.service().fhir, '144');
});

const press = (page: Page, action: string) => page.locator(`[data-action="${action}"]`).click();

test('there are cases', () => expect(alone.length).toBeGreaterThan(20));

describe.each(['with a connection', 'without one'])('%s', (how) => {
  test('every single answer that means danger interrupts before the next question', async () => {
    const { page, context, watch } = await browser.openPage();
    watch.allow({ failures: /\/fhir\// });
    for (const { name, answers, urgency } of alone) {
      await context.setOffline(false);
      await page.goto('about:blank');
      await page.goto(await newIntake(browser.service()));
      await page.locator('[data-action="start"]').waitFor();
      await context.setOffline(how === 'without one');
      await press(page, 'start');
      const before: string[] = [];
      for (const [linkId, none] of Object.entries(safety.base)) {
        before.push(linkId);
        await page.locator(`fieldset[data-link-id="${linkId}"]`).waitFor();
        await answerQuestion(page, linkId, answers[linkId] ?? none);
        await press(page, 'next');
        if (linkId in answers) break;
      }
      await page
        .locator('[data-screen="advice"], fieldset:not([data-link-id^="red-flag"])')
        .first()
        .waitFor();
      expect({ name, screen: await screenOf(page) }).toEqual({ name, screen: 'advice' });
      await expectAdvice(page, titleOf(urgency ?? ''), urgency === 'emergency' ? '144' : undefined);
      await page.evaluate('window.onbeforeunload = null');
    }
  });
});
