/** A store that keeps what another FHIR server does not take: its references lead to resources that live over there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createEmbeddedServer, type EmbeddedServer } from '../../src/embedded/embedded-server.js';
import { type Answer, idsOf, type Json, putEntry, send } from '../support/embedded-fixture.js';

let dataDir: string;
let server: EmbeddedServer;
const start = (references?: 'enforced' | 'open') =>
  createEmbeddedServer({ dataDir, port: 0, now: () => new Date(), ...(references && { references }) });
const JSON_HEADERS = { 'Content-Type': 'application/fhir+json' };
const write = (method: string, path: string, body: Json, headers = {}): Promise<Answer> =>
  send(server.url + path, {
    method,
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify(body),
  });
const put = (resource: Json) => write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
const transaction = (...entry: Json[]) =>
  write('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
const remove = async (path: string) => (await send(server.url + path, { method: 'DELETE' })).status;
const get = (path: string) => send(server.url + path, {});
const ids = async (path: string) => idsOf((await get(path)).body).sort();
const included = async (path: string) => idsOf((await get(path)).body, 'include').sort();

const observation = (id: string, patient: string, more: Json = {}): Json => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${patient}` },
  ...more,
});
const auditEvent = (id: string, what: string): Json => ({
  resourceType: 'AuditEvent',
  id,
  type: { code: 'rest' },
  recorded: '2026-06-01T12:00:00Z',
  agent: [{ requestor: true, who: { display: 'x' } }],
  source: { observer: { display: 'x' } },
  entity: [{ what: { reference: what } }],
});
const responseOf = (id: string, patient: string): Json => ({
  resourceType: 'QuestionnaireResponse',
  id,
  status: 'completed',
  subject: { reference: `Patient/${patient}` },
});

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'embedded-open-'));
  server = await start('open');
});
afterAll(async () => {
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('what is not here may be referred to, and is searched by', async () => {
  const { status } = await transaction(
    putEntry(responseOf('r9', 'p9')),
    putEntry(
      observation('o9', 'p9', {
        derivedFrom: [{ reference: 'QuestionnaireResponse/r9' }, { reference: 'DocumentReference/d9' }],
      }),
    ),
    putEntry(observation('panel9', 'p9', { hasMember: [{ reference: 'Observation/elsewhere' }] })),
    putEntry({
      resourceType: 'Provenance',
      id: 'v9',
      recorded: '2026-06-01T12:00:00Z',
      target: [{ reference: 'Observation/o9' }, { reference: 'Observation/elsewhere' }],
      agent: [{ who: { display: 'x' } }],
    }),
  );
  expect(status).toBe(200);
  expect(await ids('/Observation?patient=p9')).toEqual(['o9', 'panel9']);
  expect(await ids('/Observation?patient=Patient/p9&code:missing=false')).toEqual(['o9', 'panel9']);
  expect(await ids('/Observation?subject=Patient/p9')).toEqual(['o9', 'panel9']);
  expect(await ids('/Observation?subject=p9')).toEqual(['o9', 'panel9']);
  expect(await ids('/QuestionnaireResponse?patient=p9')).toEqual(['r9']);
  expect(await ids('/Observation?derived-from=DocumentReference/d9')).toEqual(['o9']);
  expect(await ids('/Observation?has-member=elsewhere')).toEqual(['panel9']);
  expect(await ids('/Provenance?target=Observation/elsewhere')).toEqual(['v9']);
  expect(await ids('/Observation?patient=p8')).toEqual([]);
  expect(await ids('/Observation?derived-from=p9')).toEqual([]);
});

test('nothing that is absent is included, read or listed', async () => {
  const path = '/Observation?patient=p9&_include=Observation:derived-from&_include=Observation:subject';
  expect(await included(path)).toEqual(['r9']);
  expect(await included('/Observation?_id=o9&_revinclude=Provenance:target')).toEqual(['v9']);
  expect((await get('/Patient/p9')).status).toBe(404);
  expect((await get('/Patient/p9/_history')).status).toBe(404);
  expect(await ids('/Patient')).toEqual([]);
});

test('absolute, urn and unmatched conditional references are refused as ever', async () => {
  for (const reference of [
    'http://elsewhere.example/fhir/Patient/p1',
    'urn:uuid:1',
    'Patient?identifier=x',
  ]) {
    const { status, body } = await put(observation('o8', 'x', { subject: { reference } }));
    expect([status, body.issue[0].details.coding[0].code]).toEqual([400, 'reference-not-found']);
  }
  expect((await get('/Observation/o8')).status).toBe(404);
});

test('what comes later meets what referred to it, by every parameter', async () => {
  expect((await put({ resourceType: 'Patient', id: 'p9', gender: 'female' })).status).toBe(201);
  expect((await put(observation('elsewhere', 'p9'))).status).toBe(201);
  expect(await ids('/Observation?patient=p9')).toEqual(['elsewhere', 'o9', 'panel9']);
  expect(await included('/Observation?_id=o9&_include=Observation:subject')).toEqual(['p9']);
  expect(await included('/Observation?_id=panel9&_include=Observation:has-member')).toEqual(['elsewhere']);
  expect(await included('/Patient?_id=p9&_revinclude=Observation:subject')).toEqual([
    'elsewhere',
    'o9',
    'panel9',
  ]);
  expect(await remove('/Patient/p9')).toBe(409);
});

test('a reference that is taken away is no longer found', async () => {
  await put(observation('moving', 'p6'));
  await put(observation('moving', 'p7'));
  expect([await ids('/Observation?patient=p6'), await ids('/Observation?patient=p7')]).toEqual([
    [],
    ['moving'],
  ]);
});

test('a reference to what was deleted is found, and met again when it comes back', async () => {
  await put({ resourceType: 'Organization', id: 'org', name: 'A' });
  expect(await remove('/Organization/org')).toBe(204);
  await put({ resourceType: 'Patient', id: 'p5', managingOrganization: { reference: 'Organization/org' } });
  expect(await ids('/Patient?organization=org')).toEqual(['p5']);
  expect(await included('/Patient?_id=p5&_include=Patient:organization')).toEqual([]);
  await put({ resourceType: 'Organization', id: 'org', name: 'B' });
  expect(await included('/Patient?_id=p5&_include=Patient:organization')).toEqual(['org']);
});

test('the CapabilityStatement says which references are enforced', async () => {
  const policies = async () => {
    const { resource } = (await get('/metadata')).body.rest[0];
    const of = (type: string) => resource.find((one: Json) => one.type === type).referencePolicy;
    return [of('Observation'), of('AuditEvent')];
  };
  const [open, enforced] = [
    ['literal', 'local'],
    ['literal', 'local', 'enforced'],
  ];
  expect(await policies()).toEqual([open, open]);
  await server.close();
  server = await start();
  expect(await policies()).toEqual([enforced, open]);
});

test('opened with enforced references, the store still finds what was written, and refuses more of it', async () => {
  await server.close();
  server = await start();
  expect(await ids('/Observation?patient=p7')).toEqual(['moving']);
  expect((await put(observation('another', 'p7'))).status).toBe(400);
  await put({ resourceType: 'Patient', id: 'p7' });
  expect((await put(observation('another', 'p7'))).status).toBe(201);
  expect(await ids('/Observation?patient=p7')).toEqual(['another', 'moving']);
});

test('an AuditEvent names what is not there, is found by it, and holds nobody back', async () => {
  await server.close();
  server = await start('enforced');
  expect((await put(auditEvent('a1', 'Patient/nobody'))).status).toBe(201);
  expect((await put(auditEvent('a2', 'http://elsewhere.example/fhir/Patient/nobody'))).status).toBe(400);
  expect(await ids('/AuditEvent?patient=nobody')).toEqual(['a1']);
  await put({ resourceType: 'Patient', id: 'nobody' });
  expect(await ids('/AuditEvent?entity=Patient/nobody')).toEqual(['a1']);
  expect(await included('/AuditEvent?_id=a1&_include=AuditEvent:entity')).toEqual(['nobody']);
  expect(await remove('/Patient/nobody')).toBe(204);
  expect(await ids('/AuditEvent?patient=nobody')).toEqual(['a1']);
  expect(await included('/AuditEvent?_id=a1&_include=AuditEvent:entity')).toEqual([]);
});
