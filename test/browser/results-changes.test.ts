/** What a clinician does on the page of a result, and what becomes of it: on the server, and in words. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Observation, QuestionnaireResponse, Task } from 'fhir/r4.js';
import type { Locator, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import {
  addPatient,
  changeElsewhere,
  inBackground,
  lookAgain,
  openResults,
  readResponse,
  resultsShown,
  seenIn,
  submit,
} from '../support/browser-clinic.js';
import { observationsOf, read, send, until } from '../support/contract-http.js';

const browser = useBrowser();

beforeAll(async () => {
  await addPatient(browser.service(), 'p1', 'Ada');
});

const post = (more: Parameters<typeof submit>[2] = {}) => submit(browser.service(), 'Patient/p1', more);
const taskOf = (id: string) => read<Task>(`${browser.service().fhir}/Task/${id}.task`);
const versionsOf = async (id: string) => {
  const found = await read<Bundle>(`${browser.service().fhir}/QuestionnaireResponse/${id}/_history`);
  return found.entry?.length;
};

/** The option of an open question, which is folded at first. */
async function openQuestion(page: Page, text: RegExp, option: string): Promise<Locator> {
  const asked = page.locator('.asked > li').filter({ hasText: text });
  if (
    !(await asked
      .locator('details')
      .getAttribute('open')
      .then((one) => one !== null))
  ) {
    await asked.locator('summary').click();
  }
  return asked.getByLabel(option, { exact: true });
}

const saveButton = (page: Page) => page.getByRole('button', { name: 'Save and score again' });
const notice = (page: Page) => page.locator('section.notice[aria-labelledby="notice"]');

/** What one answer of a response says, wherever it stands. */
function answerTo(response: QuestionnaireResponse, linkId: string) {
  const items = (response.item ?? []).flatMap((group) => [group, ...(group.item ?? [])]);
  return items.find((one) => one.linkId === linkId)?.answer?.[0]?.valueCoding?.code;
}

async function acknowledgeElsewhere(id: string): Promise<void> {
  const url = `${browser.service().fhir}/Task/${id}.task`;
  const { body, headers } = await send<Task>(url);
  const reply = await send(url, {
    method: 'PUT',
    body: { ...body, status: 'completed' },
    headers: { 'If-Match': headers.get('etag') ?? '' },
  });
  expect(reply.status).toBe(200);
}

