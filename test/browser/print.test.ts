/** Is every result one page of paper, with everything on it that a clinician must have in the hand? */
import { beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { printedPages } from '../support/browser-checks.js';
import { addPatient, openResults, seenIn, servedQuestionnaire, submit } from '../support/browser-clinic.js';
import { type Answers, toItems, workedCases } from '../support/contract-responses.js';

const browser = useBrowser();
const NAMES = Object.keys(workedCases);
const printed = new Map<string, number>();

/** As long as a name may get that people really have. */
const LONG_NAME = 'Maria Magdalena Wilhelmina Konstantina von Hohenstein-Wolfenbüttel zu Sankt Bartholomä';

beforeAll(async () => {
  const clinic = browser.service();
  await addPatient(clinic, 'p1', 'Ada');
  await addPatient(clinic, 'long', 'x', { name: [{ text: LONG_NAME }] });
});

/** Printed as the button prints it, by name. */
async function print(page: Page, name: string, isKept = false): Promise<number> {
  const pages = await printedPages(page, isKept ? name : undefined);
  printed.set(name, pages);
  return pages;
}

/** What stands on the paper, and nothing else does. */
async function onPaper(page: Page): Promise<string> {
  await page.emulateMedia({ media: 'print' });
  const text = await seenIn(page.locator('body'));
  await page.emulateMedia({ media: null });
  return text;
}

test.each(NAMES)('%s is one page', async (name) => {
  const { id } = await submit(browser.service(), 'Patient/p1', { answers: name });
  const { page } = await browser.openPage();
  await openResults(page, id);
  expect(await print(page, `print-${name.toLowerCase()}`, ['D1', 'D9', 'U2'].includes(name))).toBe(1);
  const text = await onPaper(page);
  expect(text).toContain('Ada Example');
  expect(text).toContain('Screening aid, not a diagnosis');
  expect(text).not.toMatch(/Save and score again|Copy as text|What to ask now/);
  for (const title of ['NICE NG65', 'ASAS', 'Calin', 'Berlin', 'CaFaSpA', 'MASTER', 'RADAR', 'Brandt']) {
    expect({ title, isThere: text.includes(title) }).toEqual({ title, isThere: true });
  }
});

/** Every box ticked that may be ticked with others, and something chosen everywhere else: as many flags as there can be. */
async function everything(): Promise<Answers> {
  const { item = [] } = await servedQuestionnaire(browser.service());
  const questions = item.flatMap((group) => group.item ?? []);
  const alone = ['none', 'unknown', 'never'];
  return Object.fromEntries(
    questions.map(({ linkId, type, repeats, answerOption = [] }) => {
      const codes = answerOption.flatMap(({ valueCoding }) => valueCoding?.code ?? []);
      if (type === 'integer') return [linkId, linkId === 'pain-intensity' ? 10 : 22];
      if (repeats) return [linkId, codes.filter((code) => !alone.includes(code))];
      return [
        linkId,
        codes.find((code) => code === 'yes') ?? codes.filter((code) => !alone.includes(code)).at(-1) ?? '',
      ];
    }),
  );
}

/** Every flag, and nothing else known: every set is open, with all that could be asked. */
async function onlyFlags(): Promise<Answers> {
  const all = await everything();
  const isFlag = (linkId: string) => /^(red-flag|eye|diagnosed|other-symptoms)/.test(linkId);
  return Object.fromEntries(Object.entries(all).filter(([linkId]) => isFlag(linkId)));
}

test.each([
  ['worst', everything],
  ['only-flags', onlyFlags],
])('%s: every flag, a long name, amended', async (name, answersOf) => {
  const clinic = browser.service();
  const item = toItems(await answersOf());
  const { id } = await submit(clinic, 'Patient/long', { status: 'amended', item });
  const { page } = await browser.openPage();
  await openResults(page, id);
  const flags = await page.locator('.flag-list li strong').allInnerTexts();
  expect(flags.length).toBeGreaterThan(20);
  expect(await print(page, `print-${name}`, true)).toBe(1);
  const text = await onPaper(page);
  expect(text).toContain(LONG_NAME);
  expect(text).toMatch(/Amended/);
  expect(flags.filter((flag) => !text.includes(flag))).toEqual([]);
});

test('the emptiest: stopped before the first answer', async () => {
  const { id } = await submit(browser.service(), 'Patient/p1', { answers: null, status: 'stopped' });
  const { page } = await browser.openPage();
  await openResults(page, id);
  expect(await print(page, 'print-blank', true)).toBe(1);
  expect(await onPaper(page)).toMatch(/not (fully )?answered/i);
});

test('the button prints', async () => {
  const { id } = await submit(browser.service(), 'Patient/p1', { answers: 'D1' });
  const { page } = await browser.openPage();
  await page.addInitScript('window.print = () => { window.printed = (window.printed ?? 0) + 1; }');
  await openResults(page, id);
  await page.getByRole('button', { name: 'Print' }).click();
  expect(await page.evaluate('window.printed')).toBe(1);
});

test('the count', () => {
  const most = Math.max(...printed.values());
  process.stdout.write(`pages of print: ${printed.size} cases × ${most}\n`);
  expect({ cases: printed.size, most }).toEqual({ cases: NAMES.length + 3, most: 1 });
});
