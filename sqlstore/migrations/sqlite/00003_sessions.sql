-- +goose Up
-- Locks: the database, while an index over the table family is built.
-- Reads: family, under its locks, 1s a million rows.
-- A log-out ends what is bound to the session, and lists it.
CREATE INDEX family_session ON family (session_id);

-- Who is still to be told of a log-out.
CREATE TABLE logout_notice (
  id BLOB NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logout_notice_next ON logout_notice (next_at);

-- +goose Down
DROP TABLE logout_notice;
DROP INDEX family_session;
