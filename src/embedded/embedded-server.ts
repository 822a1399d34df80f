import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { isObject } from './json.js';
import { createApp } from './routes.js';
import { openDatabase, type References } from './store.js';
import { Terms } from './terms.js';

/**
 * The built-in FHIR R4 server: one SQLite file behind HTTP on loopback. It serves what this product and an EHR
 * sandbox use, checks structure, references and versions, and has no authentication.
 */
export interface EmbeddedServer {
  /** FHIR base: `http://127.0.0.1:PORT/fhir`. */
  readonly url: string;
  /** Finishes the requests under way, then closes the store. May be called twice. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const CLOSE_GRACE_MS = 2000;

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    const isTaken = isObject(error) && error.code === 'EADDRINUSE';
    if (!isTaken) throw error;
    throw new Error(`Port ${port} on ${HOST} is in use: the embedded FHIR server cannot listen there.`);
  }
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}

/**
 * Starts on 127.0.0.1 with the store `fhir.db` in dataDir; port 0 takes any free one. References are enforced
 * unless said otherwise. Rejects if it cannot.
 */
export async function createEmbeddedServer(options: {
  dataDir: string;
  port: number;
  now: () => Date;
  references?: References;
}): Promise<EmbeddedServer> {
  const { now, references = 'enforced' } = options;
  const database = openDatabase(options.dataDir);
  const server = createServer();
  try {
    const port = await listen(server, options.port);
    const url = `http://${HOST}:${port}/fhir`;
    const store = { database, terms: new Terms(database), base: url, now, references };
    server.on('request', createApp(store));
    let closing: Promise<void> | undefined;
    const close = () => closeServer(server).finally(() => database.close());
    return {
      url,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}
