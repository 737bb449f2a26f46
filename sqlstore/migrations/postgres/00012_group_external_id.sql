-- +goose Up
-- Locks: latchkey_group, ACCESS EXCLUSIVE, for a moment.
-- The ID of a group in a directory, or empty, and the number of its changes, also of its members.
SET LOCAL lock_timeout = '40ms';
ALTER TABLE latchkey_group ADD COLUMN external_id TEXT NOT NULL DEFAULT '', ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
