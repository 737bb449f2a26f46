package copy_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/internal/testdb"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

var server *pgtest.Server

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, &server)) }

func onPostgres(t *testing.T) testdb.Database { t.Helper(); return testdb.Postgres(t, server) }

var engines = map[string]func(*testing.T) testdb.Database{"SQLite": testdb.SQLite, "PostgreSQL": onPostgres}

// betweenEngines runs a test for each engine as the source, and each as the target. The code of
// the source does not depend on the engine of the target, so only "make soak" copies a database
// to one of the same engine.
func betweenEngines(t *testing.T, test func(t *testing.T, from, to testdb.Database)) {
	for from, source := range engines {
		for to, target := range engines {
			if from == to && os.Getenv("LATCHKEY_SOAK") == "" {
				continue
			}
			t.Run(from+" to "+to, func(t *testing.T) { test(t, source(t), target(t)) })
		}
	}
}

// run copies a database completely.
func run(t *testing.T, from, to testdb.Database) []copy.Comparison {
	t.Helper()
	tables, _, err := copy.Run(t.Context(), from, to, copy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// begin copies a database until the first rows are in the target, and interrupts
// the copy then.
func begin(t *testing.T, from, to testdb.Database) {
	t.Helper()
	running, interrupt := context.WithCancel(t.Context())
	_, _, err := copy.Run(running, from, to, copy.Options{Progress: func(p copy.Progress) {
		if p.Rows > 0 {
			interrupt()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// TestAllTablesButLeasesAndVersionsAreCopied compares the list of tables with the
// tables of a new database. The ranges of sweeps and the index that they write are not copied either.
func TestAllTablesButLeasesAndVersionsAreCopied(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			db := engine(t)
			rows, err := db.Query(t.Context(), db.Catalogue)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			var found []string
			for rows.Next() {
				var table string
				if err := rows.Scan(&table); err != nil {
					t.Fatal(err)
				}
				if table != "latchkey_sweep_range" && !strings.HasPrefix(table, "latchkey_access_run") && !strings.HasPrefix(table, "latchkey_access_entry") &&
					!strings.HasPrefix(table, "latchkey_access_recent") && table != "latchkey_access_group" {
					found = append(found, table)
				}
			}
			want := append(copy.Tables(), "latchkey_lease", migrations.VersionTable)
			slices.Sort(found)
			slices.Sort(want)
			if err := rows.Err(); err != nil || !slices.Equal(found, want) {
				t.Errorf("the database has the tables %v, want %v: %v", found, want, err)
			}
		})
	}
}

// TestACopyAndACopyOfItAreEqual copies a database to the other engine and back.
func TestACopyAndACopyOfItAreEqual(t *testing.T) {
	first, second, third := testdb.SQLite(t), onPostgres(t), testdb.SQLite(t)
	testdb.Fill(t, first, map[string]int{"latchkey_access_token": 12_000})
	there, back := run(t, first, second), run(t, second, third)
	for i, table := range there {
		if !table.Equal() || table.Rows < 20 || table != back[i] {
			t.Errorf("%+v, and back %+v", table, back[i])
		}
	}
	moved, err := third.Open(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = moved.Close() })
}

// TestCopiedTokensGetPartitions, so that they are dropped with them.
func TestCopiedTokensGetPartitions(t *testing.T) {
	from, to := testdb.SQLite(t), onPostgres(t)
	testdb.Fill(t, from, map[string]int{"latchkey_access_token": 500, "latchkey_ticket": 500, "latchkey_family": 500})
	run(t, from, to)
	for _, table := range []string{"latchkey_access_token", "latchkey_ticket", "latchkey_family"} {
		if n := testdb.Count(t, to, table+"_default"); n != 0 {
			t.Errorf("%s: %d rows are in the default partition", table, n)
		}
	}
}

// TestAnInterruptedCopyContinues where it stopped, and no server starts on it
// before it is complete.
func TestAnInterruptedCopyContinues(t *testing.T) {
	betweenEngines(t, func(t *testing.T, from, to testdb.Database) {
		testdb.Fill(t, from, nil)
		runs := 0
		for done := false; !done; runs++ {
			if runs > 100 {
				t.Fatal("the copy never ends")
			}
			if runs > 0 {
				if store, err := to.Open(nil, nil); err == nil || !strings.Contains(err.Error(), "has not been completed") {
					t.Fatalf("a server starts on an incomplete copy: %v %v", store, err)
				}
			}
			running, interrupt := context.WithCancel(t.Context())
			var last copy.Progress
			tables, resumed, err := copy.Run(running, from, to, copy.Options{BatchRows: 10, Progress: func(p copy.Progress) {
				if !p.Verifying && p.Table == last.Table && p.Rows > last.Rows {
					interrupt() // after the first batch of this run
				}
				last = p
			}})
			interrupt()
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if resumed != (runs > 0) {
				t.Errorf("run %d: resumed is %v", runs, resumed)
			}
			done = err == nil
			for _, table := range tables {
				if !table.Equal() {
					t.Errorf("%+v", table)
				}
			}
		}
		if runs < 2*len(copy.Tables()) {
			t.Errorf("it was interrupted only %d times", runs-1)
		}
		store, err := to.Open(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = store.Close()
	})
}

// TestChangesDuringTheComparisonAreReported, of the source and of the copy.
func TestChangesDuringTheComparisonAreReported(t *testing.T) {
	for name, change := range map[string]struct {
		source    bool
		statement string
	}{
		"a row of the copy is changed":         {false, `UPDATE latchkey_account SET admin = admin + 1 WHERE id IN (SELECT id FROM latchkey_account LIMIT 1)`},
		"a row of the copy is deleted":         {false, `DELETE FROM latchkey_account WHERE id IN (SELECT id FROM latchkey_account LIMIT 1)`},
		"a row of the source is changed":       {true, `UPDATE latchkey_account SET admin = admin + 1 WHERE id IN (SELECT id FROM latchkey_account LIMIT 1)`},
		"two columns of the copy are swapped":  {false, `UPDATE latchkey_account SET email = name || 'x', name = email`},
		"two rows of the copy swap a password": {false, `UPDATE latchkey_account SET password = CASE password WHEN '' THEN 'ada' ELSE '' END`},
	} {
		t.Run(name, func(t *testing.T) {
			betweenEngines(t, func(t *testing.T, from, to testdb.Database) {
				testdb.Fill(t, from, nil)
				changed := false
				tables, _, err := copy.Run(t.Context(), from, to, copy.Options{Progress: func(p copy.Progress) {
					if !p.Verifying || changed {
						return
					}
					changed = true
					changing := to
					if change.source {
						changing = from
					}
					if err := changing.Exec(change.statement); err != nil {
						t.Error(err)
					}
				}})
				if !errors.Is(err, copy.ErrDiffers) {
					t.Fatalf("the copy returns %v", err)
				}
				for _, table := range tables {
					if table.Equal() == (table.Table == "latchkey_account") {
						t.Errorf("%+v", table)
					}
				}
				if _, err := to.Open(nil, nil); err == nil {
					t.Error("a server starts on it")
				}
			})
		})
	}
}

// TestATargetMustBeEmptyOrAnIncompleteCopy of the same source.
func TestATargetMustBeEmptyOrAnIncompleteCopy(t *testing.T) {
	betweenEngines(t, func(t *testing.T, from, to testdb.Database) {
		testdb.Fill(t, from, nil)
		store, err := to.Open(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		other := testdb.SQLite(t)
		testdb.Fill(t, other, nil)
		begin(t, from, to)
		if _, _, err := copy.Run(t.Context(), other, to, copy.Options{}); err == nil || !strings.Contains(err.Error(), "contains an incomplete copy from "+from.Name()) {
			t.Errorf("another database is copied into an incomplete copy: %v", err)
		}
		run(t, from, to)
		if _, _, err := copy.Run(t.Context(), from, to, copy.Options{}); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("a database in use is a target: %v", err)
		}
	})
}

// TestAnIncompleteCopyIsNotASource: its copy would be equal to it, and incomplete
// too.
func TestAnIncompleteCopyIsNotASource(t *testing.T) {
	betweenEngines(t, func(t *testing.T, incomplete, to testdb.Database) {
		from := testdb.SQLite(t)
		testdb.Fill(t, from, nil)
		begin(t, from, incomplete)
		_, _, err := copy.Run(t.Context(), incomplete, to, copy.Options{})
		if err == nil || !strings.Contains(err.Error(), incomplete.Name()+": a copy into this database has begun and has not been completed") {
			t.Errorf("an incomplete copy was copied: %v", err)
		}
		run(t, from, incomplete)
		run(t, incomplete, to)
	})
}

// TestTextsThatAreNotUTF8AreCopied: a User-Agent can contain any bytes.
func TestTextsThatAreNotUTF8AreCopied(t *testing.T) {
	from, to := testdb.SQLite(t), onPostgres(t)
	testdb.Fill(t, from, nil)
	if err := from.Exec(`UPDATE latchkey_session SET user_agent = CAST(x'42ff00' AS TEXT)`); err != nil {
		t.Fatal(err)
	}
	run(t, from, to)
	var agent string
	rows, err := to.Query(t.Context(), `SELECT user_agent FROM latchkey_session LIMIT 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		err = rows.Scan(&agent)
	}
	if err != nil || agent != "B\uFFFD\uFFFD" {
		t.Errorf("it is %q: %v", agent, err)
	}
}

// TestDifferentColumnsAreNamed in the error.
func TestDifferentColumnsAreNamed(t *testing.T) {
	betweenEngines(t, func(t *testing.T, from, to testdb.Database) {
		testdb.Fill(t, from, nil)
		for _, change := range []struct {
			of     testdb.Database
			column string
		}{{from, "shoe_size INTEGER NOT NULL DEFAULT 0"}, {to, "shoe_size TEXT NOT NULL DEFAULT ''"}, {from, "coat TEXT NOT NULL DEFAULT ''"}, {to, "hat TEXT NOT NULL DEFAULT ''"}} {
			if err := change.of.Exec(`ALTER TABLE latchkey_account ADD COLUMN ` + change.column); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := copy.Run(t.Context(), from, to, copy.Options{})
		for _, want := range []string{
			"table latchkey_account: its columns differ: ", "shoe_size is integer in " + from.Name() + " and text in " + to.Name(),
			"coat exists only in " + from.Name(), "hat exists only in " + to.Name(),
		} {
			if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "{}") {
				t.Fatalf("want %q in %v", want, err)
			}
		}
	})
}
