/** The trail behind a real Express, with handlers that answer as the facade does. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import express from 'express';
import { type AuditRecord, toAuditEvent } from '../../../src/fhir/audit-event.js';
import { createAuditTrail } from '../../../src/http/audit.js';
import { rememberCode, rememberPatient } from '../../../src/http/request-log.js';

const NOW = new Date('2026-05-04T08:00:00.000Z');
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

type Ending = { status: number; location?: string; code?: string; patient?: string | null };

let server: Server;
let port: number;
let records: AuditRecord[] = [];
let ending: Ending = { status: 200 };
/** Whether the handler answers at all, or begins and stops. */
let manner: 'answers' | 'hangs' | 'begins' = 'answers';
let arrived: () => void = () => undefined;

beforeAll(async () => {
  const app = express();
  app.use((_req, res, next) => {
    res.setHeader('X-Request-Id', 'request-1');
    next();
  });
  app.use(createAuditTrail({ record: (event) => records.push(event) }, () => NOW));
  app.use((_req, res) => {
    arrived();
    if (manner === 'hangs') return;
    if (ending.code !== undefined) rememberCode(ending.code, res);
    if (ending.patient !== undefined) rememberPatient(ending.patient, res);
    if (ending.location !== undefined) res.setHeader('Location', ending.location);
    res.status(ending.status);
    if (manner === 'begins') res.write('{"resourceType":');
    else res.end();
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  records = [];
  ending = { status: 200 };
  manner = 'answers';
});

const until = async (holds: () => boolean) => {
  const end = Date.now() + 5000;
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** One request, then `/fhir/Task`, whose record says that the first one's would be there by now. */
async function recordOf(
  method: string,
  path: string,
  how: Ending = { status: 200 },
): Promise<AuditRecord | null> {
  ending = how;
  const signal = AbortSignal.timeout(5000);
  await (await fetch(`http://127.0.0.1:${port}${path}`, { method, signal })).text();
  ending = { status: 299 };
  await (await fetch(`http://127.0.0.1:${port}/fhir/Task`, { signal })).text();
  await until(() => records.some(({ status }) => status === 299));
  const mine = records.filter(({ status }) => status !== 299);
  records = [];
  expect(mine.length).toBeLessThanOrEqual(1);
  return mine[0] ?? null;
}

test('a read, to the letter', async () => {
  const found = await recordOf('GET', '/fhir/QuestionnaireResponse/r1', {
    status: 200,
    patient: 'Patient/p1',
  });
  expect(found).toEqual({
    id: expect.stringMatching(UUID),
    at: NOW,
    interaction: 'read',
    type: 'QuestionnaireResponse',
    reference: 'QuestionnaireResponse/r1',
    patient: 'Patient/p1',
    status: 200,
    code: null,
    requestId: 'request-1',
    address: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/),
    who: null,
  });
});

test.each([
  ['GET', '/callback?code=x&state=y', 302, 'sign-in'],
  ['GET', '/callback', 401, 'sign-in'],
  ['POST', '/invitation', 200, 'sign-in'],
  ['POST', '/launch/logout', 204, 'sign-out'],
] as const)('%s %s: somebody comes in, or goes', async (method, path, status, interaction) => {
  const found = await recordOf(method, path, { status, patient: 'Patient/p1' });
  expect(found).toMatchObject({ interaction, type: null, reference: null, patient: 'Patient/p1', status });
});

test.each(['/launch?iss=x', '/invitation', '/callback/x', '/'])('GET %s is nobody yet', async (path) => {
  expect(await recordOf('GET', path)).toBeNull();
});

const QR = 'QuestionnaireResponse';
test.each<[method: string, path: string, expected: Partial<AuditRecord>]>([
  ['GET', `/${QR}`, { interaction: 'search-type', type: QR, reference: null }],
  ['HEAD', `/${QR}/r1`, { interaction: 'read', reference: `${QR}/r1` }],
  ['GET', `/${QR}/r1/_history`, { interaction: 'history-instance', reference: `${QR}/r1` }],
  ['GET', `/${QR}/r1/_history/2`, { interaction: 'vread', reference: `${QR}/r1` }],
  ['PUT', `/${QR}/r1`, { interaction: 'update', reference: `${QR}/r1` }],
  ['PATCH', `/${QR}/r1`, { interaction: 'update', reference: `${QR}/r1` }],
  ['DELETE', `/${QR}/r1`, { interaction: 'delete', reference: `${QR}/r1` }],
  ['POST', `/${QR}/_search`, { interaction: 'search-type', reference: null }],
  ['POST', `/${QR}/$extract`, { interaction: 'operation', operation: 'extract', reference: null }],
  ['POST', `/${QR}/$validate`, { interaction: 'operation', operation: 'validate' }],
  ['POST', `/${QR}/$delivery-plan`, { interaction: 'operation', operation: 'delivery-plan' }],
  ['GET', `/${QR}/r1/$explain`, { interaction: 'operation', operation: 'explain', reference: `${QR}/r1` }],
  ['GET', `/${QR}/r1/%24explain`, { interaction: 'operation', operation: 'explain' }],
  ['POST', `/${QR}/$advice`, { interaction: 'operation', operation: 'advice', reference: null }],
  ['GET', `/${QR}/r1/$delivery-status`, { operation: 'delivery-status', reference: `${QR}/r1` }],
  ['POST', `/${QR}/r1/$deliver`, { operation: 'deliver', reference: `${QR}/r1` }],
  ['POST', `/${QR}/r1/$drop`, { operation: 'drop', reference: `${QR}/r1` }],
  ['GET', '/$delivery-status', { interaction: 'operation', operation: 'delivery-status', type: QR }],
  ['GET', '/Observation/r1.calin-1977', { type: 'Observation', reference: 'Observation/r1.calin-1977' }],
  ['GET', '/Provenance/r1.v1', { type: 'Provenance', interaction: 'read' }],
  ['PUT', '/Task/r1.task', { type: 'Task', interaction: 'update', reference: 'Task/r1.task' }],
  ['GET', '/Patient/p1', { type: 'Patient', reference: 'Patient/p1', patient: 'Patient/p1' }],
  ['GET', '/Patient/p1/', { type: 'Patient', interaction: 'read', reference: 'Patient/p1' }],
])('%s /fhir%s', async (method, path, expected) => {
  expect(await recordOf(method, `/fhir${path}`)).toMatchObject(expected);
});

test.each([
  ['GET', '/livez'],
  ['GET', '/readyz'],
  ['GET', '/fhir/metadata'],
  ['GET', '/fhir'],
  ['GET', '/fhir/Questionnaire?url=x'],
  ['GET', '/fhir/CodeSystem/findings'],
  ['GET', '/fhir/Encounter/e1'],
  ['POST', '/fhir'],
  ['GET', '/fhir/patient/p1'],
  ['GET', '/Patient/p1'],
  ['OPTIONS', '/fhir/Patient/p1'],
])('%s %s is about no patient', async (method, path) => {
  expect(await recordOf(method, path, { status: 404 })).toBeNull();
});

describe('whose data', () => {
  test.each([
    ['patient=p1', 'Patient/p1'],
    ['patient=Patient/p1', 'Patient/p1'],
    ['subject=Patient%2Fp1', 'Patient/p1'],
    ['subject:Patient=p1', 'Patient/p1'],
    ['code=x&patient:Patient=p1&_count=5', 'Patient/p1'],
    ['patient=p1&subject=Patient/p1', 'Patient/p1'],
    ['patient=p1&patient=p2', null],
    ['patient=p1,p2', null],
    ['patient=', null],
    ['patient.name=Anna', null],
    ['patient=Anna%20Example', null],
    ['subject=Group/g1', null],
    ['code=x', null],
    ['_id=p1', null],
  ])('Observation?%s → %s', async (query, patient) => {
    const found = await recordOf('GET', `/fhir/Observation?${query}`);
    expect(found).toMatchObject({ interaction: 'search-type', reference: null, patient });
  });

  test('a Patient searched by id', async () => {
    expect(await recordOf('GET', '/fhir/Patient?_id=p1')).toMatchObject({ patient: 'Patient/p1' });
    expect(await recordOf('GET', '/fhir/Patient?name=p1')).toMatchObject({ patient: null });
  });

  test('what was remembered goes before the query, and only a reference to a patient is remembered', async () => {
    const path = '/fhir/Observation?patient=p1';
    const remembered = async (patient: string | null) =>
      (await recordOf('GET', path, { status: 200, patient }))?.patient;
    expect(await remembered('Patient/p2')).toBe('Patient/p2');
    for (const other of [
      null,
      '',
      'p2',
      'Group/g1',
      'Patient/Anna Example',
      'urn:uuid:1',
      'Patient/p2/_history/1',
    ]) {
      expect(await remembered(other)).toBe('Patient/p1');
    }
  });
});

describe('what was created', () => {
  const created = async (location: string | undefined, status = 201) =>
    (await recordOf('POST', `/fhir/${QR}`, { status, ...(location !== undefined && { location }) }))
      ?.reference;

  test.each([
    ['https://screening.example.org/axspa/fhir/QuestionnaireResponse/r1/_history/1', `${QR}/r1`],
    ['https://screening.example.org/QuestionnaireResponse/fhir/QuestionnaireResponse/r1', `${QR}/r1`],
    [undefined, null],
    ['https://screening.example.org/fhir/Observation/o1', null],
  ])('Location %s → %s', async (location, reference) => {
    expect(await created(location)).toBe(reference);
  });

  test('accepted and queued', async () => {
    expect(await created('http://x/fhir/QuestionnaireResponse/r1/_history/1', 202)).toBe(`${QR}/r1`);
  });
});

test.each([
  [400, 'not-json'],
  [401, 'token-invalid'],
  [404, 'resource-not-found'],
  [405, 'method-not-allowed'],
  [422, 'answer-required'],
  [500, 'exception'],
  [503, 'store-unavailable'],
])('a failure is recorded: %i %s', async (status, code) => {
  const found = await recordOf('POST', `/fhir/${QR}`, { status, code });
  expect(found).toMatchObject({ interaction: 'create', status, code, reference: null });
});

describe('a caller who hangs up', () => {
  const hangUp = async (how: typeof manner) => {
    manner = how;
    const reached = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /fhir/Patient/p1 HTTP/1.1\r\nHost: x\r\n\r\n');
    await reached;
    if (how === 'begins') await once(socket, 'data', { signal: AbortSignal.timeout(5000) });
    socket.destroy();
    await until(() => records.length > 0);
    return records;
  };

  test('before there is an answer is recorded, with the address', async () => {
    expect(await hangUp('hangs')).toMatchObject([
      {
        interaction: 'read',
        patient: 'Patient/p1',
        status: 499,
        code: 'aborted',
        address: expect.stringMatching(/127/),
      },
    ]);
  });

  test('in the middle of an answer has seen a part of it', async () => {
    expect(await hangUp('begins')).toMatchObject([{ status: 200, code: 'aborted', reference: 'Patient/p1' }]);
  });
});

test.each([
  ['GET', `/fhir/Patient?name=Anna%20Example&birthdate=1994-03-12&identifier=mrn|4711`],
  ['GET', `/fhir/Patient/Anna%20Example`],
  ['GET', `/fhir/${QR}?patient=Anna%20Example&identifier=x|4711`],
  ['POST', `/fhir/${QR}/$Anna%20Example`],
  ['GET', `/fhir/${QR}/r1/$Example-1994-03-12?note=Anna`],
  ['GET', '/fhir/Observation/%E0%A4%A?patient=p1&code=Anna'],
])('nothing of the words of %s %s reaches an AuditEvent', async (method, path) => {
  const record = await recordOf(method, path, { status: 404, code: 'resource-not-found' });
  if (!record) throw new Error('not recorded');
  const event = toAuditEvent(record, { version: '1.0.0', ruleSetVersion: '1.0.0' });
  expect(JSON.stringify(event)).not.toMatch(/Anna|Example|1994|4711|mrn|%E0/);
});
