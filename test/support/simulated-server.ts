/**
 * A FHIR server for the fault-injection tests: a row of simulated-rows.ts says what it takes, an embedded FHIR
 * server behind it keeps what it took, and `fault` says what goes wrong on the way.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Door, openDoor } from './simulated-door.js';
import { createFaults, type Fault, type Faults, isDownAtOnce } from './simulated-faults.js';
import { isWrite } from './simulated-policy.js';
import type { SimulatedRow } from './simulated-rows.js';
import { type Answer, type Backend, type Call, startBackend, toRefusal } from './simulated-store.js';

/** One request that arrived, in the order of arrival. */
export interface SimulatedRequest {
  readonly method: string;
  /** Below the base, with its query, without a slash in front: `Observation?patient=p1`, '' for a transaction. */
  readonly path: string;
  /** What it was answered; null as long as it was not, and for ever when the connection was cut. */
  readonly status: number | null;
  /** Milliseconds, as Date.now() gives them. */
  readonly at: number;
  /** Whether it came before the Retry-After of a 429 was over. */
  readonly tooEarly: boolean;
}

/**
 * `index` counts requests of every kind from 1 (`requests[index - 1]`). `before`: it has arrived, `writes` counts
 * it already, and a fault set now is one that it suffers. `after`: what it writes is committed, nothing is answered;
 * not called where a fault keeps it from the store. Waited for; what returns 'cut' cuts the connection there.
 */
export type OnRequest = (index: number, phase: 'before' | 'after', method: string, path: string) => unknown;

export type { Fault } from './simulated-faults.js';

export interface Simulated {
  /** FHIR base: `http://127.0.0.1:PORT/fhir`. */
  readonly url: string;
  /** FHIR base of the embedded server behind, which has no faults: to put patients in, and to see what arrived. */
  readonly storeUrl: string;
  readonly requests: readonly SimulatedRequest[];
  /** How many requests that write have arrived. */
  readonly writes: number;
  /** null again when it has healed by itself. */
  fault: Fault | null;
  onRequest: OnRequest | null;
  /** When a `down` that was just set or taken away has come about. */
  settled(): Promise<void>;
  /** May be called twice. */
  close(): Promise<void>;
}

const LOGIN_PAGE =
  '<!doctype html><html><head><title>Sign in</title></head><body><form action="/login" method="post"></form></body></html>';
const CLOSE_WITHIN_MS = 3000;

type Requested = { -readonly [Key in keyof SimulatedRequest]: SimulatedRequest[Key] };

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = (request.url ?? '').replace(/^\/fhir\/?/, '');
  return { method: request.method ?? 'GET', path, headers: request.headers, body: Buffer.concat(chunks) };
}

function toRetryAfter({ retryAfter, form }: Extract<Fault, { kind: 'too-many' }>, at: number): string {
  return form === 'date' ? new Date(at + retryAfter * 1000).toUTCString() : String(retryAfter);
}

/** What is answered in place of the server; null when the request gets through to it. */
function toFaultAnswer(fault: Fault | null, at: number): Answer | null {
  switch (fault?.kind) {
    case 'flapping':
      return toRefusal({ status: 503, code: 'transient', text: 'Come back later.' });
    case 'status':
      return toRefusal({ status: fault.status, code: 'processing', text: 'It did not work.' });
    case 'too-many': {
      const answer = toRefusal({ status: 429, code: 'throttled', text: 'Too many requests.' });
      return { ...answer, headers: { ...answer.headers, 'retry-after': toRetryAfter(fault, at) } };
    }
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: LOGIN_PAGE };
    case 'empty-200':
      return { status: 200, headers: {}, body: '' };
    default:
      return null;
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length }).end(body);
}

/** Half of the answer's bytes, head and body, on the wire; then nothing more. */
async function sendHalf({ socket }: IncomingMessage, { status, headers, body }: Answer): Promise<void> {
  const fields = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body) });
  const head = [`HTTP/1.1 ${status} Simulated`, ...fields.map(([name, value]) => `${name}: ${value}`)];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Of an answer with a body the head is whole, so that a client sees its status.
  const headEnd = bytes.length - Buffer.byteLength(body);
  const half = body === '' ? Math.floor(bytes.length / 2) : headEnd + Math.floor(Buffer.byteLength(body) / 2);
  await new Promise<void>((resolve) => socket.write(bytes.subarray(0, half), () => resolve()));
  socket.destroy();
}

