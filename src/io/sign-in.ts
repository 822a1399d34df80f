import { join } from 'node:path';
import type { EhrSignIn } from '../operations/smart-port.js';
import { createEhrClient } from './ehr-client.js';
import type { Keys } from './keys.js';
import { createLaunches } from './launches.js';
import { openSessions } from './open-sessions.js';
import { createSafeFetch } from './safe-fetch.js';
import { createSeal, loadSealKey } from './seal.js';
import { SessionRows } from './session-rows.js';
import { createSessionTokens } from './session-tokens.js';
import { createSessions } from './sessions.js';
import type { KnownEhr } from './token-request.js';

export interface SignInOptions {
  readonly dataDir: string;
  readonly smartIssuers: readonly KnownEhr[];
  readonly frameAncestors: readonly string[];
  /** Of the FHIR server that is written to. */
  readonly fhirBaseUrl: string | null;
  readonly fhirTimeoutMs: number;
  /** Who the service itself is towards it; null where it shows no token of its own. */
  readonly fhirClient: object | null;
  readonly keys: Keys;
  readonly now: () => Date;
  readonly warn: (message: string) => void;
}

/** Sessions, and what signing in takes. Throws where DATA_DIR cannot be written. */
export function createSignIn(options: SignInOptions): EhrSignIn & { close(): void } {
  const { dataDir, smartIssuers: ehrs, keys, now, fhirTimeoutMs: timeoutMs } = options;
  const database = openSessions(dataDir);
  const seal = createSeal(loadSealKey(join(dataDir, 'keys')));
  const rows = new SessionRows(database, seal);
  const isses = ehrs.map(({ iss }) => iss);
  const fetch = createSafeFetch({ configured: isses, timeoutMs });
  const ehrClient = createEhrClient(ehrs, { fetch, keys, now });
  const tokens = createSessionTokens({ rows, renew: ehrClient.renew, now });
  const cookie = { isFramed: options.frameAncestors.length > 0 };
  const ownIss = ownIssOf(options);
  return {
    ehrs,
    ehrClient,
    launches: createLaunches({ database, seal, cookie, now }),
    sessions: createSessions({ rows, seal, tokens, revoke: ehrClient.revoke, isses, ownIss, cookie, now }),
    ownIss,
    close: () => database.close(),
  };
}

/** The EHR whose FHIR server ours is. People of another are written for with the service's own credentials. */
function ownIssOf({ smartIssuers, fhirBaseUrl, fhirClient, warn }: SignInOptions): string | null {
  const ownIss = fhirBaseUrl?.replace(/(?<!\/)\/+$/, '') ?? null;
  if (smartIssuers.some(({ iss }) => iss !== ownIss)) {
    warn(
      'An EHR of SMART_ISSUERS is not FHIR_BASE_URL: what its people write goes with the credentials of this service. ' +
        'It must be the same FHIR server under another name, or patients would be mixed up',
    );
  }
  if (fhirClient === null && smartIssuers.some(({ iss }) => iss === ownIss)) {
    warn(
      'FHIR_BASE_URL is an EHR that people sign in at, and FHIR_CLIENT_ID is not set: whoever comes by an invitation, ' +
        'and what is sent later or after a sign-in has run out, comes there without a token',
    );
  }
  return ownIss;
}
