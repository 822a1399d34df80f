import type { SmartIssuer, TokenIssuer } from './config-issuers.js';
import { createReader, type Env } from './config-reader.js';
import { FULL, isFull, type WriteProfile } from './fhir/write-profile.js';
import { isLoopback } from './loopback.js';
import type { NightPainVariant } from './scoring/rule-set.js';

/** Everything that can be set from outside, checked. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string;
  /** Host names it answers to; null for any, where somebody decided to open it. */
  readonly hosts: readonly string[] | null;
  readonly dataDir: string;
  /** null: the embedded server. */
  readonly fhirBaseUrl: string | null;
  /** The first that is free; 0 for any. */
  readonly embeddedFhirPorts: readonly number[];
  /** Corrects what the FHIR server says that it takes. */
  readonly writeProfile: Partial<WriteProfile>;
  readonly auditTo: 'store' | 'file' | 'fhir';
  /** May hold a token: never logged. */
  readonly alertUrl: string | null;
  readonly alertSecret: string | null;
  readonly retainDeliveredDays: number;
  /** null: what others store on the FHIR server is left alone. */
  readonly subscriptionSecret: string | null;
  readonly fhirTimeoutMs: number;
  readonly seedDemo: boolean;
  /** What patients are told to call in an emergency. */
  readonly emergencyNumber: string;
  /** Origins whose pages may call the API, and those that may show the intake in a frame. */
  readonly corsOrigins: readonly string[];
  readonly frameAncestors: readonly string[];
  readonly nightPainVariant: NightPainVariant;
  readonly showLikelihood: boolean;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  /** Bytes. */
  readonly bodyLimit: number;
  /** Requests per minute and client; null for any number. */
  readonly rateLimit: number | null;
  /** Whose tokens the API takes, and for whom they must be meant. */
  readonly authIssuers: readonly TokenIssuer[];
  readonly authAudience: string;
  /** Where people may come from to sign in. */
  readonly smartIssuers: readonly SmartIssuer[];
  /** Who we are towards the FHIR server; null where it asks for no token. */
  readonly fhirClient: FhirClient | null;
}

/** SMART Backend Services towards the FHIR server. */
export interface FhirClient {
  readonly clientId: string;
  readonly scope: string;
  /** null: by discovery. */
  readonly tokenUrl: string | null;
  /** A private key as JWK, or a set of them; null for one of our own in DATA_DIR. */
  readonly privateJwkFile: string | null;
}

type Reader = ReturnType<typeof createReader>;

/** Documented for later versions. Set, they are refused: nobody may believe a door is locked that is not there. */
const NOT_YET = ['CDS_CLIENTS', 'OUTBOX_URL'];

/** Environment → Config, or every fault in it, each with the name of its variable. Reads nothing else. */
export function loadConfig(env: Env): { config: Config } | { faults: readonly string[] } {
  const faults = NOT_YET.filter((name) => env[name]).map(
    (name) => `${name} is not supported by this version`,
  );
  const reader = createReader(env, faults);
  const port = reader.integer('PORT', 3000, 65535);
  const host = reader.text('HOST', '127.0.0.1');
  const allowUnauthenticated = reader.flag('ALLOW_UNAUTHENTICATED', false);
  const fhirBaseUrl = reader.url('FHIR_BASE_URL');
  const publicUrl = reader.url('PUBLIC_URL') ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const config: Config = {
    port,
    host,
    publicUrl,
    hosts: isLoopback(host) ? [...LOOPBACK_NAMES, host, new URL(publicUrl).hostname] : null,
    dataDir: reader.text('DATA_DIR', './data'),
    fhirBaseUrl,
    embeddedFhirPorts: embeddedPorts(reader.integer('EMBEDDED_FHIR_PORT', 0, 65535), fhirBaseUrl),
    writeProfile: reader.profile('WRITE_PROFILE'),
    auditTo: reader.oneOf('AUDIT_TO', ['store', 'file', 'fhir']),
    alertUrl: reader.hook('ALERT_URL'),
    alertSecret: reader.text('ALERT_SECRET', '') || null,
    subscriptionSecret: reader.secret('SUBSCRIPTION_SECRET'),
    retainDeliveredDays: reader.integer('RETAIN_DELIVERED_DAYS', 30, 36_500),
    fhirTimeoutMs: reader.integer('FHIR_TIMEOUT_MS', 10_000, 600_000),
    seedDemo: reader.flag('SEED_DEMO', fhirBaseUrl === null),
    emergencyNumber: reader.phone('EMERGENCY_NUMBER', '112'),
    corsOrigins: reader.origins('CORS_ORIGINS'),
    frameAncestors: reader.origins('FRAME_ANCESTORS'),
    nightPainVariant: reader.oneOf('NIGHT_PAIN_VARIANT', ['strict', 'relaxed']),
    showLikelihood: reader.flag('SHOW_LIKELIHOOD', false),
    logLevel: reader.oneOf('LOG_LEVEL', ['info', 'error', 'warn', 'debug']),
    bodyLimit: reader.bytes('BODY_LIMIT', 1024 * 1024),
    authIssuers: reader.tokenIssuers('AUTH_ISSUERS'),
    authAudience: readAudience(reader, env, faults) ?? `${publicUrl}/fhir`,
    smartIssuers: reader.smartIssuers('SMART_ISSUERS'),
    rateLimit: reader.integer('RATE_LIMIT', isGuarded(env) || !isLoopback(host) ? 300 : 0, 1_000_000) || null,
    fhirClient: readFhirClient(reader, faults),
  };
  faults.push(...contradictions(config, allowUnauthenticated));
  return faults.length > 0 ? { faults } : { config };
}

