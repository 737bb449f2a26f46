-- +goose Up
-- Locks: the database, while an index over the table account is built.
-- Reads: account, under its locks, 1s a million rows.
-- Who forgot their password may say their address.
CREATE INDEX account_email ON account (lower(email));

-- +goose Down
DROP INDEX account_email;
