-- +goose Up
-- Locks: latchkey_flow, ACCESS EXCLUSIVE, for a moment.
-- The mistakes and refusals at the login, one per line, and the unknown scopes that were ignored.
SET LOCAL lock_timeout = '40ms';
ALTER TABLE latchkey_flow ADD COLUMN login_failures TEXT NOT NULL DEFAULT '', ADD COLUMN ignored_scopes TEXT NOT NULL DEFAULT '';
