-- +goose Up
-- Locks: none.
-- Small runs of the newest access tokens, of which the runs of latchkey_access_run are made.
CREATE TABLE latchkey_access_recent (
  run INTEGER NOT NULL PRIMARY KEY, -- in the order of the ids
  since BLOB NOT NULL,
  until BLOB NOT NULL,
  expires_at INTEGER NOT NULL, -- of the last token
  tokens INTEGER NOT NULL, -- how many there were when they were counted
  recount_at INTEGER NOT NULL -- when they are counted again
) STRICT;
CREATE TABLE latchkey_access_recent_entry (
  id INTEGER NOT NULL PRIMARY KEY, -- 25 times the number of the run, plus the part of the hash
  entries BLOB NOT NULL
) STRICT;
-- Which runs of latchkey_access_run have tokens of a client or a person. A group has 32 runs.
CREATE TABLE latchkey_access_group (
  bucket INTEGER NOT NULL, -- the part of the hash; if it is negative, the state of the runs
  number INTEGER NOT NULL, -- the number of the first run, divided by 32
  since BLOB NOT NULL,
  until BLOB NOT NULL,
  entries BLOB NOT NULL,
  PRIMARY KEY (bucket, number)
) STRICT;
CREATE INDEX latchkey_access_group_number ON latchkey_access_group (number);
