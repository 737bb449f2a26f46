-- +goose NO TRANSACTION
-- +goose Up
-- Locks: none that keeps reads or writes waiting; the index is built beside
-- them.
-- Reads: account, beside all others, 1s a million rows.
-- Who forgot their password may say their address. What an interrupted build
-- left is no index.
DROP INDEX CONCURRENTLY IF EXISTS account_email;
CREATE INDEX CONCURRENTLY account_email ON account (lower(email));

-- +goose Down
DROP INDEX account_email;
