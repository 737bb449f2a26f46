package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
)

// filled gives the tables of the first release some rows.
const filled = `
INSERT INTO client SELECT 'c' || n, 'C', 'confidential', '', 0, 0, 1, 1, 1, '{}' FROM generate_series(1, 500) n;
INSERT INTO access_token SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), '', 'c1', '', '', 'read', 1, 2 FROM generate_series(1, 5000) n;
INSERT INTO code SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), '', 'c1', 's', 's', 'https://a', 0, 'read', '', '', 1, 1, 2, 0 FROM generate_series(1, 5000) n;
INSERT INTO family SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), 'c1', 's', 's', 'read', 1, '', '', 0, 0, 'read', 1, 1, 1, 0 FROM generate_series(1, 5000) n;
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

// TestAStepLocksWhatItSays: each that is one transaction is run, and before it
// commits PostgreSQL tells what it locks, and how much of it it has read.
func TestAStepLocksWhatItSays(t *testing.T) {
	steps, err := migrations.Steps("postgres", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if strings.Contains(step.SQL, "CONCURRENTLY") || strings.Contains(step.SQL, "COMMIT;") {
			continue // several transactions; TestMigratingKeepsNobodyWaiting runs them
		}
		t.Run(step.Name, func(t *testing.T) {
			url := migratedTo(t, 1)
			conn := connected(t, url)
			do(t, conn, filled)
			before, err := migrations.Steps("postgres", 1)
			if err != nil {
				t.Fatal(err)
			}
			for _, earlier := range before {
				if earlier.Version < step.Version {
					do(t, conn, earlier.SQL)
				}
			}
			known := asked(t, url, `SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`)
			do(t, conn, "BEGIN")
			do(t, conn, step.SQL)
			rows, err := conn.Query(ctx, `SELECT relation::regclass::text, upper(regexp_replace(replace(mode, 'Lock', ''), '(?<=[a-z])(?=[A-Z])', ' ', 'g'))
				FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text = ANY($1) AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`, known)
			if err != nil {
				t.Fatal(err)
			}
			var locked int
			for rows.Next() {
				var table, mode string
				if err := rows.Scan(&table, &mode); err != nil {
					t.Fatal(err)
				}
				locked++
				if !strings.Contains(step.Locks, table) || !strings.Contains(step.Locks, mode) {
					t.Errorf("it locks %s %s, and says: %s", table, mode, step.Locks)
				}
			}
			if rows.Err() != nil {
				t.Fatal(rows.Err())
			}
			if says := !strings.HasPrefix(step.Locks, "none"); says != (locked > 0) {
				t.Errorf("it locks %d tables, and says: %s", locked, step.Locks)
			}
			var read int64
			if err := conn.QueryRow(ctx, `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint FROM pg_stat_xact_user_tables WHERE relname = ANY($1)`, known).Scan(&read); err != nil {
				t.Fatal(err)
			}
			if read > 100 {
				t.Errorf("under its locks it reads %d rows: it would take longer with more of them", read)
			}
		})
	}
}

// TestMigratingKeepsNobodyWaiting: a transaction that is left open is in the
// way of every step. While the migration waits for it, the others do not wait
// for the migration, and when it ends the migration goes on.
func TestMigratingKeepsNobodyWaiting(t *testing.T) {
	const touch = `UPDATE family SET generation = 1 WHERE id = decode(lpad('1', 32, '0'), 'hex');
		UPDATE code SET used_at = 1 WHERE id = decode(lpad('1', 32, '0'), 'hex');
		DELETE FROM access_token WHERE id = decode(lpad('1', 32, '0'), 'hex');`
	for _, step := range []struct {
		version int64
		waits   string // where
	}{
		{2, "ALTER TABLE code"},
		{3, "CREATE INDEX CONCURRENTLY"},
		{4, "DO"},
	} {
		t.Run(fmt.Sprint(step.version), func(t *testing.T) {
			url := migratedTo(t, 1)
			first, other := connected(t, url), connected(t, url)
			do(t, first, filled)
			upTo(t, url, step.version-1)
			do(t, first, "BEGIN;"+touch)
			migrated := make(chan error, 1)
			go func() {
				s, err := postgres.Open(ctx, url, postgres.Options{Migrate: true})
				if err == nil {
					err = s.Close()
				}
				migrated <- err
			}()
			for deadline := time.Now().Add(time.Minute); ; {
				waiting := asked(t, url, `SELECT query FROM pg_stat_activity WHERE application_name = 'latchkey' AND wait_event_type = 'Lock'`)
				if len(waiting) > 0 && strings.Contains(waiting[0], step.waits) {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("nothing holds it up")
				}
			}
			do(t, other, "SET lock_timeout = '700ms'") // the migration's own, and what a busy machine adds
			for n := range 100 {
				do(t, other, strings.ReplaceAll(touch, "'1'", fmt.Sprintf("'%x'", n+2)))
			}
			select {
			case err := <-migrated:
				t.Fatalf("nothing held it up: %v", err)
			default:
			}
			do(t, first, "COMMIT")
			if err := <-migrated; err != nil {
				t.Fatal(err)
			}
			if pending, err := postgres.Pending(ctx, url); err != nil || len(pending) != 0 {
				t.Errorf("still to do: %v %v", pending, err)
			}
		})
	}
}

// TestCuttingReadsNothingUnderItsLock: what PostgreSQL would have to know of
// the rows it knows beforehand, and it takes the indexes that are there.
func TestCuttingReadsNothingUnderItsLock(t *testing.T) {
	url := migratedTo(t, 1)
	first := connected(t, url)
	do(t, first, filled)
	upTo(t, url, 3)
	files := func() []string {
		return asked(t, url, `SELECT pg_relation_filenode(i.indexrelid)::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
			WHERE c.relkind = 'r' AND regexp_replace(c.relname, '_before$', '') IN ('access_token', 'code', 'family') AND c.relname NOT LIKE '%_default' ORDER BY 1`)
	}
	before := files()
	text, err := migrations.Files.ReadFile("postgres/00004_partitions.sql")
	if err != nil {
		t.Fatal(err)
	}
	cutting, _, _ := strings.Cut(string(text), "-- +goose Down")
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { said.WriteString(n.Message + "\n") }
	config.RuntimeParams["client_min_messages"] = "debug1"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, block := range strings.Split(cutting, "-- +goose StatementEnd") {
		do(t, conn, block)
	}
	for _, table := range []string{"access_token", "code", "family"} {
		if sentence := fmt.Sprintf("partition constraint for table %q is implied by existing constraints", table+"_before"); !strings.Contains(said.String(), sentence) {
			t.Errorf("the rows of %s are read under the lock:\n%s", table, &said)
		}
	}
	if after := files(); !slices.Equal(before, after) || len(after) != 6 {
		t.Errorf("the indexes were %v and are %v", before, after)
	}
}

func TestThePlanIsWhatMigratingRuns(t *testing.T) {
	empty := database(t)
	for _, c := range []struct {
		name, url string
		want      []int64
	}{
		{"an empty database", empty, []int64{1, 2, 3, 4, 5}},
		{"one of an older release", migratedTo(t, 2), []int64{3, 4, 5}},
	} {
		pending, err := postgres.Pending(ctx, c.url)
		if err != nil {
			t.Fatal(err)
		}
		var versions []int64
		for _, step := range pending {
			versions = append(versions, step.Version)
		}
		if !slices.Equal(versions, c.want) {
			t.Errorf("%s: %v, want %v", c.name, versions, c.want)
		}
	}
	old := migratedTo(t, 1)
	do(t, connected(t, old), filled)
	for _, counted := range []bool{false, true} {
		if counted {
			do(t, connected(t, old), "ANALYZE")
		}
		pending, err := postgres.Pending(ctx, old)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range pending {
			for _, table := range step.Reads {
				if table.Name != "account" && (table.Rows < 1000 || table.Rows > 10_000) {
					t.Errorf("%s: of 5000 rows of %s it reads %d", step.Name, table.Name, table.Rows)
				}
			}
		}
	}
	if tables := asked(t, empty, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace`); len(tables) != 0 {
		t.Errorf("a plan made %v", tables)
	}
	ended, end := context.WithCancel(ctx)
	end()
	if _, err := postgres.Pending(ended, empty); err == nil {
		t.Error("a plan of a database that is away")
	}
}
