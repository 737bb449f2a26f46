-- +goose Up
-- Locks: latchkey_client ACCESS EXCLUSIVE, for a moment.
-- The accounts that own a client besides owner_id: a list in JSON, or empty.
SET LOCAL lock_timeout = '40ms';
ALTER TABLE latchkey_client ADD COLUMN co_owners TEXT NOT NULL DEFAULT '';
