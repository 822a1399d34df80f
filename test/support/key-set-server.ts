/** Where an authorization server reads our public keys: a URL that shows what `keys` publishes now. */
import { createServer } from 'node:http';
import type { Keys } from '../../src/io/keys.js';

export async function serveKeySet(keys: Keys): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(async (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await keys.publicSet()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/.well-known/jwks.json`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
