/** Who needs somebody now, and everybody else: found, filtered, and kept up to date under the reader's eyes. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Task } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { addPatient, changeElsewhere, lookAgain, seenIn, submit } from '../support/browser-clinic.js';
import { tabTo } from '../support/browser-hands.js';
import { read, send, until } from '../support/contract-http.js';

const browser = useBrowser();
const MINUTE = 60_000;
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString();

/** How long a change may take to be on the page: one look every 5 s, and the reading. */
const SOON = 20_000;
/** More than two pages of 25. */
const MANY = 60;

const ids = new Map<string, string>();
const idOf = (name: string) => ids.get(name) ?? `no ${name}`;

beforeAll(async () => {
  const clinic = browser.service();
  const people = ['Ada', 'Ben', 'Cora', 'Dario', 'Ümit O’Neill', 'Bulk'];
  for (const name of people) await addPatient(clinic, slug(name), name);
  for (let index = 0; index < MANY; index += 1) {
    await submit(clinic, 'Patient/bulk', { answers: 'D2', authored: minutesAgo(10_000 + index) });
  }
  const screenings: [person: string, answers: string, minutes: number, status?: 'in-progress'][] = [
    ['Ümit O’Neill', 'D1', 300],
    ['Cora', 'U1', 240],
    ['Dario', 'D3', 200, 'in-progress'],
    ['Ben', 'S4', 120],
    ['Ada', 'P4', 60],
  ];
  for (const [person, answers, minutes, status = 'completed'] of screenings) {
    const { id } = await submit(clinic, `Patient/${slug(person)}`, {
      answers,
      status,
      authored: minutesAgo(minutes),
    });
    ids.set(person, id);
  }
}, 120_000);

const slug = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');

const rows = (page: Page) => page.locator('.row');
const rowsAre = (page: Page, count: number) =>
  until(10_000, async () => (await rows(page).count()) === count);
const titleIs = (page: Page, title: string) => until(10_000, async () => (await page.title()) === title);
const names = (page: Page) => page.locator('.row .open').allInnerTexts();
const hrefs = (page: Page) =>
  page.locator('.row .open').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
const rowOf = (page: Page, id: string) => page.locator(`.row:has(a.open[href$="results/${id}"])`);
const alertOf = (page: Page, id: string) => page.locator(`.alert:has(a[href$="results/${id}"])`);

async function openWorklist(query = '', options: Parameters<typeof browser.openPage>[0] = {}) {
  const opened = await browser.openPage(options);
  await opened.page.goto(`/worklist${query}`);
  await opened.page.getByText(/^(Loading the screenings …)$/).waitFor({ state: 'detached' });
  await rows(opened.page)
    .or(opened.page.getByText(/^(No |Nothing |Everything )/))
    .first()
    .waitFor();
  return opened;
}

describe('at first sight', () => {
  test('whoever needs somebody now stands on top: the emergency first, with its flag, and the title counts them', async () => {
    const { page } = await openWorklist();
    const alerts = page.locator('.alert');
    expect(await alerts.count()).toBe(2);
    expect(await seenIn(alerts.nth(0))).toMatch(/Emergency[\s\S]*Ada Example[\s\S]*Urine incontinence/);
    expect(await seenIn(alerts.nth(1))).toMatch(/Same day[\s\S]*Ben Example/);
    await titleIs(page, '(2) Worklist');
    const [now, list] = await Promise.all([
      page.locator('.now').boundingBox(),
      page.locator('.rows').boundingBox(),
    ]);
    expect((now?.y ?? 0) + (now?.height ?? 0)).toBeLessThan(list?.y ?? 0);
  });

  test('then everybody, the newest first, with the verdicts, who answered, and what is open', async () => {
    const { page } = await openWorklist();
    expect((await names(page)).slice(0, 6)).toEqual([
      'Ada Example',
      'Ben Example',
      'Dario Example',
      'Cora Example',
      'Ümit O’Neill Example',
      'Bulk Example',
    ]);
    expect(await rows(page).count()).toBe(25);
    const [umit, cora, dario] = await Promise.all(
      ['Ümit O’Neill', 'Cora', 'Dario'].map((name) => seenIn(rowOf(page, idOf(name)))),
    );
    expect(umit).toMatch(/Complete[\s\S]*by patient[\s\S]*None reported[\s\S]*refer[\s\S]*met[\s\S]*1 open/);
    expect(cora).toMatch(/open[\s\S]*all open/);
    expect(dario).toMatch(/Draft[\s\S]*Continue/);
    const go = rowOf(page, idOf('Dario')).getByRole('link', { name: 'Continue' });
    const href = await go.getAttribute('href');
    expect(Object.fromEntries(new URL(href ?? '', page.url()).searchParams)).toEqual({
      subject: 'Patient/dario',
      response: idOf('Dario'),
    });
  });

  test('a row leads to its results', async () => {
    const { page } = await openWorklist();
    await rowOf(page, idOf('Cora')).locator('.open').click();
    await page.waitForURL(`**/results/${idOf('Cora')}`);
    await page.getByRole('heading', { level: 1, name: /Cora Example/ }).waitFor();
  });
});

