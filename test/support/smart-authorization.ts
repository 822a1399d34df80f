/** The authorization server of smart-server.ts: authorize, token, revoke, jwks, and what describes them. */
import { createHash, randomUUID } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import { createRemoteJWKSet, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import type { SmartAppClient, SmartContext, SmartState } from './smart-server.js';

interface Code {
  readonly client: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly scope: string;
  readonly nonce: string | null;
  readonly context: SmartContext;
}

interface Refresh {
  readonly client: string;
  readonly scope: string;
  readonly context: SmartContext;
}

/** RFC 6749 §5.2. */
class Refused extends Error {
  readonly status: number;
  constructor(error: string, status = 400) {
    super(error);
    this.status = status;
  }
}

export function authorizationRoutes(state: SmartState): Router {
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, Refresh>();
  const assertions = new Set<string>();
  const router = Router();
  const form = express.urlencoded({ extended: false });

  router.get('/fhir/.well-known/smart-configuration', (_req, res) => {
    state.requests.push('GET smart-configuration');
    res.json((state.faults.configuration ?? ((found) => found))(configuration(state)));
  });
  router.get('/auth/.well-known/openid-configuration', (_req, res) => {
    state.requests.push('GET openid-configuration');
    res.json({ issuer: state.issuer, jwks_uri: `${state.issuer}/jwks` });
  });
  router.get('/auth/jwks', (_req, res) => {
    state.requests.push('GET jwks');
    res.json({ keys: [state.keys.jwk] });
  });

  const answerWith = (res: Response, redirectUri: string, parameters: Record<string, string>) => {
    const to = new URL(redirectUri);
    const iss = state.faults.iss === undefined ? state.issuer : state.faults.iss;
    for (const [name, value] of Object.entries({ ...parameters, ...(iss !== null && { iss }) })) {
      to.searchParams.set(name, value);
    }
    res.redirect(302, to.href);
  };
  const authorize = (req: Request, res: Response, isAllowed: boolean) => {
    const asked = { ...req.query, ...req.body } as Record<string, string>;
    const { client_id: client = '', redirect_uri: redirectUri = '', state: sent = '' } = asked;
    const isKnown = state.clients.get(client)?.redirectUris.includes(redirectUri);
    // Never sent on where it is not registered (RFC 6749 §4.1.2.1).
    if (!isKnown) return void res.status(400).send('unknown client or redirect_uri');
    const answered = { state: state.faults.state ?? sent };
    if (!isAllowed) return answerWith(res, redirectUri, { error: 'access_denied', ...answered });
    const fault = faultIn(asked, state);
    if (fault) return answerWith(res, redirectUri, { error: fault, ...answered });
    const context = asked.launch ? state.launches.get(asked.launch) : state.atHome;
    if (!context) return answerWith(res, redirectUri, { error: 'invalid_request', ...answered });
    const code = randomUUID();
    codes.set(code, {
      client,
      redirectUri,
      challenge: asked.code_challenge ?? '',
      scope: granted(asked.scope ?? '', context, state),
      nonce: asked.nonce ?? null,
      context,
    });
    answerWith(res, redirectUri, { code, ...answered });
  };
  router.get('/auth/authorize', (req, res) => {
    state.requests.push('GET authorize');
    if (state.asks) res.send(consentPage(req));
    else authorize(req, res, true);
  });
  router.post('/auth/consent', form, (req, res) => authorize(req, res, req.body.answer === 'allow'));

  const issue = (who: string, client: string, scope: string) => {
    const token = `at-${randomUUID()}`;
    const expiresAt = state.now().getTime() + state.expiresIn * 1000;
    state.tokens.set(token, { token, who, client, scope, expiresAt, isRevoked: false });
    return { access_token: token, token_type: 'Bearer', expires_in: state.expiresIn, scope };
  };
  const withRefresh = (held: Refresh) => {
    if (!/(^| )(online|offline)_access( |$)/.test(held.scope)) return {};
    const refresh = `rt-${randomUUID()}`;
    refreshTokens.set(refresh, held);
    return { refresh_token: refresh };
  };
  const grants: Record<string, (body: Record<string, string>, client: SmartAppClient) => Promise<object>> = {
    authorization_code: async ({ code = '', redirect_uri, code_verifier = '' }, client) => {
      const found = codes.get(code);
      codes.delete(code);
      const challenge = createHash('sha256').update(code_verifier).digest('base64url');
      if (!found || found.client !== client.id || found.redirectUri !== redirect_uri) {
        throw new Refused('invalid_grant');
      }
      if (found.challenge !== challenge) throw new Refused('invalid_grant');
      const { context, scope, nonce } = found;
      const { patient, encounter, fhirContext } = context;
      return {
        ...issue(context.user, client.id, scope),
        ...withRefresh({ client: client.id, scope, context }),
        ...(/(^| )openid( |$)/.test(scope) &&
          !state.faults.noIdToken && { id_token: await idToken(state, client.id, context.user, nonce) }),
        ...(patient && { patient }),
        ...(encounter && { encounter }),
        ...(fhirContext && { fhirContext }),
        need_patient_banner: true,
      };
    },
    refresh_token: async ({ refresh_token = '' }, client) => {
      const held = refreshTokens.get(refresh_token);
      // Rotation: each is for one use.
      refreshTokens.delete(refresh_token);
      if (!held || held.client !== client.id || state.faults.refusesRefresh)
        throw new Refused('invalid_grant');
      return { ...issue(held.context.user, client.id, held.scope), ...withRefresh(held) };
    },
    client_credentials: async ({ scope = '' }, client) => {
      if (client.auth !== 'private_key_jwt') throw new Refused('unauthorized_client');
      return issue(`client ${client.id}`, client.id, scope);
    },
  };
  router.post('/auth/token', form, async (req, res) => {
    const type = String(req.body.grant_type);
    state.requests.push(`POST token ${type}`);
    res.setHeader('Cache-Control', 'no-store');
    if (state.faults.isAway) return void res.status(503).end();
    try {
      const client = await clientOf(req, state, assertions);
      const grant = grants[type];
      if (!grant) throw new Refused('unsupported_grant_type');
      res.json(await grant(req.body, client));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      res.status(error.status).json({ error: error.message });
    }
  });
  router.post('/auth/revoke', form, async (req, res) => {
    state.requests.push('POST revoke');
    const client = await clientOf(req, state, assertions).catch(() => null);
    if (!client) return void res.status(401).end();
    const held = refreshTokens.get(req.body.token);
    refreshTokens.delete(req.body.token);
    for (const one of state.tokens.values()) {
      if (one.token === req.body.token || one.who === held?.context.user) one.isRevoked = true;
    }
    res.status(200).end();
  });
  return router;
}

function configuration({ iss, issuer }: SmartState): Record<string, unknown> {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    revocation_endpoint: `${issuer}/revoke`,
    grant_types_supported: ['authorization_code', 'client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    capabilities: [
      ...['launch-ehr', 'launch-standalone', 'client-public', 'client-confidential-symmetric'],
      ...[
        'client-confidential-asymmetric',
        'sso-openid-connect',
        'context-ehr-patient',
        'context-ehr-encounter',
      ],
      ...['context-standalone-patient', 'permission-patient', 'permission-user', 'permission-offline'],
      ...['permission-online', 'permission-v1', 'permission-v2'],
    ],
    associated_endpoints: [{ url: iss, capabilities: [] }],
  };
}

