package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// Pending tells what opening the database would run, and changes nothing.
func Pending(ctx context.Context, path string) (steps []migrations.Step, err error) {
	db, err := toLookAt(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	version, err := tablesVersion(ctx, path, db)
	if err != nil {
		return nil, err
	}
	if steps, err = migrations.Steps("sqlite", version.Have); err != nil {
		return nil, err
	}
	return steps, migrations.Weigh(steps, func(table string) (rows int64, err error) {
		var there bool
		err = db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = $1`, table).Scan(&there)
		if err == nil && there {
			err = db.QueryRowContext(ctx, `SELECT count(*) FROM `+table).Scan(&rows) //nolint:gosec // the step names it
		}
		return rows, err
	})
}

// Migrate brings the tables of the database file up to date, makes it if it is
// not there, and names the steps that it ran, also if a later one failed. Open
// does the same.
func Migrate(ctx context.Context, path string) (ran []string, err error) {
	write, read, ran, err := databases(ctx, path)
	if err != nil {
		return ran, err
	}
	return ran, errors.Join(read.Close(), write.Close())
}

// provider knows the migrations.
func provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations.Files, "sqlite")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files)
}

// hopeless reports whether it is the disk or the file that does not let a step
// be run, and no other process.
func hopeless(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}
	return false
}

// migrate brings the tables up to date. Several processes may start at once:
// one wins a step, and the others look again.
func migrate(ctx context.Context, db *sql.DB) (ran []string, err error) {
	p, err := provider(db)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		pending, err := p.HasPending(ctx)
		if err == nil && !pending {
			return ran, nil
		}
		if err == nil {
			var some []string
			some, err = migrations.Ran(p.Up(ctx))
			ran = append(ran, some...)
		}
		if err == nil {
			return ran, nil
		}
		if try == 20 || hopeless(err) {
			return ran, err
		}
		select {
		case <-ctx.Done():
			return ran, ctx.Err()
		case <-time.After(time.Duration(try+1) * 20 * time.Millisecond):
		}
	}
}
