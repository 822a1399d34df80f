import { join } from 'node:path';
import { Database } from '../../src/io/database.js';
import type { Json } from './embedded-fixture.js';

/** The schema of the first released store, as it was. */
const DDL = `
  CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
  CREATE TABLE version (
    vid INTEGER PRIMARY KEY, rid INTEGER NOT NULL, number INTEGER NOT NULL, updated INTEGER NOT NULL,
    day INTEGER NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (rid, number)
  );
  CREATE TABLE resource (
    rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, vid INTEGER NOT NULL,
    day INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (type, id)
  );
  CREATE INDEX resource_vid ON resource (type, vid);
  CREATE INDEX resource_day ON resource (type, day);
  CREATE TABLE token (
    param INTEGER NOT NULL, code TEXT NOT NULL, system INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY (param, code, system, rid)
  ) WITHOUT ROWID;
  CREATE INDEX token_rid ON token (rid, param, code, system);
  CREATE TABLE reference (
    param INTEGER NOT NULL, target INTEGER NOT NULL, rid INTEGER NOT NULL,
    PRIMARY KEY (param, target, rid)
  ) WITHOUT ROWID;
  CREATE INDEX reference_rid ON reference (rid, param, target);
  CREATE TABLE date (
    param INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL, offset INTEGER NOT NULL,
    rid INTEGER NOT NULL, PRIMARY KEY (param, low, high, offset, rid)
  ) WITHOUT ROWID;
  CREATE INDEX date_rid ON date (rid, param, low, high, offset);
  CREATE TABLE string (
    param INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (param, value, rid)
  ) WITHOUT ROWID;
  CREATE INDEX string_rid ON string (rid, param, value);
  PRAGMA user_version = 1;
`;

interface OldToken {
  readonly index: string;
  readonly code: string;
}

/** Writes a `fhir.db` of the first schema version; each resource given is one version of it, oldest first. */
export function writeVersion1(
  dataDir: string,
  updated: Date,
  resources: readonly { readonly json: Json; readonly tokens?: readonly OldToken[] }[],
): void {
  const database = new Database(join(dataDir, 'fhir.db'));
  database.exec(DDL);
  const term = (text: string): number => {
    database.run('INSERT OR IGNORE INTO term (text) VALUES (?)', text);
    return database.get<{ id: number }>('SELECT id FROM term WHERE text = ?', text)?.id ?? 0;
  };
  resources.forEach(({ json, tokens = [] }, index) => {
    const vid = index + 1;
    const type = term(json.resourceType);
    const known = database.get<{ rid: number }>(
      'SELECT rid FROM resource WHERE type = ? AND id = ?',
      type,
      json.id,
    );
    const rid = known?.rid ?? vid;
    const number = Number(json.meta.versionId);
    const row = [vid, rid, number, updated.getTime(), -1e15, '', JSON.stringify(json)];
    database.run('INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?)', ...row);
    if (known) database.run('UPDATE resource SET vid = ? WHERE rid = ?', vid, rid);
    else database.run('INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)', rid, type, json.id, vid, -1e15, '');
    for (const { index: name, code } of tokens) {
      database.run('INSERT INTO token VALUES (?, ?, ?, ?)', term(name), code, 0, rid);
    }
  });
  database.close();
}
