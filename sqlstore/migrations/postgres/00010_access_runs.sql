-- +goose Up
-- Locks: none.
-- An index of access tokens by client and person, which background tasks write. A run has the tokens
-- with ids after one id, up to another.
CREATE TABLE latchkey_access_run (
  run BIGINT NOT NULL PRIMARY KEY, -- in the order of the ids
  since BYTEA NOT NULL,
  until BYTEA NOT NULL,
  expires_at BIGINT NOT NULL, -- of the last token
  tokens BIGINT NOT NULL, -- how many there were when they were counted
  recount_at BIGINT NOT NULL -- when they are counted again
);
CREATE INDEX latchkey_access_run_expires ON latchkey_access_run (expires_at);
CREATE INDEX latchkey_access_run_recount ON latchkey_access_run (recount_at);
-- The entries of a run are distributed over 500 rows by a hash of the client or the person.
-- The row 0 has the key of this hash.
CREATE TABLE latchkey_access_entry (
  id BIGINT NOT NULL PRIMARY KEY, -- 500 times the number of the run, plus the part of the hash
  entries BYTEA NOT NULL
);
-- The tables get the owner and the rights of the table of accounts: the servers may use another role
-- than the migration.
-- +goose StatementBegin
DO $$
DECLARE
  command text;
BEGIN
  FOR command IN
    SELECT pg_catalog.format('GRANT %s ON %I TO %s', privilege_type, added, CASE grantee WHEN 0::oid THEN 'PUBLIC' ELSE grantee::regrole::text END)
      FROM pg_class, pg_catalog.aclexplode(relacl), (VALUES ('latchkey_access_run'), ('latchkey_access_entry')) tables(added)
      WHERE oid = 'latchkey_account'::regclass::oid AND grantee <> relowner
    UNION ALL SELECT pg_catalog.format('ALTER TABLE %I OWNER TO %s', added, relowner::regrole)
      FROM pg_class, (VALUES ('latchkey_access_run'), ('latchkey_access_entry')) tables(added) WHERE oid = 'latchkey_account'::regclass::oid
  LOOP
    EXECUTE command;
  END LOOP;
END
$$;
-- +goose StatementEnd
