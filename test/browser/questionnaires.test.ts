/** Whatever Questionnaire the service serves is drawn whole, or not at all; and what people write is only ever text. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  QuestionnaireResponseItemAnswer as Answer,
  Bundle,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
} from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { checkAccessibility, checkNoSidewaysScroll, shot } from '../support/browser-checks.js';
import {
  chosenIn,
  expectSaved,
  expectScreen,
  goOn,
  idInAddress,
  press,
  responsesOf,
} from '../support/browser-draft.js';
import { screenOf, sendAnswers } from '../support/browser-intake.js';
import { type Pages, startPages } from '../support/browser-service.js';
import { putPatient, read, send } from '../support/contract-http.js';
import { CANONICAL } from '../support/contract-responses.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VISIT = 'https://made-up.example.org/Questionnaire/visit|3';
const EVERYTHING = 'https://made-up.example.org/Questionnaire/everything|2.1';
const CODES = 'https://made-up.example.org/CodeSystem/visit';

const browser = useBrowser();
const folder = mkdtempSync(join(tmpdir(), 'axspa-two-'));
let service: Pages;

beforeAll(async () => {
  service = await deploy();
  for (const id of ['p1', 'p2', 'p3', 'p4', 'p5']) await putPatient(service.embeddedUrl, id);
  await putPatient(browser.service().embeddedUrl, 'p1');
});

afterAll(async () => {
  await service?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** The product as it is deployed, with two more Questionnaires in its resources. */
