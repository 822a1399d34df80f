/** `npm run audit`, with registries that know of something, of nothing, and that are not there. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let registry: Server | undefined;
let cache = '';
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'axspa-audit-'));
});
afterEach(() => {
  rmSync(cache, { recursive: true, force: true });
  registry?.closeAllConnections();
  registry?.close();
  registry = undefined;
});

/** What a registry says of a package that is asked for by name. */
const packageAt = (path: string) => {
  const name = decodeURIComponent(path.slice(1));
  const version = '99.0.0';
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version } } };
};

async function startRegistry(status: number, advisories: object): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json' });
      const { url = '' } = request;
      response.end(JSON.stringify(/advisories\/bulk$/.test(url) ? advisories : packageAt(url)));
    });
  });
  registry = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function audit(
  url: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['.ci/audit.mjs'], {
      cwd: ROOT,
      // npm remembers what it was told of an advisory.
      env: { ...process.env, AUDIT_REQUIRED: '', npm_config_cache: cache, npm_config_registry: url, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 30_000,
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
  });
}

const express = (severity: string) => ({
  express: [
    {
      id: 1,
      url: 'https://github.com/advisories/GHSA-made-up',
      title: 'Made up',
      severity,
      vulnerable_versions: '<=99.0.0',
      cwe: [],
      cvss: { score: 0, vectorString: null },
    },
  ],
});

test.each<[string, object, number, RegExp]>([
  ['nothing is known', {}, 0, /0 with known faults, 0 of them high/],
  [
    'something small is known',
    express('low'),
    0,
    /[1-9] with known faults, 0 of them high[\s\S]*low: express: Made up/,
  ],
  [
    'something high is known',
    express('high'),
    1,
    /[1-9] of them high or critical[\s\S]*high: express: Made up/,
  ],
  ['something critical is known', express('critical'), 1, /critical: express/],
])('%s', async (_name, advisories, expected, words) => {
  const { code, said } = await audit(await startRegistry(200, advisories), { AUDIT_REQUIRED: '1' });
  expect([code, said]).toEqual([expected, expect.stringMatching(words)]);
});

test.each<[string, number | null]>([
  ['the registry has no advisories', 405],
  ['the registry is broken', 500],
  ['the registry is not there', null],
])('%s: said, and a failure where it is required', async (_name, status) => {
  const url = status === null ? 'http://127.0.0.1:9/' : await startRegistry(status, {});
  const lenient = await audit(url);
  expect([lenient.code, lenient.said]).toEqual([
    0,
    expect.stringMatching(/^audit: not done, .*nothing is known/),
  ]);
  expect((await audit(url, { AUDIT_REQUIRED: '1' })).code).toBe(1);
});
