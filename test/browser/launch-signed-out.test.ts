/** A session that is gone altogether: the answers stay on the page until somebody has signed in again. */
import { expect, test } from '@jest/globals';
import { answersIn, answerUpTo, expectSaved, press, told } from '../support/browser-draft.js';
import { look, newestResponse, signInBeside, useEhr } from '../support/browser-ehr.js';
import { answerQuestion, answerQuestions } from '../support/browser-intake.js';
import { worked } from '../support/contract-responses.js';

const { browser, ehr, openPage } = useEhr();
const HALF = 'exercise-effect';
const REFUSED = { failures: /\/fhir\/|\/ui\/changes/ };

test('in the middle and again at the end: kept, said, and sent in full after signing in', async () => {
  ehr().atHome = { user: 'Patient/p1', patient: 'p1' };
  const { page, context } = await openPage({ language: 'es', allowed: REFUSED });
  await page.goto(`/launch?iss=${encodeURIComponent(ehr().iss)}`);
  await page.locator('[data-screen="welcome"]').waitFor();
  await answerUpTo(page, HALF, worked('D1'));
  await expectSaved(page);
  await context.clearCookies();
  await answerQuestion(page, HALF, worked('D1')[HALF]);
  await press(page, 'next');
  await page.getByText('Su sesión ha caducado. Sus respuestas siguen en esta página').waitFor();
  await look(page, 'launch-run-out-es');
  await signInBeside(page, browser.service().url);
  await press(page, 'again');
  await expectSaved(page);
  expect(await page.locator('[data-action="sign-in"]').count()).toBe(0);

  await answerQuestions(page, worked('D1'));
  await context.clearCookies();
  await press(page, 'send');
  await page.locator('[data-screen="unsent"]').waitFor();
  await page.getByText('Su sesión ha caducado.').waitFor();
  await look(page, 'launch-run-out-unsent-es');
  await signInBeside(page, browser.service().url);
  await press(page, 'again');
  await page.locator('[data-screen="sent"]').waitFor();
  const stored = answersIn(await newestResponse(ehr(), 'p1'));
  expect(stored).toEqual(told(worked('D1')));
  process.stdout.write(`session gone twice: answers stored ${Object.keys(stored).length}\n`);
}, 60_000);

test('opened without a session: sign in, and the questions are there', async () => {
  const { page } = await openPage({ path: '/screen?subject=Patient/p1', allowed: REFUSED });
  await page.getByText('You are not signed in, or your sign-in has run out.').waitFor();
  await look(page, 'launch-intake-closed');
  await page.getByRole('link', { name: 'Sign in with Test Hospital' }).click();
  await page.locator('[data-screen="welcome"]').waitFor();
}, 60_000);

test('somebody else signs in instead: the answers of the first are not written as theirs', async () => {
  ehr().atHome = { user: 'Patient/p3', patient: 'p3' };
  const { page, context } = await openPage({ allowed: REFUSED });
  await page.goto(`/launch?iss=${encodeURIComponent(ehr().iss)}`);
  await page.locator('[data-screen="welcome"]').waitFor();
  await answerUpTo(page, HALF, worked('D1'));
  await expectSaved(page);
  const before = answersIn(await newestResponse(ehr(), 'p3'));
  await context.clearCookies();
  ehr().atHome = { user: 'Patient/p4', patient: 'p4' };
  await answerQuestion(page, HALF, worked('D1')[HALF]);
  await press(page, 'next');
  await signInBeside(page, browser.service().url);
  await press(page, 'again');
  await page.getByText('Your sign-in does not allow this.').waitFor();
  expect(answersIn(await newestResponse(ehr(), 'p3'))).toEqual(before);
  await expect(newestResponse(ehr(), 'p4')).rejects.toThrow('no response');
}, 60_000);
