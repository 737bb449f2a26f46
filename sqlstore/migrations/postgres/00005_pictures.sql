-- +goose Up
-- Locks: none.
-- The picture of a person, which has the ID in its address. It is served while the claims of the
-- account contain the ID.
CREATE TABLE latchkey_picture (
  user_id TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  image BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX latchkey_picture_id ON latchkey_picture (id);
-- The tables get the owner and the rights of the table of accounts: the servers may use another role
-- than the migration.
-- +goose StatementBegin
DO $$
DECLARE
  command text;
BEGIN
  FOR command IN
    SELECT pg_catalog.format('GRANT %s ON %I TO %s', privilege_type, added, CASE grantee WHEN 0::oid THEN 'PUBLIC' ELSE grantee::regrole::text END)
      FROM pg_class, pg_catalog.aclexplode(relacl), (VALUES ('latchkey_picture')) tables(added)
      WHERE oid = 'latchkey_account'::regclass::oid AND grantee <> relowner
    UNION ALL SELECT pg_catalog.format('ALTER TABLE %I OWNER TO %s', added, relowner::regrole)
      FROM pg_class, (VALUES ('latchkey_picture')) tables(added) WHERE oid = 'latchkey_account'::regclass::oid
  LOOP
    EXECUTE command;
  END LOOP;
END
$$;
-- +goose StatementEnd
