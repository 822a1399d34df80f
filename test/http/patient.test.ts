/** contract.md §2: the patient of a response, looked up on the FHIR server; what is known of them is checked. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Parameters, Patient } from 'fhir/r4.js';
import { faultsOf, type Reply, responseId, send } from '../support/contract-http.js';
import { CLINIC, toResponse, worked } from '../support/contract-responses.js';
import { type App, startApp } from '../support/http-app.js';
import {
  answers,
  hasNoResponse,
  hasPatient,
  outcome,
  server,
  takesTransaction,
  useFhirServer,
} from '../support/http-fhir.js';

useFhirServer();
/** One for each test: the outbox remembers what was accepted. */
let app: App;
beforeEach(async () => {
  app = await startApp({ timeoutMs: 3000 });
});
afterEach(() => app.close());

const ID = responseId(CLINIC, 'one');
/** Says that the pain began at 28. */
const BODY = toResponse(worked('D1'), 'one');
/** Is 16 when the response is authored. */
const CHILD: Patient = { resourceType: 'Patient', id: 'p1', birthDate: '2010-01-01' };

const ask = (body: unknown, operation = ''): Promise<Reply<OperationOutcome>> =>
  send(`${app.fhir}/QuestionnaireResponse${operation}`, { body });
const faults = (reply: Reply<OperationOutcome>) =>
  faultsOf(reply.body).map(({ code, expression }) => [code, expression]);

describe('a POST', () => {
  test.each([404, 410])('the server has no such patient (%i): 422, nothing sent', async (status) => {
    hasNoResponse(ID);
    answers('Patient/p1', status, outcome('not-found'));
    const reply = await ask(BODY);
    expect(reply.status).toBe(422);
    expect(faults(reply)).toEqual([['subject-not-found', 'QuestionnaireResponse.subject']]);
  });

  test('told with everything else that is wrong, in document order', async () => {
    hasNoResponse(ID);
    answers('Patient/p1', 404, outcome('not-found'));
    const reply = await ask({ ...BODY, authored: undefined, item: [{ linkId: 'nowhere' }] });
    expect(reply.status).toBe(422);
    const codes = faults(reply).map(([code]) => code);
    expect(codes).toEqual(
      expect.arrayContaining(['subject-not-found', 'element-required', 'unknown-link-id']),
    );
    expect(codes.indexOf('subject-not-found')).toBeLessThan(codes.indexOf('unknown-link-id'));
  });

  test('pain that began after the patient was this old: 422', async () => {
    hasNoResponse(ID);
    hasPatient(CHILD);
    const reply = await ask(BODY);
    expect([reply.status, faults(reply)[0]?.[0]]).toEqual([422, 'onset-after-age']);
  });

  const withoutAnswer: [string, () => unknown][] = [
    ['times out', () => server().get('/fhir/Patient/p1').delay(60_000).reply(200, CHILD)],
    ['fails', () => answers('Patient/p1', 500, outcome('exception'))],
    ['is forbidden', () => answers('Patient/p1', 403, outcome('forbidden'))],
    ['answers with a page', () => answers('Patient/p1', 200, '<html></html>')],
    ['answers with another type', () => answers('Patient/p1', 200, { resourceType: 'Basic', code: {} })],
  ];

  test('the patient has no birthDate: no age check, the rest goes on', async () => {
    hasNoResponse(ID);
    hasPatient({ resourceType: 'Patient', id: 'p1' });
    const sent = takesTransaction();
    expect((await ask(BODY)).status).toBe(201);
    expect(sent).toHaveLength(1);
  });

  describe.each(withoutAnswer)('the read of the patient %s', (_name, given) => {
    test('no age check; once they are seen, it is sent', async () => {
      hasNoResponse(ID);
      given();
      hasPatient(CHILD);
      const sent = takesTransaction();
      expect((await ask(BODY)).status).toBe(201);
      expect(sent).toHaveLength(1);
    });

    test('and again: accepted, nothing sent', async () => {
      hasNoResponse(ID);
      given();
      given();
      expect((await ask(BODY)).status).toBe(202);
    });

    test('and then there is none: 422, nothing sent, nothing kept', async () => {
      hasNoResponse(ID);
      given();
      answers('Patient/p1', 404, outcome('not-found'));
      const reply = await ask(BODY);
      expect(reply.status).toBe(422);
      expect(faults(reply)).toEqual([['subject-not-found', 'QuestionnaireResponse.subject']]);
      hasNoResponse(ID);
      expect((await send(`${app.fhir}/QuestionnaireResponse/${ID}`)).status).toBe(404);
    });
  });
});

describe('$extract and $explain', () => {
  test('$extract: as POST', async () => {
    answers('Patient/p1', 404, outcome('not-found'));
    const missing = await ask(BODY, '/$extract');
    expect([missing.status, ...faults(missing)]).toEqual([
      422,
      ['subject-not-found', 'QuestionnaireResponse.subject'],
    ]);
    hasPatient(CHILD);
    const young = await ask(BODY, '/$extract');
    expect([young.status, faults(young)[0]?.[0]]).toEqual([422, 'onset-after-age']);
  });

  test('$extract goes on while the server is away', async () => {
    answers('Patient/p1', 503, outcome('transient'));
    const reply = await send<Parameters>(`${app.fhir}/QuestionnaireResponse/$extract`, { body: BODY });
    expect([reply.status, reply.body.parameter?.[0]?.name]).toEqual([200, 'return']);
  });

  test('$explain: a missing patient is a warning', async () => {
    answers('Patient/p1', 404, outcome('not-found'));
    const reply = await send<{ warnings: { code: string }[] }>(`${app.fhir}/QuestionnaireResponse/$explain`, {
      body: BODY,
    });
    expect(reply.status).toBe(200);
    expect(reply.body.warnings.map(({ code }) => code)).toContain('subject-not-found');
  });

  test('$explain of a response about nobody asks nobody', async () => {
    const { subject: _, ...body } = BODY;
    expect((await ask(body, '/$explain')).status).toBe(200);
  });
});

describe('a subject that is no literal reference to a patient never reaches the server as a path', () => {
  test.each([
    ['Patient/..'],
    ['Patient/.'],
    ['Patient/../Observation/o1'],
    ['Patient/%2e%2e'],
    ['Patient/p1/_history/1'],
    ['Patient/p1?_format=xml'],
    ['Patient/p1#a'],
    ['Patient/'],
    ['Patient/p1\n'],
    ['patient/p1'],
    ['/Patient/p1'],
    ['//evil.test/Patient/p1'],
    ['http://evil.test/fhir/Patient/p1'],
    ['http://fhir.test/fhirPatient/p1'],
    ['http://fhir.test/fhir/Patient/..'],
    ['http://fhir.test/fhir/../Patient/p1'],
    [`Patient/${'a'.repeat(65)}`],
    ['Group/g1'],
    ['urn:uuid:6f0f2a4e-6a0b-4b0e-9d1c-0a3a1f6c2b11'],
    ['#p1'],
  ])('%j', async (reference) => {
    hasNoResponse(ID);
    const reply = await ask({ ...BODY, subject: { reference } });
    expect(reply.status).toBe(422);
    expect(faults(reply)).toEqual([['subject-not-literal', 'QuestionnaireResponse.subject']]);
  });
});
