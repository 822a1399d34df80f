/** Do the pages come as promised, with their policy; and would the harness notice what a page must not do? */
import { describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { totals, useBrowser } from '../support/browser.js';
import {
  atWidths,
  checkAccessibility,
  checkFocusIsSeen,
  checkNoSidewaysScroll,
  checkTargets,
  checkWeight,
  printedPages,
  weigh,
} from '../support/browser-checks.js';
import { focusedName, keyboard, tabTo } from '../support/browser-hands.js';
import { until } from '../support/contract-http.js';
import { CANONICAL } from '../support/contract-responses.js';

const PORTAL = 'https://portal.example.org';
const browser = useBrowser({ FRAME_ANCESTORS: PORTAL, EMERGENCY_NUMBER: '144' });

const ROUTES = ['/', '/learn', '/screen', '/results/x', '/patients/x', '/worklist'];
const get = (path: string, url = browser.service().url) =>
  fetch(`${url}${path}`, { redirect: 'error', signal: AbortSignal.timeout(10_000) });
const policy = (ancestors: string) =>
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';base-uri 'none';" +
  `form-action 'none';frame-ancestors ${ancestors}`;

describe.each(ROUTES)('%s', (path) => {
  test('comes as HTML that is asked for anew each time, under the policy', async () => {
    const reply = await get(path);
    const isFramed = path === '/screen';
    expect(reply.status).toBe(200);
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': policy(isFramed ? `'self' ${PORTAL}` : "'none'"),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(reply.headers.get('x-frame-options')).toBe(isFramed ? null : 'DENY');
    expect(reply.headers.get('set-cookie')).toBeNull();
  });

  test('names nothing but files of its own, and has no script or style in it', async () => {
    const html = await (await get(path)).text();
    expect(html).toMatch(/^<!doctype html>\s*<html lang="en">/i);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?:/i);
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name = '']) => name);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const reply = await get(new URL(file, `http://pages.test${path}`).pathname);
      expect({ file, status: reply.status }).toEqual({ file, status: 200 });
      expect(reply.headers.get('cache-control')).toMatch(/immutable/);
      await reply.arrayBuffer();
    }
  });

  test('opens, and does nothing that it must not do', async () => {
    // There is no such response and no such patient: asking for them is what these pages are for.
    const { page } = await browser.openPage({ path, allowed: { failures: /\/fhir\/.*\bx\b/ } });
    await page.waitForLoadState('networkidle');
    expect(await page.title()).not.toBe('');
    expect(await page.locator('main').textContent()).not.toBe('');
  });
});

describe('beside the pages', () => {
  test.each(['/nothing', '/results', '/ui/nothing.js', '/ui/assets/', '/ui/..%2fmain.js'])(
    '%s is a 404 in FHIR',
    async (path) => {
      const reply = await get(path);
      const outcome: OperationOutcome = JSON.parse(await reply.text());
      expect(reply.status).toBe(404);
      expect(reply.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
      expect(outcome).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ code: 'not-found', details: { coding: [{ code: 'unknown-route' }] } }],
      });
    },
  );

  test('the settings say what pages must know, and no more', async () => {
    const reply = await get('/ui/settings.json');
    const settings: Record<string, unknown> = JSON.parse(await reply.text());
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(settings).toMatchObject({ emergencyNumber: '144', isDemo: false, questionnaire: CANONICAL });
    const known = [
      'adviceAlone',
      'adviceTogether',
      'clinician',
      'emergencyNumber',
      'isDemo',
      'isGuarded',
      'questionnaire',
      'session',
      'signIn',
    ];
    expect(Object.keys(settings).sort()).toEqual(known);
  });

  test('without FRAME_ANCESTORS nobody may frame the intake', async () => {
    const { url } = await browser.startService({});
    const { headers } = await get('/screen', url);
    expect(headers.get('content-security-policy')).toBe(policy("'none'"));
    expect(headers.get('x-frame-options')).toBe('DENY');
  });
});

/** A page of the test's own, in the place of one of the service; under its policy when that is not taken away. */
async function plant(page: Page, body: string, { isGuarded = true, head = '' } = {}): Promise<void> {
  const csp = isGuarded ? { 'content-security-policy': policy("'none'") } : undefined;
  await page.route('**/planted', (route) =>
    route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { ...csp },
      body: `<!doctype html><html lang="en"><head><title>Planted</title>${head}</head><body>${body}</body></html>`,
    }),
  );
  await page.goto('/planted', { waitUntil: 'networkidle' });
}

const style = (rules: string) => ({ isGuarded: false, head: `<style>${rules}</style>` });

