/** Bodies that are small to send and large to take: each is refused soon, and nobody else notices. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import { FHIR_JSON, faultsOf } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { type App, BODY_LIMIT, startApp } from '../support/http-app.js';
import { PATIENT, server, useFhirServer } from '../support/http-fhir.js';

useFhirServer();
let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const OPERATIONS = ['', '/$validate', '/$extract', '/$explain', '/$advice', '/$delivery-plan'];
const MEGABYTE = 1024 * 1024;

interface Answered {
  readonly status: number;
  readonly code: string | undefined;
}

/** Refused is refused at once: nothing that is asked here may take as long as the time it is given. */
async function post(
  operation: string,
  body: string | Uint8Array<ArrayBuffer>,
  encoding?: string,
): Promise<Answered> {
  const reply = await fetch(`${app.fhir}/QuestionnaireResponse${operation}`, {
    method: 'POST',
    body,
    headers: { 'content-type': FHIR_JSON, ...(encoding && { 'content-encoding': encoding }) },
    signal: AbortSignal.timeout(20_000),
  });
  const answer = (await reply.json()) as OperationOutcome;
  return { status: reply.status, code: faultsOf(answer)[0]?.code };
}

describe('packed', () => {
  const INFLATED = 512 * MEGABYTE;
  const AT_ONCE = 20;

  /** Half a gigabyte of zeros inside a JSON text. */
  function* zeros(): Generator<Buffer> {
    yield Buffer.from('{"resourceType":"');
    const chunk = Buffer.alloc(MEGABYTE, '0');
    for (let sent = 0; sent < INFLATED; sent += MEGABYTE) yield chunk;
  }
  const pack = {
    gzip: () => createGzip({ level: 9 }),
    deflate: () => createDeflate({ level: 9 }),
    br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  };

  test.each(['gzip', 'deflate', 'br'] as const)(
    '%s: 413 for 20 at once of 512 MB each, which are never unpacked whole',
    async (encoding) => {
      const bomb = new Uint8Array(await buffer(Readable.from(zeros()).pipe(pack[encoding]())));
      expect(bomb.length).toBeLessThan(BODY_LIMIT);
      const before = process.memoryUsage().rss;
      let most = before;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage().rss);
      }, 5);
      try {
        const answers = await Promise.all(
          Array.from({ length: AT_ONCE }, (_, turn) =>
            post(OPERATIONS[turn % OPERATIONS.length] ?? '', bomb, encoding),
          ),
        );
        expect(new Set(answers.map(({ status, code }) => `${status} ${code}`))).toEqual(
          new Set(['413 body-too-long']),
        );
      } finally {
        clearInterval(watch);
      }
      const grown = Math.round((most - before) / MEGABYTE);
      console.log(
        `${encoding}: ${AT_ONCE} bombs of ${bomb.length} bytes for ${INFLATED / MEGABYTE} MB, memory grew by ${grown} MB`,
      );
      // One of them whole would be twice that, all of them forty times.
      expect(grown).toBeLessThan(256);
    },
    60_000,
  );
});

const fill = (piece: string, begin = '', end = '') =>
  begin + piece.repeat(Math.floor((BODY_LIMIT - begin.length - end.length) / piece.length)) + end;
const count = (times: number, make: (index: number) => string) =>
  Array.from({ length: times }, (_, i) => make(i));
const QR = '{"resourceType":"QuestionnaireResponse","status":"completed"';
const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

