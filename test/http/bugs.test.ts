/** architecture.md "Errors": what is not a Problem is a bug: 500, a request id and no more; the stack is for the log. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import type { FhirServer } from '../../src/operations/ports.js';
import { faultsOf, type Reply, responseId, send } from '../support/contract-http.js';
import { CLINIC, toResponse, worked } from '../support/contract-responses.js';
import { type App, createPorts, type Setting, startApp } from '../support/http-app.js';
import { PATIENT } from '../support/http-fhir.js';

let app: App | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const BUG = new TypeError('Cannot read properties of undefined (reading "canary")');
/** Where, and not what: the message of a bug may quote what it was given. */
const FRAMES = ['TypeError', ...(BUG.stack ?? '').split('\n').slice(1)].join('\n');

const fail = () => {
  throw BUG;
};
const reject = () => Promise.reject(BUG);
const BODY = toResponse(worked('D1'), 'one');
const ID = responseId(CLINIC, 'one');

/** A FHIR server that takes everything, and counts what it is sent. */
async function counting(parts: Partial<FhirServer>) {
  const { fhirServer } = await createPorts();
  const written = { count: 0 };
  const counted: FhirServer = {
    ...fhirServer,
    transact: async () => {
      written.count += 1;
      return { state: 'written', entries: [] };
    },
    ...parts,
  };
  return { fhirServer: counted, written };
}

async function startWith(ports: Setting['ports']): Promise<App> {
  app = await startApp(ports ? { ports } : {});
  return app;
}

function expectBug(reply: Reply<OperationOutcome>, { lines }: App): void {
  const requestId = reply.headers.get('x-request-id') ?? 'none';
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([500, null]);
  expect(faultsOf(reply.body)).toMatchObject([{ severity: 'error', type: 'exception', code: 'exception' }]);
  expect(reply.body.issue[0]?.details?.text).toContain(requestId);
  expect(reply.text).not.toMatch(/canary|TypeError|\.ts|\.js|node_modules|at /);
  expect(lines.filter(({ level }) => level === 'error')).toEqual([
    { level: 'error', message: 'bug', requestId, stack: FRAMES },
  ]);
  expect(lines.find(({ message }) => message === 'request')).toMatchObject({ status: 500, requestId });
}

describe('a bug', () => {
  test('thrown by a port', async () => {
    const app = await startWith({ readShape: fail });
    expectBug(await send(`${app.fhir}/QuestionnaireResponse`, { body: BODY }), app);
  });

  test('thrown by the clock, when all is read and scored: nothing is written', async () => {
    const { fhirServer, written } = await counting({
      read: async (type) => (type === 'Patient' ? PATIENT : null),
    });
    const works = await startWith({ fhirServer });
    expect((await send(`${works.fhir}/QuestionnaireResponse`, { body: BODY })).status).toBe(201);
    expect(written.count).toBe(1);
    await works.close();
    const clock = [fail];
    const app = await startWith({ fhirServer, now: () => clock.pop()?.() ?? new Date() });
    expectBug(await send(`${app.fhir}/QuestionnaireResponse`, { body: BODY }), app);
    expect(written.count).toBe(1);
    const delivery = await send(`${app.fhir}/QuestionnaireResponse/${ID}/$delivery-status`);
    expect(delivery.status).toBe(404);
  });

  test.each(['Observation/o1', 'Patient/p1', 'QuestionnaireResponse/r1/$extract'])(
    'rejected by a port that reads: GET %s',
    async (path) => {
      const { fhirServer } = await createPorts();
      const app = await startWith({ fhirServer: { ...fhirServer, read: reject } });
      expectBug(await send(`${app.fhir}/${path}`), app);
    },
  );

  test('rejected by a port that searches', async () => {
    const { fhirServer } = await createPorts();
    const app = await startWith({ fhirServer: { ...fhirServer, search: reject } });
    expectBug(await send(`${app.fhir}/Observation?code=x`), app);
  });

  test('rejected while a response is looked up: nothing is written', async () => {
    const { fhirServer, written } = await counting({ read: reject });
    const app = await startWith({ fhirServer });
    expectBug(await send(`${app.fhir}/QuestionnaireResponse`, { body: BODY }), app);
    expect(written.count).toBe(0);
  });

  test('something thrown that is no Error', async () => {
    const { fhirServer } = await createPorts();
    const nothing = { ...fhirServer, read: () => Promise.reject('canary') };
    const app = await startWith({ fhirServer: nothing });
    const reply = await send<OperationOutcome>(`${app.fhir}/Patient/p1`);
    expect([reply.status, faultsOf(reply.body)[0]?.code]).toEqual([500, 'exception']);
    expect(reply.text).not.toContain('canary');
    expect(app.lines.map(({ level, message }) => [level, message])).toContainEqual(['error', 'bug']);
  });

  test('does not stop the service', async () => {
    const app = await startWith({ readShape: fail });
    await send(`${app.fhir}/QuestionnaireResponse`, { body: BODY });
    expect((await send(`${app.fhir}/Questionnaire`)).status).toBe(200);
  });
});
