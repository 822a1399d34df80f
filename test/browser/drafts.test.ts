/** A draft is on the server and nowhere else: left, opened again, gone through backwards, amended, or not to be opened. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import {
  answersIn,
  answerUpTo,
  changeFrom,
  checkNothingKept,
  chosenIn,
  eventually,
  expectSaved,
  expectScreen,
  goOn,
  idInAddress,
  press,
  responsesOf,
  store,
  told,
  versionsOf,
  watchStorage,
} from '../support/browser-draft.js';
import { answerQuestion, answerQuestions, screenOf, sendAnswers } from '../support/browser-intake.js';
import { putPatient, read, send } from '../support/contract-http.js';
import { worked } from '../support/contract-responses.js';

const browser = useBrowser();
const D1 = worked('D1');
const PATIENTS = [
  'left',
  'reload',
  'back',
  'language',
  'before',
  'amend',
  'closed',
  'kept',
  'other',
  'begun',
];

beforeAll(async () => {
  const { embeddedUrl } = browser.service();
  for (const id of PATIENTS) await putPatient(embeddedUrl, id);
  const body = { resourceType: 'Practitioner', id: 'c1' };
  await send(`${embeddedUrl}/Practitioner/c1`, { method: 'PUT', body });
});

const screenPath = (patient: string, more = '') => `/screen?subject=Patient/${patient}${more}`;
const standing = (id: string) =>
  read<QuestionnaireResponse>(`${browser.service().fhir}/QuestionnaireResponse/${id}`);
const versions = (id: string) => versionsOf(browser.service().fhir, id);
const pick = (...linkIds: string[]) =>
  told(Object.fromEntries(Object.entries(D1).filter(([linkId]) => linkIds.includes(linkId))));

const SAFETY = ['red-flag-emergency', 'red-flag-urgent', 'eye-symptoms-now'];

describe('left in the middle', () => {
  test('the address alone opens it again at the first question without an answer, on any device', async () => {
    const first = await browser.openPage({ path: screenPath('left'), width: 390 });
    await answerUpTo(first.page, 'pain-duration', D1);
    const id = await idInAddress(first.page);
    const address = first.page.url();
    await expectSaved(first.page);
    await first.context.close();

    const stored = await standing(id);
    expect(stored).toMatchObject({
      status: 'in-progress',
      subject: { reference: 'Patient/left' },
      author: { reference: 'Patient/left' },
      source: { reference: 'Patient/left' },
      identifier: {
        system: 'https://w3id.org/axspa-screening/intake',
        value: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    expect(stored.authored).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]*([+-]\d\d:\d\d|Z)$/);
    expect(answersIn(stored)).toEqual(pick(...SAFETY, 'pain-location'));

    const { page } = await browser.openPage({ path: address, width: 1280 });
    await expectScreen(page, 'question pain-duration');
    expect(await page.locator('.prefilled').count()).toBe(0);
    await page.goBack().catch(() => null);
    await page.goto(address);
    await expectScreen(page, 'question pain-duration');
    await page.getByRole('button', { name: 'Back' }).click();
    await expectScreen(page, 'question pain-location');
    expect(await chosenIn(page, 'pain-location')).toEqual(['low-back']);
    await goOn(page, 'next');

    await answerQuestions(page, D1);
    await sendAnswers(page);
    const sent = await standing(id);
    expect([sent.status, answersIn(sent)]).toEqual(['completed', told(D1)]);
    expect(await responsesOf(browser.service().fhir, 'left')).toHaveLength(1);
  });

  test('a reload keeps also what was answered on the question in front, and asks before anything is lost', async () => {
    const { page } = await browser.openPage({ path: screenPath('reload') });
    await answerUpTo(page, 'pain-duration', D1);
    const id = await idInAddress(page);
    const asked: string[] = [];
    // Saved while the browser asks, not only when the next page is already on its way.
    page.on('dialog', async (dialog) => {
      asked.push(dialog.type());
      const isThere = async () => 'pain-duration' in answersIn(await standing(id));
      asked.push((await eventually(isThere, true, 8_000)) ? 'saved' : 'not saved');
      await dialog.accept();
    });
    await expectSaved(page);
    await page.reload();
    await expectScreen(page, 'question pain-duration');
    expect(asked).toEqual([]);

    await answerQuestion(page, 'pain-duration', D1['pain-duration']);
    await page.reload();
    expect(asked).toEqual(['beforeunload', 'saved']);
    await expectScreen(page, 'question onset-age');
    expect(answersIn(await standing(id))).toEqual(pick(...SAFETY, 'pain-location', 'pain-duration'));
    await page.getByRole('button', { name: 'Back' }).click();
    await expectScreen(page, 'question pain-duration');
    expect(await chosenIn(page, 'pain-duration')).toEqual([D1['pain-duration']]);
    expect(await responsesOf(browser.service().fhir, 'reload')).toHaveLength(1);
  });

  test('nothing is written into the browser, from the first screen to the last', async () => {
    const { page, context } = await browser.openPage();
    const kept = await watchStorage(context);
    await page.goto(screenPath('kept'));
    await answerQuestions(page, D1, { onScreen: () => checkNothingKept(page) });
    await sendAnswers(page);
    await checkNothingKept(page);
    await page.reload();
    await expectScreen(page, 'check');
    await checkNothingKept(page);
    expect(kept()).toEqual([]);
    // The spies see something where there is something to see.
    await page.evaluate(`localStorage.setItem('a', 'b')`);
    expect(kept()).toEqual(['setItem a b']);
    await expect(checkNothingKept(page)).rejects.toThrow(/local/);
  });
});

describe('the first address again, while a draft is there', () => {
  test('asks whether to go on there or to begin anew; neither touches the draft', async () => {
    const { page } = await browser.openPage({ path: screenPath('begun') });
    await answerUpTo(page, 'eye-symptoms-now', D1);
    const id = await idInAddress(page);
    await expectSaved(page);
    const before = await versions(id);

    await page.goto(screenPath('begun'));
    await expectScreen(page, 'begun');
    await press(page, 'resume');
    await expectScreen(page, 'question eye-symptoms-now');
    expect(await idInAddress(page)).toBe(id);

    await page.goto(screenPath('begun'));
    await expectScreen(page, 'begun');
    await press(page, 'anew');
    await expectScreen(page, 'welcome');
    await answerUpTo(page, 'red-flag-urgent', D1);
    expect(await idInAddress(page)).not.toBe(id);
    expect(await versions(id)).toEqual(before);
    expect(await responsesOf(browser.service().fhir, 'begun')).toHaveLength(2);
  });
});

describe("the browser's own buttons", () => {
  test('Back and Forward go through the screens, and no answer is lost on the way', async () => {
    const { page } = await browser.openPage({ path: screenPath('back'), width: 390 });
    await answerUpTo(page, 'pain-duration', D1);
    const id = await idInAddress(page);
    // Answered, and left by the browser's button instead of Next.
    await answerQuestion(page, 'pain-duration', D1['pain-duration']);
    for (const linkId of ['pain-location', 'eye-symptoms-now', 'red-flag-urgent']) {
      await page.goBack();
      await expectScreen(page, `question ${linkId}`);
      expect(await chosenIn(page, linkId)).toEqual([D1[linkId]].flat());
      expect(await page.evaluate('document.activeElement.classList.contains("title")')).toBe(true);
    }
    await page.goBack();
    await page.goBack();
    await expectScreen(page, 'welcome');
    // Also where the address is from before the first save: a reload there must not begin anew.
    expect(new URL(page.url()).searchParams.get('response')).toBe(id);
    for (const linkId of [
      'red-flag-emergency',
      'red-flag-urgent',
      'eye-symptoms-now',
      'pain-location',
      'pain-duration',
    ]) {
      await page.goForward();
      await expectScreen(page, `question ${linkId}`);
      expect(await chosenIn(page, linkId)).toEqual([D1[linkId]].flat());
    }
    await expectSaved(page);
    // At most one a question; of what waits while the service is slow only the latest is sent.
    expect((await versions(id)).length).toBeLessThanOrEqual(5);
    expect(answersIn(await standing(id))).toEqual(pick(...SAFETY, 'pain-location', 'pain-duration'));

    // One step back in the page is one in the browser's history: nobody goes through a screen twice.
    await page.getByRole('button', { name: 'Back' }).click();
    await expectScreen(page, 'question pain-location');
    await page.goBack();
    await expectScreen(page, 'question eye-symptoms-now');
  });

  test('what was sent is not gone back into', async () => {
    const id = await store(browser.service().fhir, 'back');
    const { page } = await browser.openPage({ path: screenPath('back', `&response=${id}`) });
    await expectScreen(page, 'check');
    for (const linkId of ['other-symptoms', 'si-imaging']) {
      await press(page, 'back');
      await expectScreen(page, `question ${linkId}`);
    }
    await goOn(page, 'next');
    await goOn(page, 'next');
    await sendAnswers(page);
    const before = await versions(id);
    await page.goBack();
    await page.goBack();
    expect(await screenOf(page)).toBe('sent');
    expect((await versions(id)).map(({ status }) => status)).toEqual(before.map(({ status }) => status));
    expect(before.filter(({ status }) => status === 'completed')).toHaveLength(1);
  });
});

describe('another language in the middle', () => {
  test('keeps the screen, the answers, and what is only typed', async () => {
    const { page } = await browser.openPage({ path: screenPath('language') });
    await answerUpTo(page, 'onset-age', D1);
    await page.locator('input[name="onset-age"]').fill('28');
    const seen = new Set<string>();
    for (const [language, name] of [
      ['es', 'Español'],
      ['de', 'Deutsch'],
      ['en', 'English'],
      ['de', 'Deutsch'],
    ] as const) {
      await page.getByRole('button', { name, exact: true }).click();
      await page.locator(`html[lang="${language}"]`).waitFor();
      expect(await screenOf(page)).toBe('question onset-age');
      expect(await page.locator('input[name="onset-age"]').inputValue()).toBe('28');
      expect(new URL(page.url()).searchParams.get('lang')).toBe(language);
      const heading = (await page.locator('h1').textContent())?.trim() ?? '';
      seen.add(heading);
      expect(await page.title()).toContain(heading);
    }
    expect(seen.size).toBe(3);
    await goOn(page, 'next');
    // The address is enough for the language, too.
    await expectSaved(page);
    await page.reload();
    await expectScreen(page, 'question onset-speed');
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    const id = await idInAddress(page);
    expect(answersIn(await standing(id))).toEqual(
      pick(...SAFETY, 'pain-location', 'pain-duration', 'onset-age'),
    );
  });
});

describe('filled in by somebody else', () => {
  const author = { reference: 'Practitioner/c1' };
  const draft = () => {
    const { 'pain-location': location = [], 'pain-duration': duration = [] } = D1;
    const given = { 'pain-location': location, 'pain-duration': duration };
    return store(browser.service().fhir, 'before', given, { author });
  };

  test('it says so at the start, at each such question until it was seen, and in the list', async () => {
    const id = await draft();
    const { page } = await browser.openPage({ path: screenPath('before', `&response=${id}`) });
    await expectScreen(page, 'welcome');
    await page.getByText('Some answers were filled in beforehand').waitFor();
    await answerUpTo(page, 'pain-location', D1);
    expect(await page.locator('.prefilled').textContent()).toBe('Filled in beforehand: please check');
    expect(await chosenIn(page, 'pain-location')).toEqual(['low-back']);
    await goOn(page, 'next');
    // Seen, and confirmed by going on.
    await page.getByRole('button', { name: 'Back' }).click();
    await expectScreen(page, 'question pain-location');
    expect(await page.locator('.prefilled').count()).toBe(0);
    await goOn(page, 'next');
    expect(await page.locator('.prefilled').count()).toBe(1);
    await answerQuestion(page, 'pain-duration', 'over-5-years');
    expect(await page.locator('.prefilled').count()).toBe(0);
    await goOn(page, 'next');
    await expectSaved(page);
    const saved = await standing(id);
    expect(saved).toMatchObject({
      author: { reference: 'Patient/before' },
      source: { reference: 'Patient/before' },
    });
  });

  test('the list marks what nobody has looked at; who wrote it is told nothing of the kind', async () => {
    const id = await draft();
    const { page } = await browser.openPage({ path: screenPath('before', `&response=${id}`) });
    await expectScreen(page, 'welcome');
    await page.evaluate(`history.pushState({ intake: { place: 9, screen: { name: 'check' } } }, '')`);
    await page.evaluate(`history.pushState(null, '')`);
    await page.goBack();
    await expectScreen(page, 'check');
    const marked = page.locator('[data-link-id]:has(.prefilled)');
    const linkIds = await Promise.all((await marked.all()).map((one) => one.getAttribute('data-link-id')));
    expect(linkIds).toEqual(['pain-location', 'pain-duration']);

    const own = await browser.openPage({
      path: screenPath('before', `&response=${id}&author=Practitioner/c1`),
    });
    await expectScreen(own.page, 'question red-flag-emergency');
    expect(await own.page.locator('.prefilled').count()).toBe(0);
  });
});

describe('opened after it was sent', () => {
  test('it is amended: by sending it again, and in nothing but what was changed', async () => {
    const id = await store(browser.service().fhir, 'amend', D1, { status: 'completed' });
    const { page } = await browser.openPage({ path: screenPath('amend', `&response=${id}`) });
    await expectScreen(page, 'check');
    await page.getByText('These answers were sent before').waitFor();
    await changeFrom(page, 'nsaid-response');
    await answerQuestion(page, 'nsaid-response', 'no-better');
    expect(await goOn(page, 'next')).toBe('check');
    await page
      .getByRole('status')
      .filter({ hasText: /Send them (again )?at the end/ })
      .waitFor();
    // Neither the way nor leaving the page writes anything.
    await page.goto('/learn');
    await page.goto(screenPath('amend', `&response=${id}`));
    await expectScreen(page, 'check');
    expect(await versions(id)).toHaveLength(1);

    await changeFrom(page, 'nsaid-response');
    expect(await chosenIn(page, 'nsaid-response')).toEqual(['much-better']);
    await answerQuestion(page, 'nsaid-response', 'no-better');
    await goOn(page, 'next');
    await page.getByRole('button', { name: 'Send the changed answers' }).click();
    await expectScreen(page, 'sent');
    const [first, second, ...more] = await versions(id);
    expect([first?.status, second?.status, more.length]).toEqual(['completed', 'amended', 0]);
    expect(answersIn(second ?? {})).toEqual(told({ ...D1, 'nsaid-response': 'no-better' }));
    expect(second?.identifier).toEqual(first?.identifier);
  });
});

describe('what cannot be opened', () => {
  const told = async (page: Page) => {
    await page.getByRole('alert').waitFor();
    expect(await page.locator('h1').textContent()).toBe('The questions cannot be opened');
    expect(await page.locator('fieldset, [data-action]').count()).toBe(0);
    return page.getByRole('alert').locator('p').textContent();
  };

  test('was withdrawn', async () => {
    const id = await store(browser.service().fhir, 'closed', D1, { status: 'completed' });
    const withdrawn = { ...(await standing(id)), status: 'entered-in-error' };
    const reply = await send(`${browser.service().fhir}/QuestionnaireResponse/${id}`, {
      method: 'PUT',
      body: withdrawn,
      headers: { 'if-match': 'W/"1"' },
    });
    expect(reply.status).toBe(200);
    const { page } = await browser.openPage({ path: screenPath('closed', `&response=${id}`) });
    expect(await told(page)).toBe('These answers were withdrawn. Please ask for a new link.');
    expect(await page.content()).not.toContain('low-back');
  });

  test('is not there', async () => {
    const { page } = await browser.openPage({
      path: screenPath('closed', '&response=nobody'),
      allowed: { failures: /QuestionnaireResponse\/nobody/ },
    });
    expect(await told(page)).toMatch(/^These answers are not there/);
  });

  test('belongs to somebody else', async () => {
    const id = await store(browser.service().fhir, 'other', D1);
    const { page } = await browser.openPage({ path: screenPath('closed', `&response=${id}`) });
    expect(await told(page)).toMatch(/^These answers belong to somebody else/);
  });

  test('has a link that names nobody', async () => {
    for (const query of ['', '?subject=', '?subject=Practitioner/1', '?response=a/b']) {
      const { page } = await browser.openPage({ path: `/screen${query}` });
      expect(await told(page)).toMatch(/^This link is incomplete/);
    }
  });
});
