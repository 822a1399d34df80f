import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Config, doubtsAbout, loadConfig } from '../../src/config.js';
import { NAMED_PROFILES, type WriteProfile } from '../../src/fhir/write-profile.js';

type Env = Record<string, string>;

const ROOT = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

/** The table of service.md, "Running it", name by name. */
const TABLE =
  `PORT HOST PUBLIC_URL DATA_DIR FHIR_BASE_URL EMBEDDED_FHIR_PORT FHIR_TIMEOUT_MS WRITE_PROFILE FHIR_CLIENT_ID
  FHIR_SCOPE FHIR_TOKEN_URL FHIR_PRIVATE_JWK_FILE SEED_DEMO AUTH_ISSUERS AUTH_AUDIENCE SMART_ISSUERS CDS_CLIENTS
  CORS_ORIGINS FRAME_ANCESTORS AUDIT_TO ALERT_URL ALERT_SECRET EMERGENCY_NUMBER RETAIN_DELIVERED_DAYS
  SUBSCRIPTION_SECRET OUTBOX_URL SHOW_LIKELIHOOD NIGHT_PAIN_VARIANT LOG_LEVEL RATE_LIMIT BODY_LIMIT`.split(
    /\s+/,
  );

/** Named in the row of HOST. */
const ALL = [...TABLE, 'ALLOW_UNAUTHENTICATED'];

function configOf(env: Env): Config {
  const loaded = loadConfig(env);
  if ('faults' in loaded) throw new Error(loaded.faults.join('; '));
  return loaded.config;
}

function faultsOf(env: Env): readonly string[] {
  const loaded = loadConfig(env);
  return 'faults' in loaded ? loaded.faults : [];
}

const DEFAULTS: Partial<Config> = {
  port: 3000,
  host: '127.0.0.1',
  publicUrl: 'http://127.0.0.1:3000',
  dataDir: './data',
  fhirBaseUrl: null,
  embeddedFhirPorts: [3001],
  writeProfile: {},
  auditTo: 'store',
  alertUrl: null,
  alertSecret: null,
  retainDeliveredDays: 30,
  fhirTimeoutMs: 10_000,
  seedDemo: true,
  emergencyNumber: '112',
  corsOrigins: [],
  frameAncestors: [],
  nightPainVariant: 'strict',
  showLikelihood: false,
  logLevel: 'info',
  bodyLimit: 1_048_576,
  rateLimit: null,
  authIssuers: [],
  authAudience: 'http://127.0.0.1:3000/fhir',
  smartIssuers: [],
  fhirClient: null,
};

describe('defaults', () => {
  test('of service.md', () => {
    expect(configOf({})).toMatchObject(DEFAULTS);
  });

  test('an empty or blank variable is an unset one', () => {
    for (const blank of ['', ' ', '\t']) {
      const supported = ALL.filter((name) => !isRefused(name));
      expect(configOf(Object.fromEntries(supported.map((name) => [name, blank])))).toEqual(configOf({}));
    }
  });

  test('variables of others are none of ours', () => {
    expect(configOf({ PATH: '/bin', HOME: '/root', npm_config_port: '1', port: '1' })).toEqual(configOf({}));
  });
});

/** What follows from FHIR_BASE_URL. */
const BESIDE: Partial<Config> = { seedDemo: false, embeddedFhirPorts: [3001, 0] };

const SMART = { auth: 'public', clientSecret: null, scope: null, name: null } as const;

