package convert_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

const fixture = "../testdata/before-0.1.0/"

var server *pgtest.Server

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, &server)) }

// database is a database of an engine, and what Latchkey does with it.
type database struct {
	*sql.DB
	t       *testing.T
	engine  string
	address string // the path or the URL
	migrate func(context.Context) (ran []string, err error)
	plan    func(context.Context) ([]migrations.Step, error)
	open    func(context.Context) (*sqlstore.Store, error)
	last    int64 // the last version before 0.1.0
	// tables, columns and indexes are queries for what the database contains.
	// They return one text per row.
	tables, columns, indexes string
}

var engines = map[string]func(*testing.T, bool) *database{"SQLite": onSQLite, "PostgreSQL": onPostgres}

// onEach runs a test on each engine, with the database of the fixture or with an
// empty one.
func onEach(t *testing.T, filled bool, test func(t *testing.T, db *database)) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) { test(t, engine(t, filled)) })
	}
}

func onSQLite(t *testing.T, filled bool) *database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	if filled {
		file, err := os.ReadFile(fixture + "sqlite.db")
		if err == nil {
			err = os.WriteFile(path, file, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return &database{
		DB: connect(t, "sqlite", path+"?_pragma=busy_timeout(5000)"), t: t, engine: "sqlite", address: path, last: 4,
		migrate: func(ctx context.Context) ([]string, error) { return sqlite.Migrate(ctx, path) },
		plan:    func(ctx context.Context) ([]migrations.Step, error) { return sqlite.Pending(ctx, path) },
		open:    func(ctx context.Context) (*sqlstore.Store, error) { return sqlite.Open(ctx, path, sqlite.Options{}) },
		tables:  `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1`,
		columns: `SELECT m.name || ' ' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || coalesce(c.dflt_value, 'none') || ' ' || c.pk
			FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name LIKE 'latchkey%' ORDER BY 1`,
		indexes: `SELECT coalesce(sql, name) FROM sqlite_schema WHERE type = 'index' AND tbl_name LIKE 'latchkey%' ORDER BY 1`,
	}
}

func onPostgres(t *testing.T, filled bool) *database {
	t.Helper()
	url := server.DatabaseFor(t)
	if filled {
		dump, err := os.ReadFile(fixture + "postgres.sql")
		if err == nil {
			_, err = connect(t, "pgx", url).ExecContext(t.Context(), string(dump), pgx.QueryExecModeSimpleProtocol)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const ours = ` FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'latchkey%'
		AND NOT c.relname ~ '_(before|[0-9]{8})(_|$)' AND NOT c.relname ~ '_before$'`
	return &database{
		DB: connect(t, "pgx", url), t: t, engine: "postgres", address: url, last: 5,
		migrate: func(ctx context.Context) ([]string, error) { return postgres.Migrate(ctx, url) },
		plan:    func(ctx context.Context) ([]migrations.Step, error) { return postgres.Pending(ctx, url) },
		open: func(ctx context.Context) (*sqlstore.Store, error) {
			return postgres.Open(ctx, url, postgres.Options{Migrate: true})
		},
		tables: `SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace ORDER BY 1`,
		columns: `SELECT c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' ||
			coalesce((SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = a.attrelid AND adnum = a.attnum), 'none')
			FROM pg_attribute a JOIN (SELECT oid, relname, relkind` + ours + `) c ON c.oid = a.attrelid
			WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1`,
		indexes: `SELECT pg_get_indexdef(c.oid)` + ours + ` AND c.relkind IN ('i', 'I') ORDER BY 1`,
	}
}

func connect(t *testing.T, driver, source string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (db *database) exec(statement string) {
	db.t.Helper()
	if _, err := db.ExecContext(db.t.Context(), statement); err != nil {
		db.t.Fatalf("%s: %v", statement, err)
	}
}

// texts returns the rows of a query that selects one column.
func (db *database) texts(query string) (all []string) {
	db.t.Helper()
	rows, err := db.QueryContext(db.t.Context(), query)
	if err != nil {
		db.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			db.t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		db.t.Fatal(err)
	}
	return all
}

// contents returns the number of rows of each table.
func (db *database) contents() map[string]string {
	db.t.Helper()
	all := make(map[string]string)
	for _, table := range db.texts(db.tables) {
		all[table] = db.texts(`SELECT CAST(count(*) AS TEXT) FROM ` + table)[0]
	}
	return all
}

// mustMigrate migrates, and returns the names of the steps.
func (db *database) mustMigrate() []string {
	db.t.Helper()
	ran, err := db.migrate(db.t.Context())
	if err != nil {
		db.t.Fatal(err)
	}
	return ran
}

// sameTexts compares two lists, and names what only one of them has.
func sameTexts(t *testing.T, what string, got, want []string) {
	t.Helper()
	only := func(a, b []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(a), func(text string) bool { return slices.Contains(b, text) }), "\n")
	}
	if !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("%s: only in the first:\n%s\nonly in the second:\n%s", what, only(got, want), only(want, got))
	}
}