/** What SMART wants of an authorization request; null when it is all there. */
function faultIn(asked: Record<string, string>, { iss }: SmartState): string | null {
  if (asked.response_type !== 'code') return 'unsupported_response_type';
  const isPkce = asked.code_challenge_method === 'S256' && /^[\w-]{43}$/.test(asked.code_challenge ?? '');
  if (!isPkce || asked.aud?.replace(/\/$/, '') !== iss || (asked.state ?? '').length < 22)
    return 'invalid_request';
  const scopes = (asked.scope ?? '').split(' ');
  return scopes.includes('launch') === (asked.launch !== undefined) ? null : 'invalid_scope';
}

/** A patient gets nothing that goes beyond them. */
function granted(scope: string, { user }: SmartContext, { faults }: SmartState): string {
  if (faults.grant) return faults.grant(scope);
  const isPatient = /^(Patient|RelatedPerson)\//.test(user);
  return scope
    .split(' ')
    .filter((one) => !isPatient || !one.startsWith('user/'))
    .join(' ');
}

async function idToken(
  state: SmartState,
  audience: string,
  user: string,
  nonce: string | null,
): Promise<string> {
  const { faults, keys, iss, issuer } = state;
  const at = Math.floor(state.now().getTime() / 1000);
  const claims = {
    iss: issuer,
    sub: `sub-${user}`,
    aud: audience,
    iat: at,
    exp: at + 300,
    fhirUser: `${iss}/${user}`,
    ...(nonce !== null && { nonce }),
  };
  const told = (faults.idToken ?? ((same) => same))(claims);
  if (faults.signature === 'none') return new UnsecuredJWT(told).encode();
  if (faults.signature === 'hs256') {
    const secret = new TextEncoder().encode(JSON.stringify(keys.jwk));
    return new SignJWT(told).setProtectedHeader({ alg: 'HS256', kid: keys.kid }).sign(secret);
  }
  const key = faults.signature === 'other-key' ? keys.other : keys.private;
  return new SignJWT(told).setProtectedHeader({ alg: 'ES256', kid: keys.kid, typ: 'JWT' }).sign(key);
}

