/** A patient's screenings over time: do picture and table say the same, and only what holds? */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { atWidths, checkAccessibility, checkNoSidewaysScroll } from '../support/browser-checks.js';
import { addPatient, changeElsewhere, seenIn, submit } from '../support/browser-clinic.js';
import { read, until } from '../support/contract-http.js';
import { toItems, worked } from '../support/contract-responses.js';

const browser = useBrowser();
const DAYS = ['2026-05-04', '2026-07-04', '2026-09-04'];
const at = (day: string) => `${day}T09:30:00+02:00`;

/** The worked case with a rating of pain. */
const withPain = (name: string, pain: number) => toItems({ ...worked(name), 'pain-intensity': pain });

beforeAll(async () => {
  const clinic = browser.service();
  const ada = await addPatient(clinic, 'ada', 'Ada');
  await addPatient(clinic, 'nobody-yet', 'Nora');
  const [first = '', second = '', third = ''] = DAYS;
  await submit(clinic, ada, { item: withPain('D2', 8), authored: at(first) });
  await submit(clinic, ada, { item: withPain('D4', 5), authored: at(second) });
  await submit(clinic, ada, { item: withPain('D1', 2), authored: at(third) });
});

async function openHistory(id: string): Promise<Page> {
  const { page } = await browser.openPage({ allowed: { failures: /\$invite$/ } });
  await page.goto(`/patients/${id}`);
  await page.getByText('Loading …').waitFor({ state: 'detached' });
  return page;
}

/** What each column of the table says in one line, newest first. */
const lineOf = (page: Page, title: RegExp) =>
  page.getByRole('row', { name: title }).locator('td').allInnerTexts();
const chartOf = async (page: Page, title: RegExp) =>
  (await page.getByRole('img', { name: title }).getAttribute('aria-label')) ?? '';

describe('three screenings', () => {
  test('the table has a column for each, the newest first, which leads to its results', async () => {
    const page = await openHistory('ada');
    const dates = page.locator('thead .date');
    expect(await dates.allInnerTexts()).toEqual(['4 Sept 2026', '4 Jul 2026', '4 May 2026']);
    expect(await lineOf(page, /^Pain, 0 to 10/)).toEqual(['2', '5', '8']);
    const ng65 = await lineOf(page, /NICE NG65/);
    expect(ng65.map((text) => text.replace(/\s+/g, ' '))).toEqual([
      expect.stringMatching(/^refer 5 of 9$/),
      expect.stringMatching(/^test HLA-B27 3 of 9$/),
      expect.stringMatching(/^not met 1 of 9$/),
    ]);
    await dates.first().click();
    await page.getByRole('heading', { level: 1, name: /Ada Example/ }).waitFor();
    expect(await seenIn(page.locator('#summary'))).toMatch(/NICE NG65: refer/);
  });

  test('the pictures say the same, the oldest first', async () => {
    const page = await openHistory('ada');
    expect(await chartOf(page, /^Pain from 0 to 10/)).toBe('Pain from 0 to 10, oldest first: 8, 5, 2.');
    expect(await chartOf(page, /^Red flags/)).toBe(
      'Red flags, oldest first: None reported, None reported, None reported.',
    );
    expect(await chartOf(page, /^NICE NG65/)).toMatch(/: not met 1 of 9; open 3 of 9; met 5 of 9\.$/);
    // What is drawn is what is told: higher is more pain, further right is later.
    const dots = await page
      .locator('.chart svg circle.dot')
      .evaluateAll((all) =>
        all.map((dot) => [Number(dot.getAttribute('cx')), Number(dot.getAttribute('cy'))]),
      );
    expect(dots).toHaveLength(3);
    const [xs, ys] = [dots.map(([x = 0]) => x), dots.map(([, y = 0]) => y)];
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
    expect(ys).toEqual(ys.toSorted((a, b) => a - b));
    expect(await seenIn(page.locator('figure').filter({ hasText: 'NICE NG65' }))).toMatch(
      /before: test HLA-B27/,
    );
  });

  test('every set has a picture and a line, and they agree in every verdict', async () => {
    const page = await openHistory('ada');
    const lines = page.locator('tbody tr');
    const figures = page.locator('figure.chart');
    expect([await lines.count(), await figures.count()]).toEqual([13, 13]);
    for (let index = 2; index < 13; index += 1) {
      const cells = await lines.nth(index).locator('td').allInnerTexts();
      const counts = cells.map((text) => /(\d+( to \d+)? of \d+)/.exec(text)?.[0] ?? 'none');
      const label = (await figures.nth(index).locator('svg').last().getAttribute('aria-label')) ?? '';
      const drawn = label
        .split(/: |; /)
        .slice(-3)
        .map((text) => /(\d+( to \d+)? of \d+)/.exec(text)?.[0] ?? 'none');
      expect({ label, drawn }).toEqual({ label, drawn: counts.toReversed() });
    }
  });
});

