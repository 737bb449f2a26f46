-- +goose NO TRANSACTION
-- +goose Up
-- Locks: none that blocks reads or writes.
-- Reads: latchkey_factor, beside all others, 500ms a million rows.
-- The identities of people at login providers, person by person, to count them. An interrupted CREATE
-- INDEX CONCURRENTLY leaves an invalid index with this name.
DROP INDEX CONCURRENTLY IF EXISTS latchkey_factor_identity;
CREATE INDEX CONCURRENTLY latchkey_factor_identity ON latchkey_factor (user_id, id) WHERE kind = 'identity';
