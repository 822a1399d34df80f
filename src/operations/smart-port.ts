import type { Sessions, Tokens } from './session-port.js';

/** Everything that signing in asks of the world (SMART App Launch 2.2). */
export interface EhrSignIn {
  /** Whose people may sign in. */
  readonly ehrs: readonly Ehr[];
  readonly ehrClient: EhrClient;
  readonly launches: Launches;
  readonly sessions: Sessions;
  /** FHIR base of the one whose tokens our FHIR server takes; null for none. */
  readonly ownIss: string | null;
}

export interface Ehr {
  /** FHIR base, without a slash at the end. */
  readonly iss: string;
  readonly clientId: string;
  /** What to ask for; null for what the service needs. */
  readonly scope: string | null;
  /** What people know it by. */
  readonly name: string | null;
}

/** One EHR's authorization server. `iss` is always one of `EhrSignIn.ehrs`. */
export interface EhrClient {
  /** Rejects with a Problem: `fhir-server-unreachable`, or `refused-by-server` for one that cannot be used safely. */
  discover(iss: string): Promise<AuthorizationServer>;
  /** Rejects with a Problem: `fhir-server-unreachable`, or `token-invalid` for a code that it does not take. */
  redeem(iss: string, code: Redeemed): Promise<TokenAnswer>;
  /** → its `fhirUser`; null where it has none. Rejects with a Problem `token-invalid`. */
  readIdToken(iss: string, idToken: string, nonce: string): Promise<string | null>;
}

/** From `.well-known/smart-configuration`. */
export interface AuthorizationServer {
  /** Whose name its id_tokens bear; null where nobody signs in by OpenID Connect. */
  readonly issuer: string | null;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | null;
  readonly jwksUri: string | null;
  readonly capabilities: readonly string[];
  /** What client assertions may be signed with; null where it does not say. */
  readonly signingAlgorithms: readonly string[] | null;
  /** It says in each answer of its authorization endpoint who it is (RFC 9207). */
  readonly isNamedInAnswers: boolean;
}

export interface Redeemed {
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

/** What a token endpoint answered; nothing in it is checked but that it is there. */
export interface TokenAnswer {
  readonly tokens: Tokens;
  /** null: what was asked for (RFC 6749 §5.1). */
  readonly scope: string | null;
  readonly idToken: string | null;
  /** All of it: the launch context. */
  readonly context: unknown;
}

/** Sign-ins that were begun, each for one browser, ten minutes and one answer. */
export interface Launches {
  /** `cookieHeader`: what the browser sent, so that two sign-ins side by side share a cookie. */
  begin(launch: NewLaunch, cookieHeader: string | undefined): Promise<BegunLaunch>;
  /** null: never begun, over, answered before, or begun in another browser. */
  take(state: string, cookieHeader: string | undefined): Promise<TakenLaunch | null>;
}

export interface NewLaunch {
  readonly iss: string;
  /** Scopes asked for. */
  readonly scope: string;
}

export interface BegunLaunch {
  readonly state: string;
  readonly nonce: string;
  /** S256 of the verifier (RFC 7636). */
  readonly challenge: string;
  /** `Set-Cookie`. */
  readonly cookie: string;
}

export interface TakenLaunch extends NewLaunch {
  readonly nonce: string;
  readonly verifier: string;
}
