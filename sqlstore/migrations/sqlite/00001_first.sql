-- +goose Up
-- Locks: none.
-- Times are milliseconds since 1970; 0 is never. An id has 16 bytes and begins
-- with its time, so that new rows are appended. There are no foreign keys: one
-- row of a client or a person invalidates all of its tokens.
--
-- Expired rows are found by an index, except tickets, families and access tokens,
-- because each token request would have to write it: see latchkey_sweep_range. A
-- session, which can be used longer and longer, has the time sweep_at for that: it
-- has not expired before. Only the sweeper moves it, so that no use of the session
-- has to write the index.

-- One row: the version of what processes keep in memory, which is counted up
-- by each change of a client, a signing key or a login provider.
CREATE TABLE latchkey_config_version (
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;
INSERT INTO latchkey_config_version (id, version) VALUES (1, 1);

CREATE TABLE latchkey_client (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  revoked_before INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  settings TEXT NOT NULL,
  expires_at INTEGER NOT NULL DEFAULT 0 -- of a client that describes itself and was not used; 0 means never
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_client_name ON latchkey_client (lower(name), id);
CREATE INDEX latchkey_client_type ON latchkey_client (type, id);
CREATE INDEX latchkey_client_created ON latchkey_client (created_at, id);
CREATE INDEX latchkey_client_expires ON latchkey_client (expires_at) WHERE expires_at > 0;

-- Clients that were deleted and can be restored, as JSON with their secrets.
CREATE TABLE latchkey_deleted_client (
  id TEXT NOT NULL PRIMARY KEY,
  client TEXT NOT NULL,
  deleted_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_deleted_client_expires ON latchkey_deleted_client (expires_at);

-- Everything that can be used once. The proof is a digest of all immutable
-- conditions. Subject, session, scope, auth time and details are copied to the
-- family that is issued.
CREATE TABLE latchkey_ticket (
  id BLOB NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  proof BLOB NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  details TEXT NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  spent_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE latchkey_family (
  id BLOB NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  details TEXT NOT NULL,
  hash BLOB NOT NULL,
  previous BLOB NOT NULL,
  generation INTEGER NOT NULL,
  rotated_at INTEGER NOT NULL,
  access_scope TEXT NOT NULL,
  replay_until INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  idle_expires_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL,
  access_audience TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_family_subject ON latchkey_family (subject, client_id);
CREATE INDEX latchkey_family_client ON latchkey_family (client_id);
CREATE INDEX latchkey_family_session ON latchkey_family (session_id);

CREATE TABLE latchkey_access_token (
  id BLOB NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  family_id BLOB NOT NULL,
  scope TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  audience TEXT NOT NULL DEFAULT '' -- URIs of resources, separated by spaces; empty means those of the family
) STRICT, WITHOUT ROWID;

CREATE TABLE latchkey_revoked_jwt (
  id BLOB NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_revoked_jwt_expires ON latchkey_revoked_jwt (expires_at);

CREATE TABLE latchkey_consent (
  subject TEXT NOT NULL,
  client_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL DEFAULT 0, -- of the last permission, if the person limited its time
  PRIMARY KEY (subject, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_consent_client ON latchkey_consent (client_id);
CREATE INDEX latchkey_consent_updated ON latchkey_consent (updated_at, subject || ' ' || client_id);

CREATE TABLE latchkey_subject (
  id TEXT NOT NULL PRIMARY KEY,
  blocked INTEGER NOT NULL,
  revoked_before INTEGER NOT NULL,
  pending INTEGER NOT NULL DEFAULT 0 -- the number of rows of this person in latchkey_removal
) STRICT, WITHOUT ROWID;

CREATE TABLE latchkey_signing_key (
  id TEXT NOT NULL PRIMARY KEY,
  alg TEXT NOT NULL,
  public BLOB NOT NULL,
  private BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  active_at INTEGER NOT NULL,
  retired_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE latchkey_account (
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
  version INTEGER NOT NULL,
  login_epoch INTEGER NOT NULL,
  skeleton TEXT NOT NULL, -- names that look alike have the same
  expires_at INTEGER NOT NULL, -- of an account that was neither confirmed nor used; 0 means never
  factors TEXT NOT NULL DEFAULT '', -- kinds of second factors, separated by spaces
  metadata TEXT NOT NULL DEFAULT '', -- a JSON object, or empty
  roles TEXT NOT NULL DEFAULT '', -- besides that of an administrator, separated by spaces
  delete_at INTEGER NOT NULL DEFAULT 0 -- of a disabled account whose person deletes it; 0 means never
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_account_email ON latchkey_account (lower(email));
CREATE INDEX latchkey_account_name ON latchkey_account (lower(name), id);
CREATE INDEX latchkey_account_created ON latchkey_account (created_at, id);
CREATE INDEX latchkey_account_last_login ON latchkey_account (last_login_at, id);
CREATE INDEX latchkey_account_skeleton ON latchkey_account (skeleton);
CREATE INDEX latchkey_account_expires ON latchkey_account (expires_at) WHERE expires_at > 0;
CREATE INDEX latchkey_account_delete ON latchkey_account (delete_at) WHERE delete_at > 0;

CREATE TABLE latchkey_session (
  id TEXT NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,
  user_id TEXT NOT NULL,
  auth_time INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  idle_expires_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  sweep_at INTEGER NOT NULL DEFAULT 0,
  methods TEXT NOT NULL DEFAULT '', -- values of amr, separated by spaces
  confirmed_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_session_user ON latchkey_session (user_id);
CREATE INDEX latchkey_session_sweep ON latchkey_session (sweep_at);

-- Passkeys, one-time codes, recovery codes and remembered browsers. A person has
-- few of them. A use needs a step that is greater than the last one.
CREATE TABLE latchkey_factor (
  id BLOB NOT NULL PRIMARY KEY, -- a hash
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  step INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL -- 0 means never
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_factor_user ON latchkey_factor (user_id);

-- Attempts that are counted against a rate limit: those that failed (count), and
-- those that have not ended (open).
CREATE TABLE latchkey_attempt (
  key TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL,
  open INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_attempt_until ON latchkey_attempt (until);

-- The clients that learned of a login session. When the session ends, a row is
-- the notice of back-channel logout, until notify_at is 0.
CREATE TABLE latchkey_session_client (
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  notify_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (session_id, client_id, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_session_client_subject ON latchkey_session_client (subject);
CREATE INDEX latchkey_session_client_expires ON latchkey_session_client (expires_at);
CREATE INDEX latchkey_session_client_notify ON latchkey_session_client (notify_at) WHERE notify_at > 0;

-- Emails that were not sent yet. Their number is bounded, so there is no index.
CREATE TABLE latchkey_mail (
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  recipient TEXT NOT NULL,
  user_id TEXT NOT NULL,
  source TEXT NOT NULL,
  details TEXT NOT NULL,
  rank INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages for webhooks that were not delivered yet.
CREATE TABLE latchkey_webhook_message (
  id TEXT NOT NULL PRIMARY KEY,
  webhook TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_webhook_message_next ON latchkey_webhook_message (next_at);
CREATE INDEX latchkey_webhook_message_webhook ON latchkey_webhook_message (webhook);
CREATE INDEX latchkey_webhook_message_expires ON latchkey_webhook_message (expires_at);

-- Requests that were rejected, for the back office. The rows of a client with one
-- reason are few.
CREATE TABLE latchkey_rejection (
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  named TEXT NOT NULL,
  reason TEXT NOT NULL,
  source TEXT NOT NULL,
  code TEXT NOT NULL,
  description TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_rejection_at ON latchkey_rejection (at, id);
CREATE INDEX latchkey_rejection_client ON latchkey_rejection (client_id, reason, at, id);

-- Acts that have taken effect, and whose rows are still being deleted or revoked
-- in small steps: "client" (target: the client), "consent" (target: the client of
-- the person), "session" and "expired" (target: the session), and "sessions" (all
-- sessions of the person but target), and "person" (all rows of a deleted account). While latchkey_subject.pending is not zero,
-- the tickets and families that these rows concern are invalid.
CREATE TABLE latchkey_removal (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  target TEXT NOT NULL,
  at INTEGER NOT NULL,
  done INTEGER NOT NULL,
  issued_until INTEGER NOT NULL DEFAULT 0, -- the removal concerns the tickets and families that were issued until then
  PRIMARY KEY (subject, kind, target)
) STRICT, WITHOUT ROWID;

-- When secrets of clients were last used. A process writes a row at most once an
-- hour.
CREATE TABLE latchkey_secret_use (
  client_id TEXT NOT NULL,
  secret_id TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (client_id, secret_id)
) STRICT, WITHOUT ROWID;

-- Ranges of ids of tickets, families and access tokens, and when each range is read
-- again, because a row may have expired. A range begins after the range before it.
-- Only sweeps write ranges.
CREATE TABLE latchkey_sweep_range (
  name TEXT NOT NULL, -- of the table
  last BLOB NOT NULL, -- the last id
  due INTEGER NOT NULL,
  PRIMARY KEY (name, last)
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_sweep_range_due ON latchkey_sweep_range (name, due);

-- Tokens with which applications register themselves.
CREATE TABLE latchkey_initial_access_token (
  id BLOB NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,
  name TEXT NOT NULL,
  uses INTEGER NOT NULL,
  used INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_initial_access_token_expires ON latchkey_initial_access_token (expires_at);

-- Invitations, with which people create an account. The account has the ID of the
-- invitation.
CREATE TABLE latchkey_invitation (
  id TEXT NOT NULL PRIMARY KEY,
  email TEXT NOT NULL,
  note TEXT NOT NULL,
  admin INTEGER NOT NULL,
  created_by TEXT NOT NULL, -- the account of the administrator, or empty
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, -- 0 means never
  used_at INTEGER NOT NULL,
  withdrawn_at INTEGER NOT NULL,
  delete_at INTEGER NOT NULL -- when the row is deleted
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_invitation_email ON latchkey_invitation (lower(email));
CREATE INDEX latchkey_invitation_creator ON latchkey_invitation (created_by) WHERE created_by <> '';
CREATE INDEX latchkey_invitation_delete ON latchkey_invitation (delete_at);

-- Login providers that administrators have added.
CREATE TABLE latchkey_login_provider (
  name TEXT NOT NULL PRIMARY KEY,
  settings TEXT NOT NULL, -- a JSON object
  secret TEXT NOT NULL, -- encrypted under the master key, or empty
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The audit log. New records wait in the queue until one process adds them to the chain.
-- Nothing changes a row of the chain, except the erasure of a person, and nothing deletes
-- one before the end of the retention.
CREATE TABLE latchkey_audit_queue (
  id BLOB NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  category TEXT NOT NULL,
  failed INTEGER NOT NULL, -- 1 if the event did not succeed
  actor TEXT NOT NULL,
  person TEXT NOT NULL,
  client_id TEXT NOT NULL,
  error_id TEXT NOT NULL,
  body TEXT NOT NULL, -- JSON
  origin TEXT NOT NULL, -- JSON, or empty after an erasure
  origin_salt BLOB NOT NULL,
  origin_digest BLOB NOT NULL,
  details TEXT NOT NULL, -- JSON, or empty after an erasure
  details_salt BLOB NOT NULL,
  details_digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE latchkey_audit (
  seq INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  category TEXT NOT NULL,
  failed INTEGER NOT NULL, -- 1 if the event did not succeed
  actor TEXT NOT NULL,
  person TEXT NOT NULL,
  client_id TEXT NOT NULL,
  error_id TEXT NOT NULL,
  body TEXT NOT NULL, -- JSON
  origin TEXT NOT NULL, -- JSON, or empty after an erasure
  origin_salt BLOB NOT NULL,
  origin_digest BLOB NOT NULL,
  details TEXT NOT NULL, -- JSON, or empty after an erasure
  details_salt BLOB NOT NULL,
  details_digest BLOB NOT NULL,
  hash BLOB NOT NULL,
  seal BLOB NOT NULL
) STRICT;
CREATE INDEX latchkey_audit_id ON latchkey_audit (id);
CREATE INDEX latchkey_audit_category ON latchkey_audit (category, id);
CREATE INDEX latchkey_audit_failed ON latchkey_audit (id) WHERE failed = 1;
CREATE INDEX latchkey_audit_actor ON latchkey_audit (actor, id);
CREATE INDEX latchkey_audit_person ON latchkey_audit (person, id);
CREATE INDEX latchkey_audit_client ON latchkey_audit (client_id, id);
CREATE INDEX latchkey_audit_error ON latchkey_audit (error_id) WHERE error_id <> '';

-- Two rows: the last record of the chain ("head"), and the last record that was removed
-- at the end of the retention ("anchor").
CREATE TABLE latchkey_audit_head (
  name TEXT NOT NULL PRIMARY KEY,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  seal BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How often things happened in an hour or on a day, for the charts of the back office: a
-- few hundred rows for each.
CREATE TABLE latchkey_tally (
  period TEXT NOT NULL,
  at INTEGER NOT NULL,
  series TEXT NOT NULL,
  n INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (period, at, series)
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_tally_expires ON latchkey_tally (expires_at);

CREATE TABLE latchkey_lease (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE latchkey_tally;
DROP TABLE latchkey_audit_head;
DROP TABLE latchkey_audit;
DROP TABLE latchkey_audit_queue;
DROP TABLE latchkey_login_provider;
DROP TABLE latchkey_invitation;
DROP TABLE latchkey_initial_access_token;
DROP TABLE latchkey_secret_use;
DROP TABLE latchkey_sweep_range;
DROP TABLE latchkey_lease;
DROP TABLE latchkey_rejection;
DROP TABLE latchkey_removal;
DROP TABLE latchkey_webhook_message;
DROP TABLE latchkey_mail;
DROP TABLE latchkey_session_client;
DROP TABLE latchkey_attempt;
DROP TABLE latchkey_factor;
DROP TABLE latchkey_session;
DROP TABLE latchkey_account;
DROP TABLE latchkey_signing_key;
DROP TABLE latchkey_subject;
DROP TABLE latchkey_consent;
DROP TABLE latchkey_revoked_jwt;
DROP TABLE latchkey_access_token;
DROP TABLE latchkey_family;
DROP TABLE latchkey_ticket;
DROP TABLE latchkey_deleted_client;
DROP TABLE latchkey_client;
DROP TABLE latchkey_config_version;
