import { createServer, type RequestListener, type Server } from 'node:http';

/** Requests under way get this long after SIGTERM before their connections are cut. */
const CLOSE_GRACE_MS = 3500;

/** How long a client may take, in milliseconds, and how many may be there at once. */
export interface ServerLimits {
  /** For its headers; then 408. */
  readonly headersMs: number;
  /** For the whole request; then 408. */
  readonly requestMs: number;
  /** With nothing sent and nothing taken; then the connection is cut. Longer than any answer takes to be made. */
  readonly silentMs: number;
  /** Between two requests on one connection. */
  readonly keepAliveMs: number;
  /** How often the times are looked at. */
  readonly checkMs: number;
  readonly connections: number;
}

/** `fhirTimeoutMs`: an answer may wait for the FHIR server several times. */
export function serverLimits({ fhirTimeoutMs }: { readonly fhirTimeoutMs: number }): ServerLimits {
  return {
    headersMs: 15_000,
    // A body of BODY_LIMIT over a poor mobile line.
    requestMs: 60_000,
    silentMs: 60_000 + 6 * fhirTimeoutMs,
    // Longer than the minute after which reverse proxies drop theirs: else they would send into a closing one.
    keepAliveMs: 65_000,
    checkMs: 5_000,
    connections: 4_000,
  };
}

/**
 * A server that slow clients cannot use up: each has its times, and more connections than that are not taken. Headers
 * of more than 16 KiB are refused by Node with 431.
 */
export function createHttpServer(listener: RequestListener, limits: ServerLimits): Server {
  const { headersMs, requestMs, silentMs, keepAliveMs, checkMs, connections } = limits;
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkMs,
      maxHeaderSize: 16 * 1024,
    },
    listener,
  );
  // Without a listener for it, Node cuts the connection; one that still drains is not silent.
  server.timeout = silentMs;
  server.maxConnections = connections;
  return server;
}

/** Rejects with a sentence for the operator when the port is taken. */
export function listen(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE';
      reject(taken ? new Error(`Port ${port} on ${host} is in use: choose another with PORT.`) : error);
    });
    server.listen(port, host, resolve);
  });
}

export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}
