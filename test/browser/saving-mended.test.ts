/** What is said of saving holds, and nothing that was answered goes astray: each of these was seen to go wrong once. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page, Route } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { checkAccessibility, checkNoSidewaysScroll, shot } from '../support/browser-checks.js';
import {
  answersIn,
  answerUpTo,
  changeFrom,
  chosenIn,
  EVERY,
  eventually,
  expectSaved,
  expectScreen,
  goOn,
  idInAddress,
  press,
  responsesOf,
  store,
} from '../support/browser-draft.js';
import { answerQuestion, answerQuestions, screenOf } from '../support/browser-intake.js';
import { type Portal, startPortal } from '../support/browser-portal.js';
import type { Pages } from '../support/browser-service.js';
import { putPatient, read, until } from '../support/contract-http.js';
import { worked } from '../support/contract-responses.js';

const browser = useBrowser();
const D1 = worked('D1');
const RESPONSES = '**/fhir/QuestionnaireResponse{,/*}';
let portal: Portal;
/** Lets the portal in. */
let service: Pages;

beforeAll(async () => {
  const { embeddedUrl } = browser.service();
  for (const id of ['lost', 'begun', 'anew', 'leaving', 'slip', 'early', 'gone', 'large-de', 'large-es'])
    await putPatient(embeddedUrl, id);
  await putPatient(embeddedUrl, 'young', { birthDate: '1996-01-01' });
  portal = await startPortal();
  service = await browser.startService({ CORS_ORIGINS: portal.url, FRAME_ANCESTORS: portal.url });
  portal.letIn(service.url);
  for (const id of ['one', 'two', 'moved', 'framed', 'away']) await putPatient(service.embeddedUrl, id);
});

afterAll(() => portal?.close());

const screenPath = (patient: string, more = '') => `/screen?subject=Patient/${patient}${more}`;
const standing = (id: string) =>
  read<QuestionnaireResponse>(`${browser.service().fhir}/QuestionnaireResponse/${id}`);
const answersAt = async (id: string) => answersIn(await standing(id));

/** The request arrives at the service; its answer never arrives here. Until it is let go. */
async function loseAnswers(page: Page, isLost: (route: Route) => boolean): Promise<() => Promise<void>> {
  const lose = async (route: Route) => {
    if (!isLost(route)) return route.fallback();
    await route.fetch();
    return route.abort();
  };
  await page.route(RESPONSES, lose);
  return () => page.unroute(RESPONSES, lose);
}

const isWrite = (route: Route) =>
  route.request().method() !== 'GET' && !route.request().url().endsWith('$advice');

test('what was found there after a lost answer is not called passed on', async () => {
  const id = await store(browser.service().fhir, 'lost');
  const { page } = await browser.openPage({
    path: screenPath('lost', `&response=${id}`),
    allowed: { failures: /QuestionnaireResponse\/r/ },
  });
  await expectScreen(page, 'check');
  const restore = await loseAnswers(page, isWrite);
  await press(page, 'send');
  await expectScreen(page, 'unsent');
  await restore();
  await press(page, 'again');
  await expectScreen(page, 'sent');
  expect(await page.locator('h1').textContent()).toBe('Your answers are saved here');
  expect((await standing(id)).status).toBe('completed');
});

test('one impossible age keeps nothing else from being saved, and is named in the person’s words', async () => {
  const { page } = await browser.openPage({
    path: screenPath('young', '&lang=de'),
    width: 320,
    allowed: { failures: /QuestionnaireResponse/ },
  });
  await answerUpTo(page, 'onset-age', D1);
  const id = await idInAddress(page);
  await answerQuestion(page, 'onset-age', 52);
  await goOn(page, 'next');
  const notice = page.locator('.notice.warn');
  await notice.getByText('Dieses Alter ist noch nicht erreicht.').waitFor();
  expect(await notice.textContent()).not.toMatch(/onset-age|patient’s/);
  await checkAccessibility(page, 'refused age');
  await checkNoSidewaysScroll(page);
  await shot(page, 'saving-refused-age');
  await answerQuestion(page, 'onset-speed', D1['onset-speed']);
  await goOn(page, 'next');
  const speed = async () => (await answersAt(id))['onset-speed']?.[0];
  expect(await eventually(speed, D1['onset-speed'])).toBe(D1['onset-speed']);
  expect((await answersAt(id))['onset-age']).toBeUndefined();
  expect(await page.locator('.saved').count()).toBe(0);

  await notice.locator('[data-action="change"]').click();
  await expectScreen(page, 'question onset-age');
  expect(await page.locator('input[name="onset-age"]').inputValue()).toBe('52');
  await answerQuestion(page, 'onset-age', 25);
  expect(await goOn(page, 'next')).toBe('question onset-speed');
  await expectSaved(page);
  expect(await notice.count()).toBe(0);
  expect((await answersAt(id))['onset-age']).toEqual([25]);
});

describe('the link that was given, a second time', () => {
  test('offers to go on where it was left', async () => {
    const first = await browser.openPage({ path: screenPath('begun') });
    await answerUpTo(first.page, 'pain-duration', D1);
    const id = await idInAddress(first.page);
    await expectSaved(first.page);
    await first.context.close();

    const { page } = await browser.openPage({ path: screenPath('begun'), width: 320 });
    await expectScreen(page, 'begun');
    await checkAccessibility(page, 'begun before');
    await checkNoSidewaysScroll(page);
    await shot(page, 'saving-begun');
    await press(page, 'resume');
    await expectScreen(page, 'question pain-duration');
    expect(await page.evaluate('document.activeElement.classList.contains("title")')).toBe(true);
    expect(await idInAddress(page)).toBe(id);
    expect(await responsesOf(browser.service().fhir, 'begun')).toHaveLength(1);
  });

  test('or to begin anew, and then does so', async () => {
    const first = await browser.openPage({ path: screenPath('anew') });
    await answerUpTo(first.page, 'pain-location', D1);
    const id = await idInAddress(first.page);
    await expectSaved(first.page);
    const { page } = await browser.openPage({ path: screenPath('anew') });
    await expectScreen(page, 'begun');
    await press(page, 'anew');
    await expectScreen(page, 'welcome');
    // Begun anew is begun anew: a reload does not ask again.
    await page.reload();
    await expectScreen(page, 'welcome');
    await answerUpTo(page, 'red-flag-urgent', D1);
    expect(await idInAddress(page)).not.toBe(id);
    expect(await responsesOf(browser.service().fhir, 'anew')).toHaveLength(2);
  });

  test('somebody else is not offered it', async () => {
    await store(browser.service().fhir, 'gone', { 'pain-location': 'low-back' });
    const { page } = await browser.openPage({ path: screenPath('gone') });
    await expectScreen(page, 'welcome');
  });
});

test('a reload before the first save was answered goes on with the same intake', async () => {
  const { page } = await browser.openPage({
    path: screenPath('early'),
    allowed: { failures: /QuestionnaireResponse$/ },
  });
  page.on('dialog', (dialog) => dialog.accept().catch(() => undefined));
  const restore = await loseAnswers(page, isWrite);
  await answerUpTo(page, 'red-flag-urgent', D1);
  await page.getByText('Not saved yet').waitFor();
  expect(new URL(page.url()).searchParams.get('response')).toBeNull();
  await restore();
  await page.reload();
  await expectScreen(page, 'question red-flag-urgent');
  await press(page, 'back');
  expect(await chosenIn(page, 'red-flag-emergency')).toEqual(['none']);
  expect(await responsesOf(browser.service().fhir, 'early')).toHaveLength(1);
});

test('leaving while the answers could not be sent asks first', async () => {
  const id = await store(browser.service().fhir, 'leaving');
  const { page, context } = await browser.openPage({
    path: screenPath('leaving', `&response=${id}`),
    allowed: { failures: /QuestionnaireResponse/ },
  });
  await expectScreen(page, 'check');
  await context.setOffline(true);
  await press(page, 'send');
  await expectScreen(page, 'unsent');
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    dialog.dismiss().catch(() => undefined);
  });
  await page.close({ runBeforeUnload: true });
  expect(await eventually(async () => asked.length, 1)).toBe(1);
  expect(await screenOf(page)).toBe('unsent');
  await context.setOffline(false);
  await expectScreen(page, 'sent');
  expect((await standing(id)).status).toBe('completed');
});