/** Each close to what a body may be long, and what is said of it. */
const SHAPES: [name: string, body: string, said: string][] = [
  ['arrays that only open', fill('['), '400 not-json'],
  ['objects that only open', fill('{"a":'), '400 not-json'],
  ['arrays in arrays', nested('[', ']', BODY_LIMIT / 2), '400 wrong-resource-type'],
  [
    'objects in objects',
    `${QR},"item":${nested('{"a":', '}', 150_000).replace('}', '1}')}}`,
    '400 nesting-too-deep',
  ],
  [
    'items in items',
    `${QR},"item":[${nested('{"linkId":"a","item":[', ']}', 40_000)}]}`,
    '400 nesting-too-deep',
  ],
  [
    'extensions in extensions',
    `${QR},"extension":[${nested('{"url":"u:x","extension":[', ']}', 30_000)}]}`,
    '400 nesting-too-deep',
  ],
  [
    'a hundred thousand names',
    `${QR},${count(90_000, (i) => `"k${i}":1`).join(',')}}`,
    '400 unknown-element',
  ],
  ['one name again and again', `${QR},${count(90_000, () => '"k":1').join(',')}}`, '400 not-json'],
  [
    'a number of a million digits',
    `${QR},"item":[{"linkId":${fill('9').slice(0, 900_000)}}]}`,
    '400 wrong-json-type',
  ],
  [
    'numbers beyond every number',
    `${QR},"item":[{"linkId":"a","answer":[${count(30_000, () => '{"valueDecimal":1e400}').join(',')}]}]}`,
    '400 wrong-json-type',
  ],
  ['exponents of many digits', `${QR},"item":[{"linkId":1e-${'9'.repeat(900_000)}}]}`, '400 wrong-json-type'],
  ['a text of a megabyte', `${QR},"language":"${'x '.repeat(500_000)}"}`, '400 wrong-json-type'],
  [
    'a megabyte of escapes',
    `${QR},"item":[{"linkId":"${'\\u0000'.repeat(170_000)}"}]}`,
    '400 wrong-json-type',
  ],
  ['half characters', `${QR},"language":"${'\\ud800'.repeat(170_000)} "}`, '400 wrong-json-type'],
  ['empty objects', `${QR},"item":[${count(340_000, () => '{}').join(',')}]}`, '400 wrong-json-type'],
  ['nulls', `${QR},"item":[${count(200_000, () => 'null').join(',')}]}`, '400 wrong-json-type'],
  [
    'names of Object.prototype',
    `${QR},"__proto__":{"a":1},"constructor":{"prototype":{}}}`,
    '400 unknown-element',
  ],
  ['white space', fill(' '), '400 not-json'],
  ['quotes', fill('"'), '400 not-json'],
  ['backslashes', `"${fill('\\')}`.slice(0, BODY_LIMIT), '400 not-json'],
];

describe('unpacked', () => {
  let answered = 0;
  test.each(SHAPES)(
    '%s',
    async (_name, body, said) => {
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(BODY_LIMIT);
      for (const operation of OPERATIONS) {
        const [{ status, code }, alive] = await Promise.all([
          post(operation, body),
          fetch(`${app.root}/livez`),
        ]);
        // What reads structure says what is wrong with it; `$validate` says it with 200, `$advice` reads what it can.
        if (operation === '' || operation === '/$delivery-plan')
          expect([operation, `${status} ${code}`]).toEqual([operation, said]);
        expect([operation, status < 500, alive.status]).toEqual([operation, true, 200]);
        answered += 1;
      }
    },
    60_000,
  );
  afterAll(() =>
    console.log(
      `bodies of a megabyte: ${SHAPES.length}, answered ${answered} times on ${OPERATIONS.length} operations`,
    ),
  );
});

test('a response that is long and right is still taken', async () => {
  const body = toResponse(worked('D1'), 'long');
  const long = {
    ...body,
    extension: count(8000, (i) => `${i}`).map((valueString) => ({ url: 'urn:x', valueString })),
  };
  const id = `r${'[0-9a-f]'.repeat(31)}`;
  server()
    .get(new RegExp(`^/fhir/QuestionnaireResponse/${id}$`))
    .reply(404);
  server().get('/fhir/Patient/p1').reply(200, PATIENT, { 'content-type': FHIR_JSON });
  expect(await post('/$validate', JSON.stringify(long))).toEqual({ status: 200, code: '' });
});
