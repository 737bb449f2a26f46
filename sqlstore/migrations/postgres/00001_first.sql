-- +goose Up
-- Locks: none.
SET LOCAL lock_timeout = '100ms';
-- Times are milliseconds since 1970, 0 for never; ids are 16 bytes that begin
-- with their time, so rows append. No foreign keys: a client or a person is
-- ended by one row that every token is held against.
CREATE TABLE config_version (id BIGINT PRIMARY KEY, version BIGINT NOT NULL);
INSERT INTO config_version (id, version) VALUES (1, 1);

CREATE TABLE client (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  disabled BIGINT NOT NULL,
  revoked_before BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  settings TEXT NOT NULL
);
CREATE INDEX client_name ON client (lower(name), id);

CREATE TABLE code (
  id BYTEA NOT NULL PRIMARY KEY,
  hash BYTEA NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  redirect_uri_omitted BIGINT NOT NULL,
  scope TEXT NOT NULL,
  challenge TEXT NOT NULL,
  nonce TEXT NOT NULL,
  auth_time BIGINT NOT NULL,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);

CREATE TABLE family (
  id BYTEA NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  auth_time BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  previous BYTEA NOT NULL,
  generation BIGINT NOT NULL,
  rotated_at BIGINT NOT NULL,
  access_scope TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  idle_expires_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
);
CREATE INDEX family_subject ON family (subject, client_id);
CREATE INDEX family_client ON family (client_id);

CREATE TABLE access_token (
  id BYTEA NOT NULL PRIMARY KEY,
  hash BYTEA NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  family_id BYTEA NOT NULL,
  scope TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE revoked_jwt (
  id BYTEA NOT NULL PRIMARY KEY,
  expires_at BIGINT NOT NULL
);

CREATE TABLE consent (
  subject TEXT NOT NULL,
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (subject, client_id)
);
CREATE INDEX consent_client ON consent (client_id);

CREATE TABLE subject (
  id TEXT NOT NULL PRIMARY KEY,
  blocked BIGINT NOT NULL,
  revoked_before BIGINT NOT NULL
);

CREATE TABLE signing_key (
  id TEXT NOT NULL PRIMARY KEY,
  alg TEXT NOT NULL,
  public BYTEA NOT NULL,
  private BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  active_at BIGINT NOT NULL,
  retired_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE account (
  id TEXT NOT NULL PRIMARY KEY,
  username TEXT NOT NULL,
  canonical TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  claims TEXT NOT NULL,
  password TEXT NOT NULL,
  admin BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_login_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE session (
  id TEXT NOT NULL PRIMARY KEY,
  hash BYTEA NOT NULL,
  user_id TEXT NOT NULL,
  auth_time BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
);
CREATE INDEX session_of_user ON session (user_id);

CREATE TABLE strike (
  key TEXT NOT NULL PRIMARY KEY,
  count BIGINT NOT NULL,
  until BIGINT NOT NULL
);

CREATE TABLE lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until BIGINT NOT NULL
);

-- +goose Down
DROP TABLE lease; DROP TABLE strike; DROP TABLE session; DROP TABLE account; DROP TABLE signing_key; DROP TABLE subject;
DROP TABLE consent; DROP TABLE revoked_jwt; DROP TABLE access_token; DROP TABLE family; DROP TABLE code; DROP TABLE client; DROP TABLE config_version;
