/** Pages of other sites, in whose name any browser posts what has no body: nothing is changed for them, signed in or not. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import { faultsOf } from '../support/contract-http.js';
import { type App, startApp } from '../support/http-app.js';
import { useFhirServer } from '../support/http-fhir.js';

useFhirServer();
const PORTAL = 'https://portal.example.org';
let app: App;
beforeAll(async () => {
  app = await startApp({ corsOrigins: [PORTAL] });
});
afterAll(() => app.close());

const post = (headers: Record<string, string>, path = 'QuestionnaireResponse/r1/$drop') =>
  fetch(`${app.fhir}/${path}`, { method: 'POST', headers });

describe('refused before anything is looked at', () => {
  test.each<[string, Record<string, string>]>([
    ['another site', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
    ['a neighbour', { Origin: 'http://localhost:1', 'Sec-Fetch-Site': 'same-site' }],
    ['a page without an origin', { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }],
    ['a site that says nothing of itself', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another site, told by its origin alone', { Origin: 'https://evil.example' }],
    ['no origin, told by that alone', { Origin: 'null' }],
  ])('%s', async (_who, headers) => {
    for (const path of ['QuestionnaireResponse/r1/$deliver', 'Patient/p1/$invite', 'Patient/_search']) {
      const response = await post(headers, path);
      const codes = faultsOf((await response.json()) as OperationOutcome).map(({ code }) => code);
      expect([path, response.status, codes]).toEqual([path, 403, ['scope-missing']]);
    }
  });
});

describe('let through, to be judged as ever', () => {
  test.each<[string, Record<string, string>]>([
    ['a page of ours', { 'Sec-Fetch-Site': 'same-origin' }],
    ['a person, by hand', { 'Sec-Fetch-Site': 'none' }],
    ['an origin that may call the API', { Origin: PORTAL, 'Sec-Fetch-Site': 'cross-site' }],
    ['our own origin, behind a proxy', { Origin: 'https://screening.example.org' }],
    ['a program', {}],
  ])('%s', async (_who, headers) => {
    // Without a body it is refused for that.
    const response = await post(headers);
    const codes = faultsOf((await response.json()) as OperationOutcome).map(({ code }) => code);
    expect([response.status, codes]).toEqual([400, ['not-json']]);
  });

  test('the origin that was asked, by whatever name', async () => {
    expect((await post({ Origin: app.root })).status).toBe(400);
  });

  test('a read, which no other site can see', async () => {
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
    expect((await fetch(`${app.fhir}/metadata`, { headers })).status).toBe(200);
  });
});
