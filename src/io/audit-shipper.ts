import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { AuditEvent, Bundle } from 'fhir/r4.js';
import { withLogicalReferences } from '../fhir/audit-event.js';
import { Problem } from '../fhir/outcome.js';
import type { FhirServer, Sent } from '../operations/ports.js';
import { DELIVERY, nextAttempt } from './backoff.js';
import type { Database } from './database.js';

/** Where AuditEvents end up (AUDIT_TO). */
export type AuditTarget =
  | { readonly kind: 'fhir'; readonly server: FhirServer }
  /** NDJSON; after a crash the last AuditEvents may stand there twice, with one id. */
  | { readonly kind: 'file'; readonly path: string };

export interface AuditLog {
  info(message: string): void;
  error(message: string, fields: { readonly code: string }): void;
}

export interface ShipperOptions {
  readonly target: AuditTarget;
  /** That of the outbox, with the table `audit`. It must stay open until the audit is closed. */
  readonly database: Database;
  /** Beside the database: what the target refuses is kept here, in `audit-refused.ndjson`. */
  readonly dataDir: string;
  readonly log: AuditLog;
}

const BUNDLE = 100;
const REFUSED_FILE = 'audit-refused.ndjson';

/** An AuditEvent on disk. */
interface AuditRow {
  readonly id: string;
  readonly json: string;
}

/** What became of some rows; what is in neither list waits. */
interface Handed {
  readonly taken: readonly AuditRow[];
  readonly refused: readonly AuditRow[];
  /** Why the rest waits; null when nothing does. */
  readonly away: { readonly reason: string; readonly retryAfter: number | null } | null;
}

/** From the disk to the target. */
export class Shipper {
  readonly #options: ShipperOptions;
  readonly #sending: Complaint;
  readonly #refusing: Complaint;
  #refused = 0;
  #failures = 0;
  #isStopped = false;

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#sending = new Complaint(options.log);
    this.#refusing = new Complaint(options.log);
  }

  get refused(): number {
    return this.#refused;
  }

  /** The database is not touched any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Never rejects. → milliseconds to wait for another try; null when nothing is left. */
  async run(): Promise<number | null> {
    try {
      for (let away = await this.#round(); away !== 'done'; away = await this.#round()) {
        if (away !== null) return this.#failed(away.reason, away.retryAfter);
        this.#failures = 0;
        this.#sending.settle('audit events are delivered again');
      }
      return null;
    } catch (error) {
      return this.#failed(codeOf(error), null);
    }
  }

  async #round(): Promise<Handed['away'] | 'done'> {
    const { database, target } = this.#options;
    const rows = this.#isStopped ? [] : oldest(database);
    if (rows.length === 0) return 'done';
    const { taken, refused, away } = await handOver(target, rows);
    if (refused.length > 0) await this.#keep(refused);
    // What was taken and could not be removed is sent again, and changes nothing.
    if (!this.#isStopped) remove(database, [...taken, ...refused]);
    return away;
  }

  async #keep(rows: readonly AuditRow[]): Promise<void> {
    await appendRows(join(this.#options.dataDir, REFUSED_FILE), rows);
    this.#refused += rows.length;
    this.#refusing.raise(
      `audit events were refused; they are kept in ${REFUSED_FILE} of DATA_DIR`,
      'refused',
    );
  }

  #failed(code: string, retryAfter: number | null): number {
    this.#failures += 1;
    this.#sending.raise('audit events cannot be delivered now; they wait on disk', code);
    const asked = { attempts: this.#failures, now: 0, asked: retryAfter, random: Math.random() };
    return nextAttempt(DELIVERY, asked);
  }
}

function oldest(database: Database): AuditRow[] {
  return database.all<AuditRow>('SELECT id, json FROM audit ORDER BY seq LIMIT ?', BUNDLE);
}

/** By id: a seq is used again once the table is empty, and another process may have emptied it meanwhile. */
function remove(database: Database, rows: readonly AuditRow[]): void {
  if (rows.length === 0) return;
  const ids = JSON.stringify(rows.map(({ id }) => id));
  database.run('DELETE FROM audit WHERE id IN (SELECT value FROM json_each(?))', ids);
}

