package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/convert"
	"github.com/seed-e6a88a41/latchkey/sqlstore/copy"
)

// CopyTarget opens a database file to copy another database into it, creates it
// if it does not exist, and brings its tables up to date. It changes nothing in a
// database that is in use or not empty. Call copy.CheckSource first.
func CopyTarget(ctx context.Context, path string) (copy.Database, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		if err := checkTarget(ctx, path); err != nil {
			return nil, err
		}
	}
	write, read, _, err := databases(ctx, path)
	if err != nil {
		return nil, err
	}
	return &copyDatabase{path, write, read}, nil
}

// checkTarget returns an error if nothing can be copied into a database file.
func checkTarget(ctx context.Context, path string) (err error) {
	db, err := openReadOnly(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	old, err := convert.SQLitePending(ctx, db)
	switch {
	case err != nil:
		return fmt.Errorf("database %s: %w", path, err)
	case old != nil:
		return fmt.Errorf("%s is not empty: it has tables from before 0.1.0. A copy needs a new database", path)
	}
	version, err := tablesVersion(ctx, path, db)
	if err == nil {
		err = version.CheckCopy(path)
	}
	if err != nil {
		return err
	}
	return copy.CheckTarget(ctx, &copyDatabase{path, db, db})
}

// CopySource opens a database file to copy it. It changes nothing in the file, so
// the tables must be up to date.
func CopySource(ctx context.Context, path string) (copy.Database, error) {
	steps, err := Pending(ctx, path)
	if err != nil {
		return nil, err
	}
	if len(steps) > 0 {
		return nil, fmt.Errorf("database %s: its tables belong to an older release: run latchkey migrate --db %s first", path, path)
	}
	read, err := sql.Open("sqlite", source(path, oauth.MaxStoreWait, "mode=ro"))
	if err != nil {
		return nil, err
	}
	version, err := tablesVersion(ctx, path, read)
	if err == nil {
		err = version.CheckCopy(path)
	}
	if err != nil {
		return nil, errors.Join(err, read.Close())
	}
	return &copyDatabase{path, read, read}, nil
}

// copyDatabase implements copy.Database.
type copyDatabase struct {
	path        string
	write, read *sql.DB
}

func (d *copyDatabase) Name() string { return d.path }

func (d *copyDatabase) Close() error { return errors.Join(d.read.Close(), d.write.Close()) }

func (d *copyDatabase) Columns(ctx context.Context, table string) (columns []copy.Column, err error) {
	rows, err := d.read.QueryContext(ctx, `SELECT name, lower(type), "notnull" = 0 AND pk = 0, pk FROM pragma_table_info($1)`, table)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c copy.Column // its kinds have the names of the types of SQLite
		if err := rows.Scan(&c.Name, &c.Kind, &c.Null, &c.Key); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, rows.Err()
}

// OtherTables returns the names of the tables that are not Latchkey's.
func (d *copyDatabase) OtherTables(ctx context.Context) (names []string, err error) {
	rows, err := d.read.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 9) <> 'latchkey_' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func (d *copyDatabase) Query(ctx context.Context, query string, args ...any) (sqlstore.Rows, error) {
	rows, err := d.read.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller's
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (d *copyDatabase) Write(ctx context.Context, statements []copy.Statement, table string, columns []string, rows [][]any) (err error) {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback()
		}
	}()
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s.SQL, s.Args...); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		if err := insert(ctx, tx, table, columns, rows); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// insert inserts rows, many of them by one statement.
func insert(ctx context.Context, tx *sql.Tx, table string, columns []string, rows [][]any) (err error) {
	const most = 64
	one := "(?" + strings.Repeat(", ?", len(columns)-1) + ")"
	prepare := func(n int) (*sql.Stmt, error) {
		return tx.PrepareContext(ctx, `INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`) VALUES `+one+strings.Repeat(", "+one, n-1))
	}
	var stmt *sql.Stmt
	defer func() {
		if stmt != nil {
			err = errors.Join(err, stmt.Close())
		}
	}()
	prepared := 0
	args := make([]any, 0, most*len(columns))
	for len(rows) > 0 {
		n := min(most, len(rows))
		if n != prepared {
			if stmt != nil {
				if err := stmt.Close(); err != nil {
					return err
				}
			}
			if stmt, err = prepare(n); err != nil {
				return err
			}
			prepared = n
		}
		args = args[:0]
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
