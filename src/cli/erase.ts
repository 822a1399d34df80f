import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { eraseFromStore, scrub } from '../embedded/erase.js';
import { openDatabase } from '../embedded/store.js';
import { type AuditRecord, toAuditEvent } from '../fhir/audit-event.js';
import type { Database } from '../io/database.js';
import { openOutbox } from '../io/open-outbox.js';
import { openSessions } from '../io/open-sessions.js';
import { DiskOutbox } from '../io/outbox.js';
import { createSeal, loadSealKey } from '../io/seal.js';
import { SessionRows } from '../io/session-rows.js';
import { BadArguments, type Command, main } from './command.js';
import { type Erasure, eraseEverywhere, type Places, toReport } from './erase-everywhere.js';

const USAGE = 'npm run erase -- Patient/<id> --reason "<text>" --yes';
const SUBJECT = /^Patient\/[A-Za-z0-9\-.]{1,64}$/;
/** Without it what is left of sessions opens nowhere, and nobody can tell whose they were. */
const SEAL_KEY = join('keys', 'session.key');
/** Nothing is scored here, so no rules have a version. */
const SOFTWARE = { version: '1.0.0', ruleSetVersion: 'none' };

/** `npm run erase`: legal erasure of one patient wherever we hold data, while the service runs or not. */
const erase: Command = async (args, { dataDir, fhirBaseUrl }) => {
  const erasure = readErasure(args);
  if (!existsSync(dataDir)) throw new Error(`There is no ${dataDir}: is DATA_DIR that of the service?`);
  const databases: Database[] = [];
  const opened = (database: Database) => {
    databases.push(database);
    return database;
  };
  try {
    const outbox = opened(openOutbox(dataDir));
    const store = existsSync(join(dataDir, 'fhir.db')) ? opened(openDatabase(dataDir)) : null;
    const hasSessions = ['sessions.db', SEAL_KEY].every((name) => existsSync(join(dataDir, name)));
    const sessions = hasSessions ? opened(openSessions(dataDir)) : null;
    const places = toPlaces(outbox, store);
    const erased = await eraseEverywhere({ ...places, ...toSessions(sessions, dataDir, places) }, erasure);
    return toReport(erased, erasure, fhirBaseUrl);
  } finally {
    for (const database of databases) database.close();
  }
};

function readErasure(args: readonly string[]): Erasure {
  const { subject, reason, isSure } = readArguments(args);
  if (!SUBJECT.test(subject)) throw new BadArguments(`Name one patient: ${USAGE}`);
  if (reason.trim() === '') throw new BadArguments(`Say why, for the audit and without a name: ${USAGE}`);
  if (!isSure) {
    throw new BadArguments(
      `This erases ${subject} for ever: all its responses, and all that is about it. Sure? ${USAGE}`,
    );
  }
  return { subject, reason };
}

function readArguments(args: readonly string[]): { subject: string; reason: string; isSure: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { reason: { type: 'string' }, yes: { type: 'boolean' } },
      allowPositionals: true,
    });
    const subject = positionals.length === 1 ? (positionals[0] ?? '') : '';
    return { subject, reason: values.reason ?? '', isSure: values.yes ?? false };
  } catch {
    throw new BadArguments(`Not understood. ${USAGE}`);
  }
}

/** Everywhere but in the sessions. */
type OtherPlaces = Omit<Places, 'endSessions'>;

function toSessions(
  database: Database | null,
  dataDir: string,
  others: OtherPlaces,
): Pick<Places, 'endSessions' | 'scrub'> {
  if (!database) return { endSessions: async () => 0, scrub: others.scrub };
  const rows = new SessionRows(database, createSeal(loadSealKey(join(dataDir, 'keys'))));
  return {
    endSessions: (subject) => rows.removeAbout(subject),
    scrub: () => {
      others.scrub();
      scrub(database);
    },
  };
}

function toPlaces(outbox: Database, store: Database | null): OtherPlaces {
  const now = () => new Date();
  return {
    outbox: new DiskOutbox(outbox, { now, owner: `erase ${process.pid}` }),
    store: store && { erase: (id, responseIds) => eraseFromStore(store, id, responseIds) },
    writtenElsewhere: (subject) => findWritten(outbox, subject),
    scrub: () => scrub(outbox),
    audit: { record: (event) => recordIn(outbox, event) },
    now,
    createId: randomUUID,
  };
}

/** Where the entries of a patient were written to, but for what the step `records` put into our own store. */
function findWritten(outbox: Database, subject: string): string[] {
  const sql = `SELECT location FROM entry e WHERE subject = ? AND location IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM ledger WHERE seq = e.seq AND key = 'records')
    UNION SELECT location FROM ledger WHERE key <> 'records' AND location IS NOT NULL AND seq IN (SELECT seq FROM entry WHERE subject = ?)`;
  return outbox.all<{ location: string }>(sql, subject, subject).map(({ location }) => location);
}

/** On disk at once; the service brings it to AUDIT_TO. */
function recordIn(outbox: Database, event: AuditRecord): void {
  const json = JSON.stringify(toAuditEvent(event, SOFTWARE));
  outbox.run('INSERT INTO audit (id, json) VALUES (?, ?)', event.id, json);
}

await main(erase);
