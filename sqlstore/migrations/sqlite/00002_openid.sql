-- +goose Up
-- Locks: the database, for a change of the catalogue.
-- What an OpenID request asked for, as JSON; empty for plain OAuth.
ALTER TABLE code ADD COLUMN openid TEXT NOT NULL DEFAULT '';
ALTER TABLE family ADD COLUMN openid TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE family DROP COLUMN openid;
ALTER TABLE code DROP COLUMN openid;