describe('acknowledging', () => {
  test('completes the Task, and takes the alert from the worklist', async () => {
    const { id } = await post({ answers: 'P4' });
    const opened = await browser.openPage();
    const { page } = opened;
    await openResults(page, id);
    const worklist = await browser.openTab(opened, '/worklist');
    const alert = worklist.locator(`.alert:has(a[href$="results/${id}"])`);
    await alert.waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText(/^Acknowledged/).waitFor();
    expect((await taskOf(id)).status).toBe('completed');
    // Whoever goes on by keyboard goes on from there.
    await page.locator('p:focus', { hasText: 'Acknowledged' }).waitFor();
    await worklist.bringToFront();
    await alert.waitFor({ state: 'detached' });
    await worklist.locator(`.row:has(a[href$="results/${id}"])`).waitFor();
  });

  test('somebody else was faster: that is said, and nothing is done twice', async () => {
    const { id } = await post({ answers: 'P4' });
    const { page } = await browser.openPage({ allowed: { failures: /\/fhir\/Task\// } });
    // It does not hear of it in time.
    await inBackground(page);
    await openResults(page, id);
    await acknowledgeElsewhere(id);
    const version = (await taskOf(id)).meta?.versionId;
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText(/Somebody else was faster/).waitFor();
    expect(await page.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
    await page.locator('p:focus', { hasText: 'Somebody else' }).waitFor();
    expect((await taskOf(id)).meta?.versionId).toBe(version);
  });

  test('somebody else is faster, and the page hears of it: said, and the keyboard goes on from there', async () => {
    const { id } = await post({ answers: 'P4' });
    const { page } = await browser.openPage();
    await openResults(page, id);
    await page.getByRole('button', { name: 'Acknowledge' }).focus();
    await acknowledgeElsewhere(id);
    await lookAgain(page);
    await page.locator('p:focus', { hasText: /^Acknowledged \d/ }).waitFor({ timeout: 20_000 });
    expect(await page.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
  });

  test('the service does not take it: said, and it can be tried again', async () => {
    const { id } = await post({ answers: 'P4' });
    const { page } = await browser.openPage({ allowed: { failures: /\/fhir\/Task\// } });
    await openResults(page, id);
    await page.route('**/fhir/Task/*', (route) =>
      route.request().method() === 'PUT' ? route.abort('connectionreset') : route.fallback(),
    );
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText(/nobody knows whether this was acknowledged/).waitFor();
    expect((await taskOf(id)).status).toBe('requested');
    await page.unroute('**/fhir/Task/*');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText(/^Acknowledged/).waitFor();
  });
});

describe('answering on the spot', () => {
  test('amends the response alone where it was answered, and says which verdicts changed', async () => {
    const { id } = await post({ answers: 'D4' });
    const { page } = await browser.openPage();
    await openResults(page, id);
    const before = await readResponse(browser.service(), id);
    expect(await saveButton(page).isDisabled()).toBe(true);
    await (await openQuestion(page, /HLA-B27/, 'Positive')).check();
    await page.getByText('Answered, not saved yet').waitFor();
    expect(await seenIn(page.locator('form .save'))).toMatch(/1 to save/);
    await saveButton(page).click();
    await notice(page).waitFor();
    const told = await seenIn(notice(page));
    expect(told).toMatch(/^Saved/);
    expect(told).toContain('NICE NG65 referral criteria: test HLA-B27 → refer');
    // The notice has the focus, so that it is read out.
    await page.locator('#notice:focus').waitFor();
    expect(await seenIn(page.locator('#summary'))).toMatch(/NICE NG65: refer/);
    expect(await seenIn(page.locator('.patient .status'))).toMatch(/^Amended/);
    await page.getByText('Version 2: Amended').waitFor();
    expect(await seenIn(page.locator('.versions'))).toMatch(/Version 2: Amended.*\nVersion 1: Complete/);
    const after = await readResponse(browser.service(), id);
    expect(after).toMatchObject({ status: 'amended', meta: { versionId: '2' } });
    expect(answerTo(after, 'hla-b27')).toBe('positive');
    const others = (one: QuestionnaireResponse) => one.item?.filter(({ linkId }) => linkId !== 'tests');
    expect(others(after)).toEqual(others(before));
    const { identifier, subject, authored } = before;
    expect(after).toMatchObject({ identifier, subject, authored });
  });

  test('somebody else amended it in between: told, nothing is overwritten, and what was typed is still there', async () => {
    const { id } = await post({ answers: 'D4' });
    const { page } = await browser.openPage({ allowed: { failures: /QuestionnaireResponse\// } });
    await openResults(page, id);
    await (await openQuestion(page, /HLA-B27/, 'Positive')).check();
    await changeElsewhere(browser.service(), id, (one) => ({
      ...withAnswer(one, 'crp-esr-raised', 'normal'),
      status: 'amended',
    }));
    await saveButton(page).click();
    await notice(page).waitFor();
    expect(await seenIn(notice(page))).toMatch(/^Not saved: this screening has changed in the meantime/);
    expect(await versionsOf(id)).toBe(2);
    const theirs = await readResponse(browser.service(), id);
    expect([answerTo(theirs, 'crp-esr-raised'), answerTo(theirs, 'hla-b27')]).toEqual([
      'normal',
      'not-tested',
    ]);
    // Seen, and saved over what the other has written.
    expect(await page.getByText('Answered, not saved yet').count()).toBe(1);
    await saveButton(page).click();
    await page.getByText(/^Saved/).waitFor();
    const both = await readResponse(browser.service(), id);
    expect([answerTo(both, 'crp-esr-raised'), answerTo(both, 'hla-b27')]).toEqual(['normal', 'positive']);
    expect(await versionsOf(id)).toBe(3);
  });

  test('the connection is gone: nobody knows, which is said, and the answer is still there', async () => {
    const { id } = await post({ answers: 'D4' });
    const { page, watch } = await browser.openPage();
    await openResults(page, id);
    await (await openQuestion(page, /HLA-B27/, 'Positive')).check();
    watch.allow({ failures: /QuestionnaireResponse/ });
    await page.route(`**/QuestionnaireResponse/${id}`, (route) => route.abort('connectionreset'));
    await saveButton(page).click();
    await notice(page).waitFor();
    expect(await seenIn(notice(page))).toMatch(/^Not sure whether this was saved/);
    expect(await versionsOf(id)).toBe(1);
    await page.unroute(`**/QuestionnaireResponse/${id}`);
    await saveButton(page).click();
    await page.getByText(/^Saved/).waitFor();
    expect(await versionsOf(id)).toBe(2);
  });

  test('a draft stays a draft, and is called one', async () => {
    const { id } = await post({ answers: 'P4', status: 'in-progress' });
    const { page } = await browser.openPage();
    await openResults(page, id);
    expect(await seenIn(page.locator('.patient .status'))).toMatch(/^Draft:/);
    expect(await seenIn(page.locator('section.flags h2'))).toMatch(/^Emergency/);
    await (await openQuestion(page, /How did the pain begin/, 'Slowly, over weeks')).check();
    await saveButton(page).click();
    await page.getByText(/^Saved/).waitFor();
    expect((await readResponse(browser.service(), id)).status).toBe('in-progress');
  });
});

/** A copy with one answer changed. */
function withAnswer(response: QuestionnaireResponse, linkId: string, code: string): QuestionnaireResponse {
  const item = response.item?.map((group) => ({
    ...group,
    item: (group.item ?? []).map((one) =>
      one.linkId === linkId
        ? { ...one, answer: [{ valueCoding: { ...one.answer?.[0]?.valueCoding, code } }] }
        : one,
    ),
  }));
  return { ...response, ...(item && { item }) };
}

describe('withdrawing', () => {
  test('is asked twice, marks everything as entered in error, and the page says so', async () => {
    const { id } = await post({ answers: 'D1' });
    const { page } = await browser.openPage();
    await openResults(page, id);
    const withdraw = page.getByRole('button', { name: 'Withdraw: entered in error' });
    await withdraw.click();
    await page.getByRole('button', { name: 'No, keep it' }).click();
    expect((await readResponse(browser.service(), id)).status).toBe('completed');
    await page.locator('button:focus', { hasText: 'Withdraw: entered in error' }).waitFor();
    await withdraw.click();
    await page.locator('#withdraw:focus').waitFor();
    await page.getByRole('button', { name: 'Yes, withdraw it' }).click();
    await page
      .getByText(/^Withdrawn/)
      .first()
      .waitFor();
    expect(await seenIn(page.locator('.patient .status'))).toMatch(
      /^Withdrawn.*: entered in error\. Nothing of it is valid\.$/,
    );
    // Nothing stands there as if it held.
    for (const gone of ['.sets', '#summary', '.none-reported', 'section.flags', '.asked']) {
      expect({ gone, count: await page.locator(`.on-screen ${gone}`).count() }).toEqual({ gone, count: 0 });
    }
    expect(await page.getByRole('button', { name: /Print|Copy as text|Withdraw/ }).count()).toBe(0);
    expect((await readResponse(browser.service(), id)).status).toBe('entered-in-error');
    const observations: Observation[] = await observationsOf(browser.service().fhir, id);
    expect(observations.length).toBeGreaterThan(10);
    expect(new Set(observations.map(({ status }) => status))).toEqual(new Set(['entered-in-error']));
    await page.reload();
    await resultsShown(page);
    expect(await page.locator('.on-screen .sets').count()).toBe(0);
  });
});

describe('what cannot be shown', () => {
  test('an unknown id', async () => {
    const { page } = await browser.openPage({ path: '/results/nobody', allowed: { failures: /nobody/ } });
    await page.getByText('There is no screening at this address.').waitFor();
  });

  test('the service does not answer: nothing half is shown, and it can be tried again', async () => {
    const { id } = await post({ answers: 'P4' });
    const { page, watch } = await browser.openPage();
    watch.allow({ failures: /fhir/ });
    await page.route(`**/QuestionnaireResponse/${id}`, (route) => route.abort('connectionreset'));
    await page.goto(`/results/${id}`);
    await page.getByText(/The result could not be loaded/).waitFor();
    expect(await page.locator('.sets, .flags, .none-reported').count()).toBe(0);
    await page.unroute(`**/QuestionnaireResponse/${id}`);
    await page.getByRole('button', { name: 'Try again' }).click();
    await resultsShown(page);
    expect(await seenIn(page.locator('section.flags h2'))).toMatch(/^Emergency/);
  });

  test('it cannot be scored for now: how urgent it is all the same, and no verdict', async () => {
    const { id } = await post({ answers: 'P4' });
    const { page, watch } = await browser.openPage();
    watch.allow({ failures: /fhir/ });
    await page.route('**/$explain', (route) => route.abort('connectionreset'));
    await openResults(page, id);
    expect(await seenIn(page.locator('section.flags h2'))).toMatch(/^Emergency.*Not scored/);
    expect(await page.locator('.on-screen .sets, .none-reported').count()).toBe(0);
    await page.unroute('**/$explain');
    await page.getByRole('button', { name: 'Load it again' }).click();
    await page.locator('.on-screen .sets').first().waitFor();
    expect(await seenIn(page.locator('section.flags h2'))).toMatch(/^Emergency: 1\sred\sflag/);
  });

  test('what stands beside the verdicts cannot be read: said of each, and the verdicts are there', async () => {
    const { id } = await post({ answers: 'D1' });
    const { page, watch } = await browser.openPage();
    watch.allow({ failures: /fhir/ });
    await page.route(/delivery-status|_history|Observation\?|Provenance/, (route) =>
      route.abort('connectionreset'),
    );
    await openResults(page, id);
    await until(10_000, async () => (await seenIn(page.locator('main'))).includes('could not be read'));
    const text = await seenIn(page.locator('.side'));
    expect(text).toContain('The delivery state could not be read.');
    expect(text).toContain('The ratings could not be read.');
    expect(text).toContain('The versions could not be read.');
    expect(text).not.toMatch(/Yes, written|No rating/);
    expect(await seenIn(page.locator('#summary'))).toMatch(/NICE NG65: refer/);
  });
});

describe('copy as text', () => {
  const copy = (page: Page) => page.getByRole('button', { name: 'Copy as text' }).click();

  test('on the clipboard: plain text with flags, every verdict and its bounds, what is open, the disclaimer', async () => {
    const { id } = await post({ answers: 'U2' });
    const { page, context } = await browser.openPage();
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: browser.service().url });
    await openResults(page, id);
    await copy(page);
    await page.getByText('Copied.').waitFor();
    const text = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(text).toMatch(/^Back pain screening: Ada Example\n/);
    expect(text).toMatch(/RED FLAGS\n- Same day: /);
    expect(text).toMatch(/- Not fully answered: “/);
    expect(text).toContain('NICE NG65 referral criteria: open; 0 to 9 of 9, needs 4 (3 with HLA-B27)');
    const lines = text.split('\n').filter((line) => /; (\d|entry conditions)/.test(line));
    expect(lines).toHaveLength(11);
    expect(text).toContain('Screening aid, not a diagnosis');
    expect(text).toMatch(/Rule set 1\.0\.0 \(sha256:[0-9a-f]+\)/);
    expect(text).not.toMatch(/<|undefined|null|\[object|NaN|&(amp|lt|gt|quot);/);
    expect(text).not.toMatch(/none reported/i);
  });

  test('where the browser does not allow it, to be copied by hand', async () => {
    const { id } = await post({ answers: 'D9' });
    const { page } = await browser.openPage();
    await page.addInitScript(
      "Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } })",
    );
    await openResults(page, id);
    await copy(page);
    const area = page.getByLabel('Copy this text');
    const text = await area.inputValue();
    expect(text).toContain('The sets disagree.');
    expect(text).toContain('None reported. That is not the same as safe.');
    // It is marked already: one press on the keys copies it.
    const marked = await page.evaluate('String(getSelection())');
    expect(marked).toBe(text);
  });
});
