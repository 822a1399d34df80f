/**
 * Markup in whatever people and other systems may write, as the EHR's reader sees it: the DocumentReference's HTML and
 * the narratives that are taken, in a real browser without any policy. Nothing in them runs, nothing is loaded.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from 'fhir/r4.js';
import { type Browser, chromium, type Page } from 'playwright-core';
import { toDocumentReference } from '../../src/fhir/document-reference.js';
import { readQuestionnaire } from '../../src/fhir/form.js';
import { isNarrative } from '../../src/fhir/narrative.js';
import { toScreeningDocument } from '../../src/fhir/screening-document.js';
import { findBrowser } from '../support/browser-binary.js';
import { software } from '../support/fhir-content.js';
import { NO_TERMINOLOGY, questionnaireOf } from '../support/fhir-literals.js';
import { createRandom } from '../support/scoring-random.js';

/** Each would set `hit`, ask for `/stolen`, or leave an element behind, if it were more than text. */
const ATTACKS = [
  `<script>window.hit=1</script>`,
  `</title><script>window.hit=1</script>`,
  `</li></ul><script src="/stolen"></script>`,
  `--><script>window.hit=1</script><!--`,
  `]]><script>window.hit=1</script>`,
  `<img src="/stolen" onerror="window.hit=1">`,
  `<img src=x onerror=window.hit=1 `,
  `<svg onload=window.hit=1>`,
  `<svg><script>window.hit=1</script></svg>`,
  `<math><mtext><img src=x onerror=window.hit=1></mtext></math>`,
  `<iframe srcdoc="<script>parent.hit=1</script>"></iframe>`,
  `<object data="/stolen"></object><embed src="/stolen">`,
  `<link rel=stylesheet href="/stolen"><style>@import "/stolen"</style>`,
  `<body onload=window.hit=1><a autofocus onfocus=window.hit=1 href=#>x</a>`,
  `<meta http-equiv="refresh" content="0;url=/stolen"><base href="/stolen">`,
  `<form action="/stolen"><button autofocus onfocus=window.hit=1>x</button></form>`,
  `<details open ontoggle=window.hit=1>x</details>`,
  `<video><source onerror=window.hit=1></video><audio src="/stolen" autoplay>`,
  `<a href="javascript:window.hit=1">x</a>`,
  `" onmouseover="window.hit=1" x="`,
  `' onfocus='window.hit=1' autofocus='`,
  `&lt;script&gt;window.hit=1&lt;/script&gt; &#60;img src=x onerror=window.hit=1&#62;`,
  `\u003cscript\u003ewindow.hit=1\u003c/script\u003e +ADw-script+AD4-window.hit=1`,
  `<?xml-stylesheet href="/stolen"?><!DOCTYPE x [<!ENTITY y SYSTEM "/stolen">]>&y;`,
  `{{constructor.constructor('window.hit=1')()}} \${window.hit=1}`,
];

