import type { Step } from './database.js';

/**
 * One step per version of `outbox.db`, oldest first; a step that was released is never edited.
 *
 * `entry`: one row per accepted change, in the order of acceptance; `payload` goes when it was delivered and
 * kept long enough, the row stays: it tells a resend. `ledger`: one row per attempted write. `alert`: urgent red
 * flags that nobody has acknowledged, by the entry that raised them. `setting`: what is remembered between starts. `audit`: AuditEvents on
 * their way. `standing`: where the FHIR server had the response before we took it up. `found`: what was decided
 * of each response found there, without what it says. `invitation`: whom a link asks for which response, and how far
 * its Task was told of it (`told`, an entry's seq). Times are milliseconds since 1970.
 */
export const OUTBOX_STEPS: readonly Step[] = [
  {
    sql: `
  CREATE TABLE entry (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, response_id TEXT NOT NULL, kind TEXT NOT NULL, version INTEGER NOT NULL,
    content_hash TEXT NOT NULL, subject TEXT, state TEXT NOT NULL, dropped INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0, queued_at INTEGER NOT NULL, next_attempt INTEGER, written_at INTEGER,
    location TEXT, server_version TEXT, plan TEXT, issue TEXT, lease_until INTEGER, lease_owner TEXT, payload TEXT
  );
  CREATE UNIQUE INDEX entry_version ON entry (response_id, version) WHERE kind = 'response';
  CREATE INDEX entry_response ON entry (response_id, seq);
  CREATE INDEX entry_open ON entry (state, next_attempt) WHERE state <> 'written';
  CREATE INDEX entry_kept ON entry (written_at) WHERE state = 'written' AND payload IS NOT NULL;
  CREATE INDEX entry_subject ON entry (subject);

  CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL,
    outcome TEXT NOT NULL, location TEXT, version_id TEXT, at INTEGER NOT NULL
  );
  CREATE INDEX ledger_entry ON ledger (seq, key);

  CREATE TABLE alert (
    seq INTEGER PRIMARY KEY, response_id TEXT NOT NULL, priority TEXT NOT NULL, raised_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER NOT NULL, closed_at INTEGER
  );
  CREATE INDEX alert_response ON alert (response_id);
  CREATE INDEX alert_open ON alert (next_attempt) WHERE closed_at IS NULL;

  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE audit (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL);
  `,
  },
  {
    sql: `
  ALTER TABLE entry ADD COLUMN standing TEXT;
  CREATE INDEX entry_standing ON entry (standing) WHERE standing IS NOT NULL;
  CREATE INDEX entry_location ON entry (location) WHERE location IS NOT NULL;
  CREATE INDEX ledger_location ON ledger (location) WHERE location IS NOT NULL;
  CREATE INDEX entry_hash ON entry (content_hash) WHERE standing IS NOT NULL;
  CREATE TABLE found (
    reference TEXT PRIMARY KEY, response_id TEXT, subject TEXT, version_id TEXT, hash TEXT, state TEXT NOT NULL,
    updated INTEGER NOT NULL DEFAULT 0, issues TEXT NOT NULL DEFAULT '[]', at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER
  );
  CREATE INDEX found_due ON found (next_attempt) WHERE next_attempt IS NOT NULL;
  CREATE INDEX found_left ON found (at) WHERE state IN ('unscored', 'undecided');
  CREATE INDEX found_subject ON found (subject) WHERE subject IS NOT NULL;
  `,
  },
  {
    sql: `
  CREATE TABLE invitation (
    id TEXT PRIMARY KEY, token_id TEXT NOT NULL, subject TEXT NOT NULL, questionnaire TEXT NOT NULL,
    intake TEXT NOT NULL, response_id TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER, claim TEXT,
    withdrawn_at INTEGER, told INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL, closed_at INTEGER
  );
  CREATE INDEX invitation_subject ON invitation (subject);
  CREATE INDEX invitation_open ON invitation (next_attempt) WHERE closed_at IS NULL;
  `,
  },
];
