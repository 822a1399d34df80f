/** Does the page say how far a screening is on its way to the record, whatever the record's server does? */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Opened, useBrowser } from '../support/browser.js';
import {
  addPatient,
  type Clinic,
  inBackground,
  openResults,
  seenIn,
  submit,
} from '../support/browser-clinic.js';
import type { Pages } from '../support/browser-service.js';
import { deliveryOf, until } from '../support/contract-http.js';
import { writesOnly } from '../support/simulated-faults.js';
import { HAPI_LIKE, NO_DEDUPE_BLIND, type SimulatedRow } from '../support/simulated-rows.js';
import { type Simulated, startSimulated } from '../support/simulated-server.js';

const browser = useBrowser();

/** The service on a server that fails on demand. */
interface Site {
  readonly simulated: Simulated;
  readonly pages: Pages;
  readonly clinic: Clinic;
}

const simulators: Simulated[] = [];

async function startSite(row: SimulatedRow): Promise<Site> {
  const simulated = await startSimulated(row);
  simulators.push(simulated);
  const pages = await browser.startService({
    FHIR_BASE_URL: simulated.url,
    FHIR_TIMEOUT_MS: '1500',
    LOG_LEVEL: 'error',
  });
  const clinic = { fhir: pages.fhir, embeddedUrl: simulated.storeUrl };
  await addPatient(clinic, 'p1', 'Ada');
  return { simulated, pages, clinic };
}

afterAll(() => Promise.all(simulators.map((one) => one.close())), 30_000);

/** The page of a result of that service, which stays as it is until somebody looks at it: see `look`. */
async function open({ pages }: Site, id: string): Promise<Opened & { look: () => Promise<void> }> {
  const opened = await browser.openPage({ allowed: { origins: [pages.url], failures: /\/fhir\// } });
  const look = await inBackground(opened.page);
  await openResults(opened.page, id, pages.url);
  return { ...opened, look };
}

const stateOf = (page: Page) => seenIn(page.getByRole('region', { name: 'In the record?' }));
const retry = (page: Page) => page.getByRole('button', { name: 'Try again now' });

describe('a server with every means', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite(HAPI_LIKE);
  });

  test('away: saved here and on its way, with since when and what next; back: written', async () => {
    const { simulated, clinic } = site;
    simulated.fault = { kind: 'down' };
    await simulated.settled();
    const { id } = await submit(clinic, 'Patient/p1', { answers: 'P4' });
    const { page, look } = await open(site, id);
    expect(await stateOf(page)).toMatch(
      /Not yet: saved here, and on its way\. Since \d+ \w+ \d{4}, \d\d:\d\d.*Next attempt/,
    );
    // What matters most does not wait for the server.
    expect(await seenIn(page.locator('section.flags h2'))).toMatch(/^Emergency/);
    expect(await seenIn(page.locator('h1'))).toMatch(/Patient not known/);
    simulated.fault = null;
    await simulated.settled();
    await retry(page).click();
    await look();
    await page.getByText('Yes, written to the record.').waitFor();
    expect(await retry(page).count()).toBe(0);
    expect(await seenIn(page.locator('h1'))).toMatch(/Ada Example/);
  });

  test('refused: said with the reason; tried again when the reason is gone', async () => {
    const { simulated, clinic } = site;
    simulated.fault = { kind: 'down' };
    await simulated.settled();
    const { id } = await submit(clinic, 'Patient/p1', { answers: 'D1' });
    simulated.fault = { kind: 'status', status: 422, only: writesOnly };
    await simulated.settled();
    await until(30_000, async () => (await deliveryOf(clinic.fhir, id)).status === 'refused');
    const { page, look } = await open(site, id);
    expect(await stateOf(page)).toMatch(/No: the record’s server refused it\. It is saved here only\./);
    expect(await stateOf(page)).toMatch(/Reason: .{10}/);
    const { page: worklist } = await browser.openPage({
      // What waits is asked for its Task, which it may not have.
      allowed: { origins: [site.pages.url], failures: /\/fhir\/Task\// },
    });
    await worklist.goto(`${site.pages.url}/worklist?filter=delivery`);
    const row = worklist.locator(`.row:has(a[href*="results/${id}"])`);
    await row.getByText('Refused by the record server').waitFor();
    simulated.fault = null;
    await retry(page).click();
    await look();
    await page.getByText('Yes, written to the record.').waitFor();
    expect((await deliveryOf(clinic.fhir, id)).status).toBe('written');
    await row.waitFor({ state: 'detached', timeout: 20_000 });
  });

  test('away while the page is asked for what it has: nothing half is shown, or what is shown is right', async () => {
    const { simulated, clinic } = site;
    const { id } = await submit(clinic, 'Patient/p1', { answers: 'P4' });
    simulated.fault = { kind: 'down' };
    await simulated.settled();
    const { page } = await browser.openPage({ allowed: { origins: [site.pages.url], failures: /\/fhir\// } });
    await page.goto(`${site.pages.url}/results/${id}`);
    const flags = page.locator('section.flags h2');
    const sorry = page.getByText(/The result could not be loaded/);
    await flags.or(sorry).first().waitFor();
    if ((await flags.count()) > 0) expect(await seenIn(flags)).toMatch(/^Emergency/);
    expect(await page.locator('.none-reported').count()).toBe(0);
    expect(await page.getByText('There is no screening at this address.').count()).toBe(0);
    simulated.fault = null;
    await simulated.settled();
    if ((await sorry.count()) > 0) await page.getByRole('button', { name: 'Try again' }).click();
    await flags.waitFor();
  });
});

test('a server that did not say whether it took it, and lets nobody look: nobody knows, and that is said', async () => {
  const site = await startSite(NO_DEDUPE_BLIND);
  const { simulated, clinic } = site;
  simulated.fault = { kind: 'cut-after', only: writesOnly };
  const { id } = await submit(clinic, 'Patient/p1', { answers: 'D1' });
  await until(30_000, async () => (await deliveryOf(clinic.fhir, id)).status === 'unknown');
  const { page } = await open(site, id);
  expect(await stateOf(page)).toMatch(/Nobody knows: the record’s server did not say whether it took it\./);
  expect(await stateOf(page)).not.toMatch(/Yes, written/);
  expect(await retry(page).count()).toBe(1);
  expect(await seenIn(page.locator('#summary'))).toMatch(/NICE NG65: refer/);
});

test('written: where it comes from is said, down to the rules, the software and each version', async () => {
  const clinic = browser.service();
  const subject = await addPatient(clinic, 'p1', 'Ada');
  const { id } = await submit(clinic, subject, { answers: 'D1' });
  const { page } = await browser.openPage();
  await openResults(page, id);
  expect(await stateOf(page)).toMatch(/Yes, written to the record\./);
  expect(await retry(page).count()).toBe(0);
  const from = await seenIn(page.getByRole('region', { name: 'Where this comes from' }));
  expect(from).toMatch(/Rule set\s+1\.0\.0, night pain strict/);
  expect(from).toMatch(/Rule set hash\s+sha256:[0-9a-f]{64}/);
  expect(from).toMatch(/Software\s+axspa-screening \d+\.\d+\.\d+/);
  expect(from).toMatch(/Questionnaire\s+axspa-back-pain-screening, version 1\.0\.0/);
  expect(from).toMatch(/Recorded\s+\d+ \w+ \d{4}, \d\d:\d\d/);
  expect(from).toMatch(/Version 1: Complete, /);
});
