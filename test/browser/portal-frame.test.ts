/** A portal on another site that shows the questions in a frame, by the link of an invitation. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { useBrowser } from '../support/browser.js';
import { checkAccessibility, checkNoSidewaysScroll, shot } from '../support/browser-checks.js';
import { answersIn, EVERY, expectScreen, responsesOf, told } from '../support/browser-draft.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { type Guarded, startGuarded } from '../support/browser-invited.js';
import { type Portal, startPortal } from '../support/browser-portal.js';
import { until } from '../support/contract-http.js';

const browser = useBrowser();
let portal: Portal;
let world: Guarded;

beforeAll(async () => {
  portal = await startPortal('localhost');
  world = await startGuarded(browser.startService, ['f1', 'f2'], { FRAME_ANCESTORS: portal.url });
  portal.letIn(world.service.url, browser.service().url);
});

afterAll(async () => {
  await portal?.close();
  await world?.issuer.close();
});

async function visit(link: string) {
  const origins = [portal.url, world.service.url];
  const opened = await browser.openPage({ width: 390, allowed: { origins } });
  const query = new URLSearchParams({ service: world.service.url, link, only: 'frame' });
  await opened.page.goto(`${portal.url}/?${query}`);
  return opened;
}

test('the invitation and the questions in one frame; the cookie is for this portal alone', async () => {
  const { task, link } = await world.invite('f1');
  const { page, context, watch } = await visit(link);
  const frame = page.frameLocator('iframe');
  await expectScreen(frame, 'asking');
  expect(await frame.locator('header, footer').count()).toBe(0);
  await checkNoSidewaysScroll(page);
  await shot(page, 'portal-invitation');
  expect(watch.cspViolations).toEqual([]);
  await checkAccessibility(page, 'invitation in a frame');
  watch.forget();
  await frame.locator('[data-action="begin"]').click();
  await frame.locator('[data-screen="welcome"]').waitFor();
  await expectScreen(frame, 'welcome');
  const [cookie] = await context.cookies(world.service.url);
  expect(cookie).toMatchObject({ name: '__Host-axspa', sameSite: 'None', secure: true, httpOnly: true });
  expect(Reflect.get(cookie ?? {}, 'partitionKey')).toMatch(/localhost/);
  await answerQuestions(frame, EVERY);
  await sendAnswers(frame);
  await until(10_000, async () => (await world.task(task)).status === 'completed');
  const [stored] = await responsesOf(world.service.embeddedUrl, 'f1');
  expect([stored?.status, answersIn(stored ?? {})]).toEqual(['completed', told(EVERY)]);
  const messages = await page.evaluate<{ type: string }[]>('window.told');
  const kinds = messages.map(({ type }) => type).filter((type) => type !== 'height');
  // Of the page with the button, and of the questions.
  expect(kinds).toEqual(['ready', 'ready', 'stored', 'completed']);
});

test('a portal that is not let in gets an empty frame', async () => {
  const { link } = await world.invite('f2');
  const other = await startPortal();
  try {
    other.letIn(world.service.url);
    const { page, watch } = await browser.openPage({ allowed: { origins: [other.url, world.service.url] } });
    const query = new URLSearchParams({ service: world.service.url, link, only: 'frame', patience: '1500' });
    await page.goto(`${other.url}/?${query}`);
    await page.locator('#frame > a').waitFor();
    expect(watch.cspViolations.join()).toMatch(/frame-ancestors/);
    watch.forget();
  } finally {
    await other.close();
  }
});
