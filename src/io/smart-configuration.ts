import { memberOf } from '../fhir/member.js';
import { Problem } from '../fhir/outcome.js';
import { isLoopback } from '../loopback.js';
import type { AuthorizationServer } from '../operations/smart-port.js';

/**
 * `.well-known/smart-configuration` of the FHIR base `iss` (SMART App Launch 2.2, "Conformance") → what we use of it.
 * Throws a Problem `refused-by-server` for one that we could not use safely: without PKCE by S256, or with an
 * endpoint off https, unless the EHR is on this very machine.
 */
export function readSmartConfiguration(iss: string, found: unknown): AuthorizationServer {
  const isHere = isLoopback(new URL(iss).hostname);
  const url = (name: string): string | null => {
    const value = textOf(found, name);
    if (value === null) return null;
    if (!isSafe(value, isHere)) refuse(`its "${name}" is not on https`);
    return value;
  };
  const authorizationEndpoint = url('authorization_endpoint') ?? refuse('it has no "authorization_endpoint"');
  const tokenEndpoint = url('token_endpoint') ?? refuse('it has no "token_endpoint"');
  if (!listOf(found, 'code_challenge_methods_supported')?.includes('S256')) {
    refuse('it does not support PKCE with S256');
  }
  return {
    issuer: textOf(found, 'issuer'),
    authorizationEndpoint,
    tokenEndpoint,
    revocationEndpoint: url('revocation_endpoint'),
    jwksUri: url('jwks_uri'),
    capabilities: listOf(found, 'capabilities') ?? [],
    signingAlgorithms: listOf(found, 'token_endpoint_auth_signing_alg_values_supported'),
    isNamedInAnswers: memberOf(found, 'authorization_response_iss_parameter_supported') === true,
  };
}

/** Where a browser is sent, or a secret: nobody on the way may read it. */
function isSafe(text: string, isHere: boolean): boolean {
  const url = URL.parse(text);
  if (!url || url.hash || url.username || url.password) return false;
  return url.protocol === 'https:' || (isHere && url.protocol === 'http:' && isLoopback(url.hostname));
}

function refuse(why: string): never {
  throw new Problem({
    code: 'refused-by-server',
    text: `Nobody can sign in from this EHR: ${why} (.well-known/smart-configuration).`,
  });
}

function textOf(found: unknown, name: string): string | null {
  const value = memberOf(found, name);
  return typeof value === 'string' && value !== '' ? value : null;
}

function listOf(found: unknown, name: string): string[] | null {
  const value = memberOf(found, name);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null;
}
