/** Two windows, no connection, an answer that never comes, a second click: nothing is lost silently, nothing is stored twice. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page, Route } from 'playwright-core';
import { type Opened, useBrowser } from '../support/browser.js';
import {
  answersIn,
  answerUpTo,
  changeFrom,
  checkNothingKept,
  chosenIn,
  EVERY,
  expectSaved,
  expectScreen,
  goOn,
  idInAddress,
  press,
  responsesOf,
  store,
  told,
  versionsOf,
} from '../support/browser-draft.js';
import { answerQuestion, answerQuestions, screenOf, sendAnswers } from '../support/browser-intake.js';
import { putPatient, read } from '../support/contract-http.js';
import { worked } from '../support/contract-responses.js';

const browser = useBrowser();
const D1 = worked('D1');
const SHORT = '3-months-to-5-years';
const LONG = 'over-5-years';
const REFUSED = { failures: /\/fhir\/QuestionnaireResponse/ };

beforeAll(async () => {
  for (let id = 1; id <= 12; id += 1) await putPatient(browser.service().embeddedUrl, `p${id}`);
});

const open = (patient: string) =>
  browser.openPage({ path: `/screen?subject=Patient/${patient}`, allowed: REFUSED });
const standing = (id: string) =>
  read<QuestionnaireResponse>(`${browser.service().fhir}/QuestionnaireResponse/${id}`);
const versions = (id: string) => versionsOf(browser.service().fhir, id);
const statuses = async (id: string) => (await versions(id)).map(({ status }) => status);
const durations = async (id: string) =>
  (await versions(id)).map((version) => answersIn(version)['pain-duration']?.[0]);

/** Two windows on one draft, both at the duration of the pain. */
async function twoWindows(patient: string): Promise<{ one: Page; other: Page; id: string; opened: Opened }> {
  const opened = await open(patient);
  const { page: one } = opened;
  await answerUpTo(one, 'pain-duration', D1);
  const id = await idInAddress(one);
  await expectSaved(one);
  const other = await browser.openTab(opened, one.url());
  await expectScreen(other, 'question pain-duration');
  return { one, other, id, opened };
}

/** Two windows on one draft with every answer, both at the list. */
async function twoLists(patient: string): Promise<{ one: Page; other: Page; id: string }> {
  const id = await store(browser.service().fhir, patient);
  const opened = await openStored(patient, id);
  const other = await browser.openTab(opened, opened.page.url());
  await expectScreen(other, 'check');
  return { one: opened.page, other, id };
}

async function openStored(patient: string, id: string): Promise<Opened> {
  const path = `/screen?subject=Patient/${patient}&response=${id}`;
  const opened = await browser.openPage({ path, allowed: REFUSED });
  await expectScreen(opened.page, 'check');
  return opened;
}

/** From the list of answers and back. */
async function amendDuration(page: Page, code: string): Promise<void> {
  await changeFrom(page, 'pain-duration');
  await answerDuration(page, code);
}

async function answerDuration(page: Page, code: string): Promise<void> {
  await answerQuestion(page, 'pain-duration', code);
  await press(page, 'next');
}

