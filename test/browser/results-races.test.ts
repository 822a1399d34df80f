/** Does an open results page stay true while others change what it shows, and while parts of it cannot be had? */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse, Task } from 'fhir/r4.js';
import type { Locator, Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { checkAccessibility, checkNoSidewaysScroll } from '../support/browser-checks.js';
import { inBackground, lookAgain } from '../support/browser-clinic.js';
import { read, send } from '../support/contract-http.js';
import { type Answers, toItems, toResponse, worked } from '../support/contract-responses.js';

const browser = useBrowser();
const STALE = { failures: /\/fhir\/QuestionnaireResponse\/r[0-9a-f]+$/ };
/** A page looks every five seconds whether something is new. */
const SOON = { timeout: 20_000 };

beforeAll(async () => {
  const patient = {
    resourceType: 'Patient',
    id: 'p1',
    birthDate: '1960-03-12',
    name: [{ text: 'Ana Example' }],
  };
  const second = { resourceType: 'Practitioner', id: 'second' };
  for (const body of [patient, second]) {
    const url = `${browser.service().embeddedUrl}/${body.resourceType}/${body.id}`;
    await send(url, { method: 'PUT', body });
  }
});

let made = 0;

/** → id of a new response. Told apart by a number, as each test changes its own. */
async function post(answers: Answers, fhir = browser.service().fhir): Promise<string> {
  made += 1;
  const { body } = await send<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse`, {
    body: toResponse(answers, `race-${made}`),
  });
  return body.id ?? '';
}

/** What somebody else does meanwhile. */
async function change(id: string, answers: Answers, status: QuestionnaireResponse['status'] = 'amended') {
  const url = `${browser.service().fhir}/QuestionnaireResponse/${id}`;
  const stored = await read<QuestionnaireResponse>(url);
  const body = { ...stored, status, item: toItems(answers), author: { reference: 'Practitioner/second' } };
  const headers = { 'if-match': `W/"${stored.meta?.versionId}"` };
  const reply = await send(url, { method: 'PUT', headers, body });
  expect(reply.status).toBe(200);
}

const stored = (id: string) =>
  read<QuestionnaireResponse>(`${browser.service().fhir}/QuestionnaireResponse/${id}`);

function codeOf(response: QuestionnaireResponse, linkId: string): string | undefined {
  const items = (response.item ?? []).flatMap(({ item = [] }) => item);
  return items.find((one) => one.linkId === linkId)?.answer?.[0]?.valueCoding?.code;
}

const rowOf = (page: Page, text: RegExp): Locator => page.locator('.asked > li').filter({ hasText: text });
const HLA = /HLA-B27 blood test/;
const SCAN = /x-ray or MRI scan/;

async function answer(page: Page, question: RegExp, option: string): Promise<void> {
  const row = rowOf(page, question);
  const more = page.getByRole('button', { name: /^Show \d+ more$/ });
  if ((await row.count()) === 0) await more.click();
  await row.locator('summary').click();
  await row.getByLabel(option, { exact: true }).check();
}

const save = (page: Page) => page.getByRole('button', { name: 'Save and score again' }).click();
const complete = (page: Page) => page.getByRole('button', { name: 'Copy as text' }).waitFor();

describe('two clinicians answer at once', () => {
  test('what the first stored is not overwritten, and what the second typed is not lost', async () => {
    const id = await post(worked('D4'));
    const { page } = await browser.openPage({ path: `/results/${id}`, width: 390, allowed: STALE });
    await complete(page);
    await answer(page, HLA, 'Positive');
    await answer(page, SCAN, 'Normal');
    await change(id, { ...worked('D4'), 'hla-b27': 'negative' });
    await save(page);
    const notice = page.locator('section[aria-labelledby="notice"]');
    await expect(notice.textContent()).resolves.toMatch(/^Not saved: this screening has changed/);
    await expect(notice.textContent()).resolves.toMatch(/You answered “Positive”. Stored now: “Negative”/);
    expect(codeOf(await stored(id), 'hla-b27')).toBe('negative');
    const overtaken = rowOf(page, HLA);
    expect(await overtaken.textContent()).toMatch(/You answered “Positive”, which is not saved/);
    await checkAccessibility(page, 'overtaken');
    await checkNoSidewaysScroll(page);

    await save(page);
    await page.getByRole('heading', { name: 'Saved', exact: true }).waitFor();
    const now = await stored(id);
    expect([codeOf(now, 'hla-b27'), codeOf(now, 'si-imaging')]).toEqual(['negative', 'normal']);
    expect(await overtaken.textContent()).toMatch(/You answered “Positive”, which is not saved/);
    await overtaken.getByRole('button', { name: 'Keep what is stored' }).click();
    await overtaken.waitFor({ state: 'detached' });
  });

  test('a withdrawal takes the sheet away, and says what was on it', async () => {
    const id = await post(worked('D4'));
    const { page } = await browser.openPage({ path: `/results/${id}`, allowed: STALE });
    await complete(page);
    await answer(page, HLA, 'Positive');
    await change(id, worked('D4'), 'entered-in-error');
    await save(page);
    const unsaved = page.locator('section[aria-labelledby="unsaved"]');
    expect(await unsaved.textContent()).toMatch(/HLA-B27[\s\S]*“Positive”/);
    expect(await page.locator('.status').textContent()).toMatch(/^Withdrawn .* by a clinician/);
    await checkAccessibility(page, 'withdrawn meanwhile');
  });

  test('a withdrawal of what has changed is not taken, and says so', async () => {
    const id = await post(worked('D4'));
    const { page } = await browser.openPage({ path: `/results/${id}`, allowed: STALE });
    await complete(page);
    await page.getByRole('button', { name: 'Withdraw: entered in error' }).click();
    await change(id, { ...worked('D4'), 'hla-b27': 'positive' });
    await lookAgain(page);
    await page.getByText('This screening has changed since you opened it').waitFor(SOON);
    await page.getByRole('button', { name: 'Yes, withdraw it' }).click();
    await page.getByRole('heading', { name: /^Not withdrawn: this screening has changed/ }).waitFor();
    expect((await stored(id)).status).toBe('amended');
  });
});

describe('an open page learns what others do', () => {
  test('by itself while nothing is typed', async () => {
    const id = await post(worked('D4'));
    const { page } = await browser.openPage({ path: `/results/${id}` });
    await complete(page);
    await change(id, { ...worked('D4'), 'hla-b27': 'positive' });
    const notice = page.locator('section[aria-labelledby="notice"]');
    await notice.waitFor(SOON);
    expect(await notice.textContent()).toMatch(/changed just now[\s\S]*NICE NG65[\s\S]*test HLA-B27 → refer/);
    expect(await page.locator('.patient').textContent()).toMatch(
      /Answered 4 May 2026, \d\d:\d\d[\s\S]*Amended .* by a clinician/,
    );
    await checkAccessibility(page, 'changed by itself');
  });

  test('when asked while something is typed, which stays', async () => {
    const id = await post(worked('D4'));
    const { page } = await browser.openPage({ path: `/results/${id}` });
    await complete(page);
    await answer(page, SCAN, 'Normal');
    await change(id, { ...worked('D4'), 'hla-b27': 'positive' });
    const load = page.getByRole('button', { name: 'Load the new version' });
    await lookAgain(page);
    await load.waitFor(SOON);
    expect(await page.locator('#summary').textContent()).toMatch(/test HLA/);
    await checkAccessibility(page, 'behind');
    await load.click();
    await page.locator('#summary').filter({ hasText: 'refer' }).waitFor();
    expect(await page.locator('section[aria-labelledby="notice"]').textContent()).toMatch(/not saved yet/);
    await save(page);
    await page.getByRole('heading', { name: 'Saved', exact: true }).waitFor();
    const now = await stored(id);
    expect([codeOf(now, 'hla-b27'), codeOf(now, 'si-imaging')]).toEqual(['positive', 'normal']);
  });

  test('answers never stand beside the verdicts of another version', async () => {
    const id = await post(worked('D4'));
    const { page } = await browser.openPage();
    let asked = 0;
    await page.route('**/$explain', async (route) => {
      asked += 1;
      const reply = await route.fetch();
      const body = await reply.json();
      if (asked === 1) body.response.versionId = '0';
      await route.fulfill({ response: reply, json: body });
    });
    await page.goto(`/results/${id}`);
    await complete(page);
    expect(asked).toBe(2);
  });
});

describe('an alert', () => {
  const emergency = worked('P4');
  const acknowledge = (page: Page) => page.getByRole('button', { name: 'Acknowledge' });

  test('that was acknowledged and raised again waits again', async () => {
    const id = await post(emergency);
    const { page } = await browser.openPage({ path: `/results/${id}`, width: 320 });
    await acknowledge(page).click();
    await page.getByText('Acknowledged').waitFor();
    expect(await page.locator('.flags').textContent()).toMatch(/By whom is not recorded/);
    await checkAccessibility(page, 'acknowledged');
    await change(id, { ...emergency, 'red-flag-emergency': ['urine-incontinence', 'saddle-numbness'] });
    await lookAgain(page);
    await acknowledge(page).waitFor(SOON);
    await page.locator('#red-flags', { hasText: /Emergency:\s2\sred\sflags/ }).waitFor(SOON);
    const task = await read<Task>(`${browser.service().fhir}/Task/${id}.task`);
    expect(task.status).toBe('requested');
    await acknowledge(page).click();
    await page.getByText('Acknowledged').waitFor();
  });

  test('that was raised again just before the button is pressed is not acknowledged, and says so', async () => {
    const id = await post(emergency);
    const { page } = await browser.openPage({ allowed: { failures: /\.task$/ } });
    // The page does not hear of it in time.
    await inBackground(page);
    await page.goto(`/results/${id}`);
    await acknowledge(page).waitFor();
    await send(`${browser.service().fhir}/Task/${id}.task`, {
      method: 'PUT',
      body: { resourceType: 'Task', status: 'accepted', intent: 'order' },
    });
    await acknowledge(page).click();
    await page.getByText('Not acknowledged: the alert has changed').waitFor();
    await acknowledge(page).click();
    await page.getByText('Acknowledged').waitFor();
  });

  test('of a response that was withdrawn is still there to be acknowledged', async () => {
    const id = await post(emergency);
    await change(id, emergency, 'entered-in-error');
    const { page } = await browser.openPage({ path: `/results/${id}`, width: 390 });
    await page.getByRole('heading', { name: 'An alert is still open' }).waitFor();
    expect(await page.locator('section[aria-labelledby="waiting"]').textContent()).toMatch(/withdrawn since/);
    await checkAccessibility(page, 'withdrawn with an alert');
    await acknowledge(page).click();
    await page.getByRole('heading', { name: 'No alert is open' }).waitFor();
    expect(await page.locator('*:focus').textContent()).toMatch(/^Acknowledged/);
  });

  test('whose record is not there yet can be acknowledged', async () => {
    const away = await browser.startService({ FHIR_BASE_URL: 'http://127.0.0.1:9/fhir' });
    const id = await post(emergency, away.fhir);
    const { page } = await browser.openPage({
      allowed: { origins: [away.url], failures: /\/fhir\// },
    });
    await page.goto(`${away.url}/results/${id}`);
    await acknowledge(page).waitFor({ timeout: 40_000 });
    expect(await page.locator('section[aria-labelledby="delivery"]').textContent()).toMatch(/Not yet/);
    expect(await page.locator('.provenance').textContent()).toMatch(/record does not have it yet/);
    await acknowledge(page).click();
    await page.getByText('Acknowledged').waitFor();
    expect((await read<Task>(`${away.fhir}/Task/${id}.task`)).status).toBe('completed');
  }, 120_000);
});

describe('what cannot be had is said', () => {
  const refusal = {
    status: 422,
    json: {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'value', details: { text: 'An answer cannot be read.' } }],
    },
  };

  test('a response that cannot be scored shows how urgent it is, its alert and its answers', async () => {
    const id = await post(worked('P4'));
    const { page } = await browser.openPage({ width: 390, allowed: { failures: /explain|extract/ } });
    await page.route('**/$explain', (route) => route.fulfill(refusal));
    await page.route('**/$extract', (route) => route.fulfill(refusal));
    await page.goto(`/results/${id}`);
    await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
    const banner = await page.locator('.flags').textContent();
    expect(banner).toMatch(/^Emergency. Not scored: read the safety answers/);
    expect(banner).toMatch(/call for: Emergency[\s\S]*In the record: Emergency: [\s\S]*cannot be read/);
    expect(await page.locator('.all-answers dd').first().isVisible()).toBe(true);
    expect(await page.getByText('Leaking pee').isVisible()).toBe(true);
    await checkAccessibility(page, 'not scored');
    await checkNoSidewaysScroll(page);
  });

  test('a draft has its notes on red flags, too', async () => {
    const { body } = await send<QuestionnaireResponse>(`${browser.service().fhir}/QuestionnaireResponse`, {
      body: toResponse(worked('S3'), 'race-draft', { status: 'in-progress' }),
    });
    const { page } = await browser.openPage({ path: `/results/${body.id}` });
    await page
      .getByText(/do not bend or straighten the neck/)
      .first()
      .waitFor();
    expect(await page.locator('.status').textContent()).toMatch(/^Draft/);
    await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
  });

  test('notes on red flags, and whether somebody has seen to them', async () => {
    const id = await post(worked('S3'));
    const { page } = await browser.openPage({ allowed: { failures: /extract|Task/ } });
    await page.route('**/$extract', (route) => route.abort());
    await page.route('**/Task*', (route) => route.abort());
    await page.route('**/Task/**', (route) => route.abort());
    await page.goto(`/results/${id}`);
    await page.getByText('Whether somebody has seen to this could not be read.').waitFor();
    expect(await page.locator('.flags').textContent()).toMatch(/notes on red flags could not be read/);
    await checkAccessibility(page, 'unread');
    expect(await page.locator('.sheet').textContent()).toMatch(/notes on red flags could not be read/);
    await page.unroute('**/$extract');
    await page.unroute('**/Task*');
    await page.unroute('**/Task/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).waitFor();
    expect(await page.locator('.flags').textContent()).toMatch(/do not bend or straighten the neck/);
  });

  test('a service that is away leaves what is shown and typed, and says since when', async () => {
    const id = await post(worked('D4'));
    const { page, watch } = await browser.openPage({ path: `/results/${id}` });
    await complete(page);
    await answer(page, SCAN, 'Normal');
    watch.allow({ failures: /./ });
    await page.route('**/fhir/**', (route) => route.abort());
    await page.route('**/ui/changes', (route) => route.abort());
    await lookAgain(page);
    await page.getByText(/^Not up to date since \d\d:\d\d/).waitFor(SOON);
    await save(page);
    await page.getByRole('heading', { name: 'Not sure whether this was saved' }).waitFor();
    await checkAccessibility(page, 'service away');
    await page.unroute('**/fhir/**');
    await page.unroute('**/ui/changes');
    await save(page);
    await page.getByRole('heading', { name: 'Saved', exact: true }).waitFor();
    expect(codeOf(await stored(id), 'si-imaging')).toBe('normal');
  });

  test('Print and Copy wait until there is everything to print and to copy', async () => {
    const id = await post(worked('S3'));
    const { page } = await browser.openPage();
    let go = () => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/$extract', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`/results/${id}`);
    const print = page.getByRole('button', { name: 'Print' });
    await print.waitFor();
    expect(await print.isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Copy as text' }).count()).toBe(0);
    go();
    await complete(page);
    expect(await print.isEnabled()).toBe(true);
    const time = page.locator('.sheet time');
    const stale = "document.querySelector('.sheet time').textContent = 'long ago'";
    await page.evaluate(`${stale}; dispatchEvent(new Event('beforeprint'))`);
    expect(await time.textContent()).toMatch(/^\d{1,2} \w+ \d{4}, \d\d:\d\d$/);
  });
});
