/** Links that an attacker sends: whatever stands in the address of a page is text there, and loads nothing. */
import { afterAll, expect, test } from '@jest/globals';
import { createLedger } from '../support/adversary.js';
import { useBrowser } from '../support/browser.js';

const ledger = createLedger('addresses');
const browser = useBrowser();
afterAll(() => ledger.print());

const SCRIPTS = [
  '"><img src="https://evil.example/x.png" onerror="window.hit=1"><script>window.hit=1</script>{{window.hit=1}}',
  'javascript:window.hit=1',
  'https://evil.example/fhir',
  '//evil.example/../../__proto__',
];

/** Where a page reads something from its address; `{x}` is what the attacker writes. */
const ADDRESSES = [
  '/?lang={x}',
  '/?next={x}#{x}',
  '/learn?lang={x}#{x}',
  '/screen?subject={x}',
  '/screen?subject=Patient/p1&response={x}',
  '/screen?subject=Patient/p1&questionnaire={x}',
  '/screen?subject=Patient/p1&intake={x}&author={x}&lang={x}',
  '/screen?embed={x}&origin={x}&parent={x}#{x}',
  '/results/{x}',
  '/results/r00000000000000000000000000000000?author={x}&lang={x}#{x}',
  '/patients/{x}',
  '/patients/p1?author={x}#{x}',
  '/worklist?filter={x}&author={x}#name={x}',
  '/invitation?embed={x}&lang={x}#{x}',
  '/ui/{x}',
  '/{x}',
];

/** How many elements there are that no page of ours draws, or that would run something. */
const STRANGE = `[...document.querySelectorAll('body img, body script, iframe, object, embed, base, [srcdoc], [onerror], [onload], [onclick]')].length
  + [...document.querySelectorAll('[href], [src], [action], [formaction]')].flatMap((one) =>
      ['href', 'src', 'action', 'formaction'].flatMap((name) => one.getAttribute(name) ?? []))
    .map((address) => new URL(address, location.href))
    .filter(({ protocol, host }) => /^(javascript|data):$/.test(protocol) || /evil/.test(host)).length`;

test.each(ADDRESSES)(
  '%s',
  async (address) => {
    for (const script of SCRIPTS) {
      const path = address.replaceAll('{x}', encodeURIComponent(script));
      // What is refused is expected; what is loaded from elsewhere, or tried against the policy, is not.
      const { page, watch } = await browser.openPage({ allowed: { failures: /./, console: /./ } });
      const dialogs: string[] = [];
      page.on('dialog', (dialog) => {
        dialogs.push(dialog.message());
        void dialog.dismiss();
      });
      await page.goto(path, { waitUntil: 'networkidle', timeout: 20_000 });
      const { origin } = new URL(page.url());
      const found = [
        await page.evaluate('window.hit'),
        dialogs,
        await page.evaluate(STRANGE),
        watch.offOrigin,
        watch.cspViolations,
      ];
      ledger.harmless(path, [origin, ...found], [browser.service().url, undefined, [], 0, [], []]);
      await page.close();
    }
  },
  120_000,
);

test('the service is there', async () => {
  await ledger.stillAnswers(`${browser.service().url}/livez`);
  expect((await fetch(`${browser.service().url}/screen`)).status).toBe(200);
});
