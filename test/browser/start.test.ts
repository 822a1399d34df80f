/** The start page and the education page, in each language: what is said, where they lead, and to whom. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import {
  atWidths,
  checkAccessibility,
  checkNoSidewaysScroll,
  checkTargets,
  shot,
} from '../support/browser-checks.js';
import { addPatient, seenIn } from '../support/browser-clinic.js';
import { keyboard } from '../support/browser-hands.js';

const browser = useBrowser({ SEED_DEMO: 'true', EMERGENCY_NUMBER: '144' });

const LANGUAGES = [
  ['en', 'Back pain screening', 'Patient fills in', /not a diagnosis/, 'About inflammatory back pain'],
  [
    'es',
    'Cuestionario sobre el dolor de espalda',
    'Responde el paciente',
    /no es un diagnóstico/,
    'Acerca del dolor de espalda inflamatorio',
  ],
  [
    'de',
    'Fragebogen zu Rückenschmerzen',
    'Patient/in füllt aus',
    /keine Diagnose/,
    'Über entzündliche Rückenschmerzen',
  ],
] as const;

async function look(page: Page, name: string): Promise<void> {
  await atWidths(page, async (width) => {
    await checkNoSidewaysScroll(page);
    if (width === 320 || width === 1100) await checkAccessibility(page, `${name} at ${width}`);
    else await shot(page, name);
  });
}

describe.each(LANGUAGES)('%s', (language, title, fillsIn, disclaimer, about) => {
  test('the start page', async () => {
    const { page } = await browser.openPage({ path: '/', language });
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.locator('.people li').first().waitFor();
    expect(await page.title()).toBe(title);
    expect(await page.locator('html').getAttribute('lang')).toBe(language);
    expect(await page.locator('.people li').count()).toBe(9);
    expect(await seenIn(page.locator('body'))).toMatch(disclaimer);
    const start = page.locator('.people li').first().getByRole('link', { name: fillsIn });
    const link = new URL((await start.getAttribute('href')) ?? '', page.url());
    expect([link.pathname, link.searchParams.get('subject'), link.searchParams.get('lang')]).toEqual([
      '/screen',
      'Patient/demo-1',
      language,
    ]);
    await checkTargets(page.locator('.people a.button, .name-search button'));
    await look(page, `start-${language}`);
    await page.getByRole('link', { name: about }).click();
    await page.waitForURL(`**/learn?lang=${language}`);
  });

  test('the education page: the number can be tapped, what cannot wait comes first, and it is one language', async () => {
    const { page } = await browser.openPage({ path: `/learn?lang=${language}`, language: 'fr' });
    await page.locator('main section').nth(3).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe(language);
    const number = page.getByRole('link', { name: '144' }).first();
    expect(await number.getAttribute('href')).toBe('tel:144');
    expect(await page.locator('main [lang]').count()).toBe(0);
    expect(await seenIn(page.locator('main'))).not.toMatch(/\{|undefined|null/);
    await page.locator('a.jump').click();
    const urgent = page.locator('section.notice.danger');
    expect((await urgent.boundingBox())?.y).toBeLessThan(600);
    expect(await urgent.locator('li').count()).toBeGreaterThan(3);
    await look(page, `learn-${language}`);
  });
});

test('each language says something else, under the same headings', async () => {
  const texts: string[] = [];
  const counts: number[] = [];
  for (const [language] of LANGUAGES) {
    const { page } = await browser.openPage({ path: `/learn?lang=${language}` });
    await page.locator('main section').nth(3).waitFor();
    const paragraphs = await page.locator('main section p, main section li').allInnerTexts();
    texts.push(...paragraphs.filter((text) => text.length > 20));
    counts.push(paragraphs.length);
  }
  expect(new Set(counts).size).toBe(1);
  expect(new Set(texts).size).toBe(texts.length);
});

test('the language is changed in place, by keyboard, and goes along to the questions', async () => {
  const { page } = await browser.openPage({ path: '/', language: 'en' });
  await page.locator('.people li').first().waitFor();
  await keyboard(page).press(page.getByRole('button', { name: 'Deutsch' }));
  await page.getByRole('heading', { level: 1, name: 'Fragebogen zu Rückenschmerzen' }).waitFor();
  await page.locator('html[lang="de"]').waitFor();
  expect(new URL(page.url()).searchParams.get('lang')).toBe('de');
  const start = page.locator('.people li').first().getByRole('link', { name: 'Patient/in füllt aus' });
  expect(await start.getAttribute('href')).toMatch(/lang=de/);
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Fragebogen zu Rückenschmerzen' }).waitFor();
});

test('the choice of a patient by name, and nobody found', async () => {
  const { page } = await browser.openPage({ path: '/' });
  await page.locator('.people li').first().waitFor();
  const search = async (name: string) => {
    await page.getByLabel('Patient’s name').fill(name);
    await page.getByRole('button', { name: 'Search' }).click();
  };
  await search('greta');
  await page.getByText('1 person found.').waitFor();
  expect(await page.locator('.people strong').allInnerTexts()).toEqual(['Greta Example']);
  await search('nobody of that name');
  await page.getByText('Nobody found.').waitFor();
  expect(await page.locator('.people li').count()).toBe(0);
});

describe('without the demo', () => {
  const patient = { id: 'real', given: 'Rea' };
  let url = '';
  beforeAll(async () => {
    const plain = await browser.startService({ SEED_DEMO: 'false' });
    url = plain.url;
    await addPatient(plain, patient.id, patient.given);
  });
  const open = async (query = '') => {
    const { page } = await browser.openPage({ allowed: { origins: [url], failures: /Patient\/_search/ } });
    await page.goto(`${url}/${query}`);
    await page.getByText('Search for the patient by name.').waitFor();
    return page;
  };

  test('nobody is listed unasked, nothing is called invented, and nobody fills in as nobody', async () => {
    const page = await open();
    expect(await page.locator('.people li').count()).toBe(0);
    expect(await seenIn(page.locator('body'))).not.toMatch(/invented/);
    await page.getByLabel('Patient’s name').fill('Rea');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('.people li').waitFor();
    expect(await page.getByRole('link', { name: /I fill in/ }).count()).toBe(0);
    await page
      .getByText(/A clinician who fills in for a patient opens the questions from the record system/)
      .waitFor();
    await look(page, 'start-no-demo');
  });

  test('opened from a record system that says who it is: the clinician may fill in', async () => {
    const page = await open('?author=Practitioner/doc-1');
    await page.getByLabel('Patient’s name').fill('Rea');
    await page.getByRole('button', { name: 'Search' }).click();
    const link = page.getByRole('link', { name: /I fill in/ });
    const { searchParams } = new URL((await link.getAttribute('href')) ?? '', url);
    expect([searchParams.get('subject'), searchParams.get('author')]).toEqual([
      'Patient/real',
      'Practitioner/doc-1',
    ]);
  });

  test('the name that is searched for stands in no address', async () => {
    const page = await open();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
    await page.getByLabel('Patient’s name').fill('Rea');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('1 person found.').waitFor();
    expect(asked.filter((one) => one.endsWith('/fhir/Patient/_search'))).toHaveLength(1);
    expect(asked.filter((one) => one.includes('Rea'))).toEqual([]);
  });

  test('the patients cannot be read: said, and it can be tried again', async () => {
    const page = await open();
    await page.route(/\/fhir\/Patient\/_search$/, (route) => route.abort('connectionreset'));
    await page.getByLabel('Patient’s name').fill('Rea');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('The patients could not be read.').waitFor();
    await page.unroute(/\/fhir\/Patient\/_search$/);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('1 person found.').waitFor();
  });
});
