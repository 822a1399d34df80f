import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { createApp } from './app.js';
import { type Config, loadConfig } from './config.js';
import { createEmbeddedServer } from './embedded/embedded-server.js';
import { type Content, readContent } from './fhir/content.js';
import { canonicalJson, sha256 } from './fhir/identity.js';
import { createQuestionnaireReader, createShapeReader } from './fhir/shape.js';
import { createDelivery } from './io/delivery.js';
import { seedDemo } from './io/demo.js';
import { createFhirServer } from './io/fhir-server.js';
import { loadResources } from './io/resources.js';
import { createLogger } from './logger.js';
import type { FhirServer, Ports } from './operations/ports.js';
import { createRuleSet, type RuleSet } from './scoring/rule-set.js';

/** Start here: configuration, adapters, app, listen; on SIGTERM the same in reverse. */
const SOFTWARE_VERSION = '1.0.0';
const RESOURCES = join(import.meta.dirname, '..', 'resources');

/** Requests under way get this long after SIGTERM before their connections are cut. */
const CLOSE_GRACE_MS = 5000;

async function main(): Promise<void> {
  const loaded = loadConfig(process.env);
  if ('faults' in loaded) {
    process.stderr.write(`The configuration is wrong:\n- ${loaded.faults.join('\n- ')}\n`);
    process.exitCode = 2;
    return;
  }
  const { config } = loaded;
  const closers: Closer[] = [];
  closeOnSignal(closers);
  try {
    await start(config, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** What has been started, in order; it is closed in reverse. */
type Closer = () => Promise<void>;

async function start(config: Config, closers: Closer[]): Promise<void> {
  const logger = createLogger(config.logLevel);
  const rules = createRuleSet(config.nightPainVariant);
  const content = await loadContent(rules);
  const fhirServer = await startFhirServer(config, closers);
  const ports: Ports = {
    publicUrl: config.publicUrl,
    content,
    rules,
    showLikelihood: config.showLikelihood,
    ruleSetHash: `sha256:${sha256(canonicalJson(rules))}`,
    software: { version: SOFTWARE_VERSION, ruleSetVersion: rules.version },
    readShape: createShapeReader(),
    readQuestionnaireShape: createQuestionnaireReader(),
    fhirServer,
    delivery: createDelivery(fhirServer),
    now: () => new Date(),
  };
  const { bodyLimit, hosts } = config;
  const server = createServer(createApp(ports, { bodyLimit, hosts, logger }));
  await listen(server, config);
  closers.push(() => closeServer(server));
  logger.info(`axspa-screening ${SOFTWARE_VERSION} is ready`, { url: config.publicUrl });
  process.stdout.write(greeting(config, fhirServer.baseUrl));
}

async function loadContent(rules: RuleSet): Promise<Content> {
  const read = readContent(await loadResources(RESOURCES), rules);
  if ('content' in read) return read.content;
  throw new Error(`The content in resources/ is inconsistent:\n- ${read.faults.join('\n- ')}`);
}

/** The FHIR server to write to: the one named, or the embedded one, started and seeded. */
async function startFhirServer(config: Config, closers: Closer[]): Promise<FhirServer> {
  const { fhirBaseUrl, dataDir, embeddedFhirPort, fhirTimeoutMs } = config;
  if (fhirBaseUrl !== null) return createFhirServer({ baseUrl: fhirBaseUrl, timeoutMs: fhirTimeoutMs });
  makeFolder(dataDir);
  const embedded = await createEmbeddedServer({ dataDir, port: embeddedFhirPort, now: () => new Date() });
  closers.push(() => embedded.close());
  const server = createFhirServer({ baseUrl: embedded.url, timeoutMs: fhirTimeoutMs });
  if (config.seedDemo) await seedDemo(server);
  return server;
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new BadConfig(`DATA_DIR cannot be made a folder (${code})`);
  }
}

/** A configuration that only turns out to be wrong when it is used. */
class BadConfig extends Error {}

function listen(server: Server, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE';
      reject(taken ? new Error(`Port ${port} on ${host} is in use: choose another with PORT.`) : error);
    });
    server.listen(port, host, resolve);
  });
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(grace);
}

async function closeAll(closers: Closer[]): Promise<void> {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
}

/** From the first moment on: a SIGTERM while starting is an orderly end as well. */
function closeOnSignal(closers: Closer[]): void {
  let isClosing = false;
  const stop = () => {
    if (isClosing) return;
    isClosing = true;
    closeAll(closers).then(
      () => process.exit(0),
      (error: unknown) => fail(error, 1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(error: unknown, exitCode: number): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitCode);
}

function greeting({ publicUrl }: Config, fhirBaseUrl: string): string {
  return [
    '',
    `Questionnaire   ${publicUrl}/fhir/Questionnaire/axspa-back-pain-screening`,
    `Send responses  POST ${publicUrl}/fhir/QuestionnaireResponse`,
    `FHIR server     ${fhirBaseUrl}`,
    'Screening aid, not a diagnosis. README.md has a first request to try.',
    '',
    '',
  ].join('\n');
}

main().catch((error: unknown) => fail(error, error instanceof BadConfig ? 2 : 1));
