/** What became of the answers is said as it is: stored, saved here and to be passed on, or not sent and still on the page. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { type Opened, useBrowser } from '../support/browser.js';
import { checkAccessibility, checkNoSidewaysScroll, shot } from '../support/browser-checks.js';
import {
  answersIn,
  answerUpTo,
  changeFrom,
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
import { answerQuestion, answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { type Pages, startPages } from '../support/browser-service.js';
import { deliveryOf, putPatient, read, send, until } from '../support/contract-http.js';
import { type FhirProxy, startProxy } from '../support/contract-proxy.js';
import { freePorts } from '../support/contract-service.js';

const browser = useBrowser();
/** Between the second service and its FHIR server, which is that of the first. */
let proxy: FhirProxy;
let relay: Pages;

beforeAll(async () => {
  const { embeddedUrl } = browser.service();
  proxy = await startProxy(embeddedUrl);
  relay = await browser.startService({ FHIR_BASE_URL: proxy.url, FHIR_TIMEOUT_MS: '3000' });
  for (const id of ['w1', 'w2', 'q1', 'q2', 'q3', 'n1', 'n2']) await putPatient(embeddedUrl, id);
  const body = { resourceType: 'Practitioner', id: 'c1' };
  await send(`${embeddedUrl}/Practitioner/c1`, { method: 'PUT', body });
});

afterEach(() => {
  proxy.mode = 'pass';
});

afterAll(() => proxy?.close());

/** A draft with every answer, opened at its list. */
async function openDraft(service: Pages, patient: string, more = ''): Promise<Opened & { id: string }> {
  const author = more === '' ? undefined : { reference: 'Practitioner/c1' };
  const id = await store(service.fhir, patient, EVERY, { ...(author && { author }) });
  const opened = await browser.openPage({
    path: `${service.url}/screen?subject=Patient/${patient}&response=${id}${more}`,
    width: 320,
    allowed: { origins: [service.url] },
  });
  await expectScreen(opened.page, 'check');
  return { ...opened, id };
}

const standing = ({ fhir }: Pages, id: string) =>
  read<QuestionnaireResponse>(`${fhir}/QuestionnaireResponse/${id}`);
const SAYS = {
  stored: 'Your answers were sent and stored',
  queued: 'Your answers are saved here',
  unsent: 'Your answers could not be sent',
};

/** One of the three and neither of the others, where the focus is; and nobody is told a result. */
async function expectTold(page: Page, state: keyof typeof SAYS): Promise<void> {
  const text = (await page.locator('main').textContent()) ?? '';
  const said = Object.entries(SAYS).filter(([, sentence]) => text.includes(sentence));
  expect(said.map(([name]) => name)).toEqual([state]);
  expect(await page.locator('h1').textContent()).toBe(SAYS[state]);
  expect(await page.evaluate('document.activeElement.textContent')).toBe(SAYS[state]);
  // And again when to get help at once.
  expect(await page.locator('main section.notice h2').count()).toBeGreaterThan(0);
  await checkNoSidewaysScroll(page);
}

