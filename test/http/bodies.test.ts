/** contract.md §8: what a body may be, before anybody looks at the answers in it. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome } from 'fhir/r4.js';
import { FHIR_JSON, faultsOf, send } from '../support/contract-http.js';
import { toResponse, without, worked } from '../support/contract-responses.js';
import { type App, BODY_LIMIT, raw, startApp } from '../support/http-app.js';
import { server, useFhirServer } from '../support/http-fhir.js';

useFhirServer();
let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const OPERATIONS = ['', '/$extract', '/$explain'];
/** About nobody, so that `$explain` asks no server. */
const BODY = JSON.stringify(without(toResponse(worked('D1'), 'one'), 'subject'));

type Init = { headers?: Record<string, string>; operation?: string };
async function post(
  body: string | Uint8Array<ArrayBuffer> | null,
  { headers, operation = '/$explain' }: Init = {},
) {
  const reply = await fetch(`${app.fhir}/QuestionnaireResponse${operation}`, {
    method: 'POST',
    body,
    headers: { 'content-type': FHIR_JSON, ...headers },
  });
  const answer = (await reply.json()) as OperationOutcome;
  const failed = reply.status >= 400;
  return {
    status: reply.status,
    said: [reply.status, ...(failed ? [faultsOf(answer)[0]?.code] : [])],
    codes: (answer.issue ?? []).map(({ details }) => details?.coding?.[0]?.code),
    expressions: (answer.issue ?? []).flatMap(({ expression = [] }) => expression),
  };
}
const bytes = (buffer: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer);

