/** What goes along with each answer, so that a browser does nothing with it that was not meant. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { send } from '../support/contract-http.js';
import { type App, startApp } from '../support/http-app.js';
import { answers, hasPatient, searchset, useFhirServer } from '../support/http-fhir.js';

useFhirServer();
let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const policyOf = async (path: string, sent = {}) => {
  const { headers } = await send(`${app.root}${path}`, sent);
  return [
    headers.get('content-security-policy'),
    headers.get('x-frame-options'),
    headers.get('x-content-type-options'),
    headers.get('cross-origin-resource-policy'),
    headers.get('referrer-policy'),
  ];
};
const DATA = ["default-src 'none';frame-ancestors 'none'", 'DENY', 'nosniff', 'same-origin', 'no-referrer'];

test.each(['/fhir/metadata', '/fhir/Nothing', '/fhir/QuestionnaireResponse/x/y', '/livez', '/nothing'])(
  '%s is data: not run, not framed, not guessed at',
  async (path) => {
    expect(await policyOf(path)).toEqual(DATA);
  },
);

test('what is about patients is kept in no cache; what is published may be', async () => {
  hasPatient();
  answers('Observation?code=x', 200, searchset([]));
  const cacheOf = async (path: string) => (await send(`${app.fhir}${path}`)).headers.get('cache-control');
  expect(await cacheOf('/Patient/p1')).toBe('no-store');
  expect(await cacheOf('/Observation?code=x')).toBe('no-store');
  expect(await cacheOf('/$delivery-status')).toBe('no-store');
  expect(await cacheOf('/Questionnaire')).toBeNull();
});
