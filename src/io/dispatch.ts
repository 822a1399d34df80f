import { hostname } from 'node:os';
import { Problem } from '../fhir/outcome.js';
import type { WriteProfile } from '../fhir/write-profile.js';
import type { Delivery, FhirServer } from '../operations/ports.js';
import { Alerts } from './alerts.js';
import type { Database } from './database.js';
import { OutboxDelivery } from './delivery.js';
import { InvitationTasks } from './invitation-tasks.js';
import { DiskInvitations } from './invitations.js';
import { Ledger } from './ledger.js';
import { DiskOutbox } from './outbox.js';
import { createProfiles, type Profiles } from './profiles.js';
import { Relay } from './relay.js';
import { createTicker, within } from './ticker.js';

/** How often it looks for what is due. */
const TICK_MS = 1000;

/** How long a stop waits for attempts under way; what is cut off is tried again after the next start. */
const STOP_MS = 2000;

const PURGE_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface DispatchOptions {
  /** `outbox.db`, at this program's schema. */
  readonly database: Database;
  readonly server: FhirServer;
  /** Our own, for what the server does not take; null where there is none. */
  readonly store: FhirServer | null;
  /** Corrects what the server says that it takes. */
  readonly override: Partial<WriteProfile>;
  readonly alertUrl: string | null;
  readonly alertSecret: string | null;
  readonly retainDeliveredDays: number;
  readonly now: () => Date;
  readonly random: () => number;
  /** Told of what an operator should see: a details code and a state, no patient data. */
  readonly warn: (message: string, fields: { code: string; state: string }) => void;
}

/** Outbox, relay, alerts and invitations, put together. */
export interface Dispatch {
  readonly outbox: DiskOutbox;
  readonly delivery: Delivery;
  /** Where responses and Observations are read. */
  readonly records: FhirServer;
  readonly invitations: DiskInvitations;
  /** Begins to send what is due, every second. */
  start(): void;
  /** One round now: everything that is due. */
  round(): Promise<void>;
  /** Ends the rounds and waits, for a moment, for attempts under way. */
  stop(): Promise<void>;
}

export function createDispatch(options: DispatchOptions): Dispatch {
  const { database, server, store, now, random, warn } = options;
  const outbox = new DiskOutbox(database, { now, owner: OWNER });
  outbox.releaseDead(isAlive);
  const profiles = createProfiles({ server, database, now }, options.override);
  const ledger = new Ledger(database, now);
  const relay = new Relay({ outbox, ledger, profiles, server, store, now, random, warn });
  const records = recordsIn(server, store, profiles);
  const { alertUrl: url, alertSecret: secret } = options;
  const closeAlert = (responseId: string) => outbox.closeAlert(responseId);
  const alerts = new Alerts({ ...options, ledger, records, url, secret, closeAlert });
  const invited = new InvitationTasks({ database, records, now, random, warn });
  let isStopping = false;
  const stopping = () => isStopping;
  // Each on its own: a server that hangs holds up no alert, and a hook that hangs no delivery.
  const purge = createPurge(outbox, options);
  const work = [relay, alerts, invited].map((one) => () => one.round(stopping));
  const rounds = [...work, purge].map((one) => told(one, warn));
  const tickers = rounds.map((round) => createTicker(round, TICK_MS));
  return {
    outbox,
    delivery: new OutboxDelivery({ outbox, relay, profiles, server }),
    records,
    invitations: new DiskInvitations(database, invited, now),
    start: () => {
      for (const ticker of tickers) ticker.start();
    },
    round: async () => {
      await Promise.all(rounds.map((one) => one()));
    },
    stop: async () => {
      isStopping = true;
      for (const ticker of tickers) ticker.stop();
      await within(STOP_MS, Promise.all([...tickers.map((one) => one.current()), relay.idle()]));
    },
  };
}

/** A round that fails is told, and the next one comes all the same. */
function told(round: () => Promise<void>, warn: DispatchOptions['warn']): () => Promise<void> {
  return () =>
    round().catch((error: unknown) => warn('A round failed', { code: codeOf(error), state: 'relay' }));
}

/** Once an hour, payloads that were delivered long enough ago go. */
function createPurge(outbox: DiskOutbox, { now, retainDeliveredDays }: DispatchOptions) {
  let next = Number.NEGATIVE_INFINITY;
  return async () => {
    const at = now().getTime();
    // A clock that was put back must not stop it.
    if (at < next && at > next - PURGE_MS) return;
    next = at + PURGE_MS;
    outbox.purge(new Date(at - retainDeliveredDays * DAY_MS));
  };
}

/** Names this process in a lease, so that the next one on this machine can see whether it still lives. */
const OWNER = `${hostname()}/${process.pid}/${Date.now()}`;

function isAlive(owner: string): boolean {
  const [host, pid] = owner.split('/');
  // Another machine with the same disk: its lease ends by itself.
  if (host !== hostname()) return true;
  if (owner === OWNER) return true;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return error instanceof Object && 'code' in error && error.code === 'EPERM';
  }
}

/** The FHIR server while it takes everything as it is, our own store otherwise. */
function recordsIn(server: FhirServer, store: FhirServer | null, profiles: Profiles): FhirServer {
  const chosen = () => (store === null || profiles.isFull() ? server : store);
  return {
    get baseUrl() {
      return chosen().baseUrl;
    },
    read: (type, id) => chosen().read(type, id),
    vread: (type, id, versionId) => chosen().vread(type, id, versionId),
    search: (type, query) => chosen().search(type, query),
    pages: (type, query) => chosen().pages(type, query),
    look: (type, query) => chosen().look(type, query),
    follow: (path) => chosen().follow(path),
    capabilities: () => chosen().capabilities(),
    transact: (bundle) => chosen().transact(bundle),
    write: (write) => chosen().write(write),
    isReachable: () => chosen().isReachable(),
    // Our own store knows no callers.
    as: (credentials) => recordsIn(server.as(credentials), store, profiles),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Problem ? error.issues[0].code : 'exception';
}
