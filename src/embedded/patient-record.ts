import { isObject, type JsonObject, valuesAt } from './json.js';
import { findReferences, readLiteral } from './references.js';
import { AUDIT } from './referrers.js';
import { OWN } from './reindex.js';
import { pathsOf } from './search-parameter.js';
import { SEARCH_PARAMETERS } from './search-parameters.js';
import type { Store } from './store.js';

type IndexStore = Pick<Store, 'database' | 'terms'>;

/** A resource, be it deleted. */
export interface Row {
  readonly rid: number;
  readonly type: string;
  readonly id: string;
}

/** What an erasure is about. */
export interface PatientRecord {
  /** `Type/id` of all that belongs to the patient, stored here or only referred to. */
  readonly keys: ReadonlySet<string>;
  readonly erased: readonly Row[];
  /** Belong to somebody else, or to nobody, and refer to some of it. */
  readonly mentioning: readonly Row[];
}

/** Reference.reference and Attachment.url in the texts that this store writes. */
const POINTER = /"(?:reference|url)":"([^"\\]*)"/g;
const PAGE = 100;

/** `Type/id` of a literal reference; those of a store to itself may be absolute, with whatever port it had then. */
export function toReferenceKey(text: string): string | undefined {
  const target = readLiteral(text.replace(OWN, ''), '');
  return target && `${target.type}/${target.id}`;
}

function toKeys(texts: readonly unknown[]): string[] {
  return texts
    .map((text) => (typeof text === 'string' ? toReferenceKey(text) : undefined))
    .filter((key) => key !== undefined);
}

/** Whether resources of this type are about a patient. */
function isPersonal(type: string): boolean {
  return type === 'Patient' || (SEARCH_PARAMETERS.get(type)?.has('patient') ?? false);
}

/** The patients that a version names as those it is about. A Provenance has only its targets. */
function ownersOf(type: string, version: JsonObject): string[] {
  const parameter = type === 'Provenance' ? undefined : SEARCH_PARAMETERS.get(type)?.get('patient');
  const values = parameter ? pathsOf(parameter).flatMap((path) => valuesAt(version, path)) : [];
  const keys = toKeys(values.filter(isObject).map(({ reference }) => reference));
  return keys.filter((key) => key.startsWith('Patient/'));
}

/**
 * Whether a resource goes with the patient: it is about this patient and no other in any of its versions, or names
 * nobody and refers, of all that is about patients, only to what goes as well.
 */
export function belongsTo(
  patient: string,
  { type, versions }: { readonly type: string; readonly versions: readonly JsonObject[] },
  keys: ReadonlySet<string>,
): boolean {
  if (type === 'Patient' || !isPersonal(type)) return false;
  const owners = versions.flatMap((version) => ownersOf(type, version));
  if (owners.includes(patient)) return owners.every((owner) => owner === patient);
  const references = versions.flatMap((version) => findReferences(version, '').map(({ text }) => text));
  const personal = toKeys(references).filter((key) => isPersonal(key.split('/')[0] ?? ''));
  return personal.length > 0 && personal.every((key) => keys.has(key));
}

/**
 * Everything of one patient, in every version, deleted resources included: the Patient, what `belongsTo` it, the
 * resources of the responses given (`{id}` and `{id}.…`, contract.md §1), and the Binaries that only these show.
 * AuditEvents are never looked at. Reads the whole store as often as references lead one step further.
 */
export function findPatientRecord(
  store: IndexStore,
  patientId: string,
  responseIds: readonly string[],
): PatientRecord {
  const patient = `Patient/${patientId}`;
  const keys = new Set([patient, ...responseIds.map((id) => `QuestionnaireResponse/${id}`)]);
  const erased = new Map<number, Row>();
  const candidates = new Map<number, Row>();
  const take = (row: Row): string => {
    erased.set(row.rid, row);
    candidates.delete(row.rid);
    keys.add(`${row.type}/${row.id}`);
    return `${row.type}/${row.id}`;
  };
  const isLeft = ({ rid }: Row) => !erased.has(rid);
  const seeds = findRows(store, patientId, responseIds).map(take);
  for (let fresh = [...keys, ...seeds]; fresh.length > 0; ) {
    for (const row of findMentioning(store, new Set(fresh)).filter(isLeft)) candidates.set(row.rid, row);
    const found = [...candidates.values()].filter((row) =>
      belongsTo(patient, { type: row.type, versions: readVersions(store, row) }, keys),
    );
    fresh = found.map(take);
  }
  for (const row of findBinaries(store, erased)) take(row);
  return { keys, erased: [...erased.values()], mentioning: [...candidates.values()] };
}

const ROW = 'SELECT r.rid, t.text AS type, r.id FROM resource r JOIN term t ON t.id = r.type';

/** The Patient, and by their ids the resources that the service made of each response. */
function findRows({ database }: IndexStore, patientId: string, responseIds: readonly string[]): Row[] {
  const patients = database.all<Row>(`${ROW} WHERE t.text = 'Patient' AND r.id = ?`, patientId);
  const made = `${ROW} WHERE t.text <> '${AUDIT}' AND (r.id = ? OR (r.id > ? AND r.id < ?))`;
  // '/' follows '.', and no id holds it.
  return [...patients, ...responseIds.flatMap((id) => database.all<Row>(made, id, `${id}.`, `${id}/`))];
}

/** Versions of every resource but AuditEvents and what is named, as texts, a page at a time. */
function* readTexts({ database }: IndexStore): Generator<Row & { json: string }> {
  const sql = `SELECT v.vid, v.json, r.rid, t.text AS type, r.id FROM version v JOIN resource r ON r.rid = v.rid
    JOIN term t ON t.id = r.type WHERE v.vid > ? AND v.json <> '' AND t.text <> '${AUDIT}' ORDER BY v.vid LIMIT ${PAGE}`;
  let page = database.all<Row & { vid: number; json: string }>(sql, 0);
  while (page.length > 0) {
    yield* page;
    page = database.all(sql, page.at(-1)?.vid ?? 0);
  }
}

function pointersOf(json: string): string[] {
  return toKeys([...json.matchAll(POINTER)].map(([, text]) => text));
}

/** The resources any version of which refers to one of these. */
function findMentioning(store: IndexStore, keys: ReadonlySet<string>): Row[] {
  const found = new Map<number, Row>();
  for (const { json, rid, type, id } of readTexts(store)) {
    if (!found.has(rid) && pointersOf(json).some((key) => keys.has(key))) found.set(rid, { rid, type, id });
  }
  return [...found.values()];
}

/** What the erased resources show as an attachment, unless others do so too. */
function findBinaries(store: IndexStore, erased: ReadonlyMap<number, Row>): Row[] {
  const shown = new Set<string>();
  const kept = new Set<string>();
  for (const { json, rid } of readTexts(store)) {
    const binaries = pointersOf(json).filter((key) => key.startsWith('Binary/'));
    for (const key of binaries) (erased.has(rid) ? shown : kept).add(key);
  }
  const ids = JSON.stringify(
    [...shown].filter((key) => !kept.has(key)).map((key) => key.slice('Binary/'.length)),
  );
  const sql = `${ROW} WHERE t.text = 'Binary' AND r.id IN (SELECT value FROM json_each(?))`;
  return store.database.all<Row>(sql, ids);
}

function readVersions({ database }: IndexStore, { rid }: Row): JsonObject[] {
  return database
    .all<{ json: string }>("SELECT json FROM version WHERE rid = ? AND json <> '' ORDER BY number", rid)
    .map(({ json }): unknown => JSON.parse(json))
    .filter(isObject);
}
