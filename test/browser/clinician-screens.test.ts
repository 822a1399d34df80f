/** Every page of the clinician in every state: is it accessible, and does it fit a phone? Leaves a picture of each. */
import { beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Opened, useBrowser } from '../support/browser.js';
import { atWidths, checkAccessibility, checkNoSidewaysScroll, shot } from '../support/browser-checks.js';
import { addPatient, changeElsewhere, openResults, submit } from '../support/browser-clinic.js';
import { toItems, worked } from '../support/contract-responses.js';

const browser = useBrowser();
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

/** A name that does not break, as some people's do not. */
const LONG = 'Wolfeschlegelsteinhausenbergerdorffwelchevoralternwaren';
const ids = new Map<string, string>();

beforeAll(async () => {
  const clinic = browser.service();
  const people = ['Ada', 'Ben', 'Cora', 'Dario', 'Eve'];
  for (const name of people) await addPatient(clinic, name.toLowerCase(), name);
  await addPatient(clinic, 'long', LONG);
  await addPatient(clinic, 'nora', 'Nora');
  const withPain = (name: string, pain: number) => toItems({ ...worked(name), 'pain-intensity': pain });
  await submit(clinic, 'Patient/ada', { item: withPain('D2', 8), authored: ago(120 * DAY) });
  await submit(clinic, 'Patient/ada', { item: withPain('D4', 6), authored: ago(60 * DAY) });
  const screenings: [
    key: string,
    patient: string,
    answers: string | null,
    minutes: number,
    status?: 'in-progress' | 'stopped',
  ][] = [
    ['blank', 'long', null, 400, 'stopped'],
    ['unknowns', 'long', 'U2', 300],
    ['disagree', 'dario', 'D9', 240],
    ['draft', 'cora', 'P4', 200, 'in-progress'],
    ['withdrawn', 'eve', 'D1', 150],
    ['same-day', 'ben', 'S4', 100],
    ['emergency', 'cora', 'P4', 60],
  ];
  for (const [key, patient, answers, minutes, status = 'completed'] of screenings) {
    const authored = ago(minutes * MINUTE);
    ids.set(key, (await submit(clinic, `Patient/${patient}`, { answers, status, authored })).id);
  }
  const last = await submit(clinic, 'Patient/ada', { item: withPain('D1', 3), authored: ago(30 * MINUTE) });
  ids.set('clear', last.id);
  const open = await submit(clinic, 'Patient/ben', { answers: 'D4', authored: ago(20 * MINUTE) });
  ids.set('answered', open.id);
  await changeElsewhere(clinic, ids.get('withdrawn') ?? '', (one) => ({
    ...one,
    status: 'entered-in-error',
  }));
});

const result = (key: string) => async (page: Page) => openResults(page, ids.get(key) ?? '');
const shown = (path: string, selector: string) => async (page: Page) => {
  await page.goto(path);
  await page.locator(selector).first().waitFor();
};
/** Nothing of FHIR can be had. */
const cut =
  (path: string, said: RegExp, what: RegExp = /\/fhir\//) =>
  async (page: Page) => {
    await page.route(what, (route) => route.abort('connectionreset'));
    await page.goto(path);
    await page.getByText(said).waitFor();
  };

async function answered(page: Page): Promise<void> {
  await result('answered')(page);
  const asked = page.locator('.asked > li').filter({ hasText: 'HLA-B27' });
  await asked.locator('summary').click();
  await asked.getByLabel('Positive', { exact: true }).check();
}

const SCREENS: Record<string, (page: Page, opened: Opened) => Promise<unknown>> = {
  'results-clear': result('clear'),
  'results-emergency': result('emergency'),
  'results-same-day': result('same-day'),
  'results-disagree': result('disagree'),
  'results-unknowns': result('unknowns'),
  'results-blank': result('blank'),
  'results-draft': result('draft'),
  'results-withdrawn': result('withdrawn'),
  'results-missing': shown('/results/nobody', 'p[role="status"]'),
  'results-cut': cut('/results/nobody', /could not be loaded/),
  'results-unfolded': async (page) => {
    await result('disagree')(page);
    await page.locator('details').evaluateAll((all) => all.map((one) => one.setAttribute('open', '')));
  },
  'results-answering': answered,
  'results-withdrawing': async (page) => {
    await result('clear')(page);
    await page.getByRole('button', { name: 'Withdraw: entered in error' }).click();
    await page.locator('#withdraw').waitFor();
  },
  'results-copied-by-hand': async (page) => {
    await page.addInitScript("Object.defineProperty(navigator, 'clipboard', { value: undefined })");
    await result('clear')(page);
    await page.getByRole('button', { name: 'Copy as text' }).click();
    await page.getByLabel('Copy this text').waitFor();
  },
  'results-saved': async (page) => {
    await answered(page);
    await page.getByRole('button', { name: 'Save and score again' }).click();
    await page.locator('#notice').waitFor();
  },
  worklist: shown('/worklist', '.row'),
  'worklist-nobody': shown('/worklist#name=Nobody', '.controls'),
  'worklist-cut': cut('/worklist', /The screenings could not be read/),
  'worklist-lost': async (page, { watch }) => {
    await shown('/worklist', '.row')(page);
    watch.allow({ failures: /./ });
    await page.context().setOffline(true);
    await page.getByText(/Not up to date since/).waitFor({ timeout: 15_000 });
  },
  'history-long': shown('/patients/long', 'table'),
  start: async (page) => {
    await page.goto('/');
    await page.getByLabel('Patient’s name').fill('Example');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('.people li').first().waitFor();
  },
  history: shown('/patients/ada', 'table'),
  'history-none': shown('/patients/nora', '.card'),
  'history-missing': shown('/patients/nobody', '[role="alert"]'),
  'results-acknowledged': async (page) => {
    await result('same-day')(page);
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText(/^Acknowledged/).waitFor();
  },
};

test.each(Object.entries(SCREENS))('%s', async (name, show) => {
  const opened = await browser.openPage({ allowed: { failures: /nobody|\/fhir\// } });
  const { page } = opened;
  await show(page, opened);
  await atWidths(page, async (width) => {
    await checkNoSidewaysScroll(page);
    if (width === 320 || width === 1100) await checkAccessibility(page, `${name} at ${width}`);
    else await shot(page, name);
  });
  expect(await page.title()).not.toBe('');
});

test('the worklist where there is nothing yet', async () => {
  const empty = await browser.startService({});
  const { page } = await browser.openPage({ allowed: { origins: [empty.url] } });
  await page.goto(`${empty.url}/worklist`);
  await page.getByText('No screening yet.').waitFor();
  await page.getByText('No open alert.').waitFor();
  await atWidths(page, async (width) => {
    await checkNoSidewaysScroll(page);
    if (width === 320 || width === 1100) await checkAccessibility(page, `worklist-empty at ${width}`);
    else await shot(page, 'worklist-empty');
  });
});