describe('a part of the list', () => {
  test.each([
    ['Red flags', 'urgent', ['Ada Example', 'Ben Example']],
    ['Drafts', 'drafts', ['Dario Example']],
    ['Delivery problems', 'delivery', []],
  ])('%s, which the address says, and Back undoes', async (label, filter, wanted) => {
    const { page } = await openWorklist();
    await page.getByRole('link', { name: label, exact: true }).click();
    await page.waitForURL(`**/worklist?filter=${filter}`);
    await rowsAre(page, wanted.length);
    expect(await names(page)).toEqual(wanted);
    // The alerts are not filtered away.
    expect(await page.locator('.alert').count()).toBe(2);
    const { page: other } = await openWorklist(`?filter=${filter}`);
    expect(await names(other)).toEqual(wanted);
    await page.goBack();
    await rowsAre(page, 25);
  });

  test('open verdicts: what was looked at is said, and "Show more" looks further back', async () => {
    const { page } = await openWorklist('?filter=open');
    expect(await names(page)).toContain('Cora Example');
    expect(await seenIn(page.locator('section[aria-labelledby="screenings"] [role="status"]'))).toMatch(
      /Only the newest 25 were looked at/,
    );
  });

  test('one patient by name, with signs that mean something in a search', async () => {
    const { page } = await openWorklist();
    await page.getByLabel('Patient’s name').fill('ümit o’neill');
    await page.getByRole('button', { name: 'Search' }).click();
    await rowsAre(page, 1);
    expect(await names(page)).toEqual(['Ümit O’Neill Example']);
    const address = page.url();
    // Behind the #: a name is nothing for a server's log.
    expect(new URL(address).search).toBe('');
    expect(new URLSearchParams(new URL(address).hash.slice(1)).get('name')).toBe('ümit o’neill');
    const { page: other } = await browser.openPage({ path: address });
    await rows(other).first().waitFor();
    expect(await names(other)).toEqual(['Ümit O’Neill Example']);
    expect(await other.getByLabel('Patient’s name').inputValue()).toBe('ümit o’neill');
    await other.getByRole('button', { name: 'Everybody' }).click();
    await rowsAre(other, 25);
  });

  test.each(['Nobody at all', 'a,b|c$d\\', "'; --"])('a name that nobody has: %s', async (name) => {
    const { page } = await openWorklist(`#name=${encodeURIComponent(name)}`);
    await page.getByText(`Nothing found for a patient named “${name}”.`).waitFor();
    expect(await rows(page).count()).toBe(0);
  });
});

