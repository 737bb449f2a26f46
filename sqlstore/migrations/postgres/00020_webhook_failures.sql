-- +goose Up
-- Locks: none.
-- The last failed attempt to deliver a message to each webhook.
CREATE TABLE latchkey_webhook_failure (
  webhook TEXT NOT NULL PRIMARY KEY,
  reason TEXT NOT NULL,
  failed_at BIGINT NOT NULL
);
CREATE INDEX latchkey_webhook_failure_failed ON latchkey_webhook_failure (failed_at);
-- The table gets the owner and the rights of the table of accounts: the servers may use another role
-- than the migration.
-- +goose StatementBegin
DO $$
DECLARE
  command text;
BEGIN
  FOR command IN
    SELECT pg_catalog.format('GRANT %s ON %I TO %s', privilege_type, added, CASE grantee WHEN 0::oid THEN 'PUBLIC' ELSE grantee::regrole::text END)
      FROM pg_class, pg_catalog.aclexplode(relacl), (VALUES ('latchkey_webhook_failure')) tables(added)
      WHERE oid = 'latchkey_account'::regclass::oid AND grantee <> relowner
    UNION ALL SELECT pg_catalog.format('ALTER TABLE %I OWNER TO %s', added, relowner::regrole)
      FROM pg_class, (VALUES ('latchkey_webhook_failure')) tables(added) WHERE oid = 'latchkey_account'::regclass::oid
  LOOP
    EXECUTE command;
  END LOOP;
END
$$;
-- +goose StatementEnd
