-- +goose Up
-- Locks: none.
-- An index of access tokens by client and person, which background tasks write. A run has the tokens
-- with ids after one id, up to another.
CREATE TABLE latchkey_access_run (
  run INTEGER NOT NULL PRIMARY KEY, -- in the order of the ids
  since BLOB NOT NULL,
  until BLOB NOT NULL,
  expires_at INTEGER NOT NULL, -- of the last token
  tokens INTEGER NOT NULL, -- how many there were when they were counted
  recount_at INTEGER NOT NULL -- when they are counted again
) STRICT;
CREATE INDEX latchkey_access_run_expires ON latchkey_access_run (expires_at);
CREATE INDEX latchkey_access_run_recount ON latchkey_access_run (recount_at);
-- The entries of a run are distributed over 500 rows by a hash of the client or the person.
-- The row 0 has the key of this hash.
CREATE TABLE latchkey_access_entry (
  id INTEGER NOT NULL PRIMARY KEY, -- 500 times the number of the run, plus the part of the hash
  entries BLOB NOT NULL
) STRICT;
