/** One request in another: whoever reads lengths, lines and encodings differently from us must not be led by it. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLedger } from '../support/adversary.js';
import { SECRETS, startWorld, type World } from '../support/authorization-world.js';
import { START_TIMEOUT } from '../support/contract-service.js';

const ledger = createLedger('smuggled-bytes');
let world: World;
let port: number;
let staff: string;

beforeAll(async () => {
  world = await startWorld();
  port = Number(new URL(world.service.url).port);
  staff = `Authorization: Bearer ${await world.issuer.mint({ scope: 'system/*.cruds' })}`;
}, START_TIMEOUT);
afterAll(async () => {
  ledger.print();
  await world?.stop();
}, 30_000);

/** All that comes back until the service hangs up, or has been silent for a second. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(text, 'latin1')));
    const end = () => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString());
    };
    socket.setTimeout(1000, end);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', end);
    socket.on('close', end);
  });
}

const statuses = (text: string) =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));

/** What an attacker hides in a request of theirs, for the next one on the connection to be taken for. */
const hidden = () =>
  `GET /fhir/QuestionnaireResponse/${world.names.other} HTTP/1.1\r\nHost: localhost\r\n${staff}\r\n\r\n`;
const line =
  'POST /fhir/QuestionnaireResponse/$validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

/** Never two answers, never what was hidden. */
const ATTACKS: Record<string, () => string> = {
  'both lengths': () => `${line}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden()}`,
  'both lengths, the other way': () =>
    `${line}Transfer-Encoding: chunked\r\nContent-Length: ${hidden().length + 5}\r\n\r\n0\r\n\r\n${hidden()}`,
  'two lengths': () =>
    `${line}Content-Length: 2\r\nContent-Length: ${hidden().length + 2}\r\n\r\n{}${hidden()}`,
  'two lengths in one': () => `${line}Content-Length: 2, ${hidden().length + 2}\r\n\r\n{}${hidden()}`,
  'a length with a sign': () => `${line}Content-Length: +2\r\n\r\n{}${hidden()}`,
  'a negative length': () => `${line}Content-Length: -1\r\n\r\n${hidden()}`,
  'a length in hex': () => `${line}Content-Length: 0x2\r\n\r\n{}${hidden()}`,
  'a length beyond all numbers': () => `${line}Content-Length: 99999999999999999999\r\n\r\n${hidden()}`,
  'a length with a space': () => `${line}Content-Length : 2\r\n\r\n{}${hidden()}`,
  'an unknown coding': () => `${line}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden()}`,
  'chunked, then identity': () => `${line}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden()}`,
  'two codings': () =>
    `${line}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden()}`,
  'a coding with a space before the colon': () =>
    `${line}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden()}`,
  'a coding behind a tab': () => `${line}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${hidden()}`,
  'a coding on a folded line': () => `${line}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden()}`,
  'a chunk of no number': () => `${line}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${hidden()}`,
  'a chunk of a negative number': () => `${line}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n${hidden()}`,
  'a chunk beyond all numbers': () =>
    `${line}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n${hidden()}`,
  'a chunk that ends in the middle': () =>
    `${line}Transfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n0\r\n\r\n${hidden()}`,
  'a NUL in a name': () => `${line}X-A\0: b\r\nContent-Length: 0\r\n\r\n${hidden()}`,
  'a NUL in a value': () => `${line}X-A: b\0c\r\nContent-Length: 0\r\n\r\n${hidden()}`,
  'a CR alone': () => `${line}X-A: b\rContent-Length: 0\r\n\r\n${hidden()}`,
  'a line without a colon': () => `${line}X-A\r\nContent-Length: 0\r\n\r\n${hidden()}`,
  'a space in front of the first header': () =>
    `GET /fhir/metadata HTTP/1.1\r\n Host: localhost\r\n\r\n${hidden()}`,
  'no Host': () => `GET /fhir/metadata HTTP/1.1\r\n\r\n${hidden()}`,
  'a version of no kind': () => `GET /fhir/metadata HTTP/9.9\r\nHost: localhost\r\n\r\n${hidden()}`,
  'HTTP/0.9': () => `GET /fhir/metadata\r\n\r\n${hidden()}`,
  'HTTP/2': () => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden()}`,
  'a tunnel': () => `CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: localhost\r\n\r\n${hidden()}`,
  'a method of no kind': () => `GETT /fhir/metadata HTTP/1.1\r\nHost: localhost\r\n\r\n${hidden()}`,
  'a space in the target': () => `GET /fhir/metadata /x HTTP/1.1\r\nHost: localhost\r\n\r\n${hidden()}`,
  TLS: () => `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${hidden()}`,
};

test.each(Object.entries(ATTACKS))('%s: 400, and no more', async (name, attack) => {
  const before = await world.state();
  const said = await exchange(attack());
  const told = [...SECRETS, `${world.names.other}`].filter((secret) => said.includes(secret));
  // A tunnel is not even answered; HTTP/0.9 names no host, and there is nothing for nobody.
  const [wanted = [400]] = Object.entries({ 'a tunnel': [], 'HTTP/0.9': [404] })
    .filter(([one]) => one === name)
    .map(([, found]) => found);
  ledger.harmless(name, [statuses(said), told], [wanted, []]);
  expect(await world.state()).toBe(before);
  await ledger.stillAnswers(`${world.service.fhir}/metadata`);
});

test('what is hidden in a body is a body', async () => {
  const inside = hidden();
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
    const text = `${method} /fhir/QuestionnaireResponse HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${inside.length}\r\n\r\n${inside}`;
    const said = await exchange(text);
    ledger.harmless(method, [statuses(said).length, said.includes('linkId')], [1, false]);
  }
  await ledger.stillAnswers(`${world.service.fhir}/metadata`);
});

test('an Upgrade is not taken', async () => {
  for (const upgrade of ['websocket', 'h2c', 'TLS/1.0']) {
    const text = `GET /fhir/QuestionnaireResponse/${world.names.other} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: ${upgrade}\r\n\r\n`;
    const said = await exchange(text);
    ledger.harmless(upgrade, [statuses(said), said.includes('linkId')], [[401], false]);
  }
  await ledger.stillAnswers(`${world.service.fhir}/metadata`);
});

test('a line in a value does not become a header of the answer', async () => {
  const values = [
    '/fhir/Patient?_id=x%0d%0aSet-Cookie:%20a=b',
    '/fhir/%0d%0aSet-Cookie:a=b',
    '/launch?iss=x%0d%0aSet-Cookie:a=b',
    '/fhir/Questionnaire/x%0d%0aLocation:%20https:',
  ];
  for (const target of values) {
    const said = await exchange(
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${staff}\r\n\r\n`,
    );
    const [head = ''] = said.split('\r\n\r\n');
    ledger.harmless(target, [statuses(said).length, /^(set-cookie|location):/im.test(head)], [1, false]);
  }
  await ledger.stillAnswers(`${world.service.fhir}/metadata`);
});
