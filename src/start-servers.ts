import { join } from 'node:path';
import { BadConfig } from './bad-config.js';
import type { Config } from './config.js';
import { createEmbeddedServer } from './embedded/embedded-server.js';
import { memberOf } from './fhir/member.js';
import { Problem } from './fhir/outcome.js';
import { createBackendServices } from './io/backend-services.js';
import type { Closer } from './io/closers.js';
import { createFhirServer } from './io/fhir-server.js';
import { BadKeyFile, createKeys, type Keys, NO_KEYS } from './io/keys.js';
import { createSafeFetch } from './io/safe-fetch.js';
import { createSignIn } from './io/sign-in.js';
import type { Logger } from './logger.js';
import type { Credentials } from './operations/credentials.js';
import type { FhirServer } from './operations/ports.js';
import type { EhrSignIn } from './operations/smart-port.js';

/** What authorization servers know us by; none where there is nobody to sign for. Throws `BadConfig`. */
export async function startKeys(config: Config, now: () => Date): Promise<Keys> {
  const { dataDir, fhirClient, smartIssuers } = config;
  if (!fhirClient && smartIssuers.every(({ auth }) => auth !== 'private_key_jwt')) return NO_KEYS;
  const file = fhirClient?.privateJwkFile ?? null;
  try {
    return await createKeys({ file, folder: join(dataDir, 'keys'), now });
  } catch (error) {
    if (!(error instanceof BadKeyFile)) throw error;
    const name = file === null ? 'DATA_DIR' : 'FHIR_PRIVATE_JWK_FILE';
    throw new BadConfig(`The configuration is wrong:\n- ${name}: ${error.message}`);
  }
}

/** What the servers are made with. */
export interface ServerParts {
  readonly keys: Keys;
  readonly logger: Logger;
  readonly closers: Closer[];
  readonly now: () => Date;
}

export interface Servers {
  readonly server: FhirServer;
  /** Our own beside a FHIR server of somebody else; null when the embedded one is the FHIR server. */
  readonly store: FhirServer | null;
}

/** The FHIR server to write to: the one named, or the embedded one, started. */
export async function startServers(config: Config, parts: ServerParts): Promise<Servers> {
  const { fhirBaseUrl, fhirTimeoutMs: timeoutMs, auditTo, writeProfile } = config;
  const { closers } = parts;
  if (fhirBaseUrl === null) {
    const url = await startEmbedded(config, closers, 'enforced');
    return { server: createFhirServer({ baseUrl: url, timeoutMs }), store: null };
  }
  const credentials = toCredentials(config, fhirBaseUrl, parts);
  const server = createFhirServer({ baseUrl: fhirBaseUrl, timeoutMs, credentials });
  if (writeProfile.name === 'full' && auditTo !== 'store') return { server, store: null };
  const url = await startEmbedded(config, closers, 'open');
  return { server, store: createFhirServer({ baseUrl: url, timeoutMs }) };
}

/** Who we are there; null where the server asks for no token. */
function toCredentials(
  { fhirClient: client, fhirTimeoutMs: timeoutMs }: Config,
  baseUrl: string,
  { keys, now, logger }: ServerParts,
): Credentials | null {
  if (!client) return null;
  const configured = [baseUrl, ...(client.tokenUrl === null ? [] : [client.tokenUrl])];
  const fetch = createSafeFetch({ configured, timeoutMs });
  const warn = (message: string, fields: { readonly code: string }) => logger.warn(message, fields);
  return createBackendServices({ client, baseUrl, keys, fetch, now, random: Math.random, warn });
}

/** Sessions, also where there is no EHR: an invitation begins one. Throws `BadConfig`. */
export function startSignIn(config: Config, { keys, now, logger, closers }: ServerParts): EhrSignIn {
  const warn = (message: string) => logger.warn(message);
  try {
    const signIn = createSignIn({ ...config, keys, now, warn });
    closers.push(async () => signIn.close());
    return signIn;
  } catch (error) {
    const why =
      error instanceof Problem ? 'sessions.db cannot be opened' : String(memberOf(error, 'message'));
    throw new BadConfig(
      `DATA_DIR: nobody could sign in, because ${why}. Nothing but sign-ins is lost by moving sessions.db and ` +
        'keys/session.key away: they are made anew.',
    );
  }
}

/** `open`: the patients that it refers to are on the other server. */
async function startEmbedded(
  { dataDir, port, embeddedFhirPorts }: Config,
  closers: Closer[],
  references: 'enforced' | 'open',
): Promise<string> {
  const [first = 0, ...others] = embeddedFhirPorts.filter((one) => one !== port);
  const startOn = (one: number) =>
    createEmbeddedServer({ dataDir, port: one, references, now: () => new Date() });
  const embedded = await startOn(first).catch((error: unknown) => {
    const [other] = others;
    if (error instanceof Problem) throw new BadConfig('DATA_DIR cannot be written: fhir.db cannot be opened');
    if (other === undefined) throw error;
    return startOn(other);
  });
  closers.push(() => embedded.close());
  return embedded.url;
}