describe('each variable', () => {
  test.each<[Env, Partial<Config>]>([
    [{ PORT: '8080' }, { port: 8080, publicUrl: 'http://127.0.0.1:8080' }],
    [{ PORT: ' 1 ' }, { port: 1, publicUrl: 'http://127.0.0.1:1' }],
    [{ PORT: '65535' }, { port: 65535, publicUrl: 'http://127.0.0.1:65535' }],
    [{ HOST: 'localhost' }, { host: 'localhost', publicUrl: 'http://localhost:3000' }],
    [{ HOST: '::1' }, { host: '::1', publicUrl: 'http://[::1]:3000' }],
    [{ PUBLIC_URL: 'https://screening.example.org' }, { publicUrl: 'https://screening.example.org' }],
    [{ PUBLIC_URL: 'https://example.org/axspa/' }, { publicUrl: 'https://example.org/axspa' }],
    [{ DATA_DIR: '/var/lib/axspa' }, { dataDir: '/var/lib/axspa' }],
    [{ FHIR_BASE_URL: 'http://hapi:8080/fhir' }, { ...BESIDE, fhirBaseUrl: 'http://hapi:8080/fhir' }],
    [
      { FHIR_BASE_URL: 'https://fhir.example.org/r4//' },
      { ...BESIDE, fhirBaseUrl: 'https://fhir.example.org/r4' },
    ],
    [{ EMBEDDED_FHIR_PORT: '4001' }, { embeddedFhirPorts: [4001] }],
    [
      { EMBEDDED_FHIR_PORT: '4001', FHIR_BASE_URL: 'http://hapi/fhir' },
      { embeddedFhirPorts: [4001], fhirBaseUrl: 'http://hapi/fhir', seedDemo: false },
    ],
    [{ WRITE_PROFILE: 'auto' }, { writeProfile: {} }],
    [{ WRITE_PROFILE: 'full' }, { writeProfile: NAMED_PROFILES.full ?? {} }],
    [{ AUDIT_TO: 'store' }, { auditTo: 'store' }],
    [{ AUDIT_TO: 'file' }, { auditTo: 'file' }],
    [{ AUDIT_TO: 'fhir' }, { auditTo: 'fhir' }],
    [{ ALERT_URL: 'https://pager.example.org' }, { alertUrl: 'https://pager.example.org/' }],
    [
      { ALERT_URL: 'http://pager.example.org/hook?token=a%20b' },
      { alertUrl: 'http://pager.example.org/hook?token=a%20b' },
    ],
    [{ ALERT_SECRET: ' s3cret ' }, { alertSecret: 's3cret' }],
    [{ SUBSCRIPTION_SECRET: 'sixteen-is-enough' }, { subscriptionSecret: 'sixteen-is-enough' }],
    [{ RETAIN_DELIVERED_DAYS: '1' }, { retainDeliveredDays: 1 }],
    [{ RETAIN_DELIVERED_DAYS: '36500' }, { retainDeliveredDays: 36_500 }],
    [{ FHIR_TIMEOUT_MS: '250' }, { fhirTimeoutMs: 250 }],
    [{ SEED_DEMO: 'false' }, { seedDemo: false }],
    [{ SEED_DEMO: 'true' }, { seedDemo: true }],
    [
      { SEED_DEMO: 'false', FHIR_BASE_URL: 'http://hapi/fhir' },
      { ...BESIDE, fhirBaseUrl: 'http://hapi/fhir' },
    ],
    [{ NIGHT_PAIN_VARIANT: 'relaxed' }, { nightPainVariant: 'relaxed' }],
    [{ NIGHT_PAIN_VARIANT: 'strict' }, { nightPainVariant: 'strict' }],
    [{ LOG_LEVEL: 'error' }, { logLevel: 'error' }],
    [{ LOG_LEVEL: 'debug' }, { logLevel: 'debug' }],
    [{ BODY_LIMIT: '500kb' }, { bodyLimit: 512_000 }],
    [{ BODY_LIMIT: '2MB' }, { bodyLimit: 2_097_152 }],
    [{ BODY_LIMIT: '1048576' }, { bodyLimit: 1_048_576 }],
    [{ BODY_LIMIT: '10b' }, { bodyLimit: 10 }],
    [{ RATE_LIMIT: '5' }, { rateLimit: 5 }],
    [
      { AUTH_ISSUERS: '[{"issuer":"https://login.example.org/"}]' },
      { authIssuers: [{ issuer: 'https://login.example.org/', jwksUri: null }], rateLimit: 300 },
    ],
    [
      {
        AUTH_ISSUERS: '[{"issuer":"http://127.0.0.1:9","jwks_uri":"http://localhost:9/keys"}]',
        RATE_LIMIT: '9',
      },
      { authIssuers: [{ issuer: 'http://127.0.0.1:9', jwksUri: 'http://localhost:9/keys' }], rateLimit: 9 },
    ],
    [
      { SMART_ISSUERS: '[{"iss":"https://ehr.example/fhir/","client_id":"a","auth":"public"}]' },
      { smartIssuers: [{ ...SMART, iss: 'https://ehr.example/fhir', clientId: 'a' }], rateLimit: 300 },
    ],
    [
      {
        SMART_ISSUERS:
          '[{"iss":"https://e.example","client_id":"b","auth":"secret","client_secret":"s","scope":"launch","name":"E"}]',
      },
      {
        smartIssuers: [
          {
            iss: 'https://e.example',
            clientId: 'b',
            auth: 'secret',
            clientSecret: 's',
            scope: 'launch',
            name: 'E',
          },
        ],
        rateLimit: 300,
      },
    ],
    [
      { FHIR_CLIENT_ID: 'us', FHIR_BASE_URL: 'https://e.example' },
      {
        ...BESIDE,
        fhirBaseUrl: 'https://e.example',
        fhirClient: { clientId: 'us', scope: 'system/*.cruds', tokenUrl: null, privateJwkFile: null },
      },
    ],
    [
      {
        FHIR_CLIENT_ID: 'us',
        FHIR_BASE_URL: 'https://e.example',
        FHIR_SCOPE: 'system/*.read',
        FHIR_TOKEN_URL: 'https://e.example/token',
        FHIR_PRIVATE_JWK_FILE: '/k.json',
      },
      {
        ...BESIDE,
        fhirBaseUrl: 'https://e.example',
        fhirClient: {
          clientId: 'us',
          scope: 'system/*.read',
          tokenUrl: 'https://e.example/token',
          privateJwkFile: '/k.json',
        },
      },
    ],
  ])('%j', (env, expected) => {
    const { hosts: _hosts, ...defaults } = configOf({});
    const { hosts: _, ...config } = configOf(env);
    const authAudience = `${expected.publicUrl ?? defaults.publicUrl}/fhir`;
    expect(config).toEqual({ ...defaults, authAudience, ...expected });
  });

  test.each<[string, string[]]>([
    ['PORT', ['0', '65536', '-1', '3000.5', '3e3', '0x10', 'http', '3000;', '99999999999999999999']],
    ['EMBEDDED_FHIR_PORT', ['0', '70000', 'x']],
    ['FHIR_TIMEOUT_MS', ['0', '10s', '-5', '600001', 'Infinity', 'NaN']],
    [
      'PUBLIC_URL',
      ['here', 'example.org', 'ftp://x', 'http://', 'https://x?a=b', 'https://x#y', 'https://u:p@x'],
    ],
    ['FHIR_BASE_URL', ['nowhere', '/fhir', 'file:///etc/passwd', 'http://x/fhir?a', 'http://user@x/fhir']],
    [
      'SUBSCRIPTION_SECRET',
      ['fifteen-letters', 'sixteen or more, with spaces', 'sixteen-ünd-more', 'x'.repeat(257)],
    ],
    [
      'WRITE_PROFILE',
      [
        ...['FULL', 'hapi', '{', 'null', '[]', '"full"', '1', 'constructor', '__proto__', 'toString'],
        ...['{"name":"x"}', '{"transaction":"yes"}', '{"identity":"url"}', '{"document":"application/pdf"}'],
        ...['{"observationCategories":"survey"}', '{"observationCategories":[1]}', '{"constructor":true}'],
        ...['{"__proto__":true}', '{"transaction":true,"tasks":true}'],
      ],
    ],
    ['AUDIT_TO', ['nowhere', 'STORE', 'store,file', 'constructor']],
    ['ALERT_URL', ['here', 'pager.example.org', 'ftp://x', 'mailto:x@y', 'https://u:p@x', 'javascript:1']],
    ['RETAIN_DELIVERED_DAYS', ['0', '-1', '36501', '1.5', '30d', 'forever']],
    ['SEED_DEMO', ['yes', '1', 'TRUE', 'null', 'constructor', 'toString', '__proto__']],
    ['ALLOW_UNAUTHENTICATED', ['yes', '1', 'True', 'constructor', 'valueOf', '__proto__']],
    ['NIGHT_PAIN_VARIANT', ['loose', 'STRICT', 'strict,relaxed']],
    ['LOG_LEVEL', ['shout', 'INFO', 'silly']],
    ['BODY_LIMIT', ['0', '1gb', '1.5mb', '-1', 'mb', '101mb', '1 000']],
    ['RATE_LIMIT', ['0', '-1', 'none', '1.5', '1000001']],
    [
      'AUTH_ISSUERS',
      [
        ...[
          'x',
          '{}',
          '[]',
          '["https://a"]',
          '[{"issuer":""}]',
          '[{"issuer":1}]',
          '[{"jwks_uri":"https://a"}]',
        ],
        ...['[{"issuer":"http://a.example"}]', '[{"issuer":"https://a","jwks_uri":"http://a.example/keys"}]'],
        ...[
          '[{"issuer":"https://a?x"}]',
          '[{"issuer":"https://u:p@a"}]',
          '[{"issuer":"https://a","jwks":"x"}]',
        ],
        '[{"issuer":"https://a"},{"issuer":"https://a/"}]',
      ],
    ],
    [
      'SMART_ISSUERS',
      [
        ...['x', '[]', '[{"iss":"https://a"}]', '[{"iss":"https://a","client_id":"c"}]'],
        '[{"iss":"https://a","client_id":"c","auth":"none"}]',
        '[{"iss":"https://a","client_id":"c","auth":"secret"}]',
        '[{"iss":"https://a","client_id":"c","auth":"public","client_secret":"s"}]',
        '[{"iss":"http://a.example","client_id":"c","auth":"public"}]',
        '[{"iss":"https://a","client_id":"c","auth":"public"},{"iss":"https://a/","client_id":"d","auth":"public"}]',
      ],
    ],
  ])('%s: what does not fit is a fault that names it, and the only one', (name, values) => {
    for (const value of values) {
      const faults = faultsOf({ [name]: value });
      expect([value, faults.length]).toEqual([value, 1]);
      expect(faults[0]?.startsWith(`${name} must be `)).toBe(true);
    }
  });

  test('a fault does not repeat the value: it may be a secret', () => {
    for (const name of ALL) {
      for (const fault of faultsOf({ [name]: 'https://user:hunter2@x' })) {
        expect([name, fault.includes('hunter2')]).toEqual([name, false]);
      }
    }
  });
});

