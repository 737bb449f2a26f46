-- +goose Up
-- Locks: none.
-- The roles of the account besides admin, separated by spaces; the client that created the
-- invitation for itself, or empty; and the language of the email, or empty.
ALTER TABLE latchkey_invitation ADD COLUMN roles TEXT NOT NULL DEFAULT '';
ALTER TABLE latchkey_invitation ADD COLUMN application TEXT NOT NULL DEFAULT '';
ALTER TABLE latchkey_invitation ADD COLUMN locale TEXT NOT NULL DEFAULT '';
