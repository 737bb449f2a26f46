-- +goose Up
SET LOCAL lock_timeout = '2s';
-- A log-out ends what is bound to the session, and lists it.
CREATE INDEX family_session ON family (session_id);

-- Who is still to be told of a log-out.
CREATE TABLE logout_notice (
  id BYTEA NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL
);
CREATE INDEX logout_notice_next ON logout_notice (next_at);

-- +goose Down
DROP TABLE logout_notice;
DROP INDEX family_session;
