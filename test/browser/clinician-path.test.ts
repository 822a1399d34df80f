/** The whole way of a clinician, as one goes it: by finger from the start page, and by the keyboard alone from the worklist. */
import { expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { checkAccessibility, checkFocusIsSeen } from '../support/browser-checks.js';
import { readResponse, resultsShown, seenIn, setLines } from '../support/browser-clinic.js';
import { focusedName, keyboard, tabTo } from '../support/browser-hands.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { toItems, worked } from '../support/contract-responses.js';

const browser = useBrowser({ SEED_DEMO: 'true' });

const idIn = (page: Page) => new URL(page.url()).pathname.split('/').at(-1) ?? '';
const lineOf = async (page: Page, title: string) =>
  (await setLines(page)).find((one) => one.title.includes(title));

/** linkId → codes, for comparing what was answered whatever else a response holds. */
function answersIn({ item = [] }: QuestionnaireResponse): Record<string, unknown[]> {
  const questions = item.flatMap((group) => group.item ?? []);
  return Object.fromEntries(
    questions.map(({ linkId, answer = [] }) => [
      linkId,
      answer.map(({ valueCoding, valueInteger }) => valueCoding?.code ?? valueInteger),
    ]),
  );
}

test('start page, choose a patient, fill in for her, read the result, answer on the spot, history, worklist', async () => {
  const opened = await browser.openPage({ path: '/' });
  const { page } = opened;
  const edith = page.locator('.people li').filter({ hasText: 'Edith Example' });
  await edith.getByRole('link', { name: /I fill in/ }).click();
  await page.waitForURL('**/screen?**');
  expect(new URL(page.url()).searchParams.get('author')).toBe('Practitioner/demo-clinician');

  await answerQuestions(page, worked('D4'));
  await sendAnswers(page);
  await page.getByRole('link', { name: /result/i }).click();
  await page.waitForURL('**/results/*');
  await resultsShown(page);
  const id = idIn(page);
  const stored = await readResponse(browser.service(), id);
  expect(stored).toMatchObject({
    status: 'completed',
    subject: { reference: 'Patient/demo-5' },
    author: { reference: 'Practitioner/demo-clinician' },
    source: { reference: 'Patient/demo-5' },
  });
  // Exactly what was answered: nothing that was left blank has become a "no" or a 0.
  expect(answersIn(stored)).toEqual(answersIn({ ...stored, item: toItems(worked('D4')) }));
  expect(await seenIn(page.locator('header.patient'))).toMatch(
    /Edith Example[\s\S]*by the patient, entered by/,
  );
  expect(await lineOf(page, 'NICE NG65')).toMatchObject({
    word: 'test HLA-B27',
    bounds: '3 of 9, needs 4 (3 with HLA-B27)',
  });

  const asked = page.locator('.asked > li').filter({ hasText: 'HLA-B27' });
  await asked.locator('summary').click();
  await asked.getByLabel('Positive', { exact: true }).check();
  await page.getByRole('button', { name: 'Save and score again' }).click();
  await page.getByText('NICE NG65 referral criteria: test HLA-B27 → refer').waitFor();
  const amended = await readResponse(browser.service(), id);
  expect(amended).toMatchObject({
    status: 'amended',
    // One more: every answer that was saved meanwhile was a version of the draft.
    meta: { versionId: String(Number(stored.meta?.versionId) + 1) },
    source: { reference: 'Patient/demo-5' },
  });
  expect(await lineOf(page, 'NICE NG65')).toMatchObject({ word: 'refer' });

  // A draft has a version for every answer: only the newest are listed unasked.
  const versions = page.locator('.versions li');
  await versions.first().getByText(`Version ${amended.meta?.versionId}: Amended`).waitFor();
  expect(await versions.filter({ visible: true }).count()).toBe(3);
  await page.getByText(/^\d+ older$/).click();
  expect(await versions.filter({ visible: true }).count()).toBe(Number(amended.meta?.versionId));

  await page.getByRole('link', { name: 'Patient history' }).click();
  await page.waitForURL('**/patients/demo-5');
  await page.getByText('All screenings').waitFor();
  expect(await seenIn(page.locator('thead'))).toMatch(/Amended, by patient, changed by clinician/);
  expect(await seenIn(page.getByRole('row', { name: /NICE NG65/ }))).toMatch(/refer/);

  await page.getByRole('link', { name: 'Worklist' }).click();
  const row = page.locator(`.row:has(a[href$="results/${id}"])`);
  await row.waitFor();
  expect(await seenIn(row)).toMatch(/Edith Example[\s\S]*Amended[\s\S]*by clinician[\s\S]*refer/);
  // The newest is the first.
  expect(await page.locator('.row').first().locator('.open').getAttribute('href')).toMatch(
    new RegExp(`${id}$`),
  );
});

test('by keyboard alone: worklist, result, an open question, save', async () => {
  const { page } = await browser.openPage({ path: '/worklist' });
  const hand = keyboard(page);
  await page.locator('.row').first().waitFor();
  // First of all the way past the navigation.
  await page.keyboard.press('Tab');
  expect(await focusedName(page)).toMatch(/^link "Skip to the content"/);
  await page.keyboard.press('Enter');
  const edith = page
    .locator('.row')
    .filter({ hasText: /Edith Example[\s\S]*test HLA-B27/ })
    .locator('.open');
  await hand.press(edith);
  await page.waitForURL('**/results/*');
  await resultsShown(page);
  const id = idIn(page);
  expect(await lineOf(page, 'NICE NG65')).toMatchObject({ word: 'test HLA-B27' });

  // A set opens to its criteria, and the focus is seen.
  const set = page.locator('details.set').filter({ hasText: 'NICE NG65' }).locator('summary');
  await tabTo(page, set);
  await checkFocusIsSeen(page);
  await page.keyboard.press('Enter');
  await page.locator('details.set[open] .criteria').waitFor();

  const asked = page.locator('.asked > li').filter({ hasText: 'HLA-B27' });
  await hand.press(asked.locator('summary'));
  await hand.choose(asked.getByLabel('Negative', { exact: true }));
  await page.getByText('Answered, not saved yet').waitFor();
  await hand.press(page.getByRole('button', { name: 'Save and score again' }));
  await page.getByText('NICE NG65 referral criteria: test HLA-B27 → not met').waitFor();
  await page.locator('#notice:focus').waitFor();
  expect((await readResponse(browser.service(), id)).status).toBe('amended');
  await checkAccessibility(page, 'results, saved by keyboard');
  await hand.press(page.getByRole('link', { name: 'Worklist' }));
  await page.waitForURL('**/worklist');
});

test('the patient fills in: the same start page, without an author, and no result is shown to her', async () => {
  const { page } = await browser.openPage({ path: '/' });
  const hugo = page.locator('.people li').filter({ hasText: 'Hugo Example' });
  const href = await hugo.getByRole('link', { name: /Patient fills in/ }).getAttribute('href');
  const { searchParams } = new URL(href ?? '', page.url());
  expect([searchParams.get('subject'), searchParams.get('author')]).toEqual(['Patient/demo-8', null]);
});
