/** The servers of a crash test: a FHIR server, our own store beside it, and the hand that cuts their connections. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedServer } from '../../src/embedded/embedded-server.js';
import type { SimulatedRow } from './simulated-rows.js';
import { type OnRequest, startSimulated } from './simulated-server.js';

export interface Site {
  readonly serverUrl: string;
  /** null: the FHIR server is our own. */
  readonly storeUrl: string | null;
  /** The same servers where nobody cuts: to put patients in, and to see what arrived. */
  readonly behind: { readonly server: string; readonly store: string | null };
  /** A folder for the data directories of the test. */
  readonly folder: string;
  /**
   * Cuts the n-th request from now on, to either server, before it gets there; or, `after`, the n-th that writes,
   * behind its commit. n = 0 cuts none. → when called, how many of them came, and whether it was cut.
   */
  cut(n: number, phase: Phase): () => { count: number; isCut: boolean };
  close(): Promise<void>;
}

export type Phase = 'before' | 'after';

/** `isAlone`: the server is the embedded one, and there is no store beside it. */
export async function startSite(row: SimulatedRow, isAlone: boolean): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'crash-'));
  const server = await startSimulated(row);
  const own = isAlone ? null : await startOwn(join(folder, 'store'));
  const closers = [() => server.close(), async () => own?.close()];
  return {
    serverUrl: server.url,
    storeUrl: own?.url ?? null,
    behind: { server: server.storeUrl, store: own?.behind ?? null },
    folder,
    cut: (n, phase) => {
      let count = 0;
      let isCut = false;
      const chooser = (): OnRequest => {
        let chosen = 0;
        return (index, at, method) => {
          if (at === 'before' && (phase === 'before' || method !== 'GET')) {
            count += 1;
            if (count === n) chosen = index;
          }
          if (index !== chosen || at !== phase) return undefined;
          isCut = true;
          return 'cut';
        };
      };
      server.onRequest = chooser();
      own?.watch(chooser());
      return () => ({ count, isCut });
    },
    close: async () => {
      for (const close of closers) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Our own store, as main.ts starts it beside the FHIR server of somebody else, behind a door that can be cut. */
async function startOwn(dataDir: string) {
  const store = await createEmbeddedServer({
    dataDir: mkdtempSync(`${dataDir}-`),
    port: 0,
    references: 'open',
    now: () => new Date(),
  });
  let hook: OnRequest | null = null;
  let index = 0;
  const isCut = (at: Phase, mine: number, { method = '' }: IncomingMessage) =>
    hook?.(mine, at, method, '') === 'cut';
  const door = createServer((request, response) => {
    index += 1;
    const mine = index;
    if (isCut('before', mine, request)) return void request.socket.destroy();
    passOn(request, store.url).then(
      (answer) => (isCut('after', mine, request) ? request.socket.destroy() : send(response, answer)),
      () => request.socket.destroy(),
    );
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/fhir`,
    behind: store.url,
    watch: (next: OnRequest) => {
      hook = next;
    },
    close: async () => {
      const closed = once(door, 'close');
      door.close();
      door.closeAllConnections();
      await closed;
      await store.close();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const SENT = ['accept', 'content-type', 'if-match', 'if-none-match', 'if-none-exist'];
const KEPT = ['content-type', 'location', 'etag'];

async function passOn(request: IncomingMessage, url: string): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const headers = SENT.flatMap((name): [string, string][] => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const path = (request.url ?? '').replace(/^\/fhir/, '');
  const reply = await fetch(`${url}${path}`, {
    method: request.method ?? 'GET',
    headers,
    signal: AbortSignal.timeout(10_000),
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  });
  const kept = [...reply.headers].filter(([name]) => KEPT.includes(name));
  return {
    status: reply.status,
    headers: Object.fromEntries(kept),
    body: Buffer.from(await reply.arrayBuffer()),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
}
