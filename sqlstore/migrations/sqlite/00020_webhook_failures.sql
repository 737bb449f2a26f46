-- +goose Up
-- Locks: none.
-- The last failed attempt to deliver a message to each webhook.
CREATE TABLE latchkey_webhook_failure (
  webhook TEXT NOT NULL PRIMARY KEY,
  reason TEXT NOT NULL,
  failed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX latchkey_webhook_failure_failed ON latchkey_webhook_failure (failed_at);
