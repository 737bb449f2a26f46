-- +goose Up
-- Locks: none.
-- Times are milliseconds since 1970, 0 for never; ids are 16 bytes that begin
-- with their time, so rows append. No foreign keys: a client or a person is
-- ended by one row that every token is held against.
CREATE TABLE config_version (id INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT;
INSERT INTO config_version (id, version) VALUES (1, 1);

CREATE TABLE client (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  revoked_before INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  settings TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX client_name ON client (lower(name), id);

CREATE TABLE code (
  id BLOB NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  redirect_uri_omitted INTEGER NOT NULL,
  scope TEXT NOT NULL,
  challenge TEXT NOT NULL,
  nonce TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE family (
  id BLOB NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  hash BLOB NOT NULL,
  previous BLOB NOT NULL,
  generation INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  access_scope TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  idle_expires_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX family_subject ON family (subject, client_id);
CREATE INDEX family_client ON family (client_id);

CREATE TABLE access_token (
  id BLOB NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  family_id BLOB NOT NULL,
  scope TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revoked_jwt (
  id BLOB NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
  subject TEXT NOT NULL,
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (subject, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_client ON consent (client_id);

CREATE TABLE subject (
  id TEXT NOT NULL PRIMARY KEY,
  blocked INTEGER NOT NULL,
  revoked_before INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE signing_key (
  id TEXT NOT NULL PRIMARY KEY,
  alg TEXT NOT NULL,
  public BLOB NOT NULL,
  private BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  active_at INTEGER NOT NULL,
  retired_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account (
  id TEXT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL,
  canonical TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  claims TEXT NOT NULL,
  password TEXT NOT NULL,
  admin INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_login_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  id TEXT NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,
  user_id TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session (user_id);

CREATE TABLE strike (
  key TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE lease; DROP TABLE strike; DROP TABLE session; DROP TABLE account; DROP TABLE signing_key; DROP TABLE subject;
DROP TABLE consent; DROP TABLE revoked_jwt; DROP TABLE access_token; DROP TABLE family; DROP TABLE code; DROP TABLE client; DROP TABLE config_version;