describe('what the pages are given', () => {
  test.each(['112', '999', '+49 112', '911', '116-117'])('EMERGENCY_NUMBER=%s', (number) => {
    expect(configOf({ EMERGENCY_NUMBER: number }).emergencyNumber).toBe(number);
  });

  test.each(['x', '1', '112; rm', '<b>112</b>', '9'.repeat(40)])('EMERGENCY_NUMBER=%s is none', (number) => {
    expect(faultsOf({ EMERGENCY_NUMBER: number })).toEqual(['EMERGENCY_NUMBER must be a telephone number']);
  });

  test.each(['CORS_ORIGINS', 'FRAME_ANCESTORS'])('%s is a list of origins', (name) => {
    const key = name === 'CORS_ORIGINS' ? 'corsOrigins' : 'frameAncestors';
    const both = 'https://portal.example, http://127.0.0.1:8080/';
    expect(configOf({ [name]: both })[key]).toEqual(['https://portal.example', 'http://127.0.0.1:8080']);
    for (const wrong of [
      '*',
      'https://*.example',
      'portal.example',
      'https://portal.example/path',
      'null',
      "https://a.example; script-src 'unsafe-inline'",
      'https://a.example,',
    ]) {
      expect([wrong, faultsOf({ [name]: wrong })]).toEqual([wrong, [expect.stringContaining(name)]]);
    }
  });
});

