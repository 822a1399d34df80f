/** Danger interrupts at once, with or without a connection; and beyond what to do now, a patient is told nothing. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { CodeSystem, CodeSystemConcept } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { expectAdvice, holdPatience, readTitles, type Titles } from '../support/browser-advice.js';
import { answerQuestion, answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { newIntake } from '../support/browser-people.js';
import { read, send } from '../support/contract-http.js';
import { worked } from '../support/contract-responses.js';

const browser = useBrowser({ EMERGENCY_NUMBER: '144' });
const first = () => newIntake(browser.service());
const CALL = 'a[href="tel:144"]';

let titleOf: Titles;

beforeAll(async () => {
  const { embeddedUrl, fhir } = browser.service();
  const practitioner = { resourceType: 'Practitioner', id: 'dr' };
  await send(`${embeddedUrl}/Practitioner/dr`, { method: 'PUT', body: practitioner });
  titleOf = await readTitles(fhir, '144');
});

const press = (page: Page, action: string) => page.locator(`[data-action="${action}"]`).click();
const changeTo = async (page: Page, linkId: string, answer: string | string[]) => {
  await page.locator(`[data-link-id="${linkId}"] [data-action="change"]`).click();
  await answerQuestion(page, linkId, answer);
  await press(page, 'next');
};

describe.each(['en', 'es', 'de'])('in %s', (language) => {
  test('answers that mean danger together interrupt, and are told again at the end and after sending', async () => {
    const { page } = await browser.openPage({ path: await first(), language, width: 390 });
    const told: string[] = [];
    const answers = { ...worked('D1'), 'red-flag-urgent': ['cancer-history'], 'pain-location': ['low-back'] };
    const { interruptedAfter } = await answerQuestions(page, answers, {
      onScreen: async (screen) => {
        if (screen === 'advice') told.push((await page.locator('h1').textContent()) ?? '');
      },
    });
    expect(interruptedAfter).toEqual(['red-flag-urgent', 'night-waking']);
    expect(told).toEqual([titleOf('urgent-days', language), titleOf('same-day', language)]);
    expect(await page.locator('main').textContent()).toContain(titleOf('same-day', language));

    await changeTo(page, 'red-flag-emergency', ['urine-retention']);
    await expectAdvice(page, titleOf('emergency', language), '144');
    expect(await page.locator('main').textContent()).toContain(titleOf('cord-compression', language));
    await press(page, 'continue');
    await page.locator('[data-screen="check"]').waitFor();
    for (const screen of ['check', 'sent']) {
      if (screen === 'sent') await sendAnswers(page);
      const text = (await page.locator('main').textContent()) ?? '';
      for (const code of ['emergency', 'cord-compression']) expect(text).toContain(titleOf(code, language));
      expect(await page.locator(CALL).count()).toBeGreaterThan(0);
    }
  });
});

test('what is taken back and comes back interrupts again', async () => {
  const { page } = await browser.openPage({ path: await first() });
  await press(page, 'start');
  await answerQuestion(page, 'red-flag-emergency', ['chest-pain']);
  await press(page, 'next');
  await expectAdvice(page, titleOf('emergency'), '144');
  await press(page, 'continue');
  await page.locator('[data-link-id="red-flag-urgent"]').waitFor();
  await press(page, 'back');
  await page.locator('[data-link-id="red-flag-emergency"]').waitFor();
  await answerQuestion(page, 'red-flag-emergency', ['none']);
  await answerQuestions(page, {
    'red-flag-emergency': ['none'],
    'red-flag-urgent': ['none'],
    'eye-symptoms-now': 'no',
  });
  expect(await page.locator(CALL).filter({ hasText: /^Call/ }).count()).toBe(0);
  await changeTo(page, 'red-flag-emergency', ['leg-weakness']);
  await expectAdvice(page, titleOf('emergency'), '144');
});

test('the browser’s Back does not lead past what interrupts', async () => {
  const { page } = await browser.openPage({ path: await first() });
  await press(page, 'start');
  await answerQuestion(page, 'red-flag-emergency', ['breathless']);
  await press(page, 'next');
  await expectAdvice(page, titleOf('emergency'), '144');
  await page.goBack();
  await expectAdvice(page, titleOf('emergency'), '144');
});

test('a service that does not answer holds nobody up, and interrupts when it does', async () => {
  const { page } = await browser.openPage({ path: await first() });
  const answers = {
    'red-flag-emergency': ['none'],
    'red-flag-urgent': ['cancer-history'],
    'eye-symptoms-now': 'no',
  };
  await answerQuestions(page, answers);
  let answerNow = () => {};
  const held = new Promise<void>((resolve) => {
    answerNow = resolve;
  });
  const advice = ['same-day', 'get-help-at-once'].map((code) => ({ name: 'advice', valueCode: code }));
  await page.route('**/$advice', async (route) => {
    await held;
    await route.fulfill({ json: { resourceType: 'Parameters', parameter: advice } });
  });
  await changeTo(page, 'pain-location', ['low-back']);
  await page.locator('[data-screen="check"]').waitFor();
  // What the page knows by itself does not wait at all.
  const letGo = await holdPatience(page);
  await changeTo(page, 'red-flag-emergency', ['chest-pain']);
  await expectAdvice(page, titleOf('emergency'), '144');
  await letGo();
  await press(page, 'continue');
  await changeTo(page, 'red-flag-emergency', ['none']);
  await page.locator('[data-screen="check"]').waitFor();
  answerNow();
  await expectAdvice(page, titleOf('same-day'));
});

