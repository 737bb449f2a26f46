-- +goose Up
-- Locks: none.
-- Groups of people, and their members.
CREATE TABLE latchkey_group (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  canonical TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  admin INTEGER NOT NULL, -- 1: the members are administrators
  roles TEXT NOT NULL, -- the other roles of the members, separated by spaces
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_group_created ON latchkey_group (created_at, id);
CREATE INDEX latchkey_group_admin ON latchkey_group (id) WHERE admin = 1;
CREATE TABLE latchkey_member (
  group_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_member_user ON latchkey_member (user_id);