test('a slip of the finger is not called saved, and does not take away what was', async () => {
  const id = await store(browser.service().fhir, 'slip', EVERY);
  const { page } = await browser.openPage({ path: screenPath('slip', `&response=${id}`) });
  await expectScreen(page, 'check');
  await changeFrom(page, 'onset-age');
  await answerQuestion(page, 'onset-age', 300);
  await press(page, 'back');
  await expectScreen(page, 'check');
  await page.getByText('One answer is not saved yet. Please correct it.').waitFor();
  expect(await page.locator('.saved').count()).toBe(0);
  await changeFrom(page, 'day-pattern');
  await answerQuestion(page, 'day-pattern', 'worse');
  await goOn(page, 'next');
  const pattern = async () => (await answersAt(id))['day-pattern']?.[0];
  expect(await eventually(pattern, 'worse')).toBe('worse');
  expect((await answersAt(id))['onset-age']).toEqual([EVERY['onset-age']]);
});

test('a link for nobody is told of at once, in the person’s language', async () => {
  const { page } = await browser.openPage({
    path: screenPath('nobody', '&lang=es'),
    allowed: { failures: /Patient\/nobody/ },
  });
  await page.getByText('El servicio no conoce a la persona para la que es este enlace.').waitFor();
  expect(await page.locator('fieldset, [data-action]').count()).toBe(0);
  expect(await page.locator('header a').count()).toBe(0);
});

