-- +goose Up
-- Locks: none.
-- The network address from which the client last obtained tokens, or empty.
ALTER TABLE latchkey_family ADD COLUMN address TEXT NOT NULL DEFAULT '';