describe('stored', () => {
  test('is said when the FHIR server has it', async () => {
    const { page, id } = await openDraft(relay, 'w1');
    await sendAnswers(page);
    await expectTold(page, 'stored');
    expect(await page.locator('a[href*="/results/"]').count()).toBe(0);
    const there = await read<QuestionnaireResponse>(
      `${browser.service().embeddedUrl}/QuestionnaireResponse/${id}`,
    );
    expect([there.status, answersIn(there)]).toEqual(['completed', told(EVERY)]);
    await checkAccessibility(page, 'stored');
    await shot(page, 'sent-stored');
  });

  test('a clinician who answered for the patient is shown the way to the results', async () => {
    const { page, id } = await openDraft(relay, 'w2', '&author=Practitioner/c1');
    await sendAnswers(page);
    await expectTold(page, 'stored');
    const link = page.locator('a[href*="/results/"]');
    expect(await link.getAttribute('href')).toBe(`${relay.url}/results/${id}`);
    expect(await standing(relay, id)).toMatchObject({
      author: { reference: 'Practitioner/c1' },
      source: { reference: 'Patient/w2' },
    });
  });

  test('is not said before the service has answered', async () => {
    const { page } = await openDraft(relay, 'w1');
    let answer = () => {};
    const waiting = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/fhir/QuestionnaireResponse/*', async (route) => {
      if (route.request().method() === 'PUT') await waiting;
      await route.fallback();
    });
    await press(page, 'send');
    await page.getByRole('status').filter({ hasText: 'Sending your answers' }).waitFor();
    await expectScreen(page, 'sending');
    const text = await page.locator('main').textContent();
    for (const sentence of Object.values(SAYS)) expect(text).not.toContain(sentence);
    await checkAccessibility(page, 'sending');
    answer();
    await expectScreen(page, 'sent');
  });
});

describe('saved here, and to be passed on', () => {
  test('is said while the FHIR server is away, and then it is done', async () => {
    const { page, id } = await openDraft(relay, 'q1');
    proxy.mode = 'hang up';
    await sendAnswers(page);
    await expectTold(page, 'queued');
    await page.getByText('They will be passed on automatically. You have nothing more to do.').waitFor();
    expect((await deliveryOf(relay.fhir, id)).status).toBe('queued');
    const there = () =>
      read<QuestionnaireResponse>(`${browser.service().embeddedUrl}/QuestionnaireResponse/${id}`);
    expect((await there()).status).toBe('in-progress');
    await checkAccessibility(page, 'queued');
    await shot(page, 'sent-queued');

    proxy.mode = 'pass';
    await until(30_000, async () => (await deliveryOf(relay.fhir, id)).status === 'written');
    expect(await there()).toMatchObject({ status: 'completed' });
    expect(answersIn(await there())).toEqual(told(EVERY));
  });

  test('also when it was away from the first question on; leaving and coming back loses nothing', async () => {
    proxy.mode = 'hang up';
    const { page } = await browser.openPage({
      path: `${relay.url}/screen?subject=Patient/q2`,
      // Nobody knows the patient, or drafts of before: it begins all the same.
      allowed: { origins: [relay.url], failures: /\/fhir\/(Patient\/q2|QuestionnaireResponse\?)/ },
    });
    await answerUpTo(page, 'pain-location', EVERY);
    const id = await idInAddress(page);
    await expectSaved(page);
    await page.reload();
    await expectScreen(page, 'question pain-location');
    await answerQuestions(page, { 'pain-duration': 'over-5-years' });
    await sendAnswers(page);
    await expectTold(page, 'queued');
    expect(await responsesOf(browser.service().fhir, 'q2')).toEqual([]);

    proxy.mode = 'pass';
    await until(30_000, async () => (await deliveryOf(relay.fhir, id)).status === 'written');
    const [there, ...more] = await responsesOf(browser.service().fhir, 'q2');
    expect([there?.id, there?.status, more.length]).toEqual([id, 'completed', 0]);
    expect(answersIn(there ?? {})).toEqual({
      'red-flag-emergency': ['none'],
      'red-flag-urgent': ['none'],
      'eye-symptoms-now': ['no'],
      'pain-duration': ['over-5-years'],
    });
  });
});

describe('not sent', () => {
  test('is said when the service is gone; the answers stay, and trying again sends them once it is back', async () => {
    const [port, embedded] = await freePorts(2);
    const DATA_DIR = await mkdtemp(join(tmpdir(), 'axspa-sending-'));
    const env = { PORT: String(port), EMBEDDED_FHIR_PORT: String(embedded), DATA_DIR };
    let service = await startPages(env);
    try {
      await putPatient(service.embeddedUrl, 'n1');
      const { page, id, watch } = await openDraft(service, 'n1');
      watch.allow({ failures: /./ });
      await service.stop();
      // Still answered, while nothing is there.
      await changeFrom(page, 'pain-duration');
      await answerQuestion(page, 'pain-duration', 'over-5-years');
      await goOn(page, 'next');
      await page.getByText('Not saved yet: no connection. Your answers are kept on this page.').waitFor();
      await shot(page, 'not-saved');
      await press(page, 'send');
      await expectScreen(page, 'unsent');
      await expectTold(page, 'unsent');
      await page.getByText('They are still on this page: do not close it.').waitFor();
      await checkAccessibility(page, 'not sent');
      await shot(page, 'not-sent');
      const asked: string[] = [];
      page.on('dialog', (dialog) => {
        asked.push(dialog.type());
        dialog.dismiss().catch(() => undefined);
      });
      await page.close({ runBeforeUnload: true });
      await until(5_000, async () => asked.length > 0);
      expect([asked, page.isClosed()]).toEqual([['beforeunload'], false]);

      await press(page, 'again');
      await expectScreen(page, 'unsent');
      await expectTold(page, 'unsent');

      service = await startPages(env);
      await press(page, 'again');
      await expectScreen(page, 'sent');
      await expectTold(page, 'stored');
      const versions = await versionsOf(service.fhir, id);
      expect(versions.map(({ status }) => status)).toEqual(['in-progress', 'completed']);
      expect(answersIn(versions[1] ?? {})).toEqual(told({ ...EVERY, 'pain-duration': 'over-5-years' }));
      expect(await responsesOf(service.fhir, 'n1')).toHaveLength(1);
    } finally {
      await service.stop();
      await rm(DATA_DIR, { recursive: true, force: true });
    }
  });

  test.each([
    ['a proxy that has lost the service', 502, 'text/html', '<h1>Bad Gateway</h1>'],
    ['a hotel that asks for a room number', 200, 'text/html', '<h1>Welcome</h1>'],
    [
      'a service that asks to be asked later',
      503,
      'application/fhir+json',
      '{"resourceType":"OperationOutcome"}',
    ],
    ['an answer that breaks off', 200, 'application/fhir+json', '{"resourceType":"Questionnaire'],
  ])('is said of the answer of %s', async (_name, status, contentType, body) => {
    const { page, id, watch } = await openDraft(browser.service(), 'n2');
    watch.allow({ failures: /fhir.QuestionnaireResponse/ });
    await page.route(
      '**/fhir/QuestionnaireResponse/*',
      (route) =>
        route.request().method() === 'PUT' ? route.fulfill({ status, contentType, body }) : route.fallback(),
      { times: 1 },
    );
    await press(page, 'send');
    await expectScreen(page, 'unsent');
    await expectTold(page, 'unsent');
    expect((await standing(browser.service(), id)).status).toBe('in-progress');
    await press(page, 'again');
    await expectScreen(page, 'sent');
    expect((await standing(browser.service(), id)).status).toBe('completed');
  });
});
