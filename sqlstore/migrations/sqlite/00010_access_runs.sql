-- +goose Up
-- Locks: none.
-- An index of access tokens by client and person, which the sweep writes. A run has the tokens
-- with ids after one id, up to another.
CREATE TABLE latchkey_access_run (
  run INTEGER NOT NULL PRIMARY KEY, -- in the order of the ids
  since BLOB NOT NULL,
  until BLOB NOT NULL,
  expires_at INTEGER NOT NULL, -- of the last token
  tokens INTEGER NOT NULL -- how many there were, or 0 if they were counted again
) STRICT;
CREATE INDEX latchkey_access_run_expires ON latchkey_access_run (expires_at);
CREATE INDEX latchkey_access_run_counted ON latchkey_access_run (until) WHERE tokens > 0;
-- The entries of a run are distributed over 500 rows by a hash of the client or the person.
CREATE TABLE latchkey_access_entry (
  id INTEGER NOT NULL PRIMARY KEY, -- 500 times the number of the run, plus the part of the hash
  entries BLOB NOT NULL
) STRICT;
