// Package testdb opens databases of each engine for the tests of sqlstore and of
// its packages.
package testdb

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-e6a88a41/latchkey/internal/pgtest"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
	"github.com/seed-e6a88a41/latchkey/sqlstore/postgres"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// Database is a migrated database.
type Database struct {
	copy.Database
	// Exec runs a statement on a connection of its own.
	Exec func(query string, args ...any) error
	// Open opens a Store as a server does. The arguments may be nil.
	Open func(clock func() time.Time, trace sqlstore.Trace) (*sqlstore.Store, error)
	// Catalogue is a query for the names of all tables.
	Catalogue string
}

// SQLite creates a database file.
func SQLite(t *testing.T) Database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	SQLiteFile(t, path)
	d, err := sqlite.CopyTarget(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = d.Close(), db.Close() })
	return Database{
		d,
		func(query string, args ...any) error {
			_, err := db.ExecContext(t.Context(), query, args...)
			return err
		},
		func(clock func() time.Time, trace sqlstore.Trace) (*sqlstore.Store, error) {
			return sqlite.Open(t.Context(), path, sqlite.Options{Clock: clock, Trace: trace})
		},
		`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
	}
}

// Postgres creates a database on a server.
func Postgres(t *testing.T, server *pgtest.Server) Database {
	t.Helper()
	url := server.PreparedFor(t, func(url string) error {
		_, err := postgres.Migrate(t.Context(), url)
		return err
	})
	d, err := postgres.CopyTarget(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = d.Close(), conn.Close(t.Context()) })
	return Database{
		d,
		func(query string, args ...any) error {
			_, err := conn.Exec(t.Context(), query, args...)
			return err
		},
		func(clock func() time.Time, trace sqlstore.Trace) (*sqlstore.Store, error) {
			return postgres.Open(t.Context(), url, postgres.Options{Clock: clock, Trace: trace})
		},
		`SELECT c.relname::text FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace`,
	}
}
