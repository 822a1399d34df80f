/** A clinician who signs out, or whom somebody else follows in the same browser. */
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { fresh, resultsShown, seenIn } from '../support/browser-clinic.js';
import { look, sessionCookie, useEhr, writesBy } from '../support/browser-ehr.js';
import { toResponse, worked } from '../support/contract-responses.js';

const { browser, ehr, openPage } = useEhr();
const REFUSED = { failures: /\/fhir\/|\/ui\/changes/ };

/** A screening of the patient, sent by whoever is signed in on the page. → its id */
async function screen(page: Page, patient: string): Promise<string> {
  const reference = `Patient/${patient}`;
  const body = toResponse(worked('D1'), fresh('sign-out'), {
    subject: { reference },
    author: { reference },
  });
  const sent = await page.evaluate<{ id: string }>(`fetch('/fhir/QuestionnaireResponse', {
    method: 'POST',
    headers: { 'Content-Type': 'application/fhir+json', Accept: 'application/fhir+json' },
    body: ${JSON.stringify(JSON.stringify(body))},
  }).then((reply) => reply.json())`);
  return sent.id;
}

test('sign-out: every open page forgets, and who signs in next sees only what is theirs', async () => {
  const { url } = browser.service();
  const opened = await openPage({ allowed: REFUSED });
  const { page, context } = opened;
  await page.goto(ehr().launchUrl(url, { user: 'Practitioner/d1', patient: 'p2' }));
  await page.getByRole('heading', { level: 1, name: 'p2 Example' }).waitFor();
  const id = await screen(page, 'p2');
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
  await screen(page, 'p2');
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
