-- +goose Up
-- Locks: latchkey_audit ACCESS EXCLUSIVE, for a moment.
-- A copy of the target in the body of each new record, for the history of groups, keys and other
-- objects. The hashes do not cover it.
SET LOCAL lock_timeout = '40ms';
ALTER TABLE latchkey_audit ADD COLUMN target TEXT NOT NULL DEFAULT '';