test.each(['de', 'es'])(
  'nothing scrolls sideways in %s, though the letters are twice as large',
  async (lang) => {
    const { page } = await browser.openPage({
      path: screenPath(`large-${lang}`, `&lang=${lang}`),
      width: 390,
    });
    await page.evaluate(`document.documentElement.style.fontSize = '200%'`);
    await answerQuestions(page, EVERY, { onScreen: () => checkNoSidewaysScroll(page) });
  },
);

describe('in a portal', () => {
  async function visit(subject: string, only: 'element' | 'frame') {
    const opened = await browser.openPage({ allowed: { origins: [portal.url, service.url] } });
    const query = new URLSearchParams({ service: service.url, subject: `Patient/${subject}`, only });
    await opened.page.goto(`${portal.url}/?${query}`);
    return opened;
  }
  const of = (patient: string) => responsesOf(service.fhir, patient);

  test('other attributes begin another intake; what was answered went to whom it was about', async () => {
    const { page } = await visit('one', 'element');
    const intake = page.locator('axspa-intake');
    await answerUpTo(intake, 'red-flag-urgent', D1);
    await answerQuestion(intake, 'red-flag-urgent', ['none']);
    await page.evaluate(`document.querySelector('axspa-intake').setAttribute('response', '')`);
    await page.evaluate(`document.querySelector('axspa-intake').setAttribute('subject', 'Patient/two')`);
    await expectScreen(intake, 'welcome');
    await answerUpTo(intake, 'red-flag-urgent', D1);
    expect(await chosenIn(intake, 'red-flag-urgent')).toEqual([]);
    const count = async () => Object.keys(answersIn((await of('one'))[0] ?? {})).length;
    expect(await eventually(count, 2)).toBe(2);
    await expectSaved(intake);
    expect(await of('one')).toHaveLength(1);
    expect((await of('two')).map(answersIn)).toEqual([{ 'red-flag-emergency': ['none'] }]);
  });

  test('moved in the page it goes on; taken out and put back it is opened where it was left', async () => {
    const { page } = await visit('moved', 'element');
    const intake = page.locator('axspa-intake');
    await answerUpTo(intake, 'red-flag-urgent', D1);
    await answerQuestion(intake, 'red-flag-urgent', ['none']);
    await page.evaluate(`document.querySelector('main').append(document.querySelector('axspa-intake'))`);
    await expectScreen(intake, 'question red-flag-urgent');
    expect(await chosenIn(intake, 'red-flag-urgent')).toEqual(['none']);
    await goOn(intake, 'next');
    await expectSaved(intake);
    await page.evaluate(`(async () => {
      const intake = document.querySelector('axspa-intake');
      intake.remove();
      await new Promise((resolve) => setTimeout(resolve, 200));
      document.querySelector('main').append(intake);
    })()`);
    await expectScreen(intake, 'question eye-symptoms-now');
    expect(await of('moved')).toHaveLength(1);
  });

  test('taken out without a connection, its answers are saved when there is one again', async () => {
    const { page, context, watch } = await visit('away', 'element');
    const intake = page.locator('axspa-intake');
    await answerUpTo(intake, 'red-flag-urgent', D1);
    await expectSaved(intake);
    watch.allow({ failures: /QuestionnaireResponse/ });
    await context.setOffline(true);
    await answerQuestion(intake, 'red-flag-urgent', ['none']);
    await page.evaluate(`document.querySelector('axspa-intake').remove()`);
    await page.waitForTimeout(500);
    await context.setOffline(false);
    const count = async () => Object.keys(answersIn((await of('away'))[0] ?? {})).length;
    expect(await eventually(count, 2)).toBe(2);
  });

  test('the frame says by which id it can be gone on with', async () => {
    const { page } = await visit('framed', 'frame');
    const frame = page.frameLocator('iframe');
    await answerUpTo(frame, 'red-flag-urgent', D1);
    await expectSaved(frame);
    const [response] = await of('framed');
    const stored = async () => {
      const told = await page.evaluate<{ type: string; response?: string }[]>('window.told');
      return told.filter(({ type }) => type === 'stored');
    };
    await until(5_000, async () => (await stored()).length > 0);
    expect(await stored()).toEqual([
      { from: 'frame', source: 'axspa-intake', type: 'stored', response: response?.id },
    ]);
  });
});
