-- +goose Up
-- Locks: none.
-- The identities of people at login providers, person by person, to count them.
CREATE INDEX latchkey_factor_identity ON latchkey_factor (user_id, id) WHERE kind = 'identity';
