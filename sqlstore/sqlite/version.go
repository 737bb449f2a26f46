package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/migrations"
)

// TablesVersion returns the version of the tables of the database file. Have
// is 0 if the file does not exist or has no tables. It changes nothing.
func TablesVersion(ctx context.Context, path string) (v sqlstore.TablesVersion, err error) {
	db, err := openReadOnly(path)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return tablesVersion(ctx, path, db)
}

// openReadOnly opens a database file to read it. A file that does not exist is
// an empty database.
func openReadOnly(path string) (*sql.DB, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		path = ":memory:"
	}
	return sql.Open("sqlite", source(path, oauth.MaxStoreWait, "mode=ro"))
}

func tablesVersion(ctx context.Context, path string, db *sql.DB) (v sqlstore.TablesVersion, err error) {
	if v.Known, err = migrations.Newest("sqlite"); err != nil {
		return v, err
	}
	var begun bool
	if err = db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM sqlite_master WHERE name = $1`, migrations.VersionTable).Scan(&begun); err == nil && begun {
		err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+migrations.VersionTable+` WHERE is_applied`).Scan(&v.Have)
	}
	if err != nil {
		return v, fmt.Errorf("database %s: %w", path, err)
	}
	return v, nil
}