describe('the harness notices', () => {
  test('what the policy forbids', async () => {
    const { page, watch } = await browser.openPage();
    await plant(page, '<p style="color: red">One</p><script>window.ran = true</script>');
    expect(watch.cspViolations.filter((one) => one.startsWith('enforce'))).toEqual([
      expect.stringMatching(/^enforce style-src-attr inline/),
      expect.stringMatching(/^enforce script-src-elem inline/),
    ]);
    expect(watch.cspViolations.filter((one) => one.startsWith('console'))).toHaveLength(2);
    expect(await page.evaluate('window.ran')).toBeUndefined();
    watch.forget();
  });

  test('a request that leaves the origin, which finds nobody', async () => {
    const { page, watch } = await browser.openPage();
    const body =
      '<img alt="" src="http://elsewhere.example/1.png"><img alt="" src="http://203.0.113.7/2.png">';
    await plant(page, body, { isGuarded: false });
    expect(watch.offOrigin).toEqual(['http://elsewhere.example/1.png', 'http://203.0.113.7/2.png']);
    expect(watch.failures).toHaveLength(2);
    watch.forget();
  });

  test('errors, also in a second tab, and what is not there', async () => {
    const opened = await browser.openPage({ path: '/learn' });
    const tab = await browser.openTab(opened, '/learn');
    await tab.evaluate(`console.error('seen'); setTimeout(() => { throw new Error('thrown') })`);
    await tab.evaluate(`fetch('/ui/nothing.js').then((reply) => reply.text())`);
    await until(5_000, async () => opened.watch.complaints().length >= 3);
    const { url } = browser.service();
    expect(opened.watch.complaints()).toEqual([
      'consoleErrors: seen',
      expect.stringMatching(/^pageErrors: Error: thrown/),
      `failures: 404 GET ${url}/ui/nothing.js`,
    ]);
    opened.watch.forget();
  });

  test('what is not accessible, small targets among it', async () => {
    const { page } = await browser.openPage();
    const small = '<button>×</button><button>+</button>';
    await plant(page, `<main><h1>Planted</h1><img src="/planted">${small}</main>`, {
      ...style('button { width: 10px; height: 10px; padding: 0; border: 0; margin: 0; font-size: 6px }'),
    });
    const before = { ...totals };
    const fault = await checkAccessibility(page, 'planted').catch(String);
    expect(totals).toEqual({ ...before, screens: before.screens + 1, axeViolations: expect.any(Number) });
    Object.assign(totals, before);
    expect(fault).toMatch(/image-alt/);
    expect(fault).toMatch(/target-size/);
    await expect(checkTargets(page.locator('button'))).rejects.toThrow(/10 × 10/);
  }, 30_000);

  test('what is too wide for a phone, and only there', async () => {
    const { page } = await browser.openPage();
    await plant(page, '<p class="wide">Wide</p>', style('.wide { width: 380px } body { margin: 0 }'));
    const tooWide: number[] = [];
    await atWidths(page, async (width) => {
      await checkNoSidewaysScroll(page).catch(() => tooWide.push(width));
    });
    expect(tooWide).toEqual([320]);
    expect(page.viewportSize()?.width).toBe(1280);
  });

  test('a focus that cannot be seen', async () => {
    const { page } = await browser.openPage();
    await plant(page, '<button>One</button><button class="two">Two</button>', style('.two { outline: 0 }'));
    await tabTo(page, page.getByRole('button', { name: 'One' }));
    await checkFocusIsSeen(page);
    await tabTo(page, page.getByRole('button', { name: 'Two' }));
    await expect(checkFocusIsSeen(page)).rejects.toThrow(/isSeen/);
  });

  test('what no key leads to', async () => {
    const { page } = await browser.openPage();
    const radio = (value: string) => `<label><input type="radio" name="r" value="${value}">${value}</label>`;
    await plant(page, `${radio('a')}${radio('b')}<button>Next</button><a role="button">Never</a>`);
    const hand = keyboard(page);
    await hand.choose(page.locator('[value="b"]'));
    expect(await page.locator('[value="b"]').isChecked()).toBe(true);
    await hand.choose(page.locator('[value="a"]'));
    expect(await page.locator('[value="a"]').isChecked()).toBe(true);
    await tabTo(page, page.getByRole('button', { name: 'Next' }));
    expect(await focusedName(page)).toBe('button "Next"');
    const never = tabTo(page, page.getByRole('button', { name: 'Never' }));
    await expect(never).rejects.toThrow(/it came to: .*button "Next"/);
  });

  test('how many pages are printed, and what is loaded', async () => {
    const { page } = await browser.openPage();
    const loaded = weigh(page);
    await page.goto('/learn', { waitUntil: 'networkidle' });
    const weight = await loaded();
    expect(weight.files.map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringMatching(/\.js$/), expect.stringMatching(/\.css$/)]),
    );
    expect(() => checkWeight('planted', weight, 100)).toThrow(/tooMuch/);
    await plant(
      page,
      '<p>1</p><p>2</p><p>3</p>',
      style('p { break-after: page } p:last-child { break-after: auto }'),
    );
    expect(await printedPages(page)).toBe(3);
  });
});