describe('"Show more"', () => {
  test('pages through to the end, without doubles or losses', async () => {
    const { page } = await openWorklist('#name=Bulk');
    for (const count of [50, MANY]) {
      await page.getByRole('button', { name: 'Show more' }).click();
      await rowsAre(page, count);
    }
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
    const found = await hrefs(page);
    expect(new Set(found).size).toBe(MANY);
    const told = await page
      .locator('.row time')
      .evaluateAll((times) => times.map((time) => time.getAttribute('datetime') ?? ''));
    expect(told).toEqual(told.toSorted((a, b) => Date.parse(b) - Date.parse(a)));
    // The button is gone: the focus is on the first row that came.
    await page.locator('.row:nth-child(51) .open:focus').waitFor();
  });

  test('a page that cannot be read: said, and what is there stays', async () => {
    const { page, watch } = await openWorklist('#name=Bulk');
    watch.allow({ failures: /_page/ });
    await page.route(/QuestionnaireResponse\?_page/, (route) => route.abort('connectionreset'));
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText(/The screenings could not be read/).waitFor();
    expect(await rows(page).count()).toBe(25);
    await page.unroute(/QuestionnaireResponse\?_page/);
    await page.getByRole('button', { name: 'Show more' }).click();
    await rowsAre(page, 50);
  });
});