/** Hands rows to the target, each as often as need be: its id makes a resend the same AuditEvent. */
async function handOver(target: AuditTarget, rows: readonly AuditRow[]): Promise<Handed> {
  if (target.kind === 'fhir') return send(target.server, rows);
  await appendRows(target.path, rows);
  return { taken: rows, refused: [], away: null };
}

/** Where AUDIT_TO says; the store is our own, or the embedded server where that is the FHIR server. */
export function toAuditTarget(
  { auditTo, dataDir }: { auditTo: 'store' | 'file' | 'fhir'; dataDir: string },
  server: FhirServer,
  store: FhirServer | null,
): AuditTarget {
  if (auditTo === 'file') return { kind: 'file', path: join(dataDir, 'audit.ndjson') };
  return { kind: 'fhir', server: auditTo === 'store' ? (store ?? server) : server };
}

async function send(server: FhirServer, rows: readonly AuditRow[]): Promise<Handed> {
  // Were written by io/audit.ts, from AuditEvents.
  const events = rows.map(({ json }) => JSON.parse(json) as AuditEvent);
  const sent = await server.transact(toBundle(events));
  if (sent.state === 'written') return { taken: rows, refused: [], away: null };
  if (sent.state === 'retryable') return { taken: [], refused: [], away: sent };
  return sendEach(server, rows, events);
}

function toBundle(events: readonly AuditEvent[]): Bundle {
  const entry = events.map((resource) => ({
    resource,
    request: { method: 'PUT' as const, url: urlOf(resource) },
  }));
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

function urlOf({ id }: AuditEvent): string {
  return `AuditEvent/${id}`;
}

/** One that is refused must not hold up the others of its batch. */
async function sendEach(
  server: FhirServer,
  rows: readonly AuditRow[],
  events: readonly AuditEvent[],
): Promise<Handed> {
  const taken: AuditRow[] = [];
  const refused: AuditRow[] = [];
  for (const [index, row] of rows.entries()) {
    const event = events[index];
    const sent = event && (await sendOne(server, event));
    if (sent?.state === 'retryable') return { taken, refused, away: sent };
    (sent?.state === 'written' ? taken : refused).push(row);
  }
  return { taken, refused, away: null };
}

/** What it is about may be gone since, or never have been there: then it is named without a link. */
async function sendOne(server: FhirServer, event: AuditEvent): Promise<Sent> {
  const put = (resource: AuditEvent) => server.write({ method: 'PUT', url: urlOf(resource), resource });
  const sent = await put(event);
  return sent.state === 'refused' ? put(withLogicalReferences(event)) : sent;
}

/** Appends one line a row, on disk when it resolves. Rejects when the disk does not take them. */
async function appendRows(path: string, rows: readonly AuditRow[]): Promise<void> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await file.read(last, 0, 1, size - 1);
    // A line that a crash cut short must not run into the next one; its row is still here and follows.
    const isTorn = size > 0 && last.toString() !== '\n';
    await file.appendFile(`${isTorn ? '\n' : ''}${rows.map(({ json }) => `${json}\n`).join('')}`);
    await file.sync();
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await file.close();
  }
}

/** The name of a new file is on disk only when its folder is; systems where a folder cannot be opened do it themselves. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

/** Says one thing once, until it is over. */
export class Complaint {
  readonly #log: AuditLog;
  #isRaised = false;

  constructor(log: AuditLog) {
    this.#log = log;
  }

  get isRaised(): boolean {
    return this.#isRaised;
  }

  raise(message: string, code: string): void {
    if (!this.#isRaised) this.#log.error(message, { code });
    this.#isRaised = true;
  }

  settle(message: string): void {
    if (this.#isRaised) this.#log.info(message);
    this.#isRaised = false;
  }
}

/** A code for the log: a message could quote what was to be written. */
export function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error ? String(error.code) : error.name;
}