let browser: Browser;
let server: Server;
let origin = '';
let html = '';
const asked: string[] = [];
beforeAll(async () => {
  const { executablePath, env } = await findBrowser();
  browser = await chromium.launch({ executablePath, env, args: ['--no-sandbox'], timeout: 60_000 });
  server = createServer(({ url }, response) => {
    if (url !== '/' && url !== '/favicon.ico') asked.push(`${url}`);
    response.writeHead(200, { 'content-type': url === '/' ? 'text/html; charset=utf-8' : 'text/plain' });
    response.end(url === '/' ? html : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}, 200_000);
afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
}, 40_000);

/** A page that tells what it was asked to do. */
async function openPage(): Promise<{ page: Page; dialogs: string[] }> {
  const page = await browser.newPage();
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  return { page, dialogs };
}

/** A response to a Questionnaire of somebody else, with the attack in each text that a document repeats. */
function documentWith(attack: string) {
  let fields = 0;
  const markup = (where: string) => {
    fields += 1;
    return `${where} ${attack}`;
  };
  const system = 'urn:drinks';
  const read = readQuestionnaire(
    {
      ...questionnaireOf(
        { linkId: 'line', type: 'string', text: markup('question') },
        { linkId: 'blank', type: 'string', text: markup('blank') },
        { linkId: 'many', type: 'text', text: 'Many lines' },
        {
          linkId: 'drink',
          type: 'open-choice',
          repeats: true,
          text: 'Drink',
          answerOption: [{ valueCoding: { system, code: 'tea', display: markup('option') } }],
        },
        { linkId: 'link', type: 'url', text: 'Link' },
        { linkId: 'amount', type: 'quantity', text: 'Amount' },
        { linkId: 'whom', type: 'reference', text: 'Whom' },
        { linkId: 'file', type: 'attachment', text: 'File' },
      ),
      title: markup('title'),
    },
    NO_TERMINOLOGY,
  );
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  const response: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    id: 'r1',
    questionnaire: markup('canonical'),
    status: 'amended',
    authored: '2026-05-04',
    subject: { reference: markup('Patient/p1'), display: markup('subject') },
    encounter: { reference: 'Encounter/e1', display: markup('encounter') },
    author: { display: markup('author') },
    source: { display: markup('source') },
    identifier: { system: 'urn:x', value: markup('identifier') },
    extension: [{ url: 'urn:x', valueString: markup('extension') }],
    item: [
      { linkId: 'line', text: markup('item text'), answer: [{ valueString: markup('string') }] },
      { linkId: 'many', answer: [{ valueString: `${markup('text')}\nsecond` }] },
      {
        linkId: 'drink',
        answer: [
          { valueCoding: { system, code: 'tea', display: markup('display') } },
          { valueString: markup('other') },
          { valueCoding: { system, code: 'x', display: markup('unknown') } },
        ],
      },
      { linkId: 'link', answer: [{ valueUri: markup('uri') }] },
      { linkId: 'amount', answer: [{ valueQuantity: { value: 1, unit: markup('unit') } }] },
      { linkId: 'whom', answer: [{ valueReference: { display: markup('reference') } }] },
      { linkId: 'file', answer: [{ valueAttachment: { title: markup('attachment') } }] },
      { linkId: markup('link id'), answer: [{ valueString: 'x' }] },
    ],
  };
  const document = toScreeningDocument({ response, version: 1, form: read.form, score: null, software });
  return { document, fields };
}

/** What a document says of each field; `display`, `item text` and the like are not repeated in it. */
const SHOWN = [
  ...[
    'question',
    'blank',
    'option',
    'title',
    'canonical',
    'Patient/p1',
    'string',
    'text',
    'other',
    'unknown',
  ],
  ...['uri', '1 unit', 'reference', 'attachment', 'link id'],
];
const flat = (text: string) => text.replace(/\s+/g, ' ').trim();

test('a DocumentReference in HTML: shown to the letter, and nothing runs', async () => {
  let fields = 0;
  const { page, dialogs } = await openPage();
  for (const attack of ATTACKS) {
    const made = documentWith(attack);
    fields += made.fields;
    const sending = { contentType: 'text/html', replaces: null, recorded: new Date(0) } as const;
    const [content] = toDocumentReference(made.document, sending).content;
    html = Buffer.from(content?.attachment.data ?? '', 'base64').toString('utf8');
    asked.length = 0;
    await page.goto(origin, { waitUntil: 'load', timeout: 10_000 });
    const text = flat(String(await page.evaluate('document.body.innerText')));
    for (const where of SHOWN) expect(text).toContain(flat(`${where} ${attack}`));
    expect(await page.title()).toBe(flat(`title ${attack} (amended)`));
    const names = await page.evaluate(
      "[...new Set([...document.querySelectorAll('*')].map((one) => one.localName))]",
    );
    expect(new Set(names as string[])).toEqual(
      new Set(['html', 'head', 'meta', 'title', 'body', 'h1', 'h2', 'p', 'ul', 'li']),
    );
    expect([attack, await page.evaluate('window.hit'), dialogs, asked]).toEqual([attack, undefined, [], []]);
  }
  console.log(`documents: ${ATTACKS.length} attacks in ${fields} fields, 0 ran`);
}, 120_000);

