/** What interrupts an intake, as it is served: codes of CodeSystem patient-information. */
import { expect } from '@jest/globals';
import type { CodeSystem } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { read } from './contract-http.js';

/** The title of an advice in a language, with the emergency number put in. Throws where there is none. */
export type Titles = (code: string, language?: string) => string;

/** `fhir`: base of the facade; `number`: the emergency number it is configured with. */
export async function readTitles(fhir: string, number: string): Promise<Titles> {
  const { concept = [] } = await read<CodeSystem>(`${fhir}/CodeSystem/patient-information`);
  const titles = new Map<string, string>();
  for (const { code, display = '', designation = [] } of concept.flatMap(
    ({ concept: inner = [] }) => inner,
  )) {
    titles.set(`${code} en`, display);
    for (const { language = '', value } of designation) titles.set(`${code} ${language}`, value);
  }
  return (code, language = 'en') => {
    const title = titles.get(`${code} ${language}`);
    if (!title) throw new Error(`no title of ${code} in ${language}`);
    return title.replaceAll('{emergencyNumber}', number);
  };
}

/**
 * Whoever waits for a second or more waits for ever, until it is let go: what comes meanwhile has not come because
 * somebody was out of patience.
 */
export async function holdPatience(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(`(() => {
    const own = window.setTimeout;
    window.letGo = () => { window.setTimeout = own; };
    window.setTimeout = (work, ms, ...more) => (ms >= 1000 ? 0 : own(work, ms, ...more));
  })()`);
  return () => page.evaluate('window.letGo()');
}

/**
 * Waits until the advice is in front of everything: under its title, which has the focus, and with no question beside
 * it. An emergency has the number to call, `tel:{number}`.
 */
export async function expectAdvice(page: Page, title: string, number?: string): Promise<void> {
  await page.locator('[data-screen="advice"]').waitFor();
  expect(await page.locator('h1').textContent()).toBe(title);
  expect(await page.locator('[role="alert"] h1').count()).toBe(1);
  expect(await page.locator('fieldset, [data-action="next"]').count()).toBe(0);
  expect(await page.evaluate('document.activeElement.localName')).toBe('h1');
  if (number === undefined) return;
  const call = page.locator(`[data-screen="advice"] a.call[href="tel:${number}"]`);
  expect(await call.textContent()).toContain(number);
}
