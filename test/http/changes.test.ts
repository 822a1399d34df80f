/** `GET /ui/changes`: what the worklist asks every few seconds. */
import { afterEach, expect, test } from '@jest/globals';
import type { AuditRecord } from '../../src/fhir/audit-event.js';
import { type App, startApp } from '../support/http-app.js';

let app: App | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const SETTINGS = {
  emergencyNumber: '112',
  isDemo: false,
  clinician: null,
  questionnaire: null,
  adviceAlone: {},
  adviceTogether: [],
  isGuarded: false,
  signIn: [],
};
const pages = { folder: 'no/such/folder', frameAncestors: [], settings: SETTINGS };

test('says nothing but a mark, is never cached, and is nothing to audit', async () => {
  const audited: AuditRecord[] = [];
  app = await startApp({ pages, ports: { audit: { record: (event) => audited.push(event) } } });
  const ask = async () => {
    const response = await fetch(`${app?.root}/ui/changes`);
    const { headers, status } = response;
    return [status, headers.get('cache-control'), headers.get('content-type'), await response.json()];
  };
  const first = await ask();
  expect(first).toEqual([
    200,
    'no-store',
    'application/json',
    { mark: expect.stringMatching(/^[0-9a-f]{16}$/) },
  ]);
  expect(await ask()).toEqual(first);
  expect(audited).toEqual([]);
});

test('is not there without the pages', async () => {
  app = await startApp();
  expect((await fetch(`${app.root}/ui/changes`)).status).toBe(404);
});