/** Who asks the token endpoint; throws `invalid_client`. A client may only prove itself in the way it is registered. */
async function clientOf(req: Request, state: SmartState, used: Set<string>): Promise<SmartAppClient> {
  const refused = new Refused('invalid_client', 401);
  const [, encoded = ''] = /^Basic (.+)$/.exec(req.get('Authorization') ?? '') ?? [];
  const [basicId = '', basicSecret = ''] = Buffer.from(encoded, 'base64')
    .toString()
    .split(':')
    .map(formDecode);
  const assertion: unknown = req.body.client_assertion;
  const id = encoded ? basicId : typeof assertion === 'string' ? subjectOf(assertion) : req.body.client_id;
  const client = state.clients.get(String(id));
  if (!client) throw refused;
  if (client.auth === 'public') {
    if (encoded || assertion !== undefined) throw refused;
    return client;
  }
  if (client.auth === 'secret') {
    if (basicSecret !== client.secret) throw refused;
    return client;
  }
  if (req.body.client_assertion_type !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    throw refused;
  const { payload } = await jwtVerify(String(assertion), createRemoteJWKSet(new URL(client.jwksUrl)), {
    issuer: client.id,
    subject: client.id,
    audience: `${state.issuer}/token`,
    algorithms: ['RS384', 'ES384'],
    requiredClaims: ['exp', 'jti'],
    maxTokenAge: '5m',
    currentDate: state.now(),
  }).catch(() => Promise.reject(refused));
  if (used.has(`${payload.jti}`)) throw refused;
  used.add(`${payload.jti}`);
  return client;
}

const formDecode = (text: string) => new URLSearchParams(`x=${text}`).get('x') ?? '';

function subjectOf(assertion: string): string {
  const [, payload = ''] = assertion.split('.');
  return String(JSON.parse(Buffer.from(payload, 'base64url').toString()).sub);
}

/** What was asked goes along in the form: the page holds no state. */
function consentPage({ query }: Request): string {
  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const fields = Object.entries(query).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(String(value))}">`,
  );
  return `<!doctype html><html lang="en"><title>EHR</title><h1>May axspa-screening see your record?</h1>
<form method="post" action="/auth/consent">${fields.join('')}
<button id="allow" name="answer" value="allow">Allow</button>
<button id="deny" name="answer" value="deny">Deny</button></form></html>`;
}
