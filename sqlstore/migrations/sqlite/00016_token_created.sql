-- +goose Up
-- Locks: none.
-- The personal tokens of all people, in the order of a list of the back office.
CREATE INDEX latchkey_factor_token_created ON latchkey_factor (created_at, id) WHERE kind = 'token';
