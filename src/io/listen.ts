import type { Server } from 'node:http';

/** Requests under way get this long after SIGTERM before their connections are cut. */
const CLOSE_GRACE_MS = 3500;

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
