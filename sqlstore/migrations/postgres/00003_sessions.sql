-- +goose NO TRANSACTION
-- +goose Up
-- Locks: none that keeps reads or writes waiting; the index is built beside
-- them.
-- Reads: family, beside all others, 1s a million rows.
-- A log-out ends what is bound to the session, and lists it. What an
-- interrupted build left is no index.
DROP INDEX CONCURRENTLY IF EXISTS family_session;
CREATE INDEX CONCURRENTLY family_session ON family (session_id);

-- Who is still to be told of a log-out.
CREATE TABLE IF NOT EXISTS logout_notice (
  id BYTEA NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS logout_notice_next ON logout_notice (next_at);

-- +goose Down
DROP TABLE logout_notice;
DROP INDEX family_session;
