/** service.md RATE_LIMIT: so many requests a minute and client, then 429 and when to come again. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import express, { type Request } from 'express';
import type { OperationOutcome } from 'fhir/r4.js';
import { createErrorHandler } from '../../src/http/errors.js';
import { createRateLimit } from '../../src/http/rate-limit.js';
import { FHIR_JSON, faultsOf } from '../support/contract-http.js';
import { type App, BODY_LIMIT, startApp } from '../support/http-app.js';

let close: (() => Promise<void>) | null = null;
afterEach(async () => {
  await close?.();
  close = null;
});

const LIMIT = 5;
async function start(limit: number | null = LIMIT): Promise<App> {
  const folder = fileURLToPath(new URL('../browser/portal', import.meta.url));
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
  const app = await startApp({ pages, ...(limit !== null && { rateLimit: limit }) });
  close = app.close;
  return app;
}

/** Statuses of that many requests, one after the other. */
async function ask(url: string, times: number, init: RequestInit = {}): Promise<number[]> {
  const statuses: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const reply = await fetch(url, init);
    await reply.arrayBuffer();
    statuses.push(reply.status);
  }
  return statuses;
}
const times = (count: number, status: number): number[] => Array(count).fill(status);

describe('by address, where nobody is known', () => {
  test('the limit is reached, and the next is an OperationOutcome that says when to come again', async () => {
    const app = await start();
    expect(await ask(`${app.fhir}/metadata`, LIMIT)).toEqual(times(LIMIT, 200));
    const reply = await fetch(`${app.fhir}/metadata`);
    const [fault] = faultsOf((await reply.json()) as OperationOutcome);
    expect([reply.status, fault?.type, fault?.code]).toEqual([429, 'throttled', 'rate-limit']);
    expect(reply.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    const seconds = Number(reply.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(app.lines.at(-1)).toMatchObject({ status: 429, code: 'rate-limit', state: 'answered' });
  });

  test('what is left is said with every answer', async () => {
    const app = await start();
    const left = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const { headers } = await fetch(`${app.fhir}/metadata`);
      left.push(/^"requests"; r=(\d+); t=\d+$/.exec(headers.get('ratelimit') ?? '')?.[1]);
      expect(headers.get('ratelimit-policy')).toMatch(/^"requests"; q=5; w=60; pk=:[A-Za-z0-9+/=]+:$/);
    }
    expect(left).toEqual(['4', '3', '2']);
  });

  test('a refused request is counted, and so is one that finds nothing', async () => {
    const app = await start();
    expect(await ask(`${app.fhir}/Patient?nothing=x`, 3)).toEqual(times(3, 400));
    expect(await ask(`${app.root}/nowhere`, 3)).toEqual([404, 404, 429]);
  });

  test('another address in X-Forwarded-For changes nothing', async () => {
    const app = await start();
    const statuses: number[] = [];
    for (let turn = 1; turn <= LIMIT + 2; turn += 1) {
      const headers = {
        'x-forwarded-for': `198.51.100.${turn}`,
        forwarded: `for=198.51.100.${turn}`,
        'x-real-ip': `198.51.100.${turn}`,
        'x-client-ip': `198.51.100.${turn}`,
      };
      statuses.push(...(await ask(`${app.fhir}/metadata`, 1, { headers })));
    }
    expect(statuses).toEqual([...times(LIMIT, 200), 429, 429]);
  });

  test('before the body is read', async () => {
    const app = await start(1);
    await ask(`${app.fhir}/metadata`, 1);
    const headers = { 'content-type': FHIR_JSON };
    const body = 'x'.repeat(BODY_LIMIT + 1);
    expect(await ask(`${app.fhir}/QuestionnaireResponse`, 1, { method: 'POST', headers, body })).toEqual([
      429,
    ]);
  });

  test('health and pages are not counted, and are there when the limit is reached', async () => {
    const app = await start();
    for (const path of ['/livez', '/metrics', '/ui/portal.js']) {
      expect([path, await ask(app.root + path, LIMIT + 3)]).toEqual([path, times(LIMIT + 3, 200)]);
    }
    await ask(`${app.fhir}/metadata`, LIMIT);
    expect(await ask(`${app.fhir}/metadata`, 1)).toEqual([429]);
    for (const path of ['/livez', '/metrics', '/', '/ui/portal.js', '/ui/settings.json']) {
      expect([path, await ask(app.root + path, 1)]).toEqual([path, [200]]);
    }
  });

  test('none without a limit', async () => {
    const app = await start(null);
    expect(new Set(await ask(`${app.fhir}/metadata`, 400))).toEqual(new Set([200]));
    expect((await fetch(`${app.fhir}/metadata`)).headers.get('ratelimit')).toBeNull();
  });
});

describe('by client, where a token or a session tells', () => {
  /** Stands for sign-in: the bearer is who it says, but for one that is forged. */
  function who(req: Request): string | null {
    const [, name] = /^Bearer (.+)$/.exec(req.get('authorization') ?? '') ?? [];
    return name === undefined || name === 'forged' ? null : name;
  }

  async function startSmall(): Promise<string> {
    const app = express();
    app.use(createRateLimit(2, who));
    app.use((_req, res) => void res.status(204).end());
    app.use(createErrorHandler(() => undefined));
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    close = () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  const as = (name: string): RequestInit => ({ headers: { authorization: `Bearer ${name}` } });

  test('each has their own count, from one address', async () => {
    const url = await startSmall();
    expect(await ask(url, 3, as('one'))).toEqual([204, 204, 429]);
    expect(await ask(url, 3, as('two'))).toEqual([204, 204, 429]);
    expect(await ask(url, 3)).toEqual([204, 204, 429]);
  });

  test('guesses are counted together, with those of nobody', async () => {
    const url = await startSmall();
    expect(await ask(url, 3, as('forged'))).toEqual([204, 204, 429]);
    expect(await ask(url, 1)).toEqual([429]);
    expect(await ask(url, 1, as('one'))).toEqual([204]);
  });

  test('nobody takes the count of an address by calling themselves one', async () => {
    const url = await startSmall();
    expect(await ask(url, 3, as('address 127.0.0.1'))).toEqual([204, 204, 429]);
    expect(await ask(url, 2)).toEqual([204, 204]);
  });
});
