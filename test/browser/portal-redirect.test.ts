/** A portal that leads its patient to the questions by a link: from the invitation to the completed Task, in German. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import {
  atWidths,
  checkAccessibility,
  checkNoSidewaysScroll,
  checkTargets,
  shot,
} from '../support/browser-checks.js';
import { answersIn, EVERY, expectScreen, responsesOf, told } from '../support/browser-draft.js';
import { keyboard } from '../support/browser-hands.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { type Guarded, startGuarded } from '../support/browser-invited.js';
import { read, send, until } from '../support/contract-http.js';

const browser = useBrowser();
let world: Guarded;

beforeAll(async () => {
  world = await startGuarded(browser.startService, ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']);
});

afterAll(() => world?.issuer.close());

const open = async (link: string, language = 'de') => {
  const opened = await browser.openPage({ language, allowed: { origins: [world.service.url] } });
  await opened.page.goto(link);
  return opened;
};

async function look(page: Page, name: string): Promise<void> {
  await atWidths(page, async (width) => {
    await checkNoSidewaysScroll(page);
    if (width === 320 || width === 1100) await checkAccessibility(page, `${name} at ${width}`);
    else await shot(page, name);
  });
}

const begin = (page: Page) => page.locator('[data-action="begin"]');

async function comeIn(page: Page): Promise<void> {
  await begin(page).click();
  await page.waitForURL('**/screen?*');
}

test('from the link to the answers, and back to them: the Task is completed', async () => {
  const { task, link } = await world.invite('r1');
  // Whatever looks at links in messages does this, and uses nothing up.
  for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200);
  const { page, context } = await open(link);
  await expectScreen(page, 'asking');
  expect(await page.locator('html').getAttribute('lang')).toBe('de');
  expect(await page.title()).toBe('Sie sind eingeladen, einige Fragen zu beantworten');
  await checkTargets(page.locator('button'));
  await look(page, 'invitation-de');
  expect(await context.cookies()).toEqual([]);
  await keyboard(page).press(begin(page));
  await page.waitForURL('**/screen?*');
  await expectScreen(page, 'welcome');
  const { pathname, hash, searchParams } = new URL(page.url());
  expect([pathname, hash, searchParams.get('lang')]).toEqual(['/screen', '', 'de']);
  const [cookie, ...others] = await context.cookies();
  expect(others).toEqual([]);
  expect(cookie).toMatchObject({ name: '__Host-axspa', httpOnly: true, secure: true, sameSite: 'Lax' });
  expect(await page.evaluate('document.cookie')).toBe('');

  await answerQuestions(page, EVERY);
  await sendAnswers(page);
  await page.getByText('Wenn Sie sich abmelden, öffnet sich der Link').waitFor();
  await until(10_000, async () => (await world.task(task)).status === 'completed');
  const [stored, ...more] = await responsesOf(world.service.embeddedUrl, 'r1');
  expect([stored?.status, answersIn(stored ?? {}), more]).toEqual(['completed', told(EVERY), []]);
  const { output } = await world.task(task);
  expect(output?.[0]?.valueReference?.reference).toBe(`QuestionnaireResponse/${stored?.id}`);

  await page.goto(link);
  await begin(page).click();
  await page.waitForURL(`**/screen?*response=${stored?.id}*`);
  await expectScreen(page, 'check');
});

test('half answered, left, and gone on with by the same link', async () => {
  const { task, link } = await world.invite('r2');
  const { page } = await open(link, 'es');
  await comeIn(page);
  await page.locator('[data-action="start"]').click();
  await expectScreen(page, 'question red-flag-emergency');
  await page.locator('input[value="none"]').check();
  await page.locator('[data-action="next"]').click();
  await expectScreen(page, 'question red-flag-urgent');
  await until(10_000, async () => (await world.task(task)).status === 'in-progress');
  await page.goto('about:blank');
  await page.goto(link);
  await comeIn(page);
  await expectScreen(page, 'question red-flag-urgent');
  expect(await page.locator('html').getAttribute('lang')).toBe('es');
});

