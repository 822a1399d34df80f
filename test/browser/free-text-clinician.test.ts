/** Markup in whatever people and other systems may write is text on every page of the clinician: it is read, and does nothing. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation, Questionnaire, Task } from 'fhir/r4.js';
import type { Page } from 'playwright-core';
import { type Opened, type OpenOptions, useBrowser } from '../support/browser.js';
import { addPatient, openResults, seenIn, submit } from '../support/browser-clinic.js';
import { deployWith } from '../support/browser-deploy.js';
import { send } from '../support/contract-http.js';

/** Each says where it came from, and would leave a trace if it were more than text. */
const markup = (where: string) =>
  `${where} <img src="http://evil.example/${where}.png" onerror="window.hit='${where}'">` +
  `<script>window.hit='${where}';alert(1)</script><b class="hit">bold</b> &lt;i&gt; {{7*7}} \${7*7}`;

const CANONICAL = 'https://made-up.example.org/Questionnaire/free-text';
const freeText: Questionnaire = {
  resourceType: 'Questionnaire',
  id: 'free-text',
  url: CANONICAL,
  version: '1.0',
  name: 'FreeText',
  title: 'Free text',
  status: 'active',
  item: [
    { linkId: 'line', type: 'string', text: markup('question') },
    { linkId: 'lines', type: 'text', text: 'Anything else?' },
    {
      linkId: 'drink',
      type: 'open-choice',
      text: 'What do you drink?',
      answerOption: [
        {
          valueCoding: {
            system: 'https://made-up.example.org/drinks',
            code: 'tea',
            display: markup('option'),
          },
        },
      ],
      repeats: true,
    },
    { linkId: 'link', type: 'url', text: 'A page about it?' },
  ],
};

const browser = useBrowser({}, deployWith(freeText));
const NAME = markup('name');
const DISPLAY = markup('display');
const FLAG = markup('flag');

const ids = { scored: '', alert: '', free: '' };

beforeAll(async () => {
  const clinic = browser.service();
  const subject = await addPatient(clinic, 'p1', 'x', { name: [{ text: NAME }], gender: 'female' });
  await send(`${clinic.embeddedUrl}/Practitioner/doc`, {
    method: 'PUT',
    body: { resourceType: 'Practitioner', id: 'doc', name: [{ text: DISPLAY }] },
  });
  const author = { reference: 'Practitioner/doc', display: DISPLAY };
  const source = { reference: subject, display: DISPLAY };
  const more = { status: 'amended', author, source } as const;
  ids.scored = (await submit(clinic, subject, { answers: 'D9', ...more })).id;
  ids.alert = (await submit(clinic, subject, { answers: 'P4', ...more })).id;
  await mark<Observation>(`Observation/${ids.alert}.red-flag-urgency`, (one) => ({
    ...one,
    note: [{ text: markup('note') }],
    component: one.component?.map((part) => ({
      ...part,
      code: { coding: [{ ...part.code.coding?.[0], display: FLAG }] },
    })),
  }));
  await mark<Task>(`Task/${ids.alert}.task`, (one) => ({ ...one, description: markup('task') }));
  const answered = await submit(clinic, subject, {
    ...more,
    questionnaire: `${CANONICAL}|1.0`,
    item: [
      { linkId: 'line', answer: [{ valueString: markup('string') }] },
      { linkId: 'lines', answer: [{ valueString: `${markup('text')}\nsecond line` }] },
      {
        linkId: 'drink',
        answer: [
          { valueCoding: { system: 'https://made-up.example.org/drinks', code: 'tea', display: DISPLAY } },
          { valueString: markup('other') },
        ],
      },
      { linkId: 'link', answer: [{ valueUri: "javascript:window.hit='url'" }] },
    ],
  });
  ids.free = answered.id;
});

/** On the record's server, as another system would. */
async function mark<T extends object>(path: string, change: (resource: T) => T): Promise<void> {
  const url = `${browser.service().embeddedUrl}/${path}`;
  const found = await send<T>(url);
  const reply = await send(url, { method: 'PUT', body: change(found.body) });
  if (reply.status >= 300) throw new Error(`not marked: ${path} ${reply.status} ${reply.text.slice(0, 300)}`);
}

async function open(path: string, options: OpenOptions = {}): Promise<Opened & { dialogs: string[] }> {
  const opened = await browser.openPage(options);
  const dialogs: string[] = [];
  opened.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  if (path.startsWith('/results/')) await openResults(opened.page, path.replace('/results/', ''));
  else await opened.page.goto(path);
  return { ...opened, dialogs };
}

/** Every element is one that the pages draw; no attribute runs anything. What was asked for, the harness watches. */
async function expectInert({ page, dialogs }: Awaited<ReturnType<typeof open>>): Promise<void> {
  expect(await page.evaluate('window.hit')).toBeUndefined();
  expect(dialogs).toEqual([]);
  const strange = await page.locator('body *').evaluateAll((all) =>
    all.flatMap((one) => {
      const names = one
        .getAttributeNames()
        .filter((name: string) => name.startsWith('on') || name === 'srcdoc');
      const isStrange = ['img', 'script', 'iframe', 'object', 'embed', 'style', 'b.hit'].some((kind) =>
        one.matches(kind),
      );
      const isScript = /^\s*javascript:/i.test(one.getAttribute('href') ?? '');
      return isStrange || isScript || names.length > 0 ? [one.outerHTML.slice(0, 200)] : [];
    }),
  );
  expect(strange).toEqual([]);
}

/** No rule is about the other Questionnaire, which the service says with 422. */
const UNSCORED: OpenOptions = { allowed: { failures: /\$(explain|advice)$/ } };