describe('a second window', () => {
  test('is told that the answers were changed elsewhere, and can take those', async () => {
    const { one, other, id } = await twoWindows('p1');
    await answerDuration(one, SHORT);
    await expectScreen(one, 'question onset-age');
    await expectSaved(one);
    const before = await versions(id);
    await answerDuration(other, LONG);
    await expectScreen(other, 'changed');
    expect(await other.locator('h1').textContent()).toBe('These answers were changed in another window');
    expect(await other.evaluate('document.activeElement.textContent')).toMatch(/^These answers were changed/);
    // What differs is shown side by side, and nothing else.
    const differing = other.locator('[data-screen="changed"] [data-link-id]');
    expect(await differing.count()).toBe(1);
    expect(await differing.getAttribute('data-link-id')).toBe('pain-duration');
    const [there, here, ...more] = await differing.locator('.told').allTextContents();
    expect([there === here, more.length]).toEqual([false, 0]);
    expect(await versions(id)).toEqual(before);

    await press(other, 'use-theirs');
    await expectScreen(other, 'question onset-age');
    await other.locator('[data-action="back"]').click();
    await expectScreen(other, 'question pain-duration');
    expect(await chosenIn(other, 'pain-duration')).toEqual([SHORT]);
    expect(await versions(id)).toEqual(before);
    // It can go on from there; now the first one is told.
    await answerDuration(other, LONG);
    await expectScreen(other, 'question onset-age');
    await expectSaved(other);
    await answerQuestion(one, 'onset-age', 28);
    await press(one, 'next');
    await expectScreen(one, 'changed');
    await checkNothingKept(one);
  });

  test('can keep its own: what was replaced stays in the history, and the first window is told', async () => {
    const { one, other, id } = await twoWindows('p2');
    await answerDuration(one, SHORT);
    await expectSaved(one);
    await answerDuration(other, LONG);
    await expectScreen(other, 'changed');
    await press(other, 'keep-mine');
    await expectScreen(other, 'question onset-age');
    await expectSaved(other);
    expect((await durations(id)).slice(-3)).toEqual([undefined, SHORT, LONG]);

    await answerQuestion(one, 'onset-age', 28);
    await press(one, 'next');
    await expectScreen(one, 'changed');
    await press(one, 'keep-mine');
    await expectSaved(one);
    expect(answersIn(await standing(id))).toMatchObject({ 'pain-duration': [SHORT], 'onset-age': [28] });
    expect(await responsesOf(browser.service().fhir, 'p2')).toHaveLength(1);
  });

  test('does not send over what it has not seen', async () => {
    const { one, other, id } = await twoLists('p3');
    await amendDuration(one, LONG);
    await expectSaved(one);
    await press(other, 'send');
    await expectScreen(other, 'changed');
    expect(await statuses(id)).toEqual(['in-progress', 'in-progress']);
    await press(other, 'use-theirs');
    await expectScreen(other, 'check');
    expect(await statuses(id)).toEqual(['in-progress', 'in-progress']);
    await press(other, 'send');
    await expectScreen(other, 'sent');
    expect(answersIn(await standing(id))).toEqual(told({ ...EVERY, 'pain-duration': LONG }));
  });

  test('sends its own when the person says so, and that is what it asked for', async () => {
    const { one, other, id } = await twoLists('p3');
    await amendDuration(one, LONG);
    await expectSaved(one);
    await press(other, 'send');
    await expectScreen(other, 'changed');
    await press(other, 'keep-mine');
    await expectScreen(other, 'sent');
    expect(await statuses(id)).toEqual(['in-progress', 'in-progress', 'completed']);
    expect(await durations(id)).toEqual([SHORT, LONG, SHORT]);
  });

  test('is told when the answers were sent elsewhere; its own are then sent as an amendment, or not at all', async () => {
    const { one, other, id } = await twoLists('p4');
    await sendAnswers(one);
    await amendDuration(other, LONG);
    await expectScreen(other, 'changed');
    expect(await other.locator('h1').textContent()).toBe('These answers were sent from another window');
    await press(other, 'keep-mine');
    await expectScreen(other, 'check');
    await other
      .getByRole('status')
      .filter({ hasText: /Send them (again )?at the end/ })
      .waitFor();
    expect(await statuses(id)).toEqual(['in-progress', 'completed']);
    await sendAnswers(other);
    expect(await statuses(id)).toEqual(['in-progress', 'completed', 'amended']);
    expect(await durations(id)).toEqual([SHORT, SHORT, LONG]);
  });
});

describe('a connection that is lost in the middle', () => {
  test('goes on with the questions, says what is not saved, and saves it when it is back', async () => {
    const { page, context } = await open('p5');
    await answerUpTo(page, 'pain-location', D1);
    const id = await idInAddress(page);
    await expectSaved(page);
    await context.setOffline(true);
    await answerUpTo(page, 'onset-speed', D1);
    const status = page.getByRole('status').filter({ hasText: 'Not saved yet: no connection.' });
    expect(await status.textContent()).toContain('Your answers are kept on this page.');
    expect(await page.locator('.saved').count()).toBe(0);
    expect(Object.keys(answersIn(await standing(id)))).not.toContain('onset-age');
    await context.setOffline(false);
    await expectSaved(page);
    expect(await status.count()).toBe(0);
    expect(answersIn(await standing(id))).toMatchObject({ 'pain-duration': [SHORT], 'onset-age': [28] });
  });

  test('from the first screen on: the whole way, and sending says that it could not be sent', async () => {
    const { page, context } = await open('p6');
    await expectScreen(page, 'welcome');
    await context.setOffline(true);
    await answerQuestions(page, D1);
    await press(page, 'send');
    await expectScreen(page, 'unsent');
    expect(await page.locator('h1').textContent()).toBe('Your answers could not be sent');
    expect(await page.locator('main').textContent()).not.toMatch(/sent and stored|saved here/i);
    expect(await responsesOf(browser.service().fhir, 'p6')).toEqual([]);
    // Still there, and still to be changed.
    await page.goBack();
    await page.goBack().catch(() => undefined);
    await expectScreen(page, 'unsent');
    await context.setOffline(false);
    await expectScreen(page, 'sent');
    const [response, ...more] = await responsesOf(browser.service().fhir, 'p6');
    expect([response?.status, more.length]).toEqual(['completed', 0]);
    expect(answersIn(response ?? {})).toEqual(told(D1));
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
      'Your answers were sent and stored',
    );
  });
});

/** The service takes the request, and its answer is lost on the way back. → how many were. */
async function loseAnswers(page: Page, isMeant: (route: Route) => boolean, times = 1): Promise<() => number> {
  let lost = 0;
  await page.route('**/fhir/QuestionnaireResponse**', async (route) => {
    if (lost >= times || !isMeant(route)) return route.fallback();
    lost += 1;
    const reply = await route.fetch();
    expect(reply.status()).toBeLessThan(300);
    await route.abort('connectionreset');
  });
  return () => lost;
}

