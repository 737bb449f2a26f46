-- +goose Up
-- Locks: none.
-- The ID of a group in a directory, or empty, and the number of its changes, also of its members.
ALTER TABLE latchkey_group ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE latchkey_group ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
