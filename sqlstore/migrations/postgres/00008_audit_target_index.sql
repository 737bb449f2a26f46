-- +goose NO TRANSACTION
-- +goose Up
-- Locks: none that blocks reads or writes.
-- Reads: latchkey_audit, beside all others, 500ms a million rows.
CREATE INDEX CONCURRENTLY latchkey_audit_target ON latchkey_audit (target, id) WHERE target <> '';