const isFirst = (route: Route) =>
  route.request().method() === 'POST' && /QuestionnaireResponse$/.test(route.request().url());
const isSending = (route: Route) =>
  /"status":"(completed|amended)"/.test(route.request().postData() ?? '') &&
  !/\$/.test(route.request().url());

describe('an answer of the service that never comes', () => {
  test.each([
    ['once', 'p7', 1],
    ['three times', 'p8', 3],
  ])('to the first save, %s: there is one response', async (_name, patient, times) => {
    const { page } = await open(patient);
    const lost = await loseAnswers(page, isFirst, times);
    await answerQuestions(page, D1);
    expect(lost()).toBe(times);
    const id = await idInAddress(page);
    await sendAnswers(page);
    const responses = await responsesOf(browser.service().fhir, patient);
    expect(responses.map((one) => [one.id, one.status])).toEqual([[id, 'completed']]);
    expect(answersIn(await standing(id))).toEqual(told(D1));
  });

  test('to a save in the middle: the page finds its own version, and asks nobody about it', async () => {
    const { page } = await open('p9');
    await answerUpTo(page, 'pain-duration', D1);
    const id = await idInAddress(page);
    await expectSaved(page);
    const lost = await loseAnswers(page, (route) => route.request().method() === 'PUT');
    await answerUpTo(page, 'onset-age', D1);
    await page.getByText('Not saved yet: no connection.').waitFor();
    expect(lost()).toBe(1);
    await answerUpTo(page, 'onset-speed', D1);
    await expectScreen(page, 'question onset-speed');
    await expectSaved(page);
    const { 'pain-duration': duration, 'onset-age': age } = told(D1);
    expect(answersIn(await standing(id))).toMatchObject({ 'pain-duration': duration, 'onset-age': age });
  });

  test('to the sending: it says that it does not know, and trying again makes no second version', async () => {
    const id = await store(browser.service().fhir, 'p10');
    const { page } = await openStored('p10', id);
    const lost = await loseAnswers(page, isSending);
    await press(page, 'send');
    await expectScreen(page, 'unsent');
    expect(lost()).toBe(1);
    expect(await statuses(id)).toEqual(['in-progress', 'completed']);
    await press(page, 'again');
    await expectScreen(page, 'sent');
    expect(await statuses(id)).toEqual(['in-progress', 'completed']);
    expect(answersIn(await standing(id))).toEqual(told(EVERY));
  });
});

describe('a second click', () => {
  test('on Send sends once, also when it is faster than anything can be drawn', async () => {
    const id = await store(browser.service().fhir, 'p11');
    const { page } = await openStored('p11', id);
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PUT') sent.push(request.url());
    });
    await page.locator('[data-action="send"]').dblclick({ noWaitAfter: true });
    await expectScreen(page, 'sent');
    expect(sent).toHaveLength(1);
    expect(await statuses(id)).toEqual(['in-progress', 'completed']);

    await page.reload();
    await expectScreen(page, 'check');
    await amendDuration(page, LONG);
    await expectScreen(page, 'check');
    await page.evaluate(
      `(() => { const send = document.querySelector('[data-action="send"]'); send.click(); send.click(); })()`,
    );
    await expectScreen(page, 'sent');
    expect(sent).toHaveLength(2);
    expect(await statuses(id)).toEqual(['in-progress', 'completed', 'amended']);
  });

  test('on Next skips no question, and no warning', async () => {
    const { page } = await open('p12');
    await answerUpTo(page, 'pain-location', D1);
    await answerQuestion(page, 'pain-location', D1['pain-location']);
    await press(page, 'next');
    await expectScreen(page, 'question pain-duration');
    await clickAgain(page, 'next');
    await page.locator('[data-action="back"]').dblclick();
    await expectScreen(page, 'question pain-location');
    await changeSafety(page);
    await press(page, 'next');
    await expectScreen(page, 'advice');
    await clickAgain(page, 'continue');
    await goOn(page, 'continue');
  });
});

/** To the first question, where an answer is chosen that calls for help at once. */
async function changeSafety(page: Page): Promise<void> {
  for (const linkId of ['eye-symptoms-now', 'red-flag-urgent', 'red-flag-emergency']) {
    await press(page, 'back');
    await expectScreen(page, `question ${linkId}`);
  }
  await answerQuestion(page, 'red-flag-emergency', ['chest-pain']);
}

/** The second click of a double click, on what the first one has brought: it must not count. */
async function clickAgain(page: Page, action: string): Promise<void> {
  const before = await screenOf(page);
  const box = await page.locator(`[data-action="${action}"]`).boundingBox();
  if (!box) throw new Error(`No ${action} to be seen`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
  // What it would have done is done by the next frame, or waits for an answer of the service.
  expect(await page.locator('.errors, .waiting').count()).toBe(0);
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))');
  expect(await screenOf(page)).toBe(before);
}