/** On one line, as it is drawn. */
const flat = (text: string) => text.replace(/\s+/g, ' ');
const textOf = async (page: Page, selector = 'body') => flat(await seenIn(page.locator(selector)));
const nameIs = (page: Page) => page.getByText('window.hit=').first().waitFor();

describe('results', () => {
  test('the name, and whoever changed the answers', async () => {
    const opened = await open(`/results/${ids.scored}`);
    const text = await textOf(opened.page);
    expect(text).toContain(NAME);
    expect(text).toContain(`by ${DISPLAY}`);
    expect(await opened.page.title()).toContain(NAME);
    await expectInert(opened);
  });

  test('the note of the red flags', async () => {
    const opened = await open(`/results/${ids.alert}`);
    await expectInert(opened);
    expect(await textOf(opened.page, 'section.flags h2')).toMatch(/Emergency/);
  });

  test('answers in free text, questions and options of another Questionnaire', async () => {
    const opened = await open(`/results/${ids.free}`, UNSCORED);
    const { page } = opened;
    // Open, as there is no verdict to look at.
    await page.locator('.all-answers[open]').waitFor();
    const text = await textOf(page, '.all-answers');
    for (const where of ['question', 'string', 'text', 'option', 'other'])
      expect(text).toContain(flat(markup(where)));
    expect(text).toContain("javascript:window.hit='url'");
    await expectInert(opened);
    // What cannot be scored has no verdict, and no "none reported".
    expect(await page.locator('.on-screen .sets, .on-screen .none-reported').count()).toBe(0);
  });

  test('on paper', async () => {
    for (const id of [ids.scored, ids.alert, ids.free]) {
      const opened = await open(`/results/${id}`, UNSCORED);
      await opened.page.emulateMedia({ media: 'print' });
      expect(await textOf(opened.page, '.sheet')).toContain(NAME);
      await expectInert(opened);
    }
  });

  test('copied', async () => {
    const opened = await open(`/results/${ids.scored}`);
    await opened.context.grantPermissions(['clipboard-read', 'clipboard-write'], {
      origin: browser.service().url,
    });
    await opened.page.getByRole('button', { name: 'Copy as text' }).click();
    await opened.page.getByText('Copied.').waitFor();
    const text = String(await opened.page.evaluate('navigator.clipboard.readText()'));
    expect(text).toContain(`Back pain screening: ${NAME}\n`);
    expect(text).toContain(`by ${DISPLAY}`);
    await expectInert(opened);
  });
});

describe('worklist', () => {
  test('the alert, and the rows', async () => {
    const opened = await open('/worklist');
    const { page } = opened;
    await page.locator('.row').nth(2).waitFor();
    expect(await textOf(page, '.alert')).toContain(NAME);
    expect(await textOf(page, '.alert')).toContain(FLAG);
    const names = await page.locator('.row .open').allInnerTexts();
    expect(names.map(flat)).toEqual([NAME, NAME, NAME]);
    await expectInert(opened);
  });

  test('where the flags cannot be read, what the Task says', async () => {
    const opened = await open('about:blank', { allowed: { failures: /Observation/ } });
    const { page } = opened;
    await page.route(/\/fhir\/Observation\?/, (route) => route.abort('connectionreset'));
    await page.goto('/worklist');
    await page.locator('.alert').waitFor();
    expect(await textOf(page, '.alert')).toContain(markup('task'));
    await expectInert(opened);
  });

  test('what was acknowledged, and what was searched for', async () => {
    const opened = await open(
      `/worklist?filter=${encodeURIComponent(NAME)}#name=${encodeURIComponent(markup('search'))}`,
    );
    const { page } = opened;
    await page.getByText(/Nothing found for a patient named/).waitFor();
    expect(await textOf(page, 'main')).toContain(`named “${markup('search')}”`);
    await page.getByRole('button', { name: /^Acknowledge/ }).click();
    await page.getByText(/^Acknowledged: /).waitFor();
    expect(await textOf(page, '.news')).toContain(`Acknowledged: ${NAME}`);
    await expectInert(opened);
  });
});

describe('history and start', () => {
  test('the name, over time', async () => {
    const opened = await open('/patients/p1');
    await nameIs(opened.page);
    expect(await textOf(opened.page, 'h1')).toBe(NAME);
    expect(await opened.page.title()).toContain(NAME);
    await expectInert(opened);
  });

  test('the choice of a patient', async () => {
    const opened = await open('/');
    const { page } = opened;
    await page.getByLabel('Patient’s name').fill('name');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('.people li').waitFor();
    expect(await textOf(page, '.people strong')).toBe(NAME);
    await expectInert(opened);
  });

  test.each(['/', '/learn', '/worklist', '/results/', '/patients/'])(
    'addresses that are not meant: %s',
    async (path) => {
      const odd = encodeURIComponent('"><img src=x onerror=window.hit=1>');
      const opened = await open(`about:blank`, { allowed: { failures: /fhir|onerror/ } });
      const ending = path.endsWith('s/') ? odd : `?lang=${odd}&author=${odd}&filter=${odd}`;
      await opened.page.goto(`${path}${ending}`, { waitUntil: 'networkidle' });
      await expectInert(opened);
    },
  );
});

/** What the test would say of a page that drew it. */
test('it would be noticed', async () => {
  const opened = await open('/learn');
  await opened.page.evaluate(
    `document.querySelector('main').insertAdjacentHTML('beforeend', '<b class="hit">x</b>')`,
  );
  await expect(expectInert(opened)).rejects.toThrow(/hit/);
});
