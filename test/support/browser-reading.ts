/** What a screen says, in the language of its page; and whether another page in another language says the same. */
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { checkAccessibility, shot } from './browser-checks.js';

/** By screen: every text and label that is there to be read or heard, without what is marked as another language. */
export type Reading = Map<string, readonly string[]>;

/** Names, and words that are the same in two languages. */
const SHARED = ['axspa-screening', 'No', 'Error', 'Normal', 'Psoriasis'];

const OWN_WORDS = `(() => {
  const language = document.documentElement.lang;
  const own = (one) => (one.closest('[lang]') ?? document.documentElement).lang === language;
  const all = [...document.querySelectorAll('body :not(noscript)')].filter(own);
  const texts = all.flatMap((one) => [...one.childNodes]).filter(({ nodeType }) => nodeType === 3);
  const names = ['aria-label', 'title', 'placeholder', 'alt'];
  const labels = all.flatMap((one) => names.map((name) => one.getAttribute(name)));
  return [document.title, ...texts.map(({ data }) => data), ...labels].map((one) => one?.trim()).filter(Boolean);
})()`;

/** Whether the screen is accessible, and in its language; keeps what it says, and a picture where wanted. */
export async function checkScreen(
  page: Page,
  { reading, language, name }: { reading: Reading; language: string; name: string },
  isPictured = true,
): Promise<void> {
  await checkAccessibility(page, `${name} (${language})`);
  expect(await page.evaluate('document.documentElement.lang')).toBe(language);
  reading.set(name, await page.evaluate<string[]>(OWN_WORDS));
  if (isPictured) await shot(page, `intake-${name}-${language}`);
}

/** Fails with every line that two languages say alike, and when the one has seen other screens than the other. */
export function checkTranslated(reading: Reading | undefined, english: Reading | undefined): void {
  const alike = [...(reading ?? [])].flatMap(([name, lines]) =>
    lines.filter((line) => english?.get(name)?.includes(line) && isWord(line)),
  );
  expect([...new Set(alike)]).toEqual([]);
  expect([...(reading?.keys() ?? [])]).toEqual([...(english?.keys() ?? [])]);
  expect(reading?.size).toBeGreaterThan(0);
}

const isWord = (line: string) => /\p{L}/u.test(line) && !SHARED.includes(line);
