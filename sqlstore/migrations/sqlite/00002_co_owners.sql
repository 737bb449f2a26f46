-- +goose Up
-- Locks: none.
-- The accounts that own a client besides owner_id: a list in JSON, or empty.
ALTER TABLE latchkey_client ADD COLUMN co_owners TEXT NOT NULL DEFAULT '';
