import { expect, test } from '@jest/globals';
import { createEhrClient } from '../../../src/io/ehr-client.js';
import { NO_KEYS } from '../../../src/io/keys.js';
import type { SafeFetch } from '../../../src/io/safe-fetch.js';
import type { KnownEhr } from '../../../src/io/token-request.js';

const ISS = 'https://ehr.example/fhir';
const EHR: KnownEhr = {
  iss: ISS,
  clientId: 'axspa',
  auth: 'private_key_jwt',
  clientSecret: null,
  scope: null,
  name: null,
};
const CONFIGURATION = {
  issuer: 'https://ehr.example',
  authorization_endpoint: 'https://ehr.example/authorize',
  token_endpoint: 'https://ehr.example/token',
  revocation_endpoint: 'https://ehr.example/revoke',
  code_challenge_methods_supported: ['S256'],
};

/** An EHR that says that, and whatever its issuer's own document says. */
function clientOf(openid: object = {}) {
  const asked: string[] = [];
  const fetch: SafeFetch = async (url) => {
    asked.push(String(url));
    return Response.json(String(url).endsWith('openid-configuration') ? openid : CONFIGURATION);
  };
  const now = () => new Date('2026-05-04T08:00:00.000Z');
  return { client: createEhrClient([EHR], { fetch, keys: NO_KEYS, now }), asked };
}

const GONE = 'https://gone.example/fhir';

test('nothing is asked of an EHR that is not configured, and nothing breaks', async () => {
  const { client, asked } = clientOf();
  await client.revoke(GONE, 'token');
  expect([await client.renew(GONE, 'token'), asked]).toEqual([{ state: 'later' }, []]);
});

test('who cannot sign asks for nothing, and nothing breaks', async () => {
  const { client, asked } = clientOf();
  await client.revoke(ISS, 'token');
  expect(await client.renew(ISS, 'token')).toEqual({ state: 'later' });
  expect(asked).toEqual([`${ISS}/.well-known/smart-configuration`]);
});

test('an issuer whose keys are at no address confirms nobody', async () => {
  const { client } = clientOf({ issuer: 'https://ehr.example', jwks_uri: 'nowhere' });
  await expect(client.readIdToken(ISS, 'a.b.c', 'nonce')).rejects.toThrow('token-invalid');
});