describe('a door that is not there', () => {
  const recorded = recordReads({});

  test.each(ALL)('%s is read, or refused as not supported: never ignored', (name) => {
    expect(recorded).toContain(name);
    const told = faultsOf({ [name]: 'x' }).some((fault) => fault.startsWith(`${name} `));
    expect([name, told || showsInConfig(name)]).toEqual([name, true]);
  });

  test('nothing else is read', () => {
    expect(recorded.filter((name) => !ALL.includes(name))).toEqual([]);
  });

  test('CDS_CLIENTS, in the words of service.md', () => {
    expect(faultsOf({ CDS_CLIENTS: '[{"iss":"https://cds.example.org"}]' })).toEqual([
      'CDS_CLIENTS is not supported by this version',
    ]);
  });

  /** Whether a text in the variable changes the Config. */
  function showsInConfig(name: string): boolean {
    const loaded = loadConfig({ [name]: 'x' });
    return 'config' in loaded && JSON.stringify(loaded.config) !== JSON.stringify(configOf({}));
  }
});

describe('all faults at once', () => {
  test('one line each, in one go', () => {
    const env = {
      PORT: 'x',
      HOST: '0.0.0.0',
      PUBLIC_URL: 'x',
      FHIR_BASE_URL: 'x',
      EMBEDDED_FHIR_PORT: 'x',
      FHIR_TIMEOUT_MS: 'x',
      SEED_DEMO: 'x',
      NIGHT_PAIN_VARIANT: 'x',
      LOG_LEVEL: 'x',
      BODY_LIMIT: 'x',
      WRITE_PROFILE: 'x',
      AUDIT_TO: 'x',
      ALERT_URL: 'x',
      RETAIN_DELIVERED_DAYS: 'x',
      SHOW_LIKELIHOOD: 'x',
      ...Object.fromEntries(ALL.filter(isRefused).map((name) => [name, 'x'])),
    };
    const faults = faultsOf(env);
    expect(faults).toHaveLength(Object.keys(env).length);
    for (const name of Object.keys(env)) {
      expect([name, faults.filter((fault) => fault.split(' ')[0] === name).length]).toEqual([name, 1]);
    }
  });
});

