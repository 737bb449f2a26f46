-- +goose Up
-- Locks: none.
-- The audit log. New records wait in the queue until one process adds them to the chain.
-- Nothing changes a row of the chain, except the erasure of a person, and nothing deletes
-- one before the end of the retention.
CREATE TABLE latchkey_audit_queue (
  id BLOB NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  category TEXT NOT NULL,
  failed INTEGER NOT NULL, -- 1 if the event did not succeed
  actor TEXT NOT NULL,
  person TEXT NOT NULL,
  client_id TEXT NOT NULL,
  error_id TEXT NOT NULL,
  body TEXT NOT NULL, -- JSON
  origin TEXT NOT NULL, -- JSON, or empty after an erasure
  origin_salt BLOB NOT NULL,
  origin_digest BLOB NOT NULL,
  details TEXT NOT NULL, -- JSON, or empty after an erasure
  details_salt BLOB NOT NULL,
  details_digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE latchkey_audit (
  seq INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  category TEXT NOT NULL,
  failed INTEGER NOT NULL, -- 1 if the event did not succeed
  actor TEXT NOT NULL,
  person TEXT NOT NULL,
  client_id TEXT NOT NULL,
  error_id TEXT NOT NULL,
  body TEXT NOT NULL, -- JSON
  origin TEXT NOT NULL, -- JSON, or empty after an erasure
  origin_salt BLOB NOT NULL,
  origin_digest BLOB NOT NULL,
  details TEXT NOT NULL, -- JSON, or empty after an erasure
  details_salt BLOB NOT NULL,
  details_digest BLOB NOT NULL,
  hash BLOB NOT NULL,
  seal BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX latchkey_audit_id ON latchkey_audit (id);
CREATE INDEX latchkey_audit_category ON latchkey_audit (category, id);
CREATE INDEX latchkey_audit_failed ON latchkey_audit (id) WHERE failed = 1;
CREATE INDEX latchkey_audit_actor ON latchkey_audit (actor, id);
CREATE INDEX latchkey_audit_person ON latchkey_audit (person, id);
CREATE INDEX latchkey_audit_client ON latchkey_audit (client_id, id);
CREATE INDEX latchkey_audit_error ON latchkey_audit (error_id) WHERE error_id <> '';

-- Two rows: the last record of the chain ("head"), and the last record that was removed
-- at the end of the retention ("anchor").
CREATE TABLE latchkey_audit_head (
  name TEXT NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  seal BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE latchkey_audit_head;
DROP TABLE latchkey_audit;
DROP TABLE latchkey_audit_queue;
