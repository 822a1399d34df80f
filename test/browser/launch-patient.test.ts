/** A patient signs in by themselves, answers in Spanish, and sees advice: never a verdict, and nobody else. */
import { expect, test } from '@jest/globals';
import { checkAccessibility } from '../support/browser-checks.js';
import { seenIn } from '../support/browser-clinic.js';
import {
  checkNoSecrets,
  look,
  newestResponse,
  sessionCookie,
  useEhr,
  writesBy,
} from '../support/browser-ehr.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { worked } from '../support/contract-responses.js';

const { browser, ehr, openPage } = useEhr();

const REFUSED = { failures: /\/fhir\/|\/ui\/changes/ };

test('sign-in on the start page, intake in Spanish, advice and no verdict; results and worklist refuse', async () => {
  ehr().asks = true;
  ehr().atHome = { user: 'Patient/p1', patient: 'p1' };
  const { page, watch } = await openPage({ path: '/', language: 'es', allowed: REFUSED });
  const { url } = browser.service();
  const signIn = page.getByRole('link', { name: 'Iniciar sesión con Test Hospital' });
  await signIn.waitFor();
  expect(await page.locator('.name-search, .people').count()).toBe(0);
  await look(page, 'launch-start-es');
  await signIn.click();
  await page.locator('#allow').click();
  await page.waitForURL(`${url}/screen?**`);
  expect(new URL(page.url()).searchParams.get('subject')).toBe('Patient/p1');
  await page.locator('html[lang="es"] [data-screen="welcome"]').waitFor();
  await checkNoSecrets(page, ehr());
  await answerQuestions(page, worked('D1'));
  await sendAnswers(page);
  await checkAccessibility(page, 'sent by a patient (es)');
  const told = await seenIn(page.locator('body'));
  expect(told).toContain('Sus respuestas se han enviado y guardado');
  expect(told).not.toMatch(/ASAS|Berlin|Calin|NICE|criterios|sospecha/i);
  expect(await page.getByRole('link', { name: /results|resultados/i }).count()).toBe(0);

  const response = await newestResponse(ehr(), 'p1');
  expect([response.status, response.author?.reference, response.source?.reference]).toEqual([
    'completed',
    'Patient/p1',
    'Patient/p1',
  ]);
  expect(await page.locator('[data-action="sign-out"]').textContent()).toBe('Cerrar sesión');
  await page.goto(`/results/${response.id}`);
  await page.locator('[data-sign-in="forbidden"]').waitFor();
  expect(await page.locator('details.set, .verdicts').count()).toBe(0);
  await checkAccessibility(page, 'results for a patient');
  await page.goto('/worklist');
  await page.locator('[data-sign-in="forbidden"]').waitFor();
  expect(await page.locator('.row').count()).toBe(0);
  await look(page, 'launch-worklist-forbidden');
  process.stdout.write(`patient: writes by whose token ${JSON.stringify(writesBy(ehr()))}\n`);
  expect(watch.cspViolations).toEqual([]);
}, 60_000);

test('the start page of a patient leads to their own questions and to nobody else’s', async () => {
  ehr().asks = false;
  ehr().atHome = { user: 'Patient/p2', patient: 'p2' };
  const { page, context } = await openPage({ allowed: REFUSED });
  await page.goto(`/launch?iss=${encodeURIComponent(ehr().iss)}`);
  await page.locator('[data-screen="welcome"]').waitFor();
  await page.goto('/');
  await page.getByText('You are signed in as Patient/p2.').waitFor();
  expect(await page.getByRole('link', { name: /worklist/i }).count()).toBe(0);
  expect(await page.locator('.name-search').count()).toBe(0);
  await look(page, 'launch-start-patient');
  const own = page.getByRole('link', { name: 'My questionnaire' });
  const { pathname, searchParams } = new URL((await own.getAttribute('href')) ?? '', page.url());
  expect([pathname, searchParams.get('subject')]).toEqual(['/screen', 'Patient/p2']);
  for (const path of ['/screen?subject=Patient/p1', '/screen?subject=Patient/p1&author=Practitioner/d1']) {
    await page.goto(path);
    await page.getByText('Your sign-in does not allow this.').waitFor();
    expect(await page.locator('[data-link-id]').count()).toBe(0);
  }
  expect((await sessionCookie(context))?.httpOnly).toBe(true);

  await page.goto('/screen?subject=Patient/p2');
  await answerQuestions(page, worked('D1'));
  await sendAnswers(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in with Test Hospital' }).waitFor();
  expect(await sessionCookie(context)).toBeNull();
  // What was sent is not there for whoever goes back.
  await page.goBack();
  await page.getByText('You are not signed in, or your sign-in has run out.').waitFor();
}, 60_000);

test('who declines is told so, in words and without what came along', async () => {
  ehr().asks = true;
  const { page } = await openPage({ language: 'de', allowed: { failures: /\/callback/ } });
  await page.goto(`/launch?iss=${encodeURIComponent(ehr().iss)}`);
  await page.locator('#deny').click();
  await page.getByRole('heading', { name: 'Sie sind nicht angemeldet' }).waitFor();
  await look(page, 'launch-declined');
}, 60_000);