/** Alone it guards nothing. */
function readAudience(reader: Reader, { AUTH_ISSUERS }: Env, faults: string[]): string | null {
  const audience = reader.text('AUTH_AUDIENCE', '') || null;
  if (audience && !AUTH_ISSUERS?.trim()) faults.push('AUTH_AUDIENCE needs AUTH_ISSUERS beside it');
  return audience;
}

function isGuarded({ AUTH_ISSUERS, SMART_ISSUERS }: Env): boolean {
  return Boolean(AUTH_ISSUERS?.trim() || SMART_ISSUERS?.trim());
}

function readFhirClient(reader: Reader, faults: string[]): FhirClient | null {
  const clientId = reader.text('FHIR_CLIENT_ID', '');
  const scope = reader.text('FHIR_SCOPE', '');
  const tokenUrl = reader.url('FHIR_TOKEN_URL');
  const privateJwkFile = reader.text('FHIR_PRIVATE_JWK_FILE', '') || null;
  if (clientId) return { clientId, scope: scope || 'system/*.cruds', tokenUrl, privateJwkFile };
  const alone = Object.entries({
    FHIR_SCOPE: scope,
    FHIR_TOKEN_URL: tokenUrl,
    FHIR_PRIVATE_JWK_FILE: privateJwkFile,
  });
  faults.push(...alone.flatMap(([name, value]) => (value ? [`${name} needs FHIR_CLIENT_ID beside it`] : [])));
  return null;
}

/** Beside somebody else's FHIR server it is ours alone, so that any port will do where none was chosen. */
function embeddedPorts(chosen: number, fhirBaseUrl: string | null): number[] {
  if (chosen !== 0) return [chosen];
  return fhirBaseUrl === null ? [3001] : [3001, 0];
}

/** What each variable allows and all together do not. */
function contradictions(config: Config, allowUnauthenticated: boolean): string[] {
  const { host, port, embeddedFhirPorts, fhirBaseUrl, publicUrl } = config;
  const isDoubled = embeddedFhirPorts[0] === port && embeddedFhirPorts.length === 1;
  return [
    ...(isLoopback(host) || allowUnauthenticated || guards(config) ? [] : [UNGUARDED]),
    ...(config.smartIssuers.length > 0 && !isSafe(publicUrl)
      ? ['SMART_ISSUERS needs a PUBLIC_URL on https: a session would be sent in the clear']
      : []),
    ...(config.fhirClient && fhirBaseUrl === null
      ? ['FHIR_CLIENT_ID is about a FHIR server that FHIR_BASE_URL names; the embedded one asks for no token']
      : []),
    ...(config.fhirClient &&
    ![fhirBaseUrl, config.fhirClient.tokenUrl].every((url) => url === null || isSafe(url))
      ? ['FHIR_CLIENT_ID needs FHIR_BASE_URL and FHIR_TOKEN_URL on https: a token would be sent in the clear']
      : []),
    ...(isDoubled ? ['PORT and EMBEDDED_FHIR_PORT are the same'] : []),
    ...(fhirBaseUrl === null && !isFull({ ...FULL, ...config.writeProfile })
      ? ['WRITE_PROFILE is about a FHIR server that FHIR_BASE_URL names; the embedded one takes everything']
      : []),
    ...(fhirBaseUrl === `${publicUrl}/fhir` ? ['FHIR_BASE_URL is this service itself'] : []),
    ...(seedsElsewhere(config)
      ? ['SEED_DEMO seeds only the embedded server; FHIR_BASE_URL names another']
      : []),
  ];
}

const UNGUARDED =
  'HOST is outside loopback and nothing guards the API: set AUTH_ISSUERS or SMART_ISSUERS, or open it with ' +
  'ALLOW_UNAUTHENTICATED=true to everyone who can reach it';

/** Whether a caller needs a token or a session. */
export function guards({ authIssuers, smartIssuers }: Pick<Config, 'authIssuers' | 'smartIssuers'>): boolean {
  return authIssuers.length > 0 || smartIssuers.length > 0;
}

/** What starts all the same, and what whoever starts it should know. */
export function doubtsAbout({ authIssuers, publicUrl }: Pick<Config, 'authIssuers' | 'publicUrl'>): string[] {
  if (authIssuers.length === 0 || isSafe(publicUrl)) return [];
  return [
    'PUBLIC_URL is not on https: unless a proxy takes care of it, tokens are sent in the clear, and links of ' +
      'invitations open nothing, since browsers keep no session there',
  ];
}

/** Whether what is sent there is read by nobody on the way. */
function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLoopback(hostname);
}

function seedsElsewhere({ seedDemo, fhirBaseUrl }: Config): boolean {
  return seedDemo && fhirBaseUrl !== null;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]', '::1'];

/**
 * Whether a FHIR server could send us notifications: the embedded one stores Subscriptions and serves none, and to
 * another machine's server a loopback address is its own.
 */
export function canBeTold({ fhirBaseUrl, publicUrl }: Pick<Config, 'fhirBaseUrl' | 'publicUrl'>): boolean {
  const isHere = (url: string) => isLoopback(new URL(url).hostname);
  return fhirBaseUrl !== null && (isHere(fhirBaseUrl) || !isHere(publicUrl));
}
