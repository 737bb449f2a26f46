-- +goose Up
-- A log-out ends what is bound to the session, and lists it.
CREATE INDEX family_session ON family (session_id);

-- +goose Down
DROP INDEX family_session;
