import { isLoopback } from './loopback.js';

/** Whose tokens the API takes. */
export interface TokenIssuer {
  /** Exactly as the `iss` claim says it. */
  readonly issuer: string;
  /** null: as its `.well-known/openid-configuration` or `oauth-authorization-server` says. */
  readonly jwksUri: string | null;
}

/** An EHR whose people may come in: its FHIR base, and who we are to it. */
export interface SmartIssuer {
  readonly iss: string;
  readonly clientId: string;
  readonly auth: 'public' | 'secret' | 'private_key_jwt';
  /** Only with `secret`. Never logged. */
  readonly clientSecret: string | null;
  /** What to ask for; null for what the service needs. */
  readonly scope: string | null;
  /** What people know it by. */
  readonly name: string | null;
}

type Entry = Readonly<Record<string, string>>;

/** `[{"issuer","jwks_uri"?}]`; undefined for anything else. */
export function readAuthIssuers(text: string): TokenIssuer[] | undefined {
  const entries = readEntries(text, ['issuer'], ['jwks_uri']);
  const fits = entries?.every(({ issuer, jwks_uri = issuer }) => isSafeUrl(issuer) && isSafeUrl(jwks_uri));
  if (!entries || !fits || !isUnlike(entries, 'issuer')) return undefined;
  return entries.map(({ issuer = '', jwks_uri = null }) => ({ issuer, jwksUri: jwks_uri }));
}

/** `[{"iss","client_id","auth","client_secret"?,"scope"?,"name"?}]`; undefined for anything else. */
export function readSmartIssuers(text: string): SmartIssuer[] | undefined {
  const entries = readEntries(text, ['iss', 'client_id', 'auth'], ['client_secret', 'scope', 'name']);
  const issuers = entries?.map(toSmartIssuer);
  if (!entries || !issuers || !isUnlike(entries, 'iss')) return undefined;
  return issuers.every((one) => one !== null) ? issuers : undefined;
}

function toSmartIssuer(entry: Entry): SmartIssuer | null {
  const { iss = '', client_id: clientId = '', client_secret: clientSecret = null } = entry;
  const auth = AUTHS.find((one) => one === entry.auth);
  if (!auth || !isSafeUrl(iss) || (auth === 'secret') !== (clientSecret !== null)) return null;
  const { scope = null, name = null } = entry;
  return { iss: iss.replace(/(?<!\/)\/+$/, ''), clientId, auth, clientSecret, scope, name };
}

const AUTHS = ['public', 'secret', 'private_key_jwt'] as const;

/** A non-empty JSON list of objects that have these members and perhaps those, each a text that is not empty. */
function readEntries(
  text: string,
  needed: readonly string[],
  others: readonly string[],
): Entry[] | undefined {
  const value = parse(text);
  const fits = (one: unknown): one is Entry =>
    typeof one === 'object' &&
    one !== null &&
    needed.every((name) => name in one) &&
    Object.entries(one).every(
      ([name, member]) =>
        [...needed, ...others].includes(name) && typeof member === 'string' && member !== '',
    );
  return Array.isArray(value) && value.length > 0 && value.every(fits) ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Two entries for one issuer could disagree. */
function isUnlike(entries: readonly Entry[], name: string): boolean {
  return new Set(entries.map((one) => one[name]?.replace(/(?<!\/)\/+$/, ''))).size === entries.length;
}

/** On https, or on this machine; without a query, a fragment or a password. */
function isSafeUrl(text: string | undefined): boolean {
  const url = URL.parse(text ?? '');
  if (!url || url.search || url.hash || url.username || url.password) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}
