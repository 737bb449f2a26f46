-- +goose Up
-- Locks: none.
-- Groups of people, and their members.
CREATE TABLE latchkey_group (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  canonical TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  admin BIGINT NOT NULL, -- 1: the members are administrators
  roles TEXT NOT NULL, -- the other roles of the members, separated by spaces
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX latchkey_group_created ON latchkey_group (created_at, id);
CREATE INDEX latchkey_group_admin ON latchkey_group (id) WHERE admin = 1;
CREATE TABLE latchkey_member (
  group_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX latchkey_member_user ON latchkey_member (user_id);
-- The tables get the owner and the rights of the table of accounts: the servers may use another role
-- than the migration.
-- +goose StatementBegin
DO $$
DECLARE
  command text;
BEGIN
  FOR command IN
    SELECT pg_catalog.format('GRANT %s ON %I TO %s', privilege_type, added, CASE grantee WHEN 0::oid THEN 'PUBLIC' ELSE grantee::regrole::text END)
      FROM pg_class, pg_catalog.aclexplode(relacl), (VALUES ('latchkey_group'), ('latchkey_member')) tables(added)
      WHERE oid = 'latchkey_account'::regclass::oid AND grantee <> relowner
    UNION ALL SELECT pg_catalog.format('ALTER TABLE %I OWNER TO %s', added, relowner::regrole)
      FROM pg_class, (VALUES ('latchkey_group'), ('latchkey_member')) tables(added) WHERE oid = 'latchkey_account'::regclass::oid
  LOOP
    EXECUTE command;
  END LOOP;
END
$$;
-- +goose StatementEnd
