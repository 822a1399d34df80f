/** A clinician opens the service from the EHR, for the patient whose record is open: launch, intake, results. */
import { expect, test } from '@jest/globals';
import type { Bundle, Provenance, Task } from 'fhir/r4.js';
import { checkAccessibility, shot } from '../support/browser-checks.js';
import { resultsShown, seenIn } from '../support/browser-clinic.js';
import { checkNoSecrets, newestResponse, useEhr, writesBy } from '../support/browser-ehr.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { worked } from '../support/contract-responses.js';

const { browser, ehr, openPage, stored } = useEhr();

test('launch with a patient in context, intake on behalf, results: all in the name of who is signed in', async () => {
  ehr().asks = true;
  const { page, watch } = await openPage();
  const { url } = browser.service();
  await page.goto(ehr().launchUrl(url, { user: 'Practitioner/d1', patient: 'p1' }));
  await page.locator('#allow').click();
  await page.waitForURL(`${url}/patients/p1**`);
  await page.getByRole('heading', { level: 1, name: 'p1 Example' }).waitFor();
  await checkNoSecrets(page, ehr());
  await checkAccessibility(page, 'history after a launch');

  await page.getByRole('link', { name: 'New screening: I fill in' }).click();
  await page.locator('[data-screen="welcome"]').waitFor();
  await checkAccessibility(page, 'welcome on behalf');
  await answerQuestions(page, worked('D1'));
  await sendAnswers(page);
  await checkNoSecrets(page, ehr());
  await page.getByRole('link', { name: 'Show the results' }).click();
  await resultsShown(page);
  expect(await seenIn(page.locator('body'))).toContain('entered by a clinician');
  await checkNoSecrets(page, ehr());
  await checkAccessibility(page, 'results after a launch');
  await shot(page, 'launch-results');

  const response = await newestResponse(ehr(), 'p1');
  expect([response.status, response.author?.reference, response.source?.reference]).toEqual([
    'completed',
    'Practitioner/d1',
    'Patient/p1',
  ]);
  const found = await stored<Bundle<Provenance>>(`Provenance?target=QuestionnaireResponse/${response.id}`);
  const agents = found.entry?.flatMap(({ resource }) => resource?.agent ?? []) ?? [];
  expect(agents.map(({ who }) => who.reference)).toContain('Practitioner/d1');
  const writes = writesBy(ehr());
  process.stdout.write(`clinician: writes on the FHIR server by whose token ${JSON.stringify(writes)}\n`);
  expect(Object.keys(writes)).toEqual(['Practitioner/d1']);
  expect(watch.cspViolations).toEqual([]);
}, 60_000);

test('whom the address names does not stand above who is signed in', async () => {
  ehr().asks = false;
  const { page } = await openPage();
  const { url } = browser.service();
  await page.goto(ehr().launchUrl(url, { user: 'Practitioner/d1', patient: 'p2' }));
  await page.waitForURL(`${url}/patients/p2**`);
  await page.goto('/screen?subject=Patient/p2&author=Practitioner/d2');
  await answerQuestions(page, { ...worked('D1'), 'red-flag-emergency': ['saddle-numbness'] });
  await sendAnswers(page);
  const response = await newestResponse(ehr(), 'p2');
  expect(response.author?.reference).toBe('Practitioner/d1');

  await page.goto(`/results/${response.id}?author=Practitioner/d2`);
  await resultsShown(page);
  await page.getByText('It is recorded that it was you.').waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText(/^Acknowledged .* by Practitioner\/d1\.$/).waitFor();
  const task = await stored<Task>(`Task/${response.id}.task`);
  expect([task.status, task.owner?.identifier?.value]).toEqual(['completed', 'Practitioner/d1']);
}, 60_000);
