-- +goose Up
-- Locks: none.
-- The scopes and resources that administrators have added.
CREATE TABLE latchkey_definition (
  kind TEXT NOT NULL, -- scope or resource
  name TEXT NOT NULL,
  settings TEXT NOT NULL, -- a JSON object
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (kind, name)
);
-- The table gets the owner and the rights of the table of accounts: the servers may use another role
-- than the migration.
-- +goose StatementBegin
DO $$
DECLARE
  command text;
BEGIN
  FOR command IN
    SELECT pg_catalog.format('GRANT %s ON %I TO %s', privilege_type, added, CASE grantee WHEN 0::oid THEN 'PUBLIC' ELSE grantee::regrole::text END)
      FROM pg_class, pg_catalog.aclexplode(relacl), (VALUES ('latchkey_definition')) tables(added)
      WHERE oid = 'latchkey_account'::regclass::oid AND grantee <> relowner
    UNION ALL SELECT pg_catalog.format('ALTER TABLE %I OWNER TO %s', added, relowner::regrole)
      FROM pg_class, (VALUES ('latchkey_definition')) tables(added) WHERE oid = 'latchkey_account'::regclass::oid
  LOOP
    EXECUTE command;
  END LOOP;
END
$$;
-- +goose StatementEnd
