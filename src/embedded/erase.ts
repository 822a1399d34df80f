import type { Database } from '../io/database.js';
import { findTarget, part } from './absent.js';
import { isObject, ownValue } from './json.js';
import { findPatientRecord, type Row, toReferenceKey } from './patient-record.js';
import { readLiteral } from './references.js';
import { newestVid, type Store } from './store.js';
import { Terms } from './terms.js';
import { clearIndex } from './write-index.js';

type IndexStore = Pick<Store, 'database' | 'terms'>;

/** What an erasure took out of a store, as `Type/id`. */
export interface Erased {
  readonly resources: readonly string[];
  /** Of somebody else, or of nobody: kept, their references to what was erased blanked. */
  readonly blanked: readonly string[];
}

/** How often the write-ahead log is tried to be emptied; each try waits for readers as long as any write does. */
const CHECKPOINTS = 3;

/**
 * Legal erasure of one patient from an embedded store (`fhir.db`), also while a server has it open: every version
 * of the Patient and of all that is about this patient alone goes, with its index rows; `responseIds` name what was
 * withdrawn without a subject. Writers wait meanwhile; those that wait longer than two seconds are told to try again.
 *
 * A resource of another patient, or of none (Group, Practitioner), stays: in each of its versions a reference to
 * what was erased, with its display, becomes `{"display": "erased"}`. AuditEvents stay as they are: they hold ids
 * only, and must tell that there was something, and that it was erased. Free text is not read: a name that somebody
 * wrote into another patient's note stays there.
 *
 * Afterwards the file is written anew, so that the bytes are gone as well; copies and backups are not reached.
 * Throws a Problem `store-unavailable`; when it does after the rows have gone, the same command again finishes it.
 */
export function eraseFromStore(
  database: Database,
  patientId: string,
  responseIds: readonly string[],
): Erased {
  database.exec('PRAGMA secure_delete = ON');
  const store = { database, terms: new Terms(database) };
  const erased = database.transaction(() => erase(store, patientId, responseIds));
  scrub(database);
  return erased;
}

/**
 * Writes the file anew without what was deleted, and empties its write-ahead log. Throws when a reader keeps the log
 * in use; what was deleted can then still be read from the disk.
 */
export function scrub(database: Database): void {
  database.exec('VACUUM');
  for (let tries = 0; tries < CHECKPOINTS; tries += 1) {
    const row = database.get<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)');
    if (row?.busy === 0) return;
  }
  throw new Error(
    'The rows are erased, but the write-ahead log is in use and still holds their bytes: run the same command again.',
  );
}

function erase(store: IndexStore, patientId: string, responseIds: readonly string[]): Erased {
  const newest = newestVid(store);
  const { keys, erased, mentioning } = findPatientRecord(store, patientId, responseIds);
  const targets = [...keys]
    .map((key) => readLiteral(key, ''))
    .filter((target) => target !== undefined)
    .map((target) => ({ target, rid: findTarget(store, target) }));
  const rids = JSON.stringify(targets.map(({ rid }) => rid ?? null));
  for (const row of mentioning) blank(store, row, { keys, rids });
  for (const row of erased) remove(store, row);
  for (const { target, rid } of targets) if (rid !== undefined) part(store, target, rid);
  keepCounting(store, newest);
  forgetTexts(store);
  const name = ({ type, id }: Row) => `${type}/${id}`;
  return { resources: erased.map(name), blanked: mentioning.map(name) };
}

function remove(store: IndexStore, { rid }: Row): void {
  clearIndex(store, rid);
  store.database.run('DELETE FROM version WHERE rid = ?', rid);
  store.database.run('DELETE FROM resource WHERE rid = ?', rid);
}

/** Takes the references to what is erased out of every version of a resource that stays, and out of its index. */
function blank(
  { database }: IndexStore,
  { rid }: Row,
  { keys, rids }: { readonly keys: ReadonlySet<string>; readonly rids: string },
): void {
  const sql = "SELECT vid, json FROM version WHERE rid = ? AND json <> ''";
  for (const { vid, json } of database.all<{ vid: number; json: string }>(sql, rid)) {
    const blanked = JSON.stringify(withoutReferences(JSON.parse(json), keys));
    if (blanked !== json) database.run('UPDATE version SET json = ? WHERE vid = ?', blanked, vid);
  }
  const gone = 'DELETE FROM reference WHERE rid = ? AND target IN (SELECT value FROM json_each(?))';
  database.run(gone, rid, rids);
}

/** A copy in which every Reference to one of these says only that it was erased. */
export function withoutReferences(value: unknown, keys: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((inner) => withoutReferences(inner, keys));
  if (!isObject(value)) return value;
  const text = ownValue(value, 'reference');
  const key = typeof text === 'string' ? toReferenceKey(text) : undefined;
  if (key !== undefined && keys.has(key)) return { display: 'erased' };
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutReferences(inner, keys)]),
  );
}

/**
 * Row numbers order all writes, and the cursors of searches under way rely on it: the number of an erased version is
 * never given again. The row that sees to it belongs to no resource and says nothing.
 */
function keepCounting(store: IndexStore, newest: number): void {
  if (newestVid(store) >= newest) return;
  const sql =
    "INSERT INTO version (vid, rid, number, updated, day, name, json) VALUES (?, ?, 0, 0, 0, '', '')";
  store.database.run(sql, newest, newest);
}

/**
 * Texts that no row uses any more (an identifier's system may have been this patient's alone) are written over.
 * Their numbers are not free again: a server under way may hold them until its next write (`Terms.refresh`).
 */
function forgetTexts({ database }: IndexStore): void {
  database.exec(`
    UPDATE term SET text = 'erased:' || lower(hex(randomblob(16))) WHERE text NOT LIKE 'erased:%' AND id NOT IN (
      SELECT type FROM resource UNION SELECT type FROM absent UNION SELECT param FROM token
      UNION SELECT system FROM token UNION SELECT param FROM reference UNION SELECT param FROM date
      UNION SELECT param FROM string)`);
}
