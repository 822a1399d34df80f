/**
 * One response that is created, amended and withdrawn, each time with one cut; then the client does what a client
 * does, the relay what a relay does, and what the servers hold is compared with a run without cuts.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { FhirResource, QuestionnaireResponse } from 'fhir/r4.js';
import { identify } from '../../src/fhir/identity.js';
import { Problem } from '../../src/fhir/outcome.js';
import { Database, migrate } from '../../src/io/database.js';
import { createDispatch, type Dispatch } from '../../src/io/dispatch.js';
import { createFhirServer } from '../../src/io/fhir-server.js';
import { OUTBOX_STEPS } from '../../src/io/outbox-schema.js';
import { amendResponse } from '../../src/operations/amend-response.js';
import { retryDelivery } from '../../src/operations/delivery-status.js';
import type { Ports } from '../../src/operations/ports.js';
import { submitResponse } from '../../src/operations/submit-response.js';
import { type Answers, toResponse } from './contract-responses.js';
import { describe, type Found, resourcesOf } from './crash-found.js';
import { runChild } from './crash-process.js';
import type { Phase, Site } from './crash-site.js';
import { createPorts } from './http-app.js';

export const OPERATIONS = ['create', 'amend', 'withdraw'] as const;
export type Operation = (typeof OPERATIONS)[number];

const SAFETY: Answers = {
  'red-flag-emergency': ['none'],
  'red-flag-urgent': ['none'],
  'eye-symptoms-now': 'no',
};
/** Insidious onset is withdrawn by the second, HLA-B27 appears, and chronic pain changes its value. */
const FIRST: Answers = { ...SAFETY, 'pain-duration': 'over-5-years', 'onset-speed': 'months' };
const SECOND: Answers = { ...SAFETY, 'pain-duration': 'under-3-months', 'hla-b27': 'positive' };

/** Longer than any backoff and any lease. */
const STEP_MS = 61_000;
const MOST_ROUNDS = 12;

/** One response, its patient and its outbox. */
export class Chain {
  readonly key: string;
  readonly responseId: string;
  readonly dataDir: string;
  /** Milliseconds by which its clock is ahead: waiting takes no time. */
  ahead = 0;

  readonly site: Site;
  readonly patient: string;

  private constructor(site: Site, patient: string) {
    this.site = site;
    this.patient = patient;
    this.key = `k-${patient}`;
    this.responseId = identify(this.body('create')).id;
    this.dataDir = mkdtempSync(join(site.folder, `${patient}-`));
  }

  static async begin(site: Site, patient: string): Promise<Chain> {
    const url = `${site.behind.server}/Patient/${patient}`;
    const reply = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Patient', id: patient }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!reply.ok) throw new Error(`${url} answered ${reply.status}`);
    return new Chain(site, patient);
  }

  body(operation: Operation): QuestionnaireResponse {
    const status = { create: 'completed', amend: 'amended', withdraw: 'entered-in-error' } as const;
    return toResponse(operation === 'create' ? FIRST : SECOND, this.key, {
      status: status[operation],
      subject: { reference: `Patient/${this.patient}` },
    });
  }

  /** What the client names when it changes the response. */
  change(operation: Operation): { id: string; ifMatch: string } | null {
    const version = OPERATIONS.indexOf(operation);
    return version === 0 ? null : { id: this.responseId, ifMatch: `W/"${version}"` };
  }

  async found(): Promise<{ server: FhirResource[]; store: FhirResource[] }> {
    const { server, store } = this.site.behind;
    return {
      server: await resourcesOf(server, this.patient),
      store: store === null ? [] : await resourcesOf(store, this.patient),
    };
  }

  async described(): Promise<{ server: Found; store: Found }> {
    const { server, store } = await this.found();
    return { server: describe(server, this), store: describe(store, this) };
  }
}

export interface Opened {
  readonly ports: Ports;
  readonly dispatch: Dispatch;
  /** Codes of what an operator was told. */
  readonly warnings: string[];
  close(): Promise<void>;
}

let shared: Promise<Ports> | undefined;

/** The service of a chain in this process, as it is after a start. */
export async function open(chain: Chain): Promise<Opened> {
  shared ??= createPorts();
  const { serverUrl, storeUrl } = chain.site;
  const file = join(chain.dataDir, 'outbox.db');
  const database = new Database(file);
  migrate(database, file, OUTBOX_STEPS);
  const warnings: string[] = [];
  const now = () => new Date(Date.now() + chain.ahead);
  const fhirServer = createFhirServer({ baseUrl: serverUrl, timeoutMs: 10_000 });
  const dispatch = createDispatch({
    database,
    server: fhirServer,
    store: storeUrl === null ? null : createFhirServer({ baseUrl: storeUrl, timeoutMs: 10_000 }),
    override: {},
    alertUrl: null,
    alertSecret: null,
    retainDeliveredDays: 30,
    now,
    random: () => 0.5,
    warn: (_message, { code, state }) => warnings.push(`${state}: ${code}`),
  });
  const { outbox, delivery, records } = dispatch;
  return {
    ports: { ...(await shared), fhirServer, records, outbox, delivery, now },
    dispatch,
    warnings,
    close: async () => {
      await dispatch.stop();
      database.close();
    },
  };
}

