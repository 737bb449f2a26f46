-- +goose Up
-- Locks: none.
-- The picture of a person, which has the ID in its address. It is served while the claims of the
-- account contain the ID.
CREATE TABLE latchkey_picture (
  user_id TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  image BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX latchkey_picture_id ON latchkey_picture (id);
