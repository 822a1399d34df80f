/** docker-compose.yml: what can be said of it without a Docker engine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { DCLinter } from 'dclint';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config.js';
import { COMPOSE_FILE, interpolate, readCompose, readComposeText, SECRETS, serviceOf } from './compose.js';
import { lastStep, ROOT, readDockerfile, toPairs, toStages } from './dockerfile.js';

const compose = readCompose(SECRETS);
const services = Object.entries(compose.services);
const own = serviceOf(compose, 'axspa-screening');
const runtime = toStages(readDockerfile()).at(-1)!;

/** Matters of taste: ours is the order from what a service is to whom it needs, and the formatter's quotes. */
const TASTE = ['service-keys-order', 'top-level-properties-order', 'services-alphabetical-order'];
const linter = new DCLinter({
  rules: {
    ...Object.fromEntries(TASTE.map((rule) => [rule, 0])),
    'require-quotes-in-ports': [1, { quoteType: 'double' }],
  },
  quiet: false,
  debug: false,
  exclude: [],
});
const lint = (path: string): { rule: string }[] => linter.lintFiles([path], false)[0].messages;

describe('the file', () => {
  test('is what the Compose specification allows, and the linter has nothing to say', () => {
    expect(lint(fileURLToPath(COMPOSE_FILE))).toEqual([]);
  });

  test.each([
    ['a key that Compose does not know', /read_only: true/, 'readonly: true', 'invalid-schema'],
    ['a value of the wrong type', /retries: 5/, 'retries: [5]', 'invalid-schema'],
    ['a port for the whole network', /"127\.0\.0\.1:8080/, '"8080', 'no-unbound-port-interfaces'],
    ['an image of any version', /hapi:v8[^\n]*/, 'hapi:latest', 'service-image-require-explicit-tag'],
  ])('%s would be found', (_, from, to, rule) => {
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    const path = join(folder, 'docker-compose.yml');
    writeFileSync(path, readComposeText().replace(from, to));
    expect(lint(path).map((message) => message.rule)).toContain(rule);
    rmSync(folder, { recursive: true });
  });

  test.each(Object.keys(SECRETS))('does not start without %s, and has none of its own', (name) => {
    expect(() => readCompose({ ...SECRETS, [name]: '' })).toThrow(name);
    const values = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    const secret = values.filter(([variable]) => /PASSWORD|SECRET|TOKEN|KEY/.test(variable));
    expect(
      secret.map(([, value]) => value).filter((value) => !Object.values(SECRETS).includes(value)),
    ).toEqual([]);
  });

  test('has the places that it names, and no others', () => {
    const named = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
    const joined = services.flatMap(([, { networks = [] }]) => networks);
    expect([...new Set(joined)].sort()).toEqual(Object.keys(compose.networks).sort());
    const read = services.flatMap(([, { configs = [] }]) => configs.map(({ source }) => source));
    expect(read).toEqual(Object.keys(compose.configs));
    for (const { file } of Object.values(compose.configs)) readFileSync(new URL(file, ROOT));
    const needed = services.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on));
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(needed));
  });
});

describe.each(services)('%s', (name, service) => {
  test('is an image of one version', () => {
    expect(service.image).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9]+)?$/);
  });

  test('has no rights that it does not need, and cannot write to its own image', () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], restart: 'unless-stopped' });
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect([service.cap_add, service.privileged]).toEqual([undefined, undefined]);
    expect(service.tmpfs).toContain('/tmp');
  });

  test('is open to this machine alone', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('says whether it is healthy', () => {
    const asked = service.healthcheck?.test ?? (service.build ? lastStep(runtime, 'HEALTHCHECK')?.words : []);
    expect(asked?.length).toBeGreaterThan(1);
    expect(name === 'axspa-screening' || service.healthcheck?.test[0] === 'CMD').toBe(true);
  });
});

describe('the service', () => {
  const image = Object.fromEntries(
    runtime.steps.filter(({ keyword }) => keyword === 'ENV').flatMap((step) => toPairs(step)),
  );

  test('starts with these variables, each of which it knows', () => {
    const known = [...readFileSync(new URL('.env.example', ROOT), 'utf8').matchAll(/^([A-Z_]+)=/gm)];
    const names = Object.keys(own.environment ?? {});
    expect(names.filter((name) => !known.some(([, one]) => one === name))).toEqual([]);
    const loaded = loadConfig({ ...image, ...own.environment });
    expect('faults' in loaded ? loaded.faults : []).toEqual([]);
  });

  test('keeps what it is given on a volume of its own user', () => {
    const kept = (own.volumes ?? []).map((volume) => volume.split(':')[1]);
    expect(kept).toContain(own.environment?.DATA_DIR);
    const declared = runtime.steps
      .filter(({ keyword }) => keyword === 'VOLUME')
      .flatMap(({ words }) => words);
    expect(declared.sort()).toEqual(kept.sort());
    expect(own.user).toBe(lastStep(runtime, 'USER')?.words[0]);
  });

  test('listens where its port leads', () => {
    const inside = (own.ports ?? []).map((port) => port.split(':').at(-1));
    expect(inside).toEqual(lastStep(runtime, 'EXPOSE')?.words);
    const loaded = loadConfig({ ...image, ...own.environment });
    expect('config' in loaded && String(loaded.config.port)).toBe(inside[0]);
  });

  test('writes to HAPI, on a network that both are on', () => {
    const { hostname, port, pathname } = new URL(own.environment?.FHIR_BASE_URL ?? '');
    const hapi = serviceOf(compose, hostname);
    expect([port, pathname]).toEqual(['8080', '/fhir']);
    expect(own.networks?.some((network) => hapi.networks?.includes(network))).toBe(true);
  });
});

describe('HAPI', () => {
  const hapi = serviceOf(compose, 'hapi');
  const path = compose.configs[hapi.configs?.[0]?.source ?? '']?.file ?? '';
  const text = readFileSync(new URL(path, ROOT), 'utf8');
  const { spring, hapi: settings } = parse(interpolate(text, hapi.environment ?? {}));

  test('finds the database that the other service is, with its password', () => {
    const { hostname, pathname } = new URL(spring.datasource.url.replace('jdbc:', ''));
    const { environment = {}, networks = [], ports } = serviceOf(compose, hostname);
    expect([pathname, spring.datasource.username, spring.datasource.password]).toEqual([
      `/${environment.POSTGRES_DB}`,
      environment.POSTGRES_USER,
      environment.POSTGRES_PASSWORD,
    ]);
    expect(hapi.networks).toEqual(expect.arrayContaining([...networks]));
    expect([ports, networks.every((name) => compose.networks[name]?.internal)]).toEqual([undefined, true]);
    expect(hapi.depends_on).toEqual({ [hostname]: { condition: 'service_healthy' } });
  });

  test('behaves as the one that the tests start', () => {
    expect(settings.fhir).toMatchObject({
      fhir_version: 'R4',
      enforce_referential_integrity_on_write: true,
      client_id_strategy: 'ALPHANUMERIC',
      subscription: { resthook_enabled: true },
      validation: { requests_enabled: false },
    });
    const { version } = /<hapi\.version>(?<version>[\d.]+)</.exec(pom())?.groups ?? {};
    expect(hapi.image).toBe(`hapiproject/hapi:v${version}-1`);
  });
});

function pom(): string {
  return readFileSync(new URL('test/server/hapi/pom.xml', ROOT), 'utf8');
}
