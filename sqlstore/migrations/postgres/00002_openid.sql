-- +goose Up
-- Locks: code and family, ACCESS EXCLUSIVE, for a change of the catalogue;
-- what waits for them longer than 100 ms gives up and tries again.
SET LOCAL lock_timeout = '100ms';
-- What an OpenID request asked for, as JSON; empty for plain OAuth.
ALTER TABLE code ADD COLUMN openid TEXT NOT NULL DEFAULT '';
ALTER TABLE family ADD COLUMN openid TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE family DROP COLUMN openid;
ALTER TABLE code DROP COLUMN openid;
