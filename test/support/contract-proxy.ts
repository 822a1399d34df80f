/** A FHIR server that can be told to fail: passes everything on to another one until `mode` says otherwise. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { freePorts } from './contract-service.js';

/** `hang up`: every request; a number: that status for every write. */
export type Mode = 'pass' | 'hang up' | number;
export type FhirProxy = {
  url: string;
  mode: Mode;
  /** How many requests were to write. */
  writes: number;
  /** What was asked for, in order. */
  paths: string[];
  close: () => Promise<void>;
};

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function refuse(response: ServerResponse, status: number): void {
  const issue = [{ severity: 'error', code: 'processing', diagnostics: 'Mrs Secret is not wanted here' }];
  response.writeHead(status, { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify({ resourceType: 'OperationOutcome', issue }));
}

async function passOn(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
  const body = await bodyOf(request);
  const headers = new Headers();
  for (const name of [
    'accept',
    'content-type',
    'prefer',
    'if-match',
    'if-none-exist',
    'if-none-match',
  ] as const) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  const init: RequestInit = { method: request.method ?? 'GET', headers };
  if (body.length > 0) init.body = new Uint8Array(body);
  const reply = await fetch(target, init);
  const bytes = Buffer.from(await reply.arrayBuffer());
  for (const name of ['content-type', 'location', 'etag', 'last-modified']) {
    const value = reply.headers.get(name);
    if (value !== null) response.setHeader(name, value);
  }
  response.writeHead(reply.status).end(bytes);
}

/** Listens under `/fhir` for the FHIR base `target`. */
export async function startProxy(target: string): Promise<FhirProxy> {
  const [port] = await freePorts(1);
  const server = createServer((request, response) => {
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
    if (isWrite) proxy.writes += 1;
    proxy.paths.push(request.url ?? '');
    if (proxy.mode === 'hang up') request.socket.destroy();
    else if (isWrite && proxy.mode !== 'pass') refuse(response, proxy.mode);
    else {
      const path = (request.url ?? '').replace(/^\/fhir/, '');
      passOn(request, response, `${target}${path}`).catch(() => response.destroy());
    }
  });
  const proxy: FhirProxy = {
    url: `http://127.0.0.1:${port}/fhir`,
    mode: 'pass',
    writes: 0,
    paths: [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return proxy;
}