describe('HOST', () => {
  test.each(['127.0.0.1', '127.0.0.2', '127.255.255.254', 'localhost', '::1'])('%s is loopback', (host) => {
    expect(configOf({ HOST: host }).host).toBe(host);
  });

  test.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '192.168.1.1',
    '128.0.0.1',
    '127.0.0.1.evil.test',
    'evil127.0.0.1',
    'localhost.evil.test',
    'example.org',
    '::ffff:10.0.0.1',
    '1.127.0.0.1',
  ])('%s is not: refused, unless ALLOW_UNAUTHENTICATED=true', (host) => {
    expect(faultsOf({ HOST: host })).toEqual([
      expect.stringMatching(/^HOST .*AUTH_ISSUERS.*ALLOW_UNAUTHENTICATED=true/),
    ]);
    expect(faultsOf({ HOST: host, ALLOW_UNAUTHENTICATED: 'false' })).toHaveLength(1);
    expect(configOf({ HOST: host, ALLOW_UNAUTHENTICATED: 'true' }).host).toBe(host);
  });

  test('a word that is no flag does not open it', () => {
    for (const word of ['yes', '1', 'constructor', 'toString', 'hasOwnProperty']) {
      const faults = faultsOf({ HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: word });
      expect([word, faults.map((fault) => fault.split(' ')[0])]).toEqual([
        word,
        ['ALLOW_UNAUTHENTICATED', 'HOST'],
      ]);
    }
  });
});

