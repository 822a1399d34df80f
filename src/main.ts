import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createApp } from './app.js';
import { BadConfig } from './bad-config.js';
import { type Config, canBeTold, doubtsAbout, guards, loadConfig } from './config.js';
import { type Content, readContent } from './fhir/content.js';
import { canonicalJson, sha256 } from './fhir/identity.js';
import type { Software } from './fhir/observation-parts.js';
import { createQuestionnaireReader, createShapeReader } from './fhir/shape.js';
import { greeting } from './greeting.js';
import { SUBSCRIPTION_HOOK } from './http/subscription-hook.js';
import { createAudit } from './io/audit.js';
import { toAuditTarget } from './io/audit-shipper.js';
import { toReadToken } from './io/bearer-tokens.js';
import { type Closer, closeAll, closeOnSignal } from './io/closers.js';
import type { Database } from './io/database.js';
import { seedDemo } from './io/demo.js';
import { createDispatch } from './io/dispatch.js';
import { createIntake, type IntakeOptions } from './io/intake.js';
import type { Keys } from './io/keys.js';
import { closeServer, createHttpServer, listen, serverLimits } from './io/listen.js';
import { openOutbox } from './io/open-outbox.js';
import { loadResources } from './io/resources.js';
import { createLogger, type Logger } from './logger.js';
import { adoptResponse } from './operations/adopt-response.js';
import { amendResponse } from './operations/amend-response.js';
import { whileInvited } from './operations/open-invitation.js';
import { pageSettings } from './operations/page-settings.js';
import type { Ports } from './operations/ports.js';
import { scoredCanonicals } from './operations/standing-response.js';
import { submitResponse } from './operations/submit-response.js';
import { createRuleSet, type RuleSet } from './scoring/rule-set.js';
import { type Servers, startKeys, startServers, startSignIn } from './start-servers.js';

/** Start here: configuration, adapters, app, listen; on SIGTERM the same in reverse. */
const SOFTWARE_VERSION = '1.0.0';
const RESOURCES = join(import.meta.dirname, '..', 'resources');
const PAGES = join(import.meta.dirname, 'ui');