describe('without a reload', () => {
  test('a new screening comes by itself; focus, scroll and what was loaded stay', async () => {
    const { page } = await openWorklist('', { width: 390 });
    await page.getByRole('button', { name: 'Show more' }).click();
    await rowsAre(page, 50);
    await page.locator('.row').nth(40).locator('.open').focus();
    const focused = page.locator('.row .open:focus');
    await focused.scrollIntoViewIfNeeded();
    const href = await focused.getAttribute('href');
    const before = (await focused.boundingBox())?.y ?? 0;
    const { id } = await submit(browser.service(), 'Patient/cora', {
      answers: 'D1',
      authored: minutesAgo(0),
    });
    const start = Date.now();
    await rowOf(page, id).waitFor({ timeout: SOON });
    process.stdout.write(`a new screening is on the worklist after ${Date.now() - start} ms\n`);
    expect(await page.locator('.news').textContent()).toMatch(/1 new screening/);
    expect(await focused.getAttribute('href')).toBe(href);
    expect(Math.abs(((await focused.boundingBox())?.y ?? 0) - before)).toBeLessThan(80);
    expect(await rows(page).count()).toBeGreaterThanOrEqual(50);
    // And further back nothing is missing, and nothing is there twice.
    const { total } = await read<Bundle>(`${browser.service().fhir}/QuestionnaireResponse?_summary=count`);
    await page.getByRole('button', { name: 'Show more' }).click();
    await rowsAre(page, total ?? 0);
    expect(new Set(await hrefs(page)).size).toBe(total);
  });

  test('an emergency comes on top by itself, is told, and goes when somebody has seen to it', async () => {
    const { page } = await openWorklist();
    const { id } = await submit(browser.service(), 'Patient/cora', {
      answers: 'P4',
      authored: minutesAgo(0),
    });
    await lookAgain(page);
    await alertOf(page, id).waitFor({ timeout: SOON });
    await titleIs(page, '(3) Worklist');
    await page.getByText(/new urgent alert|new screening/).waitFor();
    await alertOf(page, id)
      .getByRole('button', { name: /^Acknowledge/ })
      .click();
    await page.getByText('Acknowledged: Cora Example').waitFor();
    await alertOf(page, id).waitFor({ state: 'detached' });
    await page.locator('#now:focus').waitFor();
    expect((await read<Task>(`${browser.service().fhir}/Task/${id}.task`)).status).toBe('completed');
    await titleIs(page, '(2) Worklist');
  });

  test('somebody else acknowledges: here it goes, too; at the same moment: told', async () => {
    const { fhir } = browser.service();
    const { id } = await submit(browser.service(), 'Patient/cora', {
      answers: 'P4',
      authored: minutesAgo(0),
    });
    const { page } = await openWorklist('', { allowed: { failures: /\/fhir\/Task\// } });
    await alertOf(page, id).waitFor();
    // They are there for a moment before this page knows.
    await page.route('**/ui/changes', (route) => route.abort('connectionreset'));
    const task = await send<Task>(`${fhir}/Task/${id}.task`);
    await send(`${fhir}/Task/${id}.task`, {
      method: 'PUT',
      body: { ...task.body, status: 'completed' },
      headers: { 'If-Match': task.headers.get('etag') ?? '' },
    });
    await alertOf(page, id)
      .getByRole('button', { name: /^Acknowledge/ })
      .click();
    await page.getByText(/Not acknowledged: Cora Example\. Somebody else changed it/).waitFor();
    await alertOf(page, id).waitFor({ state: 'detached' });
    await page.locator('#now:focus').waitFor();
  });

  test('an amendment and a withdrawal change their row', async () => {
    const { id } = await submit(browser.service(), 'Patient/cora', {
      answers: 'D1',
      authored: minutesAgo(1),
    });
    const { page } = await openWorklist();
    expect(await seenIn(rowOf(page, id))).toMatch(/Complete[\s\S]*refer/);
    await changeElsewhere(browser.service(), id, (one) => ({ ...one, status: 'entered-in-error' }));
    await lookAgain(page);
    await rowOf(page, id).getByText('Withdrawn: no result holds.').waitFor({ timeout: SOON });
    expect(await seenIn(rowOf(page, id))).not.toMatch(/refer/);
  });

  test('the connection is lost: says so and since when; back: everything is there again', async () => {
    const { page, context, watch } = await openWorklist();
    watch.allow({ failures: /./ });
    await context.setOffline(true);
    await lookAgain(page);
    await page
      .getByRole('alert')
      .filter({ hasText: /Not up to date since \d\d:\d\d/ })
      .waitFor({ timeout: SOON });
    expect(await rows(page).count()).toBe(25);
    const { id } = await submit(browser.service(), 'Patient/cora', {
      answers: 'D1',
      authored: minutesAgo(0),
    });
    await context.setOffline(false);
    await lookAgain(page);
    await rowOf(page, id).waitFor({ timeout: SOON });
    await page.getByText(/Not up to date/).waitFor({ state: 'detached' });
  });

  test('asking whether there is anything new fills no audit trail, and says nothing of anybody', async () => {
    const { page } = await openWorklist();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    // What followed from the first ones would be there by the last.
    for (let looks = 0; looks < 3; looks += 1) {
      const [reply] = await Promise.all([page.waitForResponse('**/ui/changes'), lookAgain(page)]);
      expect(Object.keys(await reply.json())).toEqual(['mark']);
    }
    expect([...new Set(asked)]).toEqual(['/ui/changes']);
  });
});

describe('what cannot be read', () => {
  test('the list: said, with a way to try again, never "no screening"', async () => {
    const { page } = await browser.openPage({ allowed: { failures: /fhir/ } });
    await page.route(/\/fhir\/QuestionnaireResponse/, (route) => route.abort('connectionreset'));
    await page.goto('/worklist');
    await page.getByText(/The screenings could not be read/).waitFor();
    expect(await page.getByText('No screening yet.').count()).toBe(0);
    await page.unroute(/\/fhir\/QuestionnaireResponse/);
    await page.getByRole('button', { name: 'Try again' }).click();
    await rowsAre(page, 25);
  });

  test('the alerts: said, never "no open alert"', async () => {
    const { page } = await browser.openPage({ allowed: { failures: /fhir/ } });
    await page.route(/\/fhir\/Task\?/, (route) => route.abort('connectionreset'));
    await page.goto('/worklist');
    await page.getByText(/The urgent alerts could not be read\. There may be some\./).waitFor();
    expect(await page.getByText('No open alert.').count()).toBe(0);
  });

  test('the results: each row says so, and none is "not met"', async () => {
    const { page } = await browser.openPage({ allowed: { failures: /fhir/ } });
    await page.route(/\/fhir\/Observation\?/, (route) => route.abort('connectionreset'));
    await page.goto('/worklist');
    await rows(page).first().waitFor();
    const text = await seenIn(page.locator('.rows'));
    expect(text).not.toMatch(/not met|refer|None reported|none open/);
    expect(text).toMatch(/could not be read/);
  });
});

test('by keyboard: from an alert to its results', async () => {
  const { page } = await openWorklist();
  await tabTo(page, page.getByRole('link', { name: 'Open the results of Ada Example' }));
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/results/${idOf('Ada')}`);
});
