/** In a portal of another origin: as an element and in a frame, where the service lets it in, and where it does not. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { FrameLocator, Page } from 'playwright-core';
import { type OpenOptions, useBrowser } from '../support/browser.js';
import { checkAccessibility, checkNoSidewaysScroll, shot } from '../support/browser-checks.js';
import {
  answersIn,
  answerUpTo,
  EVERY,
  eventually,
  expectSaved,
  expectScreen,
  goOn,
  press,
  responsesOf,
  store,
  told,
  watchStorage,
} from '../support/browser-draft.js';
import { answerQuestion, answerQuestions, screenOf, sendAnswers } from '../support/browser-intake.js';
import { type Portal, startPortal } from '../support/browser-portal.js';
import type { Pages } from '../support/browser-service.js';
import { putPatient, read, send, until } from '../support/contract-http.js';

/** Lets no portal in. */
const browser = useBrowser();
let portal: Portal;
/** Lets the portal in. */
let service: Pages;

beforeAll(async () => {
  portal = await startPortal();
  service = await browser.startService({ CORS_ORIGINS: portal.url, FRAME_ANCESTORS: portal.url });
  portal.letIn(service.url, browser.service().url);
  for (const id of ['e1', 'e2', 'e3', 'e4', 'f1', 'f2']) await putPatient(service.embeddedUrl, id);
  const body = { resourceType: 'Practitioner', id: 'c1' };
  await send(`${service.embeddedUrl}/Practitioner/c1`, { method: 'PUT', body });
});

afterAll(() => portal?.close());

interface Visit {
  readonly from?: Pages;
  readonly subject: string;
  readonly only: 'element' | 'frame';
  readonly width?: OpenOptions['width'];
  /** Milliseconds that the portal waits for its frame. */
  readonly patience?: number;
}

/** What the browser and the portal's page note of all that happens there. */
async function visit({ from = service, subject, only, width = 1100, patience = 15_000 }: Visit) {
  const opened = await browser.openPage({ width, allowed: { origins: [portal.url, from.url] } });
  const { page, context } = opened;
  const kept = await watchStorage(context);
  await context.addInitScript({ content: LISTEN });
  const query = new URLSearchParams({
    service: from.url,
    subject: `Patient/${subject}`,
    only,
    patience: String(patience),
  });
  await page.goto(`${portal.url}/?${query}`);
  return { ...opened, kept };
}

/** Every message that comes to the portal, whoever sends it. */
const LISTEN = `if (window === window.top) {
  window.messages = [];
  addEventListener('message', ({ origin, data }) => window.messages.push({ origin, data }));
}`;

