-- +goose Up
-- Locks: none.
-- The last authorization requests of each application, with the times of the steps that followed:
-- a hundred rows for each application.
CREATE TABLE latchkey_flow (
  id BLOB NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  login_at INTEGER NOT NULL,
  factor_at INTEGER NOT NULL,
  consent_at INTEGER NOT NULL,
  approved_at INTEGER NOT NULL,
  denied_at INTEGER NOT NULL,
  token_at INTEGER NOT NULL,
  failed_at INTEGER NOT NULL,
  error_id TEXT NOT NULL,
  known INTEGER NOT NULL -- 1 if a person was logged in
) STRICT;
CREATE INDEX latchkey_flow_client ON latchkey_flow (client_id, known, id);
CREATE INDEX latchkey_flow_began ON latchkey_flow (began_at);
