/** What nock cannot play: a port where nobody listens, a server that hangs up or hangs, and redirects off the server. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { OperationOutcome } from 'fhir/r4.js';
import { faultsOf, type Reply, send } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { type App, NOW, startApp } from '../support/http-app.js';
import { PATIENT } from '../support/http-fhir.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => close(server));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

async function appAt(origin: string): Promise<App> {
  const app = await startApp({ fhirBaseUrl: `${origin}/fhir`, timeoutMs: 1000 });
  closing.push(app.close);
  return app;
}

const post = ({ fhir }: App): Promise<Reply<OperationOutcome>> =>
  send(`${fhir}/QuestionnaireResponse`, { body: toResponse(worked('D1'), 'one') });
const said = ({ status, headers, body }: Reply<OperationOutcome>) => [
  status,
  faultsOf(body)[0]?.code,
  headers.get('retry-after') !== null,
];
const AWAY = [503, 'fhir-server-unreachable', true];

describe('the server is away', () => {
  test.each<[string, () => Promise<string>]>([
    ['nobody listens', async () => vacantOrigin()],
    ['it hangs up', () => listen((request) => request.socket.destroy())],
    ['it never answers', () => listen(() => undefined)],
    [
      'it stops in the middle of an answer',
      () =>
        listen((_request, response) => {
          response.writeHead(200, { 'content-type': 'application/fhir+json', 'content-length': 1000 });
          response.write('{"resourceType":');
        }),
    ],
    ['it speaks no HTTP', () => listen((request) => request.socket.end('220 smtp.example.org ESMTP\r\n'))],
  ])('%s: a POST is accepted, a read is 503, and readiness says so', async (_name, start) => {
    const app = await appAt(await start());
    const { status, headers } = await post(app);
    expect([status, headers.get('location')?.endsWith('/_history/1')]).toEqual([202, true]);
    expect(said(await send(`${app.fhir}/Observation/o1`))).toEqual(AWAY);
    const ready = await send<{ fhirServer: string; outbox: object }>(`${app.root}/readyz`);
    expect([ready.status, ready.body.fhirServer]).toEqual([200, 'unreachable']);
    expect(ready.body.outbox).toMatchObject({ queued: 1, refused: 0, unknown: 0, oldestQueued: NOW });
    expect((await send(`${app.fhir}/Questionnaire`)).status).toBe(200);
  });

  async function vacantOrigin(): Promise<string> {
    const origin = await listen(() => undefined);
    await closing.pop()?.();
    return origin;
  }
});

describe('a redirect to another origin is not followed: it would get the patient, and later the token', () => {
  async function redirecting(isRedirected: RequestListener, status: number) {
    const elsewhere: string[] = [];
    const other = await listen(({ method, url }, response) => {
      elsewhere.push(`${method} ${url}`);
      response.setHeader('content-type', 'application/fhir+json').end(JSON.stringify(PATIENT));
    });
    const origin = await listen((request, response) => {
      isRedirected(request, response);
      if (response.writableEnded) return;
      request.resume();
      response.writeHead(status, { location: `${other}/fhir/Patient/p1` }).end();
    });
    return { app: await appAt(origin), elsewhere };
  }

  test.each([301, 302, 303, 307, 308])('%i to a write', async (status) => {
    const { app, elsewhere } = await redirecting((request, response) => {
      if (request.method !== 'GET') return;
      response.statusCode = 404;
      if (request.url === '/fhir/Patient/p1') response.statusCode = 200;
      response.end(response.statusCode === 200 ? JSON.stringify(PATIENT) : '');
    }, status);
    const reply = await post(app);
    expect(elsewhere).toEqual([]);
    expect(reply.status).toBe(202);
  });

  test.each([301, 302, 303, 307, 308])('%i to a read', async (status) => {
    const { app, elsewhere } = await redirecting(() => undefined, status);
    const reply = await send(`${app.fhir}/Patient/p1`);
    expect(elsewhere).toEqual([]);
    expect(reply.status).toBeGreaterThanOrEqual(400);
  });
});