/** Pieces of narratives, good and bad, put together by chance: some of what comes out is taken. */
const PIECES = [
  ...[
    '<b>',
    '</b>',
    '<p>',
    '</p>',
    '<p title="',
    '">',
    '"',
    "'",
    '<a href="',
    '<a href="#',
    '</a>',
    '<img src="',
    '"/>',
    '/>',
  ],
  ...[
    'javascript:window.hit=1',
    'java&#9;script:window.hit=1',
    '&#106;avascript:window.hit=1',
    '/stolen',
    '//x/stolen',
    '#a',
  ],
  ...[
    '<!--',
    '-->',
    '--!>',
    '<!-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '<script>window.hit=1</script>',
    '<svg onload=window.hit=1>',
  ],
  ...[
    ' onerror="window.hit=1"',
    ' style="',
    'background:url(/stolen)',
    'color:red',
    ' class="x"',
    ' id="y"',
    '&lt;',
    '&#60;',
  ],
  ...[
    'x',
    ' ',
    '\n',
    '\u00a0',
    '>',
    '&',
    '<',
    '<br/>',
    '<td>',
    '</td>',
    '<table>',
    '</table>',
    'data:image/png;base64,AAAA',
  ],
];

/** In the page: each as its content, one after the other, and followed where that leads nowhere else. */
const SET_AND_CLICK = `(some) => {
  const main = document.querySelector('main');
  for (const one of some) {
    main.innerHTML = one;
    for (const link of main.querySelectorAll('a[href^="#"], a:not([href])')) link.click();
  }
}`;
const SCHEMES = `(some) => {
  const linksIn = (one) => [...new DOMParser().parseFromString(one, 'text/html').querySelectorAll('a[href]')];
  return [...new Set(some.flatMap((one) => linksIn(one).map(({ protocol }) => protocol)))];
}`;

test('narratives that are taken: set into a page as they are, nothing runs and nothing is loaded', async () => {
  const random = createRandom(20260504);
  const pick = () => random.pick(PIECES);
  const made = new Set<string>();
  for (const attack of ATTACKS)
    for (const around of ['<p>', '<p title="', '<a href="', '<!--']) made.add(`${around}${attack}`);
  const close: Record<string, string> = { '<p>': '</p>', '<b>': '</b>' };
  while (made.size < 200_000) {
    const first = pick();
    const inside = Array.from({ length: random.integer(1, 5) }, pick).join('');
    made.add(`${first}${inside}${close[first] ?? ''}`);
  }
  const all = [...made].map((content) => `<div>t${content}</div>`);
  const taken = all.filter(isNarrative);
  const { page, dialogs } = await openPage();
  html = '<!DOCTYPE html><meta charset="utf-8"><main></main>';
  asked.length = 0;
  await page.goto(origin, { timeout: 10_000 });
  for (let at = 0; at < taken.length; at += 500) {
    await page.evaluate(`(${SET_AND_CLICK})(${JSON.stringify(taken.slice(at, at + 500))})`);
  }
  // By then whatever is to be loaded has been asked for.
  await page.evaluate('new Promise((done) => setTimeout(done, 300))');
  const schemes = (await page.evaluate(`(${SCHEMES})(${JSON.stringify(taken)})`)) as string[];
  console.log(
    `narratives: ${all.length} made, ${taken.length} taken, 0 ran; links lead to ${schemes.join(' ')}`,
  );
  expect([await page.evaluate('window.hit'), dialogs, asked]).toEqual([undefined, [], []]);
  expect(schemes.filter((one) => !['http:', 'https:', 'mailto:', 'tel:', 'urn:'].includes(one))).toEqual([]);
  expect([taken.length > 1000, taken.length < all.length / 2]).toEqual([true, true]);
}, 240_000);
