/**
 * A real browser on the production build, for one test file:
 *
 *     const browser = useBrowser();
 *     test('…', async () => {
 *       const { page } = await browser.openPage({ path: '/screen', width: 320 });
 *
 * Every page that a test opens is watched; what it must not have done fails the test when it is over. Waits are
 * bounded, and nothing outlives the file.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { findBrowser } from './browser-binary.js';
import { type Pages, startPages } from './browser-service.js';
import { type Allowed, type Watch, watchContext } from './browser-watch.js';
import { type Env, freePorts } from './contract-service.js';

/** Milliseconds for one wait of a page: an element, a navigation. */
const PATIENCE = 10_000;
const LAUNCH_WITHIN_MS = 60_000;
/** For a test that says nothing else: through every question, on a machine that has more to do. */
const TEST_TIMEOUT = 180_000;
/** For hooks: unpacking, launching, and the service. */
const START_TIMEOUT = 200_000;
const CLOSE_TIMEOUT = 40_000;

/** No sandbox as root; nothing of its own on the network, and no name but this machine's found. */
const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--font-render-hinting=none',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

/** The widths that pages are looked at, and how high the window is there. */
export const HEIGHTS = { 320: 568, 390: 844, 1100: 800, 1280: 900 } as const;
export type Width = keyof typeof HEIGHTS;
export const WIDTHS: readonly Width[] = [320, 390, 1100, 1280];

export interface OpenOptions {
  /** Below the service's origin, or a whole URL; nothing is opened without. */
  readonly path?: string;
  /** 1280 when not said. */
  readonly width?: Width;
  /** What the browser asks for, BCP 47; `en` when not said. */
  readonly language?: string;
  readonly allowed?: Allowed;
  /** Anything else of a context: forcedColors, colorScheme, hasTouch, timezoneId … Motion is reduced when not said. */
  readonly context?: BrowserContextOptions;
}

export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly watch: Watch;
}

export interface TestBrowser {
  /** A page in a fresh context; both are closed when the test is over. */
  openPage(options?: OpenOptions): Promise<Opened>;
  /** Another page in the same context: a second tab. */
  openTab(opened: Opened, path: string): Promise<Page>;
  /** The service; throws before beforeAll. */
  service(): Pages;
  /** A second service (a database of its own, another configuration), stopped with the file. */
  startService(env: Env): Promise<Pages>;
}

/** What this file has looked at; printed at its end. */
export const totals = { screens: 0, axeViolations: 0, cspViolations: 0, offOrigin: 0 };

/** Configuration of the service, or what makes it of the URL where the service will be. */
type Configured = Env | ((url: string) => Promise<Env>);

/** To be called at the top of a file, once. `env`: configuration of the service; `root`: where it is deployed. */
export function useBrowser(env: Configured = {}, root?: string): TestBrowser {
  let browser: Browser | undefined;
  const services: Pages[] = [];
  const open: Opened[] = [];
  jest.setTimeout(TEST_TIMEOUT);
  const service = () => {
    const [first] = services;
    if (!first) throw new Error('The service is not there yet: ask in a test.');
    return first;
  };
  const startService = async (more: Env) => {
    const started = await startPages(more, root);
    services.push(started);
    return started;
  };

  beforeAll(async () => {
    const configured = async () => startService(typeof env === 'function' ? await configure(env) : env);
    const [launched, started] = await Promise.allSettled([launch(), configured()]);
    if (launched.status === 'fulfilled') browser = launched.value;
    for (const result of [launched, started]) if (result.status === 'rejected') throw result.reason;
  }, START_TIMEOUT);

  afterEach(async () => {
    const done = open.splice(0);
    for (const page of done.flatMap(({ context }) => context.pages())) await settle(page);
    for (const { watch } of done) count(watch);
    const complaints = done.flatMap(({ watch }) => watch.complaints());
    await Promise.all(done.map(({ context }) => within(PATIENCE, context.close())));
    expect(complaints).toEqual([]);
  }, CLOSE_TIMEOUT);

  afterAll(async () => {
    report();
    await within(PATIENCE, browser?.close());
    await Promise.all(services.splice(0).map((one) => one.stop()));
  }, CLOSE_TIMEOUT);

  const openPage = async ({
    path,
    width = 1280,
    language = 'en',
    allowed = {},
    context,
  }: OpenOptions = {}) => {
    if (!browser) throw new Error('The browser is not there yet: ask in a test.');
    const { url } = service();
    const made = await browser.newContext({
      baseURL: url,
      viewport: { width, height: HEIGHTS[width] },
      locale: language,
      reducedMotion: 'reduce',
      serviceWorkers: 'allow',
      ...context,
    });
    made.setDefaultTimeout(PATIENCE);
    const watch = await watchContext(made, url, allowed);
    const opened = { page: await made.newPage(), context: made, watch };
    open.push(opened);
    if (path !== undefined) await opened.page.goto(path);
    return opened;
  };
  const openTab = async ({ context }: Opened, path: string) => {
    const page = await context.newPage();
    await page.goto(path);
    return page;
  };
  return { openPage, openTab, service, startService };
}

async function configure(env: (url: string) => Promise<Env>): Promise<Env> {
  const [port] = await freePorts(1);
  return { PORT: String(port), ...(await env(`http://127.0.0.1:${port}`)) };
}

/** It talks over a pipe: when we are gone, however that came, so is it. */
async function launch(): Promise<Browser> {
  const { executablePath, env } = await findBrowser();
  return chromium.launch({
    executablePath,
    env,
    args: FLAGS,
    headless: true,
    timeout: LAUNCH_WITHIN_MS,
  });
}

/** What a page has just done must have arrived here before it is judged. */
async function settle(page: Page): Promise<void> {
  if (!page.isClosed()) await within(2_000, page.evaluate('0'));
}

function count({ cspViolations, offOrigin }: Watch): void {
  totals.cspViolations += cspViolations.length;
  totals.offOrigin += offOrigin.length;
}

function report(): void {
  const file = relative(ROOT, expect.getState().testPath ?? '');
  const { screens, axeViolations, cspViolations, offOrigin } = totals;
  process.stdout.write(
    `${file}: screens ${screens} × axe violations ${axeViolations}; ` +
      `CSP violations ${cspViolations}; requests off origin ${offOrigin}\n`,
  );
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Whatever it comes to, and when it comes to nothing. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([late, work?.catch(() => undefined)]);
  clearTimeout(timer);
}