async function main(): Promise<void> {
  // What is kept is for this user's eyes alone.
  process.umask(0o077);
  const loaded = loadConfig(process.env);
  if ('faults' in loaded) {
    process.stderr.write(`The configuration is wrong:\n- ${loaded.faults.join('\n- ')}\n`);
    process.exitCode = 2;
    return;
  }
  const { config } = loaded;
  const closers: Closer[] = [];
  closeOnSignal(closers, fail);
  try {
    await start(config, closers);
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function start(config: Config, closers: Closer[]): Promise<void> {
  const logger = createLogger(config.logLevel);
  for (const doubt of doubtsAbout(config)) logger.warn(doubt);
  const rules = createRuleSet(config.nightPainVariant);
  const content = await loadContent(rules);
  const now = () => new Date();
  const software = { version: SOFTWARE_VERSION, ruleSetVersion: rules.version };
  const database = startOutbox(config, closers);
  const keys = await startKeys(config, now);
  const { server: fhirServer, store } = await startServers(config, { keys, logger, closers, now });
  const parts: Parts = { config, database, server: fhirServer, store, keys, logger, closers };
  const audit = startAudit(parts, software);
  const dispatch = startDispatch(parts, now);
  const intake = startIntake(parts, {
    content,
    audit,
    adopt: (id, before) => adoptResponse(id, before, ports),
  });
  const ports: Ports = {
    publicUrl: config.publicUrl,
    content,
    rules,
    showLikelihood: config.showLikelihood,
    ruleSetHash: `sha256:${sha256(canonicalJson(rules))}`,
    software,
    readShape: createShapeReader(),
    readQuestionnaireShape: createQuestionnaireReader(),
    fhirServer,
    // Outbox and delivery, the records, invitations.
    ...dispatch,
    audit,
    intake,
    now,
  };
  const isGuarded = guards(config);
  const demoClinician = await startDemo(parts, ports);
  const settings = pageSettings(ports, { ...config, isGuarded, demoClinician });
  const ehrSignIn = startSignIn(config, { keys, logger, closers, now });
  const sessions = whileInvited(ehrSignIn.sessions, ports.invitations);
  const pages = { ...config, folder: PAGES, settings, sessions };
  const signIn = { readToken: toReadToken(config, now), sessions, isRequired: isGuarded };
  const { publicSet } = keys;
  const app = createApp(ports, { ...config, logger, pages, signIn, ehrSignIn, publicSet });
  const server = createHttpServer(app, serverLimits(config));
  await listen(server, config);
  closers.push(() => closeServer(server));
  dispatch.start();
  intake?.start();
  logger.info(`axspa-screening ${SOFTWARE_VERSION} is ready`, { url: config.publicUrl });
  process.stdout.write(greeting(config, fhirServer.baseUrl));
}

/** What audit and dispatch are made of. */
interface Parts extends Servers {
  readonly config: Config;
  readonly database: Database;
  readonly keys: Keys;
  readonly logger: Logger;
  readonly closers: Closer[];
}

/** Whom the pages may act as; null without a demo. Cut short, it ends before the servers do. */
async function startDemo({ config, database, logger: log, closers }: Parts, ports: Ports) {
  if (!config.seedDemo) return null;
  const demo = seedDemo(ports, { database, submit: submitResponse, amend: amendResponse, log });
  closers.push(async () => void (await demo.catch(() => null)));
  return demo;
}

function startAudit({ config, database, server, store, logger, closers }: Parts, software: Software) {
  const target = toAuditTarget(config, server, store);
  const audit = createAudit({ target, database, dataDir: config.dataDir, software, log: logger });
  closers.push(() => audit.close());
  return audit;
}

/** The relay itself starts when the service listens. */
function startDispatch({ config, database, server, store, logger, closers }: Parts, now: () => Date) {
  const { alertUrl, alertSecret, retainDeliveredDays, writeProfile: override } = config;
  const dispatch = createDispatch({
    database,
    server,
    store,
    override,
    alertUrl,
    alertSecret,
    retainDeliveredDays,
    now,
    random: Math.random,
    warn: (message, fields) => logger.warn(message, fields),
  });
  closers.push(() => dispatch.stop());
  return dispatch;
}

/** What others store on the FHIR server is looked for when there is a secret for its notifications; null without. */
function startIntake(
  { config, database, server, logger, closers }: Parts,
  { content, audit, adopt }: Pick<IntakeOptions, 'adopt'> & Pick<Ports, 'content' | 'audit'>,
) {
  const { subscriptionSecret: secret, publicUrl } = config;
  if (secret === null) return null;
  const intake = createIntake({
    server,
    database,
    secret,
    endpoint: canBeTold(config) ? `${publicUrl}${SUBSCRIPTION_HOOK}` : null,
    questionnaires: scoredCanonicals(content),
    adopt,
    audit,
    now: () => new Date(),
    random: Math.random,
    log: (level, message, fields) => logger[level](message, fields),
  });
  closers.push(() => intake.stop());
  return intake;
}

async function loadContent(rules: RuleSet): Promise<Content> {
  const read = readContent(await loadResources(RESOURCES), rules);
  if ('content' in read) return read.content;
  throw new Error(`The content in resources/ is inconsistent:\n- ${read.faults.join('\n- ')}`);
}

/** Everything that is accepted stands in `outbox.db` first. */
function startOutbox({ dataDir }: Config, closers: Closer[]): Database {
  try {
    mkdirSync(dataDir, { recursive: true });
    const database = openOutbox(dataDir);
    closers.push(async () => database.close());
    return database;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new BadConfig(`DATA_DIR cannot be written: what is accepted could not be kept${code}`);
  }
}

function fail(error: unknown, exitCode: number): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(exitCode);
}

main().catch((error: unknown) => fail(error, error instanceof BadConfig ? 2 : 1));
