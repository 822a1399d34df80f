/** A patient portal on an origin of its own, which shows the intake as an element and in a frame (test/browser/portal). */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../browser/portal/', import.meta.url));
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/portal.css': ['portal.css', 'text/css'],
  '/portal.js': ['portal.js', 'text/javascript'],
};

export interface Portal {
  /** The origin, without a `/` at the end. */
  readonly url: string;
  /** Services that its policy lets in; none before. */
  letIn(...origins: readonly string[]): void;
  close(): Promise<void>;
}

/** As strict as a portal can be: nothing but its own files and what comes from the services. */
function policyFor(origins: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${origins}`,
    `style-src 'self' ${origins}`,
    `connect-src ${origins}`,
    `frame-src ${origins}`,
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** `host`: under which name browsers know it; `localhost` is another site than `127.0.0.1`. */
export async function startPortal(host: '127.0.0.1' | 'localhost' = '127.0.0.1'): Promise<Portal> {
  let services = '';
  const server = createServer(({ url = '/' }, response) => {
    const [file, type] = FILES[new URL(url, 'http://portal.test').pathname] ?? [];
    if (!file || !type) return response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
    const headers = { 'content-type': type, 'content-security-policy': policyFor(services) };
    response.writeHead(200, headers).end(readFileSync(`${FOLDER}${file}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://${host}:${address.port}`,
    letIn: (...origins) => {
      services = origins.join(' ');
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