test('who answers for a patient is told to tell the patient', async () => {
  const { page } = await browser.openPage({ path: `${await first()}&author=Practitioner/dr` });
  await press(page, 'start');
  await answerQuestion(page, 'red-flag-emergency', ['saddle-numbness']);
  await press(page, 'next');
  await expectAdvice(page, titleOf('emergency'), '144');
  expect(await page.locator('[role="alert"]').textContent()).toMatch(/^Tell the patient now:/);
});

describe('patients see nothing but what to do', () => {
  /** Words that only a result has. */
  const forbidden = async () => {
    const { fhir } = browser.service();
    const found: string[] = [];
    for (const name of ['criteria-sets', 'verdicts']) {
      const { concept = [] } = await read<CodeSystem>(`${fhir}/CodeSystem/${name}`);
      const walk = ({ display = '', designation = [], concept: inner = [] }: CodeSystemConcept): string[] => [
        display,
        ...designation.map(({ value }) => value),
        ...inner.flatMap(walk),
      ];
      found.push(...concept.flatMap(walk));
    }
    return found.filter((one) => one.length > 4);
  };
  const WORDS =
    /\b(met|criteria|criterion|verdict|likelihood|probability|score|NICE|ASAS|CaFaSpA|Berlin|Calin|Brandt|criterios|cumple|probabilidad|puntuación|Kriterien|erfüllt|Wahrscheinlichkeit|Punktzahl)\b/;

  test.each(['en', 'es', 'de'])('in %s, from the welcome to the end', async (language) => {
    const titlesOfSets = await forbidden();
    expect(titlesOfSets.length).toBeGreaterThan(11);
    const { page } = await browser.openPage({ language });
    const asked: string[] = [];
    const received: Promise<string>[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    page.on('response', (response) => {
      if (/\/fhir\/|settings/.test(response.url())) received.push(response.text().catch(() => ''));
    });
    await page.goto(await first());
    const seen: string[] = [];
    const onScreen = async () => {
      seen.push(await page.evaluate<string>('document.title + document.documentElement.outerHTML'));
    };
    await answerQuestions(page, worked('D1'), { onScreen });
    await sendAnswers(page);
    await onScreen();

    expect(seen.length).toBe(27);
    for (const html of seen) {
      expect(titlesOfSets.filter((title) => html.includes(title))).toEqual([]);
      expect(WORDS.exec(html)?.[0]).toBeUndefined();
    }
    expect(asked.length).toBeGreaterThan(24);
    const others = asked.filter(
      (one) =>
        !/^(GET|POST|PUT) \/fhir\/(QuestionnaireResponse(\/r\w+|\/\$advice)?|Patient\/[\w-]+|Questionnaire|CodeSystem\/patient-information)$/.test(
          one,
        ) && !/^GET \/(screen|ui\/.*)$/.test(one),
    );
    expect(others).toEqual([]);
    const bodies = await Promise.all(received);
    expect(bodies.join('\n')).not.toMatch(
      /"Observation"|criteria-sets|nice-ng65|asas-ibp|likelihood|indeterminate/,
    );
  });
});
