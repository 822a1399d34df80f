/** service.md FHIR_CLIENT_ID: on a FHIR server that asks for tokens, started as an operator does. */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { deliveryOf, send, until } from '../support/contract-http.js';
import { toResponse, worked } from '../support/contract-responses.js';
import { type Service, START_TIMEOUT, startService, startToExit } from '../support/contract-service.js';
import { startSmartServer } from '../support/smart-server.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
}, 30_000);

async function start(env: Record<string, string>): Promise<Service> {
  const service = await startService(env, '/livez');
  closers.push(() => service.kill());
  return service;
}

type Key = Record<string, unknown>;

test(
  'a response reaches it with a token of our own, for a key that only we have',
  async () => {
    const ehr = await startSmartServer();
    closers.push(() => ehr.close());
    await ehr.put({ resourceType: 'Patient', id: 'p1', birthDate: '1970-03-02' });
    const service = await start({ FHIR_BASE_URL: ehr.iss, FHIR_CLIENT_ID: 'screening' });
    const jwksUrl = `${service.url}/.well-known/jwks.json`;

    const shown = await send<{ keys: Key[] }>(jwksUrl);
    expect([shown.status, shown.headers.get('cache-control')]).toEqual([200, 'public, max-age=3600']);
    expect(shown.headers.get('content-type')).toMatch(/^application\/json/);
    expect(shown.body.keys.map(({ alg }) => alg)).toEqual(['ES384', 'RS384']);
    for (const key of shown.body.keys) {
      expect(
        Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name)),
      ).toEqual([]);
    }
    const folder = join(service.dataDir, 'keys');
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);

    // Nobody there knows us yet: it waits.
    const body = toResponse(worked('D1'), 'with a token');
    const sent = await send<{ id: string }>(`${service.fhir}/QuestionnaireResponse`, { body });
    expect(sent.status).toBe(202);
    expect(ehr.seen.filter(({ path }) => path !== 'metadata')).toEqual([]);
    ehr.register({ id: 'screening', auth: 'private_key_jwt', redirectUris: [], jwksUrl });
    await until(60_000, async () => (await deliveryOf(service.fhir, sent.body.id)).status === 'written');
    const writers = ehr.seen.filter(({ method, status }) => method !== 'GET' && status < 300);
    expect(new Set(writers.map(({ who }) => who))).toEqual(new Set(['client screening']));
    expect(service.output()).toContain('HTTP 401, invalid_client');
    for (const token of ehr.tokens.keys()) expect(service.output()).not.toContain(token);
    expect(await service.stop()).toBe(0);
  },
  START_TIMEOUT + 60_000,
);

describe('bad configuration: exit 2', () => {
  test.each<[string, string | null, string]>([
    ['no key file', null, 'cannot be read or written (ENOENT)'],
    [
      'a file that is no key',
      '{"kty":"oct","k":"c2VjcmV0LXNlY3JldA"}',
      'is no JWK of an RSA key or of one on P-384',
    ],
  ])(
    '%s',
    async (_name, content, reason) => {
      const folder = await mkdtemp(join(tmpdir(), 'axspa-key-'));
      closers.push(() => rm(folder, { recursive: true, force: true }));
      const file = join(folder, 'key.json');
      if (content !== null) writeFileSync(file, content);
      const { code, output } = await startToExit({
        FHIR_BASE_URL: 'http://127.0.0.1:9/fhir',
        FHIR_CLIENT_ID: 'screening',
        FHIR_PRIVATE_JWK_FILE: file,
      });
      expect(code).toBe(2);
      expect(output).toContain(`FHIR_PRIVATE_JWK_FILE: ${file} ${reason}`);
      expect(output).not.toContain('c2VjcmV0');
    },
    START_TIMEOUT,
  );
});

test(
  'without FHIR_CLIENT_ID no key is made, and none is shown',
  async () => {
    const service = await start({});
    const shown = await send(`${service.url}/.well-known/jwks.json`);
    expect([shown.status, shown.body]).toEqual([200, { keys: [] }]);
    // What seals sessions is no key to sign with.
    expect(readdirSync(join(service.dataDir, 'keys'))).toEqual(['session.key']);
  },
  START_TIMEOUT,
);