describe('what does not hold', () => {
  test('withdrawn: said so in its column, and in no picture', async () => {
    const clinic = browser.service();
    const ben = await addPatient(clinic, 'ben', 'Ben');
    const [first = '', second = ''] = DAYS;
    await submit(clinic, ben, { item: withPain('D2', 8), authored: at(first) });
    const { id } = await submit(clinic, ben, { item: withPain('D1', 3), authored: at(second) });
    await changeElsewhere(clinic, id, (one) => ({ ...one, status: 'entered-in-error' }));
    const page = await openHistory('ben');
    const [newest = '', oldest = ''] = await page.locator('thead th[scope="col"]').allInnerTexts();
    expect(newest).toMatch(/4 Jul 2026\s+Withdrawn/);
    expect(oldest).toMatch(/Complete/);
    expect(await lineOf(page, /^Pain, 0 to 10/)).toEqual(['withdrawn', '8']);
    expect(await lineOf(page, /NICE NG65/)).toEqual(['withdrawn', expect.stringMatching(/not met/)]);
    expect(await chartOf(page, /^Pain from 0 to 10/)).toBe('Pain from 0 to 10, oldest first: 8.');
  });

  test('a draft: not sent yet, its red flags all the same, and a way on', async () => {
    const clinic = browser.service();
    const cora = await addPatient(clinic, 'cora', 'Cora');
    const { id } = await submit(clinic, cora, { answers: 'P4', status: 'in-progress' });
    const page = await openHistory('cora');
    expect(await lineOf(page, /^Red flags/)).toEqual([expect.stringMatching(/Emergency/)]);
    expect(await lineOf(page, /^Pain, 0 to 10/)).toEqual([
      expect.stringMatching(/^not (sent yet|answered)$/),
    ]);
    expect(await page.locator('tbody .verdict-met, tbody .verdict-not-met').count()).toBe(0);
    const go = await page.getByRole('link', { name: 'Continue' }).getAttribute('href');
    expect(new URL(go ?? '', page.url()).searchParams.get('response')).toBe(id);
  });
});

test('not answered is not 0: the line of pain has a gap', async () => {
  const clinic = browser.service();
  const dora = await addPatient(clinic, 'dora', 'Dora');
  const [first = '', second = '', third = ''] = DAYS;
  await submit(clinic, dora, { item: withPain('D2', 0), authored: at(first) });
  await submit(clinic, dora, { answers: 'D2', authored: at(second) });
  await submit(clinic, dora, { item: withPain('D2', 6), authored: at(third) });
  const page = await openHistory('dora');
  expect(await lineOf(page, /^Pain, 0 to 10/)).toEqual(['6', 'not answered', '0']);
  expect(await chartOf(page, /^Pain from/)).toBe('Pain from 0 to 10, oldest first: 0, not answered, 6.');
  expect(await page.locator('polyline.line').count()).toBe(2);
});

test('none yet: says so, and how to start', async () => {
  const page = await openHistory('nobody-yet');
  await page.getByText(/^No screening of this patient/).waitFor();
  const start = await page.getByRole('link', { name: /patient fills in/i }).getAttribute('href');
  expect(new URL(start ?? '', page.url()).searchParams.get('subject')).toBe('Patient/nobody-yet');
});

test('more than a page: the older ones follow, each once', async () => {
  const clinic = browser.service();
  const many = await addPatient(clinic, 'many', 'Mona');
  const count = 15;
  for (let index = 0; index < count; index += 1) {
    const authored = new Date(Date.parse(at(DAYS[0] ?? '')) + index * 86_400_000).toISOString();
    await submit(clinic, many, { answers: 'D2', authored });
  }
  const page = await openHistory('many');
  await page.getByRole('button', { name: 'Show older screenings' }).click();
  const dates = page.locator('thead .date');
  await until(10_000, async () => (await dates.count()) === count);
  expect(await page.getByRole('button', { name: /older|Loading/ }).count()).toBe(0);
  const found = await page
    .locator('thead .date')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  expect([found.length, new Set(found).size]).toEqual([count, count]);
});

describe('what cannot be shown', () => {
  test('nobody of that id', async () => {
    const { page } = await browser.openPage({ path: '/patients/nobody', allowed: { failures: /nobody/ } });
    await page.getByText('There is no such patient.').waitFor();
  });

  test('the results cannot be read: said, and no picture is drawn of what is not known', async () => {
    const { page } = await browser.openPage({ allowed: { failures: /fhir/ } });
    await page.route(/\/fhir\/Observation\?/, (route) => route.abort('connectionreset'));
    await page.goto('/patients/ada');
    await page.getByText(/Not all results could be read/).waitFor();
    expect(await page.locator('svg[role="img"]').count()).toBe(0);
    expect(new Set(await lineOf(page, /^Pain, 0 to 10/))).toEqual(new Set(['not read']));
  });

  test('the service is away, and comes back', async () => {
    const { page } = await browser.openPage({ allowed: { failures: /fhir/ } });
    await page.route(/\/fhir\//, (route) => route.abort('connectionreset'));
    await page.goto('/patients/ada');
    await page.getByText(/does not answer/).waitFor();
    await page.unroute(/\/fhir\//);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'Ada Example' }).waitFor();
  });
});

describe('an invitation', () => {
  test('is made by a button: a link to pass on, and a Task that asks', async () => {
    const page = await openHistory('nobody-yet');
    await page.locator('[data-action="invite"]').click();
    const field = page.getByLabel('Link for this patient alone');
    await field.waitFor();
    const { url, fhir } = browser.service();
    expect(await field.inputValue()).toMatch(new RegExp(`^${url}/invitation#[\\w-]+\\.[\\w-]+\\.[\\w-]+$`));
    expect(await seenIn(page.locator('.invite'))).toMatch(
      /It opens once, and not after \d+ \w+ \d{4}, \d\d:\d\d\./,
    );
    const { total } = await read<Bundle>(`${fhir}/Task?patient=nobody-yet&status=requested`);
    expect(total).toBe(1);
    await atWidths(page, async (width) => {
      await checkNoSidewaysScroll(page);
      await checkAccessibility(page, `an invitation at ${width}`);
    });
  });

  test('that cannot be made is said, and can be tried again', async () => {
    const page = await openHistory('nobody-yet');
    await page.route('**/$invite', (route) => route.abort('connectionreset'));
    await page.locator('[data-action="invite"]').click();
    await page.getByText('No link was made.').waitFor();
    await page.unroute('**/$invite');
    await page.locator('[data-action="invite"]').click();
    await page.getByLabel('Link for this patient alone').waitFor();
  });
});
