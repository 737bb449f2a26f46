-- +goose Up
-- Locks: none.
CREATE INDEX latchkey_audit_target ON latchkey_audit (target, id) WHERE target <> '';
