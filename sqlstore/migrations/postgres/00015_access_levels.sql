-- +goose Up
-- Locks: none.
-- Small runs of the newest access tokens, of which the runs of latchkey_access_run are made.
CREATE TABLE latchkey_access_recent (
  run BIGINT NOT NULL PRIMARY KEY, -- in the order of the ids
  since BYTEA NOT NULL,
  until BYTEA NOT NULL,
  expires_at BIGINT NOT NULL, -- of the last token
  tokens BIGINT NOT NULL, -- how many there were when they were counted
  recount_at BIGINT NOT NULL -- when they are counted again
);
CREATE TABLE latchkey_access_recent_entry (
  id BIGINT NOT NULL PRIMARY KEY, -- 25 times the number of the run, plus the part of the hash
  entries BYTEA NOT NULL
);
-- Which runs of latchkey_access_run have tokens of a client or a person. A group has 32 runs.
CREATE TABLE latchkey_access_group (
  bucket BIGINT NOT NULL, -- the part of the hash; if it is negative, the state of the runs
  number BIGINT NOT NULL, -- the number of the first run, divided by 32
  since BYTEA NOT NULL,
  until BYTEA NOT NULL,
  entries BYTEA NOT NULL,
  PRIMARY KEY (bucket, number)
);
CREATE INDEX latchkey_access_group_number ON latchkey_access_group (number);
-- The tables get the owner and the rights of the table of accounts: the servers may use another role
-- than the migration.
-- +goose StatementBegin
DO $$
DECLARE
  command text;
BEGIN
  FOR command IN
    SELECT pg_catalog.format('GRANT %s ON %I TO %s', privilege_type, added, CASE grantee WHEN 0::oid THEN 'PUBLIC' ELSE grantee::regrole::text END)
      FROM pg_class, pg_catalog.aclexplode(relacl), (VALUES ('latchkey_access_recent'), ('latchkey_access_recent_entry'), ('latchkey_access_group')) tables(added)
      WHERE oid = 'latchkey_account'::regclass::oid AND grantee <> relowner
    UNION ALL SELECT pg_catalog.format('ALTER TABLE %I OWNER TO %s', added, relowner::regrole)
      FROM pg_class, (VALUES ('latchkey_access_recent'), ('latchkey_access_recent_entry'), ('latchkey_access_group')) tables(added) WHERE oid = 'latchkey_account'::regclass::oid
  LOOP
    EXECUTE command;
  END LOOP;
END
$$;
-- +goose StatementEnd
