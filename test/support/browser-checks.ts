/** What every screen of every page is held to. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import type { Locator, Page, Response } from 'playwright-core';
import { HEIGHTS, totals, WIDTHS, type Width } from './browser.js';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
/** Not in git. */
const SCREENSHOTS = fileURLToPath(new URL('../browser/screenshots/', import.meta.url));

/** WCAG 2.0 to 2.2, A and AA, and what axe calls best practice; target-size is off unless it is asked for. */
const RULES = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'],
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations'],
  iframes: false,
};

interface AxeResult {
  readonly violations: {
    readonly id: string;
    readonly help: string;
    readonly nodes: { readonly target: unknown[]; readonly failureSummary?: string }[];
  }[];
}

/** Every frame of the page as it stands now. Counts one screen, and fails with each violation and where it is. */
export async function checkAccessibility(page: Page, name: string): Promise<void> {
  const found: string[] = [];
  for (const frame of page.frames()) {
    await frame.evaluate(`if (typeof axe === 'undefined') { ${AXE} }`);
    const { violations } = await frame.evaluate<AxeResult>(`axe.run(document, ${JSON.stringify(RULES)})`);
    for (const { id, help, nodes } of violations) {
      for (const { target, failureSummary = '' } of nodes) {
        found.push(`${name}: ${id} (${help}) at ${target.flat().join(' ')}: ${failureSummary}`);
      }
    }
  }
  totals.screens += 1;
  totals.axeViolations += found.length;
  expect(found).toEqual([]);
}

/** The whole page as it stands now → `screenshots/{name}-{width}.png`. Gives the path. */
export async function shot(page: Page, name: string): Promise<string> {
  const path = fileFor(`${name}-${page.viewportSize()?.width}.png`);
  await page.screenshot({ path, fullPage: true });
  return path;
}

/** Fails with what sticks out on the right when the page can be scrolled sideways. */
export async function checkNoSidewaysScroll(page: Page): Promise<void> {
  expect(await page.evaluate<string[]>(STICKING_OUT)).toEqual([]);
}

/** Empty unless the document or its body is wider than the window; boxes that scroll by themselves are let be. */
const STICKING_OUT = `(() => {
  const width = document.documentElement.clientWidth;
  const widest = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth);
  if (widest <= width) return [];
  const out = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > width + 0.5);
  const name = (one) => one.localName + (one.id && '#' + one.id) + [...one.classList].map((c) => '.' + c).join('');
  return [widest + ' px in ' + width + ' px', ...out.map(name).slice(0, 10)];
})()`;

/** Does the work once at each width, without loading the page anew, and leaves the page as wide as it was. */
export async function atWidths(
  page: Page,
  work: (width: Width) => Promise<void>,
  widths: readonly Width[] = WIDTHS,
): Promise<void> {
  const before = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: HEIGHTS[width] });
    await work(width);
  }
  if (before) await page.setViewportSize(before);
}

/** How many A4 pages it prints on. With a name it says so, and leaves the PDF among the screenshots to be looked at. */
export async function printedPages(page: Page, name?: string): Promise<number> {
  const pdf = await page.pdf({ format: 'A4', preferCSSPageSize: true, printBackground: true });
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page(?![A-Za-z])/g)?.length ?? 0;
  if (name !== undefined) {
    writeFileSync(fileFor(`${name}.pdf`), pdf);
    process.stdout.write(`${name}: pages of print ${pages}\n`);
  }
  return pages;
}

/** Fails when nothing around the focused element looks different from without the focus. */
export async function checkFocusIsSeen(page: Page): Promise<void> {
  const focused = page.locator('*:focus').last();
  const element = await focused.elementHandle();
  // The row around an option may be what shows it.
  const shown = await element?.evaluateHandle((one) => one.closest('label') ?? one);
  const box = await shown?.asElement()?.boundingBox();
  if (!box) throw new Error('Nothing that can be seen has the focus.');
  const clip = {
    x: Math.max(0, box.x - 8),
    y: Math.max(0, box.y - 8),
    width: box.width + 16,
    height: box.height + 16,
  };
  const withFocus = await page.screenshot({ clip });
  await element?.evaluate((one) => one.blur());
  const without = await page.screenshot({ clip });
  await element?.evaluate((one) => one.focus({ focusVisible: true }));
  expect({ isSeen: !withFocus.equals(without) }).toEqual({ isSeen: true });
}

/** Fails for every control that is smaller than 44 px either way; links in a sentence may be, so name none. */
export async function checkTargets(controls: Locator): Promise<void> {
  const small = await controls.evaluateAll((all) =>
    all.flatMap((one) => {
      const { width, height } = one.getBoundingClientRect();
      const isDrawn = one.getClientRects().length > 0;
      if (!isDrawn || (width >= 44 && height >= 44)) return [];
      return `${one.textContent.trim().slice(0, 40)}: ${Math.round(width)} × ${Math.round(height)}`;
    }),
  );
  expect(small).toEqual([]);
}

export interface Weight {
  /** Bytes, each file gzipped by itself. */
  readonly gzipped: number;
  readonly files: readonly { readonly name: string; readonly gzipped: number }[];
}

/** To be called before the page is opened; gives what its scripts and stylesheets weigh that were really loaded. */
export function weigh(page: Page): () => Promise<Weight> {
  const bodies = new Map<string, Promise<Buffer>>();
  page.on('response', (response: Response) => {
    const type = response.headers()['content-type'] ?? '';
    const url = response.url();
    if (!/javascript|css/.test(type) || bodies.has(url)) return;
    const body = response.body();
    // Refused when the page has gone on by then; whoever asks is told.
    body.catch(() => undefined);
    bodies.set(url, body);
  });
  return async () => {
    const files = await Promise.all(
      [...bodies].map(async ([url, body]) => ({
        name: new URL(url).pathname,
        gzipped: gzipSync(await body).length,
      })),
    );
    return { gzipped: files.reduce((sum, file) => sum + file.gzipped, 0), files };
  };
}

/** Fails above the budget (bytes), with every file; prints what it comes to. */
export function checkWeight(name: string, { gzipped, files }: Weight, budget: number): void {
  process.stdout.write(
    `${name}: ${gzipped} bytes of script and style, gzipped (${files.length} files; budget ${budget})\n`,
  );
  expect({ tooMuch: gzipped > budget ? files : [] }).toEqual({ tooMuch: [] });
}

function fileFor(name: string): string {
  if (!/^[a-z0-9.-]+$/.test(name)) throw new Error(`Not a name for a file: ${name}`);
  mkdirSync(SCREENSHOTS, { recursive: true });
  return join(SCREENSHOTS, name);
}
