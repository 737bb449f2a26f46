-- +goose NO TRANSACTION
-- +goose Up
-- Locks: none that blocks reads or writes.
-- Reads: latchkey_factor, beside all others, 500ms a million rows.
-- The personal tokens of all people, in the order of a list of the back office. An interrupted CREATE
-- INDEX CONCURRENTLY leaves an invalid index with this name.
DROP INDEX CONCURRENTLY IF EXISTS latchkey_factor_token_used;
CREATE INDEX CONCURRENTLY latchkey_factor_token_used ON latchkey_factor (used_at, id) WHERE kind = 'token';
