import type { Step } from '../io/database.js';
import { addToIndex } from './reindex.js';

/**
 * One step per schema version, oldest first; a step that was released is never edited.
 *
 * `version` holds each JSON text once. A resource is known by the `vid` of its first version (`rid`), so one
 * growing number orders all writes: "written before S" is `vid <= S`, "already there at S" is `rid <= S`.
 * The index tables describe current versions only, so that search does not slow down with history; they hold
 * numbers for the long texts that repeat (`term`), and each is its own b-tree twice: by value and by resource.
 *
 * Step 2: a deletion is a version without JSON; the resource keeps its row, marked, so that its id, its version
 * numbers and its history go on. Each version knows the method that wrote it (history tells), each resource when
 * it was last written (`_lastUpdated`).
 *
 * Step 3: `absent` numbers, below zero, what is referred to without ever having been here.
 */
export const STEPS: readonly Step[] = [
  {
    sql: `
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
  `,
  },
  {
    sql: `
  ALTER TABLE version ADD COLUMN method TEXT NOT NULL DEFAULT 'PUT';
  ALTER TABLE resource ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE resource ADD COLUMN updated INTEGER NOT NULL DEFAULT 0;
  UPDATE resource SET updated = (SELECT updated FROM version WHERE version.vid = resource.vid);
  DROP INDEX resource_vid;
  DROP INDEX resource_day;
  CREATE INDEX resource_vid ON resource (type, deleted, vid);
  CREATE INDEX resource_day ON resource (type, deleted, day);
  `,
    also: addToIndex,
  },
  {
    sql: `
  CREATE TABLE absent (rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, UNIQUE (type, id));
  `,
  },
];