interface Running {
  readonly url: string;
  readonly backend: Backend;
  readonly signal: AbortSignal;
  readonly requests: Requested[];
  readonly faults: Faults;
  goDown(fault: Fault): Promise<void>;
  notify(...args: Parameters<OnRequest>): Promise<boolean>;
}

/** One request, from its arrival to its answer or its end. */
async function handle(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const call = await readCall(request);
  const { method, path } = call;
  const { signal, backend, faults } = running;
  const at = Date.now();
  const record: Requested = {
    method,
    path,
    status: null,
    at,
    tooEarly: faults.isTooEarly(method, path, at),
  };
  const index = running.requests.push(record);
  const isCut = await running.notify(index, 'before', method, path);
  const fault = isCut ? null : faults.take(method, path, at);
  if (isCut || fault?.kind === 'cut-before') return void request.socket.destroy();
  if (fault?.kind === 'down') return running.goDown(fault);
  if (fault?.kind === 'slow') await pause(fault.ms, undefined, { signal });
  const instead = toFaultAnswer(fault, at);
  const answer = instead ?? (await backend.answer(call, running.url));
  if (!instead && (await running.notify(index, 'after', method, path))) return void request.socket.destroy();
  if (fault?.kind === 'cut-after') return void request.socket.destroy();
  if (fault?.kind === 'cut-middle') return sendHalf(request, answer);
  if (fault?.kind === 'slow-answer') await pause(fault.ms, undefined, { signal });
  if (request.socket.destroyed) return;
  record.status = answer.status;
  send(response, answer);
}

/** Sets faults, and shuts and opens the door for those of them that are `down`. */
function createBreaker(faults: Faults, door: Door, signal: AbortSignal) {
  let healing: NodeJS.Timeout | undefined;
  const set = (fault: Fault | null) => {
    if (signal.aborted) return;
    clearTimeout(healing);
    faults.set(fault);
    if (isDownAtOnce(fault)) void goDown(fault);
    else void door.set(true);
  };
  const goDown = (fault: Fault | null): Promise<void> => {
    clearTimeout(healing);
    const ms = fault?.kind === 'down' ? fault.ms : undefined;
    if (ms !== undefined && !signal.aborted) healing = setTimeout(() => set(null), ms);
    return door.set(false);
  };
  signal.addEventListener('abort', () => clearTimeout(healing));
  return { set, goDown };
}

/** Answers every request of the server; resolves, after an abort, when none is under way. */
function serveAll(server: Server, running: Running): () => Promise<void> {
  const pending = new Set<Promise<void>>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const done = handle(running, request, response)
      .catch((error: unknown) => {
        const isOver = running.signal.aborted || request.socket.destroyed || response.headersSent;
        if (isOver) response.destroy();
        else send(response, toRefusal({ status: 500, code: 'exception', text: `Simulator: ${error}` }));
      })
      .finally(() => pending.delete(done));
    pending.add(done);
  });
  const idle = async () => {
    await Promise.allSettled(pending);
  };
  return () => Promise.race([idle(), pause(CLOSE_WITHIN_MS, undefined, { ref: false })]);
}

/** Starts on 127.0.0.1, on a free port unless one is given. Always close it. */
export async function startSimulated(row: SimulatedRow, options: { port?: number } = {}): Promise<Simulated> {
  const closing = new AbortController();
  const { signal } = closing;
  const server = createServer();
  const backend = await startBackend(row);
  // From here to `serveAll` nothing is waited for but the door, so that no request comes before it is served.
  const door = await openDoor(server, options.port).catch(async (error: unknown) => {
    await backend.close();
    throw error;
  });
  const url = `http://127.0.0.1:${door.port}/fhir`;
  const faults = createFaults();
  const breaker = createBreaker(faults, door, signal);
  const requests: Requested[] = [];
  let onRequest: OnRequest | null = null;
  const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const notify: Running['notify'] = async (...args) =>
    (await Promise.race([onRequest?.(...args), ended])) === 'cut';
  const idle = serveAll(server, { url, backend, signal, requests, faults, notify, goDown: breaker.goDown });
  const close = async () => {
    closing.abort();
    await door.set(false);
    await idle();
    await backend.close();
  };
  let closed: Promise<void> | undefined;
  return {
    url,
    storeUrl: backend.storeUrl,
    requests,
    get writes() {
      return requests.filter(({ method, path }) => isWrite(method, path)).length;
    },
    get fault() {
      return faults.fault;
    },
    set fault(fault) {
      breaker.set(fault);
    },
    get onRequest() {
      return onRequest;
    },
    set onRequest(hook) {
      onRequest = hook;
    },
    settled: () => door.settled(),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