function deploy(): Promise<Pages> {
  for (const name of ['package.json', 'dist', 'resources']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  for (const name of ['visit', 'everything']) {
    const file = `Questionnaire-${name}.json`;
    cpSync(join(ROOT, 'test/fixtures', file), join(folder, 'resources', file));
  }
  return startPages({}, folder);
}

const openVisit = (patient: string, more = '', width: 320 | 1280 = 1280) =>
  browser.openPage({
    path: `${service.url}/screen?subject=Patient/${patient}&questionnaire=${encodeURIComponent(VISIT)}${more}`,
    width,
    // No rule is about these questions, and the service says so.
    allowed: { origins: [service.url], failures: /\$advice$/ },
  });
const standing = (id: string) => read<QuestionnaireResponse>(`${service.fhir}/QuestionnaireResponse/${id}`);

/** What somebody may write who wants more than to answer. */
const HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=2</script>&lt;b&gt;';

/** How each question is answered by hand. */
type Doing = (page: Page) => Promise<void>;
const type =
  (text: string): Doing =>
  (page) =>
    page.locator('fieldset input[type="text"], fieldset textarea').fill(text);
const choose =
  (...values: string[]): Doing =>
  async (page) => {
    for (const value of values) await page.locator(`label:has(input[value="${value}"])`).click();
  };
const both =
  (...doings: Doing[]): Doing =>
  async (page) => {
    for (const doing of doings) await doing(page);
  };
const select =
  (label: string): Doing =>
  async (page) => {
    await page.locator('fieldset select').selectOption({ label });
  };

/** Zero, false, text with markup, and two that are left blank: `tea` and `mood`. */
const GIVEN: readonly (readonly [linkId: string, doing: Doing])[] = [
  ['height', type('1.78')],
  ['children', type('0')],
  ['born', type('1970-03')],
  ['weight', both(type('81.5'), select('kilograms'))],
  ['tea', async () => undefined],
  ['smokes', choose('true')],
  ['cigarettes', type('0')],
  ['walks', choose('false')],
  ['by', select('On foot')],
  ['floor', choose('0')],
  ['drink', both(choose('tea'), type(HOSTILE))],
  ['needs', choose('nothing', 'lift', 'interpreter')],
  ['language', type('<i>Español</i>')],
  ['pain', choose('0')],
  ['mood', async () => undefined],
  ['postcode', type('01234')],
  ['source', async () => undefined],
  ['consent', async () => undefined],
  ['wishes', type(`${HOSTILE}\nand <b>more</b>`)],
];

const coded = (code: string): Answer => ({ valueCoding: { system: CODES, code } });
const item = (linkId: string, ...answer: Answer[]): QuestionnaireResponseItem => ({ linkId, answer });
const UCUM = 'http://unitsofmeasure.org';

const GOLDEN: QuestionnaireResponseItem[] = [
  {
    linkId: 'body',
    item: [
      item('height', { valueDecimal: 1.78 }),
      item('children', { valueInteger: 0 }),
      item('born', { valueDate: '1970-03' }),
      item('weight', { valueQuantity: { value: 81.5, unit: 'kilograms', system: UCUM, code: 'kg' } }),
      {
        linkId: 'habits',
        item: [
          item('smokes', { valueBoolean: true }),
          item('cigarettes', { valueInteger: 0 }),
          item('walks', { valueBoolean: false }),
        ],
      },
    ],
  },
  {
    linkId: 'visit',
    item: [
      item('by', coded('foot')),
      item('floor', { valueInteger: 0 }),
      item('drink', { valueString: HOSTILE }),
      item('needs', coded('lift'), coded('interpreter')),
      item('language', { valueString: '<i>Español</i>' }),
    ],
  },
  item('pain', { valueInteger: 0 }),
  item('postcode', { valueString: '01234' }),
  item('source', { valueString: 'Our own list' }),
  item('channel', { valueString: 'portal' }),
  item('consent', { valueBoolean: false }),
  item('wishes', { valueString: `${HOSTILE}\nand <b>more</b>` }),
];

/** Displays are the service's business, and another story's. */
function withoutDisplays(items: QuestionnaireResponseItem[] = []): unknown {
  return JSON.parse(JSON.stringify(items, (name, value) => (name === 'display' ? undefined : value)));
}

/** Nothing of what was written has become part of the page. */
async function checkOnlyText(page: Page): Promise<void> {
  expect(await page.evaluate('window.hit')).toBeUndefined();
  expect(await page.locator('main').locator('img, script, b, i, iframe, yourself, visit').count()).toBe(0);
}

describe('a second Questionnaire, with every type and control that can be drawn', () => {
  test('is asked question by question, and sent as it was answered', async () => {
    const { page } = await openVisit('p1', '', 320);
    await expectScreen(page, 'welcome');
    expect(await page.locator('h1').textContent()).toBe('Before your <visit>');
    const asked: string[] = [];
    await goOn(page, 'start');
    for (const [linkId, doing] of GIVEN) {
      await expectScreen(page, `question ${linkId}`);
      asked.push(linkId);
      // Nothing is answered before the person does; `source` and `consent` come with an answer.
      const before = await page.locator('fieldset input:checked').count();
      expect([linkId, before]).toEqual([linkId, linkId === 'consent' ? 1 : 0]);
      await doing(page);
      await checkOnlyText(page);
      await checkNoSidewaysScroll(page);
      await checkAccessibility(page, `visit ${linkId}`);
      if (['weight', 'by', 'drink', 'pain', 'mood', 'source', 'wishes'].includes(linkId)) {
        await shot(page, `visit-${linkId}`);
      }
      await goOn(page, 'next');
    }
    expect(await screenOf(page)).toBe('check');
    expect(asked).toEqual(GIVEN.map(([linkId]) => linkId));
    await checkOnlyText(page);
    await checkNoSidewaysScroll(page);
    await checkAccessibility(page, 'visit check');
    await shot(page, 'visit-check');

    const lines = await page.locator('[data-link-id] dd:not(.change)').allTextContents();
    expect(lines).toHaveLength(GIVEN.length);
    const id = await idInAddress(page);
    await sendAnswers(page);
    await checkOnlyText(page);
    const stored = await standing(id);
    expect(stored).toMatchObject({ status: 'completed', questionnaire: VISIT });
    expect(withoutDisplays(stored.item)).toEqual(GOLDEN);
  });

  test('what is written is shown in the list as it was written, to the last sign', async () => {
    const [response] = await responsesOf(service.fhir, 'p1');
    const { page } = await openVisit('p1', `&response=${response?.id}`);
    await expectScreen(page, 'check');
    const told = async (linkId: string) => page.locator(`[data-link-id="${linkId}"] .told`).allTextContents();
    expect(await told('drink')).toEqual([HOSTILE]);
    expect(await told('language')).toEqual(['<i>Español</i>']);
    expect(await told('wishes')).toEqual([`${HOSTILE}\nand <b>more</b>`]);
    expect(await told('children')).toEqual(['0']);
    expect(await told('smokes')).toEqual(['Yes']);
    expect(await told('consent')).toEqual(['No']);
    expect(await told('weight')).toEqual(['81.5 kilograms']);
    expect(await told('tea')).toEqual([]);
    expect(await page.locator('[data-link-id="channel"], [data-link-id="stairs"]').count()).toBe(0);
    expect(await page.locator('[data-link-id="source"] button').count()).toBe(0);
    await checkOnlyText(page);
    // In the box again, as it was typed.
    await page.locator('[data-link-id="wishes"] button').click();
    await expectScreen(page, 'question wishes');
    expect(await page.locator('textarea').inputValue()).toBe(`${HOSTILE}\nand <b>more</b>`);
    await checkOnlyText(page);
  });

  test('is drawn in the other language where it is translated, and stays one screen', async () => {
    const { page } = await openVisit('p2', '&lang=de');
    await expectScreen(page, 'welcome');
    expect(await page.locator('h1').textContent()).toBe('Vor Ihrem <Besuch>');
    await goOn(page, 'start');
    expect(await page.locator('h1').textContent()).toMatch(/Wie groß sind Sie\?/);
    const offered = await page.locator('nav.languages button').allTextContents();
    expect(offered).toEqual(['English', 'Deutsch']);
  });

  test('holds to its limits on the page, keeps what was typed, and says what to do', async () => {
    const { page } = await openVisit('p3');
    await goOn(page, 'start');
    const wrong: readonly [string, string][] = [
      ['', 'Please answer this question before you go on.'],
      ['1,789', ''],
      ['5', 'It must be 2.75 or less.'],
      ['tall', 'Please write a number in digits, for example 7.'],
      [HOSTILE, 'Please write a number in digits, for example 7.'],
    ];
    for (const [typed, expected] of wrong) {
      await type(typed)(page);
      await press(page, 'next');
      await page.locator('.errors').waitFor();
      expect(await screenOf(page)).toBe('question height');
      expect(await page.locator('fieldset input').inputValue()).toBe(typed);
      expect(await page.locator('.wrong').textContent()).toContain(expected);
      await checkOnlyText(page);
    }
    await type('1,78')(page);
    await goOn(page, 'next');
    await page.locator('[data-action="back"]').click();
    await expectScreen(page, 'question height');
    expect(Number((await page.locator('fieldset input').inputValue()).replace(',', '.'))).toBe(1.78);
    expect(await page.locator('.errors').count()).toBe(0);
  });

  test('an amount without its unit is asked for, and never guessed', async () => {
    const { page } = await openVisit('p5');
    await goOn(page, 'start');
    for (const [linkId, doing] of GIVEN.slice(0, 3)) {
      await expectScreen(page, `question ${linkId}`);
      await doing(page);
      await goOn(page, 'next');
    }
    await type('81.5')(page);
    await press(page, 'next');
    await page.locator('.errors').waitFor();
    expect(await page.locator('.wrong').textContent()).toContain('Please choose a unit.');
    await select('pounds')(page);
    await goOn(page, 'next');
    await expectSaved(page);
    const stored = await standing(await idInAddress(page));
    const weight = stored.item?.[0]?.item?.find(({ linkId }) => linkId === 'weight');
    expect(weight?.answer).toEqual([
      { valueQuantity: { value: 81.5, unit: 'pounds', system: UCUM, code: '[lb_av]' } },
    ]);
  });

  test('what was answered can be taken back, and is then no answer', async () => {
    const { page } = await openVisit('p4');
    await goOn(page, 'start');
    for (const [linkId, doing] of GIVEN) {
      await expectScreen(page, `question ${linkId}`);
      await doing(page);
      const clear = page.locator('[data-action="clear"]');
      if (linkId !== 'height' && linkId !== 'smokes' && (await clear.count()) > 0) {
        await clear.click();
        expect(await chosenIn(page, linkId)).toEqual([]);
      }
      if (linkId === 'cigarettes') await doing(page);
      if ((await screenOf(page)) === 'check') break;
      const next = await goOn(page, 'next');
      // What depends on an answer that was taken back is not asked.
      if (next === 'question pain') break;
    }
    await expectSaved(page);
    const stored = await standing(await idInAddress(page));
    expect(withoutDisplays(stored.item)).toEqual([
      {
        linkId: 'body',
        item: [
          item('height', { valueDecimal: 1.78 }),
          {
            linkId: 'habits',
            item: [item('smokes', { valueBoolean: true }), item('cigarettes', { valueInteger: 0 })],
          },
        ],
      },
      item('source', { valueString: 'Our own list' }),
      item('channel', { valueString: 'portal' }),
      item('consent', { valueBoolean: false }),
    ]);
  });
});

describe('texts that somebody else has put into a response', () => {
  test('are text, too', async () => {
    const body: QuestionnaireResponse = {
      resourceType: 'QuestionnaireResponse',
      identifier: { system: 'https://clinic.example.org/screenings', value: 'hostile' },
      questionnaire: VISIT,
      status: 'in-progress',
      authored: '2026-05-04T09:30:00+02:00',
      subject: { reference: 'Patient/p2', display: HOSTILE },
      item: [
        {
          linkId: 'body',
          text: HOSTILE,
          item: [{ linkId: 'height', text: HOSTILE, answer: [{ valueDecimal: 1.5 }] }],
        },
        {
          linkId: 'visit',
          item: [{ linkId: 'drink', text: HOSTILE, answer: [{ valueString: HOSTILE }] }],
        },
        { linkId: 'wishes', answer: [{ valueString: HOSTILE }] },
      ],
    };
    const { status, body: stored } = await send<QuestionnaireResponse>(
      `${service.fhir}/QuestionnaireResponse`,
      { body },
    );
    expect(status).toBe(201);
    const { page } = await openVisit('p2', `&response=${stored.id}`);
    await expectScreen(page, 'welcome');
    await checkOnlyText(page);
    await page.evaluate(`history.pushState({ intake: { place: 9, screen: { name: 'check' } } }, '')`);
    await page.evaluate(`history.pushState(null, '')`);
    await page.goBack();
    await expectScreen(page, 'check');
    expect(await page.locator('[data-link-id="drink"] .told').textContent()).toBe(HOSTILE);
    await checkOnlyText(page);
  });
});

describe('a Questionnaire that cannot be drawn in full', () => {
  const expectRefused = async (page: Page, reasons: readonly string[]) => {
    await expectScreen(page, 'closed');
    expect(await page.locator('h1').textContent()).toBe('The questions cannot be opened');
    expect(await page.getByRole('alert').locator('p').textContent()).toBe(
      'This page cannot show these questions as they should be, so it does not show them at all.',
    );
    const told = await page.locator('.reasons li').allTextContents();
    for (const reason of reasons) expect(told).toContain(reason);
    expect(await page.locator('fieldset, input, [data-action]').count()).toBe(0);
  };

  test('is refused with every reason, and nothing is stored of it', async () => {
    const path = `${service.url}/screen?subject=Patient/p3&questionnaire=${encodeURIComponent(EVERYTHING)}`;
    const { page } = await browser.openPage({ path, width: 320, allowed: { origins: [service.url] } });
    await expectRefused(page, [
      '"wakes": the type "time" cannot be asked here.',
      '"by": the element "answerValueSet" is not known.',
      '"medicine": a group that repeats cannot be asked.',
      '"letter": the type "attachment" cannot be asked here.',
    ]);
    await checkAccessibility(page, 'cannot be drawn');
    await checkNoSidewaysScroll(page);
    await shot(page, 'cannot-be-drawn');
    const stored = await responsesOf(service.fhir, 'p3');
    expect(stored.filter(({ questionnaire }) => questionnaire === EVERYTHING)).toEqual([]);
  });

  const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';
  type Spoil = (item: QuestionnaireItem) => object;
  test.each<[string, Spoil, string]>([
    [
      'a calculation',
      ({ extension = [] }) => ({
        extension: [
          ...extension,
          {
            url: `${SDC}calculatedExpression`,
            valueExpression: { language: 'text/fhirpath', expression: '1' },
          },
        ],
      }),
      `"pain-duration": the extension "${SDC}calculatedExpression" is not known here.`,
    ],
    [
      'an extension that changes the meaning',
      () => ({ modifierExtension: [{ url: 'https://made-up.example.org/not', valueBoolean: true }] }),
      '"pain-duration": the element "modifierExtension" is not known.',
    ],
    ['a type', () => ({ type: 'signature' }), '"pain-duration": the type "signature" cannot be asked here.'],
    [
      'a list that is somewhere else',
      () => ({ answerOption: undefined, answerValueSet: 'https://made-up.example.org/ValueSet/x' }),
      '"pain-duration": the element "answerValueSet" is not known.',
    ],
  ])('%s that the page does not know', async (_name, spoil, reason) => {
    const opened = await browser.openPage();
    const { page } = opened;
    const spoilt = (items: QuestionnaireItem[] = []): QuestionnaireItem[] =>
      items.map((one) => ({
        ...one,
        ...(one.item && { item: spoilt(one.item) }),
        ...(one.linkId === 'pain-duration' && spoil(one)),
      }));
    await page.route('**/fhir/Questionnaire?**', async (route) => {
      const reply = await route.fetch();
      const bundle: Bundle<Questionnaire> = await reply.json();
      for (const { resource } of bundle.entry ?? []) if (resource) resource.item = spoilt(resource.item);
      await route.fulfill({ response: reply, json: bundle });
    });
    await page.goto('/screen?subject=Patient/p1');
    await expectRefused(page, [reason]);
  });

  test('one that the service does not have is said to be missing', async () => {
    for (const canonical of ['https://made-up.example.org/Questionnaire/none', `${CANONICAL}9`]) {
      const { page } = await browser.openPage({
        path: `/screen?subject=Patient/p1&questionnaire=${encodeURIComponent(canonical)}`,
      });
      await expectScreen(page, 'closed');
      expect(await page.getByRole('alert').locator('p').textContent()).toMatch(
        /^The service does not have these questions/,
      );
      expect(await page.locator('fieldset, [data-action]').count()).toBe(0);
    }
  });
});
