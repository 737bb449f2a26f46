-- +goose Up
-- Locks: none.
-- The last authorization requests of each application, with the times of the steps that followed:
-- a hundred rows for each application.
CREATE TABLE latchkey_flow (
  id BYTEA NOT NULL PRIMARY KEY,
  client_id TEXT NOT NULL,
  began_at BIGINT NOT NULL,
  login_at BIGINT NOT NULL,
  factor_at BIGINT NOT NULL,
  consent_at BIGINT NOT NULL,
  approved_at BIGINT NOT NULL,
  denied_at BIGINT NOT NULL,
  token_at BIGINT NOT NULL,
  failed_at BIGINT NOT NULL,
  error_id TEXT NOT NULL,
  known BIGINT NOT NULL -- 1 if a person was logged in
);
CREATE INDEX latchkey_flow_client ON latchkey_flow (client_id, known, id);
CREATE INDEX latchkey_flow_began ON latchkey_flow (began_at);
-- The table gets the owner and the rights of the table of accounts: the servers may use another role
-- than the migration.
-- +goose StatementBegin
DO $$
DECLARE
  command text;
BEGIN
  FOR command IN
    SELECT pg_catalog.format('GRANT %s ON %I TO %s', privilege_type, added, CASE grantee WHEN 0::oid THEN 'PUBLIC' ELSE grantee::regrole::text END)
      FROM pg_class, pg_catalog.aclexplode(relacl), (VALUES ('latchkey_flow')) tables(added)
      WHERE oid = 'latchkey_account'::regclass::oid AND grantee <> relowner
    UNION ALL SELECT pg_catalog.format('ALTER TABLE %I OWNER TO %s', added, relowner::regrole)
      FROM pg_class, (VALUES ('latchkey_flow')) tables(added) WHERE oid = 'latchkey_account'::regclass::oid
  LOOP
    EXECUTE command;
  END LOOP;
END
$$;
-- +goose StatementEnd
