package sqlstore_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

var (
	ctx    = context.Background()
	server *pgtest.Server
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, &server)) }

// house is a database to be copied from or into.
type house struct {
	sqlstore.Whole
	exec  func(query string, args ...any) error // behind the copy's back
	store func() (*sqlstore.Store, error)       // as a server opens it
	at    func(clock func() time.Time, trace sqlstore.Trace) (*sqlstore.Store, error)
	// catalogue lists all tables.
	catalogue string
}

func onSQLite(t *testing.T) house {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	w, err := sqlite.Whole(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = w.Close(), db.Close() })
	at := func(clock func() time.Time, trace sqlstore.Trace) (*sqlstore.Store, error) {
		return sqlite.Open(ctx, path, sqlite.Options{Clock: clock, Trace: trace})
	}
	return house{
		w,
		func(query string, args ...any) error { _, err := db.ExecContext(ctx, query, args...); return err },
		func() (*sqlstore.Store, error) { return at(nil, nil) }, at,
		`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
	}
}

func onPostgreSQL(t *testing.T) house {
	t.Helper()
	url := server.DatabaseFor(t)
	w, err := postgres.Whole(ctx, url, postgres.Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = w.Close(), conn.Close(ctx) })
	at := func(clock func() time.Time, trace sqlstore.Trace) (*sqlstore.Store, error) {
		return postgres.Open(ctx, url, postgres.Options{Clock: clock, Trace: trace})
	}
	return house{
		w,
		func(query string, args ...any) error { _, err := conn.Exec(ctx, query, args...); return err },
		func() (*sqlstore.Store, error) { return at(nil, nil) }, at,
		`SELECT c.relname::text FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace`,
	}
}

// engines are those that there are.
var engines = map[string]func(*testing.T) house{"SQLite": onSQLite, "PostgreSQL": onPostgreSQL}

// moves is a test for each engine to copy from, and each to copy into.
func moves(t *testing.T, test func(t *testing.T, from, to house)) {
	for from, make := range engines {
		for to, makeOther := range engines {
			t.Run(from+" to "+to, func(t *testing.T) { test(t, make(t), makeOther(t)) })
		}
	}
}

// furnish puts rows into every table, of every value that a column can have.
func furnish(t *testing.T, w sqlstore.Whole, rows map[string]int) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // values, not secrets
	if err := w.Write(ctx, []sqlstore.Statement{{SQL: `DELETE FROM latchkey_config_version`}}, "", nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, table := range sqlstore.Tables() {
		columns, err := w.Columns(ctx, table)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range columns {
			names = append(names, c.Name)
		}
		n := rows[table]
		if n == 0 {
			n = 20
		}
		all := make([][]any, n)
		for i := range all {
			for _, c := range columns {
				all[i] = append(all[i], value(random, c, i))
			}
		}
		for batch := range slices.Chunk(all, 5000) {
			if err := w.Write(ctx, nil, table, names, batch); err != nil {
				t.Fatalf("%s: %v", table, err)
			}
		}
	}
}

// value is one for a column; keys are each other's in the row of that number
// only.
func value(random *rand.Rand, c sqlstore.Column, row int) any {
	unique := c.Key > 0 || c.Name == "canonical"
	switch c.Kind {
	case sqlstore.KindInteger:
		if unique {
			return int64(row)
		}
		return []int64{0, 1, -1, 1 << 62, -1 << 63, time.Now().UnixMilli()}[random.IntN(6)]
	case sqlstore.KindText:
		text := []string{"", "ada", "Grüße, 世界", `{"a": "b\"c"}`, "line\nline\ttab 'quoted' \\N", strings.Repeat("x", 1000)}[random.IntN(6)]
		if unique {
			return fmt.Sprintf("%s %d", []string{"b", "B", "_", "-", "ä", "a"}[random.IntN(6)], row) // engines sort these each in its way
		}
		return text
	default:
		if !unique {
			return [][]byte{{}, {0}, []byte("\x00\xff\\x00"), make([]byte, 32)}[random.IntN(4)]
		}
		id := make([]byte, 16)
		binary.BigEndian.PutUint64(id, uint64(time.Now().Add(-time.Duration(random.IntN(96))*time.Hour).UnixMilli())<<16)
		binary.BigEndian.PutUint64(id[8:], uint64(row))
		return id
	}
}

// move copies to the end.
func move(t *testing.T, from, to house) []sqlstore.TableCopy {
	t.Helper()
	tables, _, err := sqlstore.Copy(ctx, from, to, func(sqlstore.CopyProgress) {})
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

func TestEveryTableOfTheDatabaseIsCopiedButLeasesAndVersions(t *testing.T) {
	for name, make := range engines {
		t.Run(name, func(t *testing.T) {
			w := make(t)
			rows, err := w.Query(ctx, w.catalogue)
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var found []string
			for rows.Next() {
				var table string
				if err := rows.Scan(&table); err != nil {
					t.Fatal(err)
				}
				found = append(found, table)
			}
			want := append(sqlstore.Tables(), "latchkey_lease", migrations.VersionTable)
			slices.Sort(found)
			slices.Sort(want)
			if err := rows.Err(); err != nil || !slices.Equal(found, want) {
				t.Errorf("the database has %v, and %v are known: %v", found, want, err)
			}
		})
	}
}

func TestAHouseMovesAndComesBackAsItWas(t *testing.T) {
	first, second, third := onSQLite(t), onPostgreSQL(t), onSQLite(t)
	furnish(t, first, map[string]int{"latchkey_access_token": 12_000})
	there, back := move(t, first, second), move(t, second, third)
	for i, table := range there {
		if !table.Equal() || table.Rows < 20 || table != back[i] {
			t.Errorf("%+v, and back %+v", table, back[i])
		}
	}
	moved, err := third.store()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = moved.Close() })
}

// TestTokensThatMoveFindPartitions, so that they are dropped whole one day.
func TestTokensThatMoveFindPartitions(t *testing.T) {
	from, to := onSQLite(t), onPostgreSQL(t)
	furnish(t, from, map[string]int{"latchkey_access_token": 500, "latchkey_ticket": 500, "latchkey_family": 500})
	move(t, from, to)
	for _, table := range []string{"latchkey_access_token", "latchkey_ticket", "latchkey_family"} {
		var n int64
		rows, err := to.Query(ctx, `SELECT count(*) FROM `+table+`_default`)
		if err != nil {
			t.Fatal(err)
		}
		if rows.Next() {
			err = rows.Scan(&n)
		}
		if err = errors.Join(err, rows.Close()); err != nil || n != 0 {
			t.Errorf("%s: %d rows are in the default partition: %v", table, n, err)
		}
	}
}

func TestACopyThatWasStoppedGoesOn(t *testing.T) {
	few := 10
	few, *sqlstore.CopyBatch = *sqlstore.CopyBatch, few
	t.Cleanup(func() { *sqlstore.CopyBatch = few })
	moves(t, func(t *testing.T, from, to house) {
		furnish(t, from, nil)
		runs := 0
		for done := false; !done; runs++ {
			if runs > 100 {
				t.Fatal("it never ends")
			}
			if runs > 0 {
				if store, err := to.store(); err == nil || !strings.Contains(err.Error(), "has not ended well") {
					t.Fatalf("a server starts on half a copy: %v %v", store, err)
				}
			}
			running, stop := context.WithCancel(ctx)
			var last sqlstore.CopyProgress
			tables, resumed, err := sqlstore.Copy(running, from, to, func(p sqlstore.CopyProgress) {
				if !p.Verifying && p.Table == last.Table && p.Rows > last.Rows {
					stop() // after the first batch of this run
				}
				last = p
			})
			stop()
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
		if runs < 2*len(sqlstore.Tables()) {
			t.Errorf("it was stopped only %d times", runs-1)
		}
		store, err := to.store()
		if err != nil {
			t.Fatal(err)
		}
		_ = store.Close()
	})
}

func TestWhatChangesBehindTheCopysBackIsReported(t *testing.T) {
	for name, change := range map[string]struct {
		source    bool
		statement string
	}{
		"a row of the copy is changed":         {false, `UPDATE latchkey_account SET admin = admin + 1 WHERE id IN (SELECT id FROM latchkey_account LIMIT 1)`},
		"a row of the copy is gone":            {false, `DELETE FROM latchkey_account WHERE id IN (SELECT id FROM latchkey_account LIMIT 1)`},
		"a row of the source is changed":       {true, `UPDATE latchkey_account SET admin = admin + 1 WHERE id IN (SELECT id FROM latchkey_account LIMIT 1)`},
		"two columns of the copy are swapped":  {false, `UPDATE latchkey_account SET email = name || 'x', name = email`},
		"two rows of the copy swap a password": {false, `UPDATE latchkey_account SET password = CASE password WHEN '' THEN 'ada' ELSE '' END`},
	} {
		t.Run(name, func(t *testing.T) {
			moves(t, func(t *testing.T, from, to house) {
				furnish(t, from, nil)
				changed := false
				tables, _, err := sqlstore.Copy(ctx, from, to, func(p sqlstore.CopyProgress) {
					if !p.Verifying || changed {
						return
					}
					changed = true
					where := to
					if change.source {
						where = from
					}
					if err := where.exec(change.statement); err != nil {
						t.Error(err)
					}
				})
				if !errors.Is(err, sqlstore.ErrDiffers) {
					t.Fatalf("the copy says %v", err)
				}
				for _, table := range tables {
					if table.Equal() == (table.Table == "latchkey_account") {
						t.Errorf("%+v", table)
					}
				}
				if _, err := to.store(); err == nil {
					t.Error("a server starts on it")
				}
			})
		})
	}
}

func TestOnlyAnEmptyDatabaseOrABegunCopyIsATarget(t *testing.T) {
	moves(t, func(t *testing.T, from, to house) {
		furnish(t, from, nil)
		store, err := to.store()
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		stranger := onSQLite(t)
		furnish(t, stranger, nil)
		copying, stop := context.WithCancel(ctx)
		if _, _, err := sqlstore.Copy(copying, from, to, func(p sqlstore.CopyProgress) {
			if p.Rows > 0 {
				stop()
			}
		}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, _, err := sqlstore.Copy(ctx, stranger, to, func(sqlstore.CopyProgress) {}); err == nil || !strings.Contains(err.Error(), "was begun") {
			t.Errorf("half a copy takes rows of another database: %v", err)
		}
		move(t, from, to)
		if _, _, err := sqlstore.Copy(ctx, from, to, func(sqlstore.CopyProgress) {}); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("a database in use is a target: %v", err)
		}
	})
}

// TestHalfACopyIsNoSource: what it lacks would be lacking in a copy that is
// equal to it.
func TestHalfACopyIsNoSource(t *testing.T) {
	moves(t, func(t *testing.T, half, to house) {
		from := onSQLite(t)
		furnish(t, from, nil)
		copying, stop := context.WithCancel(ctx)
		if _, _, err := sqlstore.Copy(copying, from, half, func(p sqlstore.CopyProgress) {
			if p.Rows > 0 {
				stop()
			}
		}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, _, err := sqlstore.Copy(ctx, half, to, func(sqlstore.CopyProgress) {}); err == nil || !strings.Contains(err.Error(), half.Name()+": a copy into this database was begun and has not ended well") {
			t.Errorf("it is one: %v", err)
		}
		move(t, from, half)
		move(t, half, to)
	})
}

// TestATextThatIsNotUTF8DoesNotKeepAnybodyFromMoving: a browser may call
// itself anything.
func TestATextThatIsNotUTF8DoesNotKeepAnybodyFromMoving(t *testing.T) {
	from, to := onSQLite(t), onPostgreSQL(t)
	furnish(t, from, nil)
	if err := from.exec(`UPDATE latchkey_session SET user_agent = CAST(x'42ff00' AS TEXT)`); err != nil {
		t.Fatal(err)
	}
	move(t, from, to)
	var agent string
	rows, err := to.Query(ctx, `SELECT user_agent FROM latchkey_session LIMIT 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&agent)
	}
	if err != nil || agent != "B\uFFFD\uFFFD" {
		t.Errorf("it is %q: %v", agent, err)
	}
}

func TestColumnsThatDifferAreNamed(t *testing.T) {
	moves(t, func(t *testing.T, from, to house) {
		furnish(t, from, nil)
		for _, change := range []struct {
			of     house
			column string
		}{{from, "shoe_size INTEGER NOT NULL DEFAULT 0"}, {to, "shoe_size TEXT NOT NULL DEFAULT ''"}, {from, "coat TEXT NOT NULL DEFAULT ''"}, {to, "hat TEXT NOT NULL DEFAULT ''"}} {
			if err := change.of.exec(`ALTER TABLE latchkey_account ADD COLUMN ` + change.column); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := sqlstore.Copy(ctx, from, to, func(sqlstore.CopyProgress) {})
		for _, want := range []string{
			"table latchkey_account: its columns differ: ", "shoe_size is integer in " + from.Name() + " and text in " + to.Name(),
			"coat is in " + from.Name() + " alone", "hat is in " + to.Name() + " alone",
		} {
			if err == nil || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "{}") {
				t.Fatalf("want %q in %v", want, err)
			}
		}
	})
}
