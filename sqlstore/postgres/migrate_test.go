package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// filled inserts rows into the tables of the first step.
const filled = `
INSERT INTO latchkey_client SELECT 'c' || n, 'C', 'confidential', '', 0, 0, 1, 1, 1, '{}' FROM generate_series(1, 500) n;
INSERT INTO latchkey_access_token SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), '', 'c1', '', '', 'read', 1, 2 FROM generate_series(1, 5000) n;
INSERT INTO latchkey_family SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), 'c1', 's', 's', 'read', 1, '', '', '', 0, 0, 'read', 0, 1, 1, 1, 0 FROM generate_series(1, 5000) n;
`

func connected(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

func do(t *testing.T, conn *pgx.Conn, statements string) {
	t.Helper()
	if _, err := conn.Exec(ctx, statements); err != nil {
		t.Fatal(err)
	}
}

// TestAStepLocksWhatItSays runs the steps after the first, each in a
// transaction, and compares what PostgreSQL reports about locks and rows before
// the commit with what the step says about itself.
func TestAStepLocksWhatItSays(t *testing.T) {
	steps, err := migrations.Steps("postgres", 0)
	if err != nil {
		t.Fatal(err)
	}
	conn := connected(t, database(t))
	for _, step := range steps {
		if step.Version == 1 {
			do(t, conn, step.SQL)
			do(t, conn, filled)
			continue
		}
		if strings.Contains(step.SQL, "CONCURRENTLY") {
			for statement := range strings.SplitAfterSeq(step.SQL, ";") {
				do(t, conn, statement) // several in one call would be a transaction
			}
			continue
		}
		locks, read := locksOf(t, conn, step.SQL)
		for _, lock := range locks {
			if !strings.Contains(step.Locks, lock[0]) || !strings.Contains(step.Locks, lock[1]) {
				t.Errorf("%s locks %s %s, and says: %s", step.Name, lock[0], lock[1], step.Locks)
			}
		}
		if says := !strings.HasPrefix(step.Locks, "none"); says != (len(locks) > 0) {
			t.Errorf("%s locks %v, and says: %s", step.Name, locks, step.Locks)
		}
		if read > 100 {
			t.Errorf("%s reads %d rows while it holds its locks: with more rows it would take longer", step.Name, read)
		}
	}
}

// TestAnInterruptedIndexIsBuiltAgain by the next migration: PostgreSQL keeps an invalid index
// with the same name.
func TestAnInterruptedIndexIsBuiltAgain(t *testing.T) {
	for _, c := range []struct {
		step        int
		index, undo string // undo reverts the later steps
	}{
		{8, "latchkey_audit_target", `DROP TABLE latchkey_webhook_failure, latchkey_flow, latchkey_access_run, latchkey_access_entry, latchkey_definition, latchkey_access_recent, latchkey_access_recent_entry, latchkey_access_group;
			ALTER TABLE latchkey_group DROP COLUMN external_id, DROP COLUMN revision`},
		{13, "latchkey_group_external_id", `DROP TABLE latchkey_webhook_failure, latchkey_access_recent, latchkey_access_recent_entry, latchkey_access_group; ALTER TABLE latchkey_flow DROP COLUMN device, DROP COLUMN entered_at, DROP COLUMN login_failures, DROP COLUMN ignored_scopes`},
	} {
		url := migrated(t)
		conn := connected(t, url)
		do(t, conn, c.undo)
		do(t, conn, fmt.Sprintf(`DELETE FROM %s WHERE version_id >= %d`, migrations.VersionTable, c.step))
		do(t, conn, fmt.Sprintf(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '%s'::regclass`, c.index))
		if _, err := postgres.Migrate(ctx, url); err != nil {
			t.Fatal(c.index, err)
		}
		var valid bool
		if err := conn.QueryRow(ctx, fmt.Sprintf(`SELECT indisvalid FROM pg_index WHERE indexrelid = '%s'::regclass`, c.index)).Scan(&valid); err != nil || !valid {
			t.Errorf("the index %s is valid: %t, %v", c.index, valid, err)
		}
	}
}

// TestLocksAreFound checks what TestAStepLocksWhatItSays relies on.
func TestLocksAreFound(t *testing.T) {
	steps, err := migrations.Steps("postgres", 0)
	if err != nil {
		t.Fatal(err)
	}
	conn := connected(t, database(t))
	do(t, conn, steps[0].SQL)
	do(t, conn, filled)
	locks, read := locksOf(t, conn, `ALTER TABLE latchkey_client ADD COLUMN x TEXT NOT NULL DEFAULT ''`)
	if want := [][2]string{{"latchkey_client", "ACCESS EXCLUSIVE"}}; !slices.Equal(locks, want) || read > 100 {
		t.Errorf("a new column locks %v and reads %d rows", locks, read)
	}
	if locks, read = locksOf(t, conn, `CREATE INDEX latchkey_family_x ON latchkey_family_default (hash)`); len(locks) == 0 || locks[0][1] != "SHARE" || read < 5000 {
		t.Errorf("a new index locks %v and reads %d rows", locks, read)
	}
	if locks, _ = locksOf(t, conn, `CREATE TABLE latchkey_x (id BIGINT)`); len(locks) > 0 {
		t.Errorf("a new table locks %v", locks)
	}
}

// locksOf runs a step, and returns which of the tables that were there before it
// locks in which mode, if that blocks writers, and how many rows it reads.
func locksOf(t *testing.T, conn *pgx.Conn, step string) (locks [][2]string, read int64) {
	t.Helper()
	var known []string
	err := conn.QueryRow(ctx, `SELECT array_agg(oid::regclass::text) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`).Scan(&known)
	if err != nil {
		t.Fatal(err)
	}
	do(t, conn, "BEGIN")
	do(t, conn, step)
	rows, err := conn.Query(ctx, `SELECT relation::regclass::text, upper(regexp_replace(replace(mode, 'Lock', ''), '(?<=[a-z])(?=[A-Z])', ' ', 'g'))
		FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text = ANY($1) AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') ORDER BY 1, 2`, known)
	if err != nil {
		t.Fatal(err)
	}
	locks, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (lock [2]string, err error) { return lock, row.Scan(&lock[0], &lock[1]) })
	if err != nil {
		t.Fatal(err)
	}
	err = conn.QueryRow(ctx, `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint FROM pg_stat_xact_user_tables WHERE relname = ANY($1)`, known).Scan(&read)
	if err != nil {
		t.Fatal(err)
	}
	do(t, conn, "COMMIT")
	return locks, read
}

// TestThePlanIsWhatMigratingRuns, and making a plan changes nothing.
func TestThePlanIsWhatMigratingRuns(t *testing.T) {
	url := database(t)
	pending, err := postgres.Pending(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if tables := asked(t, url, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace`); len(tables) != 0 {
		t.Errorf("a plan created %v", tables)
	}
	var planned []string
	for _, step := range pending {
		planned = append(planned, step.Name)
	}
	ran, err := postgres.Migrate(ctx, url)
	if err != nil || !slices.Equal(ran, planned) || len(ran) == 0 {
		t.Errorf("migrating ran %v, and %v was planned: %v", ran, planned, err)
	}
	if pending, err := postgres.Pending(ctx, url); err != nil || len(pending) != 0 {
		t.Errorf("after migrating %v is planned: %v", pending, err)
	}
	ended, end := context.WithCancel(ctx)
	end()
	if _, err := postgres.Pending(ended, database(t)); err == nil {
		t.Error("there is a plan of a database that cannot be reached")
	}
}
