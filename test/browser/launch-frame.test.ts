/** The EHR shows the questions in a frame of its own page, on another site, and knows the service by its keys. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from '@jest/globals';
import { checkAccessibility, shot } from '../support/browser-checks.js';
import { answersIn, expectScreen, press, told } from '../support/browser-draft.js';
import { newestResponse, sessionCookie, useEhr, writesBy } from '../support/browser-ehr.js';
import { answerQuestions, sendAnswers } from '../support/browser-intake.js';
import { CANONICAL, worked } from '../support/contract-responses.js';

/** `localhost` and `127.0.0.1` are two sites. */
let site: Server | undefined;
let origin = '';
let framed = '';

async function startSite(): Promise<void> {
  const server = createServer(({ url }, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    const frame = `<iframe title="Questions" src="${framed.replaceAll('&', '&amp;')}" width="700" height="800">`;
    const page = `<!doctype html><html lang="en"><title>EHR</title><main><h1>Chart</h1>${frame}</iframe></main>`;
    response.end(url === '/' ? page : '');
  });
  site = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
}

const { browser, ehr, openPage } = useEhr({
  auth: 'private_key_jwt',
  env: async () => {
    await startSite();
    return { FRAME_ANCESTORS: origin };
  },
});

afterAll(() => {
  site?.closeAllConnections();
  site?.close();
});

test('launch, sign-in by a signed assertion, intake on behalf, all in a frame of another site', async () => {
  const { page, context, watch } = await openPage();
  watch.allow({ origins: [origin] });
  const fhirContext = [{ canonical: CANONICAL, type: 'Questionnaire' }];
  const { url } = browser.service();
  framed = ehr().launchUrl(url, { user: 'Practitioner/d1', patient: 'p1', fhirContext });
  await page.goto(`${origin}/`);
  const frame = page.frameLocator('iframe');
  await expectScreen(frame, 'welcome');
  const cookie = await sessionCookie(context);
  expect([cookie?.httpOnly, cookie?.secure, cookie?.sameSite]).toEqual([true, true, 'None']);
  expect(cookie).toHaveProperty('partitionKey');
  await checkAccessibility(page, 'intake in the frame of an EHR');
  await shot(page, 'launch-frame');
  await answerQuestions(frame, worked('D1'));
  await sendAnswers(frame);
  const response = await newestResponse(ehr(), 'p1');
  expect(answersIn(response)).toEqual(told(worked('D1')));
  expect([response.status, response.author?.reference]).toEqual(['completed', 'Practitioner/d1']);
  expect(Object.keys(writesBy(ehr()))).toEqual(['Practitioner/d1']);
  expect(ehr().requests).toContain('POST token authorization_code');
  const results = frame.getByRole('link', { name: 'Show the results' });
  expect(await results.getAttribute('target')).toBe('_blank');
  expect(await page.evaluate('document.cookie')).toBe('');
}, 60_000);

test('a session that is gone, in a frame: the answers stay, and go on after another launch beside', async () => {
  const { page, context, watch } = await openPage({ allowed: { failures: /\/fhir\// } });
  watch.allow({ origins: [origin] });
  const { url } = browser.service();
  const fhirContext = [{ canonical: CANONICAL }];
  const launch = () => ehr().launchUrl(url, { user: 'Practitioner/d1', patient: 'p2', fhirContext });
  framed = launch();
  await page.goto(`${origin}/`);
  const frame = page.frameLocator('iframe');
  await expectScreen(frame, 'welcome');
  await answerQuestions(frame, worked('D1'));
  await context.clearCookies();
  await press(frame, 'send');
  await frame.getByText('Your sign-in has run out.').waitFor();
  // Another window would have another session: it is signed in to by the EHR's own page.
  expect(await frame.locator('[data-action="sign-in"]').count()).toBe(0);
  framed = launch();
  const beside = await context.newPage();
  await beside.goto(`${origin}/`);
  await beside.frameLocator('iframe').locator('[data-screen]').waitFor();
  await beside.close();
  await press(frame, 'again');
  await expectScreen(frame, 'sent');
  const stored = answersIn(await newestResponse(ehr(), 'p2'));
  expect(stored).toEqual(told(worked('D1')));
  process.stdout.write(`in a frame, session gone: answers stored ${Object.keys(stored).length}\n`);
}, 60_000);
