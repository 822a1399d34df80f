/** Clients that take for ever: 500 at once hold their connections and nothing else, and lose them in the end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serverLimits } from '../../src/io/listen.js';
import { FHIR_JSON } from '../support/contract-http.js';
import { toResponse, without, worked } from '../support/contract-responses.js';
import { type App, startApp } from '../support/http-app.js';

/** As in production, a fortieth as long. */
const LIMITS = {
  headersMs: 1500,
  requestMs: 3000,
  silentMs: 3000,
  keepAliveMs: 1500,
  checkMs: 250,
  connections: 1000,
};
const CLIENTS = 500;

let app: App;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'axspa-slow-'));
  writeFileSync(join(folder, 'large.bin'), Buffer.alloc(16 * 1024 * 1024));
  const settings = {
    emergencyNumber: '112',
    isDemo: false,
    clinician: null,
    questionnaire: null,
    adviceAlone: {},
    adviceTogether: [],
    isGuarded: false,
    signIn: [],
  };
  const pages = { folder, frameAncestors: [], settings };
  app = await startApp({ limits: LIMITS, pages });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

type Kind = 'headers' | 'body' | 'file' | 'resources' | 'nothing';
type Slow = { kind: Kind; said: string; isOver: boolean; socket: Socket };

const POST = 'POST /fhir/QuestionnaireResponse/$explain HTTP/1.1\r\nHost: 127.0.0.1\r\n';
const BEGINNING: Record<Kind, string> = {
  headers: `${POST}X-Slow: `,
  body: `${POST}Content-Type: ${FHIR_JSON}\r\nContent-Length: 100000\r\n\r\n{"resourceType":"`,
  // So much that no buffer on the way holds the answers.
  file: 'GET /ui/large.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
  resources: 'GET /fhir/Questionnaire HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(60),
  nothing: '',
};

/** Connects, sends the beginning, then a byte now and then; never reads answers it was told not to. */
function begin(kind: Kind): Slow {
  const socket = connect(app.port, '127.0.0.1', () => socket.write(BEGINNING[kind]));
  const client: Slow = { kind, said: '', isOver: false, socket };
  if (isDeaf(kind)) socket.pause();
  else
    socket.on('data', (bytes) => {
      client.said += bytes.toString('latin1');
    });
  const trickle = setInterval(() => {
    if ((kind === 'headers' || kind === 'body') && socket.writable) socket.write('a');
  }, 200);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    client.isOver = true;
    clearInterval(trickle);
  });
  return client;
}

/** Asks, and does not read what it is answered. */
const isDeaf = (kind: Kind) => kind === 'file' || kind === 'resources';

/** A quarter each; of those who do not read, one in five asks for resources. */
function kindOf(index: number): Kind {
  if (index % 4 === 2) return index % 20 === 2 ? 'resources' : 'file';
  return (['headers', 'body', 'body', 'nothing'] as const)[index % 4] ?? 'nothing';
}

async function until(isTrue: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (Date.now() < deadline) {
    if (await isTrue()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

const BODY = JSON.stringify(without(toResponse(worked('D1'), 'one'), 'subject'));
/** What everybody else asks meanwhile; their statuses. */
function askAround(): Promise<number[]> {
  const asked: [string, RequestInit?][] = [
    ['/livez'],
    ['/fhir/metadata'],
    ['/fhir/Questionnaire'],
    [
      '/fhir/QuestionnaireResponse/$explain',
      { method: 'POST', body: BODY, headers: { 'content-type': FHIR_JSON } },
    ],
  ];
  return Promise.all(
    asked.map(async ([path, init]) => {
      const reply = await fetch(app.root + path, { ...init, signal: AbortSignal.timeout(30_000) });
      await reply.arrayBuffer();
      return reply.status;
    }),
  );
}

test('500 at once: everybody else is answered, and each of the 500 is cut', async () => {
  const clients = Array.from({ length: CLIENTS }, (_, index) => begin(kindOf(index)));
  try {
    let answered = 0;
    for (let round = 0; round < 10; round += 1) {
      expect(await askAround()).toEqual([200, 200, 200, 200]);
      answered += 4;
    }
    // Whoever never reads does not learn that it was cut before it looks.
    const others = clients.filter(({ kind }) => !isDeaf(kind));
    await until(() => others.every(({ isOver }) => isOver), 20_000);
    const over = await until(async () => (await connected()) <= 1, 20_000);
    const told = (kind: Kind) =>
      others.filter((one) => one.kind === kind && one.said.startsWith('HTTP/1.1 408'));
    const said = [told('headers').length, told('body').length];
    console.log(
      `slow clients: ${CLIENTS} at once, ${answered} others answered meanwhile; 408 in the headers ${said[0]}, ` +
        `in the body ${said[1]}; all cut: ${over}`,
    );
    expect({ said, over, open: others.filter(({ isOver }) => !isOver).length }).toEqual({
      said: [CLIENTS / 4, CLIENTS / 4],
      over: true,
      open: 0,
    });
    expect(await askAround()).toEqual([200, 200, 200, 200]);
  } finally {
    for (const { socket } of clients) socket.destroy();
  }
}, 90_000);

const connected = () => app.connections();

test('one that reads slowly, and does read, gets it all', async () => {
  const socket = connect(app.port, '127.0.0.1');
  let length = 0;
  try {
    socket.write('GET /ui/large.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
    for await (const chunk of socket) {
      length += (chunk as Buffer).length;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    socket.destroy();
  }
  expect(length).toBeGreaterThan(16 * 1024 * 1024);
}, 60_000);

describe('the limits of production', () => {
  test('are there, and an answer that waits for the FHIR server is not cut', () => {
    const { headersMs, requestMs, silentMs, keepAliveMs, connections } = serverLimits({
      fhirTimeoutMs: 10_000,
    });
    expect({ headersMs, requestMs, silentMs, keepAliveMs, connections }).toEqual({
      headersMs: 15_000,
      requestMs: 60_000,
      silentMs: 120_000,
      keepAliveMs: 65_000,
      connections: 4000,
    });
    expect(serverLimits({ fhirTimeoutMs: 600_000 }).silentMs).toBeGreaterThan(3_600_000);
  });

  test('more connections than that are not taken', async () => {
    const small = await startApp({ limits: { ...LIMITS, connections: 3 } });
    const sockets = Array.from({ length: 8 }, () => connect(small.port, '127.0.0.1'));
    try {
      let cut = 0;
      for (const socket of sockets) {
        socket.on('error', () => undefined);
        socket.on('close', () => {
          cut += 1;
        });
        socket.resume();
      }
      await until(() => cut >= 5, 1000);
      expect([cut, await small.connections()]).toEqual([5, 3]);
    } finally {
      for (const socket of sockets) socket.destroy();
      await small.close();
    }
  });

  test('headers of more than 16 KiB: 431', async () => {
    const reply = await fetch(`${app.root}/livez`, { headers: { 'x-long': 'x'.repeat(17_000) } });
    expect(reply.status).toBe(431);
  });
});
