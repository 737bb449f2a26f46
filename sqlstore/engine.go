package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Engine runs SQL. Arguments are int64, string and []byte; rows are scanned
// into pointers to these, to int, and into sql.Scanner. A row that is not
// there is sql.ErrNoRows.
type Engine interface {
	// QueryRow and Query read, outside of any transaction.
	QueryRow(ctx context.Context, query string, args ...any) Row
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	// Do runs a job in a transaction that it may share with others, and
	// returns when it is durable. If the job gives an error, nothing of it is
	// kept; one that is Expected is the job's answer. A job may be run more
	// than once.
	Do(ctx context.Context, job func(Conn) error) error
	Stats() EngineStats
	Close() error
}

// Piper is an Engine whose statements can change several tables: a verb of the
// protocol is then one statement, and what many callers ask for at one moment
// travels in one round trip.
type Piper interface {
	// Pipe runs one statement in a transaction that it may share with others,
	// and scans the row that it gives. It returns when that is durable.
	Pipe(ctx context.Context, query string, args []any, dest ...any) (found bool, err error)
	// Add is Pipe for a row that depends on nothing. The query inserts many: its
	// arguments are arrays, one for each column, with the rows of others too.
	Add(ctx context.Context, query string, row []any) error
	// Find looks a key up, together with those that others look up by the same
	// query: its $1 is their array, and its first column tells the place of a
	// row's key in it, from 1.
	Find(ctx context.Context, query string, key []byte, dest ...any) (found bool, err error)
}

// Row is one row, or the reason why there is none.
type Row interface{ Scan(dest ...any) error }

// Rows are the rows of a query.
type Rows interface {
	Row
	Next() bool
	Err() error
	Close() error
}

// Conn runs the statements of one transaction.
type Conn interface {
	// Count runs a statement and tells how many rows it changed.
	Count(query string, args ...any) (int64, error)
	// Row runs a statement that gives at most one row.
	Row(query string, args ...any) Row
}

// collector is a Conn that writes the access tokens of all jobs of a
// transaction together, as the last thing before the commit.
type collector interface{ collect(token oauth.AccessToken) }

// tx is a job's transaction.
type tx struct{ Conn }

// Exec runs a statement.
func (t *tx) Exec(query string, args ...any) error {
	_, err := t.Count(query, args...)
	return err
}

// Row runs a statement that gives at most one row; none is errNotFound.
func (t *tx) Row(query string, args ...any) Row { return foundRow{t.Conn.Row(query, args...)} }

type foundRow struct{ row Row }

func (r foundRow) Scan(dest ...any) error {
	err := r.row.Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return errNotFound
	}
	return err
}