interface Message {
  readonly origin: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const messagesIn = (page: Page) => page.evaluate<Message[]>('window.messages');
const toldIn = (page: Page) => page.evaluate<Record<string, unknown>[]>('window.told');
/** What of the page belongs to the portal. */
const ofThePortal = (page: Page) =>
  page.evaluate<unknown>(`({
    title: document.title, lang: document.documentElement.lang, address: location.href,
    history: history.length, state: history.state, scripts: document.scripts.length, h1: document.querySelectorAll('h1').length,
    styles: document.querySelectorAll('style, link').length, body: document.body.className, dir: document.dir,
  })`);
const standing = (id: string) => read<QuestionnaireResponse>(`${service.fhir}/QuestionnaireResponse/${id}`);

describe('as an element', () => {
  test("is filled in and tells the portal its id; the portal's page stays as it was", async () => {
    const { page, kept } = await visit({ subject: 'e1', only: 'element' });
    const element = page.locator('axspa-intake');
    await expectScreen(element, 'welcome');
    const before = await ofThePortal(page);
    await until(5_000, async () => (await toldIn(page)).length > 0);
    expect(await toldIn(page)).toEqual([{ from: 'element', type: 'ready' }]);
    const focused: string[] = [];
    const { asked } = await answerQuestions(element, EVERY, {
      onScreen: async () => {
        focused.push(
          await page.evaluate(
            `document.querySelector('axspa-intake').shadowRoot.activeElement?.closest('.intake') ? 'inside' : 'outside'`,
          ),
        );
        expect(await ofThePortal(page)).toEqual(before);
      },
    });
    expect(asked.length).toBeGreaterThan(20);
    // The welcome comes with the page, and leaves the focus where it is.
    expect(focused.slice(1)).not.toContain('outside');
    await sendAnswers(element);
    await until(5_000, async () => (await toldIn(page)).some(({ type }) => type === 'completed'));
    const [stored, ...more] = await responsesOf(service.fhir, 'e1');
    expect(more).toEqual([]);
    expect(await toldIn(page)).toEqual([
      { from: 'element', type: 'ready' },
      { from: 'element', type: 'stored', response: stored?.id },
      { from: 'element', type: 'completed', response: stored?.id },
    ]);
    expect([stored?.status, answersIn(stored ?? {})]).toEqual(['completed', told(EVERY)]);
    expect(await ofThePortal(page)).toEqual(before);
    expect(await messagesIn(page)).toEqual([]);
    expect(kept()).toEqual([]);
    expect(await page.context().cookies()).toEqual([]);
  });

  test('begins in the language and with the answers that its attributes name', async () => {
    const { page } = await visit({ subject: 'e2', only: 'element' });
    const id = await store(
      service.fhir,
      'e2',
      { 'red-flag-emergency': ['none'] },
      {
        author: { reference: 'Practitioner/c1' },
      },
    );
    await expectScreen(page.locator('axspa-intake'), 'welcome');
    const attributes = { subject: 'Patient/e2', author: 'Practitioner/c1', response: id, lang: 'de' };
    await page.evaluate(`(() => {
      const intake = document.createElement('axspa-intake');
      for (const [name, value] of Object.entries(${JSON.stringify(attributes)})) intake.setAttribute(name, value);
      document.getElementById('element').replaceChildren(intake);
    })()`);
    const element = page.locator('axspa-intake');
    await expectScreen(element, 'question red-flag-urgent');
    expect(await element.locator('section[lang="de"]').count()).toBe(1);
    expect(await element.locator('[data-action="next"]').textContent()).toBe('Weiter');
    await answerQuestion(element, 'red-flag-urgent', ['none']);
    await goOn(element, 'next');
    await expectSaved(element);
    await element.getByRole('button', { name: 'Español' }).click();
    await element.locator('section[lang="es"]').waitFor();
    expect(await screenOf(element)).toBe('question eye-symptoms-now');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(answersIn(await standing(id))).toMatchObject({ 'red-flag-urgent': ['none'] });
  });

  test('that is taken out of the page saves what it has, and is silent', async () => {
    const { page } = await visit({ subject: 'e3', only: 'element' });
    const element = page.locator('axspa-intake');
    await answerUpTo(element, 'pain-location', EVERY);
    await expectSaved(element);
    await until(5_000, async () => (await toldIn(page)).length === 2);
    await answerQuestion(element, 'pain-location', EVERY['pain-location']);
    await page.evaluate(`document.querySelector('axspa-intake').remove()`);
    const isThere = async () => {
      const [stored] = await responsesOf(service.fhir, 'e3');
      return 'pain-location' in answersIn(stored ?? {});
    };
    expect(await eventually(isThere, true)).toBe(true);
    expect((await toldIn(page)).map(({ type }) => type)).toEqual(['ready', 'stored']);
  });

  test("has the looks of its own, not the portal's, at every width, and is accessible there", async () => {
    const { page, watch } = await visit({ subject: 'e4', only: 'element', width: 320 });
    const element = page.locator('axspa-intake');
    await answerUpTo(element, 'red-flag-emergency', EVERY);
    await checkNoSidewaysScroll(page);
    const looks = await page.evaluate<Record<string, string>>(`(() => {
      const heading = document.querySelector('axspa-intake').shadowRoot.querySelector('h2');
      const { letterSpacing, color, fontFamily } = getComputedStyle(heading);
      return { letterSpacing, color, fontFamily };
    })()`);
    expect(looks).toMatchObject({ letterSpacing: 'normal' });
    expect(looks.color).not.toBe('rgb(91, 42, 134)');
    expect(looks.fontFamily).not.toMatch(/Georgia/);
    await shot(page, 'portal-element');
    expect(watch.cspViolations).toEqual([]);
    // axe writes styles into the page, which the portal's policy does not like: from here on it is its doing.
    await checkAccessibility(page, 'element');
    await press(element, 'next');
    await element.locator('.errors').waitFor();
    await page.setViewportSize({ width: 1280, height: 900 });
    await shot(page, 'portal-element');
    await checkAccessibility(page, 'element, nothing answered');
    watch.forget();
  });
});

/** CSS pixels that the frame is higher than its content; negative when it is lower. */
const slackOf = (frame: FrameLocator) =>
  frame
    .locator('#app')
    .evaluate(
      (app) => app.ownerDocument.documentElement.clientHeight - Math.ceil(app.getBoundingClientRect().height),
    );

describe('in a frame', () => {
  test('tells the portal ready, height, stored and completed, and never an answer', async () => {
    const { page, kept } = await visit({ subject: 'f1', only: 'frame', width: 320 });
    const frame = page.frameLocator('iframe');
    await expectScreen(frame, 'welcome');
    const { title, lang } = {
      title: await page.title(),
      lang: await page.locator('html').getAttribute('lang'),
    };
    await answerQuestions(frame, EVERY, {
      onScreen: async (screen) => {
        // As high as its content: nobody scrolls within a scrolled page, and no gap is left below.
        expect({ screen, slack: await eventually(() => slackOf(frame), 0) }).toEqual({
          screen,
          slack: 0,
        });
      },
    });
    await sendAnswers(frame);
    await until(5_000, async () => (await toldIn(page)).some(({ type }) => type === 'completed'));
    const [stored, ...more] = await responsesOf(service.fhir, 'f1');
    expect([stored?.status, answersIn(stored ?? {}), more.length]).toEqual(['completed', told(EVERY), 0]);

    const messages = await messagesIn(page);
    const kinds = messages.map(({ data }) => data.type).filter((type) => type !== 'height');
    expect(kinds).toEqual(['ready', 'stored', 'completed']);
    expect(messages.filter(({ data }) => data.type === 'height').length).toBeGreaterThan(5);
    for (const { origin, data } of messages) {
      expect(origin).toBe(service.url);
      expect(data).toEqual(
        {
          ready: { source: 'axspa-intake', type: 'ready' },
          height: { source: 'axspa-intake', type: 'height', height: expect.any(Number) },
          stored: { source: 'axspa-intake', type: 'stored', response: stored?.id },
          completed: { source: 'axspa-intake', type: 'completed', response: stored?.id },
        }[String(data.type)],
      );
    }
    expect([await page.title(), await page.locator('html').getAttribute('lang')]).toEqual([title, lang]);
    expect(new URL(page.url()).origin).toBe(portal.url);
    expect(kept()).toEqual([]);
    expect(await page.context().cookies()).toEqual([]);
  });

  test('listens to nobody, and has no header of its own', async () => {
    const { page, watch } = await visit({ subject: 'f2', only: 'frame', width: 320 });
    const frame = page.frameLocator('iframe');
    await answerUpTo(frame, 'red-flag-urgent', EVERY);
    expect(await frame.locator('header, footer').count()).toBe(0);
    await page.evaluate(`for (const type of ['completed', 'next', 'answers', 'send'])
      document.querySelector('iframe').contentWindow.postMessage({ source: 'axspa-intake', type, linkId: 'red-flag-urgent', code: 'none' }, '*')`);
    await page.waitForTimeout(200);
    expect(await screenOf(frame)).toBe('question red-flag-urgent');
    expect(await frame.locator('input:checked').count()).toBe(0);
    await checkNoSidewaysScroll(page);
    await shot(page, 'portal-frame');
    expect(watch.cspViolations).toEqual([]);
    await checkAccessibility(page, 'frame');
    await press(frame, 'next');
    await frame.locator('.errors').waitFor();
    await checkAccessibility(page, 'frame, nothing answered');
    await page.setViewportSize({ width: 1280, height: 900 });
    expect(await eventually(() => slackOf(frame), 0)).toBe(0);
    await shot(page, 'portal-frame');
    watch.forget();
  });
});

describe('a portal that the service does not let in', () => {
  const expectLink = async (page: Page, place: string) => {
    const link = page.locator(`#${place} > a`);
    await link.waitFor();
    expect(await link.getAttribute('href')).toBe(`${browser.service().url}/screen?subject=Patient%2Fp1`);
    expect(await page.locator('iframe, axspa-intake').count()).toBe(0);
    await checkNoSidewaysScroll(page);
    await shot(page, `portal-no-${place}`);
  };
  const refused = (only: Visit['only']) =>
    visit({ from: browser.service(), subject: 'p1', only, width: 390, patience: 2_000 });

  test('the browser keeps the element out; the portal offers the page instead', async () => {
    const { page, watch } = await refused('element');
    await expectLink(page, 'element');
    await until(5_000, async () => /CORS policy/.test(watch.consoleErrors.join()));
    expect(await page.evaluate(`customElements.get('axspa-intake') === undefined`)).toBe(true);
    expect(await toldIn(page)).toEqual([]);
    watch.forget();
  });

  test('the browser keeps the frame empty; the portal offers the page instead', async () => {
    const { page, watch } = await refused('frame');
    await expectLink(page, 'frame');
    expect(watch.cspViolations.join()).toMatch(/frame-ancestors/);
    expect(await messagesIn(page)).toEqual([]);
    watch.forget();
  });

  test('nor can it read or write anything through the API', async () => {
    const { page, watch } = await refused('element');
    await page.locator('#element > a').waitFor();
    const attempt = (path: string, init: object) =>
      page.evaluate<string>(
        `fetch(${JSON.stringify(`${browser.service().url}${path}`)}, ${JSON.stringify(init)}).then(() => 'read', () => 'refused')`,
      );
    expect(await attempt('/fhir/QuestionnaireResponse', {})).toBe('refused');
    const body = JSON.stringify({ resourceType: 'QuestionnaireResponse' });
    const headers = { 'content-type': 'application/fhir+json' };
    expect(await attempt('/fhir/QuestionnaireResponse', { method: 'POST', body, headers })).toBe('refused');
    watch.forget();
  });
});
