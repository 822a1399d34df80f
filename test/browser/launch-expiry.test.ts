/** A token that runs out while somebody answers: nobody loses an answer, whatever the EHR does. */
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { answersIn, answerUpTo, expectSaved, told } from '../support/browser-draft.js';
import { newestResponse, useEhr, writesBy } from '../support/browser-ehr.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { type Answers, worked } from '../support/contract-responses.js';

const { browser, ehr, openPage } = useEhr({ hasBackend: true });
const HALF = 'exercise-effect';
const SECONDS = 3;
const WITHIN_MS = 20_000;

/** Without a way to new tokens. */
const noRefresh = (scope: string) => scope.replace(/(online|offline)_access/g, '');

async function begin(patient: string, answers: Answers): Promise<Page> {
  ehr().atHome = { user: `Patient/${patient}`, patient };
  const { page } = await openPage();
  await page.goto(`/launch?iss=${encodeURIComponent(ehr().iss)}`);
  await page.locator('[data-screen="welcome"]').waitFor();
  await answerUpTo(page, HALF, answers);
  await expectSaved(page);
  return page;
}

const isIn = (page: Page) =>
  page.evaluate<boolean>(`fetch('/ui/settings.json').then((r) => r.json()).then((s) => s.session !== null)`);

/** What `ask` gives comes to be true within 20 s. */
async function until(ask: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + WITHIN_MS;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error('It never came');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Everything that was answered stands on the FHIR server. → by whose token it was written */
async function checkAllThere(name: string, patient: string, answers: Answers, asked: readonly string[]) {
  const wanted = Object.fromEntries(Object.entries(told(answers)).filter(([one]) => asked.includes(one)));
  await until(async () => (await newestResponse(ehr(), patient).catch(() => null))?.status === 'completed');
  const stored = answersIn(await newestResponse(ehr(), patient));
  expect(stored).toEqual(wanted);
  const count = Object.keys(stored).length;
  const writes = writesBy(ehr());
  process.stdout.write(
    `${name}: answers stored ${count} of ${asked.length} asked; ${JSON.stringify(writes)}\n`,
  );
  return writes;
}

const everyAsked = Object.keys(worked('D1'));

test('with refresh it goes on, and the person sees nothing of it', async () => {
  ehr().expiresIn = SECONDS;
  const page = await begin('p1', worked('D1'));
  const own = () => [...ehr().tokens.values()].filter(({ who }) => who === 'Patient/p1');
  const issued = own().length;
  await until(() => own().every(({ expiresAt }) => expiresAt < Date.now()));
  await answerQuestions(page, worked('D1'));
  expect(await page.locator('[data-action="sign-in"]').count()).toBe(0);
  await sendAnswers(page);
  await page.getByText('Your answers were sent and stored').waitFor();
  expect(own().length).toBeGreaterThan(issued);
  const writes = await checkAllThere('expired, with refresh', 'p1', worked('D1'), everyAsked);
  expect(Object.keys(writes)).toEqual(['Patient/p1']);
}, 60_000);

test('without refresh saving goes on, and the service delivers with credentials of its own', async () => {
  ehr().expiresIn = SECONDS;
  ehr().faults.grant = noRefresh;
  ehr().seen.length = 0;
  const page = await begin('p2', worked('D1'));
  await until(async () => !(await isIn(page)));
  await answerQuestions(page, worked('D1'));
  expect(await page.locator('[data-action="sign-in"]').count()).toBe(0);
  await sendAnswers(page);
  const writes = await checkAllThere('expired, no refresh', 'p2', worked('D1'), everyAsked);
  expect(Object.keys(writes).sort()).toEqual(['Patient/p2', 'client axspa-backend']);
}, 60_000);

test('a token that the EHR revokes, with a refresh that it refuses: the same', async () => {
  ehr().expiresIn = 3600;
  ehr().faults = { refusesRefresh: true };
  ehr().seen.length = 0;
  const page = await begin('p3', worked('D1'));
  ehr().revokeAll();
  await answerQuestions(page, worked('D1'));
  await sendAnswers(page);
  expect(await isIn(page)).toBe(false);
  const writes = await checkAllThere('revoked', 'p3', worked('D1'), everyAsked);
  expect(Object.keys(writes).sort()).toEqual(['Patient/p3', 'client axspa-backend']);
  expect(await browser.service().output()).not.toMatch(/at-[0-9a-f-]{36}|rt-[0-9a-f-]{36}/);
}, 60_000);
