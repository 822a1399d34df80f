/** A clinician whose sign-in runs out, who signs out, or whom somebody else follows in the same browser. */
import { expect, test } from '@jest/globals';
import { resultsShown, seenIn } from '../support/browser-clinic.js';
import {
  look,
  newestResponse,
  sessionCookie,
  signInBeside,
  useEhr,
  writesBy,
} from '../support/browser-ehr.js';
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

test('sign-out: every open page forgets, and who signs in next sees only what is theirs', async () => {
  const { url } = browser.service();
  const opened = await openPage({ allowed: REFUSED });
  const { page, context } = opened;
  await page.goto(ehr().launchUrl(url, { user: 'Practitioner/d1', patient: 'p2' }));
  await page.getByRole('heading', { level: 1, name: 'p2 Example' }).waitFor();
  const { id } = await newestResponse(ehr(), 'p2');
  await page.goto(`/results/${id}`);
  await resultsShown(page);
  const start = await browser.openTab(opened, '/');
  await start.getByText('You are signed in as Practitioner/d1.').waitFor();
  await look(start, 'launch-start-clinician');
  await start.getByRole('button', { name: 'Sign out' }).click();
  await start.getByRole('link', { name: 'Sign in with Test Hospital' }).waitFor();
  expect(await sessionCookie(context)).toBeNull();
  expect(ehr().requests).toContain('POST revoke');
  await page.locator('[data-sign-in="signedOut"]').waitFor();
  expect(await seenIn(page.locator('body'))).not.toContain('p2 Example');
  await look(page, 'launch-results-signed-out');

  ehr().atHome = { user: 'Patient/p4', patient: 'p4' };
  await start.getByRole('link', { name: 'Sign in with Test Hospital' }).click();
  await start.locator('[data-screen="welcome"]').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('[data-sign-in="forbidden"]').waitFor();
  await page.goBack();
  await page.locator('[data-sign-in]').waitFor();
  expect(await seenIn(page.locator('body'))).not.toContain('p2 Example');
  expect(writesBy(ehr())).not.toHaveProperty('Patient/p4');
}, 60_000);

test('somebody signs in over another: what the first had open is taken away', async () => {
  const { url } = browser.service();
  const opened = await openPage({ allowed: REFUSED });
  const { page } = opened;
  await page.goto(ehr().launchUrl(url, { user: 'Practitioner/d1', patient: 'p2' }));
  await page.getByRole('heading', { level: 1, name: 'p2 Example' }).waitFor();
  await page.goto('/worklist');
  await page.locator('.row').first().waitFor();
  const other = await browser.openTab(opened, '/');
  ehr().atHome = { user: 'Patient/p4', patient: 'p4' };
  await other.goto(`${url}/launch?iss=${encodeURIComponent(ehr().iss)}`);
  await other.locator('[data-screen="welcome"]').waitFor();
  await page.bringToFront();
  await page.locator('[data-sign-in="forbidden"]').waitFor();
  expect(await page.locator('.row, .alert').count()).toBe(0);
}, 60_000);
