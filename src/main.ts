import { existsSync, mkdirSync } from 'node:fs';
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
import type { Ports } from './operations/ports.js';
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
  const logger = createLogger(config.logLevel);
  const rules = createRuleSet(config.nightPainVariant);
  const content = await loadContent(rules);
  const fhir = await startFhirServer(config);
  const ports: Ports = {
    publicUrl: config.publicUrl,
    content,
    rules,
    showLikelihood: config.showLikelihood,
    ruleSetHash: `sha256:${sha256(canonicalJson(rules))}`,
    software: { version: SOFTWARE_VERSION, ruleSetVersion: rules.version },
    readShape: createShapeReader(),
    readQuestionnaireShape: createQuestionnaireReader(),
    fhirServer: fhir.server,
    delivery: createDelivery(fhir.server),
    now: () => new Date(),
  };
  const server = createServer(createApp(ports, { bodyLimit: config.bodyLimit, logger }));
  try {
    await listen(server, config);
  } catch (error) {
    await fhir.close();
    throw error;
  }
  onSignal(async () => {
    await closeServer(server);
    await fhir.close();
  });
  logger.info(`axspa-screening ${SOFTWARE_VERSION} is ready`, { url: config.publicUrl });
  process.stdout.write(greeting(config, fhir.server.baseUrl));
}

async function loadContent(rules: RuleSet): Promise<Content> {
  const read = readContent(await loadResources(RESOURCES), rules);
  if ('content' in read) return read.content;
  throw new Error(`The content in resources/ is inconsistent:\n- ${read.faults.join('\n- ')}`);
}

/** The FHIR server to write to: the one named, or the embedded one, started and seeded. */
async function startFhirServer({
  fhirBaseUrl,
  dataDir,
  embeddedFhirPort,
  fhirTimeoutMs,
  seedDemo: seeds,
}: Config) {
  if (fhirBaseUrl !== null) {
    const server = createFhirServer({ baseUrl: fhirBaseUrl, timeoutMs: fhirTimeoutMs });
    return { server, close: async () => undefined };
  }
  mkdirSync(dataDir, { recursive: true });
  const isNew = !existsSync(join(dataDir, 'fhir.db'));
  const embedded = await createEmbeddedServer({ dataDir, port: embeddedFhirPort, now: () => new Date() });
  const server = createFhirServer({ baseUrl: embedded.url, timeoutMs: fhirTimeoutMs });
  if (seeds && isNew) await seedDemo(server);
  return { server, close: () => embedded.close() };
}

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

function onSignal(close: () => Promise<void>): void {
  let closing = false;
  const stop = () => {
    if (closing) return;
    closing = true;
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
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

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
