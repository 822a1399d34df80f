/** `.well-known/smart-configuration`: what is used of it, and what is refused. */
import { describe, expect, test } from '@jest/globals';
import { readSmartConfiguration } from '../../../src/io/smart-configuration.js';

const ISS = 'https://ehr.example/fhir';
const HERE = 'http://127.0.0.1:4000/fhir';
const LEAST = {
  authorization_endpoint: 'https://ehr.example/authorize',
  token_endpoint: 'https://ehr.example/token',
  code_challenge_methods_supported: ['S256'],
};

test('the least', () => {
  expect(readSmartConfiguration(ISS, LEAST)).toEqual({
    issuer: null,
    authorizationEndpoint: 'https://ehr.example/authorize',
    tokenEndpoint: 'https://ehr.example/token',
    revocationEndpoint: null,
    jwksUri: null,
    capabilities: [],
    signingAlgorithms: null,
    isNamedInAnswers: false,
  });
});

test('all of it', () => {
  const all = {
    ...LEAST,
    issuer: 'https://ehr.example',
    jwks_uri: 'https://keys.example/jwks',
    revocation_endpoint: 'https://ehr.example/revoke',
    capabilities: ['launch-ehr', 7],
    token_endpoint_auth_signing_alg_values_supported: ['ES384'],
    authorization_response_iss_parameter_supported: true,
  };
  expect(readSmartConfiguration(ISS, all)).toMatchObject({
    issuer: 'https://ehr.example',
    jwksUri: 'https://keys.example/jwks',
    revocationEndpoint: 'https://ehr.example/revoke',
    capabilities: ['launch-ehr'],
    signingAlgorithms: ['ES384'],
    isNamedInAnswers: true,
  });
});

test('on this machine, where the EHR is', () => {
  const here = {
    ...LEAST,
    authorization_endpoint: 'http://localhost:4000/a',
    token_endpoint: 'http://127.0.0.1:4000/t',
  };
  expect(readSmartConfiguration(HERE, here).tokenEndpoint).toBe('http://127.0.0.1:4000/t');
});

describe('refused', () => {
  test.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'x'],
    ['PKCE in the clear', { ...LEAST, code_challenge_methods_supported: ['plain'] }],
    ['PKCE as a text', { ...LEAST, code_challenge_methods_supported: 'S256' }],
    ['no page', { ...LEAST, authorization_endpoint: undefined }],
    ['no page to speak of', { ...LEAST, authorization_endpoint: '' }],
    ['a page that is none', { ...LEAST, authorization_endpoint: 'authorize' }],
    ['a page with a password', { ...LEAST, authorization_endpoint: 'https://a:b@ehr.example/a' }],
    ['a page with a fragment', { ...LEAST, authorization_endpoint: 'https://ehr.example/a#b' }],
    ['a page that is data', { ...LEAST, authorization_endpoint: 'data:text/html,x' }],
    ['tokens in the clear', { ...LEAST, token_endpoint: 'http://ehr.example/token' }],
    ['tokens on this machine, the EHR elsewhere', { ...LEAST, token_endpoint: 'http://127.0.0.1/token' }],
    ['revocation in the clear', { ...LEAST, revocation_endpoint: 'http://ehr.example/revoke' }],
  ])('%s', (_name, found) => {
    expect(() => readSmartConfiguration(ISS, found)).toThrow('refused-by-server');
  });

  test('in the clear off this machine, though the EHR is on it', () => {
    const away = { ...LEAST, token_endpoint: 'http://ehr.example/token' };
    expect(() => readSmartConfiguration(HERE, away)).toThrow('refused-by-server');
  });
});