describe('who lets people in', () => {
  const AUTH_ISSUERS = '[{"issuer":"https://login.example.org"}]';
  const SMART_ISSUERS = '[{"iss":"https://ehr.example.org","client_id":"c","auth":"public"}]';
  const PUBLIC_URL = 'https://screening.example.org';

  test('a HOST outside loopback is guarded by either list, and then counts requests', () => {
    for (const list of [{ AUTH_ISSUERS }, { SMART_ISSUERS }]) {
      expect(configOf({ HOST: '0.0.0.0', PUBLIC_URL, ...list }).rateLimit).toBe(300);
    }
    expect(configOf({ HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' }).rateLimit).toBe(300);
  });

  test('tokens and links in the clear are no fault, since a proxy may take care of them, and are told', () => {
    for (const env of [{ HOST: '0.0.0.0' }, { PUBLIC_URL: 'http://screening.example.org' }]) {
      expect(doubtsAbout(configOf({ AUTH_ISSUERS, ...env }))).toEqual([
        expect.stringMatching(/^PUBLIC_URL is not on https/),
      ]);
    }
    expect(doubtsAbout(configOf({ AUTH_ISSUERS }))).toEqual([]);
    expect(doubtsAbout(configOf({ AUTH_ISSUERS, HOST: '0.0.0.0', PUBLIC_URL }))).toEqual([]);
    expect(doubtsAbout(configOf({ HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' }))).toEqual([]);
  });

  test('an audience alone guards nothing, and says so', () => {
    expect(faultsOf({ AUTH_AUDIENCE: 'urn:a' })).toEqual(['AUTH_AUDIENCE needs AUTH_ISSUERS beside it']);
    expect(configOf({ AUTH_AUDIENCE: 'urn:a', AUTH_ISSUERS }).authAudience).toBe('urn:a');
  });

  test('a HOST outside loopback is told of either list', () => {
    expect(faultsOf({ HOST: '0.0.0.0' })).toEqual([expect.stringContaining('AUTH_ISSUERS or SMART_ISSUERS')]);
  });

  test('a secret that is not there is spoken of', () => {
    const list = '[{"iss":"https://ehr.example.org","client_id":"c","auth":"secret"}]';
    expect(faultsOf({ SMART_ISSUERS: list })).toEqual([expect.stringContaining('secret with client_secret')]);
  });

  test('a session never goes in the clear', () => {
    expect(faultsOf({ SMART_ISSUERS, PUBLIC_URL: 'http://screening.example.org' })).toEqual([
      expect.stringMatching(/^SMART_ISSUERS needs a PUBLIC_URL on https/),
    ]);
    expect(faultsOf({ SMART_ISSUERS })).toEqual([]);
  });

  test('what belongs to FHIR_CLIENT_ID says so alone; the embedded server asks for no token', () => {
    for (const name of ['FHIR_SCOPE', 'FHIR_TOKEN_URL', 'FHIR_PRIVATE_JWK_FILE']) {
      expect(faultsOf({ [name]: 'https://x.example' })).toEqual([`${name} needs FHIR_CLIENT_ID beside it`]);
    }
    expect(faultsOf({ FHIR_CLIENT_ID: 'us' })).toEqual([expect.stringMatching(/^FHIR_CLIENT_ID /)]);
  });

  test.each<[Env, number]>([
    [{ FHIR_BASE_URL: 'http://fhir.example' }, 1],
    [{ FHIR_BASE_URL: 'https://fhir.example', FHIR_TOKEN_URL: 'http://fhir.example/token' }, 1],
    [{ FHIR_BASE_URL: 'https://fhir.example', FHIR_TOKEN_URL: 'https://login.example/token' }, 0],
    [{ FHIR_BASE_URL: 'http://127.0.0.1:8080/fhir', FHIR_TOKEN_URL: 'http://localhost:9/token' }, 0],
  ])('a token goes nowhere in the clear: %j', (env, count) => {
    const fault =
      'FHIR_CLIENT_ID needs FHIR_BASE_URL and FHIR_TOKEN_URL on https: a token would be sent in the clear';
    expect(faultsOf({ ...env, FHIR_CLIENT_ID: 'us' })).toEqual(Array(count).fill(fault));
  });
});

describe('the host names it answers to', () => {
  const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

  test.each<[Env, string[]]>([
    [{}, []],
    [{ HOST: 'localhost' }, []],
    [{ HOST: '::1' }, []],
    [{ HOST: '127.0.0.2' }, ['127.0.0.2']],
    [{ PUBLIC_URL: 'https://Screening.example.org:8443/axspa' }, ['screening.example.org']],
    [{ HOST: '127.0.0.2', PUBLIC_URL: 'http://[::1]:3000' }, ['127.0.0.2']],
    [{ ALLOW_UNAUTHENTICATED: 'true' }, []],
  ])('%j on loopback: its names and %j', (env, more) => {
    expect([...new Set(configOf(env).hosts)].sort()).toEqual([...LOOPBACK, ...more].sort());
  });

  test('outside loopback: any', () => {
    for (const HOST of ['0.0.0.0', '::', '10.0.0.1', 'example.org']) {
      expect([HOST, configOf({ HOST, ALLOW_UNAUTHENTICATED: 'true' }).hosts]).toEqual([HOST, null]);
    }
  });
});

describe('two ends of one wire', () => {
  test.each<Env>([
    { PORT: '3001' },
    { EMBEDDED_FHIR_PORT: '3000' },
    { PORT: '4000', EMBEDDED_FHIR_PORT: '4000' },
  ])('%j: the service and the embedded server cannot share a port', (env) => {
    expect(faultsOf(env)).toEqual([expect.stringMatching(/^PORT and EMBEDDED_FHIR_PORT /)]);
  });

  // Our own store starts beside another FHIR server as well.
  test('a port that was chosen for it is a fault there too; another is taken where none was', () => {
    const FHIR_BASE_URL = 'http://hapi/fhir';
    for (const PORT of ['3000', '3001', '4000']) {
      expect(faultsOf({ PORT, EMBEDDED_FHIR_PORT: PORT, FHIR_BASE_URL })).toEqual([
        expect.stringMatching(/^PORT and EMBEDDED_FHIR_PORT /),
      ]);
      expect([PORT, ...configOf({ PORT, FHIR_BASE_URL }).embeddedFhirPorts]).toEqual([PORT, 3001, 0]);
    }
  });

  test.each<Env>([
    { FHIR_BASE_URL: 'http://127.0.0.1:3000/fhir' },
    { FHIR_BASE_URL: 'http://127.0.0.1:3000/fhir/' },
    { FHIR_BASE_URL: 'https://example.org/axspa/fhir', PUBLIC_URL: 'https://EXAMPLE.org/axspa/' },
  ])('%j: the service is not its own FHIR server', (env) => {
    expect(faultsOf(env)).toEqual([expect.stringMatching(/^FHIR_BASE_URL is this service itself/)]);
  });
});

describe('WRITE_PROFILE', () => {
  const FHIR_BASE_URL = 'http://hapi/fhir';

  test.each<[string, Partial<WriteProfile>]>([
    [' document-only ', NAMED_PROFILES['document-only'] ?? {}],
    ['{}', {}],
    [
      '{"observationCategories":["vital-signs"],"document":null,"identity":"search"}',
      { observationCategories: ['vital-signs'], document: null, identity: 'search' },
    ],
    [
      '{"transaction":false,"task":true,"document":"text/html","observationCategories":null}',
      { transaction: false, task: true, document: 'text/html', observationCategories: null },
    ],
  ])('%j corrects what the FHIR server says', (text, expected) => {
    expect(configOf({ WRITE_PROFILE: text, FHIR_BASE_URL }).writeProfile).toEqual(expected);
  });

  test('is about a server that is named: the embedded one takes everything', () => {
    expect(faultsOf({ WRITE_PROFILE: 'document-only' })).toEqual([
      expect.stringMatching(/^WRITE_PROFILE .*FHIR_BASE_URL/),
    ]);
    expect(faultsOf({ WRITE_PROFILE: 'document-only', FHIR_BASE_URL })).toEqual([]);
  });
});

test('SEED_DEMO=true seeds the embedded server only', () => {
  expect(faultsOf({ SEED_DEMO: 'true', FHIR_BASE_URL: 'http://hapi/fhir' })).toEqual([
    expect.stringMatching(/^SEED_DEMO /),
  ]);
});

describe('.env.example', () => {
  const lines = text('.env.example').split('\n');
  const entries = lines.flatMap((line) => {
    const [, name, value] = /^#?\s*([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });

  test('names exactly the variables that the program reads', () => {
    const served = [...new Set(recordReads({}))].filter((name) => !isRefused(name));
    expect(entries.map(([name]) => name).sort()).toEqual(served.sort());
  });

  test('its values are the defaults', () => {
    expect(configOf(Object.fromEntries(entries))).toEqual(configOf({}));
  });
});

test('process.env is read where a program starts, and nowhere else', () => {
  const files = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => /\.(ts|js|mjs)$/.test(file) && !file.startsWith('ui/'));
  const readers = sources.filter((file) =>
    /process\s*(\.|\?\.|\[)\s*['"]?env|import\.meta\.env/.test(text(`src/${file}`)),
  );
  expect(sources.length).toBeGreaterThan(20);
  expect(readers.sort()).toEqual(['cli/command.ts', 'main.ts']);
});

function isRefused(name: string): boolean {
  return faultsOf({ [name]: 'x' }).includes(`${name} is not supported by this version`);
}

/** Every variable that loadConfig asks for. */
function recordReads(env: Env): string[] {
  const names: string[] = [];
  loadConfig(
    new Proxy(env, {
      get: (target, name) => {
        names.push(String(name));
        return Reflect.get(target, name);
      },
    }),
  );
  return names;
}
