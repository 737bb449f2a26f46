-- +goose NO TRANSACTION
-- +goose Up
-- Locks: access_token, code and family, one after the other, ACCESS EXCLUSIVE,
-- for a change of the catalogue; what waits for them longer than 100 ms gives
-- up and tries again.
-- Reads: access_token code family, beside all others, 100ms a million rows.
--
-- The tables of tokens are cut by time: an id begins with its time, so a cut
-- is a range of ids, and what is over is dropped whole instead of deleted row
-- by row. The rows that are there become the first cut, unmoved. A default cut
-- takes what no other does: a release that knows of none goes on working.

-- +goose StatementBegin
DO $$
DECLARE
  name text;
  days bigint;
  bound bytea;
BEGIN
  FOR name, days IN VALUES ('access_token', 1), ('code', 1), ('family', 28) LOOP
    CONTINUE WHEN (SELECT relkind FROM pg_class WHERE oid = name::regclass) = 'p';
    -- A week from now, and to the end of what holds that: time enough to begin
    -- again, should this be interrupted.
    bound := decode(lpad(to_hex(((extract(epoch FROM now())::bigint / 86400 + 7) / days + 1) * days * 86400000), 12, '0') || repeat('00', 10), 'hex');
    LOOP
      PERFORM set_config('lock_timeout', '100ms', true);
      BEGIN
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT IF EXISTS %I', name, name || '_before');
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (id < %L) NOT VALID', name, name || '_before', bound);
        EXIT;
      EXCEPTION WHEN lock_not_available THEN
        PERFORM pg_sleep(0.2);
      END;
    END LOOP;
    COMMIT;
  END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN VALUES ('access_token'), ('code'), ('family') LOOP
    CONTINUE WHEN (SELECT relkind FROM pg_class WHERE oid = name::regclass) = 'p';
    EXECUTE format('ALTER TABLE %I VALIDATE CONSTRAINT %I', name, name || '_before');
    COMMIT;
  END LOOP;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
  name text;
  bound text;
  filled boolean;
  index record;
BEGIN
  FOR name IN VALUES ('access_token'), ('code'), ('family') LOOP
    CONTINUE WHEN (SELECT relkind FROM pg_class WHERE oid = name::regclass) = 'p';
    LOOP
      PERFORM set_config('lock_timeout', '100ms', true);
      PERFORM set_config('bytea_output', 'hex', true);
      BEGIN
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
        SELECT (regexp_match(pg_get_constraintdef(oid), '(\\x[0-9a-f]{32})'))[1] INTO STRICT bound
          FROM pg_constraint WHERE conrelid = name::regclass AND conname = name || '_before';
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name, name || '_before');
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS) PARTITION BY RANGE (id)', name, name || '_before');
        FOR index IN SELECT c.relname AS called, i.indisprimary AS key, pg_get_indexdef(c.oid) AS definition
          FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = (name || '_before')::regclass
        LOOP
          EXECUTE format('ALTER INDEX %I RENAME TO %I', index.called, index.called || '_before');
          IF index.key THEN
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (id)', name, index.called);
          ELSE
            EXECUTE replace(index.definition, name || '_before ', name || ' ');
          END IF;
        END LOOP;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name || '_before') INTO filled;
        IF filled THEN
          EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', name, name || '_before', bound);
          EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', name || '_before', name || '_before');
        ELSE
          EXECUTE format('DROP TABLE %I', name || '_before');
        END IF;
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', name || '_default', name);
        EXIT;
      EXCEPTION WHEN lock_not_available THEN
        PERFORM pg_sleep(0.2);
      END;
    END LOOP;
    COMMIT;
  END LOOP;
END $$;
-- +goose StatementEnd