/** One request of the client. → whether it was acknowledged */
export async function ask(chain: Chain, operation: Operation, { ports }: Opened): Promise<boolean> {
  const body = chain.body(operation);
  const change = chain.change(operation);
  try {
    await (change ? amendResponse({ ...change, body }, ports) : submitResponse(body, ports));
    return true;
  } catch (error) {
    if (error instanceof Problem && error.issues[0].code === 'fhir-server-unreachable') return false;
    if (!(error instanceof Problem) || error.issues[0].code !== 'version-mismatch') throw error;
    // Accepted before, and the answer was lost: what stands there is what the client wants.
    const ifMatch = `W/"${OPERATIONS.indexOf(operation) + 1}"`;
    const { outcome } = await amendResponse({ id: chain.responseId, body, ifMatch }, ports);
    if (outcome !== 'known') throw new Error('A version was accepted that nobody asked for');
    return true;
  }
}

/** Rounds of the relay, a minute apart, until nothing is due any more. */
export async function settle(chain: Chain, { dispatch }: Opened): Promise<void> {
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
    await dispatch.round();
    const isOpen = (['queued', 'unknown'] as const).some((state) =>
      dispatch.outbox.list({ state, after: null, count: 10 }).some(({ nextAttempt }) => nextAttempt !== null),
    );
    if (!isOpen) return;
    chain.ahead += STEP_MS;
  }
}

export interface Parked {
  readonly state: string | undefined;
  /** Whether it waits for an operator. */
  readonly isParked: boolean;
  readonly beforeRetry: { server: Found; store: Found };
  readonly found: { server: Found; store: Found };
}

/** A new response on a server where nobody can look: after the cut the relay tries, then an operator by `$deliver`. */
export async function runParked(chain: Chain, cutter: Cutter): Promise<Parked & { cut: Cut }> {
  const cut = await cutter(chain, 'create');
  const opened = await open(chain);
  try {
    if (!cut.isAcknowledged && !(await ask(chain, 'create', opened))) throw new Error('It was not accepted');
    await settle(chain, opened);
    const beforeRetry = await chain.described();
    await retryDelivery(chain.responseId, undefined, opened.ports);
    await settle(chain, opened);
    const entry = opened.dispatch.outbox.entriesOf(chain.responseId)[0];
    const isParked = entry?.state === 'unknown' && entry.nextAttempt === null;
    return { cut, state: entry?.state, isParked, beforeRetry, found: await chain.described() };
  } finally {
    await opened.close();
  }
}

/** The relay first or the client first, who asks again what was not acknowledged: both happen. */
async function recover(chain: Chain, operation: Operation, cut: Cut, relayFirst: boolean): Promise<string[]> {
  const opened = await open(chain);
  try {
    if (relayFirst) await settle(chain, opened);
    if (!cut.isAcknowledged && !(await ask(chain, operation, opened))) {
      return ['not accepted though the server is there'];
    }
    await settle(chain, opened);
    const { queued, refused, unknown } = opened.dispatch.outbox.counts();
    const open_ = queued + refused + unknown;
    return open_ === 0 ? [] : [`left open: queued ${queued}, refused ${refused}, unknown ${unknown}`];
  } finally {
    await opened.close();
  }
}

/** What a cut did to an operation. */
export interface Cut {
  /** false: it has fewer steps than that. */
  readonly isCut: boolean;
  readonly isAcknowledged: boolean;
}

export type Cutter = (chain: Chain, operation: Operation) => Promise<Cut>;

/** Nobody cuts; the recovery does the operation. */
export const noCut: Cutter = async () => ({ isCut: false, isAcknowledged: false });

/** kill -9 of a real process at the n-th point of the operation. */
export function killAt(n: number, points: Record<Operation, number>, cutsCommits: boolean): Cutter {
  return async (chain, operation) => {
    if (n > points[operation]) return { isCut: false, isAcknowledged: false };
    const ended = await child(chain, operation, { cutAt: n, cutsCommits });
    return { isCut: ended.isKilled, isAcknowledged: ended.isAcknowledged };
  };
}

export function child(chain: Chain, operation: Operation, how: { cutAt: number; cutsCommits: boolean }) {
  const { dataDir, ahead, site } = chain;
  const { serverUrl, storeUrl } = site;
  const [body, change] = [chain.body(operation), chain.change(operation)];
  return runChild({ dataDir, serverUrl, storeUrl, ahead, body, change, ...how });
}

/** The connection is cut at the n-th request, and heals. `told` hears how many requests there were. */
export function disconnectAt(n: number, phase: Phase, told?: Told): Cutter {
  return async (chain, operation) => {
    const opened = await open(chain);
    const done = chain.site.cut(n, phase);
    try {
      const isAcknowledged = await ask(chain, operation, opened);
      told?.(operation, done().count);
      return { isCut: done().isCut, isAcknowledged };
    } finally {
      chain.site.cut(0, phase);
      await opened.close();
    }
  };
}

export type Told = (operation: Operation, count: number) => void;

/** After each operation of a chain. */
export interface Stage {
  readonly operation: Operation;
  readonly cut: Cut;
  readonly issues: readonly string[];
  readonly found: { server: Found; store: Found };
}

export async function runChain(
  chain: Chain,
  cutter: Cutter,
  relayFirst: boolean,
  operations: readonly Operation[] = OPERATIONS,
): Promise<Stage[]> {
  const stages: Stage[] = [];
  for (const operation of operations) {
    const cut = await cutter(chain, operation);
    const issues = await recover(chain, operation, cut, relayFirst);
    stages.push({ operation, cut, issues, found: await chain.described() });
    // What is wrong now would be found wrong again and again.
    if (issues.length > 0) break;
  }
  return stages;
}
