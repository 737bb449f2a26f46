package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/seed-e6a88a41/latchkey/sqlstore/convert"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// Pending returns the steps that opening the database would run, which are all steps if
// the file does not exist. It changes nothing.
func Pending(ctx context.Context, path string) (steps []migrations.Step, err error) {
	db, err := openReadOnly(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	version, err := tablesVersion(ctx, path, db)
	if err != nil {
		return nil, err
	}
	conversion, err := convert.SQLitePending(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	if conversion != nil {
		version.Have, steps = conversion.Version, append(steps, *conversion)
	}
	later, err := migrations.Steps("sqlite", version.Have)
	if err != nil {
		return nil, err
	}
	steps = append(steps, later...)
	return steps, migrations.Weigh(steps, func(table string) (rows int64, err error) {
		var exists bool
		err = db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = $1`, table).Scan(&exists)
		if err == nil && exists {
			err = db.QueryRowContext(ctx, `SELECT count(*) FROM `+table).Scan(&rows) //nolint:gosec // the step names it
		}
		return rows, err
	})
}

// Migrate creates the database file if it does not exist, and brings its tables
// up to date. It returns the names of the steps that it ran, even if a later
// step failed. Open does the same.
func Migrate(ctx context.Context, path string) (ran []string, err error) {
	write, read, ran, err := databases(ctx, path)
	if err != nil {
		return ran, err
	}
	return ran, errors.Join(read.Close(), write.Close())
}

// notWorthRetrying reports whether a step failed because of the disk or the file, and
// not because of another process. A conversion runs in a transaction of its own,
// in which no other process can disturb it.
func notWorthRetrying(err error) bool {
	if errors.Is(err, convert.ErrLayout) || errors.Is(err, convert.ErrFailed) {
		return true
	}
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

// migrate brings the tables up to date. Several processes may start at the same
// time: one of them runs a step, and the others look again.
func migrate(ctx context.Context, db *sql.DB) (ran []string, err error) {
	provider, err := migrations.NewProvider("sqlite", db)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		var some []string
		some, err = migrateOnce(ctx, db, provider)
		ran = append(ran, some...)
		if err == nil || try == 20 || notWorthRetrying(err) {
			return ran, err
		}
		select {
		case <-ctx.Done():
			return ran, ctx.Err()
		case <-time.After(time.Duration(try+1) * 20 * time.Millisecond):
		}
	}
}

func migrateOnce(ctx context.Context, db *sql.DB, provider *goose.Provider) (ran []string, err error) {
	converted, err := convert.SQLite(ctx, db)
	if err != nil {
		return nil, err
	}
	if converted {
		ran = append(ran, convert.StepName)
	}
	if pending, err := provider.HasPending(ctx); err != nil || !pending {
		return ran, err
	}
	some, err := migrations.Ran(provider.Up(ctx))
	return append(ran, some...), err
}
