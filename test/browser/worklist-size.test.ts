/** Does the worklist stay as quick with 1,000 screenings as with 50, and can all of them be reached? */
import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { addPatient, submit } from '../support/browser-clinic.js';
import { until } from '../support/contract-http.js';
import { workedCases } from '../support/contract-responses.js';

const browser = useBrowser();
const NAMES = Object.keys(workedCases);
const FEW = 50;
const MANY = 1000;
const PEOPLE = 40;
const PAGE = 25;
/** After one to warm up. */
const VISITS = 5;
/** Flat: no more than this many times as long with twenty times as many. */
const MOST = 5;
const MINUTE = 60_000;

/** Oldest last, so that the newest page changes little while they come. */
async function seed(from: number, to: number): Promise<void> {
  const clinic = browser.service();
  let next = from;
  const send = async () => {
    while (next < to) {
      const index = next;
      next += 1;
      const answers = NAMES[index % NAMES.length] ?? 'D1';
      const authored = new Date(Date.now() - index * 10 * MINUTE).toISOString();
      await submit(clinic, `Patient/size-${index % PEOPLE}`, { answers, authored });
    }
  };
  await Promise.all([send(), send(), send(), send()]);
}

interface Visit {
  readonly ms: number;
  readonly requests: number;
}

/** Median of several visits, each with an empty cache. */
async function measure(): Promise<Visit> {
  const visits: Visit[] = [];
  for (let index = 0; index <= VISITS; index += 1) {
    const { page, context } = await browser.openPage();
    let requests = 0;
    page.on('request', (request) => {
      if (request.url().includes('/fhir/')) requests += 1;
    });
    const started = performance.now();
    await page.goto('/worklist');
    await page.locator('.row').first().waitFor();
    const ms = performance.now() - started;
    await page.getByText(/^Loading/).waitFor({ state: 'detached' });
    visits.push({ ms, requests });
    await context.close();
  }
  const sorted = visits.slice(1).sort((a, b) => a.ms - b.ms);
  const middle = sorted[Math.floor(VISITS / 2)];
  if (!middle) throw new Error('no visit');
  return middle;
}

const hrefs = (page: Page) =>
  page.locator('.row .open').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));

test('50 and 1,000 screenings', async () => {
  const clinic = browser.service();
  for (let index = 0; index < PEOPLE; index += 1) await addPatient(clinic, `size-${index}`, `Given${index}`);
  await seed(0, FEW);
  const few = await measure();
  await seed(FEW, MANY);
  const many = await measure();
  const told = ({ ms, requests }: Visit) => `first row after ${Math.round(ms)} ms, ${requests} FHIR requests`;
  process.stdout.write(`worklist, ${FEW} screenings: ${told(few)}; ${MANY} screenings: ${told(many)}\n`);
  expect({ isFlat: many.ms < MOST * few.ms, requests: many.requests }).toEqual({
    isFlat: true,
    requests: few.requests,
  });
}, 180_000);

test('every one of the 1,000 can be reached, each once', async () => {
  const { page } = await browser.openPage({ path: '/worklist' });
  const more = page.getByRole('button', { name: 'Show more' });
  for (let count = PAGE; count < MANY; count += PAGE) {
    await more.click();
    await until(10_000, async () => (await page.locator('.row').count()) === count + PAGE);
  }
  await more.waitFor({ state: 'detached' });
  const found = await hrefs(page);
  expect({ count: found.length, different: new Set(found).size }).toEqual({ count: MANY, different: MANY });
}, 120_000);
