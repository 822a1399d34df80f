/** The service in this process on a free port, wired by hand from the real parts; nock plays the FHIR server. */
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createApp } from '../../src/app.js';
import { readContent } from '../../src/fhir/content.js';
import { canonicalJson, sha256 } from '../../src/fhir/identity.js';
import { createQuestionnaireReader, createShapeReader } from '../../src/fhir/shape.js';
import { FULL } from '../../src/fhir/write-profile.js';
import type { SignIn } from '../../src/http/guard.js';
import type { PageOptions } from '../../src/http/pages.js';
import { Database, migrate } from '../../src/io/database.js';
import { createDispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { createHttpServer, type ServerLimits, serverLimits } from '../../src/io/listen.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { loadResources } from '../../src/io/resources.js';
import type { LogFields, Logger } from '../../src/logger.js';
import type { Ports } from '../../src/operations/ports.js';
import type { EhrSignIn } from '../../src/operations/smart-port.js';
import { createRuleSet } from '../../src/scoring/rule-set.js';
import { FHIR_BASE } from './http-fhir.js';
import { keepLine } from './service-log.js';

/** What callers see in links; the service listens elsewhere. */
export const PUBLIC_URL = 'https://screening.example.org/axspa';
/** The clock of every app. */
export const NOW = '2026-05-04T08:00:00.000Z';
export const BODY_LIMIT = 1024 * 1024;

const RESOURCES = fileURLToPath(new URL('../../resources', import.meta.url));

export type Line = LogFields & { level: 'info' | 'warn' | 'error'; message: string };
export type App = {
  /** FHIR base of the facade as the test reaches it. */
  fhir: string;
  root: string;
  port: number;
  /** What was logged so far. */
  lines: Line[];
  /** How many are connected. */
  connections: () => Promise<number>;
  close: () => Promise<void>;
};
export type Setting = {
  fhirBaseUrl?: string;
  timeoutMs?: number;
  ports?: Partial<Ports>;
  logger?: Logger;
  rateLimit?: number;
  limits?: ServerLimits;
  hosts?: string[];
  corsOrigins?: string[];
  pages?: PageOptions;
  signIn?: SignIn;
  ehrSignIn?: EhrSignIn;
};

/** A new outbox each time; what only costs time to make, once. */
export async function createPorts({
  fhirBaseUrl = FHIR_BASE,
  timeoutMs = 5000,
  ports = {},
}: Setting = {}): Promise<Ports> {
  fixed ??= makeFixed();
  const { fhirServer = createFhirServer({ baseUrl: fhirBaseUrl, timeoutMs }) } = ports;
  return {
    ...(await fixed),
    publicUrl: PUBLIC_URL,
    showLikelihood: false,
    fhirServer,
    ...createOutbox(fhirServer),
    audit: { record: () => undefined },
    intake: null,
    now: () => new Date(NOW),
    ...ports,
  };
}

let fixed: ReturnType<typeof makeFixed> | undefined;

async function makeFixed() {
  const rules = createRuleSet('strict');
  const read = readContent(await loadResources(RESOURCES), rules);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  return {
    content: read.content,
    rules,
    ruleSetHash: `sha256:${sha256(canonicalJson(rules))}`,
    software: { version: '1.0.0', ruleSetVersion: rules.version },
    readShape: createShapeReader(),
    readQuestionnaireShape: createQuestionnaireReader(),
  };
}

/** The real outbox, in memory, for a server that takes everything; its relay rests, so only first attempts are made. */
function createOutbox(
  server: Ports['fhirServer'],
): Pick<Ports, 'records' | 'outbox' | 'delivery' | 'invitations'> {
  const database = new Database(':memory:');
  migrate(database, ':memory:', OUTBOX_STEPS);
  return createDispatch({
    database,
    server,
    store: null,
    override: FULL,
    alertUrl: null,
    alertSecret: null,
    retainDeliveredDays: 30,
    now: () => new Date(NOW),
    random: () => 0.5,
    warn: () => undefined,
  });
}

/** `ports` of the setting replace parts of the real ones; the outbox delivers to its `fhirServer`. */
export async function startApp(setting: Setting = {}): Promise<App> {
  const ports = await createPorts(setting);
  const lines: Line[] = [];
  const logger = setting.logger ?? recorder(lines);
  const server = createHttpServer(
    createApp(ports, {
      hosts: setting.hosts ?? null,
      bodyLimit: BODY_LIMIT,
      rateLimit: setting.rateLimit ?? null,
      logger,
      corsOrigins: setting.corsOrigins ?? [],
      pages: setting.pages ?? null,
      signIn: setting.signIn ?? null,
      ehrSignIn: setting.ehrSignIn ?? null,
    }),
    setting.limits ?? serverLimits({ fhirTimeoutMs: 5000 }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the app has no port');
  const root = `http://127.0.0.1:${address.port}`;
  return {
    fhir: `${root}/fhir`,
    root,
    port: address.port,
    lines,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function recorder(lines: Line[]): Logger {
  const at = (level: Line['level']) => (message: string, fields?: LogFields) => {
    keepLine({ level, message, ...fields });
    lines.push({ level, message, ...fields });
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** A link that the facade gave, as this test reaches it. */
export const reach = ({ root }: App, link: string) => {
  if (!link.startsWith(`${PUBLIC_URL}/`)) throw new Error(`not a link of the facade: ${link}`);
  return root + link.slice(PUBLIC_URL.length);
};

export type Raw = { status: number; head: string; body: string };

/** One exchange byte by byte: nothing tidies the path, the headers or the body on their way. Without a Host line, ours. */
export function raw({ port }: Pick<App, 'port'>, lines: string[], body: string | Buffer = ''): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => {
      const host = lines.some((line) => /^Host:/i.test(line)) ? [] : [`Host: 127.0.0.1:${port}`];
      socket.write(`${[...lines, ...host, 'Connection: close', '', ''].join('\r\n')}`);
      socket.write(body);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('end', () => {
      const [head = '', ...rest] = Buffer.concat(chunks).toString().split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), head, body: rest.join('\r\n\r\n') });
    });
  });
}
