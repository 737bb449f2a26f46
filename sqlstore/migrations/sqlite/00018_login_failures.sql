-- +goose Up
-- Locks: none.
-- The mistakes and refusals at the login, one per line, and the unknown scopes that were ignored.
ALTER TABLE latchkey_flow ADD COLUMN login_failures TEXT NOT NULL DEFAULT '';
ALTER TABLE latchkey_flow ADD COLUMN ignored_scopes TEXT NOT NULL DEFAULT '';
