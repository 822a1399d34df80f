import { type AuditRecord, toAuditEvent } from '../fhir/audit-event.js';
import type { Software } from '../fhir/observation-parts.js';
import type { Audit } from '../operations/ports.js';
import { Complaint, codeOf, Shipper, type ShipperOptions } from './audit-shipper.js';
import type { Database } from './database.js';

export interface AuditOptions extends ShipperOptions {
  /** What observes. */
  readonly software: Software;
}

/** Audit, with a lifetime. None of its calls ever rejects: no request fails for its record. */
export interface AuditTrail extends Audit {
  /** What was recorded is on disk when it resolves, with one fsync; if the disk takes nothing it stays in memory. */
  flush(): Promise<void>;
  /** Sends what is on disk, oldest first, until nothing is left or the target is away. */
  ship(): Promise<void>;
  /** Flushes, ships for at most 2 s, and leaves the rest on disk for the next start. */
  close(): Promise<void>;
  counts(): AuditCounts;
}

export interface AuditCounts {
  /** Recorded and not yet with the target. */
  readonly waiting: number;
  /** Refused by the target since the start, and kept in `audit-refused.ndjson`. */
  readonly refused: number;
  /** Forgotten since the start, because the disk took nothing for too long. */
  readonly lost: number;
}

const BATCH = 200;
const BATCH_MS = 250;
/** Of records in memory while the disk takes nothing. */
const MOST_WAITING = 10_000;
const DISK_RETRY_MS = 1000;
const CLOSE_MS = 2000;

/** Batches records to disk, and from there to the target: soon by itself, at once on `flush` and `ship`. */
export function createAudit(options: AuditOptions): AuditTrail {
  return new BatchedAudit(options);
}

class BatchedAudit implements AuditTrail {
  readonly #database: Database;
  readonly #buffer: RecordBuffer;
  readonly #shipper: Shipper;
  readonly #flushAlarm = new Alarm(() => this.#flushAndShip());
  readonly #shipAlarm = new Alarm(() => void this.ship());
  #shipping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: AuditOptions) {
    this.#database = options.database;
    this.#buffer = new RecordBuffer(options);
    this.#shipper = new Shipper(options);
    // What an earlier process left on disk.
    this.#shipAlarm.set(BATCH_MS);
  }

  record(record: AuditRecord): void {
    const size = this.#buffer.add(record);
    if (this.#closing) this.#flush();
    else if (!this.#buffer.isFailing) this.#flushAlarm.set(size < BATCH ? BATCH_MS : 0);
  }

  async flush(): Promise<void> {
    this.#flush();
  }

  ship(): Promise<void> {
    this.#shipAlarm.clear();
    this.#shipping ??= this.#shipper.run().then((wait) => {
      this.#shipping = undefined;
      if (wait !== null && !this.#closing) this.#shipAlarm.set(wait);
    });
    return this.#shipping;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  counts(): AuditCounts {
    const { size, lost } = this.#buffer;
    return { waiting: size + countRows(this.#database), refused: this.#shipper.refused, lost };
  }

  async #close(): Promise<void> {
    this.#flush();
    await within(CLOSE_MS, this.ship());
    this.#shipper.stop();
    this.#flushAlarm.clear();
    this.#shipAlarm.clear();
    this.#buffer.end();
  }

  #flush(): void {
    this.#flushAlarm.clear();
    if (!this.#buffer.flush() && !this.#closing) this.#flushAlarm.set(DISK_RETRY_MS);
  }

  /** While the target is away, new records do not hurry the next attempt. */
  #flushAndShip(): void {
    this.#flush();
    if (!this.#shipAlarm.isSet) void this.ship();
  }
}

/** Records in memory, until they are on disk. */
class RecordBuffer {
  readonly #options: AuditOptions;
  readonly #storing: Complaint;
  #waiting: AuditRecord[] = [];
  #lost = 0;
  #untold = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#storing = new Complaint(options.log);
  }

  get size(): number {
    return this.#waiting.length;
  }

  get lost(): number {
    return this.#lost;
  }

  get isFailing(): boolean {
    return this.#storing.isRaised;
  }

  /** → how many wait. */
  add(record: AuditRecord): number {
    if (this.size < MOST_WAITING) this.#waiting.push(record);
    else this.#lose(1);
    // The first is told at once, the others when it is over.
    if (this.#lost === 1) this.#tellLost();
    return this.size;
  }

  /** Whether all is on disk. */
  flush(): boolean {
    const { database, software } = this.#options;
    try {
      if (this.size > 0) insert(database, this.#waiting, software);
    } catch (error) {
      this.#storing.raise('audit events cannot be stored; they are kept in memory', codeOf(error));
      return false;
    }
    this.#waiting = [];
    this.#storing.settle('audit events are stored again');
    this.#tellLost();
    return true;
  }

  end(): void {
    this.#lose(this.size);
    this.#waiting = [];
    this.#tellLost();
  }

  #lose(count: number): void {
    this.#lost += count;
    this.#untold += count;
  }

  #tellLost(): void {
    if (this.#untold === 0) return;
    const text = `${this.#untold} audit events were lost: the disk took nothing for too long`;
    this.#options.log.error(text, { code: 'lost' });
    this.#untold = 0;
  }
}

function insert(database: Database, records: readonly AuditRecord[], software: Software): void {
  database.transaction(() => {
    for (const record of records) {
      const json = JSON.stringify(toAuditEvent(record, software));
      database.run('INSERT INTO audit (id, json) VALUES (?, ?) ON CONFLICT (id) DO NOTHING', record.id, json);
    }
  });
}

function countRows(database: Database): number {
  return database.get<{ count: number }>('SELECT count(*) AS count FROM audit')?.count ?? 0;
}

/** Rings once, at the earliest time it was set to; keeps no process alive. */
class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  get isSet(): boolean {
    return this.#due < Number.POSITIVE_INFINITY;
  }

  set(ms: number): void {
    const due = performance.now() + ms;
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#due = Number.POSITIVE_INFINITY;
      this.#ring();
    }, ms);
    this.#timer.unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }
}

/** Resolves when the work does, or when its time is up. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const isUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, isUp]);
  clearTimeout(timer);
}
