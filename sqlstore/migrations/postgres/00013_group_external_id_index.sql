-- +goose NO TRANSACTION
-- +goose Up
-- Locks: none that blocks reads or writes.
-- Reads: latchkey_group, beside all others, 500ms a million rows.
-- Two groups cannot have the same external ID. An interrupted CREATE INDEX CONCURRENTLY leaves an
-- invalid index with this name.
DROP INDEX CONCURRENTLY IF EXISTS latchkey_group_external_id;
CREATE UNIQUE INDEX CONCURRENTLY latchkey_group_external_id ON latchkey_group (external_id) WHERE external_id <> '';
