import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, type Json, send, startFixture } from '../support/embedded-fixture.js';

let server: Fixture;
beforeAll(async () => {
  server = await startFixture();
  await server.put({ resourceType: 'Patient', id: 'p1' });
});
afterAll(() => server.stop());

const MIB = 1024 * 1024;
const patient = '{"resourceType":"Patient","id":"p2"';
const nested = (depth: number) => `${patient},"extension":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const codeOf = (body: Json) => body.issue[0].details.coding[0].code;

describe('a body that is', () => {
  const bad: [string, string | Buffer, number, string][] = [
    ['empty', '', 400, 'not-json'],
    ['not JSON', '{"resourceType":', 400, 'not-json'],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400, 'not-json'],
    ['a list', '[]', 400, 'wrong-json-type'],
    ['null', 'null', 400, 'wrong-json-type'],
    ['a text', '"x"', 400, 'wrong-json-type'],
    ['an empty object', '{}', 400, 'wrong-resource-type'],
    ['another type', '{"resourceType":"Task","id":"p2"}', 400, 'wrong-resource-type'],
    ['of a numeric type', '{"resourceType":5,"id":"p2"}', 400, 'wrong-resource-type'],
    ['without id', '{"resourceType":"Patient"}', 400, 'missing-element'],
    ['with another id', '{"resourceType":"Patient","id":"p3"}', 400, 'wrong-json-type'],
    ['with a numeric id', '{"resourceType":"Patient","id":2}', 400, 'wrong-json-type'],
    ['with a text for meta', `${patient},"meta":"x"}`, 400, 'wrong-json-type'],
    ['with a list for meta', `${patient},"meta":[]}`, 400, 'wrong-json-type'],
    ['nested 251 deep', nested(250), 400, 'nesting-too-deep'],
    ['nested 100,000 deep', nested(100_000), 400, 'nesting-too-deep'],
    ['longer than 5 MiB', `${patient},"x":"${'x'.repeat(5 * MIB)}"}`, 413, 'body-too-long'],
  ];
  test.each(bad)('%s', async (_, body, status, code) => {
    const answer = await send(`${server.url}/Patient/p2`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/fhir+json' },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
    expect([answer.status, codeOf(answer.body)]).toEqual([status, code]);
    expect(answer.headers.get('Content-Type')).toBe('application/fhir+json; charset=utf-8');
    expect((await server.get('/Patient/p2')).status).toBe(404);
  });
});

describe('a content type of', () => {
  test.each([
    ['application/fhir+json', 201],
    ['application/json', 200],
    ['APPLICATION/FHIR+JSON; charset=UTF-8', 200],
    ['application/fhir+json; fhirVersion=4.0', 200],
    ['application/json;charset="utf-8"', 200],
    ['application/fhir+xml', 415],
    ['application/json-patch+json', 415],
    ['application/jsonx', 415],
    ['text/plain', 415],
    ['application/json; charset=latin1', 415],
    ['', 415],
  ])('%s', async (type, status) => {
    const answer = await server.send('PUT', '/Patient/typed', '{"resourceType":"Patient","id":"typed"}', {
      'Content-Type': type,
    });
    expect(answer.status).toBe(status);
  });

  test('a coding that is not what it says it is', async () => {
    const put = (encoding: string, body: Uint8Array) =>
      send(`${server.url}/Patient/zipped`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json', 'Content-Encoding': encoding },
        body,
      });
    const zipped = gzipSync('{"resourceType":"Patient","id":"zipped"}');
    expect((await put('gzip', new Uint8Array(zipped))).status).toBe(201);
    expect((await put('gzip', new Uint8Array([1, 2, 3]))).status).toBe(400);
    expect((await put('x-unheard-of', new Uint8Array(zipped))).status).toBe(415);
    const bomb = gzipSync(`{"resourceType":"Patient","id":"zipped","x":"${'x'.repeat(6 * MIB)}"}`);
    expect((await put('gzip', new Uint8Array(bomb))).status).toBe(413);
  });
});

describe('the path', () => {
  test.each([
    ['GET', '/Spaceship', 404, 'unknown-route'],
    ['GET', '/Spaceship/1', 404, 'unknown-route'],
    ['POST', '/constructor', 404, 'unknown-route'],
    ['GET', '/__proto__/1', 404, 'unknown-route'],
    ['GET', '/patient/p1', 404, 'unknown-route'],
    ['GET', '/Patient/p1/name', 404, 'unknown-route'],
    ['GET', '/Patient/%E0%A4%A', 404, 'unknown-route'],
    ['GET', '/Patient/nobody', 404, 'resource-not-found'],
    ['GET', '/Patient/%00', 404, 'resource-not-found'],
    ['GET', '/Patient/$everything', 404, 'resource-not-found'],
    ['GET', '/Patient/p1/_history/2', 404, 'resource-not-found'],
    ['GET', '/Patient/p1/_history/0', 404, 'resource-not-found'],
    ['GET', '/Patient/p1/_history/x', 404, 'resource-not-found'],
    ['GET', '/Patient/p1/_history/99999999999999999999', 404, 'resource-not-found'],
    ['GET', '', 405, 'method-not-allowed'],
    ['DELETE', '/Patient', 400, 'unknown-parameter'],
    ['DELETE', '/Patient/p1/_history', 405, 'method-not-allowed'],
    ['DELETE', '/Patient/p1/_history/1', 405, 'method-not-allowed'],
    ['PUT', '/_history', 405, 'method-not-allowed'],
    ['PATCH', '/Patient/p1', 405, 'method-not-allowed'],
    ['GET', '/Patient/_search', 405, 'method-not-allowed'],
    ['POST', '/Patient/p1', 405, 'method-not-allowed'],
    ['POST', '/Patient/_search', 415, 'media-type'],
    ['POST', '/metadata', 405, 'method-not-allowed'],
    ['OPTIONS', '/Patient', 405, 'method-not-allowed'],
  ])('%s %s', async (method, path, status, code) => {
    const { body, ...answer } = await server.send(method, path);
    expect([answer.status, codeOf(body)]).toEqual([status, code]);
    expect(answer.headers.has('Allow')).toBe(status === 405);
  });

  test('outside the base is unknown', async () => {
    const answer = await send(server.url.replace('/fhir', '/'), {});
    expect([answer.status, codeOf(answer.body)]).toEqual([404, 'unknown-route']);
  });

  test('under another host name is unknown: a web page must not get here by DNS', async () => {
    const { port } = new URL(server.url);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write('GET /fhir/Patient HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n');
      });
      let received = '';
      socket.on('data', (data) => {
        received += data;
      });
      socket.on('end', () => resolve(received));
      socket.on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe('JSON that is not the resource it says', () => {
  const resource = {
    resourceType: 'Observation',
    id: 'not-one',
    code: { txt: 'x' },
    category: [],
    valueInteger: '3',
    effectiveDateTime: '2026-02-30',
  };
  const faults = [
    ['unknown-element', 'code.txt'],
    ['wrong-json-type', 'category'],
    ['wrong-json-type', 'valueInteger'],
    ['wrong-json-type', 'effectiveDateTime'],
    ['missing-element', 'status'],
  ];
  const faultsOf = (body: Json) =>
    body.issue.map(({ details, expression }: Json) => [details.coding[0].code, expression[0]]);

  test('is refused with every fault in its place', async () => {
    for (const [method, path] of [
      ['PUT', '/Observation/not-one'],
      ['POST', '/Observation'],
      ['PUT', '/Observation?_id=x'],
    ] as const) {
      const { status, body } = await server.send(method, path, resource);
      expect([status, faultsOf(body)]).toEqual([
        400,
        faults.map(([code, at]) => [code, `Observation.${at}`]),
      ]);
    }
    const { status, body } = await server.transaction({
      resource,
      request: { method: 'PUT', url: 'Observation/not-one' },
    });
    const at = 'Bundle.entry[0].resource';
    expect([status, faultsOf(body)]).toEqual([400, faults.map(([code, path]) => [code, `${at}.${path}`])]);
    expect((await server.get('/Observation/not-one')).status).toBe(404);
  });
});

const ODD: unknown[] = [
  null,
  0,
  -1.5e300,
  true,
  '',
  '\0',
  '\ud800',
  "'; DROP TABLE version; --",
  'x'.repeat(100_000),
  [],
  [[]],
  [null],
  {},
  { coding: 5 },
  { coding: [null, [], { system: [], code: {} }] },
  { reference: { reference: 5 } },
  { start: {}, end: [] },
  { __proto__: null, constructor: 'x', hasOwnProperty: 1, toString: null },
];

describe('odd values in every element that is searched', () => {
  test.each(ODD.map((value) => [JSON.stringify(value).slice(0, 50), value]))('%s', async (_, value) => {
    for (const type of ['Observation', 'QuestionnaireResponse', 'Patient', 'Provenance']) {
      const elements = [
        'identifier status code category subject encounter derivedFrom hasMember effectiveDateTime',
        'effectivePeriod authored author questionnaire recorded target name birthDate extension contained',
        'constructor __proto__ hasOwnProperty toString',
      ];
      const names = elements.join(' ').split(' ');
      const json = JSON.stringify(value);
      const body = `{"resourceType":"${type}","id":"odd",${names.map((name) => `"${name}":${json}`).join(',')}}`;
      const { status } = await server.send('PUT', `/${type}/odd`, body);
      expect([200, 201, 400]).toContain(status);
      expect((await server.ids(`/${type}?_id=odd`)).length).toBeLessThanOrEqual(1);
      expect(await server.ids(`/${type}?_sort=_id`)).toEqual(expect.any(Array));
    }
  });
});

describe('odd values in a search', () => {
  const values = [
    '%00',
    '%ED%A0%80',
    '%FF',
    "'",
    '"',
    ';',
    '|',
    '||',
    ',',
    '\\',
    '%5C%5C',
    '$',
    '*',
    '%',
    '[]',
  ];
  const more = ['null', 'Patient/', '/', 'urn:uuid:1', '__proto__', '9'.repeat(400), '😀', '-', 'ge', '1e9'];
  test.each([...values, ...more])('%s', async (value) => {
    const names = '_id identifier patient code status date derived-from _sort _count _include _cursor'.split(
      ' ',
    );
    for (const name of names) {
      const { status } = await server.get(`/Observation?${name}=${value}`);
      expect([200, 400]).toContain(status);
    }
    expect([200, 400]).toContain((await server.get(`/Patient?name=${value}`)).status);
  });
});
