-- +goose Up
-- Locks: none.
CREATE UNIQUE INDEX latchkey_group_external_id ON latchkey_group (external_id) WHERE external_id <> '';
