/** A portal's own page that asks the questions itself and calls the API with its patient's token, from another origin. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { useBrowser } from '../support/browser.js';
import { type Guarded, startGuarded } from '../support/browser-invited.js';
import { type Portal, startPortal } from '../support/browser-portal.js';
import { CANONICAL, toResponse, worked } from '../support/contract-responses.js';

const browser = useBrowser();
let portal: Portal;
let world: Guarded;

beforeAll(async () => {
  portal = await startPortal();
  world = await startGuarded(browser.startService, ['a1', 'a2'], { CORS_ORIGINS: portal.url });
  portal.letIn(world.service.url);
});

afterAll(async () => {
  await portal?.close();
  await world?.issuer.close();
});

interface Answered {
  readonly status: number;
  readonly etag: string | null;
  readonly location: string | null;
  readonly body: { readonly resourceType: string; readonly id?: string; readonly issue?: unknown };
}

/** By the page itself, so that the browser asks the service first (preflight) and hides what it may not see. */
function call(page: Page, path: string, init: object): Promise<Answered> {
  const url = JSON.stringify(`${world.service.fhir}/${path}`);
  return page.evaluate<Answered>(`fetch(${url}, ${JSON.stringify(init)}).then(async (reply) => ({
    status: reply.status, etag: reply.headers.get('etag'), location: reply.headers.get('location'),
    body: await reply.json() }))`);
}

async function visit(url: string) {
  const failures = new RegExp(`^${world.service.fhir}`);
  const opened = await browser.openPage({
    allowed: { origins: [portal.url, url, world.service.url], failures },
  });
  await opened.page.goto(`${url}/?only=none`);
  return opened;
}

const tokenOf = (patient: string) =>
  world.issuer.mint({
    scope: 'patient/QuestionnaireResponse.crus patient/Patient.r',
    patient,
    fhirUser: `Patient/${patient}`,
  });

const answers = (status: 'completed' | 'amended', patient = 'a1') => {
  const whose = { reference: `Patient/${patient}` };
  return toResponse(worked('D1'), 'from a portal', { status, subject: whose, source: whose, author: whose });
};

test('reads the questions, asks for advice, sends, corrects, and sees its own alone', async () => {
  const { page } = await visit(portal.url);
  const headers = {
    authorization: `Bearer ${await tokenOf('a1')}`,
    'content-type': 'application/fhir+json',
  };
  const post = (path: string, body: object) =>
    call(page, path, { method: 'POST', headers, body: JSON.stringify(body) });
  const [url, version] = CANONICAL.split('|');
  const query = new URLSearchParams({ url: url ?? '', version: version ?? '' });
  const asked = await call(page, `Questionnaire?${query}`, {});
  expect([asked.status, asked.body.resourceType]).toEqual([200, 'Bundle']);
  const advice = await post('QuestionnaireResponse/$advice', answers('completed'));
  expect([advice.status, advice.body.resourceType]).toEqual([200, 'Parameters']);

  const sent = await post('QuestionnaireResponse', answers('completed'));
  expect([sent.status, sent.etag]).toEqual([201, 'W/"1"']);
  const path = `QuestionnaireResponse/${sent.body.id}`;
  expect(sent.location).toBe(`${world.service.fhir}/${path}/_history/1`);
  const change = {
    method: 'PUT',
    headers: { ...headers, 'if-match': sent.etag },
    body: JSON.stringify({ ...answers('amended'), id: sent.body.id }),
  };
  const amended = await call(page, path, change);
  expect([amended.status, amended.etag]).toEqual([200, 'W/"2"']);
  expect((await call(page, path, { headers })).status).toBe(200);
  const other = { authorization: `Bearer ${await tokenOf('a2')}` };
  expect((await call(page, path, { headers: other })).status).toBe(403);
  expect((await post('QuestionnaireResponse', answers('completed', 'a2'))).status).toBe(403);
  // Refusals can be read, too.
  expect(await call(page, path, {})).toMatchObject({
    status: 401,
    body: { resourceType: 'OperationOutcome' },
  });
  expect(await page.context().cookies()).toEqual([]);
});

test('an origin that is not named reads nothing, whatever its token', async () => {
  const other = await startPortal('localhost');
  try {
    other.letIn(world.service.url);
    const { page, watch } = await visit(other.url);
    const headers = { authorization: `Bearer ${await tokenOf('a1')}` };
    const attempt = call(page, 'QuestionnaireResponse?patient=a1', { headers });
    await expect(attempt).rejects.toThrow(/Failed to fetch/);
    expect(watch.consoleErrors.join()).toMatch(/CORS policy/);
    watch.forget();
  } finally {
    await other.close();
  }
});
