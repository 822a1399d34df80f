/**
 * An EHR of our own for tests: an authorization server that speaks SMART App Launch 2.2 and OpenID Connect, and a
 * FHIR base that asks for its tokens, in front of an embedded FHIR server.
 *
 *   const ehr = await startSmartServer();
 *   ehr.register({ id: 'axspa', auth: 'public', redirectUris: [`${service}/callback`] });
 *   // the service: SMART_ISSUERS=[{"iss": ehr.iss, "client_id": "axspa", "auth": "public"}], FHIR_BASE_URL=ehr.iss
 *   await ehr.put({ resourceType: 'Patient', id: 'p1' });
 *   // the EHR opens: GET {service}/launch?iss=…&launch=…
 *   const url = ehr.launchUrl(service, { user: 'Practitioner/d1', patient: 'p1' });
 *   // standalone: who sits in front of the browser, and whom they choose
 *   ehr.atHome = { user: 'Patient/p1', patient: 'p1' };
 *   await ehr.close();
 *
 * The built service as a child (browser-service.ts) needs a PORT that is known before, for the redirect; its own back
 * end signs with the keys that it serves:
 *
 *   const jwksUrl = `http://127.0.0.1:${port}/.well-known/jwks.json`;
 *   ehr.register({ id: 'back-end', auth: 'private_key_jwt', redirectUris: [], jwksUrl });
 *   // PORT, FHIR_BASE_URL=ehr.iss, FHIR_CLIENT_ID=back-end, SMART_ISSUERS as above
 *
 * With `ehr.asks = true` the authorization endpoint shows a page with the buttons #allow and #deny, for a real
 * browser. `ehr.expiresIn` (seconds), `ehr.revokeAll()` and `ehr.faults` make it behave like a bad day; `ehr.seen`
 * says who asked the FHIR server for what, `ehr.requests` which of the other endpoints were called.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import type { FhirResource } from 'fhir/r4.js';
import { type CryptoKey, exportJWK, generateKeyPair } from 'jose';
import { createEmbeddedServer } from '../../src/embedded/embedded-server.js';
import { authorizationRoutes } from './smart-authorization.js';
import { fhirProxy, type Seen } from './smart-proxy.js';

/** How the EHR knows an app. With `private_key_jwt`, `jwksUrl` is where the app's public keys are. */
export type SmartAppClient = {
  id: string;
  redirectUris: string[];
} & ({ auth: 'public' } | { auth: 'secret'; secret: string } | { auth: 'private_key_jwt'; jwksUrl: string });

/** Who sits there, and what they are looking at. */
export interface SmartContext {
  /** `Practitioner/d1`, `Patient/p1` … */
  user: string;
  /** Id alone. */
  patient?: string;
  encounter?: string;
  fhirContext?: object[];
}

/** What goes wrong. */
export interface SmartFaults {
  /** Sent back in place of the state. */
  state?: string;
  /** Sent back as `iss` (RFC 9207); null: none, though announced. */
  iss?: string | null;
  /** Changes the claims of the next id_tokens. */
  idToken?: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** Signs id_tokens with a key that is not published, or not at all, or with a public key as a secret. */
  signature?: 'other-key' | 'none' | 'hs256';
  noIdToken?: boolean;
  /** What is granted of what was asked for. */
  grant?: (scope: string) => string;
  /** 503 from the token endpoint. */
  isAway?: boolean;
  refusesRefresh?: boolean;
  /** Changes `.well-known/smart-configuration`. */
  configuration?: (found: Record<string, unknown>) => Record<string, unknown>;
  /** 403 from the FHIR server. */
  forbids?: (seen: Omit<Seen, 'status'>) => boolean;
}

export interface IssuedToken {
  token: string;
  /** The user, or `client <id>` for a back end. */
  who: string;
  client: string;
  scope: string;
  expiresAt: number;
  isRevoked: boolean;
}

export interface SmartState {
  readonly iss: string;
  readonly issuer: string;
  readonly clients: Map<string, SmartAppClient>;
  readonly launches: Map<string, SmartContext>;
  readonly tokens: Map<string, IssuedToken>;
  readonly keys: { private: CryptoKey; other: CryptoKey; jwk: object; kid: string };
  /** `GET /fhir/.well-known/smart-configuration`, `POST /auth/token authorization_code` … */
  readonly requests: string[];
  readonly now: () => Date;
  faults: SmartFaults;
  atHome: SmartContext;
  asks: boolean;
  expiresIn: number;
}

export interface SmartServer extends SmartState {
  readonly embeddedUrl: string;
  /** Who asked the FHIR base for what, in order. */
  readonly seen: Seen[];
  register(client: SmartAppClient): void;
  /** Straight into the FHIR server, past the tokens. */
  put(resource: FhirResource): Promise<void>;
  launchUrl(service: string, context: SmartContext): string;
  /** A token for a back end, as Backend Services would get one; lives a day. */
  serviceToken(client: string): string;
  /** Every access token there is; refresh tokens stay good. */
  revokeAll(): void;
  close(): Promise<void>;
}

export async function startSmartServer(options: { now?: () => Date } = {}): Promise<SmartServer> {
  const { now = () => new Date() } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'smart-'));
  const embedded = await createEmbeddedServer({ dataDir, port: 0, now });
  const app = express();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const state: SmartState = {
    iss: `${origin}/fhir`,
    issuer: `${origin}/auth`,
    clients: new Map(),
    launches: new Map(),
    tokens: new Map(),
    keys: await makeKeys(),
    requests: [],
    now,
    faults: {},
    atHome: { user: 'Patient/p1', patient: 'p1' },
    asks: false,
    expiresIn: 3600,
  };
  const seen: Seen[] = [];
  app.use(authorizationRoutes(state));
  app.use('/fhir', fhirProxy(state, embedded.url, seen));
  return Object.assign(state, {
    embeddedUrl: embedded.url,
    seen,
    register: (client: SmartAppClient) => void state.clients.set(client.id, client),
    put: (resource: FhirResource) => put(embedded.url, resource),
    launchUrl: (service: string, context: SmartContext) => {
      const launch = `launch-${state.launches.size + 1}`;
      state.launches.set(launch, context);
      return `${service}/launch?${new URLSearchParams({ iss: state.iss, launch })}`;
    },
    serviceToken: (client: string) => {
      const token = `st-${state.tokens.size + 1}`;
      const expiresAt = now().getTime() + 86_400_000;
      const scope = 'system/*.cruds';
      state.tokens.set(token, { token, who: `client ${client}`, client, scope, expiresAt, isRevoked: false });
      return token;
    },
    revokeAll: () => {
      for (const token of state.tokens.values()) token.isRevoked = true;
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await embedded.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  });
}

async function makeKeys() {
  const [one, other] = await Promise.all([
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('ES256'),
  ]);
  const kid = 'ehr-1';
  const jwk = { ...(await exportJWK(one.publicKey)), kid, alg: 'ES256', use: 'sig' };
  return { private: one.privateKey, other: other.privateKey, jwk, kid };
}

async function put(base: string, resource: FhirResource): Promise<void> {
  const answer = await fetch(`${base}/${resource.resourceType}/${resource.id}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/fhir+json' },
    body: JSON.stringify(resource),
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`the EHR did not take ${resource.resourceType}: ${await answer.text()}`);
}