test('from the start page, too, it is the one questionnaire of the link', async () => {
  const { task, link } = await world.invite('r5');
  const { page } = await open(link, 'en');
  await comeIn(page);
  await page.goto(world.service.url);
  await page.getByText('Once you sign out, it does not open again.').waitFor();
  await checkAccessibility(page, 'start page of who was invited');
  await page.getByRole('link', { name: 'My questionnaire' }).click();
  await page.locator('[data-action="start"]').click();
  await expectScreen(page, 'question red-flag-emergency');
  await page.locator('input[value="saddle-numbness"]').check();
  await page.locator('[data-action="next"]').click();
  await expectScreen(page, 'advice');
  await until(10_000, async () => (await world.task(task)).status === 'in-progress');
  const [stored, ...more] = await responsesOf(world.service.embeddedUrl, 'r5');
  expect([answersIn(stored ?? {}), more]).toEqual([{ 'red-flag-emergency': ['saddle-numbness'] }, []]);
  // The clinic is told, too.
  const alert = await read<Task>(`${world.service.embeddedUrl}/Task/${stored?.id}.task`);
  expect([alert.status, alert.priority]).toEqual(['requested', 'stat']);
});

test('taken back while it is answered: the advice is there, and what to do about the link', async () => {
  const { task, link } = await world.invite('r6');
  const { page, watch } = await open(link, 'de');
  watch.allow({ failures: /\/fhir\/QuestionnaireResponse/ });
  await comeIn(page);
  await page.locator('[data-action="start"]').click();
  const body = { ...(await world.task(task)), status: 'cancelled' };
  const headers = await world.backEnd();
  expect((await send(`${world.service.fhir}/${task}`, { method: 'PUT', body, headers })).status).toBe(200);
  await page.locator('input[value="saddle-numbness"]').check();
  await page.locator('[data-action="next"]').click();
  await expectScreen(page, 'advice');
  await page.locator('[data-action="continue"]').click();
  await page.getByText('Ihr Link gilt nicht mehr.').waitFor();
  expect(await page.locator('body').textContent()).not.toContain('melden Sie sich');
});

test('signed out, nobody is shown what only others may see', async () => {
  const { page } = await open(world.service.url, 'en');
  await page.getByText('or by the link that you were sent.').waitFor();
  expect(await page.getByRole('link', { name: 'Worklist' }).count()).toBe(0);
  expect(await page.getByRole('search').count()).toBe(0);
  await checkAccessibility(page, 'start page where nobody is signed in');
});

describe('a link that does not open is told from another, and says nothing of the patient', () => {
  const LOST = [
    ['used', 'invitation-used', /wurde schon verwendet/],
    ['withdrawn', 'invitation-withdrawn', /wurde zurückgenommen/],
    ['cut', 'invitation-invalid', /nicht vollständig/],
    ['forged', 'invitation-invalid', /nicht vollständig/],
  ] as const;

  test.each(LOST)('%s', async (how, screen, words) => {
    const { task, link } = await world.invite('r3');
    if (how === 'used') await comeIn((await open(link)).page);
    if (how === 'withdrawn') {
      const body = { ...(await world.task(task)), status: 'cancelled' };
      const headers = await world.backEnd();
      const reply = await send(`${world.service.fhir}/${task}`, { method: 'PUT', body, headers });
      expect(reply.status).toBe(200);
    }
    const sent = {
      used: link,
      withdrawn: link,
      cut: link.split('#')[0] ?? '',
      forged: `${link.slice(0, -4)}AAAA`,
    };
    const { page, watch, context } = await open(sent[how]);
    watch.allow({ failures: /\/invitation$/ });
    if (how !== 'cut') await begin(page).click();
    await page.locator(`[data-screen="${screen}"]`).waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(words);
    expect(await begin(page).count()).toBe(0);
    expect(await page.locator('body').textContent()).not.toMatch(/r3|Patient\//);
    expect(await context.cookies()).toEqual([]);
    await look(page, `invitation-${how}`);
  });
});

test('the service away for a moment: the link is not lost, in any language', async () => {
  const { link } = await world.invite('r4');
  const { page, watch } = await open(link, 'en');
  watch.allow({ failures: /\/invitation$/ });
  // It arrives, and its answer does not.
  await page.route('**/invitation', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    await route.fetch();
    return route.abort('connectionreset');
  });
  await begin(page).click();
  await page.locator('[data-screen="away"]').waitFor();
  for (const [name, words] of [
    ['Español', 'Intentar de nuevo'],
    ['Deutsch', 'Noch einmal versuchen'],
  ] as const) {
    await page.getByRole('button', { name }).click();
    expect(await begin(page).textContent()).toBe(words);
  }
  await look(page, 'invitation-away');
  await page.unroute('**/invitation');
  await comeIn(page);
  await expectScreen(page, 'welcome');
});
