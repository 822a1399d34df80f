import { FULL, isFull, type WriteProfile } from './fhir/write-profile.js';
import { PROFILE_NAMES, readProfileOverride } from './fhir/write-profile-override.js';
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
}

type Env = Readonly<Record<string, string | undefined>>;

/** Documented for later versions. Set, they are refused: nobody may believe a door is locked that is not there. */
const NOT_YET = [
  'FHIR_CLIENT_ID',
  'FHIR_SCOPE',
  'FHIR_TOKEN_URL',
  'FHIR_PRIVATE_JWK_FILE',
  'AUTH_ISSUERS',
  'AUTH_AUDIENCE',
  'SMART_ISSUERS',
  'CDS_CLIENTS',
  'OUTBOX_URL',
  'RATE_LIMIT',
];

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
  };
  faults.push(...contradictions(config, allowUnauthenticated));
  return faults.length > 0 ? { faults } : { config };
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
    ...(isLoopback(host) || allowUnauthenticated ? [] : [UNGUARDED]),
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
  'HOST is outside loopback and nothing guards the API: AUTH_ISSUERS is not supported by this version, so ' +
  'only ALLOW_UNAUTHENTICATED=true opens it, to everyone who can reach it';

function seedsElsewhere({ seedDemo, fhirBaseUrl }: Config): boolean {
  return seedDemo && fhirBaseUrl !== null;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]', '::1'];

/** A host name or address of this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whether a FHIR server could send us notifications: the embedded one stores Subscriptions and serves none, and to
 * another machine's server a loopback address is its own.
 */
export function canBeTold({ fhirBaseUrl, publicUrl }: Pick<Config, 'fhirBaseUrl' | 'publicUrl'>): boolean {
  const isHere = (url: string) => isLoopback(new URL(url).hostname);
  return fhirBaseUrl !== null && (isHere(fhirBaseUrl) || !isHere(publicUrl));
}

/** One variable → what `parse` makes of it; a fault and the default where it makes nothing of it. */
function createRead(env: Env, faults: string[]) {
  return <T>(name: string, fallback: T, parse: (text: string) => T | undefined, expected: string): T => {
    const text = env[name]?.trim();
    if (!text) return fallback;
    const value = parse(text);
    if (value === undefined) faults.push(`${name} must be ${expected}`);
    return value ?? fallback;
  };
}

/** Reads one variable each; what does not fit becomes a fault and the default. */
function createReader(env: Env, faults: string[]) {
  const read = createRead(env, faults);
  return {
    text: (name: string, fallback: string) => read(name, fallback, (text) => text, 'text'),
    integer: (name: string, fallback: number, max: number) =>
      read(name, fallback, (text) => wholeNumber(text, max), `a whole number from 1 to ${max}`),
    flag: (name: string, fallback: boolean) =>
      read(
        name,
        fallback,
        (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
        'true or false',
      ),
    oneOf: <T extends string>(name: string, [fallback, ...others]: readonly [T, ...T[]]) =>
      read<T>(
        name,
        fallback,
        (text) => [fallback, ...others].find((one) => one === text),
        `one of ${[fallback, ...others].join(', ')}`,
      ),
    url: (name: string) => read<string | null>(name, null, httpUrl, 'an http or https URL without a query'),
    hook: (name: string) => read<string | null>(name, null, anyHttpUrl, 'an http or https URL'),
    secret: (name: string) =>
      read<string | null>(
        name,
        null,
        (text) => (/^[\x21-\x7e]{16,256}$/.test(text) ? text : undefined),
        '16 to 256 visible ASCII characters',
      ),
    phone: (name: string, fallback: string) =>
      read(
        name,
        fallback,
        (text) => (/^\+?\d[\d -]{1,20}$/.test(text) ? text : undefined),
        'a telephone number',
      ),
    origins: (name: string) =>
      read<readonly string[]>(
        name,
        [],
        originList,
        'origins such as https://portal.example, with commas between',
      ),
    profile: (name: string): Partial<WriteProfile> =>
      read(name, {}, readProfileOverride, `one of ${PROFILE_NAMES}, or JSON that corrects auto`),
    bytes: (name: string, fallback: number) =>
      read(name, fallback, byteCount, 'a size such as 500kb, 1mb or a number of bytes'),
  };
}

function wholeNumber(text: string, max: number): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && number >= 1 && number <= max ? number : undefined;
}

function httpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  const fits =
    url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password;
  return fits ? url.href.replace(/\/+$/, '') : undefined;
}

/** With a query: a webhook may carry its token there. */
function anyHttpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : undefined;
}

/** No wildcard, no path: each is one origin, as a browser says it. */
function originList(text: string): string[] | undefined {
  const origins = text.split(',').map((one) => one.trim().replace(/\/$/, ''));
  const fits = origins.every((one) => /^https?:\/\/[^*]+$/.test(one) && URL.parse(one)?.origin === one);
  return fits ? origins : undefined;
}

function byteCount(text: string): number | undefined {
  const [, digits, unit = 'b'] = /^(\d{1,12})(b|kb|mb)?$/i.exec(text) ?? [];
  const count = Number(digits) * ({ b: 1, kb: 1024, mb: 1024 ** 2 }[unit.toLowerCase()] ?? 1);
  return count >= 1 && count <= 100 * 1024 ** 2 ? count : undefined;
}
