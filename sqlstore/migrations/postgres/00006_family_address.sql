-- +goose Up
-- Locks: latchkey_family and its partitions, such as latchkey_family_default, ACCESS EXCLUSIVE, for a moment.
-- The network address from which the client last obtained tokens, or empty.
SET LOCAL lock_timeout = '40ms';
ALTER TABLE latchkey_family ADD COLUMN address TEXT NOT NULL DEFAULT '';
