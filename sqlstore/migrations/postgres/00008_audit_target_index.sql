-- +goose NO TRANSACTION
-- +goose Up
-- Locks: none that blocks reads or writes.
-- Reads: latchkey_audit, beside all others, 500ms a million rows.
-- An interrupted CREATE INDEX CONCURRENTLY leaves an invalid index with this name.
DROP INDEX CONCURRENTLY IF EXISTS latchkey_audit_target;
CREATE INDEX CONCURRENTLY latchkey_audit_target ON latchkey_audit (target, id) WHERE target <> '';
