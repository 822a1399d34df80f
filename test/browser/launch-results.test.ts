/** A clinician whose sign-in runs out while results are open. */
import { expect, test } from '@jest/globals';
import { resultsShown, seenIn } from '../support/browser-clinic.js';
import { look, newestResponse, sessionCookie, signInBeside, useEhr } from '../support/browser-ehr.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { worked } from '../support/contract-responses.js';

const { browser, ehr, openPage } = useEhr();
const REFUSED = { failures: /\/fhir\/|\/ui\/changes/ };

test('open results: it stops looking for news, keeps what is typed, and goes on after signing in', async () => {
  ehr().atHome = { user: 'Practitioner/d1' };
  const { page, context } = await openPage({ allowed: REFUSED });
  await page.goto(ehr().launchUrl(browser.service().url, { user: 'Practitioner/d1', patient: 'p2' }));
  await page.getByRole('heading', { level: 1, name: 'p2 Example' }).waitFor();
  await page.goto('/screen?subject=Patient/p2&author=Practitioner/d1');
  await answerQuestions(page, worked('D1'));
  await sendAnswers(page);
  const { id } = await newestResponse(ehr(), 'p2');
  await page.goto(`/results/${id}`);
  await resultsShown(page);
  const cookie = await sessionCookie(context);
  const asked = page.locator('.asked > li input[type="radio"]').first();
  await page.locator('.asked > li summary').first().click();
  await page.locator('.asked > li label').first().click();
  expect(await asked.isChecked()).toBe(true);
  await context.clearCookies();
  const notice = page.locator('[data-sign-in="signedOut"]');
  await notice.waitFor();
  let asking = 0;
  page.on('request', (request) => {
    if (/\/ui\/changes|\/fhir\//.test(request.url())) asking += 1;
  });
  await page.waitForTimeout(6_000);
  expect(asking).toBe(0);
  await look(page, 'launch-results-run-out');
  await page.getByRole('button', { name: /^Save/ }).click();
  await page.getByText('Not saved').first().waitFor();
  await signInBeside(page, browser.service().url);
  expect((await sessionCookie(context))?.value).not.toBe(cookie?.value);
  await notice.getByRole('button', { name: 'Try again' }).click();
  await notice.waitFor({ state: 'detached' });
  expect(await asked.isChecked()).toBe(true);
  await page.getByRole('button', { name: /^Save/ }).click();
  await page
    .getByText(/^Saved/)
    .first()
    .waitFor();
  const changed = await newestResponse(ehr(), 'p2');
  expect([changed.status, changed.author?.reference]).toEqual(['amended', 'Practitioner/d1']);
  expect(await seenIn(page.locator('body'))).not.toContain('not saved yet');
}, 60_000);
