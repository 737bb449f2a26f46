-- +goose Up
-- Locks: none.
-- The scopes and resources that administrators have added.
CREATE TABLE latchkey_definition (
  kind TEXT NOT NULL, -- scope or resource
  name TEXT NOT NULL,
  settings TEXT NOT NULL, -- a JSON object
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
