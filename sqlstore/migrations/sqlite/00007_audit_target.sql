-- +goose Up
-- Locks: none.
-- A copy of the target in the body of each new record, for the history of groups, keys and other
-- objects. The hashes do not cover it.
ALTER TABLE latchkey_audit ADD COLUMN target TEXT NOT NULL DEFAULT '';
