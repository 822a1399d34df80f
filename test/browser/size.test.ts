/** What a phone must load before the first question. */
import { beforeAll, expect, test } from '@jest/globals';
import { useBrowser } from '../support/browser.js';
import { checkWeight, weigh } from '../support/browser-checks.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { putPatient } from '../support/contract-http.js';
import { worked } from '../support/contract-responses.js';

const browser = useBrowser();
/** ui.md: JS and CSS of the intake, gzipped. */
const BUDGET = 40_000;

beforeAll(() => putPatient(browser.service().embeddedUrl, 'p1'));

test('the intake and everything that it loads to the very end stay within the budget', async () => {
  const { page } = await browser.openPage({ width: 320 });
  const loaded = weigh(page);
  await page.goto('/screen?subject=Patient/p1');
  await answerQuestions(page, worked('D1'));
  await sendAnswers(page);
  const weight = await loaded();
  const kinds = weight.files.map(({ name }) => name.split('.').at(-1));
  expect([...new Set(kinds)].sort()).toEqual(['css', 'js']);
  checkWeight('/screen', weight, BUDGET);
});
