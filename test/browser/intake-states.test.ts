/** The states of the intake that are not on the way through, in every language: accessible, and in that language. */
import { beforeAll, describe, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser, type Width } from '../support/browser.js';
import { answerQuestion, answerQuestions } from '../support/browser-intake.js';
import { newIntake } from '../support/browser-people.js';
import { checkScreen, checkTranslated, type Reading } from '../support/browser-reading.js';
import { putPatient, send } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';

const browser = useBrowser({ EMERGENCY_NUMBER: '144' });
const PATH = '/screen?subject=Patient/p1';
/** One language on the smallest phone, one on a phone, one at a desk. */
const WIDTH_OF: Record<string, Width> = { en: 320, es: 1100, de: 390 };
const readings: Record<string, Reading> = {};

beforeAll(async () => {
  const { embeddedUrl } = browser.service();
  await putPatient(embeddedUrl, 'p1');
  await send(`${embeddedUrl}/Practitioner/dr`, {
    method: 'PUT',
    body: { resourceType: 'Practitioner', id: 'dr' },
  });
});

const responseUrl = (id: string) => `${browser.service().fhir}/QuestionnaireResponse/${id}`;

async function post(body: object): Promise<QuestionnaireResponse> {
  const reply = await send<QuestionnaireResponse>(`${browser.service().fhir}/QuestionnaireResponse`, {
    body,
  });
  if (reply.status !== 201) throw new Error(`${reply.status} ${reply.text}`);
  return reply.body;
}

async function replace(id: string, change: (response: QuestionnaireResponse) => object): Promise<void> {
  const { body, headers } = await send<QuestionnaireResponse>(responseUrl(id));
  const reply = await send(responseUrl(id), {
    method: 'PUT',
    body: change(body),
    headers: { 'if-match': headers.get('etag') ?? '' },
  });
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`);
}

describe.each(['en', 'es', 'de'])('in %s', (language) => {
  const reading: Reading = new Map();
  readings[language] = reading;

  const first = () => newIntake(browser.service());
  const open = async (path?: string, failures?: RegExp) =>
    browser.openPage({
      path: path ?? (await first()),
      language,
      width: WIDTH_OF[language] ?? 320,
      ...(failures && { allowed: { failures } }),
    });
  const check = (page: Page, name: string) => checkScreen(page, { reading, language, name });
  const press = (page: Page, action: string) => page.locator(`[data-action="${action}"]`).click();
  const arrive = (page: Page, screen: string) => page.locator(`[data-screen="${screen}"]`).waitFor();
  const change = (page: Page, linkId: string) =>
    page.locator(`[data-link-id="${linkId}"] [data-action="change"]`).click();

  test('what is wrong: at the question, and before sending', async () => {
    const { page } = await open();
    await press(page, 'start');
    await press(page, 'next');
    await page.locator('.errors').waitFor();
    await check(page, 'error-required');
    const safe = { 'red-flag-emergency': ['none'], 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'no' };
    await answerQuestions(page, safe);
    for (const [name, text] of [
      ['error-word', 'about thirty'],
      ['error-number', '700'],
    ] as const) {
      await change(page, 'onset-age');
      await page.locator('input[name="onset-age"]').fill(text);
      await press(page, 'next');
      await page.locator('.errors').waitFor();
      await check(page, name);
      await page.locator('[data-action="clear"]').click();
      await press(page, 'next');
      await arrive(page, 'check');
    }
    await change(page, 'eye-symptoms-now');
    await press(page, 'clear');
    await press(page, 'back');
    await press(page, 'send');
    await page.locator('[data-screen="check"] .errors').waitFor();
    await check(page, 'error-check');
  });

  test('what becomes of it: on its way, not sent, kept to be passed on, sent', async () => {
    const { page, context, watch } = await open();
    watch.allow({ failures: /\/fhir\// });
    await answerQuestions(page, worked('D1'));
    await context.setOffline(true);
    await press(page, 'send');
    await arrive(page, 'unsent');
    await check(page, 'unsent-offline');
    let answerNow = () => {};
    const held = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    await page.route(/\/fhir\/QuestionnaireResponse\/r[^$]*$/, async (route) => {
      await held;
      // As when the FHIR server behind the service is away.
      await route.fulfill({ response: await route.fetch(), status: 202 });
    });
    await context.setOffline(false);
    await arrive(page, 'sending');
    await check(page, 'sending-now');
    answerNow();
    await arrive(page, 'sent');
    await check(page, 'sent-queued');
    const { page: again } = await open(page.url());
    await arrive(again, 'check');
    await check(again, 'check-amend');
    await change(again, 'pain-intensity');
    await answerQuestion(again, 'pain-intensity', 4);
    await press(again, 'next');
    await arrive(again, 'check');
    await check(again, 'check-amended');
    await press(again, 'send');
    await arrive(again, 'sent');
    await check(again, 'sent-stored');
  });

  test('answered for somebody, and filled in beforehand', async () => {
    const author = { reference: 'Practitioner/dr' };
    const begun = toResponse({ 'red-flag-emergency': ['none'] }, `begun-${language}`, {
      status: 'in-progress',
      author,
    });
    const { id } = await post(begun);
    const { page } = await open(`/screen?response=${id}`);
    await arrive(page, 'welcome');
    await check(page, 'welcome-prefilled');
    await press(page, 'start');
    await check(page, 'question-prefilled');

    const { page: theirs } = await open(`${await first()}&author=Practitioner/dr`);
    await arrive(theirs, 'welcome');
    await check(theirs, 'welcome-behalf');
    await press(theirs, 'start');
    await answerQuestion(theirs, 'red-flag-emergency', ['breathless']);
    await press(theirs, 'next');
    await arrive(theirs, 'advice');
    await check(theirs, 'advice-behalf');
    await press(theirs, 'continue');
    await answerQuestions(theirs, { 'red-flag-urgent': ['none'], 'eye-symptoms-now': 'unknown' });
    await press(theirs, 'send');
    await arrive(theirs, 'sent');
    await check(theirs, 'sent-behalf');
  });

  test('what cannot be opened', async () => {
    const { id } = await post(toResponse(worked('D2'), `closed-${language}`));
    const closed = async (name: string, path: string, spoil?: string) => {
      const { page } = await open(undefined, /\/(fhir|ui)\//);
      if (spoil) await page.route(spoil, (route) => route.abort());
      await page.goto(path);
      await arrive(page, 'closed');
      await check(page, `closed-${name}`);
    };
    await closed('incomplete', '/screen');
    await closed('not-found', '/screen?response=nobody');
    await closed('wrong-person', `/screen?subject=Patient/p2&response=${id}`);
    await closed('unknown-questions', `${PATH}&questionnaire=http://x.example.org/q`);
    await closed('unreachable', PATH, '**/ui/settings.json');
    await closed('no-texts', PATH, '**/CodeSystem/patient-information');
    await replace(id ?? '', (response) => ({ ...response, status: 'entered-in-error' }));
    await closed('withdrawn', `/screen?response=${id}`);
  });
});

test.each(['es', 'de'])('in %s no English is left', (language) => {
  checkTranslated(readings[language], readings.en);
});