describe('JSON that is no response', () => {
  test.each<[string, string]>([
    ['null', 'wrong-resource-type'],
    ['[]', 'wrong-resource-type'],
    ['"x"', 'wrong-resource-type'],
    ['1', 'wrong-resource-type'],
    ['true', 'wrong-resource-type'],
    ['{}', 'wrong-resource-type'],
    ['{"resourceType":null}', 'wrong-resource-type'],
    ['{"resourceType":["QuestionnaireResponse"]}', 'wrong-resource-type'],
    ['{"resourceType":"Patient"}', 'wrong-resource-type'],
    ['{"resourceType":"Bundle","type":"batch"}', 'wrong-resource-type'],
    [`[${BODY}]`, 'wrong-resource-type'],
    ['{"resourceType":"QuestionnaireResponse"}', 'missing-element'],
    [' ', 'not-json'],
    ['{', 'not-json'],
    ['nul', 'not-json'],
    ['undefined', 'not-json'],
    ["{'resourceType':'QuestionnaireResponse'}", 'not-json'],
    [`${BODY}\n${BODY}`, 'not-json'],
    [`${BODY},`, 'not-json'],
    ['<QuestionnaireResponse xmlns="http://hl7.org/fhir"/>', 'not-json'],
  ])('%j: 400 %s, on every operation', async (body, code) => {
    for (const operation of OPERATIONS) {
      expect([operation, ...(await post(body, { operation })).said]).toEqual([operation, 400, code]);
    }
  });

  test('no body at all: 400, with a type or without', async () => {
    for (const operation of OPERATIONS) {
      for (const body of [null, ''])
        expect((await post(body, { operation })).said).toEqual([400, 'not-json']);
      const untyped = await fetch(`${app.fhir}/QuestionnaireResponse${operation}`, { method: 'POST' });
      expect([untyped.status, faultsOf((await untyped.json()) as OperationOutcome)[0]?.code]).toEqual([
        400,
        'not-json',
      ]);
    }
  });

  test.each<[string, unknown, string]>([
    ['no parameter', { resourceType: 'Parameters' }, 'missing-element'],
    [
      'a parameter of another name',
      { resourceType: 'Parameters', parameter: [{ name: 'x' }] },
      'unknown-parameter',
    ],
    ['parameters that are null', { resourceType: 'Parameters', parameter: [null] }, 'unknown-parameter'],
    ['parameters that are no list', { resourceType: 'Parameters', parameter: 'x' }, 'missing-element'],
    [
      'a value where the resource should be',
      { resourceType: 'Parameters', parameter: [{ name: 'questionnaire-response', valueString: 'x' }] },
      'missing-element',
    ],
    [
      'another resource',
      {
        resourceType: 'Parameters',
        parameter: [{ name: 'questionnaire-response', resource: { resourceType: 'Patient' } }],
      },
      'wrong-resource-type',
    ],
  ])('Parameters with %s: 400', async (_name, body, code) => {
    for (const operation of ['/$extract', '/$explain']) {
      expect((await post(JSON.stringify(body), { operation })).said).toEqual([400, code]);
    }
  });

  const bare = { name: 'questionnaire-response', resource: JSON.parse(BODY) };
  const form = { name: 'questionnaire', resource: { resourceType: 'Questionnaire' } };
  const parameters = (...parameter: unknown[]) => JSON.stringify({ resourceType: 'Parameters', parameter });
  const ALL = ['/$extract', '/$explain', '/$validate'];

  test.each<[string, unknown[], number, string[]]>([
    ['an unknown name beside it', [bare, { name: 'x', valueString: 'y' }], 1, ALL],
    ['an unknown name before it', [{ name: 'x' }, bare], 0, ALL],
    ['no name', [bare, { resource: {} }], 1, ALL],
    ['a name in other letters', [bare, { ...bare, name: 'Resource' }], 1, ALL],
    ['the same name twice', [bare, bare], 1, ALL],
    ['a Questionnaire twice', [bare, form, form], 2, ['/$validate']],
    ['a Questionnaire', [bare, form], 1, ['/$extract', '/$explain']],
  ])('Parameters with %s: 400 there', async (_name, list, at, operations) => {
    for (const operation of operations) {
      const { said, expressions } = await post(parameters(...list), { operation });
      expect([operation, ...said, ...expressions]).toEqual([
        operation,
        400,
        'unknown-parameter',
        `Parameters.parameter[${at}]`,
      ]);
    }
  });

  test('Parameters with a known name and no resource: 400 there', async () => {
    for (const operation of ALL) {
      const { said, expressions } = await post(parameters({ name: 'resource', valueString: 'x' }), {
        operation,
      });
      expect([operation, ...said, ...expressions]).toEqual([
        operation,
        400,
        'missing-element',
        'Parameters.parameter[0].resource',
      ]);
    }
  });

  test('$validate takes a Questionnaire beside the response, and looks at that one', async () => {
    const own = {
      resourceType: 'Questionnaire',
      status: 'draft',
      url: 'https://clinic.example.org/q',
      item: [{ linkId: 'only', type: 'string' }],
    };
    const response = {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire: 'https://clinic.example.org/q',
      subject: { reference: 'Patient/p1' },
      authored: '2026-05-04',
      item: [{ linkId: 'only', answer: [{ valueInteger: 1 }] }],
    };
    const { status, codes } = await post(
      parameters({ name: 'resource', resource: response }, { name: 'questionnaire', resource: own }),
      { operation: '/$validate' },
    );
    expect([status, codes]).toEqual([200, ['wrong-answer-type']]);
    server()
      .get(/^\/fhir\//)
      .times(2)
      .reply(500);
    const alone = await post(JSON.stringify(response), { operation: '/$validate' });
    expect(alone.codes).toContain('questionnaire-unknown');
  });

  test('Parameters are no response to POST', async () => {
    const parameter = [{ name: 'questionnaire-response', resource: JSON.parse(BODY) }];
    const body = JSON.stringify({ resourceType: 'Parameters', parameter });
    expect((await post(body, { operation: '' })).said).toEqual([400, 'wrong-resource-type']);
    expect((await post(body)).said).toEqual([200]);
  });
});

describe('bytes that are no UTF-8', () => {
  const cut = BODY.indexOf('completed');
  const around = (...middle: number[]) =>
    bytes(
      Buffer.concat([Buffer.from(BODY.slice(0, cut)), Buffer.from(middle), Buffer.from(BODY.slice(cut))]),
    );

  test.each<[string, Uint8Array<ArrayBuffer>]>([
    ['Latin-1', around(0xe4)],
    ['half a character', around(0xe2, 0x82)],
    ['an overlong slash', around(0xc0, 0xaf)],
    ['half a pair', around(0xed, 0xa0, 0x80)],
    ['UTF-16', bytes(Buffer.from(BODY, 'utf16le'))],
    ['UTF-16 with its mark', bytes(Buffer.from(`\ufeff${BODY}`, 'utf16le'))],
  ])('%s: 400, on every operation', async (_name, body) => {
    for (const operation of [...OPERATIONS, '/$validate']) {
      expect([operation, ...(await post(body, { operation })).said]).toEqual([operation, 400, 'not-json']);
    }
  });
});

describe('a name given twice', () => {
  /** BODY with more members in its outermost object. */
  const and = (members: string) => `${BODY.slice(0, -1)},${members}}`;

  test.each<[string, string]>([
    ['outermost', and('"status":"completed"')],
    ['the same value again', '{"a":1,"a":1}'],
    ['an escaped name', and('"\\u0069tem":[]')],
    ['two escaped names', '{"\\u0061":1,"\\u0061":2}'],
    ['an escaped slash', '{"a/b":1,"a\\/b":2}'],
    ['an escaped quote', '{"a\\"":1,"a\\u0022":2}'],
    ['a surrogate pair', '{"\ud83d\ude00":1,"\\ud83d\\ude00":2}'],
    ['empty', '{"":1,"":2}'],
    ['in an object', and('"extension":[{"url":"a","valueCoding":{"code":"x","code":"y"}}]')],
    ['in an array', '[1,{"a":1},{"a":1,"b":[],"a":2}]'],
    ['in an array of arrays', '{"x":[[[{"a":1,"a":2}]]]}'],
    ['with an object between', '{"a":{"b":1},"c":[{"a":1}],"a":2}'],
    ['with space around', '{ "a" : 1 , \n "a" : 2 }'],
    ['__proto__', '{"__proto__":1,"__proto__":2}'],
    ['after a text with braces', '{"a":"}{\\"]","a":1}'],
    ['after a text that ends in a backslash', '{"a":"\\\\","a":1}'],
  ])('%s: 400, on every operation', async (_name, body) => {
    for (const operation of [...OPERATIONS, '/$validate']) {
      expect([operation, ...(await post(body, { operation })).said]).toEqual([operation, 400, 'not-json']);
    }
  });

  const extension = (...texts: string[]) =>
    and(
      `"extension":${JSON.stringify(texts.map((text) => ({ url: 'https://x.example.org', valueString: text })))}`,
    );

  test.each<[string, string]>([
    ['a name as a value', extension('url', 'valueString', 'status')],
    ['the same names in neighbours and inside', extension('a', 'b', 'c')],
    [
      'texts with braces and quotes',
      extension('{"a":1,"a":2}', '"},{"', '[{,"url":"url"', '\\', '\\"', '}}]]'),
    ],
    ['escaped texts', and('"language":"\\u0065\\u006e"')],
    ['spread over lines', JSON.stringify(JSON.parse(BODY), null, '\t')],
  ])('%s is none: taken', async (_name, body) => {
    expect((await post(body)).said).toEqual([200]);
  });

  test('a megabyte of names is looked through at once', async () => {
    const names = Array.from({ length: 60_000 }, (_, index) => `"n${index}":[]`).join();
    const started = performance.now();
    expect((await post(`{${names},"n0":1}`)).said).toEqual([400, 'not-json']);
    expect((await post('['.repeat(200_000) + ']'.repeat(200_000))).said[0]).toBe(400);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('media type', () => {
  test.each([
    'application/fhir+json',
    'application/json',
    'application/fhir+json; charset=utf-8',
    'application/fhir+json;charset=UTF-8;fhirVersion=4.0',
    'APPLICATION/FHIR+JSON',
  ])('%s: taken', async (type) => {
    expect((await post(BODY, { headers: { 'content-type': type } })).said).toEqual([200]);
  });

  test.each([
    'text/plain',
    'text/json',
    'application/xml',
    'application/fhir+xml',
    'application/json-patch+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/fhir+json; charset=iso-8859-1',
    'application/fhir+json; charset=nonsense',
    'application/fhir+json; charset=utf-16',
    'application/json; charset="latin1"',
    'x',
  ])('%s: 415, on every operation', async (type) => {
    for (const operation of OPERATIONS) {
      const { said } = await post(BODY, { operation, headers: { 'content-type': type } });
      expect([operation, ...said]).toEqual([operation, 415, 'media-type']);
    }
  });

  test.each<[string, number]>([
    ['application/json; charset="utf-8"', 200],
    ['application/json; charset=utf-8-x', 415],
  ])('%s: %i', async (type, status) => {
    expect((await post(BODY, { headers: { 'content-type': type } })).status).toBe(status);
  });

  test('none: 415, with a length or in chunks', async () => {
    const start = 'POST /fhir/QuestionnaireResponse HTTP/1.1';
    const withLength = await raw(app, [start, `Content-Length: ${Buffer.byteLength(BODY)}`], BODY);
    const size = Buffer.byteLength(BODY).toString(16);
    const chunked = await raw(app, [start, 'Transfer-Encoding: chunked'], `${size}\r\n${BODY}\r\n0\r\n\r\n`);
    expect([withLength.status, chunked.status]).toEqual([415, 415]);
  });
});

describe('length', () => {
  const padded = (length: number) => BODY.padEnd(length - Buffer.byteLength(BODY) + BODY.length, ' ');

  test('BODY_LIMIT is taken, one byte more is 413', async () => {
    expect((await post(padded(BODY_LIMIT))).said).toEqual([200]);
    expect((await post(padded(BODY_LIMIT + 1))).said).toEqual([413, 'body-too-long']);
  });

  test('in chunks, without a length: the same', async () => {
    const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
    const start = ['POST /fhir/QuestionnaireResponse/$explain HTTP/1.1', `Content-Type: ${FHIR_JSON}`];
    const send = (text: string) =>
      raw(app, [...start, 'Transfer-Encoding: chunked'], `${chunk(text)}${chunk('  ')}0\r\n\r\n`);
    expect((await send(padded(BODY_LIMIT - 2))).status).toBe(200);
    expect((await send(padded(BODY_LIMIT - 1))).status).toBe(413);
  });

  test('the limit is on what a packed body unpacks to: 100 MB of zeros in 100 KB are 413', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(BODY_LIMIT / 2);
    for (const operation of OPERATIONS) {
      const { said } = await post(bytes(bomb), { operation, headers: { 'content-encoding': 'gzip' } });
      expect(said).toEqual([413, 'body-too-long']);
    }
    const brotli = brotliCompressSync(Buffer.alloc(10 * 1024 * 1024));
    const { said } = await post(bytes(brotli), { headers: { 'content-encoding': 'br' } });
    expect(said).toEqual([413, 'body-too-long']);
  });
});

describe('encoding', () => {
  test.each([
    ['gzip', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['br', brotliCompressSync(BODY)],
    ['identity', Buffer.from(BODY)],
  ])('%s: taken', async (encoding, packed) => {
    expect((await post(bytes(packed), { headers: { 'content-encoding': encoding } })).said).toEqual([200]);
  });

  test.each(['compress', 'zstd-x', 'gzip, gzip'])('%s: 415', async (encoding) => {
    expect((await post(BODY, { headers: { 'content-encoding': encoding } })).said).toEqual([
      415,
      'media-type',
    ]);
  });

  test.each(['gzip', 'deflate', 'br'])(
    '%s that is none: 400, the caller’s fault and no bug',
    async (encoding) => {
      const before = app.lines.length;
      expect((await post(BODY, { headers: { 'content-encoding': encoding } })).said).toEqual([
        400,
        'not-json',
      ]);
      expect(app.lines.slice(before).map(({ message }) => message)).not.toContain('bug');
    },
  );

  test('gzip that ends too soon: 400', async () => {
    const half = gzipSync(BODY).subarray(0, 200);
    expect((await post(bytes(half), { headers: { 'content-encoding': 'gzip' } })).said).toEqual([
      400,
      'not-json',
    ]);
  });
});

describe('a narrative that is more than text', () => {
  const MORE =
    '<div xmlns="http://www.w3.org/1999/xhtml">x<img src="http://evil.example/x" onerror="alert(1)"/></div>';
  const narrated = { ...toResponse(worked('D1'), 'narrated'), text: { status: 'generated', div: MORE } };
  const contained = {
    ...toResponse(worked('D1'), 'narrated'),
    contained: [{ resourceType: 'Patient', text: { status: 'generated', div: MORE } }],
  };

  test.each([
    ['of its own', narrated, 'QuestionnaireResponse.text.div'],
    ['of what it contains', contained, 'QuestionnaireResponse.contained[0].text.div'],
  ])('%s: 400 at its place, and the FHIR server is not even asked', async (_name, response, place) => {
    for (const operation of OPERATIONS) {
      const { said, expressions } = await post(JSON.stringify(response), { operation });
      expect([operation, ...said, ...expressions]).toEqual([operation, 400, 'wrong-json-type', place]);
    }
    const { body } = await send<Bundle>(`${app.fhir}/$delivery-status`);
    expect(body.total).toBe(0);
  });
});
